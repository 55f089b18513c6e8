// Gathers changed trace ids and tells them at most four times a second. Owns nothing but the wait.

const INTERVAL_MS = 250;
/** More at once are no news about single traces: an empty list says "much has changed". */
const MOST = 2_000;

export class ChangeNotifier {
  readonly #tell: (traceIds: readonly string[]) => void;
  readonly #ids = new Set<string>();
  #changed = false;
  #toldAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (traceIds: readonly string[]) => void) {
    this.#tell = tell;
  }

  /** Empty: something changed that is not about single traces. */
  add(traceIds: Iterable<string>): void {
    this.#changed = true;
    for (const traceId of traceIds) if (this.#ids.size <= MOST) this.#ids.add(traceId);
    this.#timer ??= setTimeout(() => this.#flush(), Math.max(0, this.#toldAt + INTERVAL_MS - performance.now()));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changed = false;
  }

  #flush(): void {
    this.#timer = undefined;
    if (!this.#changed) return;
    const ids = this.#ids.size > MOST ? [] : [...this.#ids];
    this.#ids.clear();
    this.#changed = false;
    this.#toldAt = performance.now();
    this.#tell(ids);
  }
}
