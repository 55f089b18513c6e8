// Jaeger and Zipkin documents as no well-behaved server sends them: nothing is lost silently, nothing throws but FormatError.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { FormatError } from '../../../src/formats/formatError.ts';
import { decodeJaegerJson } from '../../../src/formats/jaegerJson.ts';
import { decodeSpan } from '../../../src/formats/spanDecoder.ts';
import { decodeZipkinJson } from '../../../src/formats/zipkinJson.ts';
import { joinPieces, type ZipkinEndpoint, type ZipkinPiece } from '../../../src/formats/zipkinPieces.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('jaegerJson, oddly', () => {
  const trace = (...spans: readonly object[]): object => ({ data: [{ traceID: TRACE, spans, processes: { p1: { serviceName: 'shop', tags: [] } } }] });
  const span = (more: object = {}): object => ({ traceID: TRACE, spanID: 'b7ad6b7169203331', operationName: 'x', references: [], startTime: 1, duration: 1, tags: [], logs: [], processID: 'p1', ...more });
  const first = (document: object): SpanDetails => decodeSpan(decodeJaegerJson(document), 0);
  const attributesOf = (details: SpanDetails): unknown => Object.fromEntries(details.attributes.map(({ key, value }) => [key, value]));

  const events: readonly (readonly [string, readonly object[], string, object])[] = [
    ['named by event', [{ key: 'event', type: 'string', value: 'retry' }, { key: 'n', type: 'int64', value: 3 }], 'retry', { n: 3n }],
    ['named by message', [{ key: 'message', type: 'string', value: 'hello' }], 'hello', {}],
    ['both: the event names it', [{ key: 'message', type: 'string', value: 'hello' }, { key: 'event', type: 'string', value: 'retry' }], 'retry', { message: 'hello' }],
    ['neither', [{ key: 'n', type: 'bool', value: true }], 'log', { n: true }],
    ['no fields', [], 'log', {}],
    ['an event that is no text keeps its value', [{ key: 'event', type: 'int64', value: 5 }], 'log', { event: 5n }],
    ['an event of bytes keeps its value, the message names it', [{ key: 'event', type: 'binary', value: 'AP8=' }, { key: 'message', type: 'string', value: 'm' }], 'm', { event: Uint8Array.of(0, 255) }],
  ];
  for (const [what, fields, name, attributes] of events) {
    it(`an event ${what}`, () => {
      const [event] = first(trace(span({ logs: [{ timestamp: 5, fields }] }))).events;
      assert.equal(event!.name, name);
      assert.deepEqual(Object.fromEntries(event!.attributes.map(({ key, value }) => [key, value])), attributes);
    });
  }

  const kinds: readonly (readonly [string, number, object])[] = [
    ['server', 2, {}], ['CLIENT', 3, {}], ['Producer', 4, {}], ['consumer', 5, {}], ['internal', 1, {}], ['local', 1, {}], ['', 0, { 'span.kind': '' }], ['worker', 0, { 'span.kind': 'worker' }],
  ];
  for (const [kind, number, attributes] of kinds) {
    it(`span.kind ${JSON.stringify(kind)} is ${number}${number === 0 ? ', and kept as it was' : ''}`, () => {
      const batch = decodeJaegerJson(trace(span({ tags: [{ key: 'span.kind', type: 'string', value: kind }] })));
      assert.deepEqual([batch.kind[0], attributesOf(decodeSpan(batch, 0))], [number, attributes]);
    });
  }

  const warned: readonly (readonly [string, object, RegExp, number])[] = [
    ['a trace that is no object', { data: [5, (trace(span()) as { data: object[] }).data[0]] }, /data\[0\] is not an object and was left out/, 1],
    ['a span that is no object', trace(span(), 5 as never), /spans\[1\] was rejected: it is not an object/, 1],
    ['a tag without a key', trace(span({ tags: [{ value: 5 }, 7] })), /a tag without a key was left out/, 1],
    ['a process that is missing', trace(span({ processID: 'p9' })), /its process "p9" is not in the trace/, 1],
    ['a process called as every object’s own', trace(span({ processID: 'constructor' })), /its process "constructor" is not in the trace/, 1],
    ['a trace id that is none', trace(span({ traceID: 'not hex' })), /its trace id is not hex of up to 32 digits/, 1],
    ['a start that is no time', trace(span({ startTime: 'soon' })), /its start time is not a number of microseconds/, 1],
    ['an error beside the trace', { ...trace(span()), errors: [{ code: 206, msg: 'partial' }] }, /Jaeger answered with error 206: partial/, 1],
    ['a warning of the trace', { data: [{ ...(trace(span()) as { data: [object] }).data[0], warnings: ['clock skew'] }] }, /Jaeger warns: clock skew/, 1],
  ];
  for (const [what, document, sentence, spans] of warned) {
    it(`${what} is said, and ${spans} span is read`, () => {
      const batch = decodeJaegerJson(document);
      assert.equal(batch.count, spans);
      assert.match(batch.warnings.join('\n'), sentence);
    });
  }

  it('a reference to another trace is a link, the first one in this trace the parent', () => {
    const other = 'f'.repeat(32);
    const refs = [{ refType: 'CHILD_OF', traceID: other, spanID: '1' }, { refType: 'FOLLOWS_FROM', traceID: TRACE, spanID: '2' }, { refType: 'CHILD_OF', traceID: TRACE, spanID: '3' }, { refType: 'CHILD_OF', traceID: TRACE, spanID: '4' }, 5, { refType: 'CHILD_OF' }];
    const details = first(trace(span({ references: refs })));
    assert.equal(details.parentSpanId, '0000000000000003');
    assert.deepEqual(details.links.map(({ traceId, spanId }) => [traceId, spanId]), [[other, '0000000000000001'], [TRACE, '0000000000000002'], [TRACE, '0000000000000004'], ['', '']]);
  });

  it('given = shown + rejected, for anything at all in the place of spans', () => {
    const any = fc.oneof(fc.anything(), fc.record({ spanID: fc.oneof(fc.string(), fc.constant('ab')), tags: fc.anything(), logs: fc.anything(), references: fc.anything(), process: fc.anything(), startTime: fc.anything(), duration: fc.anything(), warnings: fc.anything() }));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 6 }), (spans) => {
        const json = JSON.stringify(spans, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one));
        const parsed = JSON.parse(json) as object[];
        const batch = decodeJaegerJson(trace(...parsed));
        assert.equal(batch.count + batch.rejected, parsed.length);
        for (let i = 0; i < batch.count; i++) decodeSpan(batch, i);
      }),
      { numRuns: 300 },
    );
  });
});

describe('zipkinJson, oddly', () => {
  it('given ≥ shown + rejected, and every piece is in one of them, for anything at all', () => {
    const any = fc.record({ traceId: fc.oneof(fc.constant(TRACE), fc.anything()), id: fc.oneof(fc.constantFrom('1', '2', 'ab'), fc.anything()), parentId: fc.anything(), kind: fc.anything(), shared: fc.anything(), timestamp: fc.anything(), duration: fc.anything(), localEndpoint: fc.anything(), annotations: fc.anything(), tags: fc.anything(), name: fc.anything() });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 6 }), (spans) => {
        const parsed = JSON.parse(JSON.stringify(spans, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one))) as object[];
        let batch;
        try {
          batch = decodeZipkinJson(parsed);
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
          return;
        }
        assert.ok(batch.count + batch.rejected <= parsed.length && batch.count + batch.rejected > 0);
        for (let i = 0; i < batch.count; i++) decodeSpan(batch, i);
      }),
      { numRuns: 300 },
    );
  });
});

describe('joinPieces, for any pieces', () => {
  const endpoint: fc.Arbitrary<ZipkinEndpoint | undefined> = fc.option(fc.record({ serviceName: fc.constantFrom('', 'a', 'b'), ipv4: fc.constantFrom('', '10.0.0.1', '10.0.0.2'), ipv6: fc.constant(''), port: fc.constantFrom(0, 80, 81) }), { nil: undefined });
  const piece: fc.Arbitrary<ZipkinPiece> = fc.record({
    id: fc.constantFrom('0000000000000001', '0000000000000002', '0000000000000003'), parentId: fc.constantFrom('', '0000000000000001', '0000000000000002', '00000000000000ff'), kind: fc.constantFrom('', 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'),
    shared: fc.boolean(), name: fc.constantFrom('', 'unknown', 'get'), timestamp: fc.option(fc.bigInt({ min: 0n, max: 9n }), { nil: undefined }), duration: fc.option(fc.bigInt({ min: 0n, max: 9n }), { nil: undefined }), local: endpoint, remote: endpoint,
    annotations: fc.array(fc.record({ timestamp: fc.bigInt({ min: 0n, max: 3n }), value: fc.constantFrom('x', 'y') }), { maxLength: 3 }), tags: fc.dictionary(fc.constantFrom('k', 'l'), fc.constantFrom('1', '2')), debug: fc.boolean(),
  });

  it('no piece is lost, no two spans have one id unless they came so, nothing is its own parent by our doing', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const halves = joinPieces(pieces);
        assert.equal(halves.reduce((sum, half) => sum + half.pieces, 0), pieces.length);
        const given = new Set(pieces.map(({ id }) => id));
        for (const half of halves) {
          if (half.spanId === half.parentSpanId) assert.equal(half.piece.parentId, half.piece.id, 'it said so itself');
          if (half.spanId !== half.piece.id) {
            assert.ok(!given.has(half.spanId), 'a made-up id is nobody else’s');
            assert.equal(half.parentSpanId, half.piece.id, 'a server half hangs under its client half');
            assert.ok(halves.some((other) => other.spanId === half.piece.id), 'which is there');
          }
          const parents = halves.filter((other) => other.spanId === half.parentSpanId);
          if (given.has(half.piece.parentId)) assert.ok(parents.length > 0, 'a parent that was given is found');
        }
        const made = halves.map(({ spanId }) => spanId).filter((spanId) => !given.has(spanId));
        assert.equal(new Set(made.map(String)).size <= made.length, true);
      }),
      { numRuns: 500 },
    );
  });

  it('merged pieces say the earliest start, the longest duration and everything that was noted', () => {
    const base: ZipkinPiece = { id: '1', parentId: '', kind: 'SERVER', shared: false, name: 'unknown', timestamp: 5n, duration: undefined, local: undefined, remote: undefined, annotations: [{ timestamp: 2n, value: 'b' }], tags: { k: 'first' }, debug: false };
    const [half] = joinPieces([base, { ...base, parentId: '9', name: 'get', timestamp: 3n, duration: 4n, annotations: [{ timestamp: 2n, value: 'b' }, { timestamp: 1n, value: 'a' }], tags: { k: 'second', l: 'x' }, debug: true }, { ...base, timestamp: undefined, duration: 2n }]);
    assert.deepEqual([half!.pieces, half!.piece.parentId, half!.piece.name, half!.piece.timestamp, half!.piece.duration, half!.piece.debug], [3, '9', 'get', 3n, 4n, true]);
    assert.deepEqual([half!.piece.annotations, half!.piece.tags], [[{ timestamp: 1n, value: 'a' }, { timestamp: 2n, value: 'b' }], { k: 'first', l: 'x' }]);
  });
});
