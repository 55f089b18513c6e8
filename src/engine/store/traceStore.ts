// What a store of received traces can do: the same for the database (sqliteStore.ts) and for memory (memoryStore.ts).
// Owns no storage itself; must not know HTTP or the editor.
import type { TraceEvents } from '../../formats/otlpLogs.ts';
import type { SpanBatch } from '../../model/spanBatch.ts';
import type { TraceParts } from '../../model/splitByTrace.ts';
import type { TraceSummary } from '../../model/summary.ts';
import type { RemotePins } from './remotePins.ts';

/** Decided by kind. `full`: no space. `busy`: another process is writing. `damaged`: the file cannot be read. `io`: anything else. */
export type StoreErrorKind = 'full' | 'busy' | 'damaged' | 'readOnly' | 'io';

export class StoreError extends Error {
  readonly kind: StoreErrorKind;
  constructor(kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.kind = kind;
  }
}

export type TraceGroup = 'pinned' | 'errors' | 'slow' | 'recent';
export type TraceSort = 'newest' | 'slowest' | 'spans';

export interface StoreFilter {
  /** A service that takes part in the trace. */
  readonly service?: string | undefined;
  /** The root span's name. */
  readonly operation?: string | undefined;
  /** Part of the root's name, a service or the trace id; case-insensitive. */
  readonly text?: string | undefined;
  readonly minDurationNs?: number | undefined;
  readonly errorsOnly?: boolean | undefined;
  /** Of the trace's start, epoch ns: start inclusive, end exclusive. */
  readonly window?: { readonly startNs: bigint; readonly endNs: bigint } | undefined;
}

export interface StoreQuery extends StoreFilter {
  readonly group: TraceGroup;
  readonly sort: TraceSort;
  /** 1 … 1,000. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface StoredRow {
  readonly summary: TraceSummary;
  /** Median of the root operation, where the group is `slow`. */
  readonly usualNs?: number | undefined;
  readonly pinned: boolean;
  readonly note: string;
}

export interface StorePage {
  readonly traces: readonly StoredRow[];
  /** How many match the query. */
  readonly total: number;
  /** How many traces there are. */
  readonly known: number;
  readonly next?: string | undefined;
}

export interface StoredTrace {
  readonly batches: readonly SpanBatch[];
  /** Sentences: what could not be read. */
  readonly notes: readonly string[];
}

export interface Pin {
  readonly traceId: string;
  readonly note: string;
  /** ms since 1970. */
  readonly pinnedAt: number;
}

/** Spans of one request, by trace; spans without a valid trace id are not among them. */
export interface IncomingRequest {
  readonly batch: SpanBatch;
  readonly parts: readonly TraceParts[];
  /** Events that came apart from their spans. */
  readonly events?: readonly TraceEvents[];
}

export interface BuiltSummary {
  readonly summary: TraceSummary;
  /** `partCount` before the parts were read. */
  readonly parts: number;
}

export interface StoreSize {
  readonly traces: number;
  /** Database and write-ahead log on disk; what is held, in memory. */
  readonly bytes: number;
}

/** For reading: any process. Throws StoreError. */
export interface ReadableStore {
  /** Throws RangeError for a cursor that is not one of this list. */
  list(query: StoreQuery): StorePage;
  summary(traceId: string): TraceSummary | undefined;
  /** undefined: no such trace. Gives way every few ms. */
  loadTrace(traceId: string, signal?: AbortSignal): Promise<StoredTrace | undefined>;
  /** Names, sorted. */
  services(): readonly string[];
  /** Root span names of that root service, sorted. */
  operations(service: string): readonly string[];
  /** The latest traces with this root, newest first. */
  cohort(rootService: string, rootName: string, limit: number): readonly string[];
  pins(): readonly Pin[];
  /** Pins of other connections' traces. */
  readonly remotePins: RemotePins;
  pinOf(traceId: string): Pin | undefined;
  /** Keeps the whole trace; answers false when there is no such trace. */
  pin(traceId: string, note: string, signal?: AbortSignal): Promise<boolean>;
  unpin(traceId: string): boolean;
  /** Answers how many there were. Pins of deleted traces go with them. */
  deleteTraces(traceIds: readonly string[]): number;
  size(): StoreSize;
  close(): void;
}

/** For the one owner: writing what arrives, and upkeep. Throws StoreError. */
export interface TraceStore extends ReadableStore {
  /** One transaction: when it returns, the spans survive the death of this process. Answers the traces whose summaries are provisional. */
  write(requests: readonly IncomingRequest[]): readonly string[];
  /** Replaces provisional summaries by built ones, unless more spans came since they were read. Answers how many were replaced. */
  saveSummaries(built: readonly BuiltSummary[]): number;
  /** How many parts are stored of a trace: what saveSummaries compares with. 0: no such trace. */
  partCount(traceId: string): number;
  /** Up to `limit` traces with provisional summaries, in order of arrival, after the one named. */
  provisional(after: number, limit: number): { readonly traceIds: readonly string[]; readonly next: number | undefined };
  /** A pinned trace got more spans: they are kept with its pin. */
  refreshPin(traceId: string): Promise<void>;
  /** Whether another process changed something (a delete, a pin) since the last call. */
  changedElsewhere(): boolean;
  /** One small step of retention and upkeep (≤ 50 ms). True: there is more to do. */
  maintain(nowMs: number): boolean;
}
