// Takes a function's name apart as each language writes it: owners (package, module, class) and the bare name.
// Owns the spellings of code.function.name and of stack frames (features.md §3.1, §3.3); must not know files.

export interface FunctionName {
  /** Outermost first; may be empty. For Go the import path is `goPackage`, and owners hold the receiver. */
  readonly owners: readonly string[];
  /** Bare identifier; undefined for a module's top level and for anonymous code without a name around it. */
  readonly name: string | undefined;
  /** "github.com/acme/shop/cart", "main". */
  readonly goPackage?: string;
}

const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$]{0,199}[?!]?$/u;
const UNNAMED = new Set(['<anonymous>', '<module>', '<lambda>', '<listcomp>', '<genexpr>', '<dictcomp>', '<setcomp>', '{{closure}}', '{closure}', 'anonymous', '<top>', '<main>']);

export function parseFunctionName(text: string, language: string, namespace?: string): FunctionName {
  const trimmed = text.trim().slice(0, 1000);
  if (language === 'go' || /\(\*[\w[\].,]+\)\.|\.func\d+|^[\w.-]+\/[^\s:]+\.\w+$/.test(trimmed)) return goName(trimmed, namespace);
  const before = namespace === undefined ? [] : split(undecorated(namespace.trim().slice(0, 1000)));
  const parts = split(undecorated(trimmed));
  // The function may repeat its namespace ("Foo" + "Foo.bar").
  const joined = startsWith(parts, before) ? parts : [...before.slice(0, overlapAt(before, parts)), ...parts];
  return named(joined);
}

function goName(text: string, namespace: string | undefined): FunctionName {
  const whole = goQualified(text, namespace).replace(/\[[^\]]*\]/g, '');
  const slash = whole.lastIndexOf('/');
  const dot = whole.indexOf('.', slash + 1);
  if (dot < 0) return { owners: [], name: IDENTIFIER.test(whole) ? whole : undefined };
  const receiverOnly = whole.startsWith('(');
  const goPackage = whole.slice(0, dot).replaceAll('%2e', '.');
  const parts = whole
    .slice(receiverOnly ? 0 : dot + 1)
    .replace(/-fm$/, '')
    .replace(/\((?=0x|\.\.\.|\{|\)$).*$/, '')
    .split('.')
    .map((part) => part.replace(/^\(\*?|\)$/g, ''))
    .filter((part) => part !== '' && !/^(?:func\d+|gowrap\d+|\d+)$/.test(part));
  return receiverOnly ? named(parts) : { ...named(parts), goPackage };
}

/** The function may be bare, a method with its receiver, or repeat the package's name or all of the namespace. */
function goQualified(text: string, namespace: string | undefined): string {
  if (namespace === undefined || text.includes('/') || text.startsWith(`${namespace}.`)) return text;
  const own = `${namespace.slice(namespace.lastIndexOf('/') + 1)}.`;
  return `${namespace}.${text.startsWith(own) ? text.slice(own.length) : text}`;
}

/** Takes off what compilers and runtimes add. */
function undecorated(text: string): string {
  return text
    .replace(/^(?:async|new|get|set|static|block (?:\(\d+ levels\) )?in|rescue in|ensure in)\s+/i, '')
    .replace(/ \[as [^\]]*\]$/, '')
    .replace(/^(?:Object|Module|Function|process|global|globalThis|exports)\.(?=.)/, '')
    .replace(/\$\$[^.]*(?=\.|$)/g, '')
    .replace(/lambda\$(\w+)\$\d+/g, '$1')
    .replace(/<<?\w*>?\$?>?g__(\w+)\|[\d_]+/g, '$1')
    .replace(/<(\w+)>[bd]__[\w]*(?:\.MoveNext)?/g, '$1')
    .replace(/`\d+/g, '')
    .replace(/(?<=\w)\$(?=\.)/g, '')
    .replace(/\$\d+(?=[.$]|$)/g, '')
    .replace(/\.<locals>|<locals>\./g, '.')
    .replace(/\{\{?closure(?:#\d+)?\}?\}/g, '{{closure}}')
    .replace(/(?<=\w)\((?!\*).*$/, '')
    .replace(/\/\d+$/, '')
    .replace(/(?<=\w)<[\w\s,.:&']*>/g, '');
}

function split(text: string): readonly string[] {
  return text
    .replace(/\.\.?c?ctor$/, (m) => (m.includes('cctor') ? '.<clinit>' : '.<init>'))
    .replace(/(?<=[\p{L}\p{N}])[$+](?=[A-Z])/gu, '.')
    .split(/::|->|[.#\\:]/)
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'self');
}

function named(parts: readonly string[]): FunctionName {
  const known = [...parts];
  const last = known.at(-1);
  if (last === '<init>' || last === '<clinit>' || last === '__construct') return { owners: known.slice(0, -1), name: last === '__construct' ? last : known.at(-2) };
  let unnamed = false;
  while (known.length > 0 && (UNNAMED.has(known.at(-1)!) || !IDENTIFIER.test(known.at(-1)!))) {
    known.pop();
    unnamed = true;
  }
  if (known.length === 0) return { owners: [], name: undefined };
  // "pkg.Class.<module>" names no function; "outer.<lambda>" is inside outer.
  return unnamed && last === '<module>' ? { owners: known, name: undefined } : { owners: known.slice(0, -1), name: known.at(-1) };
}

const startsWith = (parts: readonly string[], prefix: readonly string[]): boolean => prefix.length > 0 && prefix.every((p, k) => parts[k] === p);

/** Where `parts` continues inside `before` ("a.b.Foo" + "Foo.bar"): how many of `before` to keep. */
function overlapAt(before: readonly string[], parts: readonly string[]): number {
  return parts.length > 1 && before.at(-1) === parts[0] ? before.length - 1 : before.length;
}
