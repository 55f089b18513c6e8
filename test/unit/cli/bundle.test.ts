// The bundled command line, as it is installed: runs from anywhere, also on the Node 20 that many machines have, where what needs
// node:sqlite says so in one sentence.
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collect, type CliResult } from './runCli.ts';

const recorded = (name: string): string => fileURLToPath(new URL(`../../fixtures/recorded/${name}`, import.meta.url));
const REQUIRE = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

/** Nodes on the PATH by major version, besides the one that runs this. */
function otherNodes(): { readonly path: string; readonly major: number }[] {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const found = [...new Set(paths)].filter((path) => existsSync(path)).map((path) => ({ path, major: Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1]) }));
  return found.filter(({ major }, i) => found.findIndex((other) => other.major === major) === i);
}

describe('the bundled command line', function () {
  this.timeout(30_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracefall-bundle-'));
    await build({
      entryPoints: { cli: fileURLToPath(new URL('../../../src/cli.ts', import.meta.url)) }, outdir: folder, outExtension: { '.js': '.mjs' }, chunkNames: 'chunks/[name]-[hash]',
      bundle: true, minify: true, platform: 'node', format: 'esm', target: 'node22', splitting: true, banner: { js: REQUIRE }, logLevel: 'silent',
    });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const run = (node: string, ...args: string[]): Promise<CliResult> => collect(spawn(node, [join(folder, 'cli.mjs'), ...args], { cwd: folder }));

  it('inspects', async () => {
    const { code, stdout, stderr } = await run(process.execPath, 'inspect', recorded('reference-trace.otlp.pb'), '--json');
    assert.deepEqual([code, stderr, (JSON.parse(stdout) as { spans: number }).spans], [0, '', 14]);
  });

  for (const { path, major } of otherNodes().filter(({ major }) => major >= 20 && major < 22)) {
    it(`inspects on Node ${major}, where there is neither node:sqlite nor zstd`, async () => {
      for (const file of ['reference-trace.otlp.json', 'reference-trace.zipkin.json', 'jaeger-v1/trace.body']) {
        const { code, stdout, stderr } = await run(path, 'inspect', recorded(file), '--json');
        assert.deepEqual([code, stderr, (JSON.parse(stdout) as { spans: number }).spans], [0, '', 14]);
      }
    });
    it(`locates in a file on Node ${major}`, async () => {
      const { code, stdout } = await run(path, 'locate', recorded('reference-trace.otlp.pb'), '--workspace', folder, '--json');
      assert.deepEqual([code, stdout.trimEnd().split('\n').length], [0, 14]);
    });
    for (const args of [['list'], ['serve', '--port', '0'], ['show', '1'], ['why', '1']]) {
      it(`${args[0]} on Node ${major} says what it needs`, async () => {
        const { code, stdout, stderr } = await run(path, ...args, '--db', join(folder, 'x.db'));
        assert.deepEqual([code, stdout], [1, '']);
        assert.match(stderr, /^tracefall: Stored traces need node:sqlite, which this Node \d+\.\d+\.\d+ does not have: run with Node 22\.13 or newer\.\n$/);
      });
    }
  }
});
