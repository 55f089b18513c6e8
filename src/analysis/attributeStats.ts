// Is this value of one attribute unusual beside the values of normal traces, and do the other slow ones share it?
// Knows values and statistics only; must not know spans, services or the meaning of any key.
// Values that always differ cannot be unusual: the chance of meeting a new one is estimated from those met once (Good–Turing).
import type { Feature } from './attributeFeatures.ts';
import { madSigma, median, quantile, sorted } from './robust.ts';

/** What one attribute was in comparable spans; undefined where the span had no such attribute. */
export interface AttributeSamples {
  readonly normal: readonly (Feature | undefined)[];
  readonly slow: readonly (Feature | undefined)[];
  /** Which trace each of `normal` is of; each of its own where absent. */
  readonly traces?: readonly number[];
}

export interface Unusual {
  /** log10 of how many times rarer than chance, with what the other slow traces say; comparable between attributes. */
  readonly strength: number;
  /** As text; undefined where the attribute is missing here. */
  readonly value: string | undefined;
  /** As text; undefined where it is usually missing. */
  readonly usual: string | undefined;
  /** Which side of the value was compared. */
  readonly view: 'number' | 'size' | 'value' | 'shape' | 'present' | 'missing';
  readonly number: number;
  readonly usualNumber: number;
}

const FEWEST_SAMPLES = 8;
const ABSENT = '\u0000absent';
const SEVERAL = -1;

export function unusualValue(target: Feature | undefined, samples: AttributeSamples): Unusual | undefined {
  const { normal } = samples;
  if (normal.length < FEWEST_SAMPLES) return undefined;
  const present = normal.filter((feature) => feature !== undefined);
  const presence = target === undefined || present.length < FEWEST_SAMPLES || present.length < normal.length / 10;
  if (presence) return unusualPresence(target, samples, present);
  const numbers = present.filter((feature) => !Number.isNaN(feature.number));
  const found: (Unusual | undefined)[] = [];
  if (!Number.isNaN(target.number) && numbers.length >= 0.8 * present.length) {
    found.push(unusualNumber(target, samples, (feature) => feature.number, 'number'));
    if (isEnumeration(target.number, numbers)) found.push(unusualCategory(target, samples, (feature) => feature.text, 'value'));
  } else {
    found.push(unusualCategory(target, samples, (feature) => feature.text, 'value'));
    // Digits alone are no shape of their own: now and then an id happens to have no letter.
    if (target.shape !== 'number') found.push(unusualCategory(target, samples, (feature) => feature.shape, 'shape'));
    // How long a text is tells less than what it says.
    if (target.sizeUnit !== 'characters' || found.every((one) => one === undefined)) found.push(unusualNumber(target, samples, (feature) => feature.size, 'size'));
  }
  return found.reduce((best, one) => (one !== undefined && (best === undefined || one.strength > best.strength) ? one : best), undefined);
}

function unusualPresence(target: Feature | undefined, { normal, slow }: AttributeSamples, present: readonly Feature[]): Unusual | undefined {
  const like = (feature: Feature | undefined): boolean => (feature === undefined) === (target === undefined);
  const strength = strengthOf(normal.filter(like).length, normal.length, slow.filter(like).length, slow.length);
  if (strength === undefined) return undefined;
  const usual = target === undefined ? mostCommon(present.map((feature) => feature.text)) : undefined;
  return {
    strength,
    value: target?.text,
    usual,
    view: target === undefined ? 'missing' : 'present',
    number: target?.number ?? Number.NaN,
    usualNumber: Number.NaN,
  };
}

/** A text, or a number that names something, never or hardly ever met. */
function unusualCategory(target: Feature, samples: AttributeSamples, of: (feature: Feature) => string, view: 'value' | 'shape'): Unusual | undefined {
  const textOf = (feature: Feature | undefined): string => (feature === undefined ? ABSENT : of(feature));
  const counts = new Map<string, { spans: number; trace: number }>();
  samples.normal.forEach((feature, i) => {
    const trace = samples.traces?.[i] ?? i;
    const met = counts.get(textOf(feature));
    if (met === undefined) counts.set(textOf(feature), { spans: 1, trace });
    else Object.assign(met, { spans: met.spans + 1, trace: met.trace === trace ? trace : SEVERAL });
  });
  const own = counts.get(of(target))?.spans ?? 0;
  let tail = 0;
  let once = 0;
  for (const { spans, trace } of counts.values()) {
    if (spans <= own) tail += spans;
    // All spans of a trace may share what no other trace has, such as its host.
    if (trace !== SEVERAL) once += spans;
  }
  const like = (feature: Feature | undefined): boolean => textOf(feature) === of(target);
  const rare = own === 0 ? once : tail;
  // The more words there are the likelier one comes up that had not been met.
  const variety = 0.05 * Math.min(counts.size - 1, 6);
  const strength = strengthOf(rare, samples.normal.length, samples.slow.filter(like).length, samples.slow.length, variety);
  if (strength === undefined) return undefined;
  const usualText = mostCommon(samples.normal.map((feature) => feature?.text ?? ABSENT));
  return {
    strength,
    value: target.text,
    usual: usualText === ABSENT ? undefined : usualText,
    view,
    number: target.number,
    usualNumber: Number(usualText),
  };
}

/** A number far from where the normal ones are, on the linear and on the logarithmic scale. */
function unusualNumber(target: Feature, samples: AttributeSamples, of: (feature: Feature) => number, view: 'number' | 'size'): Unusual | undefined {
  const value = of(target);
  const numbers = sorted(samples.normal.map((feature) => (feature === undefined ? Number.NaN : of(feature))).filter((number) => !Number.isNaN(number)));
  if (Number.isNaN(value) || numbers.length < FEWEST_SAMPLES) return undefined;
  const middle = median(numbers);
  if (!isFar(value, middle, numbers, view === 'size' && target.sizeUnit === 'characters')) return undefined;
  const half = halfWay(value, middle, numbers);
  const beyond = (number: number): boolean => (value > middle ? number >= half : number <= half);
  const slow = samples.slow.map((feature) => feature !== undefined && beyond(of(feature)));
  const strength = strengthOf(numbers.filter(beyond).length, numbers.length, slow.filter(Boolean).length, slow.length);
  if (strength === undefined) return undefined;
  const unit = view === 'size' && target.sizeUnit !== 'none' ? ` ${target.sizeUnit}` : '';
  const magnitude = value > 0 && middle > 0 ? Math.min(0.75, Math.abs(Math.log10(value / middle)) / 2) : 0.35;
  return {
    strength: strength + magnitude - 0.35,
    value: view === 'number' ? target.text : `${value}${unit}`,
    usual: view === 'number' ? samples.normal.find((feature) => feature?.number === middle)!.text : `${middle}${unit}`,
    view,
    number: value,
    usualNumber: middle,
  };
}

function isFar(value: number, middle: number, numbers: Float64Array, freeText: boolean): boolean {
  // As far below the least as the half of it.
  if (isNone(value, numbers)) return Math.log(middle / (numbers[0]! / 2)) >= logRange(numbers);
  const away = Math.abs(value - middle);
  const spread = Math.max(madSigma(numbers), (quantile(numbers, 0.95) - quantile(numbers, 0.05)) / 3.29, Math.abs(middle) * 0.02);
  if (away === 0 || away < (freeText ? 6 : 4) * spread) return false;
  if (!(value > 0 && middle > 0)) return away >= 1 || spread > 0;
  const ratio = Math.max(value / middle, middle / value);
  if (ratio < (freeText ? 4 : 1.5)) return false;
  return Math.log(ratio) >= 3.5 * logSpreadOf(numbers);
}

/** Three standard deviations of the logarithms, as their middle nine tenths tell it. */
const logRange = (positive: Float64Array): number => (3 * Math.log(quantile(positive, 0.95) / quantile(positive, 0.05))) / 3.29;

function logSpreadOf(numbers: Float64Array): number {
  const logs = numbers.filter((number) => number > 0).map(Math.log);
  return Math.max(madSigma(logs), (quantile(logs, 0.95) - quantile(logs, 0.05)) / 3.29);
}

/** None where there always is some: no token left, no worker. */
const isNone = (value: number, ascending: Float64Array): boolean => value === 0 && ascending[0]! > 0;

function halfWay(value: number, middle: number, ascending: Float64Array): number {
  // Where some have one, none is but one less.
  if (isNone(value, ascending)) return ascending[0]! > 1 ? ascending[0]! / 2 : ascending[0]!;
  return value > 0 && middle > 0 ? Math.sqrt(value * middle) : (value + middle) / 2;
}

/** A number that names something: few values are known, and this one lies outside them or in a hole between them. */
function isEnumeration(value: number, numbers: readonly Feature[]): boolean {
  const distinct = [...new Set(numbers.map((feature) => feature.number))].sort((a, b) => a - b);
  if (distinct.length <= 3) return true;
  if (distinct.length > 12) return false;
  const range = distinct.at(-1)! - distinct[0]!;
  return value > distinct.at(-1)! + 0.3 * range || value < distinct[0]! - 0.3 * range;
}

/**
 * `like` of `normal` values are like this one (or would be: the chance of a new one), `shared` of `slow` too.
 * undefined: not rare enough to speak of. Where no other slow trace shares it, one exception in a hundred normal ones is allowed, one at least.
 * `penalty` is taken off before it is judged.
 */
export function strengthOf(like: number, normal: number, shared: number, slow: number, penalty = 0): number | undefined {
  const chance = (like + 0.5) / (normal + 1);
  const doubt = slow === 0 ? 0 : Math.max(-0.45, Math.log10((shared + 0.7) / (slow + 1) / 0.7));
  const support = shared < 0.3 * slow ? doubt : doubt + 0.4 * Math.min(shared, 3);
  const strength = -Math.log10(chance) + support - penalty;
  const needed = Math.min(2, Math.log10((normal + 1) / 1.6));
  return strength >= needed && chance < 0.1 ? strength : undefined;
}

function mostCommon(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  let best: string | undefined;
  for (const text of texts) {
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    if (best === undefined || count > counts.get(best)!) best = text;
  }
  return best;
}
