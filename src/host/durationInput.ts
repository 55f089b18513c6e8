// A duration as a person types it → ns: `250`, `250ms`, `1.5 s`, `2 min`, `900 us`. A bare number is milliseconds. Pure.

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, sec: 1e9, m: 60e9, min: 60e9, h: 3600e9 };

/** undefined where it is not one. */
export function durationInput(text: string): number | undefined {
  const match = /^(\d+(?:[.,]\d+)?)\s*([a-zµμ]*)$/i.exec(text.trim());
  if (match === null) return undefined;
  const unit = match[2] === '' ? 1e6 : UNITS[match[2]!.toLowerCase()];
  if (unit === undefined) return undefined;
  const ns = Math.round(Number(match[1]!.replace(',', '.')) * unit);
  return Number.isSafeInteger(ns) ? ns : undefined;
}
