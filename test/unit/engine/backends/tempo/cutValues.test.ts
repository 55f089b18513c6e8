// Values that Tempo cut off are found by their length, wherever they are.
import assert from 'node:assert/strict';
import { cutValues } from '../../../../../src/engine/backends/tempo/cutValues.ts';
import { decodeOtlpJson } from '../../../../../src/formats/otlpJson.ts';
import { otlpBytes } from '../../../../live/send/otlp.ts';
import type { OtlpAttribute, OtlpDocument } from '../../../../live/send/otlpTypes.ts';
import { asTempoKeeps } from '../../../../support/losses/tempo.ts';

const text = (length: number, key = 'gen_ai.input.messages'): OtlpAttribute => ({ key, value: { stringValue: 'x'.repeat(length) } });
const document = (attributes: readonly OtlpAttribute[], { event = [], resource = [] }: { readonly event?: readonly OtlpAttribute[]; readonly resource?: readonly OtlpAttribute[] } = {}): OtlpDocument => ({
  resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ scope: { name: 's' }, spans: [{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name: 'chat', kind: 1, startTimeUnixNano: '1', endTimeUnixNano: '2', attributes, events: [{ timeUnixNano: '1', name: 'e', attributes: event }] }] }] }],
});
const said = (count: string): string => `${count} at 2,048 bytes, where Tempo cuts off what is longer, unless its max_attribute_bytes is set higher.`;

describe('engine/backends/tempo/cutValues', () => {
  const ROWS: readonly (readonly [what: string, document: OtlpDocument, sentence: string | undefined])[] = [
    ['nothing', document([]), undefined],
    ['shorter', document([text(2047)]), undefined],
    ['longer: this Tempo is set to keep more', document([text(2049), text(5000)]), undefined],
    ['one', document([text(1), text(2048)]), said('One attribute ends')],
    ['side by side', document([text(2048, 'a'), text(2048, 'b'), text(2048, 'c')]), said('3 attributes end')],
    ['of an event and of a resource', document([], { event: [text(2048)], resource: [text(2048, 'process.command_line')] }), said('2 attributes end')],
    ['what Tempo makes of a longer one', asTempoKeeps(document([text(3000), text(100)])), said('One attribute ends')],
  ];
  for (const [what, given, sentence] of ROWS) {
    it(what, () => {
      assert.equal(cutValues(otlpBytes(given)), sentence, 'as protobuf came');
      assert.equal(cutValues(decodeOtlpJson(given).bytes), sentence, 'as JSON was read');
    });
  }

  it('a value that holds the mark itself is counted once', () => {
    const inner = '\u0012'.repeat(2048);
    assert.equal(cutValues(otlpBytes(document([{ key: 'k', value: { stringValue: inner } }]))), said('One attribute ends'));
  });
});
