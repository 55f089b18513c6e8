// The rules of the architecture that a compiler does not know: who may import whom, where dangerous modules live,
// how long a file may be. Each rule is first tried on a made-up offender, so that it is known to bite.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Module {
  readonly file: string;
  readonly text: string;
  /** Relative imports, resolved to paths from the root; and bare ones. */
  readonly local: readonly string[];
  readonly bare: readonly string[];
}

const IMPORT = /(?:^|\n)\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|\brequire\(\s*['"]([^'"]+)['"]\s*\)/g;

function moduleOf(file: string, text: string): Module {
  const specifiers = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3]!);
  const local = specifiers.filter((name) => name.startsWith('.')).map((name) => path.posix.normalize(path.posix.join(path.posix.dirname(file), name)));
  return { file, text, local, bare: specifiers.filter((name) => !name.startsWith('.')) };
}

function modulesUnder(...folders: readonly string[]): Module[] {
  return folders.flatMap((folder) =>
    (readdirSync(path.join(root, folder), { recursive: true }) as string[])
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.posix.join(folder, name.replaceAll('\\', '/')))
      .map((file) => moduleOf(file, readFileSync(path.join(root, file), 'utf8'))),
  );
}

/** The part of the code a file belongs to. */
function partOf(file: string): string {
  const [top, second] = file.split('/');
  if (top !== 'src') return top!;
  return second!.endsWith('.ts') ? second!.replace(/\.ts$/, '') : second!;
}

const PURE = ['model', 'analysis', 'protocol', 'source'];
/** part → parts it may import, besides itself. Imports run one way. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: PURE,
  analysis: PURE,
  protocol: PURE,
  source: PURE,
  formats: ['model'],
  engine: [...PURE, 'formats'],
  host: PURE,
  extension: ['host', 'protocol'],
  cli: [...PURE, 'formats', 'engine'],
  webview: ['model', 'analysis', 'protocol'],
};

/** module → where alone it may be imported. */
const ONLY_IN: readonly { readonly name: RegExp; readonly where: RegExp }[] = [
  { name: /^vscode$/, where: /^src\/(host\/|extension\.ts$)/ },
  { name: /^undici$/, where: /^src\/engine\/http\.ts$/ },
  { name: /^node:sqlite$/, where: /^src\/engine\/store\// },
  { name: /^@vscode\/webview-ui-toolkit/, where: /^webview\/toolkit\.ts$/ },
  { name: /^node:/, where: /^src\/(formats|engine|host|cli)(\/|\.ts)/ },
];

function boundaryProblems(modules: readonly Module[]): string[] {
  const problems: string[] = [];
  for (const { file, local, bare } of modules) {
    const from = partOf(file);
    for (const target of local.filter((name) => name !== 'package.json')) {
      const to = partOf(target);
      if (to !== from && !(MAY_IMPORT[from] ?? []).includes(to)) problems.push(`${file} imports ${target}`);
    }
    for (const name of bare) {
      for (const rule of ONLY_IN) if (rule.name.test(name) && !rule.where.test(file)) problems.push(`${file} imports ${name}`);
    }
  }
  return problems;
}

function cycles(modules: readonly Module[]): string[] {
  const graph = new Map(modules.map((module) => [module.file, module.local]));
  const done = new Set<string>();
  const found: string[] = [];
  for (const start of graph.keys()) {
    const pathTo: string[] = [];
    const stack: { file: string; leave: boolean }[] = [{ file: start, leave: false }];
    while (stack.length > 0) {
      const { file, leave } = stack.pop()!;
      if (leave) {
        pathTo.pop();
        done.add(file);
      } else if (pathTo.includes(file)) found.push([...pathTo.slice(pathTo.indexOf(file)), file].join(' → '));
      else if (!done.has(file)) {
        pathTo.push(file);
        stack.push({ file, leave: true });
        for (const next of graph.get(file) ?? []) if (graph.has(next)) stack.push({ file: next, leave: false });
      }
    }
  }
  return found;
}

/** Imports that are types only vanish: they make no cycle. */
const withoutTypes = (module: Module): Module => moduleOf(module.file, module.text.replaceAll(/(?:import|export) type [^;]*;/g, ''));

describe('architecture', () => {
  const all = modulesUnder('src', 'webview');

  it('reads the sources', () => assert.ok(all.length > 30, `${all.length} modules`));

  it('imports run one way, and dangerous modules live in one place', () => {
    const offenders = [
      moduleOf('src/model/x.ts', "import { a } from '../engine/main.ts';"),
      moduleOf('src/engine/x.ts', "import * as vscode from 'vscode';"),
      moduleOf('src/host/x.ts', "const u = await import('undici');"),
      moduleOf('webview/x.ts', "import { b } from '../src/source/ladder.ts';"),
      moduleOf('src/analysis/x.ts', "import fs from 'node:fs';"),
    ];
    assert.equal(boundaryProblems(offenders).length, offenders.length);
    assert.deepEqual(boundaryProblems(all), []);
  });

  it('has no import cycles', () => {
    assert.equal(cycles([moduleOf('src/a.ts', "import './b.ts';"), moduleOf('src/b.ts', "import './a.ts';")]).length > 0, true);
    assert.deepEqual(cycles(all.map(withoutTypes)), []);
  });

  it('opens sockets by http.ts alone, and the editor\'s fetch', () => {
    const opens = [
      /(?<![.\w])(?:globalThis\.)?fetch\s*\(/, /\bnew (?:Socket|TLSSocket|WebSocket|EventSource|XMLHttpRequest)\b/,
      /import[^;]*\b(?:connect|request|get|createConnection|createSocket)\b[^;]*from 'node:(?:net|tls|https?|http2|dgram)'/,
      /import (?:\* as )?(\w+)\b[^;]*from 'node:(?:net|tls|https?|http2|dgram)'[^]*\b\1\.(?:connect|request|get|createConnection|createSocket)\s*\(/,
    ];
    for (const offence of ["await fetch('http://a')", 'globalThis.fetch(url)', 'new Socket()', "import tls, { type A } from 'node:tls';\ntls.connect({ port })", "import { request } from 'node:https';"]) assert.ok(opens.some((pattern) => pattern.test(offence)), offence);
    const openers = all.filter(({ text }) => opens.some((pattern) => pattern.test(text.replaceAll(/\/\/.*/g, '')))).map(({ file }) => file);
    assert.deepEqual(openers, ['src/host/hostFetch.ts']);
  });

  it('calls acquireVsCodeApi in hostApi.ts only', () => {
    const callers = all.filter(({ text }) => /\bacquireVsCodeApi\s*\(/.test(text)).map(({ file }) => file);
    assert.deepEqual(callers, ['webview/hostApi.ts']);
  });

  it('never builds HTML from data in the webview', () => {
    const banned = /\.(innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write|setAttribute\(\s*['"](style|href|src|srcdoc|on\w+)['"]/;
    assert.match("a.innerHTML = x", banned);
    assert.deepEqual(all.filter(({ file, text }) => file.startsWith('webview/') && banned.test(text)).map(({ file }) => file), []);
  });

  it('says what others wrote by what takes its links apart', () => {
    const says = /\bwindow\s*\.\s*(?:show(?:Error|Warning|Information)Message|showInputBox|withProgress|create(?:QuickPick|InputBox))\b/;
    for (const offence of ['void vscode.window.showErrorMessage(x)', 'vscode.window.withProgress({ title })', 'vscode.window\n  .createQuickPick<Item>()']) assert.match(offence, says);
    assert.deepEqual(all.filter(({ text }) => says.test(text)).map(({ file }) => file).sort(), ['src/host/notices.ts', 'src/host/wizard/quickInputs.ts']);
  });

  it('opens every module with what it is', () => {
    assert.deepEqual(all.filter(({ text }) => !/^(#!.*\n)?(\/\/|\/\*\*)/.test(text)).map(({ file }) => file), []);
  });

  it('keeps files small', () => {
    const long = all.map(({ file, text }) => ({ file, lines: text.split('\n').length })).filter(({ lines }) => lines > 400);
    assert.deepEqual(long, []);
  });
});
