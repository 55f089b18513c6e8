// When requests of one connection were held back, by the client's own pace or by its source: whether one is now and until when, and how much of a
// time that was. Waiting for a quota is not the server's slowness. Must not know why anybody waits.

/** Tells that a request is held back for `ms`; what it answers is called when it goes on, or is given up. */
export type Hold = (why: string, ms: number) => () => void;

export interface Waiting {
  /** "Google's quota: …": what is waited for. */
  readonly why: string;
  /** Epoch ms. */
  readonly untilMs: number;
}

interface Wait extends Waiting {
  readonly fromMs: number;
  toMs?: number;
}

const NOTICEABLE_MS = 1_000;
const isNoticeable = ({ fromMs, untilMs }: Wait): boolean => untilMs - fromMs >= NOTICEABLE_MS;

/** A call that lasts longer than these ended waits are kept is not one of a list. */
const KEPT = 200;

export class Waits {
  readonly #now: () => number;
  readonly #changed: () => void;
  /** In the order they began. */
  readonly #waits: Wait[] = [];

  /** `changed`: `now` may be another. */
  constructor(now: () => number, changed: () => void) {
    this.#now = now;
    this.#changed = changed;
  }

  readonly hold: Hold = (why, ms) => {
    const fromMs = this.#now();
    const wait: Wait = { why, fromMs, untilMs: fromMs + ms };
    this.#waits.push(wait);
    if (this.#waits.length > KEPT) this.#waits.splice(0, 1);
    if (isNoticeable(wait)) this.#changed();
    return () => {
      if (wait.toMs !== undefined) return;
      wait.toMs = this.#now();
      if (isNoticeable(wait)) this.#changed();
    };
  };

  /** The one that goes on first, of those that are worth a word. */
  get now(): Waiting | undefined {
    const [first] = this.#waits.filter((wait) => wait.toMs === undefined && isNoticeable(wait)).toSorted((a, b) => a.untilMs - b.untilMs);
    return first === undefined ? undefined : { why: first.why, untilMs: first.untilMs };
  }

  /** How much of the time until now some request was held back, ms. */
  heldSince(fromMs: number): number {
    const nowMs = this.#now();
    let held = 0;
    let until = fromMs;
    for (const { fromMs: began, toMs = nowMs } of this.#waits) {
      const [from, to] = [Math.max(began, until), Math.min(toMs, nowMs)];
      if (to <= from) continue;
      held += to - from;
      until = to;
    }
    return held;
  }
}
