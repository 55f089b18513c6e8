// Rows of ClickHouse's trace tables as spans: what the real engine gave back of the reference trace, in every format and schema, and what
// rows may look like besides.
import assert from 'node:assert/strict';
import { clickHouseRowsOf, decodeClickHouseRows } from '../../../src/formats/clickhouseRows.ts';
import { readTraceFile } from '../../../src/formats/fileReader.ts';
import { FormatError } from '../../../src/formats/formatError.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { attributeText } from '../../../src/model/attributeText.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { detailsOf, recorded, recordedText } from '../../support/formatFixtures.ts';
import { CLICKHOUSE_LOSSES } from '../../support/losses/clickhouse.ts';
import { checkLosses, factsOf, lossesOf } from '../../support/sameTrace.ts';

const REFERENCE = '4bf92f3577b34da6a3ce929d0e0e4736';
const ID = 'ab'.repeat(16);
const row = (more: object = {}): object => ({ TraceId: ID, SpanId: 'cd'.repeat(8), ParentSpanId: '', SpanName: 'GET /', SpanKind: 'Server', ServiceName: 'shop', Timestamp: '2024-10-30 12:24:00.218138154', Duration: '1500', StatusCode: 'Unset', ...more });
const jaegerRow = (more: object = {}): object => ({ trace_id: ID, id: 'cd'.repeat(8), parent_span_id: '', name: 'GET /', kind: 'client', service_name: 'shop', start_time: '2024-10-30 12:24:00.218138154', duration: 1500, status_code: 'Error', ...more });
const one = (document: unknown): SpanDetails => detailsOf(decodeClickHouseRows(document))[0]!;
const attributes = ({ attributes: list }: SpanDetails): Record<string, unknown> => Object.fromEntries(list.map(({ key, value }) => [key, value]));
const START = 1730291040218138154n;

describe('formats/clickhouseRows', () => {
  for (const [file, losses] of [
    ['exporter.ndjson', CLICKHOUSE_LOSSES.exporter],
    ['exporter.json', CLICKHOUSE_LOSSES.exporter],
    ['oldExporter.ndjson', CLICKHOUSE_LOSSES.oldExporter],
    ['jsonExporter.ndjson', CLICKHOUSE_LOSSES.jsonExporter],
    ['jsonExporter.compact.json', CLICKHOUSE_LOSSES.jsonExporter],
    ['jaeger.ndjson', CLICKHOUSE_LOSSES.jaeger],
  ] as const) {
    it(`reads the reference trace out of ${file}, but for the written losses`, async () => {
      const { format, batches, warnings } = await readTraceFile(recorded(`clickhouse/${file}`), file);
      assert.match(format, /ClickHouse rows/);
      assert.deepEqual([warnings, batches.flatMap((batch) => batch.warnings), batches.map((batch) => batch.rejected)], [[], [], [0]]);
      const expected = new Map(factsOf(buildTrace(REFERENCE, [{ batch: decodeOtlpProto(recorded('reference-trace.otlp.pb')) }])));
      // Nobody asked for the types of its paths: an integer beyond 2^53 and text of digits look the same then.
      if (file === 'jsonExporter.ndjson') expected.set('a1b2c3d4e5f6000e/attribute/big.integer', 'string:9223372036854775807');
      // Written as JSONEachRow writes it, which the losses are told of.
      const raw = recordedText(`clickhouse/${file.replace('.compact.json', '.ndjson').replace('.json', '.ndjson')}`);
      checkLosses(expected, factsOf(buildTrace(REFERENCE, batches.map((batch) => ({ batch })))), lossesOf(losses, 'first'), raw);
    });
  }

  for (const [what, more, start] of [
    ['text', {}, START],
    ['ISO', { Timestamp: '2024-10-30T12:24:00.218138154Z' }, START],
    ['seconds as text', { Timestamp: '1730291040.218138154' }, START],
    ['whole nanoseconds as our own queries ask', { TimestampNs: String(START), Timestamp: undefined }, START],
    ['none', { Timestamp: 'yesterday' }, 0n],
  ] as const) {
    it(`reads a time that is ${what}`, () => {
      assert.equal(one([row(more)]).startUnixNano, start);
    });
  }

  for (const [what, Duration] of [['wraps around', String(2n ** 64n - START)], ['is negative', String(-START)]] as const) {
    it(`a span without an end, whose duration ${what}, has not ended`, () => {
      assert.equal(one([row({ TimestampNs: String(START), Timestamp: undefined, Duration })]).endUnixNano, 0n);
    });
  }

  for (const [kind, code, expected] of [['Server', 'Error', [2, 2]], ['SPAN_KIND_SERVER', 'STATUS_CODE_ERROR', [2, 2]], ['Client', 'Ok', [3, 1]], ['SPAN_KIND_UNSPECIFIED', 'STATUS_CODE_UNSET', [0, 0]], ['', '', [0, 0]]] as const) {
    it(`reads ${kind || 'no kind'} and ${code || 'no code'}`, () => {
      const span = one([row({ SpanKind: kind, StatusCode: code })]);
      assert.deepEqual([span.kind, span.statusCode], expected);
    });
  }

  it('a JSON column keeps keys where they stand beside it, whole doubles by the types of its paths, and large integers', () => {
    const SpanAttributes = { a: { 'b': 1, deep: { c: 2 } }, big: '9223372036854775807', whole: 3, list: [1, 2] };
    assert.deepEqual(attributes(one([row({ SpanAttributes, SpanAttributesKeys: ['a', 'big', 'whole', 'gone'], SpanAttributesTypes: { whole: 'Float64', big: 'Int64' } })])), {
      a: { entries: [{ key: 'b', value: 1n }, { key: 'deep', value: { entries: [{ key: 'c', value: 2n }] } }] }, big: 9223372036854775807n, whole: 3, gone: undefined,
    });
    assert.deepEqual(attributes(one([row({ SpanAttributes, SpanAttributesTypes: { list: 'Array(Nullable(Float64))' } })])), { 'a.b': 1n, 'a.deep.c': 2n, big: '9223372036854775807', whole: 3n, list: [1, 2] });
  });

  it('nested columns may also be lists of objects, or be missing', () => {
    const span = one([row({ Events: [{ Timestamp: '2024-10-30 12:24:01', Name: 'exception', Attributes: { 'exception.type': 'E' } }], Links: [{ TraceId: ID, SpanId: 'ef'.repeat(8), TraceState: '', Attributes: {} }] })]);
    assert.deepEqual(span.events.map(({ name, timeUnixNano }) => [name, timeUnixNano]), [['exception', 1730291041000000000n]]);
    assert.deepEqual(span.links.map(({ spanId }) => spanId), ['ef'.repeat(8)]);
    assert.deepEqual(one([row()]).events, []);
  });

  it('the scope of tables made before 2023 is among the attributes', () => {
    const span = one([row({ SpanAttributes: { 'otel.scope.name': 'lib', 'otel.scope.version': '1', other: 'x' } })]);
    assert.deepEqual([span.scopeName, span.scopeVersion, attributes(span)], ['lib', '1', { other: 'x' }]);
    assert.deepEqual(attributes(one([row({ ScopeName: 'own', SpanAttributes: { 'otel.scope.name': 'lib' } })])), { 'otel.scope.name': 'lib' });
  });

  it("Jaeger's attributes have their types, what is nested or binary too", () => {
    const typed = {
      'bool_attributes.key': ['b'], 'bool_attributes.value': [true], 'double_attributes.key': ['d', 'nan'], 'double_attributes.value': [2, null], 'int_attributes.key': ['i'], 'int_attributes.value': ['9223372036854775807'],
      'complex_attributes.key': ['@bytes@raw', '@slice@list', '@map@broken', 'plain'], 'complex_attributes.value': ['AAE=', '{"arrayValue":{"values":[{"intValue":"1"}]}}', '{', 'x'],
    };
    const batch = decodeClickHouseRows([jaegerRow(typed)]);
    assert.deepEqual(attributes(detailsOf(batch)[0]!), { b: true, d: 2, nan: Number.NaN, i: 9223372036854775807n, raw: Uint8Array.of(0, 1), list: [1n], broken: '{', plain: 'x' });
    assert.deepEqual(batch.warnings.map(String), ['row: the attribute "broken" is no JSON and is shown as it is stored.']);
  });

  it('what is no span is counted, what is odd is said', () => {
    const batch = decodeClickHouseRows([row(), { hello: 1 }, row({ SpanId: '' }), 5, row({ SpanAttributes: 'x', SpanId: 'ee'.repeat(8) })]);
    assert.deepEqual([batch.count, batch.rejected], [2, 3]);
    assert.match(batch.warnings.join('\n'), /row 1 was rejected: it is no span\.\nrow 2 was rejected: it has no span id\.\nrow 3 was rejected.*\nrow 4: SpanAttributes is no map/);
    assert.throws(() => decodeClickHouseRows([{ hello: 1 }]), FormatError);
    for (const other of [{ data: [{ traceID: '1', spans: [] }] }, { data: [] }, [], {}, undefined, 5, [{ TraceId: '1' }]]) assert.equal(clickHouseRowsOf(other), undefined);
    assert.deepEqual(clickHouseRowsOf({ meta: [{ name: 'TraceId' }, { name: 'SpanId' }, { name: 'SpanName' }], data: [] }), []);
  });

  it('a column called __proto__ is a column', () => {
    const names = ['TraceId', 'SpanId', 'SpanName', '__proto__'];
    const [row] = clickHouseRowsOf({ meta: names.map((name) => ({ name })), data: [['ab'.repeat(16), 'cd'.repeat(8), 'n', { polluted: 1 }]] }) as readonly object[];
    assert.deepEqual([Object.keys(row!), Object.getPrototypeOf(row)], [names, Object.prototype]);
  });

  it('hostile keys and depths stay data', () => {
    let deep: object = { end: 1 };
    for (let k = 0; k < 5000; k++) deep = { a: deep };
    const document = JSON.parse(`{"__proto__":{"polluted":"1"},"constructor":"c"}`) as object;
    const span = one([row({ SpanAttributes: document, ResourceAttributes: deep })]);
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
    assert.deepEqual(span.attributes.map(({ key, value }) => `${key}=${attributeText(value)}`), ['__proto__.polluted=1', 'constructor=c']);
  });
});
