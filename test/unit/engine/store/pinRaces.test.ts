// Pins while something else happens to their trace: unpinning during a refresh, giving up while copying, traces too large to read at once.
import assert from 'node:assert/strict';
import { sliceRequest } from '../../../../src/engine/collector/requestSlices.ts';
import { openDatabase } from '../../../../src/engine/store/openDatabase.ts';
import { pinsFile, PinStore } from '../../../../src/engine/store/pinStore.ts';
import { loadSqlite } from '../../../../src/engine/store/sqlite.ts';
import { pinsPath } from '../../../../src/engine/store/storePath.ts';
import { simpleTrace, temporaryStore, traceIdOf, write, type TemporaryStore } from '../../../support/storeFixture.ts';
import { generateTraces } from '../../../support/traceGenerator.ts';

const ID = traceIdOf(1);

describe('pins while their trace changes', function () {
  this.timeout(20_000);
  let opened: TemporaryStore;

  beforeEach(async () => {
    opened = await temporaryStore();
    write(opened.store, simpleTrace({ id: 1, spans: 3 }));
  });
  afterEach(() => opened.remove());

  async function keptParts(): Promise<number> {
    const file = openDatabase((await loadSqlite())!, pinsFile(pinsPath(opened.path)), { owner: false, fullSync: true, busyMs: 1_000, now: () => new Date() });
    if (file.kind !== 'open') throw new Error(file.kind);
    const pins = new PinStore(file.db, pinsPath(opened.path));
    const { length } = pins.parts(ID, 0, Infinity);
    pins.close();
    return length;
  }

  it('unpinned while it is brought up to date, it stays unpinned, and nothing of it is kept', async () => {
    const { store, another } = opened;
    for (const elsewhere of [false, true]) {
      await store.pin(ID, 'a');
      write(store, simpleTrace({ id: 1, spans: 4 }));
      const refreshing = store.refreshPin(ID);
      assert.equal((elsewhere ? another() : store).unpin(ID), true);
      await refreshing;
      assert.deepEqual([store.pinOf(ID), await keptParts()], [undefined, 0]);
    }
  });

  it('a note that is changed while it is brought up to date stays', async () => {
    const { store } = opened;
    await store.pin(ID, 'old');
    write(store, simpleTrace({ id: 1, spans: 4 }));
    const renamed = store.pin(ID, 'new');
    await Promise.all([store.refreshPin(ID), renamed]);
    assert.equal(store.pinOf(ID)?.note, 'new');
  });

  it('cancelled or deleted while it is copied, nothing of it is kept', async () => {
    const { store } = opened;
    const controller = new AbortController();
    const cancelled = store.pin(ID, '', controller.signal);
    controller.abort();
    await assert.rejects(cancelled, { name: 'AbortError' });
    assert.equal(await keptParts(), 0);
    const deleted = store.pin(ID, '');
    store.deleteTraces([ID]);
    assert.equal(await deleted, false);
    assert.deepEqual([store.pinOf(ID), await keptParts()], [undefined, 0]);
  });

  it('a pin that is cancelled again leaves the older one whole', async () => {
    const { store } = opened;
    await store.pin(ID, 'kept');
    const controller = new AbortController();
    const again = store.pin(ID, 'other', controller.signal);
    controller.abort();
    await assert.rejects(again, { name: 'AbortError' });
    assert.deepEqual([store.pinOf(ID)?.note, await keptParts()], ['kept', 1]);
  });

  it('a large pinned trace that is still stored is read once, not from its pin again', async () => {
    const { store } = opened;
    for (const slice of sliceRequest(generateTraces({ seed: 3, spansPerTrace: 20_000 }), 64 << 10)) write(store, slice);
    const large = store.list({ group: 'recent', sort: 'spans', limit: 1 }).traces[0]!.summary.traceId;
    const spans = async (): Promise<number> => (await store.loadTrace(large))!.batches.reduce((sum, batch) => sum + batch.count, 0);
    await store.pin(large, '');
    assert.equal(await spans(), 20_000);
  });
});
