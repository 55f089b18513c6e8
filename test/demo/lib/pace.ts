// The demo's clock: everything a real model or network would wait for, divided by one factor that is printed at the start.

export const TIME_SCALE = Number(process.env['DEMO_TIME_SCALE'] ?? 10);

/** Waits as long as the real thing would, scaled. */
export function pause(realMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, realMs / TIME_SCALE));
}

/** A seeded generator (mulberry32): the same conversations on every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
