// A source over summaries in memory that answers as servers do: within a window, at most so many, in whatever order; and may lie.
import type { FoundTrace } from '../../../../src/engine/backends/backend.ts';
import type { SourceCapabilities, SourcePage, SourceQuery, SourceTrace, TraceSource } from '../../../../src/engine/backends/source.ts';
import { BackendError } from '../../../../src/engine/backends/backend.ts';

export interface FakeTrace {
  readonly id: number;
  /** ms before `NOW_MS`. */
  readonly agoMs: number;
  readonly ms?: number;
  readonly errors?: number;
  readonly service?: string;
  readonly name?: string;
}

export const NOW_MS = Date.UTC(2026, 10, 29, 12);

export function foundOf({ id, agoMs, ms = 100, errors = 0, service = 'shop', name = 'GET /' }: FakeTrace): FoundTrace {
  const traceId = id.toString(16).padStart(32, '0');
  return {
    ref: { traceId },
    summary: {
      traceId, rootService: service, rootName: name, startUnixNano: BigInt(NOW_MS - agoMs) * 1_000_000n, durationNs: BigInt(ms) * 1_000_000n,
      spans: 3, errors, orphans: 0, roots: 1, maxDepth: 0, services: [service], duplicates: 0, rejected: 0, warnings: [], provisional: false,
    },
  };
}

export interface FakeOptions extends Partial<SourceCapabilities> {
  /** How a full window's answer is chosen and ordered. */
  readonly pick?: (matching: readonly FoundTrace[], limit: number) => readonly FoundTrace[];
  /** Filters that are accepted and ignored. */
  readonly ignores?: readonly string[];
  /** Pages within a window by a cursor. */
  readonly cursors?: boolean;
  /** Answers what ran in the window, by when it did last, in pages, and says how far that is complete. */
  readonly running?: boolean;
  /** Answers nothing when asked for errors. */
  readonly hidesErrors?: boolean;
  /** Of the erring traces it finds only those with this id or a lower one. */
  readonly findsErrorsTo?: number;
}

export interface FakeSource extends TraceSource {
  readonly asked: SourceQuery[];
}

function runningPage(found: readonly FoundTrace[], { window, limit, cursor = '0' }: SourceQuery): SourcePage {
  const last = ({ summary }: FoundTrace): bigint => (summary.startUnixNano + summary.durationNs < window.endNs ? summary.startUnixNano + summary.durationNs : window.endNs - 1n);
  const sorted = found.filter((trace) => trace.summary.startUnixNano < window.endNs && last(trace) >= window.startNs).toSorted((a, b) => (last(a) > last(b) ? -1 : 1));
  const end = Number(cursor) + limit;
  const more = end < sorted.length;
  return { traces: sorted.slice(Number(cursor), end), full: false, notes: [], completeTo: more ? last(sorted[end - 1]!) + 1n : window.startNs, ...(more ? { cursor: String(end) } : {}) };
}

export function fakeSource(traces: readonly FakeTrace[], options: FakeOptions = {}): FakeSource {
  const found = traces.map(foundOf);
  const asked: SourceQuery[] = [];
  const capabilities: SourceCapabilities = {
    filters: ['service', 'operation', 'minDurationNs', 'errorsOnly'], order: 'newest', maxLimit: 1000, timeUnitNs: 1_000_000n, wholeTraces: false, cohortLimit: 50, ...options,
  };
  const page = (query: SourceQuery): SourcePage => {
    const ignores = (filter: string): boolean => options.ignores?.includes(filter) === true;
    const matching = found.filter(
      ({ summary }) =>
        summary.startUnixNano >= query.window.startNs && summary.startUnixNano < query.window.endNs &&
        (query.service === undefined || ignores('service') || summary.services.includes(query.service)) &&
        (query.errorsOnly !== true || (options.hidesErrors === true ? false : ignores('errorsOnly') || (summary.errors > 0 && Number.parseInt(summary.traceId, 16) <= (options.findsErrorsTo ?? Infinity)))) &&
        (query.minDurationNs === undefined || ignores('minDurationNs') || Number(summary.durationNs) >= query.minDurationNs),
    );
    const newest = matching.toSorted((a, b) => (a.summary.startUnixNano > b.summary.startUnixNano ? -1 : 1));
    if (options.running === true) return runningPage(found, query);
    if (options.cursors === true) {
      const from = Number(query.cursor ?? 0);
      const end = from + query.limit;
      return { traces: newest.slice(from, end), full: end < newest.length, ...(end < newest.length ? { cursor: String(end) } : {}), notes: [] };
    }
    const traces: readonly SourceTrace[] = (options.pick ?? ((all, limit) => all.slice(0, limit)))(newest, query.limit);
    return { traces, full: matching.length > query.limit || traces.length >= query.limit, notes: [] };
  };
  return {
    asked,
    capabilities,
    probe: async () => ({ notes: [] }),
    services: async () => ['shop'],
    operations: async () => ['GET /'],
    page: async (query) => {
      asked.push(query);
      if (query.limit > capabilities.maxLimit) throw new BackendError('badData', 'limit');
      return page(query);
    },
    trace: async () => Promise.reject(new BackendError('notFound', 'gone')),
  };
}

/** The same numbers in another order, the same one every time. */
export function shuffled<T>(values: readonly T[], seed = 1): T[] {
  const result = [...values];
  let state = seed;
  for (let k = result.length - 1; k > 0; k--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = state % (k + 1);
    [result[k], result[other]] = [result[other]!, result[k]!];
  }
  return result;
}
