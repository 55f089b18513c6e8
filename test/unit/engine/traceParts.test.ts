// Shown + duplicates + rejected = given, for every mixture of traces, nameless spans and spans that could not be kept.
import assert from 'node:assert/strict';
import { array, assert as check, constantFrom, nat, property, record } from 'fast-check';
import { countedParts, summarizeParts } from '../../../src/engine/traceParts.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import { batchOf, type SpanSpec } from '../../support/batches.ts';

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);

const lines = (batches: readonly SpanBatch[]): [id: string, spans: number, duplicates: number, rejected: number][] =>
  countedParts(batches).map(summarizeParts).map((line) => [line.traceId, line.spans, line.duplicates, line.rejected]);

describe('countedParts', () => {
  const one: SpanSpec = { id: '1', trace: A };
  const CASES: readonly [what: string, batches: readonly SpanBatch[], expected: ReturnType<typeof lines>][] = [
    ['nothing at all', [], []],
    ['an empty request', [batchOf([])], []],
    ['one trace', [batchOf([one])], [[A, 1, 0, 0]]],
    ['rejected spans of a batch with one trace are its own', [batchOf([one], { rejected: 2 })], [[A, 1, 0, 2]]],
    ['of a batch with two, nobody can say whose', [batchOf([one, { id: '2', trace: B }], { rejected: 2 })], [[A, 1, 0, 0], [B, 1, 0, 0], ['', 0, 0, 2]]],
    ['of a batch without any span', [batchOf([], { rejected: 3 })], [['', 0, 0, 3]]],
    ['nameless spans are shown', [batchOf([{ id: '1', trace: '' }, one])], [[A, 1, 0, 0], ['', 1, 0, 0]]],
    ['only nameless spans', [batchOf([{ id: '1', trace: '' }], { rejected: 1 })], [['', 1, 0, 1]]],
    ['a trace over two batches, sent twice', [batchOf([one], { rejected: 1 }), batchOf([one], { rejected: 1 })], [[A, 1, 1, 2]]],
    ['the nameless line is last whatever came first', [batchOf([], { rejected: 1 }), batchOf([one])], [[A, 1, 0, 0], ['', 0, 0, 1]]],
  ];
  for (const [what, batches, expected] of CASES) it(what, () => assert.deepEqual(lines(batches), expected));

  it('keeps the sentences of batches no single trace owns, once', () => {
    const shared = { warnings: ['Span at byte 7 has no valid id.'], rejected: 1 };
    const batches = [batchOf([one, { id: '2', trace: B }], shared), batchOf([one, { id: '3', trace: B }], shared)];
    const all = countedParts(batches).map(summarizeParts);
    assert.deepEqual(all.at(-1)?.warnings.filter((warning) => warning.includes('byte 7')), ['Span at byte 7 has no valid id.']);
  });

  it('loses nothing, whatever comes', () => {
    const span = record({ id: constantFrom('1', '2', '3', '4'), trace: constantFrom(A, B, ''), name: constantFrom('x', 'y') });
    const batch = record({ specs: array(span, { maxLength: 6 }), rejected: nat(3) });
    check(
      property(array(batch, { maxLength: 4 }), (given) => {
        const total = given.reduce((sum, { specs, rejected }) => sum + specs.length + rejected, 0);
        const printed = lines(given.map(({ specs, rejected }) => batchOf(specs, { rejected })));
        assert.equal(printed.reduce((sum, [, spans, duplicates, rejected]) => sum + spans + duplicates + rejected, 0), total);
        assert.equal(new Set(printed.map(([id]) => id)).size, printed.length);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
