import assert from 'node:assert/strict';
import { MAX_VALUE_DEPTH, TOO_DEEP } from '../../../src/formats/anyValue.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { OtlpWriter } from '../../../src/formats/otlpWriter.ts';
import { decodeResource, decodeSpan } from '../../../src/formats/spanDecoder.ts';
import type { AttributeMap, AttributeValue } from '../../../src/model/attributes.ts';
import { byName, field, recorded, request, spanBody } from '../../support/formatFixtures.ts';

const raw = (...parts: readonly (readonly number[])[]): Uint8Array => Uint8Array.from(parts.flat());
/** The details of one span that has one attribute "k" with this AnyValue body. */
function valueOf(anyValue: Uint8Array): AttributeValue {
  const attribute = field(9, raw(field(1, 'k'), field(2, anyValue)));
  return decodeSpan(decodeOtlpProto(request(spanBody(1, ...attribute))), 0).attributes[0]!.value;
}

describe('decodeSpan', () => {
  it('decodes every part of the reference trace exactly', () => {
    const spans = byName(decodeOtlpProto(recorded('reference-trace.otlp.pb')));
    const orphan = spans.get('orphaned flush')!;
    const attribute = (key: string): AttributeValue => orphan.attributes.find((one) => one.key === key)?.value;
    assert.equal(attribute('big.integer'), 9_223_372_036_854_775_807n);
    assert.equal(attribute('negative'), -42n);
    assert.deepEqual(attribute('raw'), Uint8Array.of(0, 1, 2, 253, 254, 255));
    assert.deepEqual(attribute('nested'), { entries: [{ key: 'a', value: 1n }, { key: 'b', value: [true, 2.5] }] });
    assert.equal(attribute('empty'), '');
    assert.equal(attribute('evil'), '<img src=x onerror=alert(1)>');
    assert.equal(orphan.parentSpanId, 'ffeeddccbbaa9988');
    assert.equal(orphan.scopeName, 'analytics-tracer');
    assert.equal(orphan.scopeVersion, '1.2.0');
    assert.equal(orphan.resource.find(({ key }) => key === 'telemetry.sdk.language')?.value, 'java');
    const failed = spans.get('parse_answer')!;
    assert.equal(failed.statusMessage, 'expected ] at position 1181');
    assert.equal(failed.events[0]!.name, 'exception');
    assert.equal(failed.events[0]!.timeUnixNano, 1_795_221_087_389_500_000n);
    assert.equal(spans.get('events process')!.links[0]!.spanId, '1122334455667788');
    assert.equal(spans.get('post /chat')!.parentSpanId, '');
  });

  const double = (value: number): number[] => [0x21, ...new Uint8Array(new Float64Array([value]).buffer)];
  const values: readonly (readonly [what: string, body: number[], expected: AttributeValue])[] = [
    ['nothing', [], undefined],
    ['true', [0x10, 1], true],
    ['a bool beyond one bit', [0x10, 0x80, 0x80, 0x80, 0x80, 0x10], true],
    ['the smallest int64', [0x18, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], -(1n << 63n)],
    ['NaN', double(Number.NaN), Number.NaN],
    ['-Infinity', double(-Infinity), -Infinity],
    ['-0', double(-0), -0],
    ['an empty list', field(5, ''), []],
    ['the last of two', [...field(1, 'first'), ...field(1, 'last')], 'last'],
    ['a member of tomorrow', [0x58, 1], undefined],
    ['an int in a string field', [0x08, 1], '(unreadable: field 1 with wire type 0 instead of 2)'],
    ['a string longer than its value', [0x0a, 9, 0x61], '(unreadable: field 1 says it is 9 bytes long where 1 are left)'],
    ['a double cut off', [0x21, 1, 2], '(unreadable: field 4 cut off by the end of its message)'],
    ['a list with a broken element', field(5, raw(field(1, raw([0x18, 1])), field(1, raw([0x18])), field(1, raw([0x18, 2])))), [1n, '(unreadable: a number cut off by the end of its message)', 2n]],
  ];
  for (const [what, body, expected] of values) {
    it(`decodes a value: ${what}`, () => {
      assert.deepEqual(valueOf(Uint8Array.from(body)), expected);
    });
  }

  it('keeps an attribute whose value is broken, and the ones behind it', () => {
    const attributes = [...field(9, raw(field(1, 'broken'), field(2, raw([0x0a, 0x70])))), ...field(9, raw(field(1, 'fine'), field(2, raw(field(1, 'yes')))))];
    const span = decodeSpan(decodeOtlpProto(request(spanBody(1, ...attributes, ...field(3, 'state=1')))), 0);
    assert.deepEqual(span.attributes.map(({ key }) => key), ['broken', 'fine']);
    assert.match(String(span.attributes[0]!.value), /^\(unreadable: /);
    assert.equal(span.attributes[1]!.value, 'yes');
    assert.equal(span.traceState, 'state=1');
  });

  it('keeps a link that is broken, as far as it goes', () => {
    const span = decodeSpan(decodeOtlpProto(request(spanBody(1, ...field(13, raw(field(1, new Uint8Array(16).fill(0xab)), [0x12, 0x40])), ...field(13, raw(field(2, new Uint8Array(8).fill(1))))))), 0);
    assert.equal(span.links.length, 2);
    assert.equal(span.links[0]!.traceId, 'ab'.repeat(16));
    assert.equal(span.links[1]!.spanId, '01'.repeat(8));
  });

  it('puts a text where values nest too deeply, at any depth', () => {
    for (const depth of [MAX_VALUE_DEPTH, MAX_VALUE_DEPTH + 1, 6000]) {
      let body: Uint8Array = raw(field(1, 'core'));
      const layers: Uint8Array[] = [];
      // Built from the outside in: copying the core each time would cost its square.
      let size = body.length;
      for (let k = 0; k < depth; k++) {
        const inner = Uint8Array.from(field(1, new Uint8Array(0)).slice(0, 1).concat(lengthOf(size)));
        const outer = Uint8Array.from([0x2a, ...lengthOf(size + inner.length)]);
        layers.push(inner, outer);
        size += inner.length + outer.length;
      }
      body = Uint8Array.from(Buffer.concat([...layers.toReversed(), body]));
      let value = valueOf(body);
      let reached = 0;
      while (Array.isArray(value)) {
        value = (value as readonly AttributeValue[])[0];
        reached++;
      }
      assert.equal(reached, Math.min(depth, MAX_VALUE_DEPTH));
      assert.equal(value, depth > MAX_VALUE_DEPTH ? TOO_DEEP : 'core');
    }
  });

  it('keeps repeated keys and keys that JavaScript gives a meaning', () => {
    const map: AttributeMap = { entries: [{ key: '__proto__', value: 'a' }, { key: 'constructor', value: 'b' }] };
    const writer = new OtlpWriter();
    writer.beginResource([]);
    writer.beginScope();
    writer.span({ traceId: '', spanId: '0000000000000001', name: '', startUnixNano: 0n, endUnixNano: 0n, attributes: [{ key: 'x', value: 1n }, { key: 'x', value: 2n }, { key: 'map', value: map }] });
    const span = decodeSpan(decodeOtlpProto(writer.finish()), 0);
    assert.deepEqual(span.attributes, [{ key: 'x', value: 1n }, { key: 'x', value: 2n }, { key: 'map', value: map }]);
  });

  it('gives bytes of its own, not a window on the batch', () => {
    const buffer = Buffer.from(request(spanBody(1, ...field(9, raw(field(1, 'b'), field(2, raw(field(7, Uint8Array.of(1, 2)))))))));
    const value = decodeSpan(decodeOtlpProto(buffer), 0).attributes[0]!.value as Uint8Array;
    buffer.fill(0);
    assert.deepEqual(value, Uint8Array.of(1, 2));
    assert.equal(value.constructor, Uint8Array);
  });

  it('answers no attributes for a resource that is not there', () => {
    assert.deepEqual(decodeResource(decodeOtlpProto(new Uint8Array(0)), 3), []);
  });
});

function lengthOf(size: number): number[] {
  const bytes: number[] = [];
  let rest = size;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}
