// The growing columns of one SpanBatch while its bytes are read. Owns capacity and trimming; must not know the wire.
import type { BatchResource, BatchScope, SpanBatch } from '../model/spanBatch.ts';

/** A span of fewer bytes is rare; columns made for this many seldom grow. */
const USUAL_SPAN_BYTES = 224;
/** 17 words, flags, kind and status. */
const ROW_BYTES = 17 * 4 + 2 + 1 + 1;

const NO_WORDS = new Uint32Array(0);
const NO_BYTES = new Uint8Array(0);

export class BatchColumns {
  readonly #bytes: Uint8Array;
  #capacity = 0;
  count = 0;
  spanOffset = NO_WORDS;
  spanLength = NO_WORDS;
  traceId = NO_WORDS;
  spanId = NO_WORDS;
  parentId = NO_WORDS;
  startTime = NO_WORDS;
  endTime = NO_WORDS;
  name = NO_WORDS;
  kind = NO_BYTES;
  status = NO_BYTES;
  flags = new Uint16Array(0);
  resource = NO_WORDS;
  scope = NO_WORDS;
  eventCount = 0;
  eventSpan = new Uint32Array(8);
  eventTime = new Uint32Array(16);

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#resize(Math.max(8, Math.ceil(bytes.length / USUAL_SPAN_BYTES)));
  }

  /** Makes sure that row `count` can be written. */
  reserve(): void {
    if (this.count === this.#capacity) this.#resize(2 * this.#capacity);
  }

  addEvent(low: number, high: number): void {
    const at = this.eventCount;
    if (at === this.eventSpan.length) {
      this.eventSpan = resized(this.eventSpan, 2 * at, at);
      this.eventTime = resized(this.eventTime, 4 * at, 2 * at);
    }
    this.eventSpan[at] = this.count;
    this.eventTime[2 * at] = low;
    this.eventTime[2 * at + 1] = high;
    this.eventCount = at + 1;
  }

  /** One piece of memory for all columns: getting fifteen takes longer than reading a small trace. */
  #resize(n: number): void {
    const rows = this.count;
    const memory = new ArrayBuffer(ROW_BYTES * n);
    let at = 0;
    const words = (width: number, old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const column = new Uint32Array(memory, at, width * n);
      at += column.byteLength;
      if (rows > 0) column.set(old.subarray(0, width * rows));
      return column;
    };
    const bytes = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const column = new Uint8Array(memory, at, n);
      at += n;
      if (rows > 0) column.set(old.subarray(0, rows));
      return column;
    };
    this.#capacity = n;
    this.spanOffset = words(1, this.spanOffset);
    this.spanLength = words(1, this.spanLength);
    this.traceId = words(4, this.traceId);
    this.spanId = words(2, this.spanId);
    this.parentId = words(2, this.parentId);
    this.startTime = words(2, this.startTime);
    this.endTime = words(2, this.endTime);
    this.name = words(1, this.name);
    this.resource = words(1, this.resource);
    this.scope = words(1, this.scope);
    const flags = new Uint16Array(memory, at, n);
    at += 2 * n;
    if (rows > 0) flags.set(this.flags.subarray(0, rows));
    this.flags = flags;
    this.kind = bytes(this.kind);
    this.status = bytes(this.status);
  }

  /** The finished batch; this object must not be used after it. */
  finish(rest: {
    readonly resources: readonly BatchResource[];
    readonly scopes: readonly BatchScope[];
    readonly strings: readonly string[];
    readonly rejected: number;
    readonly warnings: readonly string[];
  }): SpanBatch {
    if (this.count !== this.#capacity) this.#resize(this.count);
    return {
      count: this.count,
      bytes: this.#bytes,
      spanOffset: this.spanOffset,
      spanLength: this.spanLength,
      traceId: this.traceId,
      spanId: this.spanId,
      parentId: this.parentId,
      startTime: this.startTime,
      endTime: this.endTime,
      name: this.name,
      kind: this.kind,
      status: this.status,
      flags: this.flags,
      resource: this.resource,
      scope: this.scope,
      eventSpan: resized(this.eventSpan, this.eventCount, this.eventCount),
      eventTime: resized(this.eventTime, 2 * this.eventCount, 2 * this.eventCount),
      ...rest,
    };
  }
}

function resized(column: Uint32Array, capacity: number, used: number): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(capacity);
  wider.set(column.subarray(0, used));
  return wider;
}
