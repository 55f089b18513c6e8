// What a source of traces is. A backend is one file here, one line in registry.ts, its format and its fixtures (DESIGN §6.1).
// Nothing outside a backend's own file may know which one it is.
import type { SpanBatch } from '../../model/spanBatch.ts';
import type { ServiceDependency } from '../../protocol/connections.ts';
import type { TraceSummary } from '../../model/summary.ts';

/** server: it answered that it failed itself (5xx). */
export type BackendErrorKind = 'auth' | 'network' | 'timeout' | 'rateLimit' | 'notFound' | 'badData' | 'tooLarge' | 'unsupported' | 'server' | 'aborted';

/** Decided by kind, never by message text. The message is one sentence that says what to do. */
export class BackendError extends Error {
  readonly kind: BackendErrorKind;
  readonly retryAfterMs: number | undefined;
  constructor(kind: BackendErrorKind, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'BackendError';
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/** How a trace is found again. List results fill what the backend needs to open it cheaply. */
export interface TraceRef {
  readonly traceId: string;
  /** Epoch ns as decimal text, where the backend scans everything without times. */
  readonly startUnixNano?: string;
  readonly endUnixNano?: string;
  /** Project, account, table …: the backend's own word. */
  readonly scope?: string;
  /** The times are where to look and no further, not the trace's own: somebody is asked before the next look. Without times: everywhere. */
  readonly within?: boolean;
}

export type SearchGroup = 'recent' | 'errors' | 'slow';

/** Epoch ns; start inclusive, end exclusive. */
export interface TimeWindow {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export interface AttributeFilter {
  readonly key: string;
  readonly value: string;
}

export interface TraceFilter {
  readonly service?: string;
  readonly operation?: string;
  /** Part of a root name, service or trace id; case-insensitive. */
  readonly text?: string;
  readonly minDurationNs?: number;
  readonly errorsOnly?: boolean;
  /** All of them on one span, where the source can say. */
  readonly attributes?: readonly AttributeFilter[];
  /** Absent: as far back as the connection looks. */
  readonly window?: TimeWindow;
}

export interface SearchQuery extends TraceFilter {
  readonly group: SearchGroup;
  readonly sort: 'newest' | 'slowest' | 'spans';
  readonly limit: number;
  /** What the last page answered as `next`. */
  readonly cursor?: string;
  /** Epoch ms: what was read before then does not count. */
  readonly askedAtMs?: number;
  /** Nobody asked for it just now: a refresh by itself. */
  readonly background?: boolean;
}

/** A search for what lists do not show: within a time that the user picked. */
export interface DeepQuery extends TraceFilter {
  readonly window: TimeWindow;
}

/** What a summary cannot say because the source's list does not; such a field is 0 or "" in it. */
export type UnknownField = 'root' | 'duration' | 'spans' | 'errors' | 'services';

export interface FoundTrace {
  readonly summary: TraceSummary;
  readonly ref: TraceRef;
  readonly unknown?: readonly UnknownField[];
  /** Median of this root operation, where the group is `slow`. */
  readonly usualNs?: number;
}

export interface SearchPage {
  readonly traces: readonly FoundTrace[];
  /** How many there are in all, where the backend can say. */
  readonly total?: number;
  /** How many traces it holds, whatever was asked for. */
  readonly known?: number;
  readonly next?: string;
  /** Sentences for the tree: how far was looked, what is missing. */
  readonly notes: readonly string[];
}

export interface BackendCapabilities {
  readonly filters: readonly (keyof TraceFilter)[];
  readonly sorts: readonly SearchQuery['sort'][];
  readonly pages: boolean;
  /** A new trace is announced by an event, so nothing needs polling. */
  readonly live: boolean;
}

export interface LoadedTrace {
  readonly batches: readonly SpanBatch[];
  /** Sentences shown on the trace: partial, truncated, sampled. */
  readonly notes: readonly string[];
}

/** `loaded`: its list answered the whole trace anyway. */
export type CohortTrace = TraceRef & { readonly loaded?: LoadedTrace };

export interface Backend {
  readonly capabilities: BackendCapabilities;
  /** Is it there, and may we read it. Throws BackendError. */
  probe(signal: AbortSignal): Promise<{ readonly version?: string; readonly notes: readonly string[] }>;
  services(signal: AbortSignal): Promise<readonly string[]>;
  operations(service: string, signal: AbortSignal): Promise<readonly string[]>;
  search(query: SearchQuery, signal: AbortSignal): Promise<SearchPage>;
  /** Where the connection's state offers one. It costs: never call it but at the user's word. */
  deepSearch?(query: DeepQuery, signal: AbortSignal): Promise<SearchPage>;
  /** Which service called which, most calls first; where the kind says that it can. */
  dependencies?(window: TimeWindow, signal: AbortSignal): Promise<readonly ServiceDependency[]>;
  /** Throws BackendError notFound when the trace is gone. */
  trace(ref: TraceRef, signal: AbortSignal): Promise<LoadedTrace>;
  /** The latest traces with this root, newest first: what a trace is compared with. Fewer than asked for where reading them costs. */
  cohort(rootService: string, rootName: string, limit: number, signal: AbortSignal): Promise<readonly CohortTrace[]>;
}
