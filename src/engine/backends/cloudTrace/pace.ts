// Holds calls back to so many in a time: Google shares one small quota among everybody who looks at a project. Waiting is told, and ends with
// the caller's signal. Must not know what is called.
import { pausedFor } from '../../network/abortable.ts';
import { BackendError } from '../backend.ts';

export interface PaceOptions {
  readonly calls: number;
  readonly perMs: number;
  readonly now: () => number;
  /** Waits, rejects on abort; tests give their own clock. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export class Pace {
  readonly #options: PaceOptions;
  /** When the latest calls began. */
  readonly #begun: number[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Comes back when one more call may begin, with how long that took, ms. In turn: who came first goes first. `hold` is told of a wait, and what it answers of its end. */
  ready(hold: (ms: number) => (() => void) | undefined, signal: AbortSignal): Promise<number> {
    const mine = this.#turn.then(() => this.#ready(hold, signal));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #ready(hold: (ms: number) => (() => void) | undefined, signal: AbortSignal): Promise<number> {
    const { calls, perMs, now } = this.#options;
    const from = now();
    while (this.#begun.length > 0 && this.#begun[0]! <= now() - perMs) this.#begun.shift();
    const oldest = this.#begun.length < calls ? undefined : this.#begun[this.#begun.length - calls]!;
    if (oldest !== undefined) {
      const ms = Math.max(0, oldest + perMs - now());
      const goesOn = hold(ms);
      await (this.#options.wait ?? pausedFor)(ms, signal).finally(goesOn);
    }
    if (signal.aborted) throw new BackendError('aborted', 'It was cancelled.');
    this.#begun.push(now());
    return now() - from;
  }

  /** How many calls began within the time. */
  get recent(): number {
    const since = this.#options.now() - this.#options.perMs;
    return this.#begun.filter((at) => at > since).length;
  }
}
