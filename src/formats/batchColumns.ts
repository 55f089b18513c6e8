// The growing columns of one SpanBatch while its bytes are read. Owns capacity and trimming; must not know the wire.
import type { BatchResource, BatchScope, SpanBatch } from '../model/spanBatch.ts';

/** A span of fewer bytes is rare; columns made for this many seldom grow. */
const USUAL_SPAN_BYTES = 224;

export class BatchColumns {
  readonly #bytes: Uint8Array;
  #capacity: number;
  count = 0;
  spanOffset: Uint32Array;
  spanLength: Uint32Array;
  traceId: Uint32Array;
  spanId: Uint32Array;
  parentId: Uint32Array;
  startTime: Uint32Array;
  endTime: Uint32Array;
  name: Uint32Array;
  kind: Uint8Array;
  status: Uint8Array;
  flags: Uint16Array;
  resource: Uint32Array;
  scope: Uint32Array;
  eventCount = 0;
  eventSpan: Uint32Array;
  eventTime: Uint32Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const n = Math.max(8, Math.ceil(bytes.length / USUAL_SPAN_BYTES));
    this.#capacity = n;
    this.spanOffset = new Uint32Array(n);
    this.spanLength = new Uint32Array(n);
    this.traceId = new Uint32Array(4 * n);
    this.spanId = new Uint32Array(2 * n);
    this.parentId = new Uint32Array(2 * n);
    this.startTime = new Uint32Array(2 * n);
    this.endTime = new Uint32Array(2 * n);
    this.name = new Uint32Array(n);
    this.kind = new Uint8Array(n);
    this.status = new Uint8Array(n);
    this.flags = new Uint16Array(n);
    this.resource = new Uint32Array(n);
    this.scope = new Uint32Array(n);
    this.eventSpan = new Uint32Array(8);
    this.eventTime = new Uint32Array(16);
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

  #resize(n: number): void {
    const rows = this.count;
    this.#capacity = n;
    this.spanOffset = resized(this.spanOffset, n, rows);
    this.spanLength = resized(this.spanLength, n, rows);
    this.traceId = resized(this.traceId, 4 * n, 4 * rows);
    this.spanId = resized(this.spanId, 2 * n, 2 * rows);
    this.parentId = resized(this.parentId, 2 * n, 2 * rows);
    this.startTime = resized(this.startTime, 2 * n, 2 * rows);
    this.endTime = resized(this.endTime, 2 * n, 2 * rows);
    this.name = resized(this.name, n, rows);
    this.kind = resized(this.kind, n, rows);
    this.status = resized(this.status, n, rows);
    this.flags = resized(this.flags, n, rows);
    this.resource = resized(this.resource, n, rows);
    this.scope = resized(this.scope, n, rows);
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

function resized<T extends Uint32Array | Uint16Array | Uint8Array>(column: T, capacity: number, used: number): T {
  if (capacity <= used) return column.slice(0, used) as T;
  const Column = column.constructor as new (n: number) => T;
  const wider = new Column(capacity);
  wider.set(column.subarray(0, used));
  return wider;
}
