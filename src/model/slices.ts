// Long work in slices: a generator that yields every few milliseconds, run to its end at once or with pauses between,
// so that a million spans do not hold up whoever shares the thread. Must not know what the work is.

/** Work that can be interrupted at every yield. */
export type Steps<T> = Generator<void, T, void>;

/** How many rows a slice of a simple pass takes: 1–5 ms. */
export const SLICE_ROWS = 32_768;

export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

export interface SliceOptions {
  /** Gives way to whoever waits, e.g. the next turn of the event loop. */
  readonly pause: () => Promise<void>;
  /** ms of work between pauses. */
  readonly budgetMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Throws the signal's reason when it is aborted. */
export async function runInSlices<T>(steps: Steps<T>, { pause, budgetMs, signal }: SliceOptions): Promise<T> {
  let since = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - since < budgetMs) continue;
    await pause();
    since = performance.now();
  }
}
