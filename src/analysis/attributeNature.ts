// What kind of thing an attribute is, told from the words of its key and from its values alone: opaque ids are believed
// less than plain words, and numbers that only say how long it took are no cause of it having taken long.
// Generic by design: must not name any convention's key.
import type { Unusual } from './attributeStats.ts';

const WORDS = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g;
const IDENTITY = new Set(['id', 'ids', 'uid', 'uuid', 'guid', 'pid', 'hash', 'digest', 'fingerprint', 'etag', 'token', 'address', 'port']);
const TIME = new Set(
  ('duration latency elapsed took time times ms millis milliseconds msec ns nanos nanoseconds us micros microseconds ' +
    'sec secs seconds minutes ttft wait waited waiting delay age uptime').split(' '),
);
/** Times that are settings, not measurements. */
const SETTING = new Set(['timeout', 'ttl', 'interval', 'deadline', 'limit', 'max', 'min', 'budget', 'window', 'backoff']);
const OUTCOME = new Set(
  'response output outputs completion result results returned total usage used sum error errors exception status finish finished outcome slow slower late timed exceeded expired breach breached degraded warning alert sla slo'.split(' '),
);
const OPAQUE = /^(?:[0-9a-f]{12,}|[0-9a-f]{8}-[0-9a-f-]{27}|\d{9,})$/i;
const UNITS_NS = [1, 1e3, 1e6, 1e9];

function wordsOf(key: string): string[] {
  return (key.match(WORDS) ?? []).map((word) => word.toLowerCase());
}

/** Added to an attribute's strength when causes are ranked. */
export function weightOf(key: string, unusual: Unusual): number {
  const words = wordsOf(key);
  let weight = 0;
  if (words.some((word) => IDENTITY.has(word))) weight -= 0.3;
  if (unusual.value !== undefined && OPAQUE.test(unusual.value)) weight -= 0.3;
  if (isMeasuredTime(words)) weight -= 0.5;
  if (isOutcome(key)) weight -= 0.1;
  if (unusual.view === 'size' && unusual.value?.endsWith('characters')) weight -= 0.5;
  return weight;
}

/** Something known only when the work was done. */
export const isOutcome = (key: string): boolean => wordsOf(key).some((word) => OUTCOME.has(word));

function isMeasuredTime(words: readonly string[]): boolean {
  return words.some((word) => TIME.has(word)) && !words.some((word) => SETTING.has(word));
}

interface TimedNumber {
  readonly durationNs: number;
  readonly number: number;
}

/** Is the number the time itself, in some unit? By its key and its growth, or, whatever its key, by following every span's duration closely. */
export function restatesTime(key: string, unusual: Unusual, target: TimedNumber, normal: readonly TimedNumber[], deltaNs: number): boolean {
  if (unusual.view !== 'number') return false;
  const grown = unusual.number - unusual.usualNumber;
  if (isMeasuredTime(wordsOf(key)) && UNITS_NS.some((unit) => isWithin(grown * unit, deltaNs, 0.2, 1.3))) return true;
  return UNITS_NS.some((unit) => {
    const close = (one: TimedNumber): boolean => isWithin(one.number * unit, one.durationNs, 0.97, 1.03);
    return close(target) && normal.filter(close).length >= 0.8 * normal.length;
  });
}

const isWithin = (value: number, of: number, low: number, high: number): boolean => of > 0 && value >= low * of && value <= high * of;
