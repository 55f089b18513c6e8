// The small readers under the formats: keys and names straight from bytes, tags that were OpenTelemetry's, pieces of Zipkin spans.
import assert from 'node:assert/strict';
import { kindNamed, otelParts } from '../../../src/formats/otelTags.ts';
import { spansToOtlpJson } from '../../../src/formats/otlpExport.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { decodeText, textAt } from '../../../src/formats/protoText.ts';
import { scopeNameIn, serviceNameIn } from '../../../src/formats/resourceNames.ts';
import { SpanGroups } from '../../../src/formats/spanGroups.ts';
import { flagsOfKey } from '../../../src/formats/spanKeys.ts';
import { WarningList } from '../../../src/formats/warningList.ts';
import { joinPieces, type ZipkinPiece } from '../../../src/formats/zipkinPieces.ts';
import type { Attribute, AttributeValue } from '../../../src/model/attributes.ts';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import { detailsOf, field, recorded, serviceOf } from '../../support/formatFixtures.ts';

const bytesOf = (content: string): Uint8Array => new TextEncoder().encode(content);

describe('flagsOfKey', () => {
  const keys: readonly (readonly [key: string, flags: number])[] = [
    ['code.file.path', SpanFlag.code],
    ['code.', SpanFlag.code],
    ['code', 0],
    ['codec.name', 0],
    ['code.stacktrace', SpanFlag.code | SpanFlag.exception],
    ['code.stacktraces', SpanFlag.code],
    ['gen_ai.usage.input_tokens', SpanFlag.genAi],
    ['gen_ai', 0],
    ['llm.model_name', SpanFlag.genAi],
    ['ai.prompt', SpanFlag.genAi],
    ['aix', 0],
    ['openinference.span.kind', SpanFlag.genAi],
    ['db.system', SpanFlag.database],
    ['db', 0],
    ['dbx.y', 0],
    ['exception.type', SpanFlag.exception],
    ['exception', 0],
    ['', 0],
    ['Code.file', 0],
    ['http.route', 0],
  ];
  for (const [key, flags] of keys) {
    it(`"${key}" → ${flags}`, () => {
      const bytes = bytesOf(`..${key}code.db.`);
      assert.equal(flagsOfKey(bytes, 2, key.length), flags, 'what stands behind the key does not count');
    });
  }
});

describe('protoText', () => {
  it('reads short, long, ASCII and other texts', () => {
    for (const text of ['', 'a', 'x'.repeat(32), 'x'.repeat(33), 'é', '你好', '😀', '\u0000', '\uFEFFbom', 'x'.repeat(31) + 'é']) {
      const bytes = bytesOf(`ab${text}cd`);
      assert.equal(textAt(bytes, 2, bytes.length - 4), text);
    }
  });

  it('warns only where the bytes were not UTF-8', () => {
    const warnings = new WarningList();
    assert.equal(decodeText(bytesOf('\uFFFD'), 0, 3, warnings, 'A text'), '\uFFFD');
    assert.equal(warnings.sentences.length, 0);
    assert.equal(decodeText(Uint8Array.of(0x61, 0xc3), 0, 2, warnings, 'A text'), 'a\uFFFD');
    assert.equal(decodeText(Uint8Array.of(0xed, 0xa0, 0x80), 0, 3, warnings, 'Half a pair'), '\uFFFD\uFFFD\uFFFD');
    assert.deepEqual(warnings.sentences.map((sentence) => sentence.slice(0, 24)), ['A text at byte 0 is not ', 'Half a pair at byte 0 is']);
  });
});

describe('names of resources and scopes', () => {
  const attribute = (key: string, value: readonly number[]): number[] => field(1, Uint8Array.from([...field(1, key), ...field(2, Uint8Array.from(value))]));
  const service = (bytes: readonly number[], warnings = new WarningList()): string => serviceNameIn(Uint8Array.from(bytes), 0, bytes.length, warnings);

  it('finds service.name wherever it stands; the last one counts', () => {
    assert.equal(service([...attribute('host', field(1, 'h')), ...attribute('service.name', field(1, 'a')), 0x10, 1]), 'a');
    assert.equal(service([...attribute('service.name', field(1, 'a')), ...attribute('service.name', field(1, 'b'))]), 'b');
    assert.equal(service(field(1, Uint8Array.from([...field(2, Uint8Array.from(field(1, 'value first'))), ...field(1, 'service.name')]))), 'value first');
  });

  it('answers "" for none, for one that is no text, and for a key that only begins like it', () => {
    for (const bytes of [[], attribute('service.name', [0x18, 5]), attribute('service.names', field(1, 'a')), attribute('service.nam', field(1, 'a'))]) assert.equal(service(bytes), '');
  });

  it('keeps what came before a fault, and says where it is', () => {
    const warnings = new WarningList();
    assert.equal(service([...attribute('service.name', field(1, 'a')), 0x0a, 0x50], warnings), 'a');
    assert.match(warnings.sentences[0]!, /^The resource at byte 0 is broken \(field 1 says it is 80 bytes long where 0 are left, at byte \d+\); its spans are kept\.$/);
    const scope = Uint8Array.from([...field(1, 'tracer'), 0x12, 9]);
    assert.equal(scopeNameIn(scope, 0, scope.length, warnings), 'tracer');
    assert.match(warnings.sentences[1]!, /^The scope at byte 0 is broken/);
  });
});

describe('otelParts', () => {
  const tags = (values: Record<string, AttributeValue>): Attribute[] => Object.entries(values).map(([key, value]) => ({ key, value }));

  it('takes OpenTelemetry’s own tags out, and only those', () => {
    const parts = otelParts(
      tags({ 'otel.status_code': 'ERROR', 'otel.status_description': 'why', 'w3c.tracestate': 'a=b', 'otel.scope.name': 'lib', 'otel.scope.version': '2', 'otel.dropped_attributes_count': '3', 'otel.dropped_events_count': 2n, 'otel.dropped_links_count': 'many', error: true, 'otel.other': 'stays', x: 1n }),
      true,
    );
    assert.deepEqual({ ...parts, attributes: parts.attributes.map(({ key }) => key) }, { statusCode: 2, statusMessage: 'why', traceState: 'a=b', scopeName: 'lib', scopeVersion: '2', dropped: { droppedAttributes: 3, droppedEvents: 2, droppedLinks: 0 }, attributes: ['otel.dropped_links_count', 'otel.other', 'x'] });
  });

  it('knows the older library tags, numbers for codes, and the system’s own sign of an error', () => {
    assert.equal(otelParts(tags({ 'otel.library.name': 'old', 'otel.library.version': '1' }), false).scopeName, 'old');
    assert.deepEqual(['OK', 'ok', '1', 'ERROR', '2', 'UNSET', 'x'].map((code) => otelParts(tags({ 'otel.status_code': code }), false).statusCode), [1, 1, 1, 2, 2, 0, 0]);
    assert.equal(otelParts(tags({ 'otel.status_code': 'OK' }), true).statusCode, 2);
    assert.equal(otelParts([], true, 'because').statusMessage, 'because');
    assert.deepEqual(otelParts(tags({ 'otel.status_code': 5n }), false).attributes.length, 1, 'a value that is no text is no translation');
  });

  it('names kinds in any case', () => {
    assert.deepEqual(['SERVER', 'client', 'Producer', 'consumer', 'internal', 'local', '', 'other'].map(kindNamed), [2, 3, 4, 5, 1, 1, 0, 0]);
  });
});

describe('SpanGroups', () => {
  it('writes each resource and scope once', () => {
    const groups = new SpanGroups();
    let asked = 0;
    const span = (n: number): { traceId: string; spanId: string; name: string; startUnixNano: bigint; endUnixNano: bigint } => ({ traceId: '', spanId: n.toString(16).padStart(16, '0'), name: `n${n}`, startUnixNano: 0n, endUnixNano: 0n });
    for (let n = 1; n <= 6; n++) {
      const key = n % 2 === 0 ? 'even' : 'odd';
      groups.add(key, () => (asked++, [{ key: 'service.name', value: key }]), { name: n > 4 ? 'late' : '', version: '' }, span(n));
    }
    const batch = groups.finish(3, new WarningList(), new Map([['a', 'b']]));
    assert.equal(asked, 2);
    assert.deepEqual(Array.from({ length: 6 }, (_, i) => serviceOf(batch, i)), ['odd', 'odd', 'odd', 'even', 'even', 'even']);
    assert.equal(batch.resources.length, 2);
    assert.equal(batch.rejected, 3);
    assert.deepEqual([...batch.nativeTraceIds!], [['a', 'b']]);
    assert.equal(new SpanGroups().finish(0, new WarningList(), new Map()).nativeTraceIds, undefined);
  });
});

describe('joinPieces', () => {
  const piece = (id: string, more: Partial<ZipkinPiece> = {}): ZipkinPiece => ({ id, parentId: '', kind: '', shared: false, name: id, timestamp: 1n, duration: 1n, local: undefined, remote: undefined, annotations: [], tags: {}, debug: false, ...more });
  const at = (serviceName: string): Pick<ZipkinPiece, 'local'> => ({ local: { serviceName, ipv4: '', ipv6: '', port: 0 } });

  it('leaves plain spans as they are', () => {
    assert.deepEqual(joinPieces([piece('a'), piece('b', { parentId: 'a' })]).map(({ spanId, parentSpanId, pieces }) => [spanId, parentSpanId, pieces]), [['a', '', 1], ['b', 'a', 1]]);
    assert.deepEqual(joinPieces([]), []);
  });

  it('splits producer and consumer under one id as client and server', () => {
    const [sent, received] = joinPieces([piece('a', { kind: 'PRODUCER', ...at('p') }), piece('a', { kind: 'CONSUMER', ...at('c') })]);
    assert.equal(sent!.spanId, 'a');
    assert.equal(received!.parentSpanId, 'a');
    assert.notEqual(received!.spanId, 'a');
  });

  it('never gives a half the id of another span', () => {
    const split = (others: readonly string[]): string => joinPieces([piece('a', { kind: 'CLIENT', ...at('c') }), piece('a', { kind: 'SERVER', ...at('s') }), ...others.map((id) => piece(id))]).find((half) => half.piece.kind === 'SERVER')!.spanId;
    const usual = split([]);
    const other = split([usual]);
    assert.notEqual(other, usual);
    assert.match(other, /^[0-9a-f]{16}$/);
  });

  it('sees a shared half by its mark alone', () => {
    const halves = joinPieces([piece('a', { kind: 'CLIENT', ...at('c') }), piece('a', { shared: true, ...at('s') })]);
    assert.equal(halves.length, 2);
    assert.equal(halves[1]!.parentSpanId, 'a');
  });

  it('keeps the order in which spans came first, of one piece or of many', () => {
    const pieces = [piece('a'), piece('b', { kind: 'CLIENT', ...at('x') }), piece('c', { parentId: 'b', ...at('y') }), piece('b', { kind: 'SERVER', ...at('y') }), piece('d', { parentId: 'b', ...at('x') })];
    const halves = joinPieces(pieces);
    const server = halves[2]!.spanId;
    assert.deepEqual(halves.map(({ spanId, parentSpanId }) => [spanId, parentSpanId]), [['a', ''], ['b', ''], [server, 'b'], ['c', server], ['d', 'b']]);
    assert.ok(!['a', 'b', 'c', 'd'].includes(server));
  });

  it('counts every piece once', () => {
    const pieces = Array.from({ length: 300 }, (_, k) => piece(String(k % 7), { kind: ['', 'CLIENT', 'SERVER'][k % 3]!, ...(k % 5 === 0 ? {} : at(`s${k % 4}`)) }));
    assert.equal(joinPieces(pieces).reduce((sum, half) => sum + half.pieces, 0), 300);
  });
});

describe('spansToOtlpJson', () => {
  it('groups by resource and scope and writes what the specification asks for', () => {
    const batch = decodeOtlpProto(recorded('reference-trace.otlp.pb'));
    const document = JSON.parse(spansToOtlpJson(detailsOf(batch))) as { resourceSpans: { resource: object; scopeSpans: { spans: Record<string, unknown>[] }[] }[] };
    assert.equal(document.resourceSpans.length, 4);
    const spans = document.resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans));
    assert.equal(spans.length, 14);
    const root = spans.find((span) => span['name'] === 'POST /chat')!;
    assert.equal(root['startTimeUnixNano'], '1795221079000000000');
    assert.equal(root['kind'], 2);
    assert.equal('parentSpanId' in root, false);
    const orphan = JSON.stringify(spans.find((span) => span['name'] === 'orphaned flush'));
    assert.ok(orphan.includes('{"key":"big.integer","value":{"intValue":"9223372036854775807"}}'));
    assert.ok(orphan.includes('{"key":"raw","value":{"bytesValue":"AAEC/f7/"}}'));
  });

  it('writes numbers JSON does not have as text, and indents on request', () => {
    const [span] = detailsOf(decodeOtlpProto(recorded('reference-trace.otlp.pb')));
    const text = spansToOtlpJson([{ ...span!, attributes: [Number.NaN, Infinity, -Infinity, -0, 1.5].map((value, k) => ({ key: String(k), value })) }]);
    for (const written of ['"NaN"', '"Infinity"', '"-Infinity"', '"-0"', '1.5']) assert.ok(text.includes(`{"doubleValue":${written}}`));
    assert.ok(spansToOtlpJson([span!], 2).startsWith('{\n  "resourceSpans"'));
    assert.equal(spansToOtlpJson([]), '{"resourceSpans":[]}');
  });
});
