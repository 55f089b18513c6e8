// Whole traces as rows: counted as when they are opened, and kept where a trace has its batch to itself.
import assert from 'node:assert/strict';
import { wholeTraces } from '../../../../src/engine/listing/summaries.ts';
import { decodeJaegerJson } from '../../../../src/formats/jaegerJson.ts';
import { decodeOtlpJson, decodeOtlpJsonText } from '../../../../src/formats/otlpJson.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { summaryOf } from '../../../../src/model/traceSummary.ts';
import { recordedText } from '../../../support/formatFixtures.ts';

const signal = new AbortController().signal;
const spans = (...ids: readonly string[]): unknown => ({
  resourceSpans: [{ scopeSpans: [{ spans: ids.map((traceId, k) => ({ traceId, spanId: (k + 1).toString(16).padStart(16, '0'), name: `n${k}`, startTimeUnixNano: String(1000 + k), endTimeUnixNano: String(2000 + k) })) }] }],
});
const A = 'a'.repeat(32);
const B = 'b'.repeat(32);

describe('engine/listing/summaries', () => {
  it('a row says what the opened trace says', async () => {
    const batch = decodeOtlpJsonText(recordedText('reference-trace.otlp.json'));
    const [found, ...others] = await wholeTraces([batch], signal);
    const opened = summaryOf(buildTrace(found!.ref.traceId, [{ batch }]));
    assert.deepEqual([others.length, found!.summary], [0, opened]);
    assert.deepEqual(found!.ref, { traceId: opened.traceId, startUnixNano: String(opened.startUnixNano), endUnixNano: String(opened.startUnixNano + opened.durationNs) });
    assert.deepEqual(found!.loaded, { batches: [batch], notes: [] });
  });

  it('a trace that shares a batch is listed, and not kept', async () => {
    const shared = decodeOtlpJson(spans(A, B));
    const own = decodeOtlpJson(spans(B));
    const found = await wholeTraces([shared, own], signal);
    assert.deepEqual(found.map(({ ref, summary, loaded }) => [ref.traceId, summary.spans, summary.duplicates, loaded]), [[A, 1, 0, undefined], [B, 2, 0, undefined]]);
  });

  it('the server’s own id where it is shorter, and what was rejected is counted', async () => {
    const [found] = await wholeTraces([decodeJaegerJson({ data: [{ traceID: '6', processes: {}, spans: [{ traceID: '6', spanID: '1', startTime: 5, duration: 1 }, { traceID: '6', spanID: 'none' }] }] })], signal);
    assert.deepEqual([found!.ref.traceId, found!.summary.spans, found!.summary.rejected], ['6', 1, 1]);
  });

  it('spans without a trace id are nobody’s; nothing is nothing', async () => {
    assert.deepEqual(await wholeTraces([decodeOtlpJson(spans('')), decodeOtlpJson({ resourceSpans: [] })], signal), []);
    assert.deepEqual(await wholeTraces([], signal), []);
  });

  it('stops when it is cancelled', async () => {
    const aborted = new AbortController();
    aborted.abort();
    await assert.rejects(wholeTraces([decodeOtlpJson(spans(A))], aborted.signal), { kind: 'aborted' });
  });
});
