// Gives equal byte ranges of one array the same small number: hash, then compare. Nothing is decoded here.
// A seed per table and a bounded probe keep crafted collisions from costing more than a duplicate entry.

/** Half-full tables of thousands now and then have runs of 40; longer ones are crafted. */
const MAX_PROBE = 128;

export class ByteInterner {
  readonly #bytes: Uint8Array;
  readonly #seed = (Math.random() * 4294967296) >>> 0;
  /** Small ones are no memory of their own to the engine, and most tables have few entries. */
  #slots = new Int32Array(16);
  #hashes = new Uint32Array(8);
  #offsets = new Uint32Array(8);
  #lengths = new Uint32Array(8);
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get count(): number {
    return this.#count;
  }
  offsetOf(entry: number): number {
    return this.#offsets[entry]!;
  }
  lengthOf(entry: number): number {
    return this.#lengths[entry]!;
  }

  /** The number of this content; equals the former `count` when it is new. */
  intern(offset: number, length: number): number {
    if (this.#count === this.#hashes.length) this.#grow();
    const bytes = this.#bytes;
    let hash = this.#seed ^ length;
    for (let k = offset, stop = offset + length; k < stop; k++) hash = Math.imul(hash ^ bytes[k]!, 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash = (hash ^ (hash >>> 13)) >>> 0;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let probe = 0; probe < MAX_PROBE; probe++) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) {
        this.#slots[slot] = this.#count + 1;
        break;
      }
      if (this.#hashes[entry] === hash && this.#lengths[entry] === length && this.#equal(this.#offsets[entry]!, offset, length)) return entry;
      slot = (slot + 1) & mask;
    }
    return this.#add(hash, offset, length);
  }

  #equal(a: number, b: number, length: number): boolean {
    const bytes = this.#bytes;
    for (let k = 0; k < length; k++) if (bytes[a + k] !== bytes[b + k]) return false;
    return true;
  }

  #add(hash: number, offset: number, length: number): number {
    const entry = this.#count++;
    this.#hashes[entry] = hash;
    this.#offsets[entry] = offset;
    this.#lengths[entry] = length;
    return entry;
  }

  /** Keeps the slots at most half full. */
  #grow(): void {
    this.#hashes = grown(this.#hashes);
    this.#offsets = grown(this.#offsets);
    this.#lengths = grown(this.#lengths);
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (const old of this.#slots) if (old !== 0) place(slots, mask, this.#hashes[old - 1]!, old);
    this.#slots = slots;
  }
}

function place(slots: Int32Array, mask: number, hash: number, value: number): void {
  let slot = hash & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = value;
}

function grown(column: Uint32Array): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(column.length * 2);
  wider.set(column);
  return wider;
}
