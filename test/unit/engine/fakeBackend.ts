// A backend over batches in memory, for tests of what stands on backends. Counts what it was asked.
import { BackendError, type Backend } from '../../../src/engine/backends/backend.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';

export interface FakeBackend extends Backend {
  readonly asked: string[];
}

/** `order`: the cohort's trace ids, newest first. */
export function fakeBackend(traces: ReadonlyMap<string, readonly SpanBatch[]>, order: readonly string[] = [...traces.keys()]): FakeBackend {
  const asked: string[] = [];
  return {
    asked,
    capabilities: { filters: [], sorts: ['newest'], pages: false, live: false },
    probe: async () => ({ notes: [] }),
    services: async () => [],
    operations: async () => [],
    search: async () => ({ traces: [], notes: [] }),
    trace: async ({ traceId }) => {
      asked.push(traceId);
      const batches = traces.get(traceId);
      if (batches === undefined) throw new BackendError('notFound', `Trace ${traceId} is gone.`);
      return { batches, notes: [] };
    },
    cohort: async (_service, _name, limit) => order.slice(0, limit).map((traceId) => ({ traceId })),
  };
}
