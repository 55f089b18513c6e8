// The commands over the store as processes: serve, list, show, why, locate, all on one database while it is written.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OtlpWriter } from '../../../src/formats/otlpWriter.ts';
import { jsonLines, runCli, spawnCli, type CliResult } from './runCli.ts';

const recorded = (name: string): string => fileURLToPath(new URL(`../../fixtures/recorded/${name}`, import.meta.url));
const REFERENCE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

interface Serving {
  readonly child: ChildProcess;
  readonly endpoint: string;
  readonly output: () => { readonly stdout: string; readonly stderr: string };
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

function start(args: readonly string[]): Omit<Serving, 'endpoint'> {
  const child = spawnCli(['serve', ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()));
  return { child, output: () => ({ stdout, stderr }), ended: new Promise((resolve) => child.once('exit', resolve)) };
}

async function until<T>(what: string, probe: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const value = await probe();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited in vain for ${what}.`);
}

async function serve(...args: string[]): Promise<Serving> {
  const serving = start(args);
  const endpoint = await until('the endpoint', () => /^listening on (http:\/\/127\.0\.0\.1:\d+)\n/.exec(serving.output().stdout)?.[1]);
  return { ...serving, endpoint };
}

async function stop({ child, ended }: Omit<Serving, 'endpoint'>, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  child.kill(signal);
  return ended;
}

async function post(endpoint: string, body: Uint8Array, type = 'application/x-protobuf'): Promise<number> {
  const answer = await fetch(`${endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': type }, body: new Uint8Array(body) });
  await answer.arrayBuffer();
  return answer.status;
}

/** `normal` traces of one operation and a slow one at the end, whose step reads many rows. */
function orders(normal: number): Uint8Array {
  const writer = new OtlpWriter();
  writer.beginResource([{ key: 'service.name', value: 'shop' }]);
  writer.beginScope();
  for (let n = 0; n <= normal; n++) {
    const start = 1_795_221_079_000_000_000n + BigInt(n) * 1_000_000_000n;
    const work = BigInt((n === normal ? 900 : 50 + (n % 5)) * 1_000_000);
    const traceId = idOf(n);
    const rows = { key: 'rows', value: n === normal ? 9000n : 20n };
    writer.span({ traceId, spanId: '00000000000000aa', parentSpanId: '00000000000000bb', name: 'load rows', startUnixNano: start + 1_000_000n, endUnixNano: start + 1_000_000n + work, attributes: [rows] });
    writer.span({ traceId, spanId: '00000000000000bb', name: 'GET /orders', kind: 2, startUnixNano: start, endUnixNano: start + work + 2_000_000n });
  }
  writer.endScope();
  writer.endResource();
  return writer.finish();
}
const idOf = (n: number): string => (0xabc000 + n).toString(16).padStart(32, '0');

describe('the commands over the store', function () {
  this.timeout(60_000);
  let folder: string;
  let db: string;
  let serving: Serving;
  const cli = (...args: string[]): Promise<CliResult> => runCli([...args, '--db', db]);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracefall-cli-'));
    db = join(folder, 'traces.db');
    serving = await serve('--port', '0', '--db', db);
    assert.equal(await post(serving.endpoint, await readFile(recorded('reference-trace.otlp.json')), 'application/json'), 200);
    assert.equal(await post(serving.endpoint, orders(30)), 200);
  });
  after(async () => {
    if (serving.child.exitCode === null) await stop(serving, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it('list while it is served: what inspect says of the same spans, at once exact', async () => {
    const lines = (await cli('list', '--json')).stdout.trimEnd().split('\n');
    assert.equal(lines.length, 32);
    const inspected = await runCli(['inspect', '--json', recorded('reference-trace.otlp.json')]);
    assert.ok(lines.includes(inspected.stdout.trimEnd()), 'the same line, byte for byte');
    const sorted = jsonLines<{ startUnixNano: string; traceId: string }>({ code: 0, stdout: lines.join('\n'), stderr: '' });
    const keys = sorted.map((line) => `${line.startUnixNano.padStart(20, '0')} ${line.traceId}`);
    assert.deepEqual(keys, keys.toSorted());
  });

  const LISTS: readonly [args: readonly string[], ids: readonly string[]][] = [
    [['--errors'], [REFERENCE_ID]],
    [['--slow'], [idOf(30)]],
    [['--service', 'analytics'], [REFERENCE_ID]],
    [['--service', 'shop', '--limit', '2'], [idOf(29), idOf(30)]],
    [['--service', 'nobody'], []],
    [['--slow', '--service', 'analytics'], []],
  ];
  for (const [args, ids] of LISTS) {
    it(`list ${args.join(' ')}`, async () => {
      const result = await cli('list', '--json', ...args);
      assert.equal(result.code, 0);
      assert.deepEqual(jsonLines<{ traceId: string }>(result).map((line) => line.traceId), ids);
    });
  }

  it('list says how many there are where it does not show all', async () => {
    const { stderr, stdout } = await cli('list', '--limit', '5');
    assert.equal(stderr, 'tracefall: 5 of 32 traces are listed; --limit lists more.\n');
    assert.equal(stdout.trimEnd().split('\n').filter((line) => /^[0-9a-f]{32} /.test(line)).length, 5);
  });

  it('why names the step, what is unusual, and by how much', async () => {
    const result = await cli('why', idOf(30), '--json');
    assert.deepEqual([result.code, result.stderr, result.stdout.split('\n').length], [0, '', 2]);
    const report = JSON.parse(result.stdout) as { findings: Record<string, unknown>[] };
    assert.deepEqual(Object.keys(report), ['traceId', 'cohort', 'durationNs', 'medianNs', 'findings']);
    const [finding] = report.findings;
    assert.deepEqual(Object.keys(finding!), ['spanId', 'service', 'name', 'deltaNs', 'attribute', 'value', 'usual']);
    assert.deepEqual({ ...finding, deltaNs: '' }, { spanId: '00000000000000aa', service: 'shop', name: 'load rows', deltaNs: '', attribute: 'rows', value: '9000', usual: '20' });
    assert.match(String(finding!['deltaNs']), /^8\d{8}$/);
    assert.match((await cli('why', idOf(30))).stdout, /^It took 902 ms; the median of 30 other traces of the same root is 54\.0 ms\.\n {2}load rows: 9,000 rows, usually 20; took 84\d ms longer than usual\.\n/);
  });

  it('why has nothing to say of a usual trace, or without others', async () => {
    assert.deepEqual((JSON.parse((await cli('why', idOf(3), '--json')).stdout) as { findings: unknown[] }).findings, []);
    const alone = JSON.parse((await cli('why', REFERENCE_ID, '--json')).stdout) as { cohort: number; findings: unknown[] };
    assert.deepEqual([alone.cohort, alone.findings], [0, []]);
    assert.match((await cli('why', REFERENCE_ID)).stdout, /There is no other trace/);
  });

  it('show draws it: every span, errors, the critical path, code', async () => {
    const { code, stdout } = await runCli(['show', REFERENCE_ID, '--db', db], { env: { COLUMNS: '140' } });
    assert.equal(code, 0);
    assert.match(stdout, /^POST \/chat \(api-gateway\)\n8\.96 s · 14 spans · 1 error · 4 services · 1 orphan\ntrace 4bf92f3577b34da6a3ce929d0e0e4736 · 2026-11-21 00:31:19\.000 UTC\n/);
    const rows = stdout.split('\n').filter((line) => /[░█]/.test(line) && !line.startsWith('█'));
    assert.equal(rows.length, 14);
    assert.match(rows.find((row) => row.includes('parse_answer'))!, /^✗\* .* 88\.0 ms /);
    assert.match(rows.find((row) => row.includes('chat_turn'))!, /turn\.py:41$/);
    assert.match(rows.find((row) => row.includes('orphaned flush'))!, /\(parent missing\)/);
    assert.doesNotMatch(stdout, /\u001b/, 'no colours into a pipe');
    for (const row of rows) assert.ok(row.length <= 140, row);
  });

  it('locate leads to the lines of a workspace, for a stored trace and for a file alike', async () => {
    const workspace = join(folder, 'workspace');
    await mkdir(join(workspace, 'orchestrator'), { recursive: true });
    await writeFile(join(workspace, 'orchestrator/turn.py'), Array.from({ length: 60 }, (_, i) => (i === 40 ? 'def chat_turn(question):' : `    step_${i}()`)).join('\n'));
    const [stored, file] = await Promise.all([
      cli('locate', REFERENCE_ID, '--workspace', workspace, '--json'),
      runCli(['locate', recorded('reference-trace.otlp.pb'), '--workspace', 'workspace', '--json'], { cwd: folder }),
    ]);
    assert.equal(stored.code, 0);
    assert.equal(stored.stdout, file.stdout);
    const spans = jsonLines<{ name: string; file?: string; line?: number; confidence?: string; reason: string }>(stored);
    assert.equal(spans.length, 14);
    const turn = spans.find((span) => span.name === 'chat_turn')!;
    assert.deepEqual(Object.keys(turn), ['traceId', 'spanId', 'service', 'name', 'file', 'line', 'confidence', 'reason']);
    assert.deepEqual([turn.file, turn.line], ['orchestrator/turn.py', 41]);
    const lost = spans.find((span) => span.name === 'cache.lookup')!;
    assert.deepEqual(Object.keys(lost), ['traceId', 'spanId', 'service', 'name', 'reason']);
    for (const span of spans) assert.match(span.reason, /\S.*\.$/);
  });

  it('locate takes an id without its zeros, as the others do', async () => {
    const { stdout, code } = await cli('locate', 'abc000', '--workspace', folder, '--json');
    assert.deepEqual([code, jsonLines<{ traceId: string }>({ code, stdout, stderr: '' }).map(({ traceId }) => traceId)], [0, [idOf(0), idOf(0)]]);
  });

  it('a trace that is not stored is one sentence', async () => {
    for (const command of ['show', 'why']) {
      const { code, stdout, stderr } = await cli(command, 'f'.repeat(32));
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /^tracefall: Trace f{32} is not in the collector's store[^\n]+\.\n$/);
    }
  });

  it('a file that is no database is not called a damaged one', async () => {
    const notes = join(folder, 'notes.txt');
    await writeFile(notes, 'their notes '.repeat(500));
    const { code, stderr } = await runCli(['list', '--db', notes]);
    assert.equal(code, 1);
    assert.match(stderr, /^tracefall: \S+notes\.txt is not a Tracefall database and was left as it is: choose another place with tracefall\.store\.path, or --db\.\n$/);
  });

  it('list says so where there is nothing, and why that may be', async () => {
    for (const [args, says] of [[['--service', 'nobody'], 'No trace fits.'], [['--since', '1s'], 'No trace fits.']] as const) {
      const { stdout, stderr, code } = await cli('list', ...args);
      assert.deepEqual([code, stderr, stdout.split('\n').length], [0, `tracefall: ${says}\n`, 2]);
    }
    assert.equal((await cli('list', '--service', 'nobody', '--json')).stderr, '', 'a program counts lines');
    await mkdir(join(folder, 'bare'));
    assert.equal((await runCli(['list', '--backend', join(folder, 'bare')])).stderr, 'tracefall: There is no trace yet.\n');
  });

  it('a second serve stands by, says for whom, and takes over', async () => {
    const second = start(['--port', '0', '--db', db]);
    try {
      await until('the sentence', () => (second.output().stderr.includes(`another process already collects into this database and listens on ${serving.endpoint}; this one stands by`) ? true : undefined));
      assert.equal(second.output().stdout, '');
      assert.equal(await stop(serving, 'SIGKILL'), null);
      const endpoint = await until('the take-over', () => /^listening on (\S+)\n/.exec(second.output().stdout)?.[1]);
      assert.equal(endpoint, serving.endpoint, 'where programs send to');
      assert.equal(await post(endpoint, orders(3)), 200);
    } finally {
      assert.equal(await stop(second, 'SIGINT'), 0, 'drains and ends with 0');
    }
    assert.equal(jsonLines(await cli('list', '--json')).length, 32, 'nothing was lost, nothing twice');
  });

  it('what was acknowledged before a polite kill is there', async () => {
    const own = join(folder, 'own.db');
    const other = await serve('--port=0', '--db', own);
    assert.equal(await post(other.endpoint, orders(9)), 200);
    assert.equal(await stop(other), 0);
    assert.equal(jsonLines(await runCli(['list', '--json', '--db', own])).length, 10);
  });

  it('list counts itself what a collector killed at once had not counted', async () => {
    const own = join(folder, 'killed.db');
    const other = await serve('--port=0', '--db', own);
    assert.equal(await post(other.endpoint, await readFile(recorded('reference-trace.otlp.pb'))), 200);
    await stop(other, 'SIGKILL');
    const listed = await runCli(['list', '--json', '--db', own]);
    assert.equal(listed.stdout, (await runCli(['inspect', '--json', recorded('reference-trace.otlp.pb')])).stdout);
  });

  it('a port that is taken is a failure with a sentence, when it was asked for', async () => {
    const other = await serve('--port=0', '--db', join(folder, 'first.db'));
    const { code, stderr } = await runCli(['serve', '--port', new URL(other.endpoint).port, '--db', join(folder, 'second.db')]);
    assert.equal(code, 1);
    assert.match(stderr, /^tracefall: Port \d+ is taken by another program[^\n]*\n$/, 'one sentence, once');
    await stop(other);
  });

  it('says where it takes gRPC, and why it does not', async () => {
    const other = await serve('--port=0', '--db', join(folder, 'grpc.db'));
    const grpc = await until('the line', () => /\nlistening for gRPC on http:\/\/127\.0\.0\.1:(\d+)\n/.exec(other.output().stdout)?.[1]);
    const without = await serve('--port=0', '--grpc-port', grpc, '--db', join(folder, 'grpc2.db'));
    await until('the sentence', () => (/^tracefall: gRPC is not served: [^\n]*\n$/.test(without.output().stderr) ? true : undefined));
    assert.doesNotMatch(without.output().stdout, /gRPC/);
    await stop(without);
    await stop(other);
  });

  it('says when what it takes cannot be sent on, without the password of the address', async () => {
    const other = await serve('--port=0', '--grpc-port=0', '--forward-to', 'http://me:canary@127.0.0.1:1', '--db', join(folder, 'forward.db'));
    assert.equal(await post(other.endpoint, orders(1)), 200);
    await until('the sentence', () => (/^tracefall: Sending on to http:\/\/127\.0\.0\.1:1: Nothing answers [^\n]*What comes waits\.\n$/.test(other.output().stderr) ? true : undefined));
    assert.equal(await stop(other), 0);
    assert.match(other.output().stderr, /\ntracefall: Not taken by http:\/\/127\.0\.0\.1:1, as far as is known: 1 request\.\n$/);
    assert.doesNotMatch(other.output().stderr, /canary/);
  });

  it('says that requests are lost when they are, and how many at the end', async () => {
    const refusing = createServer((_request, response) => void response.writeHead(400).end());
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    const other = await serve('--port=0', '--grpc-port=0', '--forward-to', url, '--db', join(folder, 'refused.db'));
    for (let n = 0; n < 3; n++) assert.equal(await post(other.endpoint, orders(1)), 200);
    await until('the sentence', () => (other.output().stderr.includes(`tracefall: Not taken by ${url} so far, as far as is known: `) ? true : undefined));
    assert.equal(await stop(other), 0);
    const said = other.output().stderr.trimEnd().split('\n');
    assert.equal(said.filter((line) => line.includes('so far')).length, 1);
    assert.equal(said.at(-1), `tracefall: Not taken by ${url}, as far as is known: 3 requests.`);
    refusing.close();
  });

  for (const [what, place] of [['a folder', 'theirs'], ['a file that is no database', 'theirs/notes.txt'], ['a path below a file', 'theirs/notes.txt/x.db']] as const) {
    it(`${what} as database: a failure with a sentence, as nobody could read what it collects`, async () => {
      await mkdir(join(folder, 'theirs'), { recursive: true });
      await writeFile(join(folder, 'theirs', 'notes.txt'), 'their notes '.repeat(500));
      const failed = start(['--port=0', '--db', join(folder, place)]);
      const code = await Promise.race([failed.ended, new Promise((resolve) => setTimeout(resolve, 10_000, 'goes on'))]);
      if (code === 'goes on') await stop(failed);
      assert.equal(code, 1);
      assert.equal(failed.output().stdout, '');
      assert.match(failed.output().stderr, /^tracefall: \S+ (?:cannot be|is not a Tracefall database)[^\n]*, or --db\.\n$/);
    });
  }
});
