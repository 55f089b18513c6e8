// Collects a batch's warnings: the first few dozen as sentences, the rest counted. Must not know what they are about.

const KEPT = 24;

export class WarningList {
  readonly #sentences: string[] = [];
  #count = 0;

  /** True while a further sentence is kept; spares the callers of building the ones that are not. */
  get open(): boolean {
    return this.#sentences.length < KEPT;
  }

  add(sentence: string): void {
    this.#count++;
    if (this.open) this.#sentences.push(sentence);
  }

  /** Counts one that nobody built a sentence for. */
  addUnnamed(): void {
    this.#count++;
  }

  addAll(sentences: readonly string[]): void {
    for (const sentence of sentences) this.add(sentence);
  }

  get sentences(): readonly string[] {
    const more = this.#count - this.#sentences.length;
    return more === 0 ? [...this.#sentences] : [...this.#sentences, `${more} further warnings are not listed.`];
  }
}
