// What kind of thing an attribute is, told from the words of its key and from its values alone: opaque ids are believed
// less than plain words, and numbers that only say how long it took are no cause of it having taken long.
// Generic by design: must not name any convention's key.
import { amountOf } from './amounts.ts';
import type { Unusual } from './attributeStats.ts';
import { madSigma, median, sorted } from './robust.ts';

const WORDS = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g;
const IDENTITY = new Set(['id', 'ids', 'uid', 'uuid', 'guid', 'pid', 'hash', 'digest', 'fingerprint', 'etag', 'token', 'address', 'port']);
const TIME = new Set(
  ('duration latency elapsed took time times ms millis milliseconds msec ns nanos nanoseconds us micros microseconds ' +
    'sec secs seconds minutes ttft wait waited waiting delay age uptime wall clock').split(' '),
);
/** Times that are settings, not measurements. */
const SETTING = new Set(['timeout', 'ttl', 'interval', 'deadline', 'limit', 'max', 'min', 'budget', 'window', 'backoff']);
const OUTCOME = new Set(
  'response output outputs completion result results returned total usage used sum error errors exception status finish finished outcome slow slower late timed exceeded expired breach breached degraded warning alert sla slo'.split(' '),
);
/** Made of amounts, and sometimes of time. */
const PRICE = new Set(['cost', 'costs', 'price', 'usd', 'eur', 'cents', 'billed', 'credits']);
const VERDICT = new Set(['slow', 'slower', 'breach', 'breached', 'sla', 'slo']);
const LONG = /slow|long|high|late|over|[<>≥≤]|(?:^|[^a-z])[gl]te?(?:[^a-z]|$)|\d\s*(?:ms|s|sec|seconds?|min)?\b/i;
const RATE = new Set(['throughput', 'rate', 'per', 'qps', 'rps', 'tps', 'speed', 'bandwidth']);
const FEWEST = 8;
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
  // Work that broke off leaves out what it would have said.
  if (unusual.view === 'missing') weight -= 0.2;
  if (words.some((word) => PRICE.has(word))) weight -= 0.25;
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

/**
 * Is the value the time itself, or what was made of it? A number by its key and its growth, or, whatever its key, by being every
 * span's duration in some unit, or as many times it, or as many times its inverse (a rate, a price); a word by saying "slow".
 */
export function restatesTime(key: string, unusual: Unusual, target: TimedNumber, normal: readonly TimedNumber[], deltaNs: number): boolean {
  const words = wordsOf(key);
  const time = isMeasuredTime(words);
  if (unusual.view !== 'number') return isVerdict(words, time, unusual.value);
  const grown = unusual.number - unusual.usualNumber;
  if (time && UNITS_NS.some((unit) => isWithin(grown * unit, deltaNs, 0.2, 1.3))) return true;
  if (isFallenRate(words, unusual, target, normal)) return true;
  const step = grainOf(unusual);
  return UNITS_NS.some((unit) => isDuration(unit, step, time, target, normal)) || isProportional(target, normal, 1) || isProportional(target, normal, -1);
}

/** A word for how long it took: `slo.breached` true, `latency.bucket` >1s. */
function isVerdict(words: readonly string[], time: boolean, value: string | undefined): boolean {
  if (words.some((word) => VERDICT.has(word))) return value === undefined || /^(?:true|false|yes|no)$/i.test(value);
  return time && value !== undefined && LONG.test(value);
}

function isDuration(unit: number, step: number, time: boolean, target: TimedNumber, normal: readonly TimedNumber[]): boolean {
  const close = ({ number, durationNs }: TimedNumber): boolean => {
    if (durationNs <= 0) return false;
    const grain = (step / 2) * unit;
    // Rounded to whole units nearly any number is some time: its key must say so.
    const rounding = time || durationNs >= 5 * grain ? grain : 0;
    return Math.abs(number * unit - durationNs) <= 0.03 * durationNs + rounding;
  };
  return close(target) && normal.filter(close).length >= 0.8 * normal.length;
}

/** Does the number follow the durations, or their inverse, far more closely than the durations follow one another? */
function isProportional(target: TimedNumber, normal: readonly TimedNumber[], power: 1 | -1): boolean {
  const told = normal.filter(({ number, durationNs }) => number > 0 && durationNs > 0);
  if (told.length < FEWEST || told.length < 0.8 * normal.length || target.number <= 0 || target.durationNs <= 0) return false;
  const factorOf = ({ number, durationNs }: TimedNumber): number => Math.log(number) - power * Math.log(durationNs);
  const factors = sorted(told.map(factorOf));
  const spread = madSigma(factors);
  const durations = madSigma(sorted(told.map(({ durationNs }) => Math.log(durationNs))));
  return spread < 0.02 && durations > 0.03 && durations > 4 * spread && Math.abs(factorOf(target) - median(factors)) < 0.05;
}

/** A rate by its key that fell by about as much as the time grew: the work was the same. */
function isFallenRate(words: readonly string[], unusual: Unusual, target: TimedNumber, normal: readonly TimedNumber[]): boolean {
  if (!words.some((word) => RATE.has(word)) || words.some((word) => SETTING.has(word)) || !(unusual.number > 0) || unusual.number >= unusual.usualNumber) return false;
  const slower = target.durationNs / median(sorted(normal.map(({ durationNs }) => durationNs)));
  return isWithin(unusual.usualNumber / unusual.number, slower, 1 / 1.5, 1.5);
}

/** What the last digit of a number and of what is usual is worth: 0.01 of "0.12", 1 of "120", 1e9 of "3s" (ns). */
function grainOf({ value, usual }: Unusual): number {
  return Math.min(...[value, usual].map((text = '') => amountOf(text)?.grain ?? 10 ** -(/\.(\d+)$/.exec(text)?.[1]?.length ?? 0)));
}

const isWithin = (value: number, of: number, low: number, high: number): boolean => of > 0 && value >= low * of && value <= high * of;
