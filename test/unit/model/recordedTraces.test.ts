// The same trace as several systems recorded it: one summary, and the same spans.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readTraceFile } from '../../../src/formats/fileReader.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import { splitByTrace } from '../../../src/model/splitByTrace.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { summaryOf } from '../../../src/model/traceSummary.ts';

const read = async (name: string): Promise<readonly SpanBatch[]> => (await readTraceFile(readFileSync(new URL(`../../fixtures/recorded/${name}`, import.meta.url)), name)).batches;

function only(batches: readonly SpanBatch[]): Trace {
  const parts = splitByTrace(batches);
  assert.equal(parts.length, 1);
  return buildTrace(parts[0]!.traceId, parts[0]!.selections);
}

describe('the recorded reference trace', () => {
  for (const name of ['reference-trace.otlp.pb', 'reference-trace.otlp.json', 'reference-trace.zipkin.json']) {
    it(`is what was sent, from ${name}`, async () => {
      const { traceId, rootService, rootName, spans, errors, orphans, roots, maxDepth, duplicates, durationNs } = summaryOf(only(await read(name)));
      assert.deepEqual([traceId, rootService, rootName, spans, errors, orphans, roots, maxDepth, duplicates, durationNs], ['4bf92f3577b34da6a3ce929d0e0e4736', 'api-gateway', 'POST /chat', 14, 1, 1, 1, 5, 0, 8_961_000_000n]);
    });
  }

  it('is one when it comes as protobuf and as JSON', async () => {
    const trace = only([...(await read('reference-trace.otlp.pb')), ...(await read('reference-trace.otlp.json'))]);
    assert.deepEqual([trace.spans, trace.duplicates], [14, 14]);
  });
});
