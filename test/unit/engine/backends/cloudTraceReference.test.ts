// The reference trace through Cloud Trace: listed and opened over the fake, it comes out as the same trace, but for a written list of losses.
import assert from 'node:assert/strict';
import { cloudTrace } from '../../../../src/engine/backends/cloudTrace.ts';
import { undiciTransport } from '../../../../src/engine/http.ts';
import { ConnectionClient } from '../../../../src/engine/network/connectionClient.ts';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import type { SpanBatch } from '../../../../src/model/spanBatch.ts';
import type { Trace } from '../../../../src/model/trace.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import type { OtlpDocument } from '../../../live/send/otlpTypes.ts';
import { cloudTraceOf } from '../../../support/cloudTraceReference.ts';
import { fakeCloudTrace, nanos, type FakeCloudTrace } from '../../../support/fakes/cloudTrace.ts';
import { TRACE_SCOPE } from '../../../support/fakes/googleTokens.ts';
import { recorded, recordedText } from '../../../support/formatFixtures.ts';
import { CLOUD_TRACE_LOSSES } from '../../../support/losses/cloudTrace.ts';
import { checkLosses, factsOf } from '../../../support/sameTrace.ts';

const PROJECT = 'shop-prod';
const built = (batches: readonly SpanBatch[]): Trace => {
  const [part] = splitByTrace([...batches]);
  return buildTrace(part!.traceId, part!.selections);
};

it('engine/backends/cloudTrace: the reference trace comes out the same, but for the written losses', async () => {
  const trace = cloudTraceOf(JSON.parse(recordedText('reference-trace.otlp.json')) as OtlpDocument, PROJECT) as FakeCloudTrace;
  const fake = await fakeCloudTrace({ project: PROJECT, traces: [trace], scopesOf: (token) => (token === 'good' ? [TRACE_SCOPE] : undefined) });
  const transport = undiciTransport();
  try {
    const config = { id: 'g', kind: 'cloudTrace', name: 'G', url: fake.url, options: { project: PROJECT } };
    const http = new ConnectionClient({ base: fake.url, transport, authorizer: { headers: async () => ({ authorization: 'Bearer good' }), refresh: async () => false } });
    const startNs = nanos(trace.spans[0]!.startTime);
    const source = cloudTrace.source({ config, http, now: () => Number(startNs / 1_000_000n) + 600_000, changed: () => undefined });
    const signal = new AbortController().signal;
    const [found] = (await source.page({ window: { startNs: startNs - 1_000_000_000n, endNs: startNs + 60_000_000_000n }, limit: 10 }, signal)).traces;
    const { batches, notes } = await source.trace(found!.ref, signal);
    const { kept, lost } = checkLosses(factsOf(built([decodeOtlpProto(recorded('reference-trace.otlp.pb'))])), factsOf(built(batches)), CLOUD_TRACE_LOSSES, JSON.stringify(trace));
    assert.ok(kept > 180 && lost < 70, `${kept} kept, ${lost} lost`);
    assert.deepEqual([...notes, ...batches.flatMap(({ warnings }) => warnings)], []);
  } finally {
    await fake.close();
    await transport.close();
  }
});
