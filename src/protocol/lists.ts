// Lists of traces as they cross the seam between host and engine: what is asked, and the rows that come. Part of messages.ts, which names the methods.
import type { TraceKey, WireSummary } from './messages.ts';

export interface ListQuery {
  readonly connection: string;
  readonly group: 'pinned' | 'errors' | 'slow' | 'recent';
  readonly sort: 'newest' | 'slowest' | 'spans';
  readonly service?: string;
  readonly operation?: string;
  readonly text?: string;
  readonly minDurationNs?: number;
  readonly errorsOnly?: boolean;
  readonly attributes?: readonly { readonly key: string; readonly value: string }[];
  /** Epoch ns, decimal text; absent: as far back as the connection looks. */
  readonly windowNs?: { readonly start: string; readonly end: string };
  readonly limit: number;
  /** What the last page answered as `next`. */
  readonly cursor?: string;
  /** Epoch ms: when the user last asked anew; what was read before then does not count. */
  readonly askedAtMs?: number;
  /** A refresh by itself, which nobody asked for just now. */
  readonly background?: boolean;
}

/** A search that costs: for a time that was picked. */
export type DeepQuery = Pick<ListQuery, 'connection' | 'service' | 'operation' | 'text' | 'minDurationNs' | 'errorsOnly' | 'attributes'> & Required<Pick<ListQuery, 'windowNs'>>;

export type DependencyQuery = Required<Pick<ListQuery, 'connection' | 'windowNs'>>;

export interface ListedTrace {
  readonly key: TraceKey;
  readonly summary: WireSummary;
  /** What the summary cannot say, because the list of this backend does not. */
  readonly unknown?: readonly ('root' | 'duration' | 'spans' | 'errors' | 'services')[];
  readonly usualNs?: number;
  readonly pinned: boolean;
  readonly note: string;
}

export interface ListPage {
  readonly traces: readonly ListedTrace[];
  /** How many match in all, where known. */
  readonly total?: number;
  /** How many traces the connection has in all, where known ("7 of 1,204"). */
  readonly known?: number;
  readonly next?: string;
  readonly notes: readonly string[];
}
