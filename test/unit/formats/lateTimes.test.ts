// Times of the year 9999 do not fit 64 bits of ns, but JSON can write them: their span stands at the end of its trace, said so, and
// its neighbours keep their place.
import assert from 'node:assert/strict';
import { decodeClickHouseRows } from '../../../src/formats/clickhouseRows.ts';
import { decodeCloudTrace } from '../../../src/formats/cloudTraceV1.ts';
import { decodeJaegerJson } from '../../../src/formats/jaegerJson.ts';
import { endAfter, isTooLate, LATEST_UNIX_NANO } from '../../../src/formats/jsonFields.ts';
import { decodeLangfuse } from '../../../src/formats/langfuse.ts';
import { decodeOtlpJson } from '../../../src/formats/otlpJson.ts';
import { decodePhoenixJson } from '../../../src/formats/phoenixJson.ts';
import { decodeZipkinJson } from '../../../src/formats/zipkinJson.ts';
import { splitByTrace } from '../../../src/model/splitByTrace.ts';
import { summaryOf } from '../../../src/model/traceSummary.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import { detailsOf } from '../../support/formatFixtures.ts';

const YEAR_9999_S = 253_402_300_799n;
const NOW_S = 1_795_221_079n;
const [NEAR, LATE] = ['2026-11-21T00:31:19Z', '9999-12-31T23:59:59Z'];
const ONCE = /The time of 1 span is later than 64 bits of nanoseconds can say \(the year 2554\)/;
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
  // Formats that write dates: said once for all of a batch.
  ['Langfuse', decodeLangfuse([
    { id: 'a', traceId: ID, type: 'SPAN', name: 'near', startTime: NEAR, endTime: NEAR, parentObservationId: null },
    { id: 'b', traceId: ID, type: 'SPAN', name: 'late', startTime: LATE, endTime: LATE, parentObservationId: 'a' },
  ]), ONCE],
  ['Cloud Trace', decodeCloudTrace({ projectId: 'p', traceId: ID, spans: [{ spanId: '1', name: 'near', startTime: NEAR, endTime: NEAR }, { spanId: '2', name: 'late', startTime: LATE, endTime: LATE }] }), ONCE],
  ['ClickHouse', decodeClickHouseRows([
    { TraceId: ID, SpanId: 'a'.repeat(16), SpanName: 'near', Timestamp: NEAR, Duration: 5 }, { TraceId: ID, SpanId: 'b'.repeat(16), SpanName: 'late', Timestamp: LATE, Duration: 5 },
  ]), ONCE],
  ['Phoenix', decodePhoenixJson([
    { name: 'near', context: { trace_id: ID, span_id: 'a'.repeat(16) }, span_kind: 'LLM', start_time: NEAR, end_time: NEAR }, { name: 'late', context: { trace_id: ID, span_id: 'b'.repeat(16) }, span_kind: 'LLM', start_time: LATE, end_time: LATE, events: [{ name: 'e', timestamp: LATE }] },
  ]), ONCE],
];

describe('times later than 64 bits of ns', () => {
  for (const [what, batch, warning] of formats) {
    it(`${what}: the latest time there is, said so; the trace still begins with its other span`, () => {
      assert.deepEqual(detailsOf(batch).map((span) => [span.name, span.startUnixNano]), [['near', NOW_S * 1_000_000_000n], ['late', LATEST_UNIX_NANO]]);
      assert.equal(detailsOf(batch)[1]!.endUnixNano, LATEST_UNIX_NANO, 'it does not wrap round to 1970');
      assert.ok(detailsOf(batch)[1]!.events.every(({ timeUnixNano }) => timeUnixNano === LATEST_UNIX_NANO));
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
