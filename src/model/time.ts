// Times: two 32-bit words of epoch nanoseconds ⇄ bigint, and durations as people read them (design/README.md "Numbers").

export const NS_PER_US = 1_000;
export const NS_PER_MS = 1_000_000;
export const NS_PER_S = 1_000_000_000;

/** Epoch ns of entry i of a [low, high] word column. */
export function nanosAt(column: Uint32Array, i: number): bigint {
  return (BigInt(column[2 * i + 1]!) << 32n) | BigInt(column[2 * i]!);
}

/** Exact below 2^53 ns (104 days): difference of two word times in ns. */
export function nanosBetween(fromLow: number, fromHigh: number, toLow: number, toHigh: number): number {
  return (toHigh - fromHigh) * 4294967296 + (toLow - fromLow);
}

/** Three significant figures, unit always: `980 ns`, `1.80 ms`, `8.41 s`, `2 min 3 s`, `3 h 12 min`, `4 d 2 h`. */
export function formatDuration(ns: number): string {
  if (!Number.isFinite(ns)) return '?';
  const abs = Math.abs(ns);
  if (abs < 999.5) return `${Math.round(ns)} ns`;
  if (abs < 999.5 * NS_PER_US) return `${significant(ns / NS_PER_US)} µs`;
  if (abs < 999.5 * NS_PER_MS) return `${significant(ns / NS_PER_MS)} ms`;
  if (abs < 59.95 * NS_PER_S) return `${significant(ns / NS_PER_S)} s`;
  const sign = ns < 0 ? '-' : '';
  const seconds = Math.round(abs / NS_PER_S);
  if (seconds < 3600) return `${sign}${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${sign}${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  return `${sign}${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function significant(value: number): string {
  const abs = Math.abs(value);
  return value.toFixed(abs < 9.995 ? 2 : abs < 99.95 ? 1 : 0);
}
