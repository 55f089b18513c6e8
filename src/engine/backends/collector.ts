// The embedded collector's store as a backend: what programs of this machine sent. Needs no set-up and no network.
import type { ReadableStore, StoredTrace, StoreQuery } from '../store/traceStore.ts';
import { StoreError } from '../store/traceStore.ts';
import { cancelled } from '../slices.ts';
import { BackendError, type Backend, type SearchPage, type SearchQuery } from './backend.ts';

/** `store` answers the store as it is now: it changes when the collector starts or another process takes over. Rejects with BackendError. */
export function collectorBackend(store: () => Promise<ReadableStore>): Backend {
  const read = async <T>(work: (store: ReadableStore) => T, signal?: AbortSignal): Promise<T> => {
    const opened = await store();
    if (signal?.aborted === true) throw cancelled();
    return reading(() => work(opened));
  };
  return {
    capabilities: { filters: ['service', 'operation', 'text', 'minDurationNs', 'errorsOnly'], sorts: ['newest', 'slowest', 'spans'], pages: true, live: true },
    probe: async () => read((opened) => (opened.size(), { notes: [] })),
    services: (signal) => read((opened) => opened.services(), signal),
    operations: (service, signal) => read((opened) => opened.operations(service), signal),
    search: (query, signal) => read((opened) => searchPage(opened, query), signal),
    trace: async ({ traceId }, signal) => {
      const loaded = await readingLater(() => load(store, traceId, signal), signal);
      if (loaded === undefined) throw new BackendError('notFound', `Trace ${traceId} is not in the collector's store: it never arrived there, was deleted, or was dropped to keep the store within its size.`);
      return loaded;
    },
    cohort: (rootService, rootName, limit, signal) => read((opened) => opened.cohort(rootService, rootName, limit).map((traceId) => ({ traceId })), signal),
  };
}

/** The store may be closed under a long read, when this process becomes the owner: then the new one has the trace as well. */
async function load(store: () => Promise<ReadableStore>, traceId: string, signal: AbortSignal): Promise<StoredTrace | undefined> {
  const opened = await store();
  try {
    return await opened.loadTrace(traceId, signal);
  } catch (error) {
    const now = await store();
    if (now === opened || signal.aborted) throw error;
    return now.loadTrace(traceId, signal);
  }
}

/** Also for the pinned group, which only this store has. */
export function searchPage(store: ReadableStore, query: StoreQuery | SearchQuery): SearchPage {
  const page = store.list(query);
  return {
    traces: page.traces.map(({ summary, usualNs }) => ({ summary, ref: { traceId: summary.traceId }, ...(usualNs === undefined ? {} : { usualNs }) })),
    total: page.total,
    known: page.known,
    ...(page.next === undefined ? {} : { next: page.next }),
    notes: [],
  };
}

/** Store errors by their kind; a cursor that is not of this list is the caller's fault. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw asBackendError(error);
  }
}

/** The same for work that gives way meanwhile. */
export async function readingLater<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw signal.aborted ? cancelled() : asBackendError(error);
  }
}

function asBackendError(error: unknown): unknown {
  if (error instanceof RangeError) return new BackendError('badData', error.message);
  if (!(error instanceof StoreError)) return error;
  return new BackendError(error.kind === 'busy' ? 'timeout' : error.kind === 'damaged' ? 'badData' : 'unsupported', error.message);
}
