// Why was it slow: 200 traces of 100 spans (the usual cohort) and of 10,000 spans, decoded, built, compared; and how often the
// answer is right on synthetic pipelines. Memory is what a cohort of large traces leaves behind.
import { CohortBuilder } from '../../src/analysis/cohort.ts';
import { reportOf } from '../../src/analysis/why.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { decodeSpan } from '../../src/formats/spanDecoder.ts';
import { splitByTrace } from '../../src/model/splitByTrace.ts';
import type { Trace } from '../../src/model/trace.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import { PIPELINES } from '../support/pipelineCatalogue.ts';
import { ODDITIES } from '../support/pipelineOddities.ts';
import { randomPipeline } from '../support/randomPipelines.ts';
import { generateTraces } from '../support/traceGenerator.ts';
import { judgeFault, judgeNormal } from '../support/whyJudge.ts';

function traceOfSeed(seed: number, spansPerTrace: number): Trace {
  const batch = decodeOtlpProto(generateTraces({ seed, traces: 1, spansPerTrace }));
  const [part] = splitByTrace([batch]);
  return buildTrace(part!.traceId, part!.selections);
}

/** The generator gives every trace a root of its own: taken for the same here. */
function withRootOf(trace: Trace, model: Trace): Trace {
  const service = trace.service.slice();
  const name = trace.name.slice();
  const strings = [...trace.strings, model.strings[model.service[model.rootRow]!]!, model.strings[model.name[model.rootRow]!]!];
  service[trace.rootRow] = strings.length - 2;
  name[trace.rootRow] = strings.length - 1;
  return { ...trace, service, name, strings };
}

function cohortOf(size: number, spans: number, target: number | undefined): void {
  const trace = traceOfSeed(1, spans);
  const builder = new CohortBuilder(trace, decodeSpan);
  let spent = 0;
  let longest = 0;
  for (let seed = 2; seed < size + 2; seed++) {
    const other = withRootOf(traceOfSeed(seed, spans), trace);
    const from = performance.now();
    if (!builder.add(other)) throw new Error('a trace of the cohort was not taken');
    longest = Math.max(longest, performance.now() - from);
    spent += performance.now() - from;
  }
  const from = performance.now();
  reportOf(builder);
  const ending = performance.now() - from;
  const verdict = target === undefined ? '' : `   target ≤ ${target} ms ${spent + ending <= target ? '✓' : '✗'}`;
  const heap = process.memoryUsage().heapUsed / 1e6;
  console.log(`why, ${size} × ${spans} spans: ${(spent + ending).toFixed(0)} ms, one trace ≤ ${longest.toFixed(1)} ms, the report ${ending.toFixed(1)} ms, heap ${heap.toFixed(0)} MB${verdict}`);
}

cohortOf(200, 100, 2000);
cohortOf(200, 10_000, undefined);

const plans = [
  { size: 200, sameFault: 0.05, otherFaults: 0.02 },
  { size: 60, sameFault: 0.2, otherFaults: 0 },
  { size: 30, sameFault: 0, otherFaults: 0 },
];
let asked = 0;
let first = 0;
let firstThree = 0;
let normal = 0;
let alarms = 0;
const pipelines = [...PIPELINES, ...ODDITIES, ...[31, 32, 33, 34].map(randomPipeline)];
for (const pipeline of pipelines) {
  for (const fault of Object.keys(pipeline.faults)) {
    const verdict = judgeFault(pipeline, fault, plans, [21]);
    asked += verdict.asked;
    first += verdict.first;
    firstThree += verdict.firstThree;
  }
  const silence = judgeNormal(pipeline, plans, [21, 22]);
  normal += silence.asked;
  alarms += silence.alarms.length;
}
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
console.log(`why, ${asked} faults in ${pipelines.length} pipelines: first finding right ${percent(first, asked)}, one of three ${percent(firstThree, asked)}; alarms on ${normal} normal traces ${percent(alarms, normal)}`);
