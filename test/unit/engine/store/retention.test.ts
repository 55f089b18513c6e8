import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import type { SqliteStore } from '../../../../src/engine/store/sqliteStore.ts';
import type { StoreQuery } from '../../../../src/engine/store/traceStore.ts';
import { loadSqlite } from '../../../../src/engine/store/sqlite.ts';
import { generateTraces } from '../../../support/traceGenerator.ts';
import { simpleTrace, temporaryStore, traceIdOf, write } from '../../../support/storeFixture.ts';

const ALL: StoreQuery = { group: 'recent', sort: 'newest', limit: 1000 };

/** To its end; answers the longest step in ms of processor time. */
function maintain(store: SqliteStore, nowMs = Date.now()): number {
  let longest = 0;
  for (let step = 0; ; step++) {
    assert.ok(step < 10_000, 'it comes to an end');
    const from = process.threadCpuUsage();
    const more = store.maintain(nowMs);
    const used = process.threadCpuUsage(from);
    longest = Math.max(longest, (used.user + used.system) / 1000);
    if (!more) return longest;
  }
}

describe('retention', function () {
  this.timeout(20_000);

  it('keeps the file within its size, the oldest arrivals going first, in short steps', async () => {
    const maxBytes = 8 << 20;
    const request = (k: number): Uint8Array => generateTraces({ traces: 10, firstTrace: 10 * k, startUnixNano: 1_795_221_079_000_000_000n - BigInt(k) * 3_600_000_000_000n });
    const { store, path, remove } = await temporaryStore({ maxBytes });
    try {
      let longest = 0;
      for (let k = 0; k < 150; k++) {
        write(store, request(k));
        longest = Math.max(longest, maintain(store));
        assert.ok(store.size().bytes <= maxBytes * 1.1, `${store.size().bytes} bytes after ${k} requests`);
      }
      const { traces, known } = store.list(ALL);
      assert.ok(known > 300 && known < 900, `${known} traces are kept`);
      // What arrived last is kept although it says it is the oldest.
      const kept = (k: number): number => splitByTrace([decodeOtlpProto(request(k))]).filter(({ traceId }) => store.partCount(traceId) > 0).length;
      assert.deepEqual([kept(0), kept(149)], [0, 10]);
      for (const { summary } of traces) assert.equal((await store.loadTrace(summary.traceId))!.batches.reduce((sum, batch) => sum + batch.count, 0), 20);
      assert.ok(longest < 250, `the longest step took ${longest.toFixed(0)} ms (50 with 5× slack)`);
      assert.ok(statSync(path).size <= maxBytes);
    } finally {
      await remove();
    }
  });

  it('a trace that goes while it is read says so, instead of passing for whole', async () => {
    const { store, remove } = await temporaryStore();
    try {
      // Read in pieces of 2 MB.
      for (let k = 0; k < 12; k++) write(store, generateTraces({ traces: 1, spansPerTrace: 1_000, seed: 1 }));
      const { traceId } = store.list(ALL).traces[0]!.summary;
      const whole = await store.loadTrace(traceId);
      assert.deepEqual(whole!.notes, []);
      const reading = store.loadTrace(traceId);
      store.deleteTraces([traceId]);
      maintain(store);
      const rest = await reading;
      assert.ok(rest!.batches.length < whole!.batches.length);
      assert.deepEqual(rest!.notes, ['This trace was removed from the store while it was read: some of it may be missing.']);
      assert.equal(await store.loadTrace(traceId), undefined);
    } finally {
      await remove();
    }
  });

  it('gives the disk its space back after a delete', async () => {
    const { store, path, remove } = await temporaryStore();
    try {
      for (let k = 0; k < 60; k++) write(store, generateTraces({ traces: 50, firstTrace: 50 * k }));
      const before = statSync(path).size;
      assert.ok(before > 20 << 20);
      for (;;) {
        const { traces } = store.list(ALL);
        if (traces.length === 0) break;
        store.deleteTraces(traces.map(({ summary }) => summary.traceId));
      }
      maintain(store);
      assert.ok(statSync(path).size < before / 2, `${before} → ${statSync(path).size} bytes`);
    } finally {
      await remove();
    }
  });

  it('drops what is too old, by its arrival', async () => {
    let now = 1_000_000;
    const { store, remove } = await temporaryStore({ maxAgeMs: 5_000, now: () => now });
    try {
      write(store, simpleTrace({ id: 1 }));
      now += 4_000;
      write(store, simpleTrace({ id: 2 }));
      maintain(store, now);
      assert.equal(store.list(ALL).known, 2);
      now += 2_000;
      maintain(store, now);
      assert.deepEqual(store.list(ALL).traces.map(({ summary }) => summary.traceId), [traceIdOf(2)]);
      assert.equal(await store.loadTrace(traceIdOf(1)), undefined);
    } finally {
      await remove();
    }
  });

  it('takes a trace of very many parts apart in several steps', async () => {
    const { store, remove } = await temporaryStore();
    try {
      for (let k = 0; k < 1_500; k++) write(store, simpleTrace({ id: 1, spans: 2, startMs: k }));
      write(store, simpleTrace({ id: 2 }));
      assert.equal(store.deleteTraces([traceIdOf(1)]), 1);
      let steps = 0;
      while (store.maintain(0)) steps++;
      assert.ok(steps > 2);
      assert.equal((await store.loadTrace(traceIdOf(2)))!.batches.length, 1);
    } finally {
      await remove();
    }
  });

  it('forgets names and messages that nothing uses any more, and what is used stays readable', async () => {
    let now = 0;
    const { store, path, remove } = await temporaryStore({ maxAgeMs: 1_000, now: () => now });
    const count = async (table: string): Promise<number> => {
      const db = new (await loadSqlite())!.DatabaseSync(path, { readOnly: true });
      const n = Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()!['n']);
      db.close();
      return n;
    };
    try {
      for (let k = 0; k < 200; k++) write(store, simpleTrace({ id: 1 + k, service: `old-${k}`, name: `GET /${k}` }));
      assert.equal(store.services().length, 200);
      now = 10_000;
      // More parts than the slack with which use is written down.
      for (let k = 0; k < 90; k++) write(store, generateTraces({ seed: 8, traces: 50, spansPerTrace: 1, attributes: 0, firstTrace: 50 * k }));
      maintain(store, 10_500);
      maintain(store, 30_500);
      assert.deepEqual([await count('operation') < 50, store.services().some((name) => name.startsWith('old-')), await count('message') < 50], [true, false, true]);
      write(store, simpleTrace({ id: 5_000, service: 'old-1', name: 'GET /1' }));
      assert.equal(store.summary(traceIdOf(5_000))!.rootService, 'old-1');
      assert.equal((await store.loadTrace(traceIdOf(5_000)))!.batches[0]!.resources[0]!.service, 'old-1');
    } finally {
      await remove();
    }
  });
});

describe('pins', function () {
  this.timeout(20_000);

  it('outlive retention with their whole trace, and grow with it', async () => {
    const { store, remove, another } = await temporaryStore({ maxBytes: 4 << 20 });
    try {
      write(store, simpleTrace({ id: 1, spans: 3 }));
      write(store, simpleTrace({ id: 2, spans: 3 }));
      await another().pin(traceIdOf(1), 'keep me');
      write(store, simpleTrace({ id: 1, spans: 5, startMs: 50 }));
      await store.refreshPin(traceIdOf(1));
      for (let k = 0; k < 60; k++) {
        write(store, generateTraces({ traces: 20, firstTrace: 20 * k }));
        maintain(store);
      }
      assert.equal(await store.loadTrace(traceIdOf(2)), undefined);
      assert.equal(store.list({ ...ALL, text: traceIdOf(1) }).total, 0, 'retention took it from the database');
      const spans = async (): Promise<number> => (await store.loadTrace(traceIdOf(1)))!.batches.reduce((sum, batch) => sum + batch.count, 0);
      assert.equal(await spans(), 8);
      assert.deepEqual(store.list({ ...ALL, group: 'pinned' }).traces.map(({ summary, note }) => [summary.traceId, summary.spans, note]), [[traceIdOf(1), 8, 'keep me']]);
      // More of it comes after that: new and kept together, once each.
      const provisional = write(store, simpleTrace({ id: 1, spans: 1, startMs: 99, ms: 1 }));
      assert.deepEqual(provisional, [traceIdOf(1)]);
      assert.equal(await spans(), 9);
      await store.refreshPin(traceIdOf(1));
      assert.equal(await spans(), 9);
      assert.equal(store.unpin(traceIdOf(1)), true);
      assert.equal(await spans(), 1);
    } finally {
      await remove();
    }
  });
});
