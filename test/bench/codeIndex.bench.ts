// Span → code over 20,000 source files on disk: the first search by a span's name, and the next one after a file was edited, came or
// brought a name that has to be looked for in all of them. What the editor's own file access costs comes on top.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeWorkspace } from '../../src/cli/nodeWorkspace.ts';
import { locate } from '../../src/source/ladder.ts';
import type { SourceHints } from '../../src/source/sourceHints.ts';
import { WorkspaceFiles } from '../../src/source/workspaceFiles.ts';

const FILES = 20_000;
const FOLDERS = 400;

const hints = (spanName: string): SourceHints => ({ service: '', spanName, scopeName: '', language: 'nodejs', attributes: [], stacks: [] });
const filler = Array.from({ length: 12 }, (_, k) => `export function helper${k}(value: number): number {\n${'  total += value * rate(value) + compute(value); // a line as they are\n'.repeat(5)}  return total;\n}\n`).join('');
const text = (k: number): string => `import { trace } from '@opentelemetry/api';\n${filler}export function f${k}(): unknown {\n  return tracer.startActiveSpan('span ${k}', work);\n}\n`;
const pathOf = (k: number): string => `services/s${k % 40}/src/p${k % FOLDERS}/m${k}.ts`;

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  let longest = 0;
  let at = performance.now();
  const from = at;
  let done = false;
  const turn = (): void => {
    longest = Math.max(longest, performance.now() - at);
    at = performance.now();
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  done = true;
  console.log(`${what.padEnd(58)} ${(performance.now() - from).toFixed(0).padStart(6)} ms   longest turn ${longest.toFixed(0)} ms`);
}

const root = mkdtempSync(join(tmpdir(), 'tracefall-bench-code-'));
const write = (path: string, content: string): void => writeFileSync(join(root, path), content);
try {
  for (let k = 0; k < FOLDERS; k++) mkdirSync(join(root, `services/s${k % 40}/src/p${k}`), { recursive: true });
  for (let k = 0; k < 40; k++) write(`services/s${k}/package.json`, `{ "name": "s${k}" }`);
  for (let k = 0; k < FILES; k++) write(pathOf(k), text(k));
  const access = await nodeWorkspace(root);
  const listing = await access.listFiles();
  // The editor keeps its walk of the folders while only texts change.
  const walked = { ...access, listFiles: () => Promise.resolve(listing) };
  let files = new WorkspaceFiles(walked);
  const find = async (name: string): Promise<void> => {
    const { best } = await locate(hints(name), files);
    if (best === undefined) throw new Error(`“${name}” was not found.`);
  };
  await timed('first search', () => find('span 777'));
  await timed('second search', () => find('span 778'));
  write(pathOf(5), text(5).replace('span 5', 'edited'));
  await timed('after an edit', () => {
    files = files.next(walked, { paths: new Set([pathOf(5)]), list: false });
    return find('edited');
  });
  write('services/s1/src/p1/new.ts', text(FILES));
  await timed('after a new file, folders walked again', () => {
    files = files.next(access, { paths: new Set(['services/s1/src/p1/new.ts']), list: true });
    return find(`span ${FILES}`);
  });
  write(pathOf(6), text(6).replace("'span 6'", 'SPAN_NAME_SIX'));
  write(pathOf(7), `${text(7)}export const SPAN_NAME_SIX = 'six';\n`);
  await timed('after an edit that names a constant of another file', () => {
    files = files.next(access, { paths: new Set([pathOf(6), pathOf(7)]), list: false });
    return find('six');
  });
  write(pathOf(8), text(8).replace('span 8', 'edited again'));
  await timed('after an edit, names followed', () => {
    files = files.next(access, { paths: new Set([pathOf(8)]), list: false });
    return find('edited again');
  });
  await timed('everything anew, as each change cost before', () => {
    files = new WorkspaceFiles(access);
    return find('span 777');
  });
} finally {
  rmSync(root, { recursive: true, force: true });
}
