import assert from 'node:assert/strict';
import { CohortBuilder } from '../../../src/analysis/cohort.ts';
import { slowOperations } from '../../../src/analysis/slowOperations.ts';
import { explainSlow } from '../../../src/analysis/why.ts';
import type { WhyReport } from '../../../src/protocol/messages.ts';
import { step } from '../../support/pipelineCatalogue.ts';
import { decodeSpec, Random, type Step, traceOf } from '../../support/pipelines.ts';

type Make = (random: Random, slow: boolean, i: number) => Step;

function tracesOf(make: Make, size = 60) {
  const random = new Random(77);
  const others = Array.from({ length: size }, (_, i) => traceOf(make(random, false, i), random, i * 5000));
  return { trace: traceOf(make(random, true, size), random, size * 5000), others };
}

function explain(make: Make): WhyReport {
  const { trace, others } = tracesOf(make);
  return explainSlow(trace, others, decodeSpec);
}

/** A name that never comes twice and has no number in it. */
const word = (i: number): string => [...String(i)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
const told = ({ findings }: WhyReport): unknown[] => findings.map(({ name, kind, attribute }) => [name, kind, attribute]);
const about = (deltaNs: string | undefined, ms: number): void => assert.ok(Math.abs(Number(deltaNs) / 1e6 - ms) < 0.25 * ms, deltaNs);

describe('operations whose names never repeat', () => {
  it('are not new: another has another name in its place', () => {
    const report = explain((r, slow, i) => step('a', 'root', r.around(5), {}, [step('a', `task ${word(i)}`, r.around(100)), step('b', 'crunch', r.around(slow ? 560 : 60))]));
    assert.deepEqual(told(report), [['crunch', 'slower', undefined]]);
  });

  it('are slow beside what is in their place, by the difference', () => {
    const report = explain((r, slow, i) => step('a', 'root', r.around(5), {}, [step('a', `task ${word(i)}`, r.around(slow ? 700 : 100)), step('b', 'crunch', r.around(60))]));
    assert.deepEqual(told(report), [[`task ${word(60)}`, 'slower', undefined]]);
    about(report.findings[0]?.deltaNs, 600);
  });

  it('are compared each with its share where a trace has two in one place', () => {
    const report = explain((r, slow, i) =>
      step('a', 'root', r.around(5), {}, [step('a', `first ${word(i)}`, r.around(slow ? 700 : 100)), step('a', `second ${word(i)}`, r.around(100))]),
    );
    assert.deepEqual(report.findings.map(({ name }) => name), [`first ${word(60)}`]);
    about(report.findings[0]?.deltaNs, 600);
  });

  it('may have an unusual attribute of a span before them', () => {
    const report = explain((r, slow, i) =>
      step('a', 'root', r.around(5), {}, [step('l', 'list', r.around(10), { 'list.files': slow ? 900 : r.int(8, 12) }), step('a', `task ${word(i)}`, r.around(slow ? 900 : 100))]),
    );
    assert.deepEqual([report.findings[0]?.name, report.findings[0]?.attribute, report.findings[0]?.value], [`task ${word(60)}`, 'list.files', '900']);
  });
});

describe('operations that are new', () => {
  it('stay so where the others have one name in their place: another provider counts with its whole time', () => {
    const report = explain((r, slow) => step('a', 'root', r.around(5), {}, [slow ? step('a', 'call backup', r.around(900)) : step('a', 'call main', r.around(60)), step('a', 'fmt', r.around(20))]));
    assert.deepEqual(told(report), [['call backup', 'new', undefined]]);
    about(report.findings[0]?.deltaNs, 900);
  });

  it('stay so under another parent than that of the names that never repeat', () => {
    const report = explain((r, slow, i) =>
      step('a', 'root', r.around(5), {}, [
        step('a', 'pool', r.around(5), {}, [step('a', `task ${word(i)}`, r.around(100))]),
        ...(slow ? [step('a', 'repair', r.around(800))] : []),
      ]),
    );
    assert.deepEqual(told(report), [['repair', 'new', undefined]]);
  });

  it('stay so where only some traces have names of their own there', () => {
    const { trace, others } = tracesOf((r, slow, i) => step('a', 'root', r.around(5), {}, [step('a', 'load', r.around(90)), ...(i % 5 === 0 ? [step('a', slow ? 'repair' : `task ${word(i)}`, r.around(slow ? 800 : 5))] : [])]));
    const cohort = new CohortBuilder(trace, decodeSpec);
    for (const other of others) cohort.add(other);
    assert.deepEqual(slowOperations(cohort).map(({ kind, operation }) => [operation.history.name, kind]), [['repair', 'absent']]);
  });
});
