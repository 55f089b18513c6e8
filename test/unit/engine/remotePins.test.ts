// Pins of other connections' traces: kept whole, so that they open when their server is gone, and never mixed with the collector's.
import assert from 'node:assert/strict';
import { BackendError, type Backend } from '../../../src/engine/backends/backend.ts';
import { Backends } from '../../../src/engine/backends/registry.ts';
import { DEFAULT_CONFIG } from '../../../src/engine/defaultConfig.ts';
import { listMethods } from '../../../src/engine/listMethods.ts';
import { buildOpenTrace, type OpenTrace } from '../../../src/engine/openTraces.ts';
import { MemoryStore } from '../../../src/engine/store/memoryStore.ts';
import type { ReadableStore } from '../../../src/engine/store/traceStore.ts';
import { loadFrom } from '../../../src/engine/traceMethods.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { TraceKey } from '../../../src/protocol/messages.ts';
import { simpleTrace, temporaryStore, type TemporaryStore } from '../../support/storeFixture.ts';
import { fakeBackend } from './fakeBackend.ts';

const signal = new AbortController().signal;
const KEY: TraceKey = { connection: 'prod', traceId: 'conversation 7/ü', startUnixNano: '1000', scope: 'project a' };
const OTHER: TraceKey = { connection: 'stage', traceId: KEY.traceId };

const STORES: readonly [name: string, open: () => Promise<{ store: ReadableStore; again: () => Promise<ReadableStore>; close: () => Promise<void> }>][] = [
  ['memory', async () => {
    const store = new MemoryStore({ maxBytes: 1 << 24, slow: DEFAULT_CONFIG.slow, now: () => 5 });
    return { store, again: async () => store, close: async () => undefined };
  }],
  ['SQLite', async () => {
    const opened: TemporaryStore = await temporaryStore();
    return { store: opened.store, again: async () => opened.another(), close: () => opened.remove() };
  }],
];

describe('pins of other connections', () => {
  for (const [name, openStore] of STORES) {
    describe(name, () => {
      let opened: Awaited<ReturnType<typeof openStore>>;
      let store: ReadableStore;
      let served: Map<string, SpanBatch[]>;
      let down: BackendError | undefined;
      let backends: Backends;
      beforeEach(async () => {
        opened = await openStore();
        store = opened.store;
        down = undefined;
        served = new Map([[KEY.traceId, [decodeOtlpProto(simpleTrace({ id: 7, spans: 2, errors: 1 }))]]]);
        backends = new Backends({
          store: async () => store,
          connect: () => {
            const fake = fakeBackend(served);
            const backend: Backend = { ...fake, trace: (ref, aborted) => (down === undefined ? fake.trace(ref, aborted) : Promise.reject(down)) };
            return { backend, close: async () => undefined };
          },
        });
        await backends.configure([{ id: 'prod', kind: 'x', name: 'Prod' }, { id: 'stage', kind: 'x', name: 'Stage' }], () => true);
      });
      afterEach(() => opened.close());

      const methods = (): ReturnType<typeof listMethods> => listMethods({ backends, store: async () => store, changed: () => undefined });
      const open = (key: TraceKey): Promise<OpenTrace> => buildOpenTrace(key, loadFrom(backends, async () => store), signal);
      const pinned = async (connection: string): Promise<unknown[]> =>
        (await methods().list({ connection, group: 'pinned', sort: 'newest', limit: 10 }, signal)).traces.map(({ key, summary, pinned: isPinned, note }) => [key, summary.traceId, summary.spans, summary.errors, isPinned, note]);

      it('are listed with their note and how they are found again, asking no server', async () => {
        await methods().pin({ key: KEY, note: 'look here' }, signal);
        down = new BackendError('network', 'Nothing answers.');
        assert.deepEqual(await pinned('prod'), [[KEY, KEY.traceId, 2, 1, true, 'look here']]);
        assert.deepEqual([await pinned('stage'), await pinned('collector')], [[], []]);
      });

      it('open from the pin when the server has lost the trace, and it is said', async () => {
        await methods().pin({ key: KEY }, signal);
        down = new BackendError('notFound', 'Trace x was dropped.');
        const { trace, notes } = await open(KEY);
        assert.deepEqual([trace.spans, trace.traceId, notes], [2, KEY.traceId, ['Shown as it was pinned. Trace x was dropped.']]);
        await assert.rejects(open(OTHER), /was dropped/, 'another connection’s trace of that id is not pinned');
      });

      it('come from the server while it has them', async () => {
        await methods().pin({ key: KEY }, signal);
        assert.deepEqual((await open(KEY)).notes, []);
      });

      it('what is cancelled is not opened from a pin', async () => {
        await methods().pin({ key: KEY }, signal);
        down = new BackendError('aborted', 'It was cancelled.');
        await assert.rejects(open(KEY), /cancelled/);
      });

      it('a note is changed without the server, the trace stays', async () => {
        await methods().pin({ key: KEY, note: 'one' }, signal);
        down = new BackendError('network', 'Nothing answers.');
        await methods().pin({ key: KEY, note: 'two' }, signal);
        assert.deepEqual((await pinned('prod')).map((row) => (row as unknown[])[5]), ['two']);
        assert.equal((await open(KEY)).trace.spans, 2);
      });

      it('stay over a restart, go when unpinned, and cannot be pinned where they cannot be read', async () => {
        await methods().pin({ key: KEY, note: 'n' }, signal);
        store = await opened.again();
        assert.equal((await pinned('prod')).length, 1);
        await methods().unpin({ key: KEY }, signal);
        assert.deepEqual(await pinned('prod'), []);
        down = new BackendError('network', 'Nothing answers.');
        await assert.rejects(open(KEY), /Nothing answers/);
        await assert.rejects(Promise.resolve(methods().pin({ key: KEY }, signal)), /Nothing answers/);
        assert.deepEqual(await pinned('prod'), []);
      });
    });
  }
});
