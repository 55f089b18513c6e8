// Packs the .vsix with vsce and checks what is in it: only what the extension needs to run, at most 1.5 MB.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { projectEnv, run } from './install.mjs';

const MAX_BYTES = 1_500_000;
const MUST = ['extension/package.json', 'extension/dist/extension.cjs', 'extension/dist/engine.mjs', 'extension/dist/cli.mjs', 'extension/dist/webview/main.js', 'extension/dist/webview/styles.css', 'extension/dist/webview/codicon.ttf'];
const MAY = [/^\[Content_Types\]\.xml$/, /^extension\.vsixmanifest$/, /^extension\/(package\.json|readme\.md|changelog\.md|LICENSE(\.txt|\.md)?)$/i, /^extension\/dist\/[\w./-]+\.(cjs|mjs|js|css|ttf)$/, /^extension\/media\/[\w./-]+\.(svg|png)$/];

/** Names in a zip's central directory. */
function entryNames(zip) {
  const names = [];
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== 0x06054b50) end--;
  if (end < 0) throw new Error('The packed .vsix has no zip directory.');
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength, commentLength] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    names.push({ name: zip.toString('utf8', at + 46, at + 46 + nameLength), method: zip.readUInt16LE(at + 10), size: zip.readUInt32LE(at + 20), local: zip.readUInt32LE(at + 42) });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return names;
}

function contentOf(zip, entry) {
  const start = entry.local + 30 + zip.readUInt16LE(entry.local + 26) + zip.readUInt16LE(entry.local + 28);
  const raw = zip.subarray(start, start + entry.size);
  return entry.method === 8 ? inflateRawSync(raw) : raw;
}

const dir = mkdtempSync(path.join(os.tmpdir(), 'tracefall-vsix-'));
try {
  const file = path.join(dir, 'tracefall.vsix');
  await run('vsce', ['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', file], { env: projectEnv(), stdio: ['ignore', 'ignore', 'inherit'] });
  const size = statSync(file).size;
  const zip = readFileSync(file);
  const entries = entryNames(zip);
  const names = entries.map((entry) => entry.name);
  const problems = [
    ...MUST.filter((name) => !names.includes(name)).map((name) => `${name} is missing`),
    ...names.filter((name) => !MAY.some((pattern) => pattern.test(name))).map((name) => `${name} should not be in it`),
    ...(size > MAX_BYTES ? [`it is ${size} bytes, more than ${MAX_BYTES}`] : []),
    ...entries.filter((entry) => /dist\/webview\/.*\.js$/.test(entry.name) && /react\.production|ReactDOM/.test(contentOf(zip, entry).toString('utf8'))).map((entry) => `${entry.name} contains React`),
  ];
  console.log(`tracefall.vsix: ${names.length} files, ${(size / 1000).toFixed(0)} kB`);
  if (problems.length > 0) throw new Error(`The packed extension is not as it should be: ${problems.join('; ')}.`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
