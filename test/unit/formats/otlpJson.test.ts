import assert from 'node:assert/strict';
import { FormatError } from '../../../src/formats/formatError.ts';
import { decodeOtlpJson, decodeOtlpJsonText } from '../../../src/formats/otlpJson.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import type { Attribute } from '../../../src/model/attributes.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { byName, detailsOf, recorded, recordedText } from '../../support/formatFixtures.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = (more: object = {}): object => ({ traceId: TRACE, spanId: 'a1b2c3d4e5f60001', name: 'GET /', startTimeUnixNano: '1795221079000000000', endTimeUnixNano: '1795221079000000009', ...more });
const document = (...spans: unknown[]): object => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
const one = (more: object): SpanDetails => detailsOf(decodeOtlpJson(document(span(more))))[0]!;
const attribute = (value: unknown): unknown => one({ attributes: [{ key: 'k', value }] }).attributes[0]!.value;

describe('decodeOtlpJson', () => {
  it('reads the reference trace as protobuf has it', () => {
    const json = decodeOtlpJsonText(recordedText('reference-trace.otlp.json'));
    assert.deepEqual(detailsOf(json), detailsOf(decodeOtlpProto(recorded('reference-trace.otlp.pb'))));
    assert.deepEqual(json.warnings, []);
  });

  const answers: readonly (readonly [file: string, spans: number])[] = [
    ['tempo/trace-v1-json.body', 14],
    ['tempo/trace-v2-json.body', 14],
    ['jaeger-v3/trace.body', 14],
    ['jaeger-newest/v3-trace.body', 14],
  ];
  for (const [file, spans] of answers) {
    it(`reads the same trace out of ${file}`, () => {
      const batch = decodeOtlpJsonText(recordedText(file));
      assert.equal(batch.count, spans);
      assert.equal(batch.rejected, 0);
      const sent = byName(decodeOtlpProto(recorded('reference-trace.otlp.pb')));
      const shift = (spansOf: Map<string, SpanDetails>): bigint => spansOf.get('post /chat')!.startUnixNano;
      const came = byName(batch);
      for (const [name, expected] of sent) {
        const span = came.get(name)!;
        const sorted = (attributes: readonly Attribute[]): readonly Attribute[] => attributes.filter(({ key }) => key !== '@jaeger@warnings').sort((a, b) => (a.key < b.key ? -1 : 1));
      const relative = (s: SpanDetails, base: bigint): object => ({ ...s, startUnixNano: s.startUnixNano - base, endUnixNano: s.endUnixNano - base, events: s.events.map((e) => ({ ...e, attributes: sorted(e.attributes), timeUnixNano: e.timeUnixNano - base })).sort((a, b) => Number(a.timeUnixNano - b.timeUnixNano)), resource: [], attributes: sorted(s.attributes) });
        assert.deepEqual(relative(span, shift(came)), relative(expected, shift(sent)), name);
      }
    });
  }

  it('reads Phoenix: snake_case, nulls, times beyond 2^53 exactly as written', () => {
    const batch = decodeOtlpJsonText(recordedText('phoenix/spans-otlp.body'));
    assert.equal(batch.count, 13);
    assert.deepEqual(batch.warnings, []);
    const process = byName(batch).get('events process')!;
    assert.equal(process.endUnixNano, 1_795_221_087_951_899_904n);
    assert.equal(process.parentSpanId, 'a1b2c3d4e5f6000c');
    assert.equal(process.kind, 1);
    assert.equal(process.attributes.find(({ key }) => key === 'messaging.system')?.value, 'kafka');
  });

  it('reads NaN and Infinity', () => {
    const values = detailsOf(decodeOtlpJsonText(recordedText('poison-trace.otlp.json'))).flatMap((s) => s.attributes.map(({ value }) => value)).filter((value) => typeof value === 'number');
    assert.ok(values.some((value) => Number.isNaN(value)));
    assert.ok(values.includes(Infinity));
  });

  const shapes: readonly (readonly [what: string, document: unknown])[] = [
    ['batches', { batches: [{ scopeSpans: [{ spans: [span()] }] }] }],
    ['instrumentationLibrarySpans', { resourceSpans: [{ instrumentationLibrarySpans: [{ instrumentationLibrary: { name: 'lib' }, spans: [span()] }] }] }],
    ['wrapped as trace', { trace: { resourceSpans: [{ scopeSpans: [{ spans: [span()] }] }] }, metrics: {}, status: 'PARTIAL' }],
    ['wrapped as trace with batches', { trace: { batches: [{ scopeSpans: [{ spans: [span()] }] }] } }],
    ['wrapped as result', { result: { resourceSpans: [{ scopeSpans: [{ spans: [span()] }] }] } }],
    ['snake_case', { resource_spans: [{ scope_spans: [{ spans: [{ trace_id: TRACE, span_id: 'a1b2c3d4e5f60001', name: 'GET /', start_time_unix_nano: '1', end_time_unix_nano: 2 }] }] }] }],
    ['nulls for everything else', document(span({ parentSpanId: null, kind: null, status: null, attributes: null, events: null, links: null, traceState: null, droppedAttributesCount: null }))],
    ['unknown fields', { resourceSpans: [{ schemaUrl: 'x', new: 1, scopeSpans: [{ spans: [span({ tomorrow: {} })] }] }], extra: [] }],
    ['a bare span', span()],
  ];
  for (const [what, shape] of shapes) {
    it(`reads ${what}`, () => {
      const batch = decodeOtlpJson(shape);
      assert.equal(batch.count, 1);
      assert.equal(batch.rejected, 0);
      assert.deepEqual(batch.warnings, []);
      assert.equal(detailsOf(batch)[0]!.name, 'GET /');
      assert.equal(detailsOf(batch)[0]!.traceId, TRACE);
    });
  }

  it('reads the old library as scope', () => {
    assert.equal(detailsOf(decodeOtlpJson(shapes[1]![1]))[0]!.scopeName, 'lib');
  });

  it('reads an empty answer as no spans', () => {
    for (const empty of [{}, { resourceSpans: null }, { resourceSpans: [] }, { trace: {}, metrics: {} }, { result: {} }, { resourceSpans: [{}] }, { resourceSpans: [{ scopeSpans: [{}] }] }]) assert.equal(decodeOtlpJson(empty).count, 0);
  });

  const ids: readonly (readonly [what: string, traceId: unknown, expected: string])[] = [
    ['hex', TRACE, TRACE],
    ['upper-case hex', TRACE.toUpperCase(), TRACE],
    ['base64', 'S/kvNXezTaajzpKdDg5HNg==', TRACE],
    ['base64 without padding', 'S/kvNXezTaajzpKdDg5HNg', TRACE],
    ['base64 for URLs', 'S_kvNXezTaajzpKdDg5HNg==', TRACE],
    ['hex without leading zeros', '6', '6'.padStart(32, '0')],
    ['zeros', '0'.repeat(32), '0'.repeat(32)],
    ['nothing', undefined, '0'.repeat(32)],
  ];
  for (const [what, traceId, expected] of ids) {
    it(`reads a trace id given as ${what}`, () => {
      const batch = decodeOtlpJson(document(span({ traceId })));
      assert.equal(detailsOf(batch)[0]!.traceId, expected);
      assert.deepEqual(batch.warnings, []);
    });
  }

  it('keeps a span whose trace id cannot be read, and says where', () => {
    const batch = decodeOtlpJson(document(span(), span({ traceId: 'not an id' }), span({ traceId: 7 })));
    assert.equal(batch.count, 3);
    assert.deepEqual(batch.warnings.map((warning) => warning.slice(0, 38)), ['resourceSpans[0].scopeSpans[0].spans[1', 'resourceSpans[0].scopeSpans[0].spans[2']);
  });

  it('reads roots however they are marked', () => {
    for (const parentSpanId of [undefined, null, '', '0000000000000000', 'AAAAAAAAAAA=']) assert.equal(one({ parentSpanId }).parentSpanId, '');
    assert.equal(one({ parentSpanId: 'obLDxOX2AAI=' }).parentSpanId, 'a1b2c3c4e5f60002');
  });

  it('reads kinds and status codes by number and by name', () => {
    for (const kind of [3, '3', 'SPAN_KIND_CLIENT', 'Client', 'client']) assert.equal(one({ kind }).kind, 3);
    for (const kind of [undefined, 9, -1, 1.5, 'SPAN_KIND_WHATEVER', {}, '']) assert.equal(one({ kind }).kind, 0);
    for (const code of [2, 'STATUS_CODE_ERROR', 'Error', '2']) assert.equal(one({ status: { code } }).statusCode, 2);
    assert.equal(one({ status: {} }).statusCode, 0);
  });

  const times: readonly (readonly [written: string, expected: bigint])[] = [
    ['"1795221079000000001"', 1_795_221_079_000_000_001n],
    ['1795221079000000001', 1_795_221_079_000_000_001n],
    ['1', 1n],
    ['null', 0n],
    ['""', 0n],
    ['18446744073709551615', 18_446_744_073_709_551_615n],
  ];
  for (const [written, expected] of times) {
    it(`reads a time written as ${written} exactly`, () => {
      const text = JSON.stringify(document(span({ startTimeUnixNano: 'HERE' }))).replace('"HERE"', written);
      const batch = decodeOtlpJsonText(text);
      assert.equal(detailsOf(batch)[0]!.startUnixNano, expected);
      assert.deepEqual(batch.warnings, []);
    });
  }

  it('leaves a time out that is none, and says so', () => {
    for (const odd of ['yesterday', '-5', -5, 1.5, {}, true]) {
      const batch = decodeOtlpJson(document(span({ endTimeUnixNano: odd })));
      assert.equal(detailsOf(batch)[0]!.endUnixNano, 0n);
      assert.match(batch.warnings[0]!, /end time is not a number of nanoseconds/);
    }
  });

  it('says so when numbers were rounded before they got here', () => {
    const batch = decodeOtlpJson(document(span({ startTimeUnixNano: 1_795_221_079_000_000_000 })));
    assert.match(batch.warnings[0]!, /rounded/);
  });

  const values: readonly (readonly [value: unknown, expected: unknown])[] = [
    [{ stringValue: 'a' }, 'a'],
    [{ stringValue: '' }, ''],
    [{ boolValue: false }, false],
    [{ intValue: '9223372036854775807' }, 9_223_372_036_854_775_807n],
    [{ intValue: 7 }, 7n],
    [{ intValue: '9223372036854775808' }, '9223372036854775808'],
    [{ intValue: 'x' }, 'x'],
    [{ doubleValue: 2 }, 2],
    [{ doubleValue: 'NaN' }, Number.NaN],
    [{ doubleValue: '-Infinity' }, -Infinity],
    [{ doubleValue: '1e3' }, 1000],
    [{ doubleValue: 'odd' }, 'odd'],
    [{ bytesValue: 'AAEC/f7/' }, Uint8Array.of(0, 1, 2, 253, 254, 255)],
    [{ arrayValue: { values: [{ intValue: '1' }, {}] } }, [1n, undefined]],
    [{ arrayValue: {} }, []],
    [{ kvlistValue: { values: [{ key: '__proto__', value: { boolValue: true } }] } }, { entries: [{ key: '__proto__', value: true }] }],
    [{ kvlistValue: {} }, { entries: [] }],
    [{ array_value: { values: [{ string_value: 's' }] }, string_value: null }, ['s']],
    [{}, undefined],
    [null, undefined],
    ['bare', 'bare'],
  ];
  for (const [value, expected] of values) {
    it(`reads the value ${JSON.stringify(value)}`, () => {
      assert.deepEqual(attribute(value), expected);
    });
  }

  it('does not recurse into values without end', () => {
    const depth = 100_000;
    const text = JSON.stringify(document(span({ attributes: [{ key: 'k', value: 'HERE' }] }))).replace('"HERE"', '{"arrayValue":{"values":['.repeat(depth) + ']}}'.repeat(depth));
    assert.equal(decodeOtlpJsonText(text).count, 1);
    assert.equal(decodeOtlpJsonText(text.replace('"1795221079000000000"', '1795221079000000000')).count, 1);
  });

  it('rejects bad spans, counts them, names their places, keeps their neighbours', () => {
    const batch = decodeOtlpJson({
      resourceSpans: [
        { scopeSpans: [{ spans: [span(), null, 'text', span({ spanId: '' })] }, { spans: [span({ spanId: 'zz' }), span({ spanId: undefined }), span({ spanId: '0000000000000000' }), span()] }] },
        'no object',
        { scopeSpans: ['no object', { spans: 'no list' }] },
        { resource: 'odd', scopeSpans: [{ scope: 7, spans: [span()] }] },
      ],
    });
    assert.equal(batch.count, 3);
    assert.equal(batch.rejected, 6);
    assert.match(batch.warnings.join('\n'), /resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[3\] was rejected: no valid span id/);
    assert.match(batch.warnings.join('\n'), /resourceSpans\[0\]\.scopeSpans\[1\]\.spans\[0\] was rejected/);
    assert.match(batch.warnings.join('\n'), /resourceSpans\[1\] is not an object/);
    assert.match(batch.warnings.join('\n'), /resourceSpans\[2\]\.scopeSpans\[0\] is not an object/);
  });

  it('says where a list should be and is none', () => {
    const batch = decodeOtlpJson({ resourceSpans: [{ scopeSpans: { spans: [] } }, { scopeSpans: [{ spans: { a: 1 } }, { spans: null }, { spans: [span()] }] }] });
    assert.equal(batch.count, 1);
    assert.deepEqual(batch.warnings, ['resourceSpans[0].scopeSpans is not a list and was left out.', 'resourceSpans[1].scopeSpans[0].spans is not a list and was left out.']);
  });

  it('keeps a span with odd attributes, events and links', () => {
    const odd = one({ attributes: [null, { key: 5 }, { key: 'k' }, 'x'], events: [null, { name: 'e' }, 5], links: [{ traceId: '!', spanId: TRACE }, 'x'] });
    assert.deepEqual(odd.attributes, [{ key: 'k', value: undefined }]);
    assert.deepEqual(odd.events.map(({ name }) => name), ['e']);
    assert.equal(odd.links.length, 1);
    assert.deepEqual(one({ attributes: 'odd', events: {}, links: 7 }).events, []);
  });

  it('throws for what is not OTLP at all, and for what is not JSON, with the place', () => {
    for (const other of [undefined, null, 7, 'x', [], { resourceSpans: 5 }, { data: [] }]) assert.throws(() => decodeOtlpJson(other), FormatError);
    assert.throws(
      () => decodeOtlpJsonText('{\n"resourceSpans": [}'),
      (error: unknown) => error instanceof FormatError && /line 2, column 19/.test(error.message) && error.offset === 20,
    );
  });
});
