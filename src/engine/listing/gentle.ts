// How much a search may move. A source whose lists carry whole traces starts with ten, asks for as many as fit a few MB by what came so far,
// and stops at 32 MiB or 15 s a search. Lists of summaries are asked in full pages. Must not know any source.
import type { SourceCapabilities } from '../backends/source.ts';

const FIRST_WHOLE_TRACES = 10;
const PAGE_BYTES = 4 * 1024 * 1024;
const SEARCH_BYTES = 32 * 1024 * 1024;
const SEARCH_MS = 15_000;
/** Summaries are small: one request for what the tree, the slow rule and the error scan need. */
const SUMMARIES = 100;
/** By so much a search of whole traces widens at once, where as many fit. */
const WIDER = 10;

export class Gentle {
  readonly #wholeTraces: boolean;
  readonly #now: () => number;
  #bytes = 0;
  #traces = 0;
  #searchBytes = 0;
  #searchFrom: number;

  constructor({ wholeTraces }: SourceCapabilities, now: () => number) {
    this.#wholeTraces = wholeTraces;
    this.#now = now;
    this.#searchFrom = now();
  }

  pageLimit(wanted: number): number {
    // One more than is wanted: a page without it was all there was, and behind it all newer ones are complete.
    if (!this.#wholeTraces) return Math.max(SUMMARIES, wanted) + 1;
    if (this.#traces === 0) return FIRST_WHOLE_TRACES;
    const fitting = Math.floor(PAGE_BYTES / Math.max(1, this.#bytes / this.#traces));
    return Math.max(1, Math.min(wanted, fitting, WIDER * this.#traces));
  }

  /** A new search of the user's begins. */
  begin(): void {
    this.#searchBytes = 0;
    this.#searchFrom = this.#now();
  }

  answered(bytes: number, traces: number): void {
    this.#bytes += bytes;
    this.#traces += traces;
    this.#searchBytes += bytes;
  }

  /** Why this search stops here; undefined while it may go on. */
  stopped(): string | undefined {
    if (!this.#wholeTraces) return undefined;
    if (this.#searchBytes >= SEARCH_BYTES) return `It stopped after ${SEARCH_BYTES / 1048576} MB of traces`;
    return this.#now() - this.#searchFrom >= SEARCH_MS ? `It stopped after ${SEARCH_MS / 1000} s` : undefined;
  }
}
