import assert from 'node:assert/strict';
import { MAX_MESSAGE_BYTES } from '../../../src/protocol/chunkLayout.ts';
import * as fc from 'fast-check';
import { criticalPath } from '../../../src/analysis/criticalPath.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { CodecError } from '../../../src/protocol/chunkLayout.ts';
import { encodeOverlay, OverlayDecoder, overlayPages, type OverlaySource } from '../../../src/protocol/overlayCodec.ts';
import { wildSpans } from '../../support/arbitraryTrace.ts';
import { batchOf, TRACE_ID } from '../../support/batches.ts';

function decode(source: OverlaySource, rows: number): OverlayDecoder {
  const decoder = new OverlayDecoder(rows);
  for (let page = 0; page < overlayPages(source); page++) decoder.add(encodeOverlay(source, page));
  return decoder;
}

/** Many segments and events: three pages. */
function large(segments: number, rows: number, eventsPerRow: number): OverlaySource {
  const path = { row: new Int32Array(segments), start: new Float64Array(segments), end: new Float64Array(segments) };
  for (let k = 0; k < segments; k++) {
    path.row[k] = k % rows;
    path.start[k] = k;
    path.end[k] = k + 1;
  }
  // Every third row has none.
  const eventStart = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) eventStart[row + 1] = eventStart[row]! + (row % 3 === 0 ? 0 : eventsPerRow);
  return { path, eventStart, eventTime: Float64Array.from({ length: eventStart[rows]! }, (_, k) => k / 2) };
}

describe('overlay pages', () => {
  it('bring back the path and the events of any trace', () => {
    fc.assert(
      fc.property(wildSpans, (specs) => {
        const trace = buildTrace(TRACE_ID, [{ batch: batchOf(specs) }]);
        const source = { path: criticalPath(trace), eventStart: trace.eventStart, eventTime: trace.eventTime };
        const decoder = decode(source, trace.count);
        assert.ok(decoder.complete);
        const { pathRow, pathStart, pathEnd, eventRow, eventTime } = decoder.columns();
        assert.deepEqual({ row: pathRow, start: pathStart, end: pathEnd }, source.path);
        assert.deepEqual(eventTime, trace.eventTime);
        const rows = Array.from({ length: trace.count }, (_, row) => Array.from({ length: trace.eventStart[row + 1]! - trace.eventStart[row]! }, () => row)).flat();
        assert.deepEqual([...eventRow], rows);
      }),
    );
  });

  it('weigh no more than a message may, however many there are', () => {
    const source = large(70_000, 10_000, 9);
    const pages = overlayPages(source);
    assert.equal(pages, 33);
    for (let page = 0; page < pages; page++) assert.ok(encodeOverlay(source, page).byteLength <= MAX_MESSAGE_BYTES);
    const columns = decode(source, 10_000).columns();
    assert.deepEqual(columns.pathStart, source.path.start);
    assert.deepEqual(columns.eventTime, source.eventTime);
    for (let e = 0; e < columns.eventRow.length; e += 997) assert.ok(source.eventStart[columns.eventRow[e]!]! <= e && e < source.eventStart[columns.eventRow[e]! + 1]!);
  });

  it('always have a first one, and no others than there are', () => {
    const empty = large(0, 0, 0);
    assert.equal(overlayPages(empty), 1);
    assert.ok(decode(empty, 0).complete);
    for (const page of [-1, 1, 0.5]) assert.throws(() => encodeOverlay(empty, page), RangeError);
    assert.equal(new OverlayDecoder(0).complete, false);
  });

  const source = large(3, 4, 1);
  const damages: readonly [string, (words: Uint32Array, doubles: Float64Array) => void, RegExp][] = [
    ['another kind of bytes', (words) => (words[0] = 1), /not an overlay page/],
    ['a newer version', (words) => (words[1] = 2), /version 2/],
    ['a length that is not its own', (words) => (words[5] = 9), /not as long as its header says/],
    ['another place', (words) => (words[4] = 1), /not the next one/],
    ['more than there are', (words) => (words[2] = 1), /not the next one/],
    ['a time that is no number', (_, doubles) => (doubles[4] = Number.NaN), /a time that is no number/],
    ['a row that is not there', (words) => (words[(32 + 8 * 8) / 4] = 4), /a row that this trace does not have/],
    ['a row below none', (words) => (words[(32 + 8 * 8) / 4 + 3] = 0xffff_ffff), /a row that this trace does not have/],
  ];
  for (const [what, damage, sentence] of damages) {
    it(`are not believed when they have ${what}`, () => {
      const page = encodeOverlay(source, 0);
      damage(new Uint32Array(page, 0, Math.floor(page.byteLength / 4)), new Float64Array(page, 0, Math.floor(page.byteLength / 8)));
      const decoder = new OverlayDecoder(4);
      assert.throws(() => decoder.add(page), (error: Error) => error instanceof CodecError && sentence.test(error.message));
      assert.equal(decoder.columns().pathRow.length, 0);
    });
  }

  it('are not believed out of order, twice, or too short', () => {
    const two = large(60_000, 10, 1);
    const decoder = new OverlayDecoder(10);
    assert.throws(() => decoder.add(encodeOverlay(two, 1)), /not the next one/);
    decoder.add(encodeOverlay(two, 0));
    assert.throws(() => decoder.add(encodeOverlay(two, 0)), /not the next one/);
    assert.throws(() => decoder.add(encodeOverlay(source, 0)), /not the next one/);
    assert.throws(() => decoder.add(new ArrayBuffer(8)), /too few for its header/);
    assert.equal(decoder.complete, false);
  });
});
