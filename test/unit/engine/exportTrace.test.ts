// Export: one OTLP/JSON document whatever the size; what it says is what was there.
import assert from 'node:assert/strict';
import { BackendError } from '../../../src/engine/backends/backend.ts';
import { decodeRow } from '../../../src/engine/details.ts';
import { exportOtlpJson } from '../../../src/engine/exportTrace.ts';
import { decodeOtlpJson } from '../../../src/formats/otlpJson.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { batchOf, TRACE_ID } from '../../support/batches.ts';
import { generateTraces } from '../../support/traceGenerator.ts';

const NEVER = new AbortController().signal;
const allRows = (trace: Trace): SpanDetails[] => Array.from({ length: trace.count }, (_, row) => decodeRow(trace, row));

describe('exportOtlpJson', () => {
  for (const spans of [1, 255, 256, 257, 1000]) {
    it(`${spans} spans come back as they were`, async () => {
      const trace = buildTrace(TRACE_ID, [{ batch: decodeOtlpProto(generateTraces({ seed: 5, traces: 1, spansPerTrace: spans })) }]);
      const again = buildTrace(TRACE_ID, [{ batch: decodeOtlpJson(JSON.parse(await exportOtlpJson(trace, NEVER))) }]);
      assert.equal(again.rejected, 0);
      assert.deepEqual(allRows(again), allRows(trace));
    });
  }

  it('hostile names stay values', async () => {
    const name = '"}]}],"resourceSpans":[{"x":"</script>\u0000\u202e';
    const trace = buildTrace(TRACE_ID, [{ batch: batchOf([{ id: '1', name }]) }]);
    const document = JSON.parse(await exportOtlpJson(trace, NEVER)) as { resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[] };
    assert.equal(document.resourceSpans.length, 1);
    assert.equal(document.resourceSpans[0]!.scopeSpans[0]!.spans[0]!.name, name);
  });

  it('stops when told', async () => {
    const trace = buildTrace(TRACE_ID, [{ batch: decodeOtlpProto(generateTraces({ seed: 5, traces: 1, spansPerTrace: 3000 })) }]);
    const stop = new AbortController();
    const exporting = exportOtlpJson(trace, stop.signal);
    setImmediate(() => stop.abort());
    await assert.rejects(exporting, (error) => error instanceof BackendError && error.kind === 'aborted');
  });
});
