// Spans as Transaction Search keeps them: one JSON object a span, in retrievals and in files of the log group.
import assert from 'node:assert/strict';
import { readTraceFile } from '../../../src/formats/fileReader.ts';
import { decodeOtelDocuments } from '../../../src/formats/xrayOtelDocuments.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import { splitByTrace } from '../../../src/model/splitByTrace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { detailsOf } from '../../../src/engine/details.ts';
import { loggedSpan } from '../../support/fakes/cloudWatchLogs.ts';

const ID = '6a0b1c2d000000000000000000000001';
const START = 1_795_899_400_123_456_789n;
const ROOT = { ...loggedSpan({ traceId: ID, spanId: '00000000000000a1', name: 'GET /cart', service: 'shop', startNs: START, durationNs: 5_000_000n, failed: true, attributes: { 'http.response.status_code': 500, ok: false, ratio: 0.5, tags: ['a', 'b'], nested: { deep: 1 } } }), status: { code: 'ERROR', message: 'boom' } };
const CHILD = {
  ...loggedSpan({ traceId: ID, spanId: '00000000000000a2', parentSpanId: '00000000000000a1', name: 'SELECT', service: 'db', startNs: START + 1n, durationNs: 1000n }),
  kind: 'CLIENT', events: [{ timeUnixNano: '1795899400123456790', name: 'exception', attributes: { 'exception.type': 'Timeout' } }], links: [{ traceId: ID, spanId: '00000000000000a9', attributes: { why: 'retry' } }],
};

const built = (batch: SpanBatch): Trace => buildTrace(ID, splitByTrace([batch])[0]!.selections);

function check(trace: Trace): void {
  assert.equal(trace.count, 2);
  const [root, child] = [detailsOf(trace, 0, 0), detailsOf(trace, 1, 0)];
  assert.deepEqual([root.name, root.service, root.kind, root.status, root.statusMessage, root.startUnixNano, root.durationNs], ['GET /cart', 'shop', 'server', 'error', 'boom', START.toString(), 5_000_000]);
  assert.deepEqual(root.attributes.map(({ key, type, text }) => [key, type, text]), [['http.response.status_code', 'int', '500'], ['ok', 'bool', 'false'], ['ratio', 'double', '0.5'], ['tags', 'array', '["a","b"]'], ['nested', 'map', '{"deep":1}']]);
  assert.deepEqual([root.scopeName, root.scopeVersion, root.resource.map(({ key }) => key)], ['shop', '1', ['service.name', 'telemetry.sdk.language']]);
  assert.deepEqual([child.parentSpanId, child.kind, child.service, child.startUnixNano], ['00000000000000a1', 'client', 'db', (START + 1n).toString()]);
  assert.deepEqual([child.events[0]?.name, child.events[0]?.attributes[0]?.text, child.links[0]?.spanId, child.links[0]?.attributes[0]?.text], ['exception', 'Timeout', '00000000000000a9', 'retry']);
}

describe('formats/xrayOtelDocuments', () => {
  it('reads a retrieved trace, each span with its own resource, to the nanosecond', () => {
    const batch = decodeOtelDocuments([{ Traces: [{ Id: ID, Spans: [ROOT, CHILD].map((span) => ({ Id: 'x', Document: JSON.stringify(span) })) }] }]);
    check(built(batch));
    assert.deepEqual([batch.rejected, batch.warnings], [0, []]);
  });

  it('takes X-Ray\'s own ids', () => {
    const batch = decodeOtelDocuments([{ Traces: [{ Spans: [{ Document: JSON.stringify({ ...ROOT, traceId: `1-${ID.slice(0, 8)}-${ID.slice(8)}` }) }] }] }]);
    assert.equal(built(batch).count, 1);
  });

  it('counts what cannot be read, and keeps the rest', () => {
    const documents = [JSON.stringify(ROOT), '{"traceId":', '[]', 7, JSON.stringify({ ...ROOT, spanId: 'no' })];
    const batch = decodeOtelDocuments([{ Traces: ['x', { Spans: ['y', ...documents.map((Document) => ({ Document }))] }] }]);
    assert.deepEqual([batch.count, batch.rejected], [1, 5]);
    assert.match(batch.warnings.join('\n'), /Traces\[0\]\.Spans\[2\]: Not valid JSON/);
    assert.deepEqual(decodeOtelDocuments([{}, { Traces: 3 }]).count, 0);
  });

  it('a file of the log group\'s events reads the same', async () => {
    const { batches, warnings } = await readTraceFile(new TextEncoder().encode([ROOT, CHILD].map((span) => JSON.stringify(span)).join('\n')), 'spans.json');
    assert.equal(batches.length, 1);
    check(built(batches[0]!));
    assert.deepEqual([warnings, batches[0]!.warnings], [[], []]);
  });
});
