// The reference trace through X-Ray: it comes out as the same trace, but for a written list of losses.
import assert from 'node:assert/strict';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { decodeXraySegments } from '../../../../src/formats/xraySegments.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import type { SpanBatch } from '../../../../src/model/spanBatch.ts';
import type { Trace } from '../../../../src/model/trace.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import type { OtlpDocument } from '../../../live/send/otlpTypes.ts';
import { xraySegments, xrayTraceId } from '../../../live/send/xraySegments.ts';
import { recorded, recordedText } from '../../../support/formatFixtures.ts';
import { XRAY_LOSSES } from '../../../support/losses/xray.ts';
import { checkLosses, factsOf } from '../../../support/sameTrace.ts';

const built = (batch: SpanBatch): Trace => {
  const [part] = splitByTrace([batch]);
  return buildTrace(part!.traceId, part!.selections);
};

it('engine/backends/xray: the reference trace comes out the same, but for the written losses', () => {
  const documents = xraySegments(JSON.parse(recordedText('reference-trace.otlp.json')) as OtlpDocument);
  const raw = documents.join('\n');
  const batch = decodeXraySegments({ Traces: [{ Id: xrayTraceId('4bf92f3577b34da6a3ce929d0e0e4736'), Segments: documents.map((document) => ({ Id: 'x', Document: document })) }] });
  const { kept, lost } = checkLosses(factsOf(built(decodeOtlpProto(recorded('reference-trace.otlp.pb')))), factsOf(built(batch)), XRAY_LOSSES, raw);
  assert.ok(kept > 200 && lost < 40, `${kept} kept, ${lost} lost`);
  assert.deepEqual(batch.warnings, []);
});
