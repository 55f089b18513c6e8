// Scores the "why" engine on synthetic pipelines: does the first finding, or one of the first three, name the span and the
// attribute of the fault that was put in, and is it silent about normal traces. Shared by the unit test and the bench.
import { explainSlow } from '../../src/analysis/why.ts';
import type { WhyFinding } from '../../src/protocol/messages.ts';
import { type CohortPlan, decodeSpec, type Expectation, type Pipeline, scene } from './pipelines.ts';

export interface Verdict {
  readonly asked: number;
  readonly first: number;
  readonly firstThree: number;
  /** What was said instead, for the first few. */
  readonly wrong: readonly string[];
}

/** `count` among the expected attributes: naming none is right too, the number of calls is what is unusual. */
function isExpected({ spans, attributes }: Expectation, finding: WhyFinding | undefined): boolean {
  if (finding === undefined) return false;
  if (!spans.some((name) => finding.name === name || (name.endsWith('/') && finding.name.startsWith(name)))) return false;
  if (finding.attribute !== undefined) return attributes.includes(finding.attribute);
  return attributes.length === 0 || attributes.includes('count');
}

export function judgeFault(pipeline: Pipeline, fault: string, plans: readonly CohortPlan[], seeds: readonly number[]): Verdict {
  const expectation = pipeline.faults[fault]!;
  const wrong: string[] = [];
  let asked = 0;
  let first = 0;
  let firstThree = 0;
  for (const seed of seeds) {
    for (const plan of plans) {
      const { trace, cohort } = scene(pipeline, fault, plan, seed * 7919 + fault.length * 31 + plan.size);
      const { findings } = explainSlow(trace, cohort, decodeSpec);
      asked++;
      if (isExpected(expectation, findings[0])) first++;
      else wrong.push(`${plan.size}/${plan.sameFault}: ${findings.slice(0, 3).map(said).join('; ') || 'nothing'}`);
      if (findings.slice(0, 3).some((finding) => isExpected(expectation, finding))) firstThree++;
    }
  }
  return { asked, first, firstThree, wrong };
}

/** Normal traces about which something was said. */
export function judgeNormal(pipeline: Pipeline, plans: readonly CohortPlan[], seeds: readonly number[]): { readonly asked: number; readonly alarms: readonly string[] } {
  const alarms: string[] = [];
  let asked = 0;
  for (const seed of seeds) {
    for (const plan of plans) {
      const { trace, cohort } = scene(pipeline, undefined, plan, 500_000 + seed * 101 + plan.size);
      const { findings } = explainSlow(trace, cohort, decodeSpec);
      asked++;
      if (findings.length > 0) alarms.push(findings.map(said).join('; '));
    }
  }
  return { asked, alarms };
}

function said({ name, attribute, value, usual, deltaNs }: WhyFinding): string {
  return `${name} | ${attribute ?? 'time'} ${value?.slice(0, 30) ?? '-'} usually ${usual?.slice(0, 30) ?? '-'} +${(Number(deltaNs) / 1e6).toFixed(0)} ms`;
}
