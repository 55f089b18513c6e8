// Why was this trace slow? Findings, most time first: which spans on the critical path took longer than in the other
// traces of the same root, and which attribute of theirs, or of a span before them, is unusual (issue 3 §7).
// Pure: traces and a decoder come in. Must not know any demo, service or convention.
import { spanIdAt } from '../model/ids.ts';
import type { Trace } from '../model/trace.ts';
import type { WhyCarrier, WhyFinding, WhyReport } from '../protocol/messages.ts';
import { type Cause, causesOf } from './causes.ts';
import { CohortBuilder, type DecodeSpan } from './cohort.ts';
import { median, sorted } from './robust.ts';
import type { SlowOperation } from './slowOperation.ts';
import { detachedGain, gainOf, SLOW_LIMITS, slowOperations } from './slowOperations.ts';
import { operationOf } from './spanMatching.ts';

/** Operations named at most. */
const OPERATIONS = 6;
/** Attributes this much weaker than the best of the same span are left out. */
const WEAKER = 0.5;
/** The same for one of a slow span's own beside another's that explains a slower span already. */
const WEAKER_OWN = 1.2;
/** Spans before slow ones named for what they carry. */
const CARRIERS = 4;
/** Strength an attribute needs to make a doubtfully long trace worth a word. */
const BELIEVABLE = 1.8;

const KINDS = { time: 'slower', count: 'calls', absent: 'new', waited: 'waited' } as const;

/** All at once; an engine that must yield feeds a CohortBuilder itself and ends with `reportOf`. */
export function explainSlow(trace: Trace, cohort: Iterable<Trace>, decode: DecodeSpan): WhyReport {
  const builder = new CohortBuilder(trace, decode);
  for (const other of cohort) builder.add(other);
  return reportOf(builder);
}

export function reportOf(cohort: CohortBuilder): WhyReport {
  const { target } = cohort;
  return {
    traceId: target.traceId,
    cohort: cohort.size,
    durationNs: target.durationNs.toString(),
    medianNs: cohort.size === 0 ? '0' : Math.round(median(sorted(cohort.durations))).toString(),
    findings: findingsOf(cohort),
  };
}

/** A finding a slow span and attribute; then the spans before it that carry what is unusual, with their own time, which may be none. */
function findingsOf(cohort: CohortBuilder): WhyFinding[] {
  const ranked: { deltaNs: number; finding: WhyFinding }[] = [];
  const said = new Set<string>();
  const told = new Set<string>();
  const named = new Set<number>();
  const say = (row: number, deltaNs: number, cause: Cause | undefined, slow: SlowOperation | undefined): void => {
    const key = `${row} ${cause?.attribute ?? ''}`;
    if (said.has(key)) return;
    said.add(key);
    named.add(row);
    ranked.push({ deltaNs, finding: findingOf(cohort.target, row, deltaNs, cause, slow) });
  };
  const carriers: { cause: Cause; slow: SlowOperation }[] = [];
  for (const slow of slowOperations(cohort).slice(0, OPERATIONS)) {
    const every = causesOf(cohort, slow);
    const causes = strongest(every);
    if (!slow.certain && (causes[0]?.unusual.strength ?? 0) < BELIEVABLE) continue;
    const leading = ownFirst(slow, every, leadingOf(slow, causes), told);
    for (const cause of leading) told.add(keyOf(cause));
    if (leading.length === 0) say(slow.row, slow.deltaNs, undefined, slow);
    for (const cause of leading) say(slow.row, slow.deltaNs, cause, slow);
    carriers.push(...carriersOf(causes).map((cause) => ({ cause, slow })));
  }
  let more = CARRIERS;
  for (const { cause, slow } of carriers) {
    if (named.has(cause.row) && !hasNoAttribute(ranked, cause)) continue;
    if (more-- <= 0) break;
    say(cause.row, carrierGain(cohort, cause.row, slow), cause, undefined);
  }
  return ranked.sort((a, b) => b.deltaNs - a.deltaNs).map(({ finding }) => finding);
}

/** The best and those nearly as strong. */
function strongest(causes: readonly Cause[]): Cause[] {
  return causes.filter((cause) => cause.score >= causes[0]!.score - WEAKER);
}

/** The best cause and one more: of the slow span itself where the best is another's. */
function leadingOf(slow: SlowOperation, causes: readonly Cause[]): Cause[] {
  const [first, ...others] = causes;
  if (first === undefined) return [];
  const second = others.find((cause) => first.row !== slow.row && cause.row === slow.row) ?? others[0];
  return second === undefined ? [first] : [first, second];
}

/** What has explained a slower span already may not be this one's cause too: what is unusual about the span itself goes before it. */
function ownFirst(slow: SlowOperation, every: readonly Cause[], leading: readonly Cause[], told: ReadonlySet<string>): readonly Cause[] {
  const [first] = leading;
  if (first === undefined || first.row === slow.row || !told.has(keyOf(first))) return leading;
  const own = every.find((cause) => cause.row === slow.row && cause.score >= first.score - WEAKER_OWN);
  return own === undefined ? leading : [own, first];
}

const keyOf = ({ row, attribute }: Cause): string => `${row} ${attribute}`;

/** The strongest attribute of each span before the slow one, strongest first. */
function carriersOf(causes: readonly Cause[]): Cause[] {
  const before = causes.filter(({ place }) => place === 'before' || place === 'earlier').sort((a, b) => b.score - a.score);
  return before.filter((cause, i) => before.findIndex(({ row }) => row === cause.row) === i);
}

/** Was the span told by its time alone so far? */
function hasNoAttribute(ranked: readonly { readonly finding: WhyFinding }[], { row }: Cause): boolean {
  return ranked.every(({ finding }) => finding.row !== row || finding.attribute === undefined);
}

/** 0 where it is next to nothing beside the slow span's. */
function carrierGain(cohort: CohortBuilder, row: number, slow: SlowOperation): number {
  const operation = cohort.operations.get(operationOf(cohort.target, row));
  if (operation === undefined) return 0;
  const detached = cohort.profile.detached?.[row] === 1;
  const gain = detached ? Math.min(slow.deltaNs, detachedGain(cohort, operation, row, slow.normal)) : gainOf(cohort, operation, slow.normal);
  return gain < SLOW_LIMITS.leastShare * slow.deltaNs ? 0 : gain;
}

function findingOf(trace: Trace, row: number, deltaNs: number, cause: Cause | undefined, slow: SlowOperation | undefined): WhyFinding {
  const calls = slow?.kind === 'count' ? { calls: slow.operation.rows.length, usualCalls: slow.usualCount } : {};
  return {
    ...identityOf(trace, row),
    deltaNs: Math.round(deltaNs).toString(),
    ...(cause === undefined ? {} : { attribute: cause.attribute }),
    ...(cause?.unusual.value === undefined ? {} : { value: cause.unusual.value }),
    ...(cause?.unusual.usual === undefined ? {} : { usual: cause.unusual.usual }),
    kind: slow === undefined ? 'slower' : KINDS[slow.kind],
    ...calls,
    ...(cause === undefined || cause.row === row || cause.place === 'own' ? {} : { carrier: identityOf(trace, cause.row) }),
  };
}

function identityOf(trace: Trace, row: number): WhyCarrier {
  return {
    spanId: spanIdAt(trace.batches[trace.batch[row]!]!.spanId, trace.index[row]!),
    row,
    service: trace.strings[trace.service[row]!]!,
    name: trace.strings[trace.name[row]!]!,
  };
}
