// Long work in this thread gives way after so many ms, so that requests and aborts are served in between.

/** Far below the 50 ms that anyone may be held up. */
const SLICE_MS = 8;

export class Pacer {
  readonly #budgetMs: number;
  #since = performance.now();

  constructor(budgetMs = SLICE_MS) {
    this.#budgetMs = budgetMs;
  }

  get spent(): boolean {
    return performance.now() - this.#since >= this.#budgetMs;
  }

  /** The next turn of the event loop, if this one was used up. */
  async breathe(): Promise<void> {
    if (this.spent) await this.pause();
  }

  async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }

  get budgetMs(): number {
    return this.#budgetMs;
  }
}
