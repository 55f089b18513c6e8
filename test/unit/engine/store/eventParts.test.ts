// Log records in the store: shown with their span whenever they came, kept by pins, gone with their trace, bounded like everything else;
// a database of the version before gets the table and keeps its traces.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { decodeLogsJson } from '../../../../src/formats/otlpLogs.ts';
import { decodeSpan } from '../../../../src/formats/spanDecoder.ts';
import { MemoryStore } from '../../../../src/engine/store/memoryStore.ts';
import { VERSION } from '../../../../src/engine/store/schema.ts';
import type { TraceStore } from '../../../../src/engine/store/traceStore.ts';
import { simpleTrace, SLOW, temporaryStore, traceIdOf, write } from '../../../support/storeFixture.ts';

const spanIdOf = (id: number): string => (id * 1000 + 1).toString(16).padStart(16, '0');
const log = (store: TraceStore, id: number, body: string, spanId = spanIdOf(id)): void => {
  const { traces } = decodeLogsJson(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ traceId: traceIdOf(id), spanId, body: { stringValue: body } }] }] }] }));
  store.write([{ batch: decodeOtlpProto(new Uint8Array(0)), parts: [], events: traces }]);
};
const bodies = async (store: TraceStore, id: number): Promise<string[] | undefined> => {
  const loaded = await store.loadTrace(traceIdOf(id));
  return loaded?.batches.flatMap((batch) => decodeSpan(batch, 0).events.map(({ attributes }) => String(attributes[0]?.value)));
};

describe('eventParts', () => {
  const STORES: readonly [string, (maxBytes?: number) => Promise<{ store: TraceStore; remove: () => Promise<void> }>][] = [
    ['SQLite', (maxBytes = 1e12) => temporaryStore({ maxBytes })],
    ['memory', async (maxBytes = 1e12) => ({ store: new MemoryStore({ maxBytes, slow: SLOW, now: Date.now }), remove: async () => undefined })],
  ];
  for (const [name, open] of STORES) {
    describe(name, () => {
      it('before their span, after it, and sent twice', async () => {
        const { store, remove } = await open();
        log(store, 1, 'early');
        assert.equal(await bodies(store, 1), undefined, 'records alone are no trace');
        write(store, simpleTrace({ id: 1 }));
        log(store, 1, 'late');
        log(store, 1, 'late');
        assert.deepEqual(await bodies(store, 1), ['early', 'late']);
        await remove();
      });

      it('go with their trace', async () => {
        const { store, remove } = await open();
        write(store, simpleTrace({ id: 1 }));
        log(store, 1, 'x');
        store.deleteTraces([traceIdOf(1)]);
        write(store, simpleTrace({ id: 1 }));
        assert.deepEqual(await bodies(store, 1), []);
        await remove();
      });

      it('of traces that never come do not fill the store', async () => {
        const { store, remove } = await open(4 << 20);
        for (let k = 1; k <= 400; k++) {
          log(store, k, 'x'.repeat(50_000));
          while (store.maintain(Date.now()));
        }
        assert.ok(store.size().bytes <= (4 << 20) * 1.5, `${store.size().bytes} bytes`);
        await remove();
      });
    });
  }

  it('in any number cost upkeep nothing while all of them are to stay', async () => {
    const { store, remove } = await temporaryStore();
    write(store, simpleTrace({ id: 1 }));
    const none = decodeOtlpProto(new Uint8Array(0));
    const field = Buffer.alloc(1_500, 'x');
    for (let k = 0; k < 40; k++) store.write([{ batch: none, parts: [], events: Array.from({ length: 1_000 }, () => ({ traceId: traceIdOf(1), events: [{ spanId: spanIdOf(1), field }] })) }]);
    const tookMs = Array.from({ length: 9 }, (_, k) => {
      const from = performance.now();
      store.maintain(Date.now() + 2_000 * k);
      return performance.now() - from;
    });
    // All 60 MB were read every second, in a tenth of a second and more; now the oldest few are.
    assert.ok(Math.min(...tookMs) < 6, `${tookMs.map((ms) => ms.toFixed(1)).join(', ')} ms`);
    await remove();
  });

  it('stored while the clock was years ahead are removed like any other when room is needed', async () => {
    let now = Date.now() + 1e11;
    const { store, remove } = await temporaryStore({ maxBytes: 4 << 20, now: () => now });
    for (let k = 1; k <= 60; k++) log(store, k, 'x'.repeat(50_000));
    now = Date.now();
    for (let k = 61; k <= 120; k++) {
      log(store, k, 'x'.repeat(50_000));
      while (store.maintain(now));
    }
    assert.ok(store.size().bytes <= (4 << 20) * 1.5, `${store.size().bytes} bytes`);
    await remove();
  });

  it('of spans that are not there are named', async () => {
    const { store, remove } = await temporaryStore();
    write(store, simpleTrace({ id: 1 }));
    log(store, 1, 'x', 'ffffffffffffffff');
    assert.deepEqual((await store.loadTrace(traceIdOf(1)))!.notes, ['1 log record belongs to spans that are not here.']);
    await remove();
  });

  it('a pin keeps them when the store has lost the trace', async () => {
    const { store, path, another, remove } = await temporaryStore();
    write(store, simpleTrace({ id: 1 }));
    log(store, 1, 'kept');
    await store.pin(traceIdOf(1), '');
    const db = new DatabaseSync(path);
    db.exec('DELETE FROM part; DELETE FROM trace; DELETE FROM event_part');
    db.close();
    assert.deepEqual(await bodies(another(), 1), ['kept']);
    await remove();
  });

  it('a database of the version before is upgraded, and what was in it stays', async () => {
    const { store, path, remove } = await temporaryStore();
    write(store, simpleTrace({ id: 1 }));
    store.close();
    const db = new DatabaseSync(path);
    db.exec(`DROP TABLE event_part; PRAGMA user_version = ${VERSION - 1}`);
    db.close();
    const again = await temporaryStore({ path });
    assert.equal(again.store.list({ group: 'recent', sort: 'newest', limit: 5 }).known, 1);
    log(again.store, 1, 'new');
    assert.deepEqual(await bodies(again.store, 1), ['new']);
    await again.remove();
    await remove();
  });

  it('a reader beside an older owner finds none, and no fault', async () => {
    const { store, path, another, remove } = await temporaryStore();
    write(store, simpleTrace({ id: 1 }));
    const db = new DatabaseSync(path);
    db.exec(`DROP TABLE event_part; PRAGMA user_version = ${VERSION - 1}`);
    db.close();
    assert.deepEqual(await bodies(another(), 1), []);
    await remove();
  });
});
