// The engine in its worker thread, end to end: what is sent over HTTP is listed, opened, searched, explained, pinned, exported.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { OtlpWriter } from '../../../src/formats/otlpWriter.ts';
import { decodeOtlpJson } from '../../../src/formats/otlpJson.ts';
import type { ListPage, ListQuery, OpenedTrace, TraceKey } from '../../../src/protocol/messages.ts';
import { RpcError } from '../../../src/protocol/rpc.ts';
import { ChunkDecoder, OverlayDecoder } from '../../../src/protocol/traceCodec.ts';
import { generateTraces } from '../../support/traceGenerator.ts';
import { startEngine, until, type TestEngine } from './engineWorker.ts';

const REFERENCE = new URL('../../fixtures/recorded/reference-trace.otlp.json', import.meta.url);
const REFERENCE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const RECENT: ListQuery = { connection: 'collector', group: 'recent', sort: 'newest', limit: 100 };
const KEY: TraceKey = { connection: 'collector', traceId: REFERENCE_ID };

const failing = (code: string, says: RegExp) => (error: unknown): boolean => error instanceof RpcError && error.kind === 'handler' && error.code === code && says.test(error.message);

/** A root operation with that many ordinary traces, then one that is slow and says why. */
function orders(normal: number): { bytes: Uint8Array; slowId: string } {
  const writer = new OtlpWriter();
  writer.beginResource([{ key: 'service.name', value: 'shop' }]);
  writer.beginScope();
  const start = BigInt(Date.now() - 600_000) * 1_000_000n;
  const idOf = (n: number): string => (0xabc000 + n).toString(16).padStart(32, '0');
  for (let n = 0; n <= normal; n++) {
    const at = start + BigInt(n) * 1_000_000_000n;
    const work = BigInt((n === normal ? 900 : 50 + (n % 5)) * 1_000_000);
    const base = { traceId: idOf(n), attributes: [{ key: 'rows', value: n === normal ? 9000n : 20n }] };
    writer.span({ ...base, spanId: '00000000000000aa', parentSpanId: '00000000000000bb', name: 'load rows', startUnixNano: at + 1_000_000n, endUnixNano: at + 1_000_000n + work });
    writer.span({ traceId: base.traceId, spanId: '00000000000000bb', name: 'GET /orders', kind: 2, startUnixNano: at, endUnixNano: at + work + 2_000_000n });
  }
  writer.endScope();
  writer.endResource();
  return { bytes: writer.finish(), slowId: idOf(normal) };
}

async function allRows(engine: TestEngine, opened: OpenedTrace): Promise<ChunkDecoder> {
  const decoder = new ChunkDecoder(opened.head.rows);
  decoder.add(opened.first);
  for (let index = 1; index < opened.head.chunks; index++) decoder.add(await engine.rpc.call('chunk', { openId: opened.head.openId, index }));
  return decoder;
}

describe('the engine worker', function () {
  this.timeout(30_000);
  let engine: TestEngine;

  before(async () => {
    engine = await startEngine();
  });
  after(() => engine.close());

  it('answers before the collector was started: nothing is there yet', async () => {
    assert.equal((await engine.rpc.call('collectorState', {})).role, 'off');
    const page = await engine.rpc.call('list', RECENT);
    assert.deepEqual([page.traces, page.total, page.known], [[], 0, 0]);
    await assert.rejects(engine.rpc.call('openTrace', { key: KEY, firstRows: 60 }), failing('notFound', /is not in the collector's store/));
    await assert.rejects(engine.rpc.call('sendSample', {}), failing('network', /start the collector/));
  });

  it('starts the collector once, however often it is asked, and says where it listens', async () => {
    const [first, second] = await Promise.all([engine.rpc.call('startCollector', {}), engine.rpc.call('startCollector', {})]);
    assert.equal(first.role, 'owner');
    assert.match(first.endpoint ?? '', /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(second.endpoint, first.endpoint);
    assert.equal(first.storePath, engine.config.storePath);
    assert.ok(engine.states.some((state) => state.role === 'starting'));
  });

  it('lists what was sent, told live', async () => {
    assert.equal(await engine.post(await readFile(REFERENCE), 'application/json'), 200);
    await until('the news of the trace', () => engine.changes.find((change) => change.connection === 'collector' && change.traceIds.includes(REFERENCE_ID)));
    const listed = await until('the exact summary', async () => (await engine.rpc.call('list', RECENT)).traces.find(({ summary }) => !summary.provisional));
    assert.deepEqual(listed.key, KEY);
    const { summary } = listed;
    assert.deepEqual(
      [summary.rootService, summary.rootName, summary.spans, summary.errors, summary.orphans, summary.roots, summary.maxDepth, summary.durationNs],
      ['api-gateway', 'POST /chat', 14, 1, 1, 1, 5, '8961000000'],
    );
    assert.deepEqual(await engine.rpc.call('services', { connection: 'collector' }), ['analytics', 'api-gateway', 'auth', 'orchestrator']);
    assert.deepEqual(await engine.rpc.call('operations', { connection: 'collector', service: 'api-gateway' }), ['POST /chat']);
  });

  describe('an open trace', () => {
    let opened: OpenedTrace;
    before(async () => {
      opened = await engine.rpc.call('openTrace', { key: KEY, firstRows: 5 });
    });

    it('comes in chunks, first rows first', async () => {
      assert.deepEqual([opened.head.rows, opened.head.chunks, opened.head.rootRow, opened.head.pinned], [14, 2, 0, false]);
      assert.deepEqual(opened.head.notes, ['1 span names a parent that was not received.']);
      const decoder = await allRows(engine, opened);
      assert.equal(decoder.complete, true);
    });

    it('brings its overlay', async () => {
      const { data, pages } = await engine.rpc.call('overlay', { openId: opened.head.openId, page: 0 });
      const decoder = new OverlayDecoder(opened.head.rows);
      decoder.add(data);
      assert.equal(pages, 1);
      assert.equal(decoder.complete, true);
      assert.ok(decoder.columns().pathRow.length > 5);
    });

    it('tells everything of a span', async () => {
      const row = await engine.rpc.call('rowOfSpan', { openId: opened.head.openId, spanId: 'A1B2C3D4E5F60001' });
      assert.equal(row, 0);
      const details = await engine.rpc.call('details', { openId: opened.head.openId, row });
      assert.deepEqual([details.name, details.service, details.kind, details.durationNs], ['POST /chat', 'api-gateway', 'server', 8_412_337_000]);
      assert.equal(details.attributes.find((attribute) => attribute.key === 'http.route')?.text, '/chat');
      assert.equal(decodeOtlpJson(JSON.parse(details.raw)).count, 1);
    });

    it('is searched; a query that cannot be read is a sentence', async () => {
      const search = async (query: string): Promise<number[]> => [...new Uint32Array((await engine.rpc.call('search', { openId: opened.head.openId, query })).rows)];
      assert.equal((await search('error')).length, 1);
      assert.deepEqual(await search('http.route=/chat'), [0]);
      assert.deepEqual(await search('nowhere to be found'), []);
      const bad = await engine.rpc.call('search', { openId: opened.head.openId, query: 'duration>soon' });
      assert.equal(bad.rows.byteLength, 0);
      assert.match(bad.problem ?? '', /\./);
    });

    it('gives what its spans say of their code', async () => {
      const rows = Array.from({ length: opened.head.rows }, (_, row) => row);
      const hints = await engine.rpc.call('sourceHints', { openId: opened.head.openId, rows });
      assert.equal(hints.length, rows.length);
      assert.ok(hints.some(({ attributes }) => attributes.some(({ text }) => text === '/app/orchestrator/turn.py')));
      assert.ok(hints.some(({ stacks }) => stacks.some((stack) => stack.includes('Traceback'))));
    });

    const WRONG: readonly [what: string, ask: (openId: number) => Promise<unknown>, code: string][] = [
      ['a row too many', (openId) => engine.rpc.call('details', { openId, row: 14 }), 'badData'],
      ['a negative row', (openId) => engine.rpc.call('details', { openId, row: -1 }), 'badData'],
      ['half a row', (openId) => engine.rpc.call('details', { openId, row: 0.5 }), 'badData'],
      ['rows that are none', (openId) => engine.rpc.call('sourceHints', { openId, rows: [0, Number.NaN] }), 'badData'],
      ['a chunk too many', (openId) => engine.rpc.call('chunk', { openId, index: 2 }), 'badData'],
      ['a page too many', (openId) => engine.rpc.call('overlay', { openId, page: 1 }), 'badData'],
      ['an id nobody has', (openId) => engine.rpc.call('chunk', { openId: openId + 1000, index: 0 }), 'notFound'],
    ];
    for (const [what, ask, code] of WRONG) it(`refuses ${what} with a sentence`, () => assert.rejects(ask(opened.head.openId), failing(code, /\.$/)));

    it('a span that is not there has no row', async () => {
      for (const spanId of ['ffffffffffffffff', '', 'zz', '0']) assert.equal(await engine.rpc.call('rowOfSpan', { openId: opened.head.openId, spanId }), -1);
    });

    it('is gone when it was closed', async () => {
      const other = await engine.rpc.call('openTrace', { key: KEY, firstRows: 60 });
      await engine.rpc.call('closeTrace', { openId: opened.head.openId });
      await assert.rejects(engine.rpc.call('details', { openId: opened.head.openId, row: 0 }), failing('notFound', /no longer open/));
      assert.equal((await engine.rpc.call('details', { openId: other.head.openId, row: 0 })).row, 0);
      await engine.rpc.call('closeTrace', { openId: other.head.openId });
    });
  });

  describe('many traces', () => {
    it('says why a trace was slow, and lists it as slow', async () => {
      const { bytes, slowId } = orders(40);
      assert.equal(await engine.post(bytes), 200);
      const slow = await until('the slow group', async () => (await engine.rpc.call('list', { ...RECENT, group: 'slow' })).traces.find(({ key }) => key.traceId === slowId));
      assert.ok(slow.usualNs !== undefined && slow.usualNs < 100_000_000);
      const { head } = await engine.rpc.call('openTrace', { key: slow.key, firstRows: 60 });
      const report = await engine.rpc.call('why', { openId: head.openId });
      assert.equal(report.cohort, 40);
      const [finding] = report.findings;
      assert.deepEqual([finding?.service, finding?.name, finding?.attribute, finding?.value, finding?.usual, finding?.row], ['shop', 'load rows', 'rows', '9000', '20', 1]);
      await engine.rpc.call('closeTrace', { openId: head.openId });
    });

    it('pages, filters and counts', async () => {
      const ids: string[] = [];
      let page: ListPage = await engine.rpc.call('list', { ...RECENT, limit: 17 });
      assert.deepEqual([page.total, page.known], [42, 42]);
      for (;;) {
        ids.push(...page.traces.map(({ key }) => key.traceId));
        if (page.next === undefined) break;
        page = await engine.rpc.call('list', { ...RECENT, limit: 17, cursor: page.next });
      }
      assert.equal(new Set(ids).size, 42);
      assert.deepEqual((await engine.rpc.call('list', { ...RECENT, group: 'errors' })).traces.map(({ key }) => key.traceId), [REFERENCE_ID]);
      assert.equal((await engine.rpc.call('list', { ...RECENT, service: 'shop', minDurationNs: 500_000_000 })).total, 1);
      await assert.rejects(engine.rpc.call('list', { ...RECENT, cursor: 'nonsense' }), failing('badData', /\./));
      await assert.rejects(engine.rpc.call('list', { ...RECENT, connection: 'toString' }), failing('unsupported', /no connection "toString"/));
    });

    it('pins with a note, shows it everywhere, and unpins', async () => {
      await engine.rpc.call('pin', { key: KEY, note: 'before the fix' });
      const pinned = await engine.rpc.call('list', { ...RECENT, group: 'pinned' });
      assert.deepEqual(pinned.traces.map(({ key, pinned: is, note }) => [key.traceId, is, note]), [[REFERENCE_ID, true, 'before the fix']]);
      const { head } = await engine.rpc.call('openTrace', { key: KEY, firstRows: 60 });
      assert.deepEqual([head.pinned, head.note], [true, 'before the fix']);
      await engine.rpc.call('unpin', { key: KEY });
      assert.equal((await engine.rpc.call('list', { ...RECENT, group: 'pinned' })).total, 0);
      await assert.rejects(engine.rpc.call('pin', { key: { ...KEY, traceId: 'f'.repeat(32) }, note: '' }), failing('notFound', /cannot be pinned/));
      await assert.rejects(engine.rpc.call('pin', { key: { ...KEY, connection: 'jaeger' }, note: '' }), failing('unsupported', /\./));
    });

    it('exports OTLP/JSON that reads back', async () => {
      const batch = decodeOtlpJson(JSON.parse(await engine.rpc.call('exportTrace', { key: KEY })));
      assert.deepEqual([batch.count, batch.rejected], [14, 0]);
    });

    it('sends its sample to itself', async () => {
      const key = await engine.rpc.call('sendSample', {});
      const { head } = await engine.rpc.call('openTrace', { key, firstRows: 60 });
      assert.equal(head.summary.rootName, 'POST /chat');
    });

    it('deletes', async () => {
      assert.equal(await engine.rpc.call('deleteTraces', { keys: [KEY] }), 1);
      await assert.rejects(engine.rpc.call('openTrace', { key: KEY, firstRows: 60 }), failing('notFound', /never arrived there, was deleted, or was dropped/));
      assert.equal(await engine.rpc.call('deleteTraces', { keys: [KEY] }), 0);
    });

    it('keeps its traces over a change of settings', async () => {
      const state = await engine.rpc.call('configure', { ...engine.config, allowedHosts: ['host.docker.internal'] });
      assert.equal(state.role, 'owner');
      assert.ok(((await engine.rpc.call('list', RECENT)).total ?? 0) > 40);
    });

    it('nothing was logged that a user should worry about', () => assert.deepEqual(engine.logs.filter((line) => !line.startsWith('info')), []));

    it('shuts down: answers, lets go of the database, ends by itself with 0', async () => {
      await engine.rpc.call('shutdown', {});
      assert.equal(await engine.ended, 0);
      const again = await startEngine({ storePath: engine.config.storePath });
      try {
        assert.ok(((await again.rpc.call('list', RECENT)).total ?? 0) > 40, 'what was acknowledged is there, before the collector starts');
        assert.equal((await again.rpc.call('startCollector', {})).role, 'owner');
      } finally {
        await again.close();
      }
    });
  });
});

describe('two engines on one database', function () {
  this.timeout(30_000);
  it('one listens, the other reads, pins, follows, and takes over', async () => {
    const first = await startEngine();
    const second = await startEngine({ storePath: first.config.storePath });
    try {
      const owner = await first.rpc.call('startCollector', {});
      const reader = await until('the endpoint in the other window', async () => {
        const state = await second.rpc.call('startCollector', {});
        return state.endpoint === undefined ? undefined : state;
      });
      assert.deepEqual([owner.role, reader.role, reader.endpoint], ['owner', 'reader', owner.endpoint]);
      const key = await second.rpc.call('sendSample', {});
      await until('the news in the other window', () => second.changes.find(({ traceIds }) => traceIds.includes(key.traceId)));
      await second.rpc.call('pin', { key, note: 'seen' });
      assert.equal((await first.rpc.call('list', { ...RECENT, group: 'pinned' })).traces[0]?.note, 'seen');
      await first.rpc.call('shutdown', {});
      await until('the take-over', () => second.states.find((state) => state.role === 'owner' && state.endpoint !== undefined), 5000);
      assert.equal(await second.post(generateTraces({ traces: 1 })), 200);
    } finally {
      await second.close();
      await first.close();
    }
  });
});
