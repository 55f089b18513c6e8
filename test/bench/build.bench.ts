// SpanBatch → Trace → critical path, self time, rows, chunks, search: 100k and 1M spans and hostile shapes, against the same
// tree made of one object a span, in the same run.
import { criticalPath } from '../../src/analysis/criticalPath.ts';
import { parseQuery, runSearch } from '../../src/analysis/search.ts';
import { selfTimes } from '../../src/analysis/selfTime.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { nanosAt } from '../../src/model/time.ts';
import { spanIdAt } from '../../src/model/ids.ts';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import { splitByTrace } from '../../src/model/splitByTrace.ts';
import type { Trace } from '../../src/model/trace.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import { ChunkDecoder, encodeChunk, planChunks } from '../../src/protocol/traceCodec.ts';
import { generateTraces } from '../support/traceGenerator.ts';

/** ms of the best of `runs`, which is what the code takes; the rest is the machine's. */
function best(runs: number, work: () => unknown): number {
  let ms = Infinity;
  for (let run = 0; run < runs; run++) {
    const from = performance.now();
    work();
    ms = Math.min(ms, performance.now() - from);
  }
  return ms;
}

function print(what: string, ms: number, target?: number): void {
  const verdict = target === undefined ? '' : `   target ≤ ${target} ms ${ms <= target ? '✓' : '✗'}`;
  console.log(`${what.padEnd(58)} ${ms.toFixed(1).padStart(8)} ms${verdict}`);
}

function firstTrace(batch: SpanBatch): Trace {
  const [part] = splitByTrace([batch]);
  return buildTrace(part!.traceId, part!.selections);
}

interface PlainSpan {
  readonly id: string;
  readonly parent: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly children: PlainSpan[];
  depth: number;
}

/** The peer: what a straightforward reader does with ids as strings and times as bigints. */
function plainTree(batch: SpanBatch): PlainSpan[] {
  const spans: PlainSpan[] = [];
  const byId = new Map<string, PlainSpan>();
  for (let i = 0; i < batch.count; i++) {
    const span = { id: spanIdAt(batch.spanId, i), parent: spanIdAt(batch.parentId, i), start: nanosAt(batch.startTime, i), end: nanosAt(batch.endTime, i), children: [], depth: 1 };
    spans.push(span);
    byId.set(span.id, span);
  }
  const roots: PlainSpan[] = [];
  for (const span of spans) (byId.get(span.parent)?.children ?? roots).push(span);
  const rows: PlainSpan[] = [];
  const stack = roots;
  const byStart = (a: PlainSpan, b: PlainSpan): number => (a.start < b.start ? 1 : a.start > b.start ? -1 : 0);
  stack.sort(byStart);
  while (stack.length > 0) {
    const span = stack.pop()!;
    rows.push(span);
    for (const child of span.children.sort(byStart)) {
      child.depth = span.depth + 1;
      stack.push(child);
    }
  }
  return rows;
}

function measure(label: string, batch: SpanBatch, runs: number, targets: { build?: number; analysis?: number }): Trace {
  print(`${label}: split`, best(runs, () => splitByTrace([batch])));
  print(`${label}: build`, best(runs, () => firstTrace(batch)), targets.build);
  const trace = firstTrace(batch);
  print(`${label}: critical path and self time`, best(runs, () => [criticalPath(trace), selfTimes(trace)]), targets.analysis);
  return trace;
}

function measureSearch(trace: Trace, runs: number, scale: number): void {
  const queries: readonly (readonly [string, number])[] = [
    ['service:gateway', 30],
    ['name=nothing', 30],
    ['duration>1ms', 30],
    ['error', 30],
    ['http.response.status_code=500', 150],
    ['http.response.status_code>=500', 150],
    ['nothing.has.this=1', 150],
    ['timeout', 150],
  ];
  for (const [query, target] of queries) {
    const parsed = parseQuery(query);
    if (parsed.problem !== undefined) throw new Error(parsed.problem);
    let found = 0;
    const ms = best(runs, () => (found = runSearch(trace, parsed.terms).length));
    print(`  search ${query} (${found.toLocaleString('en')} rows)`, ms, target * scale);
  }
}

function measureCodec(trace: Trace, runs: number): void {
  const self = selfTimes(trace);
  const plan = planChunks(trace, 200);
  const buffers = plan.chunks.map((_, k) => encodeChunk(trace, self, plan, k));
  const bytes = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  print(`  plan and encode ${buffers.length} chunks, ${(bytes / trace.count).toFixed(1)} bytes a row`, best(runs, () => {
    const again = planChunks(trace, 200);
    for (let k = 0; k < again.chunks.length; k++) encodeChunk(trace, self, again, k);
  }));
  print('  decode them', best(runs, () => {
    const decoder = new ChunkDecoder(trace.count);
    for (const buffer of buffers) decoder.add(buffer);
  }));
}

const hundred = decodeOtlpProto(generateTraces({ traces: 1, spansPerTrace: 100_000 }));
const trace = measure('100k', hundred, 8, { build: 80, analysis: 40 });
print('100k: as one object a span (peer)', best(3, () => plainTree(hundred)));
measureSearch(trace, 5, 1);
measureCodec(trace, 5);
for (const shape of ['chain', 'star'] as const) measure(`1M ${shape}`, decodeOtlpProto(generateTraces({ traces: 1, spansPerTrace: 1_000_000, attributes: 0, shape })), 2, { build: 2_000 });
const million = decodeOtlpProto(generateTraces({ traces: 1, spansPerTrace: 1_000_000, attributes: 1 }));
measureCodec(measure('1M', million, 3, { build: 1_200, analysis: 400 }), 2);
const many = decodeOtlpProto(generateTraces({ traces: 5_000, spansPerTrace: 20, attributes: 1 }));
print('5,000 traces of 20 spans in one batch: split and build', best(3, () => splitByTrace([many]).map((part) => buildTrace(part.traceId, part.selections))));
