// What a trace is: columnar, immutable, in pre-order. Rows are spans; row i's subtree is rows i+1 … subtreeEnd[i]-1.
// Built by traceBuilder.ts only. Must not know where it came from (DESIGN §4).
import type { SpanBatch } from './spanBatch.ts';

/** The part of a trace the waterfall needs; travels to the webview in chunks (protocol/traceCodec.ts). */
export interface TraceColumns {
  readonly count: number;
  /** Row of the parent, -1 for roots and orphans. Always smaller than the row itself. */
  readonly parent: Int32Array;
  /** Exclusive end of the subtree: subtreeEnd[i] === i + 1 for a leaf. */
  readonly subtreeEnd: Int32Array;
  /** A root is 1. */
  readonly depth: Int32Array;
  /** ns relative to the trace's start; exact below 2^53 ns (104 days). */
  readonly start: Float64Array;
  /** ns, ≥ 0. 0 for in-progress and negative spans (see flags). */
  readonly duration: Float64Array;
  /** Indices into `strings`. */
  readonly service: Uint32Array;
  readonly name: Uint32Array;
  /** SpanFlag bits. */
  readonly flags: Uint16Array;
  readonly kind: Uint8Array;
  readonly strings: readonly string[];
}

export interface TraceCounts {
  readonly spans: number;
  readonly errors: number;
  readonly orphans: number;
  /** Spans without a parent id; orphans are not among them. */
  readonly roots: number;
  /** A root is 1. */
  readonly maxDepth: number;
  /** Identical spans that were sent again and collapsed. */
  readonly duplicates: number;
  readonly rejected: number;
}

export interface Trace extends TraceColumns, TraceCounts {
  /** 32 hex digits, or the backend's own id. */
  readonly traceId: string;
  /** Epoch ns of the first start. */
  readonly startUnixNano: bigint;
  /** Last end − first start, ns. */
  readonly durationNs: bigint;
  /** Row of the root that names the trace (the earliest root, else the earliest orphan); -1 only when empty. */
  readonly rootRow: number;
  /** Service names in order of first appearance by start time. */
  readonly services: readonly string[];
  readonly warnings: readonly string[];
  /** Where each row's bytes are: batches[batch[row]], span index[row]. */
  readonly batches: readonly SpanBatch[];
  readonly batch: Uint32Array;
  readonly index: Uint32Array;
  /** Events in row order: eventStart[row] … eventStart[row+1]-1 are the row's; ns relative to the trace's start. */
  readonly eventStart: Uint32Array;
  readonly eventTime: Float64Array;
}
