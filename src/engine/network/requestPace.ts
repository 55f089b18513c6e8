// At most so many requests a minute, as the user or a quota says: who comes too early gets a place later on, in order. Counts every request
// that goes out, retries and redirects too. Must not know what is asked.

const MINUTE_MS = 60_000;

export class RequestPace {
  readonly #perMinute: number;
  readonly #now: () => number;
  /** When the requests of the last minute went out and those that wait will, in order. */
  #places: number[] = [];

  /** `perMinute`: undefined or 0: no limit. */
  constructor(perMinute: number | undefined, now: () => number) {
    this.#perMinute = Math.max(0, Math.ceil(perMinute ?? 0));
    this.#now = now;
  }

  /** Takes the next place: its time, epoch ms, which is now where nothing need be waited for. */
  take(): number {
    const now = this.#now();
    if (this.#perMinute === 0) return now;
    this.#places = this.#places.filter((place) => place > now - MINUTE_MS);
    const before = this.#places.at(-this.#perMinute);
    const place = before === undefined ? now : Math.max(now, before + MINUTE_MS, this.#places.at(-1)!);
    this.#places.push(place);
    return place;
  }

  /** Of one who was cancelled while waiting. */
  giveBack(place: number): void {
    const at = this.#places.lastIndexOf(place);
    if (at >= 0) this.#places.splice(at, 1);
  }

  get sentence(): string {
    return `${this.#perMinute} request${this.#perMinute === 1 ? '' : 's'} a minute`;
  }
}
