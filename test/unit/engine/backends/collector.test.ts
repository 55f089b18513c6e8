// The collector's store as a backend: errors by kind, and reads that outlive a change of the store under them.
import assert from 'node:assert/strict';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { collectorBackend } from '../../../../src/engine/backends/collector.ts';
import { Backends } from '../../../../src/engine/backends/registry.ts';
import { MemoryStore } from '../../../../src/engine/store/memoryStore.ts';
import { StoreError, type ReadableStore, type StoreErrorKind } from '../../../../src/engine/store/traceStore.ts';
import { DEFAULT_CONFIG } from '../../../../src/engine/defaultConfig.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import { batchOf, TRACE_ID } from '../../../support/batches.ts';

const NEVER = new AbortController().signal;
const QUERY = { group: 'recent', sort: 'newest', limit: 10 } as const;

function memory(): MemoryStore {
  return new MemoryStore({ maxBytes: 1 << 20, slow: DEFAULT_CONFIG.slow, now: Date.now });
}

function filled(): MemoryStore {
  const store = memory();
  const batch = batchOf([{ id: '1', name: 'GET /', service: 'web', end: 100 }, { id: '2', parent: '1', service: 'db', error: true }]);
  store.write([{ batch, parts: splitByTrace([batch]) }]);
  return store;
}

/** A store of which one method fails. */
function failing(method: keyof ReadableStore, error: unknown): ReadableStore {
  return new Proxy(memory(), {
    get: (target, name) =>
      name === method
        ? () => {
            throw error;
          }
        : Reflect.get(target, name, target),
  });
}

const kind = (wanted: BackendError['kind'], says: RegExp) => (error: unknown): boolean => error instanceof BackendError && error.kind === wanted && says.test(error.message);

describe('collectorBackend', () => {
  it('lists, names and loads what is stored', async () => {
    const store = filled();
    const backend = collectorBackend(async () => store);
    const page = await backend.search(QUERY, NEVER);
    assert.deepEqual([page.traces.map(({ ref }) => ref), page.total, page.known, page.next], [[{ traceId: TRACE_ID }], 1, 1, undefined]);
    assert.deepEqual(await backend.services(NEVER), ['db', 'web']);
    assert.deepEqual(await backend.cohort('web', 'GET /', 5, NEVER), [{ traceId: TRACE_ID }]);
    assert.equal((await backend.trace({ traceId: TRACE_ID }, NEVER)).batches.reduce((sum, batch) => sum + batch.count, 0), 2);
    assert.deepEqual(await backend.probe(NEVER), { notes: [] });
  });

  it('a trace that is not there is not found', () => assert.rejects(collectorBackend(async () => memory()).trace({ traceId: TRACE_ID }, NEVER), kind('notFound', /never arrived there, was deleted, or was dropped/)));

  const KINDS: readonly [store: StoreErrorKind, backend: BackendError['kind']][] = [['busy', 'timeout'], ['damaged', 'badData'], ['full', 'unsupported'], ['readOnly', 'unsupported'], ['io', 'unsupported']];
  for (const [from, to] of KINDS) {
    it(`a store that is ${from} is ${to}, with the store's own sentence`, async () => {
      const error = new StoreError(from, 'traces.db: so it is.');
      await assert.rejects(collectorBackend(async () => failing('list', error)).search(QUERY, NEVER), kind(to, /^traces\.db: so it is\.$/));
      await assert.rejects(collectorBackend(async () => failing('loadTrace', error)).trace({ traceId: TRACE_ID }, NEVER), kind(to, /so it is/));
    });
  }

  it('a cursor of another list is bad data; a fault of ours stays what it is', async () => {
    await assert.rejects(collectorBackend(async () => failing('list', new RangeError('Not a cursor of this list.'))).search(QUERY, NEVER), kind('badData', /Not a cursor/));
    await assert.rejects(collectorBackend(async () => failing('services', new TypeError('oops'))).services(NEVER), TypeError);
  });

  it('a store closed under a read, as when this process takes over: the new one is asked', async () => {
    const stores: ReadableStore[] = [failing('loadTrace', new Error('database is not open')), filled()];
    const backend = collectorBackend(async () => (stores.length > 1 ? stores.shift()! : stores[0]!));
    assert.equal((await backend.trace({ traceId: TRACE_ID }, NEVER)).batches.length, 1);
  });

  it('but the same store is not asked twice', async () => {
    let asked = 0;
    const store = failing('loadTrace', new StoreError('io', 'It is broken.'));
    const counting = new Proxy(store, { get: (target, name) => ((asked += name === 'loadTrace' ? 1 : 0), Reflect.get(target, name, target)) });
    await assert.rejects(collectorBackend(async () => counting).trace({ traceId: TRACE_ID }, NEVER), kind('unsupported', /broken/));
    assert.equal(asked, 1);
  });

  it('a cancelled read is cancelled, whatever the store says', async () => {
    await assert.rejects(collectorBackend(async () => filled()).trace({ traceId: TRACE_ID }, AbortSignal.abort()), kind('aborted', /cancelled/));
  });
});

describe('Backends', () => {
  it('makes one backend a connection, and knows no others', () => {
    const backends = new Backends({ store: async () => memory(), connect: () => assert.fail('no connection is configured') });
    assert.equal(backends.get('collector'), backends.get('collector'));
    for (const name of ['jaeger', '', '__proto__', 'constructor', 'x'.repeat(10_000)]) assert.throws(() => backends.get(name), kind('unsupported', /^There is no connection ".{0,60}" any more: it was removed, .* Add it again to see its traces\.$/));
  });
});
