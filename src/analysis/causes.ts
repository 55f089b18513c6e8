// Which unusual attribute may have made an operation slow: its own, its parents', those of spans that had ended before it
// began, and those of what ran inside it. What came later cannot be a cause; what only restates the time is none.
// Must not know how slowness was found (slowOperations) nor any convention's keys.
import { strengthOf, unusualValue, type Unusual } from './attributeStats.ts';
import type { CohortBuilder, SpanSample, TargetOperation } from './cohort.ts';
import { isOutcome, restatesTime, weightOf } from './attributeNature.ts';
import type { SlowOperation } from './slowOperation.ts';

export interface Cause {
  /** Row of the span that carries the attribute. */
  readonly row: number;
  readonly attribute: string;
  readonly place: Place;
  readonly unusual: Unusual;
  readonly score: number;
}

/** Where the attribute is, seen from the slow span. */
export type Place = 'own' | 'before' | 'parent' | 'ancestor' | 'earlier' | 'inside' | 'resource';

/** How readily an attribute there is believed, in the unit of Unusual.strength. */
const PRIOR: Readonly<Record<Place, number>> = { before: 0.4, own: 0.35, resource: 0.3, earlier: 0.25, parent: 0.25, ancestor: 0.1, inside: 0.1 };

/** A name of the slow span itself (its model, its mode) is worth as much as an amount many times the usual before it. */
const OWN_NAME = 0.3;

/** Closer than this, order in time decides. */
const SAME_STRENGTH = 0.3;

/** A span whose end is this share of its length after that of work behind a queue may have waited for it. */
const AWAITED = 0.1;

/** Meeting a word nowhere in an operation's samples is this unlikely before its rarity elsewhere stops counting. */
const UNLIKELY = 0.05;

/** Calls of which each must have a value of its own for it to tell them apart. */
const FEWEST_CALLS = 3;

/** Best first; at most one an attribute key. */
export function causesOf(cohort: CohortBuilder, slow: SlowOperation): Cause[] {
  const normal = new Uint8Array(cohort.size);
  const others = new Uint8Array(cohort.size);
  for (const i of slow.normal) normal[i] = 1;
  for (const i of slow.slow) others[i] = 1;
  const best = new Map<string, Cause>();
  const scan = new Scan(cohort, slow, normal, others);
  for (const operation of cohort.operations.values()) {
    for (const sample of operation.samples) {
      const place = placeOf(cohort, slow, operation, sample.row);
      if (place === undefined) continue;
      for (const cause of scan.causesAt(operation, sample, place)) {
        const known = best.get(cause.attribute);
        if (known === undefined || cause.score > known.score) best.set(cause.attribute, cause);
      }
    }
  }
  return earliestFirst(cohort, [...best.values()].sort((a, b) => b.score - a.score || a.row - b.row));
}

/**
 * Of causes about as strong as the strongest the one known first leads: what came after it may be its consequence. A span
 * around the slow one mostly carries what was asked for, known when it began; its outcome was known when it ended.
 */
function earliestFirst(cohort: CohortBuilder, causes: Cause[]): Cause[] {
  const { start } = cohort.profile;
  const { duration } = cohort.target;
  const strong = causes.filter((cause) => cause.score >= causes[0]!.score - SAME_STRENGTH);
  const known = ({ row, place, attribute, unusual }: Cause): number => {
    if (isOutcome(attribute)) return start[row]! + duration[row]!;
    // What names something (a model, a mode, a flag) is no consequence of amounts before it.
    if (place === 'own' && isName(unusual)) return Number.NEGATIVE_INFINITY;
    return place === 'parent' || place === 'ancestor' ? start[row]! : start[row]! + duration[row]!;
  };
  strong.sort((a, b) => known(a) - known(b) || b.score - a.score);
  return [...strong, ...causes.slice(strong.length)];
}

function isName({ value, view, number }: Unusual): boolean {
  return Number.isNaN(number) && (view === 'value' || view === 'present' || view === 'missing') && !/^[[{]/.test(value ?? '');
}

function placeOf(cohort: CohortBuilder, slow: SlowOperation, operation: TargetOperation, row: number): Place | undefined {
  const { target } = cohort;
  const { start } = cohort.profile;
  if (operation.rows === slow.operation.rows) return slow.ordinal >= 0 && row !== slow.row ? undefined : 'own';
  if (row < slow.row && target.subtreeEnd[row]! > slow.row) return target.parent[slow.row] === row ? 'parent' : 'ancestor';
  if (row > slow.row && row < target.subtreeEnd[slow.row]!) return 'inside';
  const began = start[slow.row]!;
  const tolerance = 0.01 * target.duration[slow.row]!;
  const end = start[row]! + target.duration[row]!;
  if (cohort.profile.detached?.[row] === 1 && isAwaited(end, began, target.duration[slow.row]!)) return 'earlier';
  if (end > began + tolerance || start[row]! >= began) return undefined;
  const parent = target.parent[slow.row]!;
  return target.parent[row] === parent ? 'before' : 'earlier';
}

/** Work behind a queue that ended just before the slow span did: a span that waits for the answer ends like this. */
function isAwaited(end: number, began: number, durationNs: number): boolean {
  return end >= began + (1 - AWAITED) * durationNs && end <= began + (1 + AWAITED / 10) * durationNs;
}

class Scan {
  readonly #cohort: CohortBuilder;
  readonly #slow: SlowOperation;
  readonly #normal: Uint8Array;
  readonly #others: Uint8Array;

  constructor(cohort: CohortBuilder, slow: SlowOperation, normal: Uint8Array, others: Uint8Array) {
    this.#cohort = cohort;
    this.#slow = slow;
    this.#normal = normal;
    this.#others = others;
  }

  *causesAt(operation: TargetOperation, sample: SpanSample, place: Place): Generator<Cause> {
    const { history } = operation;
    const usually = operation.rows.length;
    const aligned = operation.rows.length <= history.ordinalPathNs.length;
    const comparable = (one: SpanSample): boolean => !aligned || history.count[one.trace] !== usually || one.ordinal === sample.ordinal;
    const normal = history.samples.filter((one) => this.#normal[one.trace] === 1 && comparable(one));
    const slow = history.samples.filter((one) => this.#others[one.trace] === 1 && comparable(one));
    yield* this.#compare(sample, place, normal, slow, (one) => one.span);
    if (place === 'own' || place === 'inside') yield* this.#compare(sample, 'resource', normal, slow, (one) => one.resource);
  }

  *#compare(
    sample: SpanSample,
    place: Place,
    normal: readonly SpanSample[],
    slow: readonly SpanSample[],
    of: (one: SpanSample) => SpanSample['span'],
  ): Generator<Cause> {
    const keys = new Set(of(sample).keys());
    for (const one of normal) for (const key of of(one).keys()) keys.add(key);
    for (const key of keys) {
      if (place === 'own' && this.#tellsCallsApart(key)) continue;
      const unusual = unusualValue(of(sample).get(key), {
        normal: normal.map((one) => of(one).get(key)),
        slow: slow.map((one) => of(one).get(key)),
        traces: normal.map((one) => one.trace),
      });
      if (unusual === undefined) continue;
      const strength = this.#strengthAnywhere(key, unusual, normal.length, slow, of);
      if (strength === undefined) continue;
      const times = normal.map((one) => ({ durationNs: one.durationNs, number: of(one).get(key)?.number ?? Number.NaN }));
      if (restatesTime(key, unusual, { durationNs: sample.durationNs, number: unusual.number }, times, this.#slow.deltaNs)) continue;
      yield { row: sample.row, attribute: key, place, unusual, score: strength + PRIOR[place] + weightOf(key, unusual) + (place === 'own' && isName(unusual) ? OWN_NAME : 0) };
    }
  }

  /** Of more calls than usual each has a value of its own (its number, its page, its id): what comes with more calls is no cause of them. */
  #tellsCallsApart(key: string): boolean {
    const { kind, operation } = this.#slow;
    if (kind !== 'count' || operation.samples.length < FEWEST_CALLS) return false;
    return new Set(operation.samples.map(({ span }) => span.get(key)?.text)).size === operation.samples.length;
  }

  /**
   * A word hardly ever met here may be met now and then elsewhere under the same key, as a customer's tier on every span: it
   * is then as rare as it is everywhere. Where it is common elsewhere, this operation is another matter and keeps its strength.
   */
  #strengthAnywhere(
    key: string,
    unusual: Unusual,
    normal: number,
    slow: readonly SpanSample[],
    of: (one: SpanSample) => SpanSample['span'],
  ): number | undefined {
    if (unusual.view !== 'value') return unusual.strength;
    let met = 0;
    let like = 0;
    for (const { history } of this.#cohort.operations.values()) {
      for (const one of history.samples) {
        const feature = this.#normal[one.trace] === 1 ? of(one).get(key) : undefined;
        if (feature === undefined) continue;
        met++;
        if (feature.text === unusual.value) like++;
      }
    }
    if (like === 0 || (1 - like / met) ** normal < UNLIKELY) return unusual.strength;
    const shared = slow.filter((one) => of(one).get(key)?.text === unusual.value).length;
    const strength = strengthOf(like, met, shared, slow.length);
    return strength === undefined ? undefined : Math.min(strength, unusual.strength);
  }
}
