// One string table for the spans of many batches. Must not know what the strings are.

/** Indices into `strings`, in order of first use. */
export class StringTable {
  readonly strings: string[] = [];
  readonly #indices = new Map<string, number>();

  index(text: string): number {
    const known = this.#indices.get(text);
    if (known !== undefined) return known;
    this.#indices.set(text, this.strings.length);
    return this.strings.push(text) - 1;
  }

  /**
   * A view of another table: its index → ours. Remembers what it has looked up when `uses` is worth an array of `size`
   * (a trace of twenty spans in a batch of a thousand strings is not).
   */
  from(size: number, uses: number, text: (index: number) => string): (index: number) => number {
    if (uses * 4 < size) return (index) => this.index(text(index));
    const seen = new Uint32Array(size);
    return (index) => {
      const known = seen[index];
      if (known !== undefined && known !== 0) return known - 1;
      const mine = this.index(text(index));
      if (index < size) seen[index] = mine + 1;
      return mine;
    };
  }
}
