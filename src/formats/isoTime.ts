// ISO 8601 instants ("2025-10-30T08:45:43.214Z") ⇄ epoch ns, to the last digit given: Date knows milliseconds only. Must not know whose they are.

const INSTANT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?$/i;

/** Without a zone it is UTC. undefined for what is no instant since 1970. */
export function isoNanos(value: unknown): bigint | undefined {
  if (typeof value !== 'string') return undefined;
  const match = INSTANT.exec(value.trim());
  if (match === null) return undefined;
  const [, day, time, fraction = '', zone = 'Z'] = match;
  const ms = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(ms) || ms < 0 ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** Milliseconds, rounded down or up. */
export const isoDown = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();
export const isoUp = (ns: bigint): string => isoDown(ns + 999_999n);
