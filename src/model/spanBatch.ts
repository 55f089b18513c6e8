// SpanBatch: the only thing a source may produce (DESIGN §4). Columns over OTLP/protobuf Span bytes.
// Formats that are not OTLP/protobuf encode their spans as OTLP bytes first (formats/otlpWriter.ts), so that store,
// details, export and pins know one encoding only. Must not know any backend.

/** Bits of SpanBatch.flags and Trace.flags; the upper byte is the builder's. */
export const SpanFlag = {
  /** status.code is ERROR */
  error: 1 << 0,
  /** at least one `code.*` attribute */
  code: 1 << 1,
  /** at least one `gen_ai.*`, `llm.*`, `ai.*` or `openinference.*` attribute */
  genAi: 1 << 2,
  /** at least one `db.*` attribute */
  database: 1 << 3,
  /** an event named `exception`, or an `exception.*` / `code.stacktrace` attribute */
  exception: 1 << 4,
  /** at least one link */
  links: 1 << 5,
  /** at least one event */
  events: 1 << 6,
  /** the sender said that attributes, events or links were dropped */
  dropped: 1 << 7,
  // set by the TraceBuilder:
  /** parent id set, parent absent from the trace */
  orphan: 1 << 8,
  /** was part of a parent cycle, which was cut here */
  cycle: 1 << 9,
  /** end time is 0 or absent: still running when it was sent */
  inProgress: 1 << 10,
  /** end before start: shown with duration 0 */
  negative: 1 << 11,
  /** lies outside its parent's interval on the parent's side of a clock (starts before it, or a synchronous child outlives it) */
  skew: 1 << 12,
  /** same span id as another span of this trace, with different content */
  conflict: 1 << 13,
  /** Start or end is outside what clocks show (before 2000-01-01, after 2200-01-01); kept as sent. */
  strangeTime: 1 << 14,
} as const;

/** A resource or scope seen in the batch: its message body as a byte range of `bytes`. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface BatchResource extends ByteRange {
  /** `service.name`, or "" where absent. */
  readonly service: string;
}

export interface BatchScope extends ByteRange {
  readonly name: string;
}

/** Immutable. n = count. Ids are big-endian 32-bit words; 64-bit times are [low, high] words of epoch nanoseconds. */
export interface SpanBatch {
  readonly count: number;
  /** OTLP/protobuf; every range points in here. */
  readonly bytes: Uint8Array;
  /** Body of each Span message (without tag and length): n offsets and n lengths. */
  readonly spanOffset: Uint32Array;
  readonly spanLength: Uint32Array;
  /** 4n words. All zero: no valid trace id. */
  readonly traceId: Uint32Array;
  /** 2n words. All zero: no valid span id. */
  readonly spanId: Uint32Array;
  /** 2n words. All zero: a root. */
  readonly parentId: Uint32Array;
  /** 2n words each: [2i] low, [2i+1] high. End 0 = in progress. */
  readonly startTime: Uint32Array;
  readonly endTime: Uint32Array;
  /** n indices into `strings`. */
  readonly name: Uint32Array;
  /** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: Uint8Array;
  /** 0 unset, 1 ok, 2 error. */
  readonly status: Uint8Array;
  /** SpanFlag bits. */
  readonly flags: Uint16Array;
  /** n indices into `resources` / `scopes`. */
  readonly resource: Uint32Array;
  readonly scope: Uint32Array;
  readonly resources: readonly BatchResource[];
  readonly scopes: readonly BatchScope[];
  readonly strings: readonly string[];
  /** Events of all spans, in span order: whose (index of the span), when (2 words each). */
  readonly eventSpan: Uint32Array;
  readonly eventTime: Uint32Array;
  /** Spans that could not be kept (no readable message, no valid span id). */
  readonly rejected: number;
  /** Clear sentences (what, where) about what was rejected, repaired or strange; at most a few dozen, counted when more. */
  readonly warnings: readonly string[];
  /** The backend's own trace id by padded hex, where it is not 32 hex digits (Langfuse, 64-bit Zipkin …). */
  readonly nativeTraceIds?: ReadonlyMap<string, string>;
}
