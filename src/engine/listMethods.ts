// What can be asked of many traces: lists by group, names to filter by, pins, deletes. Pins live in the collector's store, whatever
// the trace's connection; deleting is the collector's alone. Must not know how a store keeps them.
import { padHex } from '../model/ids.ts';
import { runInSlices } from '../model/slices.ts';
import { buildSteps } from '../model/traceBuilder.ts';
import { summaryOf } from '../model/traceSummary.ts';
import type { EngineMethods, ListedTrace, ListPage, ListQuery, TraceKey } from '../protocol/messages.ts';
import type { Handlers } from '../protocol/rpc.ts';
import { BackendError, type FoundTrace, type SearchPage, type SearchQuery, type TimeWindow } from './backends/backend.ts';
import { reading, readingLater, searchPage } from './backends/collector.ts';
import { COLLECTOR, type Backends } from './backends/registry.ts';
import { SLICE } from './slices.ts';
import { pageOf } from './store/summaryList.ts';
import type { ReadableStore, StoreQuery } from './store/traceStore.ts';
import { refOf } from './traceRef.ts';
import { wireSummary } from './wireSummary.ts';

export type ListMethodName = 'list' | 'deepSearch' | 'dependencies' | 'services' | 'operations' | 'pin' | 'unpin' | 'deleteTraces';


const MAX_LIMIT = 1000;

export interface ListMethodContext {
  readonly backends: Backends;
  /** Rejects with BackendError where there is none. */
  readonly store: () => Promise<ReadableStore>;
  /** Something in this connection's lists changed by our own doing. */
  readonly changed: (connection: string, traceIds: readonly string[]) => void;
}

export function listMethods({ backends, store, changed }: ListMethodContext): Handlers<Pick<EngineMethods, ListMethodName>> {
  return {
    list: async (query, signal) => {
      const opened = await store();
      return listPage(query, await search(backends, opened, query, signal), opened);
    },
    deepSearch: async ({ connection, windowNs, ...filter }, signal) => {
      const backend = backends.get(connection);
      if (backend.deepSearch === undefined) throw new BackendError('unsupported', 'This connection has nothing to search beyond its lists.');
      return listPage({ connection }, await backend.deepSearch({ ...filter, window: windowOf(windowNs) }, signal), await store());
    },
    dependencies: ({ connection, windowNs }, signal) => {
      const backend = backends.get(connection);
      if (backend.dependencies === undefined) throw new BackendError('unsupported', 'The collector does not say which service calls which.');
      return backend.dependencies(windowOf(windowNs), signal);
    },
    services: ({ connection }, signal) => backends.get(connection).services(signal),
    operations: ({ connection, service }, signal) => backends.get(connection).operations(service, signal),
    pin: async ({ key, note }, signal) => {
      const opened = await store();
      const kept = note ?? pinOf(opened, key).note;
      if (key.connection !== COLLECTOR) await pinRemote(backends, opened, key, kept, signal);
      else await pinOwn(opened, key, kept, signal);
      changed(key.connection, [key.traceId]);
      return { note: kept };
    },
    unpin: async ({ key }) => {
      const opened = await store();
      reading(() => (key.connection === COLLECTOR ? opened.unpin(key.traceId) : opened.remotePins.remove(key)));
      changed(key.connection, [key.traceId]);
    },
    deleteTraces: async ({ keys }) => {
      for (const key of keys) ownTrace(key, 'deleted');
      const ids = keys.map((key) => key.traceId);
      const opened = await store();
      const deleted = reading(() => opened.deleteTraces(ids));
      changed(COLLECTOR, ids);
      return deleted;
    },
  };
}

function search(backends: Backends, store: ReadableStore, query: ListQuery, signal: AbortSignal): Promise<SearchPage> {
  const backend = backends.get(query.connection);
  const { connection: _connection, group, limit, windowNs, ...rest } = query;
  const window = windowNs === undefined ? {} : { window: windowOf(windowNs) };
  const checked = { ...rest, ...window, limit: Math.min(MAX_LIMIT, Math.max(1, Math.floor(limit) || 1)) };
  if (group !== 'pinned') return backend.search({ ...checked, group } satisfies SearchQuery, signal);
  if (query.connection === COLLECTOR) return Promise.resolve(reading(() => searchPage(store, { ...checked, group })));
  return Promise.resolve(reading(() => pinnedPage(store, query.connection, { ...checked, group })));
}

const windowOf = ({ start, end }: NonNullable<ListQuery['windowNs']>): TimeWindow => ({ startNs: BigInt(start), endNs: BigInt(end) });

/** What is pinned of another connection's: kept here, so its server is not asked. */
function pinnedPage(store: ReadableStore, connection: string, query: StoreQuery): SearchPage {
  const pins = store.remotePins.of(connection);
  const byId = new Map(pins.map((pin) => [pin.summary.traceId, pin]));
  const page = pageOf(pins.map(({ summary }) => summary), query);
  return {
    traces: page.summaries.map((summary) => ({ summary, ref: refOf(byId.get(summary.traceId)!.key) })),
    total: page.total,
    known: pins.length,
    ...(page.next === undefined ? {} : { next: page.next }),
    notes: [],
  };
}

async function pinOwn(store: ReadableStore, key: TraceKey, note: string, signal: AbortSignal): Promise<void> {
  ownTrace(key, 'pinned');
  if (!(await readingLater(() => store.pin(key.traceId, note, signal), signal))) throw new BackendError('notFound', `Trace ${key.traceId} is no longer stored, so it cannot be pinned.`);
}

/** The whole trace is read and kept with its pin. */
async function pinRemote(backends: Backends, store: ReadableStore, key: TraceKey, note: string, signal: AbortSignal): Promise<void> {
  const known = reading(() => store.remotePins.get(key));
  // Only its note changes: its server need not be there.
  if (known !== undefined) return reading(() => store.remotePins.describe(known, note));
  const { batches } = await backends.get(key.connection).trace(refOf(key), signal);
  const trace = await runInSlices(buildSteps(key.traceId, batches.map((batch) => ({ batch }))), { ...SLICE, signal });
  reading(() => store.remotePins.keep(key, summaryOf(trace), batches, note));
}

function listPage(query: Pick<ListQuery, 'connection'>, page: SearchPage, store: ReadableStore): ListPage {
  return {
    traces: page.traces.map((found) => listedTrace(query.connection, found, store)),
    ...(page.total === undefined ? {} : { total: page.total }),
    ...(page.known === undefined ? {} : { known: page.known }),
    ...(page.next === undefined ? {} : { next: page.next }),
    notes: page.notes,
  };
}

function listedTrace(connection: string, { summary, ref, usualNs, unknown }: FoundTrace, store: ReadableStore): ListedTrace {
  return { key: { connection, ...ref }, summary: wireSummary(summary), ...(usualNs === undefined ? {} : { usualNs }), ...(unknown === undefined ? {} : { unknown }), ...pinOf(store, { connection, ...ref }) };
}

export function pinOf(store: ReadableStore, key: TraceKey): { readonly pinned: boolean; readonly note: string } {
  const pin = reading(() => (key.connection === COLLECTOR ? store.pinOf(key.traceId) : store.remotePins.get(key)));
  return { pinned: pin !== undefined, note: pin?.note ?? '' };
}

/** Only what the collector holds can be changed here. */
function ownTrace(key: TraceKey, what: string): void {
  if (key.connection !== COLLECTOR) throw new BackendError('unsupported', `Only traces of the collector can be ${what}.`);
  if (padHex(key.traceId, 32) === undefined) throw new BackendError('badData', 'A trace id has 32 hex digits.');
}
