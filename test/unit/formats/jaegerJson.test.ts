import assert from 'node:assert/strict';
import { FormatError } from '../../../src/formats/formatError.ts';
import { decodeJaegerJson } from '../../../src/formats/jaegerJson.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import type { AttributeValue } from '../../../src/model/attributes.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { byName, detailsOf, foreign, recorded, recordedText, serviceOf } from '../../support/formatFixtures.ts';

const PROCESSES = { p1: { serviceName: 'svc', tags: [{ key: 'host', type: 'string', value: 'h1' }] } };
const span = (more: object = {}): object => ({ traceID: 'ab', spanID: '1', operationName: 'op', startTime: 1_485_467_191_639_875, duration: 5, processID: 'p1', ...more });
const trace = (...spans: unknown[]): object => ({ traceID: 'ab', spans, processes: PROCESSES });
const decode = (...spans: unknown[]): SpanBatch => decodeJaegerJson({ data: [trace(...spans)] });
const one = (more: object): SpanDetails => detailsOf(decode(span(more)))[0]!;
const tag = (type: string | undefined, value: unknown): AttributeValue => one({ tags: [{ key: 'k', type, value }] }).attributes[0]!.value;

/** Jaeger's v1 API has no lists, maps and ns: those attributes come as JSON text. */
const AS_TEXT: ReadonlyMap<string, string> = new Map([
  ['retrieval.filter', '{}'],
  ['context.sections', '["system","history","documents"]'],
  ['gen_ai.response.finish_reasons', '["stop"]'],
  ['nested', '{"a":1,"b":[true,2.5]}'],
]);

describe('decodeJaegerJson', () => {
  for (const file of ['jaeger-v1/trace.body', 'jaeger-v1/trace-raw.body', 'jaeger-v1/search.body', 'jaeger-newest/v1-trace.body']) {
    it(`reads the reference trace out of ${file}, but for what Jaeger loses`, () => {
      const batch = decodeJaegerJson(JSON.parse(recordedText(file)));
      assert.equal(batch.rejected, 0);
      const came = byName(batch);
      const sent = byName(decodeOtlpProto(recorded('reference-trace.otlp.pb')));
      assert.equal(came.size, sent.size);
      const base = came.get('post /chat')!.startUnixNano - sent.get('post /chat')!.startUnixNano;
      for (const [name, expected] of sent) {
        const span = came.get(name)!;
        for (const key of ['traceId', 'spanId', 'parentSpanId', 'kind', 'statusCode', 'statusMessage', 'scopeName', 'scopeVersion'] as const) assert.equal(span[key], expected[key], `${name} ${key}`);
        assert.equal(span.startUnixNano - base, expected.startUnixNano, name);
        assert.equal(span.endUnixNano - span.startUnixNano, expected.endUnixNano - expected.startUnixNano, name);
        assert.deepEqual(span.events.map((event) => event.name).sort(), expected.events.map((event) => event.name).sort());
        assert.deepEqual(span.links.map((link) => [link.traceId, link.spanId]), expected.links.map((link) => [link.traceId, link.spanId]));
        const values = new Map(span.attributes.map(({ key, value }) => [key, value]));
        for (const { key, value } of expected.attributes) assert.deepEqual(values.get(key), AS_TEXT.get(key) ?? value, `${name} ${key}`);
        values.delete('@jaeger@warnings');
        assert.equal(values.size, expected.attributes.length, `${name}: nothing added`);
      }
    });
  }

  it('takes one trace, a list of traces, and the envelope', () => {
    for (const document of [trace(span()), [trace(span())], { data: [trace(span())] }, { data: trace(span()) }]) assert.equal(decodeJaegerJson(document).count, 1);
    assert.equal(decodeJaegerJson({ data: [trace(span()), trace(span())], total: 0, errors: null }).count, 2);
    assert.equal(decodeJaegerJson({ data: [], errors: null }).count, 0);
  });

  it('throws for anything else, and for an answer that is only an error', () => {
    for (const other of [undefined, null, 'x', 5, {}, [], { data: null }, { data: ['service'] }, [{ traceId: '1', id: '2' }], { resourceSpans: [] }]) assert.throws(() => decodeJaegerJson(other), FormatError);
    assert.throws(() => decodeJaegerJson(JSON.parse(recordedText('jaeger-v1/trace-missing.body'))), /no trace but an answer of Jaeger's with error 404: trace not found/);
    assert.throws(() => decodeJaegerJson(JSON.parse(recordedText('jaeger-poisoned/v1-trace.body'))), /error 500: .*unsupported value/);
  });

  const types: readonly (readonly [type: string | undefined, value: unknown, expected: AttributeValue])[] = [
    ['string', 'a', 'a'],
    ['bool', true, true],
    ['bool', 'false', false],
    ['bool', 'maybe', 'maybe'],
    ['int64', 23_456, 23_456n],
    ['int64', '9223372036854775222', 9_223_372_036_854_775_222n],
    ['int64', 'NaN', 'NaN'],
    ['float64', 72.5, 72.5],
    ['float64', '72.5', 72.5],
    ['float64', 'NaN', Number.NaN],
    ['float64', 'warm', 'warm'],
    ['binary', 'AAAwOQ==', Uint8Array.of(0, 0, 0x30, 0x39)],
    [undefined, 7.5, 7.5],
    ['new', true, true],
    ['string', 404, '404'],
    ['STRING', 'a', 'a'],
  ];
  for (const [type, value, expected] of types) {
    it(`reads a tag of type ${type} with the value ${JSON.stringify(value)}`, () => assert.deepEqual(tag(type, value), expected));
  }

  it('pads ids and remembers the trace’s own', () => {
    const batch = decode(span({ spanID: 'F' }));
    assert.equal(detailsOf(batch)[0]!.traceId, 'ab'.padStart(32, '0'));
    assert.equal(detailsOf(batch)[0]!.spanId, '000000000000000f');
    assert.deepEqual([...batch.nativeTraceIds!], [['ab'.padStart(32, '0'), 'ab']]);
    assert.equal(decodeJaegerJson(JSON.parse(recordedText('jaeger-v1/trace.body'))).nativeTraceIds, undefined);
  });

  const ref = (refType: string, traceID: string, spanID: string): object => ({ refType, traceID, spanID });
  const parents: readonly (readonly [what: string, more: object, parent: string, links: number])[] = [
    ['none', {}, '', 0],
    ['CHILD_OF', { references: [ref('CHILD_OF', 'ab', '2')] }, '2', 0],
    ['a padded trace id', { references: [ref('CHILD_OF', '00ab', '2')] }, '2', 0],
    ['FOLLOWS_FROM alone', { references: [ref('FOLLOWS_FROM', 'ab', '3')] }, '3', 0],
    ['CHILD_OF behind FOLLOWS_FROM', { references: [ref('FOLLOWS_FROM', 'ab', '3'), ref('CHILD_OF', 'ab', '2')] }, '2', 1],
    ['another trace', { references: [ref('CHILD_OF', 'ff', '2')] }, '', 1],
    ['another trace and parentSpanID', { references: [ref('CHILD_OF', 'ff', '2')], parentSpanID: '4' }, '4', 1],
    ['parentSpanID', { parentSpanID: '4' }, '4', 0],
    ['two parents', { references: [ref('CHILD_OF', 'ab', '2'), ref('CHILD_OF', 'ab', '3')] }, '2', 1],
    ['odd references', { references: ['x', null, ref('CHILD_OF', 'ab', 'zz')] }, '', 1],
  ];
  for (const [what, more, parent, links] of parents) {
    it(`finds the parent: ${what}`, () => {
      const details = one(more);
      assert.equal(details.parentSpanId, parent === '' ? '' : parent.padStart(16, '0'));
      assert.equal(details.links.length, links);
    });
  }

  it('reads counts of what was dropped', () => {
    const { droppedAttributes, droppedLinks, attributes } = one({ tags: [{ key: 'otel.dropped_attributes_count', type: 'int64', value: 3 }, { key: 'otel.dropped_links_count', type: 'string', value: '2' }] });
    assert.deepEqual([droppedAttributes, droppedLinks, attributes], [3, 2, []]);
  });

  it('sees errors of every spelling', () => {
    assert.equal(one({ tags: [{ key: 'error', type: 'bool', value: true }] }).statusCode, 2);
    assert.equal(one({ tags: [{ key: 'error', type: 'string', value: 'true' }] }).statusCode, 2);
    assert.equal(one({ tags: [{ key: 'otel.status_code', type: 'string', value: 'ERROR' }, { key: 'otel.status_description', type: 'string', value: 'why' }] }).statusMessage, 'why');
    assert.equal(one({ tags: [{ key: 'otel.status_code', type: 'string', value: 'OK' }] }).statusCode, 1);
    assert.equal(one({ tags: [{ key: 'error', type: 'bool', value: false }] }).statusCode, 0);
    assert.deepEqual(one({ tags: [{ key: 'error', type: 'bool', value: true }] }).attributes, [{ key: 'error', value: true }], 'the program set it, so it stays');
  });

  it('reads logs as events, named by their event or message', () => {
    const field = (key: string, value: string): object => ({ key, type: 'string', value });
    const { events } = one({
      logs: [
        { timestamp: 5, fields: [field('event', 'exception'), field('stack', 's')] },
        { timestamp: 6.5, fields: [field('message', 'hello')] },
        { timestamp: 'odd', fields: [field('x', 'y')] },
        'no log',
      ],
    });
    assert.deepEqual(events.map(({ name, timeUnixNano }) => [name, timeUnixNano]), [['exception', 5000n], ['hello', 6500n], ['log', 0n]]);
    assert.deepEqual(events[0]!.attributes, [{ key: 'stack', value: 's' }]);
    assert.deepEqual(events[2]!.attributes, [{ key: 'x', value: 'y' }]);
  });

  it('keeps warnings of spans as an attribute and of the trace as a warning', () => {
    const batch = decodeJaegerJson({ ...trace(span({ warnings: ['clock skew'] })), warnings: ['trace too large'] });
    assert.deepEqual(detailsOf(batch)[0]!.attributes, [{ key: '@jaeger@warnings', value: ['clock skew'] }]);
    assert.match(batch.warnings[0]!, /Jaeger warns: trace too large/);
  });

  it('finds the process by its id, inside the span, or says that it is missing', () => {
    assert.equal(serviceOf(decode(span()), 0), 'svc');
    assert.deepEqual(one({}).resource, [{ key: 'service.name', value: 'svc' }, { key: 'host', value: 'h1' }]);
    assert.equal(serviceOf(decode(span({ processID: undefined, process: { serviceName: 'inline' } })), 0), 'inline');
    const lost = decode(span({ processID: '__proto__' }), span({ processID: 'constructor' }));
    assert.equal(serviceOf(lost, 0), '');
    assert.equal(lost.warnings.length, 2);
    assert.match(lost.warnings[0]!, /process "__proto__" is not in the trace/);
  });

  it('reads times: whole, fractions, text, missing', () => {
    assert.equal(one({}).startUnixNano, 1_485_467_191_639_875_000n);
    assert.equal(one({}).endUnixNano, 1_485_467_191_639_880_000n);
    assert.equal(one({ startTime: 10.25 }).startUnixNano, 10_250n);
    assert.equal(one({ startTime: '10', duration: '2' }).endUnixNano, 12_000n);
    assert.equal(one({ duration: undefined }).endUnixNano, 0n);
    for (const startTime of [undefined, 'x', -1, {}]) assert.match(decode(span({ startTime })).warnings[0]!, /start time/);
  });

  it('rejects spans without a valid id, and keeps their neighbours', () => {
    const batch = decode(span(), span({ spanID: '' }), null, span({ spanID: '0' }), span({ spanID: 'xyz' }), span({ spanID: '2', traceID: 'not hex' }));
    assert.equal(batch.count, 2);
    assert.equal(batch.rejected, 4);
    assert.match(batch.warnings.join('\n'), /trace\.spans\[2\] was rejected: it is not an object/);
    assert.equal(detailsOf(batch)[1]!.traceId, '0'.repeat(32));
  });

  const others: readonly (readonly [file: string, spans: number])[] = [['jaeger/ui-genai-57spans.json', 57], ['jaeger/uimodel-all-tag-types.json', 5]];
  for (const [file, spans] of others) {
    const bytes = foreign(file);
    if (bytes === undefined) continue;
    it(`reads ${file} of another project`, () => {
      const batch = decodeJaegerJson(JSON.parse(Buffer.from(bytes).toString()));
      assert.equal(batch.count, spans);
      assert.equal(batch.rejected, 0);
      assert.equal(batch.status.filter((code) => code === 2).length, 1);
    });
  }
});
