import assert from 'node:assert/strict';
import { explainSlow } from '../../../src/analysis/why.ts';
import type { WhyReport } from '../../../src/protocol/messages.ts';
import { step, PIPELINES } from '../../support/pipelineCatalogue.ts';
import { ODDITIES } from '../../support/pipelineOddities.ts';
import { type CohortPlan, decodeSpec, type Pipeline, Random, scene, type Step, traceOf } from '../../support/pipelines.ts';
import { randomPipeline } from '../../support/randomPipelines.ts';
import { judgeFault, judgeNormal } from '../../support/whyJudge.ts';

const PLANS: readonly CohortPlan[] = [
  { size: 100, sameFault: 0.06, otherFaults: 0 },
  { size: 50, sameFault: 0, otherFaults: 0.03 },
];

/** Faults that are not slow beside the widest of what is normal in their pipeline: no answer is no mistake. */
const FAINT: Readonly<Record<string, number>> = { fullScan: 0.4, language: 0.7 };

describe('why: pipelines it has never seen', function () {
  this.timeout(60_000);
  for (const pipeline of [...PIPELINES, ...ODDITIES]) {
    for (const fault of Object.keys(pipeline.faults)) {
      it(`${pipeline.name}: finds ${fault}`, () => {
        const { asked, first, firstThree, wrong } = judgeFault(pipeline, fault, PLANS, [1, 2]);
        const needed = FAINT[fault] ?? 0.99;
        assert.ok(firstThree >= Math.floor(asked * needed) && first >= Math.floor(asked * (needed - 0.17)), `${first} and ${firstThree} of ${asked}\n${wrong.join('\n')}`);
      });
    }
  }

  for (const seed of [1, 2, 3]) {
    it(`finds what is put into random pipeline ${seed}, and is silent without`, () => {
      const pipeline = randomPipeline(seed);
      const wrong = Object.keys(pipeline.faults).flatMap((fault) => judgeFault(pipeline, fault, [PLANS[0]!], [seed]).wrong.map((one) => `${fault}: ${one}`));
      assert.ok(wrong.length <= 1, wrong.join('\n'));
      assert.deepEqual(judgeNormal(pipeline, PLANS, [seed]).alarms, []);
    });
  }

  it('is silent about normal traces', () => {
    let asked = 0;
    const alarms: string[] = [];
    for (const pipeline of [...PIPELINES, ...ODDITIES]) {
      const verdict = judgeNormal(pipeline, PLANS, [1, 2]);
      asked += verdict.asked;
      alarms.push(...verdict.alarms.map((alarm) => `${pipeline.name}: ${alarm}`));
    }
    assert.ok(alarms.length <= 0.02 * asked, `${alarms.length} of ${asked}\n${alarms.join('\n')}`);
  });
});

/** A pipeline of one normal and one slow shape. */
function explain(make: (random: Random, slow: boolean) => Step, size = 60, sameFault = 0): WhyReport {
  const pipeline: Pipeline = { name: 'one', faults: { slow: { spans: [], attributes: [] } }, make: (random, fault) => make(random, fault === 'slow') };
  const { trace, cohort } = scene(pipeline, 'slow', { size, sameFault, otherFaults: 0 }, 4242 + size);
  return explainSlow(trace, cohort, decodeSpec);
}

const chat = (random: Random, slow: boolean): Step =>
  step('gw', 'POST /chat', random.around(5), {}, [
    step('rag', 'search', random.around(20), { 'rows.found': slow ? 500 : 20 }),
    step('llm', 'generate', random.around(slow ? 6500 : 400), { 'tokens.in': slow ? 48_711 : random.int(2200, 2400) }),
  ]);

describe('why: the report', () => {
  it('gives a cause in a span before to the slow span, its time to the slow one', () => {
    const report = explain(chat, 100, 0.05);
    const [first] = report.findings;
    assert.deepEqual([first?.name, first?.attribute, first?.value, first?.usual, first?.carrier?.name], ['generate', 'rows.found', '500', '20', 'search']);
    assert.ok(Math.abs(Number(first!.deltaNs) - 6.1e9) < 2.5e9);
    assert.match(first!.spanId, /^[0-9a-f]{16}$/);
    assert.match(first!.deltaNs, /^\d+$/);
    assert.deepEqual(report.findings.filter((finding) => finding.spanId === first!.spanId).map((finding) => finding.attribute), ['rows.found', 'tokens.in']);
  });

  it('ranks by time, and adds up to what the trace took more', () => {
    const report = explain(
      (r, slow) => step('a', 'root', r.around(10), {}, [step('a', 'x', r.around(slow ? 900 : 100)), step('a', 'y', r.around(slow ? 500 : 100)), step('a', 'z', r.around(100))]),
    );
    assert.deepEqual(report.findings.map((finding) => finding.name), ['x', 'y']);
    const sum = report.findings.reduce((total, finding) => total + Number(finding.deltaNs), 0);
    const excess = Number(report.durationNs) - Number(report.medianNs);
    assert.ok(Math.abs(sum / excess - 1) < 0.1, `${sum} of ${excess}`);
  });

  it('is silent under twenty others, and speaks from twenty', () => {
    assert.deepEqual(explain(chat, 19).findings, []);
    assert.equal(explain(chat, 19).cohort, 19);
    assert.equal(explain(chat, 20).findings[0]?.name, 'generate');
  });

  it('does not count the trace itself, nor traces of other roots', () => {
    const random = new Random(1);
    const trace = traceOf(chat(random, true), random, 0);
    const others = Array.from({ length: 30 }, (_, i) => traceOf({ ...chat(random, false), name: 'GET /other' }, random, i * 1000));
    const report = explainSlow(trace, [trace, ...others], decodeSpec);
    assert.deepEqual([report.cohort, report.medianNs, report.findings], [0, '0', []]);
  });

  it('does not blame a parent for its child', () => {
    const report = explain((r, slow) =>
      step('a', 'root', r.around(5), {}, [step('a', 'outer', r.around(5), {}, [step('b', 'middle', r.around(5), {}, [step('c', 'inner', r.around(slow ? 2000 : 50))])])]),
    );
    assert.deepEqual(report.findings.map((finding) => finding.name), ['inner']);
  });

  it('counts a span that is usually absent with everything under it', () => {
    const report = explain((r, slow) =>
      step('a', 'root', r.around(50), {}, [...(slow ? [step('a', 'fallback', r.around(10), {}, [step('b', 'legacy', r.around(700)), step('a', 'load', r.around(20))])] : []), step('a', 'load', r.around(20))]),
    );
    assert.deepEqual(report.findings.map((finding) => [finding.name, finding.kind]), [['fallback', 'new']]);
    assert.ok(Number(report.findings[0]!.deltaNs) > 0.6e9);
  });

  it('tells more calls than usual as calls, with the time of all of them', () => {
    const report = explain((r, slow) => step('a', 'root', r.around(30), {}, Array.from({ length: slow ? 40 : 2 }, () => step('db', 'SELECT', r.around(9)))));
    const [first] = report.findings;
    assert.deepEqual([first?.name, first?.kind, first?.calls, first?.usualCalls, first?.attribute], ['SELECT', 'calls', 40, 2, undefined]);
    assert.ok(Math.abs(Number(first!.deltaNs) - 38 * 9e6) < 60e6);
  });

  it('takes no number of a call for the cause of more calls', () => {
    const { findings } = explain((r, slow) =>
      step('a', 'root', r.around(30), {}, Array.from({ length: slow ? 40 : 4 }, (_, i) => step('db', 'page', r.around(9), { 'page.index': i * 7 }))),
    );
    assert.deepEqual([findings[0]?.name, findings[0]?.kind, findings[0]?.attribute], ['page', 'calls', undefined]);
  });

  it('ignores what is unusual after the slow span', () => {
    const report = explain((r, slow) => step('a', 'root', r.around(5), {}, [step('a', 'work', r.around(slow ? 900 : 40)), step('a', 'log', r.around(5), { 'log.level': slow ? 'warn' : 'info' })]));
    assert.deepEqual(report.findings.map((finding) => [finding.name, finding.attribute]), [['work', undefined]]);
  });

  it('ignores time spent where nobody waits', () => {
    const report = explain((r, slow) =>
      step('a', 'root', r.around(100), {}, [step('q', 'publish', r.around(2), {}, [step('w', 'consume', r.around(slow ? 60_000 : 300), { size: slow ? 1e6 : 10 }, [], { kind: 5, detached: true })], { kind: 4 })]),
    );
    assert.deepEqual(report.findings, []);
  });

  it('asks only the branch that was waited for', () => {
    const report = explain((r, slow) =>
      step('a', 'root', r.around(5), {}, [step('a', 'short', r.around(slow ? 90 : 30), { mode: slow ? 'odd' : 'even' }), step('a', 'long', r.around(slow ? 1500 : 150), { tier: slow ? 'cold' : 'hot' })], { parallel: true }),
    );
    assert.deepEqual(report.findings.map((finding) => [finding.name, finding.attribute]), [['long', 'tier']]);
  });

  it('names every span before the slow one that carries something unusual, though it took no longer itself', () => {
    const report = explain(
      (r, slow) =>
        step('gw', 'POST /index', r.around(5), {}, [
          step('cat', 'list', r.around(20), { 'list.files': slow ? 900 : r.int(8, 14) }),
          step('gw', 'plan', r.around(9), { 'plan.parts': slow ? 450 : r.int(4, 7) }),
          step('etl', 'transform', r.around(slow ? 4300 : 300)),
        ]),
      60,
      0.05,
    );
    assert.equal(report.findings[0]?.name, 'transform');
    const carriers = report.findings.slice(1).filter(({ name }) => name !== 'transform');
    assert.deepEqual(carriers.map(({ name, attribute, value, deltaNs }) => [name, attribute, value, deltaNs]).sort(), [
      ['list', 'list.files', '900', '0'],
      ['plan', 'plan.parts', '450', '0'],
    ]);
  });

  it('tells two faults apart: what explains one slow span does not hide what is unusual about another', () => {
    const report = explain((r, slow) =>
      step('a', 'root', r.around(5), {}, [
        step('r', 'fetch', r.around(30), { 'fetch.docs': slow ? 600 : r.int(18, 25) }),
        step('g', 'gen', r.around(slow ? 1700 : 200)),
        step('st', 'store', r.around(slow ? 740 : 40), {}, [], { resource: { 'k8s.node.name': slow ? 'n9' : r.pick(['n1', 'n2', 'n3']) } }),
      ]),
    );
    const [first] = report.findings;
    assert.deepEqual([first?.name, first?.attribute], ['gen', 'fetch.docs']);
    const store = report.findings.find(({ name }) => name === 'store');
    assert.deepEqual([store?.attribute, store?.value], ['k8s.node.name', 'n9']);
  });

  it('does not take one that is slow for the same reason, though less, for usual', () => {
    for (const lessSlow of [1, 2]) {
      let made = 0;
      const { findings } = explain((random, slow) => {
        const less = !slow && made++ < lessSlow;
        return step('gw', 'GET /', random.around(5), {}, [step('kv', 'read', random.around(slow ? 1800 : less ? 450 : 50), { pool: slow || less ? 'canary' : 'stable', rows: random.int(10, 20) })]);
      }, 70);
      assert.deepEqual([findings[0]?.name, findings[0]?.attribute, findings[0]?.usual], ['read', 'pool', 'stable'], String(lessSlow));
    }
  });

  it('takes no host of its own trace for unusual where many spans share it', () => {
    const report = explain((r, slow) => {
      const host = `node-${r.hex(6)}`;
      return step('a', 'root', r.around(9), {}, Array.from({ length: slow ? 30 : 2 }, () => step('db', 'SELECT', r.around(9), {}, [], { resource: { 'host.name': host } })));
    });
    assert.deepEqual(report.findings.map(({ name, attribute }) => [name, attribute]), [['SELECT', undefined]]);
  });

  it('finds in work behind a queue what made a span wait for its answer', () => {
    const report = explain((r, slow) => {
      const takes = r.around(slow ? 1300 : 100);
      const consume = step('worker', 'process', takes, { 'job.frames': slow ? 480 : r.int(10, 14) }, [], { kind: 5, detached: true });
      return step('api', 'root', r.around(5), {}, [step('api', 'publish', 2, {}, [consume], { kind: 4 }), step('api', 'await', takes + 2)]);
    });
    assert.deepEqual(report.findings.map(({ name, attribute, value }) => [name, attribute, value]), [
      ['await', 'job.frames', '480'],
      ['process', 'job.frames', '480'],
    ]);
    assert.equal(report.findings[0]?.carrier?.name, 'process');
  });

  it('does not ask work behind a queue that ends when nobody waits for it', () => {
    const report = explain((r, slow) => {
      const consume = step('worker', 'process', r.around(slow ? 500 : 60), { 'job.frames': slow ? 480 : r.int(10, 14) }, [], { kind: 5, detached: true });
      return step('api', 'root', r.around(5), {}, [step('api', 'publish', 2, {}, [consume], { kind: 4 }), step('api', 'work', r.around(slow ? 1500 : 90))]);
    });
    assert.deepEqual(report.findings.map(({ name, attribute }) => [name, attribute]), [['work', undefined]]);
  });

  it('prefers an amount many times the usual to the kind of question that goes with it', () => {
    const report = explain(
      (r, slow) =>
        step('gw', 'POST /talk', r.around(5), {}, [
          step('prep', 'classify', r.around(8), { 'talk.intent': slow ? 'product' : r.pick(['topic', 'topic', 'status', 'thanks']) }),
          step('rag', 'lookup', r.around(20), { 'found.documents': slow ? 500 : 20 }),
          step('llm', 'reply', r.around(slow ? 6500 : 400), { 'prompt.tokens': slow ? 48_711 : r.int(2200, 2400) }),
        ]),
      60,
      0.06,
    );
    assert.deepEqual([report.findings[0]?.name, report.findings[0]?.attribute, report.findings[0]?.carrier?.name], ['reply', 'found.documents', 'lookup']);
  });

  it('knows a span by its own times where whole traces are long for many reasons', () => {
    for (const sameFault of [0, 0.08]) {
      const { findings } = explain(
        (r, slow) =>
          step('a', 'root', 2, {}, [
            step('a', 'lookup', r.around(slow ? 900 : 20, 0.3), { 'lookup.index': slow ? 'flat' : 'tree' }),
            step('a', 'write', r.around(900, 0.6)),
          ]),
        100,
        sameFault,
      );
      assert.deepEqual([findings[0]?.name, findings[0]?.attribute, findings[0]?.value], ['lookup', 'lookup.index', 'flat'], `${sameFault}`);
    }
  });

  it('names a few spans where all are slower', () => {
    const report = explain((r, slow) =>
      step('a', 'root', r.around(5), {}, Array.from({ length: 20 }, (_, i) => step('a', `part ${'abcdefghijklmnopqrst'[i]}`, r.around(slow ? 90 : 30))), { resource: { 'host.name': slow ? 'old-7' : r.pick(['new-1', 'new-2']) } }),
    );
    assert.ok(report.findings.length >= 3 && report.findings.every((finding) => finding.name.startsWith('part ')));
  });

  it('takes a word for as rare as it is on all spans together', () => {
    const tier = (r: Random): Record<string, string> => ({ 'customer.tier': r.chance(0.04) ? 'staff' : 'free' });
    const others = 'abcdefgh'.split('');
    const make = (r: Random, slow: boolean): Step =>
      step('a', 'root', r.around(5), {}, [...others.map((name) => step('a', `part ${name}`, r.around(20), tier(r))), step('a', 'work', r.around(slow ? 900 : 60), { 'customer.tier': slow ? 'staff' : 'free' })]);
    assert.deepEqual(explain(make, 40).findings.map((finding) => finding.attribute), [undefined]);
    const shared = explain(make, 80, 0.1).findings[0];
    assert.equal(shared?.attribute, 'customer.tier', 'the other slow ones have it too');
  });

  it('has something to say of resources', () => {
    const report = explain((r, slow) => step('a', 'root', r.around(5), {}, [step('b', 'work', r.around(slow ? 900 : 60), {}, [], { resource: { 'service.version': slow ? '2.0.0' : '1.9.0' } })]));
    assert.deepEqual([report.findings[0]?.attribute, report.findings[0]?.value, report.findings[0]?.usual], ['service.version', '2.0.0', '1.9.0']);
  });

  it('leaves value out where an attribute is missing, and usual where it is usually missing', () => {
    const missing = explain((r, slow) => step('a', 'root', r.around(5), {}, [step('b', 'work', r.around(slow ? 900 : 60), slow ? {} : { 'db.index': 'by_day' })])).findings[0]!;
    assert.deepEqual([missing.attribute, 'value' in missing, missing.usual], ['db.index', false, 'by_day']);
    const extra = explain((r, slow) => step('a', 'root', r.around(5), {}, [step('b', 'work', r.around(slow ? 900 : 60), slow ? { 'debug.trace': 'all' } : {})])).findings[0]!;
    assert.deepEqual([extra.attribute, extra.value, 'usual' in extra], ['debug.trace', 'all', false]);
  });

  it('answers for an empty trace and for one without a root', () => {
    const random = new Random(3);
    const trace = traceOf(chat(random, true), random, 0);
    const empty = { ...trace, count: 0, rootRow: -1, parent: new Int32Array(), batches: [] };
    assert.deepEqual(explainSlow(empty, [trace], decodeSpec).findings, []);
    assert.deepEqual(explainSlow(trace, [empty], decodeSpec).cohort, 0);
  });

  it('says the same whatever the order of the cohort', () => {
    const { trace, cohort } = scene(PIPELINES[0]!, 'unfiltered', { size: 60, sameFault: 0.1, otherFaults: 0 }, 11);
    const report = explainSlow(trace, cohort, decodeSpec);
    assert.deepEqual(explainSlow(trace, [...cohort].reverse(), decodeSpec), report);
  });
});
