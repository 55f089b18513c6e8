// Trace files as a connection: whatever lies in the folder is listed once and opens; what grows is followed; what is foreign is left alone.
import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Backend } from '../../../../src/engine/backends/backend.ts';
import { files, OpenedFiles } from '../../../../src/engine/backends/files.ts';
import type { TraceSource } from '../../../../src/engine/backends/source.ts';
import { fileMethods } from '../../../../src/engine/fileMethods.ts';
import { listedBackend } from '../../../../src/engine/listing/listedBackend.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { temporaryDirectory } from '../../../support/collectorFixture.ts';
import { checkLosses, factsOf } from '../../../support/sameTrace.ts';
import { readTraceFile } from '../../../../src/formats/fileReader.ts';

const signal = new AbortController().signal;
const recorded = (name: string): string => fileURLToPath(new URL(`../../../fixtures/recorded/${name}`, import.meta.url));
const REFERENCE = '4bf92f3577b34da6a3ce929d0e0e4736';
const YEAR_NS = 365n * 86_400_000_000_000n;

describe('engine/backends/files', () => {
  let folder: { readonly path: string; readonly remove: () => Promise<void> };
  const sources: TraceSource[] = [];
  let changes: number;
  beforeEach(async () => {
    folder = await temporaryDirectory();
    changes = 0;
  });
  afterEach(async () => {
    for (const source of sources.splice(0)) await source.close?.();
    await folder.remove();
  });

  const connect = (place = folder.path): Backend => {
    const http = { request: () => assert.fail('no network'), json: () => assert.fail('no network'), usage: { requests: 0, bytes: 0 } };
    const source = files.source({ config: { id: 'f', kind: 'files', name: 'f', options: { path: place } }, http, now: Date.now, changed: () => changes++ });
    sources.push(source);
    return listedBackend({ source, now: Date.now, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), lookbackNs: 200n * YEAR_NS, received: () => 0 });
  };
  const list = async (backend: Backend): Promise<readonly (readonly [string, number])[]> =>
    (await backend.search({ group: 'recent', sort: 'newest', limit: 20 }, signal)).traces.map(({ summary }) => [summary.traceId, summary.spans] as const);
  const told = (): number => changes;
  const put = (name: string, content: string | Uint8Array): string => {
    const file = path.join(folder.path, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  /** A line of the file exporter with one trace. */
  const line = (n: number, span = n): string =>
    JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ spans: [{ traceId: n.toString(16).padStart(32, '0'), spanId: span.toString(16).padStart(16, '0'), name: `op ${n}`, startTimeUnixNano: `${n}000000000`, endTimeUnixNano: `${n}500000000` }] }] }] });

  it('lists every file of a folder and below, packed or not, and opens what it lists', async () => {
    copyFileSync(recorded('reference-trace.otlp.pb'), path.join(folder.path, 'a.pb'));
    put('deep/er/b.json.gz', gzipSync(line(1)));
    put('c.ndjson', `${line(2)}\n${line(3)}\n`);
    put('readme.txt', line(9));
    put('notes.json', '{"some":"other json"}');
    const backend = connect();
    assert.deepEqual(await list(backend), [[REFERENCE, 14], ['3', 1], ['2', 1], ['1', 1]].map(([id, spans]) => [String(id).padStart(32, '0'), spans]));
    const { batches } = await backend.trace({ traceId: REFERENCE }, signal);
    const sent = await readTraceFile(readFileSync(recorded('reference-trace.otlp.json')), 'reference');
    checkLosses(factsOf(buildTrace(REFERENCE, sent.batches.map((batch) => ({ batch })))), factsOf(buildTrace(REFERENCE, batches.map((batch) => ({ batch })))), [], '');
    assert.equal((await backend.trace({ traceId: '2'.padStart(32, '0') }, signal)).batches[0]!.count, 1, 'its own span only');
  });

  it('a trace spread over files is one', async () => {
    put('a.json', line(5, 1));
    put('b.json', line(5, 2));
    assert.deepEqual(await list(connect()), [['5'.padStart(32, '0'), 2]]);
  });

  it('a growing file is followed, a half-written line waits for its end, and it tells', async () => {
    const file = put('live.ndjson', `${line(1)}\n`);
    const backend = connect(file);
    assert.equal((await list(backend)).length, 1);
    const next = line(2);
    appendFileSync(file, next.slice(0, 40));
    for (let k = 0; told() === 0 && k < 100; k++) await sleep(50);
    assert.ok(told() > 0, 'the change was seen');
    const again = connect(file);
    assert.equal((await list(again)).length, 1);
    appendFileSync(file, `${next.slice(40)}\n${line(3)}\n`);
    assert.deepEqual((await again.services(signal)), []);
    assert.equal((await list(connect(file))).length, 3);
    assert.ok((await again.trace({ traceId: '3'.padStart(32, '0') }, signal)).batches.length > 0, 'read on from where it was');
  });

  it('a half-written line that happens to end in a closing brace waits too', async () => {
    const next = line(2);
    const file = put('live.ndjson', `${line(1)}\n${next.slice(0, next.indexOf('}') + 1)}`);
    const backend = connect(file);
    assert.equal((await list(backend)).length, 1);
    appendFileSync(file, `${next.slice(next.indexOf('}') + 1)}\n${line(3)}\n`);
    for (const id of ['1', '2', '3']) assert.equal((await backend.trace({ traceId: id.padStart(32, '0') }, signal)).batches[0]!.count, 1, id);
  });

  it('an id is known with and without the zeros before it, and in capitals', async () => {
    put('a.json', line(0xabc));
    const backend = connect();
    for (const traceId of ['abc'.padStart(32, '0'), 'ABC'.padStart(32, '0'), 'abc', '00abc']) assert.equal((await backend.trace({ traceId }, signal)).batches[0]!.count, 1, traceId);
    await assert.rejects(backend.trace({ traceId: '0' }, signal), /There is no trace 0 in/);
  });

  it('a file that was replaced or removed is forgotten', async () => {
    const file = put('a.json', line(1));
    const backend = connect();
    await list(backend);
    put('a.json', line(7777));
    assert.ok((await backend.trace({ traceId: (7777).toString(16).padStart(32, '0') }, signal)).batches.length > 0);
    await assert.rejects(backend.trace({ traceId: '1'.padStart(32, '0') }, signal), /^BackendError: There is no trace 0+1 in .*\.$/);
    rmSync(file);
    await assert.rejects(backend.trace({ traceId: (7777).toString(16).padStart(32, '0') }, signal), /There is no trace/);
  });

  it('a file named by itself may be called anything, and says why it cannot be read', async () => {
    const named = put('dump.txt', line(4));
    assert.equal((await list(connect(named))).length, 1);
    const foreign = put('x.json', '{"some":"other json"}');
    const page = await connect(foreign).search({ group: 'recent', sort: 'newest', limit: 5 }, signal);
    assert.deepEqual([page.traces.length, /holds no traces/.test(page.notes.join())], [0, true]);
  });

  it('a file opened by itself lists its traces with keys that open again', async () => {
    const { openFile } = fileMethods(new OpenedFiles());
    const opened = new OpenedFiles();
    const page = await fileMethods(opened).openFile({ path: put('two.txt', `${line(1)}\n${line(2)}\n`) }, signal);
    assert.deepEqual(page.traces.map(({ key, summary }) => [key.connection, key.scope, summary.rootName]), [2, 1].map((n) => ['file', path.join(folder.path, 'two.txt'), `op ${n}`]));
    assert.equal((await opened.backend.trace(page.traces[0]!.key, signal)).batches[0]!.count, 1);
    assert.equal((await new OpenedFiles().backend.trace(page.traces[0]!.key, signal)).batches[0]!.count, 1, 'after a restart too');
    assert.deepEqual((await opened.backend.cohort('', 'op 1', 9, signal)).map(({ traceId, scope }) => [Number(traceId), scope]), [[1, path.join(folder.path, 'two.txt')]]);
    await assert.rejects(async () => openFile({ path: '//host/x' }, signal), /another machine/);
  });

  for (const [place, says] of [
    ['/nowhere/at/all', /There is no \/nowhere/],
    ['', /names no folder/],
    ['relative/path', /no absolute path/],
    ['\\\\host\\share', /another machine/],
    ['//host/share', /another machine/],
    ['/tmp/\0x', /another machine/],
  ] as const) {
    it(`${JSON.stringify(place)} is a sentence`, () => assert.rejects(connect(place).probe(signal), says));
  }
});
