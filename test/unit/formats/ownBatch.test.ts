// A trace taken out of an answer of many is the trace it was, and carries nothing of the others.
import assert from 'node:assert/strict';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { ownBatch } from '../../../src/formats/ownBatch.ts';
import { splitByTrace } from '../../../src/model/splitByTrace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { factsOf } from '../../support/sameTrace.ts';
import { generateTraces } from '../../support/traceGenerator.ts';

describe('formats/ownBatch', () => {
  const batch = decodeOtlpProto(generateTraces({ seed: 3, traces: 7, spansPerTrace: 40 }));

  for (const [k, { traceId, selections }] of splitByTrace([batch]).entries()) {
    it(`trace ${k} of seven`, () => {
      const own = selections.map(ownBatch);
      assert.deepEqual(factsOf(buildTrace(traceId, own.map((one) => ({ batch: one })))), factsOf(buildTrace(traceId, selections)));
      assert.ok(own[0]!.bytes.length < batch.bytes.length / 4, `${own[0]!.bytes.length} of ${batch.bytes.length} bytes`);
    });
  }

  it('a whole batch is itself, and ids of the backend’s own stay', () => {
    assert.equal(ownBatch({ batch }), batch);
    const nativeTraceIds = new Map([['0'.repeat(32), 'mine']]);
    assert.equal(ownBatch({ batch: { ...batch, nativeTraceIds }, rows: Uint32Array.of(0) }).nativeTraceIds, nativeTraceIds);
  });
});
