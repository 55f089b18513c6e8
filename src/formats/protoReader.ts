// Bounds-checked protobuf wire primitives over one byte array (protobuf.dev "Encoding").
// Bad input is a value, not an exception: the first fault is kept in `problem`, every later read answers 0 and next() false,
// so loops end by themselves; the caller looks at `problem` where its frame ends. Must not know any message.

export const Wire = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/** Groups nest; nobody sends them, so a few levels are enough. */
const MAX_GROUP_DEPTH = 32;
const HIGH_WORD = 4294967296;

export class ProtoReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  pos: number;
  /** Exclusive end of the message being read. */
  end: number;
  /** Of the tag that next() read last. */
  field = 0;
  wire = 0;
  /** What is wrong, as the end of a sentence; "" while all is well. */
  problem = '';
  problemAt = -1;

  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pos = from;
    this.end = end;
  }

  fail(problem: string, at = this.pos): void {
    if (this.problem === '') {
      this.problem = problem;
      this.problemAt = at;
    }
    this.pos = this.end;
  }

  /** Forgets the fault and goes on behind a frame whose bounds are known to be right. */
  recover(pos: number, end: number): void {
    this.problem = '';
    this.problemAt = -1;
    this.pos = pos;
    this.end = end;
  }

  /** Reads the next tag of this message. False at its end and after a fault. */
  next(): boolean {
    const pos = this.pos;
    if (pos >= this.end) return false;
    const byte = this.bytes[pos]!;
    if (byte < 0x80) {
      this.pos = pos + 1;
      this.field = byte >>> 3;
      this.wire = byte & 7;
    } else {
      const tag = this.#longVarint();
      if (tag >= HIGH_WORD) {
        this.fail('a field number larger than protobuf allows', pos);
        return false;
      }
      this.field = tag >>> 3;
      this.wire = tag & 7;
    }
    if (this.field === 0) this.fail('field number 0', pos);
    return this.problem === '';
  }

  /** False, with the fault noted, when the field just announced is not of this wire type. */
  expect(wire: number): boolean {
    if (this.wire === wire) return true;
    this.fail(`field ${this.field} with wire type ${this.wire} instead of ${wire}`);
    return false;
  }

  /** Exact below 2^53; larger values are rounded, good only for being refused. */
  varint(): number {
    const pos = this.pos;
    if (pos < this.end) {
      const byte = this.bytes[pos]!;
      if (byte < 0x80) {
        this.pos = pos + 1;
        return byte;
      }
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    const bytes = this.bytes;
    const start = this.pos;
    const stop = Math.min(this.end, start + 10);
    let value = 0;
    let factor = 1;
    for (let pos = start; pos < stop; pos++) {
      const byte = bytes[pos]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (pos === start + 9 && byte > 1) break;
        this.pos = pos + 1;
        return value;
      }
      factor *= 128;
    }
    this.fail(stop === start + 10 ? 'a number longer than 64 bits' : 'a number cut off by the end of its message', start);
    return 0;
  }

  /** All 64 bits, as an unsigned number. */
  varint64(): bigint {
    const start = this.pos;
    this.varint();
    if (this.problem !== '') return 0n;
    let value = 0n;
    for (let pos = this.pos - 1; pos >= start; pos--) value = (value << 7n) | BigInt(this.bytes[pos]! & 0x7f);
    return value;
  }

  /** Reads a length and answers it; the position is then at the first of that many bytes, all of them within this message. */
  length(): number {
    const at = this.pos;
    const length = this.varint();
    if (length > this.end - this.pos) {
      this.fail(`field ${this.field} says it is ${length} bytes long where ${this.end - this.pos} are left`, at);
      return 0;
    }
    return length;
  }

  /** Steps over n bytes; answers where they begin, -1 when there are not so many. */
  take(n: number): number {
    const at = this.pos;
    if (n > this.end - at) {
      this.fail(`field ${this.field} cut off by the end of its message`, at);
      return -1;
    }
    this.pos = at + n;
    return at;
  }

  /** Enters a length-delimited message; give the answer to leave(). */
  enter(): number {
    const outer = this.end;
    const length = this.length();
    this.end = this.problem === '' ? this.pos + length : this.pos;
    return outer;
  }

  /** To the end of the message entered, whether it was read to its end or not. */
  leave(outer: number): void {
    this.pos = this.problem === '' ? this.end : outer;
    this.end = outer;
  }

  /** Steps over the value of the field just announced. */
  skip(): void {
    switch (this.wire) {
      case Wire.varint:
        this.varint();
        return;
      case Wire.fixed64:
        this.take(8);
        return;
      case Wire.bytes: {
        const length = this.length();
        this.pos += length;
        return;
      }
      case Wire.fixed32:
        this.take(4);
        return;
      case Wire.groupStart:
        this.#skipGroup();
        return;
      case Wire.groupEnd:
        this.fail(`the end of group ${this.field}, which never began`);
        return;
      default:
        this.fail(`wire type ${this.wire}, which protobuf does not have`);
    }
  }

  #skipGroup(): void {
    const open = [this.field];
    while (open.length > 0) {
      if (!this.next()) {
        this.fail(`group ${open[0]!} without its end`);
        return;
      }
      if (this.wire === Wire.groupStart) {
        if (open.length === MAX_GROUP_DEPTH) {
          this.fail(`groups nested deeper than ${MAX_GROUP_DEPTH}`);
          return;
        }
        open.push(this.field);
      } else if (this.wire === Wire.groupEnd) {
        if (open.pop() !== this.field) this.fail(`the end of group ${this.field} inside another`);
      } else {
        this.skip();
      }
      if (this.problem !== '') return;
    }
  }
}
