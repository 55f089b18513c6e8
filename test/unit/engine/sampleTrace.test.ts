// The built-in sample: a whole, healthy trace of now, new each time, and a clear sentence where nobody listens.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BackendError } from '../../../src/engine/backends/backend.ts';
import { makeSampleTrace, sendSampleTrace } from '../../../src/engine/sampleTrace.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import { splitByTrace } from '../../../src/model/splitByTrace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { summaryOf } from '../../../src/model/traceSummary.ts';

const NEVER = new AbortController().signal;

describe('makeSampleTrace', () => {
  it('is one complete trace that ends now', () => {
    const nowMs = 1_795_221_079_000;
    const sample = makeSampleTrace(nowMs);
    const batch = decodeOtlpProto(sample.bytes);
    assert.deepEqual([batch.rejected, batch.warnings], [0, []]);
    const parts = splitByTrace([batch]);
    assert.deepEqual(parts.map((part) => part.traceId), [sample.traceId]);
    const trace = buildTrace(sample.traceId, parts[0]!.selections);
    const summary = summaryOf(trace);
    assert.equal(summary.startUnixNano + summary.durationNs, BigInt(nowMs) * 1_000_000n);
    assert.deepEqual([summary.rootService, summary.rootName, summary.orphans, summary.roots, summary.errors], ['api-gateway', 'POST /chat', 0, 1, 1]);
    assert.ok(summary.services.length >= 6);
    assert.deepEqual(summary.warnings, [], 'nothing about it is odd');
    for (const flag of ['code', 'genAi', 'database', 'exception', 'events'] as const) assert.ok(trace.flags.some((flags) => (flags & SpanFlag[flag]) !== 0), flag);
  });

  it('is another one each time', () => assert.notEqual(makeSampleTrace(0).traceId, makeSampleTrace(0).traceId));
});

describe('sendSampleTrace', () => {
  let server: Server;
  let endpoint: string;
  let status = 200;
  const received: { url: string; type: string; bytes: Buffer }[] = [];

  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ url: request.url ?? '', type: request.headers['content-type'] ?? '', bytes: Buffer.concat(chunks) });
        if (status === 0) response.destroy();
        else response.writeHead(status).end(status === 201 ? Buffer.alloc(3_000_000) : '');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => new Promise((resolve) => server.close(resolve)));

  it('posts OTLP and answers the id', async () => {
    status = 200;
    const traceId = await sendSampleTrace(endpoint, NEVER);
    const { url, type, bytes } = received.at(-1)!;
    assert.deepEqual([url, type], ['/v1/traces', 'application/x-protobuf']);
    assert.equal(splitByTrace([decodeOtlpProto(new Uint8Array(bytes))])[0]?.traceId, traceId);
  });

  const FAILURES: readonly [what: string, status: number, kind: BackendError['kind'], says: RegExp][] = [
    ['busy', 503, 'rateLimit', /busy \(503\)/],
    ['throttled', 429, 'rateLimit', /busy \(429\)/],
    ['refused', 403, 'badData', /refused the sample trace \(HTTP 403\)/],
    ['hung up', 0, 'network', /The connection to http.* broke/],
    ['a flood for an answer', 201, 'tooLarge', /larger than/],
  ];
  for (const [what, answer, kind, says] of FAILURES) {
    it(what, async () => {
      status = answer;
      await assert.rejects(sendSampleTrace(endpoint, NEVER), (error) => error instanceof BackendError && error.kind === kind && says.test(error.message));
    });
  }

  it('says so where nobody listens', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await assert.rejects(sendSampleTrace(`http://127.0.0.1:${port}`, NEVER), (error) => error instanceof BackendError && error.kind === 'network' && /Nothing answers/.test(error.message));
    await assert.rejects(sendSampleTrace(undefined, NEVER), (error) => error instanceof BackendError && /start the collector/.test(error.message));
  });

  it('can be cancelled', async () => {
    await assert.rejects(sendSampleTrace(endpoint, AbortSignal.abort()), (error) => error instanceof BackendError && error.kind === 'aborted');
  });
});
