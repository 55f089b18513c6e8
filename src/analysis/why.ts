// Why was this trace slow? Findings, most time first: which spans on the critical path took longer than in the other
// traces of the same root, and which attribute of theirs, or of a span before them, is unusual (issue 3 §7).
// Pure: traces and a decoder come in. Must not know any demo, service or convention.
import { spanIdAt } from '../model/ids.ts';
import type { Trace } from '../model/trace.ts';
import type { WhyFinding, WhyReport } from '../protocol/messages.ts';
import { type Cause, causesOf } from './causes.ts';
import { CohortBuilder, type DecodeSpan } from './cohort.ts';
import { median, sorted } from './robust.ts';
import { type SlowOperation, slowOperations } from './slowOperations.ts';

/** Operations named at most, and attributes of one. */
const OPERATIONS = 6;
const ATTRIBUTES = 3;
/** Attributes this much weaker than the best of the same span are left out. */
const WEAKER = 0.8;

/** Strength an attribute needs to make a doubtfully long trace worth a word. */
const BELIEVABLE = 1.8;

/** All at once; an engine that must yield feeds a CohortBuilder itself and ends with `reportOf`. */
export function explainSlow(trace: Trace, cohort: Iterable<Trace>, decode: DecodeSpan): WhyReport {
  const builder = new CohortBuilder(trace, decode);
  for (const other of cohort) builder.add(other);
  return reportOf(builder);
}

export function reportOf(cohort: CohortBuilder): WhyReport {
  const { target } = cohort;
  const findings: WhyFinding[] = [];
  for (const slow of slowOperations(cohort).slice(0, OPERATIONS)) {
    const causes = causesOf(cohort, slow);
    const strong = causes.filter((cause) => cause.score >= causes[0]!.score - WEAKER).slice(0, ATTRIBUTES);
    if (!slow.certain && (strong[0]?.unusual.strength ?? 0) < BELIEVABLE) continue;
    if (strong.length === 0) findings.push(findingOf(target, slow, undefined));
    for (const cause of strong) findings.push(findingOf(target, slow, cause));
  }
  return {
    traceId: target.traceId,
    cohort: cohort.size,
    durationNs: target.durationNs.toString(),
    medianNs: cohort.size === 0 ? '0' : Math.round(median(sorted(cohort.durations))).toString(),
    findings,
  };
}

function findingOf(trace: Trace, slow: SlowOperation, cause: Cause | undefined): WhyFinding {
  const { row } = slow;
  return {
    spanId: spanIdOf(trace, row),
    row,
    service: trace.strings[trace.service[row]!]!,
    name: trace.strings[trace.name[row]!]!,
    deltaNs: Math.round(slow.deltaNs).toString(),
    ...(cause === undefined ? {} : { attribute: cause.attribute }),
    ...(cause?.unusual.value === undefined ? {} : { value: cause.unusual.value }),
    ...(cause?.unusual.usual === undefined ? {} : { usual: cause.unusual.usual }),
  };
}

function spanIdOf(trace: Trace, row: number): string {
  return spanIdAt(trace.batches[trace.batch[row]!]!.spanId, trace.index[row]!);
}
