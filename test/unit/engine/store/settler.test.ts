import assert from 'node:assert/strict';
import { Settler } from '../../../../src/engine/store/settler.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { summaryOf } from '../../../../src/model/traceSummary.ts';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import { until } from '../../../support/collectorFixture.ts';
import { simpleTrace, temporaryStore, traceIdOf, write, type TemporaryStore } from '../../../support/storeFixture.ts';
import { generateTraces } from '../../../support/traceGenerator.ts';

describe('settler', function () {
  this.timeout(20_000);
  let made: TemporaryStore;
  const settled: string[] = [];
  const failures: unknown[] = [];
  let settler: Settler;
  beforeEach(async () => {
    made = await temporaryStore();
    settled.length = 0;
    failures.length = 0;
    settler = new Settler({ store: made.store, settled: (ids) => settled.push(...ids), failed: (error) => failures.push(error), now: Date.now });
  });
  afterEach(async () => {
    settler.close();
    await made.remove();
    assert.deepEqual(failures, []);
  });

  it('makes a summary exact within a second of the last part: what was sent twice counts once', async () => {
    const { store } = made;
    const bytes = simpleTrace({ id: 1, spans: 6, errors: 2 });
    for (let k = 0; k < 3; k++) settler.touched(write(store, bytes));
    assert.deepEqual([store.summary(traceIdOf(1))!.spans, store.summary(traceIdOf(1))!.provisional], [18, true]);
    const from = performance.now();
    await until('it is exact', () => store.summary(traceIdOf(1))?.provisional === false);
    assert.ok(performance.now() - from < 1_000);
    const { spans, errors, duplicates, roots, maxDepth } = store.summary(traceIdOf(1))!;
    assert.deepEqual([spans, errors, duplicates, roots, maxDepth], [6, 2, 12, 1, 2]);
    assert.deepEqual(settled, [traceIdOf(1)]);
  });

  it('waits while parts keep coming, and begins again for one that came meanwhile', async () => {
    const { store } = made;
    for (let k = 0; k < 8; k++) {
      settler.touched(write(store, simpleTrace({ id: 1, spans: 2, startMs: k })));
      await new Promise((resolve) => setTimeout(resolve, 60));
      assert.equal(store.summary(traceIdOf(1))!.provisional, k > 0);
    }
    await until('it is exact', () => settled.length > 0);
    settler.touched(write(store, simpleTrace({ id: 1, spans: 3, startMs: 99 })));
    await until('it is exact again', () => store.summary(traceIdOf(1))?.provisional === false);
    assert.deepEqual(settled, [traceIdOf(1), traceIdOf(1)]);
  });

  it('a large trace neither blocks the thread nor the small ones', async () => {
    const { store } = made;
    const large = generateTraces({ seed: 6, traces: 1, spansPerTrace: 60_000, attributes: 2 });
    const [part] = splitByTrace([decodeOtlpProto(large)]);
    settler.touched(write(store, large));
    for (let id = 1; id <= 20; id++) for (const startMs of [0, 1]) settler.touched(write(store, simpleTrace({ id, spans: 2, startMs })));
    // Processor time, so that a busy machine is not taken for a held-up thread.
    let longest = 0;
    const cpuMs = (): number => process.threadCpuUsage().user / 1000;
    let last = cpuMs();
    const watch = setInterval(() => {
      longest = Math.max(longest, cpuMs() - last);
      last = cpuMs();
    }, 1);
    const from = performance.now();
    await until('the small ones are exact', () => settled.length >= 20);
    assert.ok(performance.now() - from < 2_000);
    await until('the large one is exact', () => store.summary(part!.traceId)?.provisional === false, 10_000);
    clearInterval(watch);
    assert.deepEqual(store.summary(part!.traceId), summaryOf(buildTrace(part!.traceId, part!.selections)));
    assert.ok(longest < 250, `held up for ${longest.toFixed(0)} ms (50 with 5× slack)`);
  });

  it('counts a giant exactly too, after a silence that every part begins anew', async () => {
    const { store } = made;
    const giant = generateTraces({ seed: 8, traces: 1, spansPerTrace: 30_000, attributes: 1 });
    const [part] = splitByTrace([decodeOtlpProto(giant)]);
    const traceId = part!.traceId;
    const patient = new Settler({ store, settled: (ids) => settled.push(...ids), failed: (error) => failures.push(error), now: Date.now, giantSpans: 25_000, giantQuietMs: 500 });
    try {
      patient.touched(write(store, giant));
      await new Promise((resolve) => setTimeout(resolve, 500));
      patient.touched(write(store, giant));
      const from = performance.now();
      await until('it is exact', () => store.summary(traceId)?.provisional === false, 10_000);
      assert.ok(performance.now() - from > 500, 'not before the silence');
      const { spans, duplicates } = store.summary(traceId)!;
      assert.deepEqual([spans, duplicates, settled], [30_000, 30_000, [traceId]]);
      patient.touched(write(store, giant));
      await new Promise((resolve) => setTimeout(resolve, 400));
    } finally {
      patient.close();
    }
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(store.summary(traceId)!.provisional, true, 'closed: nothing is built any more');
  });

  it('brings the pin of a growing trace up to date before it says exact', async () => {
    const { store } = made;
    write(store, simpleTrace({ id: 1, spans: 2 }));
    await store.pin(traceIdOf(1), 'n');
    settler.touched(write(store, simpleTrace({ id: 1, spans: 4, startMs: 9 })));
    await until('it is exact', () => settled.length === 1);
    // Age takes it from the database; the pin has all of it.
    while (store.maintain(Date.now() + 2e12));
    assert.equal(store.partCount(traceIdOf(1)), 0);
    const other = made.another();
    const copy = await other.loadTrace(traceIdOf(1));
    assert.equal(copy!.batches.reduce((sum, batch) => sum + batch.count, 0), 6);
    assert.equal(other.list({ group: 'pinned', sort: 'newest', limit: 10 }).traces[0]!.summary.spans, 6);
  });

  it('stops when it is closed, and passes over what was deleted', async () => {
    const { store } = made;
    settler.touched(write(store, simpleTrace({ id: 1, spans: 2 })));
    settler.touched([traceIdOf(1), traceIdOf(2)]);
    store.deleteTraces([traceIdOf(1)]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    settler.close();
    settler.touched([traceIdOf(1)]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(settled, []);
  });
});
