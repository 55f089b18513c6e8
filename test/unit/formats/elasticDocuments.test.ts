// Documents of Elasticsearch and OpenSearch as files have them: the reference trace by every writer in every wrapping, published documents,
// and what documents may look like besides. What the wrappings are is elasticHits.ts's.
import assert from 'node:assert/strict';
import { dataPrepperDocumentsOf, DataPrepperConverter } from '../../../src/formats/dataPrepperDocuments.ts';
import { documentAttributes } from '../../../src/formats/documentAttributes.ts';
import { DOCUMENT_KINDS } from '../../../src/formats/documentKinds.ts';
import { at, isBulkAction, sourcesOf } from '../../../src/formats/elasticHits.ts';
import { readTraceFile, type TraceFile } from '../../../src/formats/fileReader.ts';
import { FormatError } from '../../../src/formats/formatError.ts';
import { JaegerDocumentConverter } from '../../../src/formats/jaegerDocuments.ts';
import { parseJson } from '../../../src/formats/jsonText.ts';
import { OtelDocumentConverter, otelTime } from '../../../src/formats/otelDocuments.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { attributeText, attributeType } from '../../../src/model/attributeText.ts';
import type { Attribute } from '../../../src/model/attributes.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { elasticDocuments, type ElasticDocument, type ElasticVariant } from '../../live/send/elasticDocuments.ts';
import type { OtlpDocument } from '../../live/send/otlpTypes.ts';
import { detailsOf, foreign, recorded, recordedText } from '../../support/formatFixtures.ts';
import { ELASTICSEARCH_LOSSES } from '../../support/losses/elasticsearch.ts';
import { checkLosses, factsOf, lossesOf } from '../../support/sameTrace.ts';

const REFERENCE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const REFERENCE = JSON.parse(recordedText('reference-trace.otlp.json')) as OtlpDocument;
const VARIANTS: Readonly<Record<ElasticVariant, RegExp>> = { jaeger: /^Jaeger documents/, jaegerFields: /^Jaeger documents/, otel: /^OTel mode/, dataPrepper: /^Data Prepper/, dataPrepperStandard: /^Data Prepper/, ss4o: /^Data Prepper/ };
const read = (text: string): Promise<TraceFile> => readTraceFile(new TextEncoder().encode(text), 'file');

const WRAPPINGS: readonly (readonly [what: string, wrap: (documents: readonly ElasticDocument[]) => string])[] = [
  ['a bulk file', (documents) => documents.map(({ index, source }) => `{"create":{"_index":"${index}"}}\n${source}\n`).join('')],
  ['a bulk file of an endpoint that names the index', (documents) => documents.map(({ source }) => `{"index":{}}\n${source}\n`).join('')],
  ['a line each', (documents) => documents.map(({ source }) => source).join('\n')],
  ['the answer of a search', (documents) => `{"took":3,"timed_out":false,"hits":{"total":{"value":9,"relation":"gte"},"max_score":null,"hits":[${documents.map(hit).join(',')}]}}`],
  ['the answer of several searches', (documents) => `{"took":3,"responses":[{"hits":{"hits":[${documents.map(hit).join(',\n')}]}},{"error":{"type":"x"},"status":404}]}`],
  ['an export, a hit a line', (documents) => documents.map(hit).join('\n')],
  ['a list of hits', (documents) => `[${documents.map(hit).join(',\n  ')}]`],
  ['a list of documents', (documents) => `[${documents.map(({ source }) => source).join(',')}]`],
];
const hit = ({ index, source }: ElasticDocument, k: number): string => `{"_index":"${index}","_id":"${k}","_score":null,"_source":${source},"sort":[${k}]}`;

const one = (document: unknown): SpanDetails => {
  const converter = DOCUMENT_KINDS.find((kind) => kind.matches(document))!.converter();
  converter.add(document, '');
  return detailsOf(converter.finish())[0]!;
};
const parseUntyped = (json: string): unknown => parseJson(json, BigInt);
const shown = (attributes: readonly Attribute[]): Record<string, string> => Object.fromEntries(attributes.map(({ key, value }) => [key, `${attributeType(value)}:${attributeText(value)}`]));

const jaegerDocument = (more: object = {}): object => ({ traceID: 'ab'.repeat(16), spanID: 'cd'.repeat(8), operationName: 'GET /', startTime: 1_700_000_000_000_000, duration: 5, tags: [], logs: [], process: { serviceName: 'shop', tags: [] }, ...more });
const otelDocument = (more: object = {}): object => ({ '@timestamp': '1700000000000.0', trace_id: 'ab'.repeat(16), span_id: 'cd'.repeat(8), name: 'GET /', kind: 'Server', duration: 5, ...more });
const prepperDocument = (more: object = {}): object => ({ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), parentSpanId: '', name: 'GET /', kind: 'SPAN_KIND_SERVER', startTime: '2023-11-14T22:13:20Z', endTime: '2023-11-14T22:13:21Z', ...more });

describe('formats: documents of Elasticsearch and OpenSearch', () => {
  const expected = factsOf(buildTrace(REFERENCE_ID, [{ batch: decodeOtlpProto(recorded('reference-trace.otlp.pb')) }]));
  for (const variant of Object.keys(VARIANTS) as ElasticVariant[]) {
    for (const [what, wrap] of WRAPPINGS) {
      it(`${variant}: the reference trace as ${what}`, async () => {
        const documents = elasticDocuments(variant, REFERENCE);
        const { format, batches, warnings } = await read(wrap(documents));
        assert.match(format, VARIANTS[variant]);
        assert.deepEqual([warnings, batches.flatMap((batch) => batch.warnings), batches.map((batch) => batch.rejected)], [[], [], [0]]);
        checkLosses(expected, factsOf(buildTrace(REFERENCE_ID, batches.map((batch) => ({ batch })))), lossesOf(ELASTICSEARCH_LOSSES[variant], 'first'), documents.map(({ source }) => source).join('\n'));
      });
    }
  }

  it('a bulk file may hold documents of all writers, and others that are counted', async () => {
    const lines = [jaegerDocument(), otelDocument(), prepperDocument(), { message: 'a log' }].flatMap((document) => [{ index: { _index: 'x', _id: '1' } }, document]);
    const { batches, format, warnings } = await read(lines.map((line) => JSON.stringify(line)).join('\n'));
    assert.equal(format, 'Jaeger documents of Elasticsearch + OTel mode documents of Elasticsearch + Data Prepper documents of OpenSearch');
    assert.deepEqual(batches.map(({ count }) => count), [1, 1, 1]);
    assert.match(warnings.join(), /^line 8: this JSON holds no traces/);
  });

  for (const [text, says] of [['{"index":{}}\n', /it is empty/], ['{"hits":{"hits":[]}}', /holds no traces/], ['{"hits":{"hits":[{"_source":{"message":"a log"}}]}}', /holds no traces/]] as const) {
    it(`a file without spans says so: ${text.trim()}`, () => assert.rejects(read(text), { name: 'FormatError', message: says }));
  }

  for (const [file, count, kind] of [['elasticsearch/jaeger-es-doc.json', 1, /^Jaeger/], ['elasticsearch/otel_v1_apm_span_explore.ndjson', 50, /^Data Prepper/]] as const) {
    it(`reads what others published: ${file}`, async () => {
      const bytes = foreign(file);
      if (bytes === undefined) return;
      const { batches, format, warnings } = await readTraceFile(bytes, file);
      assert.match(format, kind);
      assert.deepEqual([batches.reduce((sum, batch) => sum + batch.count, 0), warnings, batches.flatMap((batch) => batch.warnings)], [count, [], []]);
    });
  }

  describe('wrappings', () => {
    it('are taken off, whatever is in them', () => {
      for (const [document, sources] of [[{ hits: { hits: [{ _source: { a: 1 } }, 5] } }, [{ a: 1 }, 5]], [{ responses: [null, { hits: {} }, { hits: { hits: [{ _source: {} }] } }] }, [{}]], [[{ _source: { a: 1 } }, { b: 2 }], [{ a: 1 }, { b: 2 }]], [null, [null]], [[], []]] as const) assert.deepEqual(sourcesOf(document), sources);
    });

    for (const [line, is] of [
      [{ index: {} }, true], [{ create: { _index: 'x', _id: '1', dynamic_templates: {} } }, true], [{ delete: { _index: 'x', _id: '1' } }, true], [{ update: { _id: '1', retry_on_conflict: 3 } }, true],
      [{ index: 5 }, false], [{ index: { name: 'x' } }, false], [{ index: {}, more: 1 }, false], [{}, false], [null, false], [{ other: {} }, false],
    ] as const) it(`${JSON.stringify(line)} is ${is ? 'an' : 'no'} action of a bulk file`, () => assert.equal(isBulkAction(line), is));

    it('a path may be one key or lead through objects', () => {
      assert.deepEqual([at({ 'a.b': 1 }, 'a.b'), at({ a: { b: 2 } }, 'a.b'), at({ a: 5 }, 'a.b'), at({}, '__proto__.x')], [1, 2, undefined, undefined]);
    });
  });

  describe('attributes', () => {
    for (const [what, object, expectedText] of [
      ['keys as they were', { 'http.route': '/x', rows: 5, ratio: 0.5, ok: true, list: [1, 'a'], filter: { a: 1 } }, { 'http.route': 'string:/x', rows: 'int:5', ratio: 'double:0.5', ok: 'bool:true', list: 'array:[1,"a"]', filter: 'map:{"a":1}' }],
      ['keys with @ for dots', { 'http@route': '/x', plain: 1 }, { 'http.route': 'string:/x', plain: 'int:1' }],
      ['an @ that belongs there', { 'mail.a@b': 1 }, { 'mail.a@b': 'int:1' }],
      ['dots that became objects', { http: { route: '/x', request: { method: 'GET' } }, plain: 1, empty: {} }, { 'http.route': 'string:/x', 'http.request.method': 'string:GET', plain: 'int:1', empty: 'map:{}' }],
      ['nothing', { a: null, b: undefined }, {}],
      ['no object', 'text', {}],
    ] as const) it(what, () => assert.deepEqual(shown(documentAttributes(object)), expectedText));

    it('are doubles where they were written so, however deep, by all three readers of them', () => {
      const values = '{"a.b":1.0,"c":1,"list":[1.0,1,[2e0]],"map":{"x":3.0}}';
      const expectedText = { 'a.b': 'double:1', c: 'int:1', list: 'array:[1,1,[2]]', map: 'map:{"x":3}' };
      const read_ = documentAttributes(parseUntyped(values));
      assert.deepEqual(shown(read_), expectedText);
      assert.deepEqual(read_.map(({ value }) => value), [1, 1n, [1, 1n, [2]], { entries: [{ key: 'x', value: 3 }] }]);
      assert.deepEqual(shown(documentAttributes(parseUntyped('{"a":{"b":1.0,"c":1}}'))), { 'a.b': 'double:1', 'a.c': 'int:1' });
      assert.deepEqual(shown(one(parseUntyped(JSON.stringify(prepperDocument()).replace(/}$/, ',"span.attributes.n@m":1.0,"instrumentationScope.attributes.k":2}'))).attributes), { 'n.m': 'double:1' });
      const tagged = one(parseUntyped(JSON.stringify(jaegerDocument()).replace(/}$/, ',"tag":{"n":1.0,"m":2}}')));
      assert.deepEqual(shown(tagged.attributes), { n: 'double:1', m: 'int:2' });
    });

    it('are such doubles in a file too', async () => {
      const { batches } = await read(JSON.stringify(otelDocument({ attributes: { 'n.m': 5, 'k.l': 6 } })).replace('"n.m":5', '"n.m":5.0'));
      assert.deepEqual(shown(detailsOf(batches[0]!)[0]!.attributes), { 'n.m': 'double:5', 'k.l': 'int:6' });
    });

    it('nest without end, and are cut', () => {
      let deep: unknown = 1;
      for (let k = 0; k < 5000; k++) deep = { a: deep };
      assert.equal(documentAttributes(deep).length, 1);
      assert.equal(documentAttributes({ 'a.b': deep }).length, 1);
    });
  });

  describe('of Jaeger', () => {
    const parents = (more: object): readonly [string, readonly string[]] => {
      const span = one(jaegerDocument(more));
      return [span.parentSpanId, span.links.map((link) => link.spanId)];
    };
    const [child, other] = [{ refType: 'CHILD_OF', traceID: 'ab'.repeat(16), spanID: '01'.repeat(8) }, { refType: 'FOLLOWS_FROM', traceID: 'ab'.repeat(16), spanID: '02'.repeat(8) }];
    for (const [what, more, expectedParents] of [
      ['a reference', { references: [child, other] }, ['01'.repeat(8), ['02'.repeat(8)]]],
      ['the field, since 2.20, beside links of the same trace', { parentSpanID: '01'.repeat(8), references: [other] }, ['01'.repeat(8), ['02'.repeat(8)]]],
      ['both, as old versions wrote it', { parentSpanID: '1'.padStart(16, '0'), references: [{ ...child, spanID: '1' }, other] }, ['1'.padStart(16, '0'), ['02'.repeat(8)]]],
      ['neither', { parentSpanID: '', references: null }, ['', []]],
    ] as const) it(`has its parent by ${what}`, () => assert.deepEqual(parents(more), expectedParents));

    it('has values of lists as text, of fields as they are, and bytes as hex', () => {
      const span = one(jaegerDocument({
        tags: [{ key: 'n', type: 'int64', value: '23456' }, { key: 'b', type: 'bool', value: 'true' }, { key: 'x', type: 'float64', value: '72.5' }, { key: 'blob', type: 'binary', value: '00ff' }, { key: 'odd', type: 'binary', value: 'not hex' }],
        tag: { 'http@status_code': 200, ratio: 0.5, ok: false, name: 'käse', list: [1, 2n] },
      }));
      const { odd: _odd, ...rest } = shown(span.attributes);
      assert.deepEqual(rest, { n: 'int:23456', b: 'bool:true', x: 'double:72.5', blob: 'bytes:AP8=', 'http.status_code': 'int:200', ratio: 'double:0.5', ok: 'bool:false', name: 'string:käse', list: 'string:[1,2]' });
    });

    it('has attributes of its scope and of its links', () => {
      const span = one(jaegerDocument({ scopeTags: [{ key: 'a', type: 'int64', value: 1 }], scopeTag: { 'b@c': 'x' }, references: [{ ...other, traceID: 'ff', traceState: 'v=1', tags: [{ key: 'why', type: 'string', value: 'batch' }] }] }));
      assert.deepEqual([shown(span.scopeAttributes), span.links[0]!.traceState, shown(span.links[0]!.attributes)], [{ a: 'int:1', 'b.c': 'string:x' }, 'v=1', { why: 'string:batch' }]);
    });

    it('names one process for all spans of it', () => {
      const converter = new JaegerDocumentConverter();
      for (let k = 1; k <= 5; k++) converter.add(jaegerDocument({ spanID: String(k), process: { serviceName: k === 5 ? 'other' : 'shop', tags: [{ key: 'host', type: 'string', value: 'h' }] } }));
      assert.equal(converter.finish().resources.length, 2);
    });
  });

  describe('of OTel mode', () => {
    for (const [written, ns] of [
      ['1700000000000.0', 1_700_000_000_000_000_000n], ['1700000000000.5', 1_700_000_000_000_000_005n], ['1700000000000.200000', 1_700_000_000_000_200_000n], ['1700000000000', 1_700_000_000_000_000_000n],
      [1_700_000_000_000, 1_700_000_000_000_000_000n], ['2023-11-14T22:13:20.000000005Z', 1_700_000_000_000_000_005n], ['yesterday', undefined], [undefined, undefined],
    ] as const) it(`reads the time ${written}`, () => assert.equal(otelTime(written), ns));

    it('has not ended where its duration is negative and was written without a sign', () => {
      const start = 1_700_000_000_000_000_000n;
      for (const [duration, end] of [[(1n << 64n) - start, 0n], [(1n << 64n) - start + 1n, (1n << 64n) - 1n], [5n, start + 5n]] as const) assert.equal(one(otelDocument({ duration })).endUnixNano, end);
    });

    it('has attributes whose dots became objects, where the source was made up again', () => {
      const span = one(otelDocument({ attributes: { http: { route: '/x' } }, resource: { attributes: { service: { name: 'shop' } } }, scope: { name: 's', attributes: { 'a.b': 1 } }, dropped_attributes_count: 3 }));
      assert.deepEqual([shown(span.attributes), shown(span.resource), shown(span.scopeAttributes), span.droppedAttributes], [{ 'http.route': 'string:/x' }, { 'service.name': 'string:shop' }, { 'a.b': 'int:1' }, 3]);
    });

    it('has maps where any of its names kept their dots', () => {
      const span = one(otelDocument({ attributes: { filter: { a: 1 } }, resource: { attributes: { 'service.name': 'shop' } } }));
      assert.deepEqual(shown(span.attributes), { filter: 'map:{"a":1}' });
    });

    it('finds spans of events before and after them, in time, and counts those of spans that are not there', () => {
      const event = (more: object): object => ({ '@timestamp': '1700000000001.0', trace_id: 'ab'.repeat(16), span_id: 'cd'.repeat(8), event_name: 'e', attributes: { 'event.name': 'e', n: 1 }, ...more });
      const converter = new OtelDocumentConverter();
      for (const document of [event({ '@timestamp': '1700000000003.0', event_name: 'late' }), otelDocument(), event({ event_name: undefined }), event({ span_id: 'ee'.repeat(8) }), event({ trace_id: 'ff'.repeat(16) })]) converter.add(document);
      const batch = converter.finish();
      const [span] = detailsOf(batch);
      assert.deepEqual(span!.events.map(({ name, attributes }) => [name, shown(attributes)]), [['e', { n: 'int:1' }], ['late', { n: 'int:1' }]]);
      assert.deepEqual(batch.warnings, ['2 events belong to spans that did not come along.']);
    });
  });

  describe('of Data Prepper', () => {
    it('has its status as a number or a word, flat or nested, and its duration or its end', () => {
      for (const [more, code, durationNs] of [
        [{ 'status.code': 2, 'status.message': 'no' }, 2, 1_000_000_000n], [{ status: { code: 1 } }, 1, 1_000_000_000n], [{ status: { code: 'Error' } }, 2, 1_000_000_000n], [{ status: { code: 'STATUS_CODE_OK' } }, 1, 1_000_000_000n],
        [{ durationInNanos: 7 }, 0, 7n], [{ endTime: 'never' }, 0, -1_700_000_000_000_000_000n],
      ] as const) {
        const span = one(prepperDocument(more));
        assert.deepEqual([span.statusCode, span.endUnixNano - span.startUnixNano], [code, durationNs], JSON.stringify(more));
      }
    });

    it('has attributes flat, nested by either codec, and the resource of SS4O', () => {
      for (const [more, attributes, resource] of [
        [{ 'span.attributes.http@route': '/x', 'resource.attributes.service@name': 'shop' }, { 'http.route': 'string:/x' }, { 'service.name': 'string:shop' }],
        [{ span: { attributes: { 'http@route': '/x' } }, resource: { attributes: { 'service@name': 'shop' } } }, { 'http.route': 'string:/x' }, { 'service.name': 'string:shop' }],
        [{ attributes: { 'http.route': '/x' }, resource: { attributes: { 'service.name': 'shop' }, droppedAttributesCount: 0 } }, { 'http.route': 'string:/x' }, { 'service.name': 'string:shop' }],
        [{ attributes: { http: { route: '/x' } }, resource: { service: { name: 'shop' } } }, { 'http.route': 'string:/x' }, { 'service.name': 'string:shop' }],
        [{ serviceName: 'shop', resource: { droppedAttributesCount: 0 } }, {}, { 'service.name': 'string:shop' }],
      ] as const) {
        const span = one(prepperDocument(more));
        assert.deepEqual([shown(span.attributes), shown(span.resource)], [attributes, resource], JSON.stringify(more));
      }
    });

    it('keeps trace ids of any length, which get digits of their own', () => {
      const converter = new DataPrepperConverter();
      converter.add(prepperDocument({ traceId: 'a712814e9194449cb8a2bf3ebbc94ab5650fd69172164d5c' }));
      const batch = converter.finish();
      assert.deepEqual([...batch.nativeTraceIds!.values()], ['a712814e9194449cb8a2bf3ebbc94ab5650fd69172164d5c']);
    });

    it('is not taken for OTLP, nor OTLP for it', () => {
      assert.equal(dataPrepperDocumentsOf({ traceId: 'ab', spanId: 'cd', startTimeUnixNano: '1', endTimeUnixNano: '2' }), undefined);
      assert.equal(DOCUMENT_KINDS.find((kind) => kind.matches(prepperDocument()))!.format, 'Data Prepper documents of OpenSearch');
    });
  });

  it('what is no span among spans is counted', () => {
    for (const [converter, good] of [[new JaegerDocumentConverter(), jaegerDocument()], [new OtelDocumentConverter(), otelDocument()], [new DataPrepperConverter(), prepperDocument()]] as const) {
      converter.add([good, null, 5, { a: 1 }, { ...good, spanID: '', span_id: '', spanId: '' }], 'x: ');
      const batch = converter.finish();
      assert.deepEqual([batch.count, batch.rejected, batch.warnings.length], [1, 4, 4]);
      assert.throws(() => converter.add([{ a: 1 }], 'x: '), (error) => error instanceof FormatError && error.message.startsWith('x: '));
    }
  });

  it('odd values in every field give spans or a counted fault, never anything else', () => {
    const ODD = [null, '', 'x', -1, 1e300, 2n ** 70n, true, [], {}, [null], [[]], { key: 1 }, '9'.repeat(40)];
    for (const variant of Object.keys(VARIANTS) as ElasticVariant[]) {
      for (const { source } of elasticDocuments(variant, REFERENCE).slice(9, 13)) {
        const document = JSON.parse(source) as Record<string, unknown>;
        for (const key of Object.keys(document)) {
          for (const value of ODD) {
            const odd = { ...document, [key]: value };
            const kind = DOCUMENT_KINDS.find((known) => known.untyped === true && known.matches(odd));
            if (kind === undefined) continue;
            const converter = kind.converter();
            converter.add(odd, '');
            detailsOf(converter.finish());
          }
        }
      }
    }
  });

  for (const [what, make, document] of [
    ['Data Prepper', () => new DataPrepperConverter(), (span: string, links: object[]) => ({ traceId: 'order-7', spanId: span, name: span, startTime: '2026-11-21T00:00:00Z', endTime: '2026-11-21T00:00:01Z', links: links.map(() => ({ traceId: 'order-7', spanId: 'load' })) })],
    ['OTel mode', () => new OtelDocumentConverter(), (span: string, links: object[]) => ({ trace_id: 'order-7', span_id: span, name: span, '@timestamp': '2026-11-21T00:00:00Z', duration: 5, links: links.map(() => ({ trace_id: 'order-7', span_id: 'load' })) })],
  ] as const) {
    it(`links by ids that are no hex lead to the span that has them: ${what}`, () => {
      const converter = make();
      converter.add([document('load', []), document('save', [{}])]);
      const [load, save] = detailsOf(converter.finish());
      assert.deepEqual([save!.links[0]!.traceId, save!.links[0]!.spanId], [load!.traceId, load!.spanId]);
    });
  }
});
