// The store in memory, where it differs from the database: what it holds, what it lets go, and in which order.
import assert from 'node:assert/strict';
import { slowTraces } from '../../../../src/analysis/slowRule.ts';
import { MemoryStore } from '../../../../src/engine/store/memoryStore.ts';
import type { StoreQuery } from '../../../../src/engine/store/traceStore.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import { batchOf } from '../../../support/batches.ts';
import { simpleTrace, SLOW, traceIdOf, write } from '../../../support/storeFixture.ts';

const ALL: StoreQuery = { group: 'recent', sort: 'newest', limit: 1000 };

describe('memoryStore, by itself', () => {
  const make = (maxBytes = 1e12, now = (): number => 42): MemoryStore => new MemoryStore({ maxBytes, slow: SLOW, now });
  const ids = (store: MemoryStore): string[] => store.list(ALL).traces.map(({ summary }) => summary.traceId).toSorted();

  it('lets the oldest arrivals go first, until it is within its size, and no more', () => {
    const store = make(1);
    const sizes: number[] = [];
    for (let id = 1; id <= 5; id++) {
      const before = store.size().bytes;
      write(store, simpleTrace({ id, startMs: 100 - id }));
      sizes.push(store.size().bytes - before);
    }
    const bounded = make(sizes[0]! * 3);
    for (let id = 1; id <= 5; id++) write(bounded, simpleTrace({ id, startMs: 100 - id }));
    assert.equal(bounded.maintain(), false);
    assert.deepEqual(ids(bounded), [3, 4, 5].map(traceIdOf));
    assert.equal(bounded.size().bytes, sizes[0]! * 3);
    bounded.maintain();
    assert.equal(ids(bounded).length, 3, 'within its size nothing goes');
  });

  it('a pinned trace stays though everything else has gone, and goes once it is unpinned', async () => {
    const store = make(1);
    for (let id = 1; id <= 3; id++) write(store, simpleTrace({ id }));
    await store.pin(traceIdOf(2), 'mine');
    store.maintain();
    assert.deepEqual(ids(store), [traceIdOf(2)]);
    store.unpin(traceIdOf(2));
    store.maintain();
    assert.deepEqual([ids(store), store.size()], [[], { traces: 0, bytes: 0 }]);
  });

  it('a trace that grows keeps its place: it arrived when it first came', () => {
    const one = make();
    write(one, simpleTrace({ id: 1 }));
    const each = one.size().bytes;
    const store = make(each * 2);
    for (const id of [1, 2, 1]) write(store, simpleTrace({ id }));
    store.maintain();
    assert.deepEqual(ids(store), [traceIdOf(2)]);
  });

  it('a small trace of a large request holds its own bytes only', () => {
    const large = batchOf(Array.from({ length: 500 }, (_, k) => ({ id: (k + 1).toString(16), trace: k === 0 ? '1' : '2', name: `n${k}`, service: 's', attributes: { text: 'x'.repeat(200) } })));
    const store = make();
    const [small] = splitByTrace([large]).filter(({ traceId }) => traceId.endsWith('1'));
    store.write([{ batch: large, parts: [small!] }]);
    assert.ok(store.size().bytes < large.bytes.length / 100, `${store.size().bytes} of ${large.bytes.length}`);
  });

  it('deleting counts what was there, takes the pin along, and gives the bytes back', async () => {
    const store = make();
    for (let id = 1; id <= 3; id++) write(store, simpleTrace({ id }));
    const before = store.size().bytes;
    await store.pin(traceIdOf(1), '');
    assert.equal(store.deleteTraces([traceIdOf(1), traceIdOf(1), traceIdOf(9)]), 1);
    assert.deepEqual([store.pins(), store.size().traces, store.size().bytes < before], [[], 2, true]);
    assert.equal(store.deleteTraces(ids(store)), 2);
    assert.equal(store.size().bytes, 0);
  });

  it('pinning again keeps when it was pinned', async () => {
    let now = 1;
    const store = make(1e12, () => now);
    write(store, simpleTrace({ id: 1 }));
    await store.pin(traceIdOf(1), 'a');
    now = 2;
    await store.pin(traceIdOf(1), 'b');
    assert.deepEqual(store.pinOf(traceIdOf(1)), { traceId: traceIdOf(1), note: 'b', pinnedAt: 1 });
    store.unpin(traceIdOf(1));
    await store.pin(traceIdOf(1), 'c');
    assert.equal(store.pinOf(traceIdOf(1))!.pinnedAt, 2);
  });

  it('says what it has nothing of', async () => {
    const store = make();
    assert.deepEqual([store.summary('x'), await store.loadTrace('x'), store.partCount('x'), store.pinOf('x'), store.unpin('x'), store.services(), store.operations('x'), store.cohort('x', 'y', 5)], [undefined, undefined, 0, undefined, false, [], [], []]);
    assert.deepEqual([store.provisional(), store.changedElsewhere(), store.list(ALL)], [{ traceIds: [], next: undefined }, false, { traces: [], total: 0, known: 0, next: undefined }]);
    await store.refreshPin();
    write(store, simpleTrace({ id: 1 }));
    store.close();
    assert.deepEqual(store.size(), { traces: 0, bytes: 0 });
  });

  it('spans without a trace id are not kept', () => {
    const store = make();
    const batch = batchOf([{ id: '1', trace: '0' }, { id: '2' }]);
    assert.equal(store.write([{ batch, parts: splitByTrace([batch]) }]).length, 1);
    assert.deepEqual([store.size().traces, store.list(ALL).traces[0]!.summary.spans], [1, 1]);
  });
});

describe('slowRule on odd names', () => {
  it('a line break in a name does not make two operations one', () => {
    const trace = (rootService: string, rootName: string, durationNs: bigint) => ({ rootService, rootName, durationNs });
    const fast = Array.from({ length: 30 }, () => trace('a\nb', 'c', 10n));
    const slow = Array.from({ length: 30 }, () => trace('a', 'b\nc', 1_000n));
    assert.deepEqual(slowTraces([...fast, ...slow.slice(0, 2)], SLOW), [], 'two of an operation of its own are no outliers of another');
    assert.deepEqual(slowTraces([...fast, ...slow], SLOW), []);
    assert.equal(slowTraces([...fast, trace('a\nb', 'c', 1_000n)], SLOW).length, 1);
  });
});
