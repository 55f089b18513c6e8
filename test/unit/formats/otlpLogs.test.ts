// Log records as events of their spans: protobuf and JSON say the same, exceptions are named, what belongs to no trace is counted.
import assert from 'node:assert/strict';
import { decodeSpan } from '../../../src/formats/spanDecoder.ts';
import { decodeLogsJson, decodeLogsProto, type ReceivedLogs } from '../../../src/formats/otlpLogs.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { ProtoWriter } from '../../../src/formats/protoWriter.ts';
import { writeAttribute, writeValue } from '../../../src/formats/anyValue.ts';
import { encodeEvents, withEvents } from '../../../src/formats/spanEvents.ts';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { simpleTrace, traceIdOf } from '../../support/storeFixture.ts';

const TRACE = traceIdOf(7);
/** simpleTrace's second span of trace 7. */
const CHILD = (7002).toString(16).padStart(16, '0');
const ROOT = (7001).toString(16).padStart(16, '0');

interface Record {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly body?: string;
  readonly severity?: number;
  readonly severityText?: string;
  readonly event?: string;
  readonly time?: bigint;
  readonly observed?: bigint;
  readonly attributes?: Readonly<globalThis.Record<string, string>>;
}

function proto(records: readonly Record[], scope = 'app.logger'): Uint8Array {
  const w = new ProtoWriter();
  w.begin(1, 2);
  w.begin(1);
  writeAttribute(w, 1, 'service.name', 'shop');
  w.end();
  w.begin(2, 2);
  w.begin(1);
  w.string(1, scope);
  w.end();
  for (const record of records) {
    w.begin(2, 2);
    if (record.time !== undefined) w.fixed64(1, record.time);
    if (record.severity !== undefined) w.uint32(2, record.severity);
    if (record.severityText !== undefined) w.string(3, record.severityText);
    if (record.body !== undefined) writeValue(w, 5, record.body, 0);
    for (const [key, value] of Object.entries(record.attributes ?? {})) writeAttribute(w, 6, key, value);
    if (record.traceId !== undefined) w.hex(9, record.traceId);
    if (record.spanId !== undefined) w.hex(10, record.spanId);
    if (record.observed !== undefined) w.fixed64(11, record.observed);
    if (record.event !== undefined) w.string(12, record.event);
    w.end();
  }
  return w.finish();
}

const json = (records: readonly Record[], scope = 'app.logger'): string =>
  JSON.stringify({
    resourceLogs: [{ resource: {}, scopeLogs: [{ scope: { name: scope }, logRecords: records.map((record) => ({
      traceId: record.traceId, spanId: record.spanId, severityNumber: record.severity, severityText: record.severityText, eventName: record.event,
      ...(record.time === undefined ? {} : { timeUnixNano: record.time.toString() }), ...(record.observed === undefined ? {} : { observedTimeUnixNano: record.observed.toString() }),
      ...(record.body === undefined ? {} : { body: { stringValue: record.body } }),
      attributes: Object.entries(record.attributes ?? {}).map(([key, value]) => ({ key, value: { stringValue: value } })),
    })) }] }],
  });

const parts = ({ traces }: ReceivedLogs): Uint8Array[] => traces.map(({ events }) => encodeEvents(events));
const spans = (): ReturnType<typeof decodeOtlpProto> => decodeOtlpProto(simpleTrace({ id: 7, spans: 3 }));
/** Events of each span as the details panel has them. */
const eventsOf = (received: ReceivedLogs, batches = [spans()]): [spanId: string, events: unknown[]][] => {
  const { batches: whole } = withEvents(batches, parts(received));
  return whole.flatMap((batch) => Array.from({ length: batch.count }, (_, k) => decodeSpan(batch, k))).filter(({ events }) => events.length > 0)
    .map(({ spanId, events }) => [spanId, events.map(({ name, timeUnixNano, attributes }) => [name, timeUnixNano, Object.fromEntries(attributes.map(({ key, value }) => [key, value]))])]);
};

describe('formats/otlpLogs', () => {
  const CASES: readonly (readonly [what: string, record: Record, event: readonly [spanId: string, name: string, time: bigint, attributes: object]])[] = [
    ['a line of text', { traceId: TRACE, spanId: CHILD, time: 5n, severity: 9, body: 'hello', attributes: { k: 'v' } }, [CHILD, 'log', 5n, { 'log.body': 'hello', 'log.severity': 'INFO', 'log.scope': 'app.logger', k: 'v' }]],
    ['its own severity text', { traceId: TRACE, spanId: CHILD, time: 5n, severity: 17, severityText: 'Critical' }, [CHILD, 'log', 5n, { 'log.severity': 'Critical', 'log.scope': 'app.logger' }]],
    ['a named event', { traceId: TRACE, spanId: CHILD, time: 5n, event: 'gen_ai.user.message' }, [CHILD, 'gen_ai.user.message', 5n, { 'log.scope': 'app.logger' }]],
    ['only an observed time', { traceId: TRACE, spanId: CHILD, observed: 9n }, [CHILD, 'log', 9n, { 'log.scope': 'app.logger' }]],
    ['an exception', { traceId: TRACE, spanId: CHILD, time: 5n, attributes: { 'exception.type': 'E', 'exception.stacktrace': 's' } }, [CHILD, 'exception', 5n, { 'log.scope': 'app.logger', 'exception.type': 'E', 'exception.stacktrace': 's' }]],
    ['no span: the trace’s root has it', { traceId: TRACE, time: 5n, body: 'x' }, [ROOT, 'log', 5n, { 'log.body': 'x', 'log.scope': 'app.logger' }]],
  ];
  for (const [what, record, [spanId, name, time, attributes]] of CASES) {
    it(what, () => {
      for (const received of [decodeLogsProto(proto([record])), decodeLogsJson(json([record]))]) {
        assert.equal(received.unrelated, 0);
        assert.deepEqual(eventsOf(received), [[spanId, [[name, time, attributes]]]]);
      }
    });
  }

  it('an exception that is logged counts as one', () => {
    const received = decodeLogsProto(proto([{ traceId: TRACE, spanId: CHILD, attributes: { 'exception.message': 'm' } }]));
    const [batch] = withEvents([spans()], parts(received)).batches;
    assert.deepEqual(Array.from(batch!.flags, (flags) => (flags & SpanFlag.exception) !== 0), [false, true, false]);
  });

  it('records of no trace are counted, and nothing else of the request suffers', () => {
    for (const received of [decodeLogsProto(proto([{ body: 'a' }, { traceId: '0'.repeat(32), body: 'b' }, { traceId: TRACE, spanId: CHILD }])), decodeLogsJson(json([{ body: 'a' }, { traceId: '0'.repeat(32) }, { traceId: TRACE, spanId: CHILD }]))]) {
      assert.deepEqual([received.unrelated, received.traces.map(({ traceId, events }) => [traceId, events.length])], [2, [[TRACE, 1]]]);
    }
  });

  it('what is no logs message says where it breaks; an empty one is fine', () => {
    assert.throws(() => decodeLogsProto(Uint8Array.of(0x0a, 0x7f)), /Not a readable OTLP\/protobuf logs message: .*at byte 1/);
    assert.throws(() => decodeLogsJson('{"resourceLogs":3}'), /"resourceLogs" is not a list/);
    assert.throws(() => decodeLogsJson('{'), /JSON/);
    assert.deepEqual([decodeLogsProto(new Uint8Array(0)), decodeLogsJson('{}')], [{ traces: [], unrelated: 0 }, { traces: [], unrelated: 0 }]);
  });
});

describe('formats/spanEvents', () => {
  const received = decodeLogsProto(proto([{ traceId: TRACE, spanId: CHILD, time: 1n, body: 'one' }, { traceId: TRACE, spanId: CHILD, time: 2n, body: 'two' }]));

  it('records sent twice are put in once', () => {
    const [batch] = withEvents([spans()], [...parts(received), ...parts(received)]).batches;
    assert.equal(decodeSpan(batch!, 1).events.length, 2);
  });

  it('a span that was sent twice still collapses', () => {
    const { batches } = withEvents([spans(), spans()], parts(received));
    const trace = buildTrace(TRACE, batches.map((batch) => ({ batch })));
    assert.deepEqual([trace.spans, trace.duplicates], [3, 3]);
  });

  it('what waits for its span is counted; batches without events stay as they are', () => {
    const other = decodeOtlpProto(simpleTrace({ id: 8 }));
    const result = withEvents([other], parts(received));
    assert.deepEqual([result.waiting, result.batches[0] === other], [2, true]);
  });

  it('bytes that were cut off end where they are whole', () => {
    const [bytes] = parts(received);
    for (let length = 0; length < bytes!.length; length++) {
      const { batches } = withEvents([spans()], [bytes!.subarray(0, length)]);
      assert.ok(decodeSpan(batches[0]!, 1).events.length < 2);
    }
  });
});
