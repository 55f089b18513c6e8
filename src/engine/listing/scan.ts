// The traces of one question to one source as a list that grows: lists, the slow rule and the error scan read the same one, so that a
// server is asked once for all of them. One request at a time. Must not know what is read out of it.
import type { SourceTrace } from '../backends/source.ts';
import { Gentle } from './gentle.ts';
import { timeText, TraceStream, type StreamOptions } from './traceStream.ts';

export interface ScanOptions extends Omit<StreamOptions, 'pageLimit'> {
  readonly now: () => number;
  /** Bytes received by the connection so far. */
  readonly received: () => number;
}

export class Scan {
  readonly found: SourceTrace[] = [];
  readonly madeMs: number;
  readonly #stream: TraceStream;
  readonly #gentle: Gentle;
  #turn: Promise<unknown> = Promise.resolve();
  #stopped: string | undefined;

  constructor(options: ScanOptions) {
    this.madeMs = options.now();
    this.#gentle = new Gentle(options.capabilities, options.now);
    this.#stream = new TraceStream({
      ...options,
      pageLimit: (wanted) => this.#gentle.pageLimit(wanted),
      ask: async (query, signal) => {
        const before = options.received();
        const page = await options.ask(query, signal);
        this.#gentle.answered(options.received() - before, page.traces.length);
        return page;
      },
    });
  }

  get ended(): boolean {
    return this.#stream.ended;
  }

  get notes(): readonly string[] {
    return this.#stopped === undefined ? this.#stream.notes : [...this.#stream.notes, `${this.#stopped}; "Load more" goes on.`];
  }

  /** Epoch ns back to which everything was searched. */
  get searchedTo(): bigint {
    return this.#stream.searchedTo;
  }

  /** "the latest 400 traces (since 2026-08-21 09:30 UTC)": how far was looked. */
  get reach(): string {
    return `the latest ${this.found.length} ${this.found.length === 1 ? 'trace' : 'traces'} (since ${timeText(this.#stream.searchedTo).slice(0, 16).replace('T', ' ')} UTC)`;
  }

  /** Grows to `count`, or as far as it goes in this search. */
  ensure(count: number, signal: AbortSignal): Promise<void> {
    const turn = this.#turn.then(() => this.#grow(count, signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** The user asked again: the bounds of one search begin anew. */
  begin(): void {
    this.#gentle.begin();
    this.#stopped = undefined;
  }

  async #grow(count: number, signal: AbortSignal): Promise<void> {
    while (this.found.length < count && !this.#stream.ended && this.#stopped === undefined) {
      const more = await this.#stream.next(count - this.found.length, signal);
      this.found.push(...more);
      this.#stopped = this.#gentle.stopped();
      if (more.length === 0) return;
    }
  }
}
