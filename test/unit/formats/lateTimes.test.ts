// Times of the year 9999 do not fit 64 bits of ns, but JSON can write them: their span stands at the end of its trace, said so, and
// its neighbours keep their place.
import assert from 'node:assert/strict';
import { decodeJaegerJson } from '../../../src/formats/jaegerJson.ts';
import { endAfter, isTooLate, LATEST_UNIX_NANO } from '../../../src/formats/jsonFields.ts';
import { decodeOtlpJson } from '../../../src/formats/otlpJson.ts';
import { decodeZipkinJson } from '../../../src/formats/zipkinJson.ts';
import { splitByTrace } from '../../../src/model/splitByTrace.ts';
import { summaryOf } from '../../../src/model/traceSummary.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import { detailsOf } from '../../support/formatFixtures.ts';

const YEAR_9999_S = 253_402_300_799n;
const NOW_S = 1_795_221_079n;
const ID = '5b8efff798038103d269b633813fc60c';

const formats: readonly (readonly [what: string, late: SpanBatch, warning: RegExp])[] = [
  ['OTLP/JSON', decodeOtlpJson({ resourceSpans: [{ scopeSpans: [{ spans: [
    { traceId: ID, spanId: 'a'.repeat(16), name: 'near', startTimeUnixNano: `${NOW_S * 1_000_000_000n}`, endTimeUnixNano: `${NOW_S * 1_000_000_000n + 5000n}` },
    { traceId: ID, spanId: 'b'.repeat(16), name: 'late', startTimeUnixNano: `${YEAR_9999_S * 1_000_000_000n}`, endTimeUnixNano: `${YEAR_9999_S * 1_000_000_000n + 5n}` },
  ] }] }] }), /spans\[1\]: its start time is later than 64 bits of nanoseconds can say \(the year 2554\)/],
  ['Jaeger', decodeJaegerJson({ data: [{ traceID: ID, processes: { p: { serviceName: 's' } }, spans: [
    { traceID: ID, spanID: 'a', operationName: 'near', startTime: Number(NOW_S) * 1e6, duration: 5, processID: 'p' },
    { traceID: ID, spanID: 'b', operationName: 'late', startTime: `${YEAR_9999_S * 1_000_000n}`, duration: 5, processID: 'p' },
  ] }] }), /spans\[1\]: its start time is later than 64 bits/],
  ['Zipkin', decodeZipkinJson([
    { traceId: ID, id: 'a', name: 'near', timestamp: Number(NOW_S) * 1e6, duration: 5 },
    { traceId: ID, id: 'b', name: 'late', timestamp: `${YEAR_9999_S * 1_000_000n}`, duration: 5 },
  ]), /span 1: its timestamp is later than 64 bits/],
];

describe('times later than 64 bits of ns', () => {
  for (const [what, batch, warning] of formats) {
    it(`${what}: the latest time there is, said so; the trace still begins with its other span`, () => {
      assert.deepEqual(detailsOf(batch).map((span) => [span.name, span.startUnixNano]), [['near', NOW_S * 1_000_000_000n], ['late', LATEST_UNIX_NANO]]);
      assert.equal(detailsOf(batch)[1]!.endUnixNano, LATEST_UNIX_NANO, 'it does not wrap round to 1970');
      assert.match(batch.warnings.join(' '), warning);
      assert.equal(batch.rejected, 0);
      const [part] = splitByTrace([batch]);
      assert.equal(summaryOf(buildTrace(ID, part!.selections)).startUnixNano, NOW_S * 1_000_000_000n);
    });
  }

  for (const [value, unit, late] of [
    ['18446744073709551615', 1n, false], ['18446744073709551616', 1n, true], [1e21, 1n, true], ['-18446744073709551616', 1n, false],
    ['18446744073709551', 1000n, false], ['18446744073709552', 1000n, true], ['soon', 1n, false], [undefined, 1n, false], [{}, 1n, false], [Infinity, 1n, false],
  ] as const) {
    it(`${String(value)} in units of ${unit} ns is ${late ? '' : 'not '}too late`, () => assert.equal(isTooLate(value, unit), late));
  }

  it('an end by duration stops there too', () => {
    assert.equal(endAfter(5n, 6n), 11n);
    assert.equal(endAfter(LATEST_UNIX_NANO - 1n, 1n), LATEST_UNIX_NANO);
    assert.equal(endAfter(LATEST_UNIX_NANO - 1n, 2n), LATEST_UNIX_NANO);
  });
});
