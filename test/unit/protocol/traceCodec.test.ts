import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { criticalPath } from '../../../src/analysis/criticalPath.ts';
import { selfTimes } from '../../../src/analysis/selfTime.ts';
import type { Trace, TraceColumns } from '../../../src/model/trace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { MAX_MESSAGE_BYTES } from '../../../src/protocol/chunkLayout.ts';
import { ChunkDecoder, CodecError, encodeChunk, planChunks } from '../../../src/protocol/traceCodec.ts';
import { wildSpans } from '../../support/arbitraryTrace.ts';
import { batchOf, type SpanSpec, TRACE_ID } from '../../support/batches.ts';
import { bigBatch } from '../../support/bigBatch.ts';

const MEGABYTE = 1_000_000;
const build = (specs: readonly SpanSpec[]): Trace => buildTrace(TRACE_ID, [{ batch: batchOf(specs) }]);

function encode(trace: Trace, firstRows: number): ArrayBuffer[] {
  const plan = planChunks(trace, firstRows);
  const self = selfTimes(trace);
  return plan.chunks.map((_, k) => encodeChunk(trace, self, plan, k));
}

/** What a view shows of the first rows. */
function shown(columns: TraceColumns, count: number): unknown {
  const first = <T extends ArrayLike<number>>(column: T): number[] => Array.from(column).slice(0, count);
  const texts = (column: Uint32Array): string[] => first(column).map((k) => columns.strings[k]!);
  return [first(columns.parent), first(columns.subtreeEnd), first(columns.depth), first(columns.start), first(columns.duration), first(columns.flags), first(columns.kind), texts(columns.service), texts(columns.name)];
}

describe('chunks of rows', () => {
  it('bring back any trace, and at every chunk what has come so far', () => {
    fc.assert(
      fc.property(wildSpans, fc.integer({ min: -1, max: 50 }), (specs, firstRows) => {
        const trace = build(specs);
        const decoder = new ChunkDecoder(trace.count);
        for (const chunk of encode(trace, firstRows)) {
          decoder.add(chunk);
          assert.deepEqual(shown(decoder.columns(), decoder.rows), shown(trace, decoder.rows));
          assert.deepEqual(decoder.selfTimes(), selfTimes(trace).subarray(0, decoder.rows));
        }
        assert.ok(decoder.complete);
        assert.equal(decoder.columns().count, trace.count);
      }),
      { numRuns: 300 },
    );
  });

  it('let the view compute what the engine computes', () => {
    const trace = build([{ id: '1', end: 10 }, { id: '2', parent: '1', start: 2, end: 9 }, { id: '3', parent: '2', start: 4, end: 5 }]);
    const decoder = new ChunkDecoder(3);
    encode(trace, 1).forEach((chunk) => decoder.add(chunk));
    assert.deepEqual(criticalPath(decoder.columns()), criticalPath(trace));
  });

  it('have the asked rows first, and an empty trace has one', () => {
    const trace = build(Array.from({ length: 500 }, (_, k) => ({ id: (k + 1).toString(16), start: k })));
    assert.deepEqual(planChunks(trace, 60).chunks.map(({ rows }) => rows), [60, 440]);
    assert.deepEqual(planChunks(trace, 0).chunks.map(({ rows }) => rows), [1, 499]);
    assert.deepEqual(planChunks(trace, 500).chunks.map(({ rows }) => rows), [500]);
    assert.deepEqual(planChunks(build([]), 60).chunks.map(({ rows }) => rows), [0]);
  });

  it('weigh at most what a message may, are full but for the first and last, and 40 bytes a row', () => {
    const trace = buildTrace('t', [{ batch: bigBatch(200_000, { parent: (i) => (i === 0 ? -1 : (i - 1) >> 3), start: (i) => i, length: () => 5 }) }]);
    const chunks = encode(trace, 200);
    assert.ok(MAX_MESSAGE_BYTES <= MEGABYTE);
    assert.ok(chunks.every((chunk) => chunk.byteLength <= MAX_MESSAGE_BYTES));
    assert.ok(chunks.slice(1, -1).every((chunk) => chunk.byteLength > 0.95 * MAX_MESSAGE_BYTES), `${chunks.length} chunks`);
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    assert.ok(bytes / trace.count <= 40, `${bytes / trace.count} bytes a row`);
  });

  it('weigh at most 1 MB when every name is long and its own', () => {
    const trace = build(Array.from({ length: 1_500 }, (_, k) => ({ id: (k + 1).toString(16), name: `${k} ${'ü'.repeat(900)}`, service: `s${k}` })));
    const chunks = encode(trace, 1_500);
    assert.ok(chunks.length > 2);
    assert.ok(chunks.every((chunk) => chunk.byteLength <= MEGABYTE));
    const decoder = new ChunkDecoder(trace.count);
    chunks.forEach((chunk) => decoder.add(chunk));
    assert.deepEqual(shown(decoder.columns(), trace.count), shown(trace, trace.count));
  });

  it('cut a name that is a book, and say how long it was', () => {
    const trace = build([{ id: '1', name: 'n'.repeat(3_000_000) }]);
    const decoder = new ChunkDecoder(1);
    encode(trace, 1).forEach((chunk) => decoder.add(chunk));
    const columns = decoder.columns();
    assert.equal(columns.strings[columns.name[0]!], `${'n'.repeat(2_048)}… (3,000,000 characters)`);
  });

  it('are asked for by number', () => {
    const trace = build([{ id: '1' }]);
    const plan = planChunks(trace, 1);
    for (const index of [-1, 1, 0.5, Number.NaN]) assert.throws(() => encodeChunk(trace, selfTimes(trace), plan, index), RangeError);
  });

  describe('are not believed', () => {
    const trace = build([{ id: '1', end: 10, name: 'a', service: 's' }, { id: '2', parent: '1', start: 2, end: 9, name: 'b', service: 't' }, { id: '3', parent: '2', start: 4, end: 5, name: 'a', service: 's' }, { id: '4', start: 6, end: 7 }]);
    const [whole] = encode(trace, 4);
    // 48 bytes of header, then start, duration and self (4 doubles each), parent, subtreeEnd and operation (4 words each).
    const column = (k: number): number => 48 + 96 + 16 * k;
    const damages: readonly [string, (words: Uint32Array, doubles: Float64Array) => void, RegExp][] = [
      ['another kind of bytes', (words) => (words[0] = 1), /This is not a chunk of rows/],
      ['a newer version', (words) => (words[1] = 2), /version 2 of the format and this view reads version 1: reload the window/],
      ['another trace', (words) => (words[2] = 9), /of a trace of 9 rows, not of this one of 4/],
      ['another place', (words) => (words[3] = 2), /starts at row 2 where row 0 is next/],
      ['a length that is not its own', (words) => (words[4] = 3), /bytes where its header says/],
      ['a huge length', (words) => (words[4] = 0xffff_ffff), /bytes where its header says/],
      ['strings from elsewhere', (words) => (words[7] = 1), /starts at row 0 where row 0 is next/],
      ['a parent after its child', (words) => (words[column(0) / 4 + 1] = 3), /Row 1 has no place in the tree/],
      ['a parent that is not open', (words) => (words[column(0) / 4 + 3] = 0), /Row 3 has no place/],
      ['a subtree that ends before it starts', (words) => (words[column(1) / 4] = 0), /Row 0 has no place/],
      ['a subtree that leaves its parent', (words) => (words[column(1) / 4 + 1] = 4), /Row 1 has no place/],
      ['a subtree past the end', (words) => (words[column(1) / 4 + 3] = 5), /Row 3 has no place/],
      ['an operation nobody brought', (words) => (words[column(2) / 4] = 99), /operation that no chunk has brought/],
      ['a name nobody brought', (words) => (words[column(3) / 4] = 99), /names that do not add up/],
      ['a duration that is no number', (_, doubles) => (doubles[6 + 4] = Number.NaN), /Row 0 has no time/],
      ['a negative duration', (_, doubles) => (doubles[6 + 5] = -1), /Row 1 has no time/],
      ['an endless start', (_, doubles) => (doubles[6] = Infinity), /Row 0 has no time/],
    ];
    for (const [what, damage, sentence] of damages) {
      it(`when they have ${what}`, () => {
        const copy = whole!.slice();
        damage(new Uint32Array(copy, 0, Math.floor(copy.byteLength / 4)), new Float64Array(copy, 0, Math.floor(copy.byteLength / 8)));
        const decoder = new ChunkDecoder(4);
        assert.throws(() => decoder.add(copy), (error: Error) => error instanceof CodecError && sentence.test(error.message));
        assert.equal(decoder.rows, 0);
        decoder.add(whole!);
        assert.deepEqual(shown(decoder.columns(), 4), shown(trace, 4), 'the damaged one left nothing behind');
      });
    }

    it('when they are too short, twice the same, or too many', () => {
      const decoder = new ChunkDecoder(4);
      assert.throws(() => decoder.add(new ArrayBuffer(10)), /too few for its header/);
      decoder.add(whole!);
      assert.throws(() => decoder.add(whole!), /starts at row 0 where row 4 is next/);
      for (const rows of [-1, 1.5, 1e12, Number.NaN]) assert.throws(() => new ChunkDecoder(rows), CodecError);
    });

    it('whatever byte is changed: a CodecError, or rows that hold together', () => {
      fc.assert(
        fc.property(fc.nat(), fc.integer({ min: 0, max: 255 }), (place, value) => {
          const copy = whole!.slice();
          new Uint8Array(copy)[place % copy.byteLength] = value;
          const decoder = new ChunkDecoder(4);
          try {
            decoder.add(copy);
          } catch (error) {
            assert.ok(error instanceof CodecError, String(error));
            return;
          }
          const { count, service, name, strings, start, duration } = decoder.columns();
          for (let row = 0; row < count; row++) assert.ok(strings[service[row]!] !== undefined && strings[name[row]!] !== undefined && Number.isFinite(start[row]! + duration[row]!));
        }),
        { numRuns: 5_000 },
      );
    });
  });
});
