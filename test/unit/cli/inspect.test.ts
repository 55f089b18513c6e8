// `inspect` as a process: the exact lines, the same trace out of every format, and what it makes of hostile files.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { generateTraces } from '../../support/traceGenerator.ts';
import { CLI, jsonLines, runCli, type CliResult } from './runCli.ts';

interface Line {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly startUnixNano: string;
  readonly durationNs: string;
  readonly spans: number;
  readonly errors: number;
  readonly orphans: number;
  readonly roots: number;
  readonly maxDepth: number;
  readonly services: readonly string[];
  readonly duplicates: number;
  readonly rejected: number;
  readonly warnings: readonly string[];
}

const recorded = (name: string): string => fileURLToPath(new URL(`../../fixtures/recorded/${name}`, import.meta.url));
const inspect = (...args: string[]): Promise<CliResult> => runCli(['inspect', '--json', ...args]);

const REFERENCE =
  '{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","rootService":"api-gateway","rootName":"POST /chat","startUnixNano":"1795221079000000000","durationNs":"8961000000",' +
  '"spans":14,"errors":1,"orphans":1,"roots":1,"maxDepth":5,"services":["api-gateway","auth","orchestrator","analytics"],"duplicates":0,"rejected":0,"warnings":["1 span names a parent that was not received."]}\n';

/** OTLP/JSON of spans as given. */
function otlp(spans: readonly Record<string, unknown>[], service = 'shop'): string {
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] }, scopeSpans: [{ spans }] }] });
}

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const span = (n: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  traceId: hex(1, 32), spanId: hex(n, 16), name: `step ${n}`, kind: 1, startTimeUnixNano: '1795221079000000000', endTimeUnixNano: '1795221079001000000', ...more,
});

describe('inspect', function () {
  this.timeout(30_000);
  let folder: string;
  const file = async (name: string, content: string | Uint8Array): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracefall-inspect-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  describe('the reference trace, byte for byte the same line', () => {
    for (const name of ['reference-trace.otlp.json', 'reference-trace.otlp.pb', 'jaeger-v1/trace.body', 'jaeger-v3/trace.body', 'tempo/trace-v1-json.body', 'tempo/trace-v2-json.body', 'tempo/trace-v1-protobuf.body', 'tempo/trace-v2-protobuf.body']) {
      it(name, async () => assert.deepEqual(await inspect(recorded(name)), { code: 0, stdout: REFERENCE, stderr: '' }));
    }
    it('Zipkin: sent at another time; its server lower-cases names', async () => {
      const sent = REFERENCE.replace('1795221079000000000', '1795222660000000000');
      assert.equal((await inspect(recorded('reference-trace.zipkin.json'))).stdout, sent);
      assert.equal((await inspect(recorded('zipkin/trace.body'))).stdout, sent.replace('POST /chat', 'post /chat'));
    });
    it('gzipped, from standard input', async () => {
      const stdin = gzipSync(await readFile(recorded('reference-trace.otlp.pb')));
      assert.deepEqual(await runCli(['inspect', '-', '--json'], { stdin }), { code: 0, stdout: REFERENCE, stderr: '' });
    });
  });

  it('a table has the same numbers, aligned, in the units of the design', async () => {
    const { code, stdout } = await runCli(['inspect', recorded('reference-trace.otlp.json')]);
    assert.equal(code, 0);
    const [head, row, warning] = stdout.split('\n');
    assert.match(head!, /^TRACE {2,}ROOT {2,}START \(UTC\) {2,}DURATION {2}SPANS {2}ERRORS {2}ORPHANS {2}ROOTS {2}DEPTH {2}DUPLICATES {2}REJECTED {2}SERVICES$/);
    assert.match(row!, /^4bf92f3577b34da6a3ce929d0e0e4736 {2}api-gateway: POST \/chat {2}2026-11-21 00:31:19\.000 +8\.96 s +14 +1 +1 +1 +5 +0 +0 {2}api-gateway, auth, orchestrator, analytics$/);
    for (const title of ['DURATION', 'SPANS', 'ERRORS']) assert.match(row!.slice(0, head!.indexOf(title) + title.length), /\S$/, `${title} is right-aligned`);
    assert.equal(warning, '4bf92f3577b34da6a3ce929d0e0e4736: 1 span names a parent that was not received.');
  });

  it('a trace spread over files is one; a span in both is a duplicate', async () => {
    const a = await file('a.json', otlp([span(1), span(2, { parentSpanId: hex(1, 16) })]));
    const b = await file('b.json', otlp([span(2, { parentSpanId: hex(1, 16) }), span(3, { parentSpanId: hex(2, 16) })], 'shop'));
    const [line, ...more] = jsonLines<Line>(await inspect(a, b));
    assert.deepEqual([line!.spans, line!.duplicates, line!.maxDepth, line!.orphans, more.length], [3, 1, 3, 0, 0]);
  });

  it('lines are sorted by start, then id, the nameless last', async () => {
    const at = (n: number, start: string): Record<string, unknown> => span(n, { traceId: hex(n, 32), startTimeUnixNano: start, endTimeUnixNano: '1795221080000000000' });
    const path = await file('sorted.json', otlp([at(9, '1795221079000000003'), span(5, { traceId: '' }), at(3, '1795221079000000001'), at(2, '1795221079000000003'), at(4, '999999999999999999')]));
    assert.deepEqual(jsonLines<Line>(await inspect(path)).map((line) => line.traceId), [hex(4, 32), hex(3, 32), hex(2, 32), hex(9, 32), '']);
  });

  it('nothing is lost: shown + duplicates + rejected = given', async () => {
    const given = [span(1), span(1), span(1, { name: 'other' }), span(2, { traceId: '0'.repeat(32) }), span(3, { spanId: '' }), span(4, { spanId: '0'.repeat(16) }), span(5, { traceId: 'zz' }), span(6, { traceId: hex(2, 32) }), 7];
    const lines = jsonLines<Line>(await inspect(await file('odd.json', otlp(given as Record<string, unknown>[]))));
    assert.equal(lines.reduce((sum, line) => sum + line.spans + line.duplicates + line.rejected, 0), given.length);
    assert.deepEqual(lines.map((line) => line.traceId), [hex(1, 32), hex(2, 32), '']);
    assert.ok(lines.at(-1)!.rejected > 0);
    assert.deepEqual([lines[0]!.spans, lines[0]!.duplicates], [2, 1]);
  });

  describe('hostile but honest', () => {
    it('a chain 10,000 deep, in any order', async () => {
      const [line] = jsonLines<Line>(await inspect(await file('chain.pb', generateTraces({ traces: 1, spansPerTrace: 10_000, shape: 'chain' }))));
      assert.deepEqual([line!.spans, line!.maxDepth, line!.orphans], [10_000, 10_000, 0]);
    });
    it('100,000 siblings', async () => {
      const [line] = jsonLines<Line>(await inspect(await file('star.pb', generateTraces({ traces: 1, spansPerTrace: 100_000, shape: 'star' }))));
      assert.deepEqual([line!.spans, line!.maxDepth], [100_000, 2]);
    });
    it('a cycle of parents', async () => {
      const [line] = jsonLines<Line>(await inspect(await file('cycle.json', otlp([span(1, { parentSpanId: hex(2, 16) }), span(2, { parentSpanId: hex(1, 16) })]))));
      assert.deepEqual([line!.spans, line!.roots], [2, 0]);
      assert.match(line!.warnings.join(' '), /ancestor/);
    });
    it('times as late as 64 bits go, and beyond', async () => {
      const lines = jsonLines<Line>(await inspect(await file('late.json', otlp([span(1, { endTimeUnixNano: '18446744073709551615' }), span(2, { startTimeUnixNano: '253402300799000000000', endTimeUnixNano: '253402300799000000001' })]))));
      assert.equal(lines.reduce((sum, line) => sum + line.spans + line.duplicates + line.rejected, 0), 2);
      for (const line of lines) assert.match(`${line.startUnixNano} ${line.durationNs}`, /^\d+ \d+$/);
      assert.equal((await runCli(['inspect', join(folder, 'late.json')])).code, 0, 'the table can show it too');
    });
    it('an end before the start, no end, no times at all', async () => {
      const [line] = jsonLines<Line>(await inspect(await file('times.json', otlp([span(1, { endTimeUnixNano: '5' }), span(2, { endTimeUnixNano: '0' }), span(3, { startTimeUnixNano: undefined, endTimeUnixNano: undefined })]))));
      assert.equal(line!.spans, 3);
      assert.match(line!.durationNs, /^\d+$/);
    });
    const NAMES: readonly [what: string, name: string][] = [
      ['markup', '<img src=x onerror=alert(1)>'],
      ['ANSI', '\u001b[2J\u001b]0;owned\u0007'],
      ['one-byte CSI', '\u009b31m'],
      ['bidi', 'safe\u202egpj.exe'],
      ['line ends', 'a\nb\r\n{"traceId":"forged"}'],
      ['prototype', '__proto__'],
    ];
    it(`names of ${NAMES.map(([what]) => what).join(', ')} stay one line each and do nothing to the terminal`, async () => {
      const documents = NAMES.map(([, name], n) => otlp([span(1, { traceId: hex(n + 1, 32), name })], name));
      const path = await file('names.json', documents.join('\n'));
      const json = await inspect(path);
      assert.deepEqual(jsonLines<Line>(json).map((line) => [line.rootName, line.rootService]), NAMES.map(([, name]) => [name, name]));
      const table = await runCli(['inspect', path]);
      for (const output of [json.stdout, table.stdout]) assert.doesNotMatch(output.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      assert.equal(table.stdout.split('\n').length, NAMES.length + 2);
    });
  });

  describe('what cannot be read', () => {
    const UNREADABLE: readonly [what: string, content: string | Uint8Array, says: RegExp][] = [
      ['an empty file', '', /is empty/],
      ['garbage', Uint8Array.from({ length: 500 }, (_, i) => (i * 7919) & 255), /at byte \d+.* expected/],
      ['text', 'hello\nworld\n', /at byte 0.* expected/],
      ['JSON that is something else', '{"name":"x","version":1}', /line 1.*was expected/],
      ['JSON cut off at once', '{"resourceSp', /\./],
      ['protobuf cut off', Uint8Array.of(0x0a, 0xff, 0xff, 0x7f), /byte \d+/],
      ['gzip of nothing', gzipSync(''), /empty/],
    ];
    for (const [what, content, says] of UNREADABLE) {
      it(`${what}: exit 2 and one sentence with the file, the place and what was expected`, async () => {
        const path = await file('bad.bin', content);
        const { code, stdout, stderr } = await inspect(path);
        assert.deepEqual([code, stdout], [2, '']);
        assert.match(stderr, says);
        assert.match(stderr, /^tracefall: [^\n]*bad\.bin[^\n]*\.\n$/);
      });
    }
    it('no such file, a folder', async () => {
      assert.match((await inspect(join(folder, 'nowhere.json'))).stderr, /^tracefall: \S*nowhere\.json: there is no such file\.\n$/);
      const { code, stderr } = await inspect(folder);
      assert.equal(code, 2);
      assert.match(stderr, /it is a folder/);
    });
    it('a file name cannot write to the terminal either', async () => {
      assert.doesNotMatch((await inspect('\u001b[31mred.json')).stderr, /\u001b/);
    });
    it('one bad file costs a warning, not its neighbours', async () => {
      const { code, stdout, stderr } = await inspect(await file('bad.bin', 'nonsense'), recorded('reference-trace.otlp.json'), join(folder, 'nowhere.json'));
      assert.deepEqual([code, stdout], [0, REFERENCE]);
      assert.deepEqual(stderr.trimEnd().split('\n').map((line) => /bad\.bin|nowhere\.json/.exec(line)?.[0]), ['bad.bin', 'nowhere.json']);
    });
    it('readable but empty is nothing, and no failure', async () => {
      assert.deepEqual(await inspect(await file('none.json', '{"resourceSpans":[]}')), { code: 0, stdout: '', stderr: '' });
    });
  });

  it('paths are relative to where it is called', async () => {
    await file('here.json', otlp([span(1)]));
    assert.equal((await runCli(['inspect', 'here.json', '--json'], { cwd: folder })).code, 0);
    const checkout = fileURLToPath(new URL('../../..', import.meta.url));
    assert.equal((await runCli(['inspect', 'here.json', '--json'], { cwd: checkout, env: { INIT_CWD: folder } })).code, 0, 'as npm run starts it');
  });

  it('a reader that has seen enough is no failure', async () => {
    const path = await file('many.pb', generateTraces({ traces: 3000, spansPerTrace: 2 }));
    const shell = spawn('/bin/sh', ['-c', '"$0" "$1" inspect --json "$2" | head -n 1', process.execPath, CLI, path], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    let stdout = '';
    shell.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    shell.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    await new Promise((resolve) => shell.once('close', resolve));
    assert.equal(stderr, '');
    assert.equal((JSON.parse(stdout) as Line).spans, 2);
  });
});

describe('the command line itself', function () {
  this.timeout(30_000);
  const CASES: readonly [args: readonly string[], code: number, stdout: RegExp, stderr: RegExp][] = [
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    [['--help'], 0, /^Usage: tracefall COMMAND[^]*inspect[^]*serve[^]*list[^]*show[^]*locate[^]*why/, /^$/],
    [['inspect', '--help'], 0, /^Usage: tracefall inspect FILE… \[--json\]/, /^$/],
    [['inspect', 'x', '--help'], 0, /^Usage: tracefall inspect/, /^$/],
    [[], 2, /^$/, /^tracefall: which command\? [^\n]+\.\n$/],
    [['explode'], 2, /^$/, /^tracefall: there is no command "explode"; [^\n]+\.\n$/],
    [['inspect', '--wat', 'x'], 2, /^$/, /^tracefall: inspect: there is no option --wat here; [^\n]+\.\n$/],
    [['list', '--errors', '--slow'], 2, /^$/, /not both/],
    [['list', '--limit', '0'], 2, /^$/, /--limit wants a whole number/],
    [['show', 'xyz'], 2, /^$/, /"xyz" is no trace id/],
    [['show', '0'.repeat(32)], 2, /^$/, /not all zeros/],
    [['locate', '4bf92f3577b34da6a3ce929d0e0e4736'], 2, /^$/, /--workspace DIR is missing/],
    [['locate', 'x.json', '--workspace', '/nowhere/at/all'], 2, /^$/, /is no folder/],
    [['list', '--db', '/nowhere/at/all.db'], 1, /^$/, /^tracefall: There is no database at \/nowhere\/at\/all\.db yet: [^\n]+\.\n$/],
    [['list', '--db', CLI], 1, /^$/, /^tracefall: [^\n]*cli\.ts[^\n]+\.\n$/],
  ];
  for (const [args, code, stdout, stderr] of CASES) {
    it(`tracefall ${args.map((arg) => (arg === CLI ? 'cli.ts' : arg)).join(' ')}`, async () => {
      const result = await runCli(args);
      assert.match(result.stdout, stdout);
      assert.match(result.stderr, stderr);
      assert.equal(result.code, code);
    });
  }
});
