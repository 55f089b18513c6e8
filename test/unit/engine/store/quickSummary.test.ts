import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { QuickSummarizer, type WholeTrace } from '../../../../src/engine/store/quickSummary.ts';
import { provisionalOf } from '../../../../src/engine/store/provisional.ts';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { OtlpWriter } from '../../../../src/formats/otlpWriter.ts';
import type { SpanSelection } from '../../../../src/model/splitByTrace.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import type { TraceSummary } from '../../../../src/model/summary.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { summaryOf } from '../../../../src/model/traceSummary.ts';
import { generateTraces } from '../../../support/traceGenerator.ts';

const T = 1_795_221_079_000_000_000n;
const TRACE = 'cccccccccccccccccccccccccccccc01';

interface Made {
  readonly id: number;
  readonly parent: number;
  readonly start: number;
  readonly length: number;
  readonly service: number;
  readonly kind: number;
  readonly error: boolean;
}

const hex = (id: number): string => (id === 0 ? '' : id.toString(16).padStart(16, '0'));

function selectionOf(spans: readonly Made[]): SpanSelection {
  const writer = new OtlpWriter();
  for (const { id, parent, start, length, service, kind, error } of spans) {
    writer.beginResource(service === 0 ? [] : [{ key: 'service.name', value: `s${service}` }]);
    writer.beginScope({ name: '', version: '' });
    const startUnixNano = T + BigInt(start);
    writer.span({
      traceId: TRACE, spanId: hex(id), parentSpanId: hex(parent), name: `op ${id}`, kind, startUnixNano, endUnixNano: length === -1000 ? 0n : startUnixNano + BigInt(length), attributes: [],
      ...(error ? { statusCode: 2 } : {}),
    });
    writer.endScope();
    writer.endResource();
  }
  return { batch: decodeOtlpProto(writer.finish()) };
}

function asSummary(whole: WholeTrace): TraceSummary {
  const { start, end, counts, rootRank: _rank, rootStart: _start, ...rest } = whole;
  return { traceId: TRACE, ...rest, startUnixNano: start, durationNs: end - start, ...counts, provisional: false };
}

const builtSummary = (selection: SpanSelection): TraceSummary => summaryOf(buildTrace(TRACE, [selection]));

describe('quickSummary', () => {
  it('says what the built trace says, or nothing', () => {
    const quick = new QuickSummarizer();
    let said = 0;
    const span = fc.record({
      id: fc.integer({ min: 1, max: 12 }), parent: fc.integer({ min: 0, max: 12 }), start: fc.integer({ min: 0, max: 6 }), length: fc.constantFrom(0, 1, 2, 3, 8, 9, -1, -1000),
      service: fc.integer({ min: 0, max: 3 }), kind: fc.integer({ min: 0, max: 5 }), error: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 7 }), (spans) => {
        const selection = selectionOf(spans);
        const whole = selection.batch.count === 0 ? undefined : quick.summarize(selection);
        if (whole === undefined) return;
        said++;
        assert.deepEqual(asSummary(whole), builtSummary(selection));
      }),
      { numRuns: 4_000, seed: 20 },
    );
    assert.ok(said > 30, `${said} summaries`);
  });

  it('says it of every sound trace', () => {
    const quick = new QuickSummarizer();
    // A tree by construction: a parent is an earlier span, and holds its children.
    const tree = fc.array(fc.record({ of: fc.double({ min: 0, max: 0.999, noNaN: true }), shift: fc.integer({ min: 0, max: 2 }), service: fc.integer({ min: 0, max: 3 }), error: fc.boolean() }), { minLength: 0, maxLength: 60 });
    fc.assert(
      fc.property(tree, fc.integer({ min: 1, max: 1000 }), (children, salt) => {
        const spans: Made[] = [{ id: salt, parent: 0, start: 0, length: 1_000, service: 1, kind: 2, error: false }];
        children.forEach(({ of, shift, service, error }, k) => {
          const parent = spans[Math.floor(of * spans.length)]!;
          spans.push({ id: salt + 1 + k, parent: parent.id, start: parent.start + shift, length: Math.max(0, parent.length - 2 * shift), service, kind: 1, error });
        });
        const selection = selectionOf(spans.toSorted((a, b) => ((a.id * 7919) % 101) - ((b.id * 7919) % 101)));
        const whole = quick.summarize(selection);
        assert.ok(whole !== undefined);
        assert.deepEqual(asSummary(whole), builtSummary(selection));
      }),
      { numRuns: 1_000, seed: 21 },
    );
  });

  it('says it of what the generator makes, which is what is measured', () => {
    const quick = new QuickSummarizer();
    const parts = splitByTrace([decodeOtlpProto(generateTraces({ traces: 50, spansPerTrace: 20 }))]);
    const said = parts.filter(({ traceId, selections }) => {
      const whole = quick.summarize(selections[0]!);
      if (whole !== undefined) assert.deepEqual({ ...asSummary(whole), traceId }, summaryOf(buildTrace(traceId, selections)));
      return whole !== undefined;
    });
    assert.ok(said.length >= 25, `${said.length} of 50`);
  });

  it('leaves what is odd or large to the builder', () => {
    const quick = new QuickSummarizer();
    const root: Made = { id: 1, parent: 0, start: 0, length: 10, service: 1, kind: 3, error: false };
    const child: Made = { id: 2, parent: 1, start: 1, length: 5, service: 2, kind: 2, error: false };
    const rows: readonly (readonly [string, readonly Made[]])[] = [
      ['a parent that is missing', [root, { ...child, parent: 9 }]],
      ['an id twice', [root, child, { ...child, start: 2 }]],
      ['a span sent twice', [root, child, child]],
      ['a cycle', [root, { ...child, id: 3, parent: 4 }, { ...child, id: 4, parent: 3 }]],
      ['its own parent', [root, { ...child, parent: 2 }]],
      ['no root', [{ ...child, id: 3, parent: 4 }, { ...child, id: 4, parent: 3 }]],
      ['still running', [root, { ...child, length: -1000 }]],
      ['ends before it starts', [root, { ...child, length: -1 }]],
      ['starts before its parent', [{ ...root, start: 5 }, child]],
      ['a server that outlives its client', [root, { ...child, length: 20 }]],
      ['the year 1970', [{ ...root, start: -1_700_000_000_000_000_000 }]],
      ['too many', Array.from({ length: 1025 }, (_, k) => ({ ...child, id: k + 1, parent: k === 0 ? 0 : 1 }))],
    ];
    for (const [what, spans] of rows) assert.equal(quick.summarize(selectionOf(spans)), undefined, what);
    assert.ok(quick.summarize(selectionOf([root, child])) !== undefined);
  });
});

describe('provisional', () => {
  it('agrees with the built trace in what it knows, whatever the spans', () => {
    const span = fc.record({
      id: fc.integer({ min: 1, max: 1000 }), parent: fc.integer({ min: 0, max: 12 }), start: fc.integer({ min: 0, max: 6 }), length: fc.constantFrom(0, 1, 2, 9, -1, -1000),
      service: fc.integer({ min: 0, max: 3 }), kind: fc.integer({ min: 0, max: 5 }), error: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.uniqueArray(span, { selector: ({ id }) => id, minLength: 1, maxLength: 8 }), (spans) => {
        const selection = selectionOf(spans);
        const built = builtSummary(selection);
        const { start, end, spans: count, errors, services } = provisionalOf(selection);
        assert.deepEqual([start, end - start, count, errors, services.toSorted()], [built.startUnixNano, built.durationNs, built.spans, built.errors, built.services.toSorted()]);
      }),
      { numRuns: 1_000, seed: 22 },
    );
  });
});
