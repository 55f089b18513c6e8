// The second reference trace has what it is there for: whatever is taken out of it, every backend would be asked less.
import assert from 'node:assert/strict';
import { decodeRow } from '../../../src/engine/details.ts';
import { decodeOtlpJson } from '../../../src/formats/otlpJson.ts';
import { attributeText, attributeType } from '../../../src/model/attributeText.ts';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { renewal } from '../../live/send/reference.ts';
import { secondReference } from '../../support/secondReference.ts';

describe('support/secondReference', () => {
  const by = renewal();
  const { traceId, otlp } = secondReference(by);
  const batch = decodeOtlpJson(otlp);
  const trace = buildTrace(traceId, [{ batch }]);
  const spans = Array.from({ length: trace.count }, (_, row) => decodeRow(trace, row));
  const attributes = spans.flatMap((span) => span.attributes);

  for (const [what, is, expected] of [
    ['spans, none refused', [trace.spans, batch.rejected, batch.warnings.length], [11, 0, 0]],
    ['services, one beyond ASCII', trace.services.length + Number(spans.some(({ resource }) => resource.some(({ value }) => value === 'agent-注文'))), 5],
    ['every kind', [...new Set(spans.map(({ kind }) => kind))].toSorted(), [0, 1, 2, 3, 4, 5]],
    ['every status', [...new Set(spans.map(({ statusCode }) => statusCode))].toSorted(), [0, 1, 2]],
    ['a message of a status', spans.some(({ statusMessage }) => statusMessage !== ''), true],
    ['roots and an orphan', [trace.roots, trace.orphans], [2, 1]],
    ['every type of attribute', [...new Set(attributes.map(({ value }) => attributeType(value)))].toSorted(), ['array', 'bool', 'bytes', 'double', 'int', 'map', 'string']],
    ['an integer beyond 2^53', attributes.some(({ value }) => typeof value === 'bigint' && !Number.isSafeInteger(Number(value))), true],
    ['a text of more than 10 kB, and one that is empty', [attributes.some(({ value }) => typeof value === 'string' && value.length > 10_000), attributes.some(({ value }) => value === '')], [true, true]],
    ['maps in maps, lists in lists', attributes.map(({ value }) => attributeText(value)).filter((text) => /"deeper":\{|\[\[/.test(text)).length, 2],
    ['a span that has not ended', [...trace.flags].filter((flags) => (flags & SpanFlag.inProgress) !== 0).length, 1],
    ['a span that took no time', spans.filter(({ startUnixNano, endUnixNano }) => startUnixNano === endUnixNano).length, 1],
    ['attributes of a scope', spans.some(({ scopeAttributes }) => scopeAttributes.length === 2), true],
    ['attributes of resources that are no text', spans.some(({ resource }) => resource.some(({ value }) => typeof value !== 'string')), true],
    ['counts of what was dropped', [spans.some(({ droppedAttributes }) => droppedAttributes > 0), spans.some(({ droppedEvents }) => droppedEvents > 0), spans.some(({ events }) => events.some(({ droppedAttributes }) => droppedAttributes > 0))], [true, true, true]],
    ['a trace state', spans.some(({ traceState }) => traceState !== ''), true],
    ['an exception, and an event without attributes', spans.flatMap(({ events }) => events.map(({ name, attributes: own }) => `${name} ${own.length}`)).filter((text) => /^exception 4|^cache miss 0/.test(text)).length, 2],
    ['links into two other traces, one of 64 bits', spans.flatMap(({ links }) => links.map((link) => link.traceId.startsWith('0'.repeat(16)))).toSorted(), [false, true]],
    ['times between microseconds', spans.some(({ endUnixNano }) => endUnixNano % 1000n !== 0n), true],
    ['ids with leading zeros', [traceId.startsWith('000'), spans.every(({ spanId }) => spanId.startsWith('00'))], [true, true]],
  ] as const) {
    it(what, () => assert.deepEqual(is, expected));
  }

  it('has the id that it is given where times are read out of it', () => assert.equal(secondReference(by, { idAsGiven: true }).traceId, by.traceId));
});
