// A cursor over the fields of an OTLP/protobuf message inside a SpanBatch's bytes, for searching and comparing without decoding.
// Bounds-checked: damaged bytes end the message early. Field numbers: opentelemetry/proto/trace/v1/trace.proto,
// common/v1/common.proto. Must not know what is looked for.

export const SpanField = { parentSpanId: 4, attributes: 9, events: 11, links: 13, status: 15, flags: 16 } as const;
export const LinkField = { attributes: 4, flags: 6 } as const;
export const EventField = { name: 2, attributes: 3 } as const;
export const StatusField = { message: 2 } as const;
export const ResourceField = { attributes: 1 } as const;
export const KeyValueField = { key: 1, value: 2 } as const;
export const AnyValueField = { string: 1, bool: 2, int: 3, double: 4, array: 5, map: 6, bytes: 7 } as const;
/** ArrayValue.values and KeyValueList.values. */
export const ListField = { values: 1 } as const;

export const Wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

export class FieldCursor {
  readonly bytes: Uint8Array;
  #at: number;
  #end: number;
  /** Number and wire type of the current field. */
  field = 0;
  wire = 0;
  /** Its content: for Wire.bytes without the length, for others the bytes of the value. */
  start = 0;
  end = 0;

  constructor(bytes: Uint8Array, start = 0, end = 0) {
    this.bytes = bytes;
    this.#at = start;
    this.#end = Math.min(end, bytes.length);
  }

  reset(start: number, end: number): this {
    this.#at = start;
    this.#end = Math.min(end, this.bytes.length);
    return this;
  }

  /** Moves to the next field; false at the end and where the bytes make no sense. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#smallNumber();
    this.field = tag >>> 3;
    this.wire = tag & 7;
    this.start = this.#at;
    switch (this.wire) {
      case Wire.varint:
        while (this.#at < this.#end && this.bytes[this.#at]! > 127) this.#at++;
        this.#at++;
        break;
      case Wire.fixed64:
        this.#at += 8;
        break;
      case Wire.fixed32:
        this.#at += 4;
        break;
      case Wire.bytes: {
        const length = this.#smallNumber();
        this.start = this.#at;
        this.#at += length;
        break;
      }
      default:
        this.#at = this.#end + 1;
    }
    this.end = this.#at;
    if (this.#at <= this.#end) return true;
    this.#at = this.#end;
    return false;
  }

  /** Tags and lengths: anything past 32 bits is taken to lie outside. */
  #smallNumber(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 7) {
      if (this.#at >= this.#end) return 0xffffffff;
      const byte = this.bytes[this.#at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    return 0xffffffff;
  }
}

/** A varint as the int64 it stands for. */
export function int64At(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n;
  let shift = 0n;
  for (let at = start; at < end && shift < 64n; at++, shift += 7n) value |= BigInt(bytes[at]! & 127) << shift;
  return BigInt.asIntN(64, value);
}

/** A varint of at most four bytes: most numbers, without the price of a bigint. */
export function uint28At(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = end - 1; at >= start; at--) value = (value << 7) | (bytes[at]! & 127);
  return value;
}

export function doubleAt(bytes: Uint8Array, start: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + start, 8).getFloat64(0, true);
}
