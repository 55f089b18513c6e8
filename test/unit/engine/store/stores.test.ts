// Both stores are one thing to whoever uses them.
import assert from 'node:assert/strict';
import { MemoryStore } from '../../../../src/engine/store/memoryStore.ts';
import type { StorePage, StoreQuery, TraceStore } from '../../../../src/engine/store/traceStore.ts';
import { slowTraces } from '../../../../src/analysis/slowRule.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { summaryOf } from '../../../../src/model/traceSummary.ts';
import { generateTraces, seededRandom } from '../../../support/traceGenerator.ts';
import { simpleTrace, SLOW, temporaryStore, traceIdOf, write, type TemporaryStore } from '../../../support/storeFixture.ts';

const ALL: StoreQuery = { group: 'recent', sort: 'newest', limit: 1000 };
const ids = (page: StorePage): number[] => page.traces.map(({ summary }) => Number.parseInt(summary.traceId, 16));

/** 300 traces of a few operations; every property of a filter is somewhere. */
function fill(store: TraceStore): void {
  const random = seededRandom(4);
  for (let id = 1; id <= 300; id++) {
    const slow = random() < 0.05;
    write(
      store,
      simpleTrace({
        id, startMs: Math.floor(random() * 200), ms: Math.floor((slow ? 900 : 100) * (1 + random())), service: id % 3 === 0 ? 'shop' : 'Zahlung-Ü', name: ['GET /', 'POST /buy', 'GET /"quoted"\n%_'][id % 3 === 0 ? 0 : 1 + (id % 2)]!,
        spans: 1 + (id % 5), errors: id % 7 === 0 ? 1 : 0, ...(id % 4 === 0 ? { otherService: 'auth"\\' } : {}),
      }),
    );
  }
}

const FILTERS: readonly (readonly [string, Partial<StoreQuery>])[] = [
  ['everything', {}],
  ['a service that takes part', { service: 'auth"\\' }],
  ['a service by its exact name', { service: 'auth' }],
  ['another service', { service: 'Zahlung-Ü' }],
  ['an operation', { operation: 'POST /buy' }],
  ['an operation with odd letters', { operation: 'GET /"quoted"\n%_' }],
  ['text in a name, any case', { text: 'post' }],
  ['text in a service beyond ASCII, any case', { text: 'zahlung-ü' }],
  ['text that LIKE would take for a pattern', { text: '%_' }],
  ['text that is quoted', { text: 'auth"\\' }],
  ['text that separates services inside', { text: '\n' }],
  ['a trace id', { text: traceIdOf(77) }],
  ['part of a trace id', { text: '012' }],
  ['a least duration', { minDurationNs: 150_000_000 }],
  ['errors only', { errorsOnly: true }],
  ['all of it', { service: 'Zahlung-Ü', text: 'get', minDurationNs: 120_000_000, errorsOnly: true }],
  ['nothing there', { text: 'no such thing' }],
];

interface Made {
  readonly store: TraceStore;
  readonly remove: () => Promise<void>;
}

const STORES: readonly (readonly [string, () => Promise<Made>])[] = [
  ['sqliteStore', () => temporaryStore()],
  ['memoryStore', () => Promise.resolve({ store: new MemoryStore({ maxBytes: 1e12, slow: SLOW, now: Date.now }), remove: () => Promise.resolve() })],
];

for (const [name, make] of STORES) {
  describe(name, () => {
    let made: Made;
    let store: TraceStore;
    before(async () => {
      made = await make();
      ({ store } = made);
      fill(store);
      for (const traceId of ids(store.list(ALL)).map(traceIdOf)) {
        const parts = store.partCount(traceId);
        const { batches } = (await store.loadTrace(traceId))!;
        store.saveSummaries([{ summary: summaryOf(buildTrace(traceId, batches.map((batch) => ({ batch })))), parts }]);
      }
    });
    after(() => made.remove());

    for (const group of ['recent', 'errors', 'slow'] as const) {
      for (const sort of ['newest', 'slowest', 'spans'] as const) {
        it(`${group}, ${sort}: every id once, page by page, in order, with the right totals`, () => {
          const whole = store.list({ ...ALL, group, sort });
          const seen: number[] = [];
          let cursor: string | undefined;
          do {
            const page = store.list({ ...ALL, group, sort, limit: 7, cursor });
            assert.ok(page.traces.length <= 7 && page.total === whole.total && page.known === 300);
            seen.push(...ids(page));
            cursor = page.next;
          } while (cursor !== undefined);
          assert.deepEqual(seen, ids(whole));
          assert.equal(new Set(seen).size, whole.total);
          assert.equal(whole.next, undefined);
          const keys = whole.traces.map(({ summary }) => (sort === 'newest' ? summary.startUnixNano : sort === 'slowest' ? summary.durationNs : BigInt(summary.spans)));
          assert.ok(keys.every((key, k) => k === 0 || keys[k - 1]! >= key));
          assert.ok(group === 'recent' ? whole.total === 300 : whole.total > 0 && whole.total < 100, `${whole.total}`);
        });
      }
    }

    for (const [what, filter] of FILTERS) {
      it(`filter: ${what}`, () => {
        const { text, ...plain } = filter;
        const wanted = store.list(ALL).traces.map(({ summary }) => summary).filter((summary) => {
          const texts = [summary.rootName, summary.rootService, summary.traceId, ...summary.services];
          return (
            (plain.service === undefined || summary.services.includes(plain.service)) &&
            (plain.operation === undefined || summary.rootName === plain.operation) &&
            (plain.minDurationNs === undefined || Number(summary.durationNs) >= plain.minDurationNs) &&
            (plain.errorsOnly !== true || summary.errors > 0) &&
            (text === undefined || texts.some((one) => one.toLowerCase().includes(text.toLowerCase())))
          );
        });
        const page = store.list({ ...ALL, ...filter });
        assert.deepEqual(page.traces.map(({ summary }) => summary.traceId), wanted.map(({ traceId }) => traceId));
        assert.equal(page.total, wanted.length);
        if (what !== 'nothing there' && what !== 'a service by its exact name') assert.ok(wanted.length > 0);
      });
    }

    it('filter: a time, its start among it and its end not, in every group', () => {
      const known = store.list(ALL).traces.map(({ summary }) => summary);
      const window = { startNs: known[200]!.startUnixNano, endNs: known[50]!.startUnixNano };
      const within = new Set(known.filter(({ startUnixNano }) => startUnixNano >= window.startNs && startUnixNano < window.endNs).map(({ traceId }) => traceId));
      assert.ok(within.size > 100 && within.size < 200);
      for (const group of ['recent', 'errors', 'slow'] as const) {
        const inside = store.list({ ...ALL, group }).traces.filter(({ summary }) => within.has(summary.traceId));
        const page = store.list({ ...ALL, group, window });
        assert.deepEqual([page.traces, page.total], [inside, inside.length], group);
      }
    });

    it('slow is the slow rule, with what is usual', () => {
      const known = store.list(ALL).traces.map(({ summary }) => summary);
      const expected = slowTraces(known, SLOW).map(({ trace, usualNs }) => [trace.traceId, usualNs]);
      assert.ok(expected.length > 3);
      assert.deepEqual(store.list({ ...ALL, group: 'slow' }).traces.map(({ summary, usualNs }) => [summary.traceId, usualNs]), expected);
    });

    it('a cursor of another list, or of none, is refused with a sentence', () => {
      const { next } = store.list({ ...ALL, limit: 1 });
      for (const cursor of [next!, 'x', '', Buffer.from('[1,2,3]').toString('base64url'), Buffer.from('["slowest"]').toString('base64url')]) {
        assert.throws(() => store.list({ ...ALL, sort: 'slowest', cursor }), (error) => error instanceof RangeError && /first page/.test(error.message));
      }
    });

    it('names services and operations, and finds a cohort', () => {
      assert.deepEqual(store.services(), ['Zahlung-Ü', 'auth"\\', 'shop']);
      assert.deepEqual(store.operations('shop'), ['GET /']);
      assert.deepEqual(store.operations('nobody'), []);
      const shop = store.list({ ...ALL, operation: 'GET /' }).traces.map(({ summary }) => summary);
      const cohort = store.cohort('shop', 'GET /', 10);
      assert.equal(cohort.length, 10);
      const starts = cohort.map((traceId) => shop.find((summary) => summary.traceId === traceId)!.startUnixNano);
      assert.deepEqual(starts, shop.slice(0, 10).map(({ startUnixNano }) => startUnixNano));
      assert.deepEqual(store.cohort('shop', 'nothing', 10), []);
    });

    it('pins with a note, lists what is pinned, and deletes', async () => {
      assert.equal(await store.pin(traceIdOf(5), 'why?'), true);
      assert.equal(await store.pin(traceIdOf(9), ''), true);
      assert.equal(await store.pin(traceIdOf(999), 'no such trace'), false);
      assert.equal(await store.pin(traceIdOf(5), 'because'), true);
      assert.deepEqual(store.pins().map(({ traceId, note }) => [traceId, note]).toSorted(), [[traceIdOf(5), 'because'], [traceIdOf(9), '']]);
      const page = store.list({ ...ALL, group: 'pinned', limit: 1 });
      assert.deepEqual([page.total, page.known, page.traces.length, page.traces[0]!.pinned], [2, 300, 1, true]);
      assert.equal(store.list({ ...ALL, group: 'pinned', limit: 1, cursor: page.next }).traces.length, 1);
      const listed = store.list(ALL).traces.filter(({ pinned }) => pinned);
      assert.deepEqual(listed.map(({ note }) => note).toSorted(), ['', 'because']);
      assert.equal(store.unpin(traceIdOf(9)), true);
      assert.equal(store.unpin(traceIdOf(9)), false);
      assert.equal(store.deleteTraces([traceIdOf(5), traceIdOf(6), traceIdOf(999)]), 2);
      assert.deepEqual(store.pins(), []);
      assert.equal(await store.loadTrace(traceIdOf(5)), undefined);
      assert.equal(store.summary(traceIdOf(6)), undefined);
      assert.equal(store.list(ALL).known, 298);
    });

    it('parts of a trace in any order: minimum, maximum and sums, until the built summary comes', async () => {
      const bytes = generateTraces({ seed: 77, traces: 1, spansPerTrace: 60 });
      const [whole] = splitByTrace([(await import('../../../../src/formats/otlpProto.ts')).decodeOtlpProto(bytes)]);
      const { traceId, selections } = whole!;
      const { batch } = selections[0]!;
      const third = (k: number): Uint32Array => Uint32Array.from({ length: 20 }, (_, i) => 3 * i + k);
      const built = summaryOf(buildTrace(traceId, selections));
      for (const k of [2, 0, 1]) {
        const provisional = store.write([{ batch, parts: [{ traceId, selections: [{ batch, rows: third(k) }] }] }]);
        assert.deepEqual(provisional, [traceId]);
        assert.equal(store.summary(traceId)!.provisional, true);
      }
      const summary = store.summary(traceId)!;
      assert.deepEqual(
        [summary.startUnixNano, summary.durationNs, summary.spans, summary.errors, summary.rootName, summary.rootService, summary.services.toSorted()],
        [built.startUnixNano, built.durationNs, built.spans, built.errors, built.rootName, built.rootService, built.services.toSorted()],
      );
      assert.equal(store.saveSummaries([{ summary: built, parts: 2 }]), 0, 'a part came meanwhile');
      assert.equal(store.saveSummaries([{ summary: built, parts: 3 }]), 1);
      assert.deepEqual(store.summary(traceId), built);
      const stored = await store.loadTrace(traceId);
      assert.deepEqual(summaryOf(buildTrace(traceId, stored!.batches.map((one) => ({ batch: one })))), built);
    });

    it('loading stops at once when it is aborted', async () => {
      await assert.rejects(store.loadTrace(traceIdOf(20), AbortSignal.abort()), { name: 'AbortError' });
    });
  });
}

describe('sqliteStore among processes', () => {
  let made: TemporaryStore;
  beforeEach(async () => {
    made = await temporaryStore();
  });
  afterEach(() => made.remove());

  it('notices what others wrote, and says it once', async () => {
    const { store, another } = made;
    const other = another();
    assert.equal(store.changedElsewhere(), true);
    assert.equal(store.changedElsewhere(), false);
    write(store, simpleTrace({ id: 1 }));
    assert.equal(store.changedElsewhere(), false, 'its own writing is no news');
    assert.equal(other.changedElsewhere(), true);
    assert.equal(other.deleteTraces([traceIdOf(1)]), 1);
    assert.equal(store.changedElsewhere(), true);
    write(store, simpleTrace({ id: 2 }));
    await other.pin(traceIdOf(2), 'x');
    assert.equal(store.changedElsewhere(), true);
    assert.equal(store.changedElsewhere(), false);
  });

  it('says which traces are new since a part, even after deletes', () => {
    const { store, another } = made;
    const other = another();
    write(store, simpleTrace({ id: 1 }));
    const first = other.tracesSince(0, 100);
    assert.deepEqual(first.traceIds, [traceIdOf(1)]);
    write(store, simpleTrace({ id: 2, spans: 2 }));
    write(store, simpleTrace({ id: 3 }));
    assert.deepEqual(new Set(other.tracesSince(first.last, 100).traceIds), new Set([traceIdOf(2), traceIdOf(3)]));
    assert.deepEqual(other.tracesSince(3, 100), { traceIds: [], last: 3 });
  });

  it('never gives a new trace the place of a deleted one', async () => {
    const { store, another } = made;
    write(store, simpleTrace({ id: 1, spans: 3 }));
    another().deleteTraces([traceIdOf(1)]);
    write(store, simpleTrace({ id: 2, spans: 1 }));
    assert.equal((await store.loadTrace(traceIdOf(2)))!.batches.reduce((sum, batch) => sum + batch.count, 0), 1);
    const again = made.another({ owner: true });
    again.deleteTraces([traceIdOf(2)]);
    write(again, simpleTrace({ id: 3, spans: 1 }));
    assert.equal((await again.loadTrace(traceIdOf(3)))!.batches.reduce((sum, batch) => sum + batch.count, 0), 1);
  });

  it('tells where the owner listens', () => {
    const { store, another } = made;
    assert.deepEqual(another().announced(), { endpoint: undefined, problem: undefined });
    store.announce({ endpoint: 'http://127.0.0.1:4318', problem: undefined });
    assert.deepEqual(another().announced(), { endpoint: 'http://127.0.0.1:4318', problem: undefined });
    store.announce({ endpoint: undefined, problem: 'Port 4318 is taken.' });
    assert.deepEqual(another().announced(), { endpoint: undefined, problem: 'Port 4318 is taken.' });
  });

  it('is closed when it is closed', async () => {
    const { store } = made;
    store.close();
    store.close();
    assert.throws(() => store.list(ALL), /closed/);
    await assert.rejects(store.loadTrace(traceIdOf(1)), /closed/);
  });
});
