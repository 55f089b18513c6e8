import assert from 'node:assert/strict';
import { FormatError } from '../../../src/formats/formatError.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import { spanIdAt, traceIdAt } from '../../../src/model/ids.ts';
import { nanosAt } from '../../../src/model/time.ts';
import { detailsOf, field, recorded, request, serviceOf, spanBody, spanIdBytes, TRACE_ID } from '../../support/formatFixtures.ts';

const bytes = (...parts: readonly (readonly number[])[]): Uint8Array => Uint8Array.from(parts.flat());
const fixed64 = (number: number, ...low: number[]): number[] => [number * 8 + 1, ...low, ...Array.from({ length: 8 - low.length }, () => 0)];
const keyValue = (key: string): number[] => field(1, key);

describe('decodeOtlpProto', () => {
  it('reads the reference trace', () => {
    const batch = decodeOtlpProto(recorded('reference-trace.otlp.pb'));
    assert.equal(batch.count, 14);
    assert.equal(batch.rejected, 0);
    assert.deepEqual(batch.warnings, []);
    assert.deepEqual(new Set(batch.resources.map(({ service }) => service)), new Set(['api-gateway', 'auth', 'orchestrator', 'analytics']));
    assert.equal(traceIdAt(batch.traceId, 0), '4bf92f3577b34da6a3ce929d0e0e4736');
    assert.equal(spanIdAt(batch.spanId, 0), 'a1b2c3d4e5f60001');
    assert.equal(nanosAt(batch.startTime, 0), 1_795_221_079_000_000_000n);
    assert.equal(batch.strings[batch.name[0]!], 'POST /chat');
    assert.equal(batch.eventSpan.length, 3);
    assert.equal(batch.flags.filter((flags) => flags & SpanFlag.error).length, 1);
    assert.equal(batch.flags.filter((flags) => flags & SpanFlag.links).length, 1);
  });

  it('takes an empty request', () => {
    const batch = decodeOtlpProto(new Uint8Array(0));
    assert.equal(batch.count, 0);
    assert.equal(batch.spanOffset.length, 0);
    assert.deepEqual(detailsOf(batch), []);
  });

  it('points at the span, so that its bytes can be copied', () => {
    const body = spanBody(1, ...field(5, 'x'));
    const batch = decodeOtlpProto(request(spanBody(2), body));
    assert.deepEqual([...batch.bytes.subarray(batch.spanOffset[1], batch.spanOffset[1]! + batch.spanLength[1]!)], body);
  });

  it('takes the resource and the scope wherever they stand in their message', () => {
    const resource = field(1, bytes(field(1, bytes(keyValue('service.name'), field(2, bytes(field(1, 'late')))))));
    const scope = field(1, bytes(field(1, 'tracer')));
    const scopeSpans = field(2, bytes(field(2, bytes(spanBody(1))), scope));
    const batch = decodeOtlpProto(bytes(field(1, bytes(scopeSpans, resource))));
    assert.equal(serviceOf(batch, 0), 'late');
    assert.equal(batch.scopes[batch.scope[0]!]!.name, 'tracer');
  });

  it('keeps equal resources and scopes once', () => {
    const resource = field(1, bytes(field(1, bytes(keyValue('service.name'), field(2, bytes(field(1, 'a')))))));
    const group = (n: number): number[] => field(1, bytes(resource, field(2, bytes(field(2, bytes(spanBody(n)))))));
    const batch = decodeOtlpProto(bytes(group(1), group(2), field(1, bytes(field(2, bytes(field(2, bytes(spanBody(3)))))))));
    assert.equal(batch.resources.length, 2);
    assert.deepEqual([...batch.resource], [0, 0, 1]);
    assert.equal(batch.scopes.length, 1);
  });

  it('reads spans of libraries, as before 2022', () => {
    const librarySpans = field(1000, bytes(field(1, bytes(field(1, 'old-lib'))), field(2, bytes(spanBody(1)))));
    const batch = decodeOtlpProto(bytes(field(1, bytes(librarySpans))));
    assert.equal(batch.count, 1);
    assert.equal(batch.scopes[batch.scope[0]!]!.name, 'old-lib');
  });

  it('steps over fields it does not know, at every level', () => {
    const unknown = [...field(99, 'new'), 0xf8, 0x06, 0x01];
    const span = spanBody(1, ...unknown, ...field(5, 'kept'));
    const batch = decodeOtlpProto(bytes(unknown, field(1, bytes(unknown, field(2, bytes(unknown, field(2, bytes(span)))), unknown))));
    assert.equal(batch.count, 1);
    assert.equal(batch.strings[batch.name[0]!], 'kept');
  });

  const badSpans: readonly (readonly [what: string, span: number[], why: RegExp])[] = [
    ['no span id', field(1, TRACE_ID), /no valid span id/],
    ['span id of zeros', [...field(1, TRACE_ID), ...field(2, new Uint8Array(8))], /no valid span id/],
    ['span id of 7 bytes', [...field(1, TRACE_ID), ...field(2, new Uint8Array(7).fill(1))], /no valid span id/],
    ['name with a wrong wire type', spanBody(9, 0x28, 0x01), /field 5 with wire type 0 instead of 2/],
    ['start time as varint', spanBody(9, 0x38, 0x01), /field 7 with wire type 0 instead of 1/],
    ['attribute longer than the span', spanBody(9, 0x4a, 0x7f), /says it is 127 bytes long where 0 are left/],
    ['key longer than its attribute', spanBody(9, ...field(9, Uint8Array.of(0x0a, 0x20))), /says it is 32 bytes/],
    ['event cut off', spanBody(9, ...field(11, Uint8Array.of(0x09, 1, 2))), /cut off/],
    ['status broken', spanBody(9, ...field(15, Uint8Array.of(0x18))), /cut off/],
    ['field number 0', spanBody(9, 0x00), /field number 0/],
    ['group that never ends', spanBody(9, 0xa3, 0x06), /without its end/],
    ['time cut off', spanBody(9, 0x39, 1, 2, 3), /cut off/],
    ['empty span', [], /no valid span id/],
  ];
  for (const [what, span, why] of badSpans) {
    it(`rejects one broken span and keeps its neighbours: ${what}`, () => {
      const batch = decodeOtlpProto(request(spanBody(1, ...field(11, Uint8Array.from(fixed64(1, 5)))), span, spanBody(2), span, spanBody(3)));
      assert.deepEqual(Array.from({ length: batch.count }, (_, i) => batch.spanId[2 * i + 1]), [1, 2, 3]);
      assert.equal(batch.rejected, 2);
      assert.equal(batch.warnings.length, 2);
      assert.match(batch.warnings[0]!, why);
      assert.match(batch.warnings[0]!, /^The span at byte \d+ was rejected: /);
      assert.deepEqual([...batch.eventSpan], [0]);
    });
  }

  it('forgets the events of a rejected span', () => {
    const event = field(11, Uint8Array.from(fixed64(1, 7)));
    const batch = decodeOtlpProto(request([...event, ...event, ...field(1, TRACE_ID)], spanBody(2, ...event)));
    assert.deepEqual([...batch.eventSpan], [0]);
    assert.equal(nanosAt(batch.eventTime, 0), 7n);
  });

  const unframed: readonly (readonly [what: string, input: number[], offset: number])[] = [
    ['text', [...new TextEncoder().encode('hello')], 3],
    ['top level cut off', [0x0a], 1],
    ['length lie at the top', [0x0a, 0x05, 1], 1],
    ['length lie of a scope', [0x0a, 0x02, 0x12, 0x09], 3],
    ['length lie of a span', [0x0a, 0x04, 0x12, 0x02, 0x12, 0x50], 5],
    ['resource spans as a number', [0x08, 0x01], 1],
    ['spans as a number', [0x0a, 0x04, 0x12, 0x02, 0x10, 0x01], 5],
    ['field number 0', [0x00, 0x01], 0],
  ];
  for (const [what, input, offset] of unframed) {
    it(`throws where the frames around spans are broken: ${what}`, () => {
      assert.throws(
        () => decodeOtlpProto(Uint8Array.from(input)),
        (error: unknown) => error instanceof FormatError && error.offset === offset && error.message.includes(`at byte ${offset} of ${input.length}`),
      );
    });
  }

  it('keeps spans without a valid trace id, with zero words', () => {
    const noTrace = field(2, spanIdBytes(1));
    const batch = decodeOtlpProto(request(noTrace, [...field(1, new Uint8Array(16)), ...field(2, spanIdBytes(2))], [...field(1, new Uint8Array(8).fill(7)), ...field(2, spanIdBytes(3))]));
    assert.equal(batch.count, 3);
    assert.ok(batch.traceId.every((word) => word === 0));
    assert.deepEqual(batch.warnings.map((warning) => /trace id is not 16 bytes/.test(warning)), [true], 'a wrong length is named');
  });

  it('shows a span with a parent id of the wrong length as a root, and says so', () => {
    const batch = decodeOtlpProto(request(spanBody(1, ...field(4, new Uint8Array(5).fill(1))), spanBody(2, ...field(4, new Uint8Array(8))), spanBody(3, ...field(4, spanIdBytes(9)))));
    assert.deepEqual([...batch.parentId], [0, 0, 0, 0, 0xa0000000, 9]);
    assert.equal(batch.warnings.length, 1);
    assert.match(batch.warnings[0]!, /parent id is not 8 bytes/);
  });

  it('shows names that are not UTF-8 with replacement characters, and says so once', () => {
    const name = field(5, Uint8Array.of(0x61, 0xff, 0x62));
    const batch = decodeOtlpProto(request(spanBody(1, ...name), spanBody(2, ...name), spanBody(3, ...field(5, 'a\uFFFDb'))));
    assert.equal(batch.strings[batch.name[0]!], 'a\uFFFDb');
    assert.equal(batch.warnings.length, 1);
    assert.match(batch.warnings[0]!, /span name at byte \d+ is not valid UTF-8/);
  });

  it('keeps the spans of a broken resource and of a broken scope', () => {
    const broken = Uint8Array.of(0x0a, 0x50, 1);
    const batch = decodeOtlpProto(bytes(field(1, bytes(field(1, broken), field(2, bytes(field(1, broken), field(2, bytes(spanBody(1)))))))));
    assert.equal(batch.count, 1);
    assert.equal(serviceOf(batch, 0), '');
    assert.equal(batch.warnings.length, 2);
    assert.ok(batch.warnings.every((warning) => /its spans are kept/.test(warning)));
  });

  it('reads enums it does not know as unspecified', () => {
    const negative = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    const batch = decodeOtlpProto(request(spanBody(1, 0x30, 6), spanBody(2, 0x30, ...negative), spanBody(3, 0x30, 5, ...field(15, Uint8Array.of(0x18, 9)))));
    assert.deepEqual([...batch.kind], [0, 0, 5]);
    assert.deepEqual([...batch.status], [0, 0, 0]);
  });

  it('lists a few dozen warnings and counts the rest', () => {
    const batch = decodeOtlpProto(request(...Array.from({ length: 500 }, () => [] as number[])));
    assert.equal(batch.rejected, 500);
    assert.equal(batch.warnings.length, 25);
    assert.equal(batch.warnings[24], '476 further warnings are not listed.');
  });

  it('grows over tiny spans without losing one', () => {
    const n = 3000;
    const spans = Array.from({ length: n }, (_, k) => [...field(2, Uint8Array.of(1, 0, 0, 0, 0, 0, k >> 8, k & 255)), ...field(11, new Uint8Array(0))]);
    const batch = decodeOtlpProto(request(...spans));
    assert.equal(batch.count, n);
    assert.equal(batch.eventSpan.length, n);
    for (let k = 0; k < n; k++) {
      assert.equal(batch.spanId[2 * k + 1], k);
      assert.equal(batch.eventSpan[k], k);
    }
  });

  it('decodes from a view into a larger buffer', () => {
    const inner = recorded('reference-trace.otlp.pb');
    const outer = new Uint8Array(inner.length + 20);
    outer.set(inner, 13);
    assert.deepEqual(detailsOf(decodeOtlpProto(outer.subarray(13, 13 + inner.length))), detailsOf(decodeOtlpProto(inner)));
  });
});
