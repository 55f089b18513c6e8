// Ids by value without making a string of each: open addressing over columns of 32-bit words.
// The hash is tabulation hashing with tables drawn at load, so that nobody can send ids that collide on purpose
// (Pătraşcu & Thorup, "The Power of Simple Tabulation Hashing": linear probing stays O(1)). Must not know what the ids name.

const MAX_WORDS = 4;
const TABLES = drawTables();

function drawTables(): Uint32Array {
  const tables = new Uint32Array(MAX_WORDS * 4 * 256);
  for (let i = 0; i < tables.length; i++) tables[i] = Math.floor(Math.random() * 0x1_0000_0000);
  return tables;
}

function hashWords(column: Uint32Array, at: number, words: number): number {
  let hash = 0;
  for (let k = 0; k < words; k++) {
    const word = column[at + k]!;
    const table = k << 10;
    hash ^=
      TABLES[table + (word & 255)]! ^
      TABLES[table + 256 + ((word >>> 8) & 255)]! ^
      TABLES[table + 512 + ((word >>> 16) & 255)]! ^
      TABLES[table + 768 + (word >>> 24)]!;
  }
  return hash >>> 0;
}

/** Finds entries of `column` (entry i is words i·w … i·w+w-1) by value. Holds at most `capacity` entries. */
export class WordTable {
  readonly #column: Uint32Array;
  readonly #words: number;
  readonly #mask: number;
  /** entry + 1; 0 is free */
  readonly #slots: Uint32Array;

  constructor(column: Uint32Array, words: 2 | 4, capacity: number) {
    this.#column = column;
    this.#words = words;
    const size = 2 ** Math.ceil(Math.log2(Math.max(4, 2 * capacity)));
    this.#mask = size - 1;
    this.#slots = new Uint32Array(size);
  }

  /** The entry already there with this value, or -1 after adding this one. */
  add(entry: number): number {
    const slot = this.#slot(this.#column, entry * this.#words);
    const found = this.#slots[slot]!;
    if (found !== 0) return found - 1;
    this.#slots[slot] = entry + 1;
    return -1;
  }

  /** The entry whose value is the words of `column` from `at`; -1 where there is none. */
  find(column: Uint32Array, at: number): number {
    return this.#slots[this.#slot(column, at)]! - 1;
  }

  #slot(column: Uint32Array, at: number): number {
    const words = this.#words;
    const own = this.#column;
    let slot = hashWords(column, at, words) & this.#mask;
    for (;;) {
      const found = this.#slots[slot]!;
      if (found === 0) return slot;
      const base = (found - 1) * words;
      let k = 0;
      while (k < words && own[base + k] === column[at + k]) k++;
      if (k === words) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }
}
