// Lists, pins and deletes over a store: limits held, groups kept apart, only the collector's traces changed.
import assert from 'node:assert/strict';
import { BackendError, type Backend, type DeepQuery, type TimeWindow } from '../../../src/engine/backends/backend.ts';
import { Backends } from '../../../src/engine/backends/registry.ts';
import { DEFAULT_CONFIG } from '../../../src/engine/defaultConfig.ts';
import { listMethods, pinOf } from '../../../src/engine/listMethods.ts';
import { MemoryStore } from '../../../src/engine/store/memoryStore.ts';
import type { StoreQuery } from '../../../src/engine/store/traceStore.ts';
import { splitByTrace } from '../../../src/model/splitByTrace.ts';
import type { ListQuery, TraceKey } from '../../../src/protocol/messages.ts';
import { batchOf } from '../../support/batches.ts';
import { fakeBackend } from './fakeBackend.ts';
import { foundOf } from './listing/fakeSource.ts';

const NEVER = new AbortController().signal;
const idOf = (n: number): string => n.toString(16).padStart(32, '0');
const keyOf = (n: number): TraceKey => ({ connection: 'collector', traceId: idOf(n) });
const RECENT: ListQuery = { connection: 'collector', group: 'recent', sort: 'newest', limit: 100 };

function setUp(traces: number) {
  const queries: StoreQuery[] = [];
  const store = new (class extends MemoryStore {
    override list(query: StoreQuery) {
      queries.push(query);
      return super.list(query);
    }
  })({ maxBytes: 1 << 24, slow: DEFAULT_CONFIG.slow, now: Date.now });
  for (let n = 1; n <= traces; n++) {
    const batch = batchOf([{ id: '1', trace: idOf(n), name: 'GET /', service: 'web', start: n * 1000, end: n * 1000 + 100, ...(n % 3 === 0 ? { error: true } : {}) }]);
    store.write([{ batch, parts: splitByTrace([batch]) }]);
  }
  const changes: string[] = [];
  const open = async (): Promise<MemoryStore> => store;
  const methods = listMethods({ backends: new Backends({ store: open, connect: () => assert.fail('no connection is configured') }), store: open, changed: (connection, ids) => changes.push(`${connection}: ${ids.join(' ')}`) });
  return { store, methods, changes, queries };
}

const kind = (wanted: BackendError['kind'], says: RegExp) => (error: unknown): boolean => error instanceof BackendError && error.kind === wanted && says.test(error.message);

describe('listMethods', () => {
  it('answers wire values, with keys to open them by', async () => {
    const { methods } = setUp(2);
    const page = await methods.list(RECENT, NEVER);
    assert.deepEqual(page.traces.map(({ key }) => key), [keyOf(2), keyOf(1)]);
    const { summary, pinned, note, usualNs } = page.traces[0]!;
    assert.deepEqual([summary.durationNs, typeof summary.startUnixNano, pinned, note, usualNs], ['100', 'string', false, '', undefined]);
    assert.doesNotThrow(() => JSON.stringify(page), 'no 64-bit integers on the seam');
  });

  const LIMITS: readonly [asked: number, given: number][] = [[0, 1], [-5, 1], [1, 1], [7.9, 7], [Number.NaN, 1], [1000, 1000], [1e9, 1000]];
  for (const [asked, given] of LIMITS) {
    it(`a limit of ${asked} is ${given}`, async () => {
      const { methods, queries } = setUp(1);
      await methods.list({ ...RECENT, limit: asked }, NEVER);
      assert.equal(queries.at(-1)!.limit, given);
    });
  }

  it('passes filters on, and nothing that is the connection’s', async () => {
    const { methods, queries } = setUp(3);
    const filter = { service: 'web', operation: 'GET /', text: 'get', minDurationNs: 5, errorsOnly: true } as const;
    assert.deepEqual((await methods.list({ ...RECENT, ...filter, sort: 'slowest' }, NEVER)).traces.map(({ key }) => key), [keyOf(3)]);
    assert.deepEqual(queries.at(-1), { group: 'recent', sort: 'slowest', limit: 100, ...filter });
  });

  describe('what costs or is not for every system', () => {
    const windowNs = { start: '1000', end: '2000' };

    function over(backend: Partial<Backend>): ReturnType<typeof listMethods> {
      const store = new MemoryStore({ maxBytes: 1 << 20, slow: DEFAULT_CONFIG.slow, now: Date.now });
      const backends = new Backends({ store: async () => store, connect: () => ({ backend: { ...fakeBackend(new Map()), ...backend }, close: async () => undefined }) });
      void backends.configure([{ id: 'team', kind: 'x', name: 'Team' }], () => true);
      return listMethods({ backends, store: async () => store, changed: () => undefined });
    }

    it('a search beyond the lists is passed on with its time and filter, and answers rows', async () => {
      const asked: DeepQuery[] = [];
      const methods = over({ deepSearch: async (query) => (asked.push(query), { traces: [foundOf({ id: 7, agoMs: 1 })], total: 1, notes: ['All of it.'] }) });
      const page = await methods.deepSearch({ connection: 'team', service: 'auth', errorsOnly: true, windowNs }, NEVER);
      assert.deepEqual(asked, [{ service: 'auth', errorsOnly: true, window: { startNs: 1000n, endNs: 2000n } }]);
      assert.deepEqual([page.traces.map(({ key }) => key), page.total, page.notes], [[{ connection: 'team', traceId: idOf(7) }], 1, ['All of it.']]);
    });

    it('so is the question which service calls which', async () => {
      const asked: TimeWindow[] = [];
      const methods = over({ dependencies: async (window) => (asked.push(window), [{ parent: 'a', child: 'b', calls: 1 }]) });
      assert.deepEqual(await methods.dependencies({ connection: 'team', windowNs }, NEVER), [{ parent: 'a', child: 'b', calls: 1 }]);
      assert.deepEqual(asked, [{ startNs: 1000n, endNs: 2000n }]);
    });

    it('the collector has neither', async () => {
      const { methods } = setUp(0);
      await assert.rejects(async () => methods.deepSearch({ connection: 'collector', windowNs }, NEVER), kind('unsupported', /nothing to search beyond/));
      await assert.rejects(async () => methods.dependencies({ connection: 'collector', windowNs }, NEVER), kind('unsupported', /which service calls which/));
    });
  });

  it('pins with a note, tells of it, lists it as pinned, and lets go', async () => {
    const { methods, changes, store } = setUp(3);
    assert.deepEqual(await methods.pin({ key: keyOf(2), note: 'look here' }, NEVER), { note: 'look here' });
    assert.deepEqual(await methods.pin({ key: keyOf(2) }, NEVER), { note: 'look here' }, 'pinned again, it keeps its note');
    const pinned = await methods.list({ ...RECENT, group: 'pinned' }, NEVER);
    assert.deepEqual(pinned.traces.map(({ key, note }) => [key.traceId, note]), [[idOf(2), 'look here']]);
    assert.deepEqual(pinOf(store, keyOf(2)), { pinned: true, note: 'look here' });
    assert.deepEqual(pinOf(store, { ...keyOf(2), connection: 'jaeger' }), { pinned: false, note: '' }, 'the same id elsewhere is another trace');
    await methods.unpin({ key: keyOf(2) }, NEVER);
    assert.equal((await methods.list({ ...RECENT, group: 'pinned' }, NEVER)).total, 0);
    assert.deepEqual(changes, Array.from({ length: 3 }, () => `collector: ${idOf(2)}`));
  });

  it('deletes what is there and counts it', async () => {
    const { methods, changes } = setUp(3);
    assert.equal(await methods.deleteTraces({ keys: [keyOf(1), keyOf(3), keyOf(9)] }, NEVER), 2);
    assert.deepEqual((await methods.list(RECENT, NEVER)).traces.map(({ key }) => key), [keyOf(2)]);
    assert.deepEqual(changes, [`collector: ${idOf(1)} ${idOf(3)} ${idOf(9)}`]);
  });

  it('changes nothing that is not its own', async () => {
    const { methods, changes } = setUp(2);
    const foreign = { ...keyOf(1), connection: 'jaeger' };
    await assert.rejects(async () => methods.pin({ key: foreign, note: '' }, NEVER), kind('unsupported', /no connection "jaeger"/));
    await assert.rejects(async () => methods.deleteTraces({ keys: [keyOf(1), foreign] }, NEVER), kind('unsupported', /deleted/));
    await assert.rejects(async () => methods.pin({ key: { ...keyOf(1), traceId: "'; DROP TABLE trace" }, note: '' }, NEVER), kind('badData', /32 hex digits/));
    await assert.rejects(async () => methods.pin({ key: keyOf(9), note: '' }, NEVER), kind('notFound', /no longer stored/));
    assert.deepEqual(changes, []);
    assert.equal((await methods.list(RECENT, NEVER)).total, 2, 'not even those before the wrong one');
  });

  it('a connection nobody made is a sentence', async () => {
    const { methods } = setUp(1);
    for (const group of ['recent', 'pinned'] as const) await assert.rejects(async () => methods.list({ ...RECENT, group, connection: 'nobody' }, NEVER), kind('unsupported', /no connection "nobody"/));
    await assert.rejects(async () => methods.services({ connection: 'nobody' }, NEVER), kind('unsupported', /nobody/));
  });
});
