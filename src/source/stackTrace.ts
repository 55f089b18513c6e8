// Reads stack traces of all languages into frames, the frame to open first coming first. Owns the formats (features.md §3.3)
// and the order per language; must not know which files exist.
//
// Which exception of a chain is meant:
// - Java, Kotlin, Scala, JS: the deepest cause ("Caused by:", "[cause]:"): its first frame is where it broke, the outer ones
//   only wrapped it. "... n more" frames are the enclosing trace's, which follows as the next choice. Suppressed ones come last.
// - .NET prints inner exceptions first, so the order of the text is already that.
// - Python prints the most recent call last: the last frame of the last block is where the error that left the span was raised.
// - Go: frames below the last panic, if it panicked (those above are deferred functions); only the first goroutine.

export interface StackFrame {
  /** As printed; "" where only the class is known. */
  readonly path: string;
  readonly line: number | undefined;
  readonly column?: number;
  /** As printed: "com.acme.Cart.add", "(*Store).Get", "Object.<anonymous>". */
  readonly functionText: string;
  /** path: `path` is one. class: `path` is a base name, the folder follows from the class (JVM, PHP). go: `functionText` has the import path. */
  readonly kind: 'path' | 'class' | 'go';
  readonly language: StackLanguage;
}

export type StackLanguage = 'js' | 'python' | 'jvm' | 'go' | 'dotnet' | 'php' | 'ruby' | 'rust' | 'elixir';

interface Block {
  readonly frames: StackFrame[];
  readonly role: 'main' | 'cause' | 'suppressed';
}

/** Longer traces are cut in the middle by callers' limits anyway; the crash is at one of the ends. */
const MAX_TEXT = 262_144;
const MAX_LINE = 4_096;
const ANSI = /\u001b\[[0-9;]*m/g;

const PYTHON = /^[\s|+-]*File "([^"]+)", line (\d+)(?:, in (.+))?$/;
const CLASS_FRAME = /^\s*at (?:[\w.$-]*(?:@[\w.+-]+)?\/)*([\p{L}\w.$<>/\\{}-]+)\(([\p{L}\w$-]+\.(?:java|kt|kts|scala|groovy|clj|php)):(\d+)\)/u;
const DOTNET = /^\s*at (.+?)(?: in (.+?):line (\d+))?\s*$/;
const DOTNET_CALL = /^[\w.<>`+|[\],]+\([^():]*\)$/;
const V8 = /^\s*at (?:async )?(?:(.+?) \()?(\S[^()]*(?:\([\w.$-]+\)[^()]*)*?):(\d+):(\d+)\)?$/;
/** What `eval` ran: its text has no file, the call of `eval` has. */
const V8_EVAL = /^\s*at .*\(eval at (\S+) \(([^()]\S[^()]*):(\d+):(\d+)\)/;
const GECKO = /^([^@\s]*)@(\S+?):(\d+):(\d+)$/;
const GO_FILE = /^\s+(\S.*\.(?:go|s)):(\d+)(?: \+0x[0-9a-f]+)?$/;
const RUBY = /^\s*(?:\d+: |from )?((?:[A-Za-z]:)?[^\s:][^:]*\.(?:rb|rake|ru|erb)):(\d+):in [`'](.+)'/;
const RUST = /^\s*at (\S.*\.rs):(\d+)(?::(\d+))?$/;
const RUST_PANIC = /panicked at (?:'.*', )?(\S+\.rs):(\d+)(?::(\d+))?/;
const PHP_NATIVE = /^#\d+ ([^(]+\.php)\((\d+)\): (.+?)\(/;
const PHP_THROWN = / in (\/?\S+\.php):(\d+)$/;
/** A function with its arity or, where its arguments did not fit, with them; the named one around an anonymous one; a module's or file's own code. */
const ELIXIR = /^\s*(?:\([\w .+-]+\) )?(\S+\.exs?):(\d+): (?:(?:anonymous fn\/\d+ in )?([\w.!?]+)[/(]|\((?:module|file)\))/;

export function parseStack(text: string): readonly StackFrame[] {
  const clipped = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT / 2)}\n${text.slice(-MAX_TEXT / 2)}` : text;
  const lines = clipped.replace(ANSI, '').split(/\r?\n/);
  const blocks: Block[] = [{ frames: [], role: 'main' }];
  let goroutines = 0;
  for (let k = 0; k < lines.length; k++) {
    const line = lines[k]!;
    if (line.length > MAX_LINE) continue;
    if (/^goroutine \d+ .*\]:$/.test(line) && ++goroutines > 1) break;
    const role = roleOf(line);
    if (role !== undefined) blocks.push({ frames: [], role });
    const frame = frameOf(line, lines[k - 1] ?? '');
    if (frame !== undefined) blocks.at(-1)!.frames.push(frame);
  }
  return ordered(blocks);
}

function roleOf(line: string): Block['role'] | undefined {
  const header = /^(\s*)(Caused by: |Suppressed: |\[cause\]: |caused by: |During handling of the above exception|The above exception was the direct cause)/.exec(line);
  if (header === null) return undefined;
  if (/^(?:During|The above)/.test(header[2]!)) return 'main';
  // Indented "Caused by:" belongs to a suppressed exception; [cause] is always indented.
  return header[2] === 'Suppressed: ' || (header[1] !== '' && header[2] === 'Caused by: ') ? 'suppressed' : 'cause';
}

function ordered(blocks: readonly Block[]): readonly StackFrame[] {
  const used = blocks.filter((b) => b.frames.length > 0);
  const language = used[0]?.frames[0]?.language;
  if (language === 'python') return used.toReversed().flatMap((b) => b.frames.toReversed());
  if (language === 'go') return belowPanic(used.flatMap((b) => b.frames));
  const causes = used.filter((b) => b.role === 'cause').toReversed();
  return [...causes, ...used.filter((b) => b.role === 'main'), ...used.filter((b) => b.role === 'suppressed')].flatMap((b) => b.frames);
}

function belowPanic(frames: readonly StackFrame[]): readonly StackFrame[] {
  const calls = frames.filter((f) => !f.functionText.startsWith('created by '));
  const panic = calls.findLastIndex((f) => f.functionText === 'panic' || f.functionText === 'runtime.gopanic');
  return [...calls.slice(panic + 1), ...calls.slice(0, panic + 1), ...frames.filter((f) => f.functionText.startsWith('created by '))];
}

function frameOf(line: string, before: string): StackFrame | undefined {
  let m = PYTHON.exec(line);
  if (m !== null) return frame('python', 'path', m[1]!, m[2], m[3] ?? '');
  m = GO_FILE.exec(line);
  if (m !== null && !/^\s*at /.test(line)) return frame('go', 'go', m[1]!, m[2], goFunction(before));
  m = CLASS_FRAME.exec(line);
  if (m !== null) return m[2]!.endsWith('.php') ? frame('php', 'class', m[2]!, m[3], m[1]!.replace(/\.[\w\\]*\{closure\}$/, '.__closure')) : frame('jvm', 'class', m[2]!, m[3], m[1]!);
  m = RUST.exec(line);
  if (m !== null) return frame('rust', 'path', m[1]!, m[2], /^\s*\d+:\s+(?:0x[0-9a-f]+ - )?(\S.*)$/.exec(before)?.[1] ?? '', m[3]);
  m = V8_EVAL.exec(line);
  if (m !== null) return frame('js', 'path', m[2]!, m[3], m[1]!, m[4]);
  m = V8.exec(line);
  if (m !== null) return frame('js', 'path', m[2]!, m[3], m[1] ?? '', m[4]);
  m = DOTNET.exec(line);
  if (m !== null && (m[2] !== undefined || DOTNET_CALL.test(m[1]!))) return frame('dotnet', m[2] === undefined ? 'class' : 'path', m[2] ?? '', m[3], m[1]!);
  m = RUBY.exec(line);
  if (m !== null) return frame('ruby', 'path', m[1]!, m[2], m[3]!);
  m = PHP_NATIVE.exec(line);
  if (m !== null) return frame('php', 'path', m[1]!, m[2], ''); // The call's own name is the callee, not the frame's function.
  m = PHP_THROWN.exec(line);
  if (m !== null) return frame('php', 'path', m[1]!, m[2], '');
  m = GECKO.exec(line);
  if (m !== null) return frame('js', 'path', m[2]!, m[3], m[1]!, m[4]);
  m = RUST_PANIC.exec(line);
  if (m !== null) return frame('rust', 'path', m[1]!, m[2], '', m[3]);
  m = ELIXIR.exec(line);
  if (m !== null) return frame('elixir', 'path', m[1]!, m[2], m[3] ?? '');
  return undefined;
}

/** "main.(*Server).handle(0xc000…, {0x…})" without its arguments. */
function goFunction(line: string): string {
  const text = line.trim().replace(/ in goroutine \d+$/, '');
  return text.startsWith('created by ') ? text : text.replace(/\((?:[^()]|\([^()]*\))*\)$/, '');
}

function frame(language: StackLanguage, kind: StackFrame['kind'], path: string, line: string | undefined, functionText: string, column?: string): StackFrame {
  const number = Number(line);
  return { path, line: number >= 1 && number < 1e9 ? number : undefined, functionText, kind, language, ...(column === undefined ? {} : { column: Number(column) }) };
}
