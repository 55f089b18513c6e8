// Protobuf wire primitives into one growing buffer. Lengths are written when a message ends: its body is moved when more or
// fewer length bytes are needed than were kept free. Must not know any message.
import { Wire } from './protoReader.ts';

const encoder = new TextEncoder();
const MAX_BYTES = 0x7fffffff;
/** Below it a buffer grows faster. */
const SMALL = 0x40000;

export class ProtoWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #pos = 0;
  /** Of every open message: where its length begins, and how many bytes were kept free for it. */
  readonly #open: number[] = [];

  constructor(capacity = 4096) {
    this.#bytes = room(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get size(): number {
    return this.#pos;
  }

  /** Some of what was written, where it is: until more is. */
  written(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** What was written, in memory of its own: this writer must not be used after it. Ends every message that is still open. */
  finish(): Uint8Array<ArrayBuffer> {
    while (this.#open.length > 0) this.end();
    // Copied only where much of it would be kept for nothing. What others left there goes nowhere.
    if (this.#bytes.length - this.#pos > this.#pos >>> 3) return this.#bytes.slice(0, this.#pos);
    return this.#bytes.fill(0, this.#pos).subarray(0, this.#pos);
  }

  /** Begins an embedded message. `usual`: how many bytes its length will likely need. */
  begin(field: number, usual = 1): void {
    this.#tag(field, Wire.bytes);
    this.#reserve(usual);
    this.#open.push(this.#pos, usual);
    this.#pos += usual;
  }

  end(): void {
    const kept = this.#open.pop()!;
    const at = this.#open.pop()!;
    const body = at + kept;
    const length = this.#pos - body;
    const needed = varintSize(length);
    if (needed !== kept) {
      this.#reserve(needed);
      this.#bytes.copyWithin(at + needed, body, this.#pos);
    }
    this.#pos = at;
    this.#varint(length);
    this.#pos += length;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, Wire.bytes);
    this.#varint(value.length);
    this.raw(value);
  }

  /** Bytes of fields that are written already. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#pos);
    this.#pos += value.length;
  }

  string(field: number, value: string): void {
    this.#tag(field, Wire.bytes);
    const length = value.length;
    this.#reserve(3 * length + 5);
    const at = this.#pos;
    if (length < 0x80) {
      const bytes = this.#bytes;
      let k = 0;
      for (; k < length; k++) {
        const unit = value.charCodeAt(k);
        if (unit >= 0x80) break;
        bytes[at + 1 + k] = unit;
      }
      if (k === length) {
        bytes[at] = length;
        this.#pos = at + 1 + length;
        return;
      }
    }
    const kept = varintSize(length);
    const written = encoder.encodeInto(value, this.#bytes.subarray(at + kept)).written;
    const needed = varintSize(written);
    if (needed !== kept) this.#bytes.copyWithin(at + needed, at + kept, at + kept + written);
    this.#varint(written);
    this.#pos += written;
  }

  /**
   * A KeyValue of two short texts of ASCII, in one go: field { 1: key, 2: { 1: value } }. False where they are longer or say more, and then
   * nothing is written. Most attributes are such.
   */
  shortText(field: number, key: string, value: string): boolean {
    const keyLength = key.length;
    const valueLength = value.length;
    // All lengths are one byte then: the outer one is 6 more than both texts.
    if (keyLength + valueLength > 0x79) return false;
    this.#reserve(keyLength + valueLength + 13);
    const bytes = this.#bytes;
    const from = this.#pos;
    this.#tag(field, Wire.bytes);
    let at = this.#pos;
    bytes[at] = keyLength + valueLength + 6;
    bytes[at + 1] = 0x0a;
    bytes[at + 2] = keyLength;
    at += 3;
    for (let k = 0; k < keyLength; k++) {
      const unit = key.charCodeAt(k);
      if (unit >= 0x80) return this.#undone(from);
      bytes[at++] = unit;
    }
    bytes[at] = 0x12;
    bytes[at + 1] = valueLength + 2;
    bytes[at + 2] = 0x0a;
    bytes[at + 3] = valueLength;
    at += 4;
    for (let k = 0; k < valueLength; k++) {
      const unit = value.charCodeAt(k);
      if (unit >= 0x80) return this.#undone(from);
      bytes[at++] = unit;
    }
    this.#pos = at;
    return true;
  }

  #undone(from: number): false {
    this.#pos = from;
    return false;
  }

  uint32(field: number, value: number): void {
    this.#tag(field, Wire.varint);
    this.#varint(value >>> 0);
  }

  /** Two's complement of 64 bits; negative numbers take ten bytes. */
  int64(field: number, value: bigint): void {
    this.#tag(field, Wire.varint);
    // Most are counts.
    if (value >= 0n && value < 0x80000000n) {
      this.#varint(Number(value));
      return;
    }
    let rest = BigInt.asUintN(64, value);
    this.#reserve(10);
    while (rest >= 0x80n) {
      this.#bytes[this.#pos++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#pos++] = Number(rest);
  }

  double(field: number, value: number): void {
    this.#tag(field, Wire.fixed64);
    this.#reserve(8);
    this.#view.setFloat64(this.#pos, value, true);
    this.#pos += 8;
  }

  fixed64(field: number, value: bigint): void {
    this.#tag(field, Wire.fixed64);
    this.#reserve(8);
    this.#view.setBigUint64(this.#pos, BigInt.asUintN(64, value), true);
    this.#pos += 8;
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, Wire.fixed32);
    this.#reserve(4);
    this.#view.setUint32(this.#pos, value >>> 0, true);
    this.#pos += 4;
  }

  /** Bytes given as lower-case hex digits, two a byte; the caller has checked that they are. */
  hex(field: number, digits: string): void {
    const length = digits.length >>> 1;
    this.#tag(field, Wire.bytes);
    this.#varint(length);
    this.#reserve(length);
    for (let k = 0; k < length; k++) this.#bytes[this.#pos + k] = (nibble(digits, 2 * k) << 4) | nibble(digits, 2 * k + 1);
    this.#pos += length;
  }

  #tag(field: number, wire: number): void {
    this.#varint((field << 3) | wire);
  }

  #varint(value: number): void {
    this.#reserve(5);
    if (value >= 0 && value < 0x80) {
      this.#bytes[this.#pos++] = value;
      return;
    }
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.#bytes[this.#pos++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#pos++] = rest;
  }

  #reserve(n: number): void {
    const needed = this.#pos + n;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_BYTES) throw new RangeError('More than 2 GB of spans do not fit into one protobuf message; split the input.');
    const wider = room(Math.min(MAX_BYTES, Math.max(needed, (this.#bytes.length < SMALL ? 4 : 2) * this.#bytes.length)));
    wider.set(this.#bytes.subarray(0, this.#pos));
    this.#bytes = wider;
    this.#view = new DataView(wider.buffer);
  }
}

/** Whatever was there before: all of it is written before it is read, and filling it with zeros takes as long. */
const room = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);

function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** 0-9 and a-f (97). */
function nibble(digits: string, at: number): number {
  const code = digits.charCodeAt(at);
  return code < 58 ? code - 48 : code - 87;
}
