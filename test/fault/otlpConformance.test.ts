// What an OTLP/HTTP receiver owes (opentelemetry-proto docs/specification.md), protobuf and JSON alike, exchange by exchange. Answers
// are read by protobufjs, not by our own code.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { decodeSpan } from '../../src/formats/spanDecoder.ts';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import { spansToOtlpJson } from '../../src/formats/otlpExport.ts';
import { OtlpWriter, type WritableSpan } from '../../src/formats/otlpWriter.ts';
import { RECENT, runCollector, type RunningCollector } from '../support/collectorFixture.ts';
import { generateTraces } from '../support/traceGenerator.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Status { int32 code = 1; string message = 2; }
  message PartialSuccess { int64 rejected = 1; string error_message = 2; }
  message Response { PartialSuccess partial_success = 1; }
`);
const Status = root.lookupType('Status');
const Answer = root.lookupType('Response');

type Kind = 'protobuf' | 'json';
const TYPES: Readonly<Record<Kind, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' };

interface Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const TRACE = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa01';
const span = (more: Partial<WritableSpan> = {}): WritableSpan => ({
  traceId: TRACE, spanId: '00000000000000a1', parentSpanId: '', name: 'op', kind: 2, startUnixNano: 1_795_221_079_000_000_000n, endUnixNano: 1_795_221_079_500_000_000n, attributes: [], ...more,
});

function request(...spans: readonly WritableSpan[]): Uint8Array {
  const writer = new OtlpWriter();
  writer.beginResource([{ key: 'service.name', value: 'shop' }]);
  writer.beginScope({ name: 'lib', version: '1' });
  for (const one of spans) writer.span(one);
  writer.endScope();
  writer.endResource();
  return writer.finish();
}

const jsonSpan = (more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  traceId: TRACE, spanId: '00000000000000a1', name: 'op', kind: 2, startTimeUnixNano: '1795221079000000000', endTimeUnixNano: '1795221079500000000', ...more,
});
const jsonRequest = (...spans: readonly unknown[]): string => JSON.stringify({ resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }, scopeSpans: [{ spans }] }] });

const asJson = (batch: SpanBatch): string => spansToOtlpJson(Array.from({ length: batch.count }, (_, i) => decodeSpan(batch, i)));

function message(kind: Kind, body: Uint8Array): { readonly code: number; readonly message: string } {
  if (kind === 'json') return JSON.parse(Buffer.from(body).toString()) as { code: number; message: string };
  return Status.toObject(Status.decode(body)) as { code: number; message: string };
}

function partialSuccess(kind: Kind, body: Uint8Array): { readonly rejected: number; readonly message: string } | undefined {
  if (kind === 'json') {
    const { partialSuccess: partial } = JSON.parse(Buffer.from(body).toString()) as { partialSuccess?: { rejectedSpans?: string; errorMessage?: string } };
    return partial === undefined ? undefined : { rejected: Number(partial.rejectedSpans ?? 0), message: partial.errorMessage ?? '' };
  }
  const { partialSuccess: partial } = Answer.toObject(Answer.decode(body), { longs: Number }) as { partialSuccess?: { rejected?: number; errorMessage?: string } };
  return partial === undefined ? undefined : { rejected: partial.rejected ?? 0, message: partial.errorMessage ?? '' };
}

describe('OTLP over HTTP', function () {
  this.timeout(20_000);
  let running: RunningCollector;
  before(async () => {
    running = await runCollector({ maxBodyBytes: 1 << 20, allowedOrigins: ['https://app.example'] });
  });
  after(() => running.stop());

  async function send(body: Uint8Array | string, headers: Readonly<Record<string, string>>, { method = 'POST', path = '/v1/traces' } = {}): Promise<Exchange> {
    const answer = await fetch(`${running.collector.state.endpoint}${path}`, { method, headers, ...(method === 'GET' ? {} : { body: body as Uint8Array<ArrayBuffer> }) });
    return { status: answer.status, headers: answer.headers, body: new Uint8Array(await answer.arrayBuffer()) };
  }
  const known = (): number => running.collector.store!.list(RECENT).known;

  for (const kind of ['protobuf', 'json'] as const) {
    const type = { 'content-type': TYPES[kind] };
    const empty = kind === 'protobuf' ? '' : '{}';
    const good = (k: number): Uint8Array | string => {
      const bytes = generateTraces({ seed: kind === 'json' ? 1000 + k : k, traces: 2 });
      return kind === 'protobuf' ? bytes : asJson(decodeOtlpProto(bytes));
    };
    const sound = kind === 'protobuf' ? request(span()) : jsonRequest(jsonSpan());

    describe(kind, () => {
      const success = async (body: Uint8Array | string, headers: Readonly<Record<string, string>> = {}, path?: string): Promise<Exchange> => {
        const answer = await send(body, { ...type, ...headers }, path === undefined ? {} : { path });
        assert.equal(answer.status, 200, Buffer.from(answer.body).toString());
        assert.equal(answer.headers.get('content-type'), TYPES[kind]);
        return answer;
      };
      const refusal = async (expected: number, answer: Promise<Exchange>, sentence: RegExp): Promise<Exchange> => {
        const { status, headers, body } = await answer;
        assert.equal(status, expected);
        assert.equal(headers.get('content-type'), TYPES[kind]);
        const { code, message: text } = message(kind, body);
        assert.ok(code > 0);
        assert.match(text, sentence);
        return { status, headers, body };
      };

      it('200 with partial_success unset', async () => {
        const before = known();
        const answer = await success(good(1));
        assert.equal(Buffer.from(answer.body).toString(), empty);
        assert.equal(known(), before + 2);
      });
      it('200 for gzip', async () => {
        const before = known();
        assert.equal(Buffer.from((await success(gzipSync(good(2)), { 'content-encoding': 'gzip' })).body).toString(), empty);
        assert.equal(known(), before + 2);
      });
      it('200 for a chunked body', async () => {
        const before = known();
        const bytes = Buffer.from(good(3));
        const stream = new ReadableStream({
          start(controller) {
            for (let at = 0; at < bytes.length; at += 1000) controller.enqueue(bytes.subarray(at, at + 1000));
            controller.close();
          },
        });
        const answer = await fetch(`${running.collector.state.endpoint}/v1/traces`, { method: 'POST', headers: type, body: stream, duplex: 'half' } as RequestInit);
        assert.equal(answer.status, 200);
        assert.equal(known(), before + 2);
      });
      it('200 for an empty request', async () => {
        assert.equal(Buffer.from((await success(kind === 'protobuf' ? '' : '{}')).body).toString(), empty);
        if (kind === 'json') assert.match(partialSuccess(kind, (await success('{"spans":[],"resourceMetrics":[]}')).body)?.message ?? '', /no "resourceSpans"/);
        assert.equal(Buffer.from((await success(kind === 'protobuf' ? new Uint8Array([0x0a, 0]) : '{"resourceSpans":[]}')).body).toString(), empty);
      });
      it('200 for what was sent before: duplicates are expected after retries', async () => {
        await success(good(4));
        const before = known();
        await success(good(4));
        assert.equal(known(), before);
      });
      it('200 with the count of rejected spans and an English sentence; the others are stored', async () => {
        const rows: readonly (readonly [Uint8Array | string, number, RegExp])[] =
          kind === 'protobuf'
            ? [
                [request(span({ traceId: '00000000000000000000000000000000' }), span()), 1, /1 span has no valid trace id/],
                [request(span({ spanId: '0000000000000000' }), span()), 1, /span id/],
              ]
            : [
                [jsonRequest(jsonSpan({ traceId: '' }), jsonSpan()), 1, /no valid trace id/],
                [jsonRequest(jsonSpan({ traceId: '00000000000000000000000000000000' }), jsonSpan({ traceId: 'xyz' }), jsonSpan()), 2, /trace id/],
                [jsonRequest(jsonSpan({ spanId: '' }), jsonSpan()), 1, /span id/],
              ];
        for (const [body, rejected, sentence] of rows) {
          const partial = partialSuccess(kind, (await success(body)).body);
          assert.equal(partial?.rejected, rejected, partial?.message);
          assert.match(partial?.message ?? '', sentence);
          assert.ok(running.collector.store!.summary(TRACE) !== undefined);
        }
      });
      it('400 for what cannot be decoded, naming the place and not the content', async () => {
        const secret = 'hunter2';
        const bodies = kind === 'protobuf' ? [Buffer.from(`\x0a\xff${secret}`, 'latin1'), Buffer.from(secret), Buffer.concat([sound as Uint8Array, Buffer.from([0x0a, 200])])] : [secret, `{"resourceSpans":[{"x":${secret}`, '[1,2', '"text"', 'null', Buffer.from([0xff, 0xfe, 0x7b])];
        for (const body of bodies) {
          const { body: text } = await refusal(400, send(body, type), /at byte|at line|OTLP|UTF-8/);
          assert.doesNotMatch(Buffer.from(text).toString('latin1'), new RegExp(secret));
        }
      });
      it('400 for gzip that is none', async () => {
        await refusal(400, send(sound, { ...type, 'content-encoding': 'gzip' }), /gzip/);
        await refusal(400, send(gzipSync(sound).subarray(0, 30), { ...type, 'content-encoding': 'gzip' }), /gzip/);
      });
      it('403 for a page of another origin, before the body is looked at', async () => {
        const answer = await refusal(403, send('garbage', { ...type, origin: 'http://evil.example' }), /allowedOrigins/);
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
      });
      it('404 elsewhere', async () => {
        for (const path of ['/', '/v1/trace', '/v1/traces//', '/api/traces', '/v1/profiles']) await refusal(404, send(sound, type, { path }), /\/v1\/traces/);
      });
      it('405 with Allow', async () => {
        for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
          const answer = await refusal(405, send(sound, type, { method }), /POST/);
          assert.equal(answer.headers.get('allow'), 'POST, OPTIONS');
        }
      });
      it('413 for more than the limit, by its length, as it comes and after gunzip', async () => {
        const large = Buffer.alloc((1 << 20) + 1, ' ');
        await refusal(413, send(large, type), /1048576 bytes/);
        await refusal(413, send(gzipSync(large), { ...type, 'content-encoding': 'gzip' }), /after decompression/);
      });
      it('415 for another encoding', async () => {
        for (const encoding of ['deflate', 'br', 'zstd', 'compress']) await refusal(415, send(sound, { ...type, 'content-encoding': encoding }), /gzip or identity/);
      });
      it('answers an allowed page with its origin, on success and on errors', async () => {
        for (const [body, status] of [[sound, 200], ['\xff', 400]] as const) {
          const answer = await send(body, { ...type, origin: 'https://app.example' });
          assert.equal(answer.status, status);
          assert.equal(answer.headers.get('access-control-allow-origin'), 'https://app.example');
          assert.equal(answer.headers.get('access-control-allow-credentials'), null);
          assert.equal(answer.headers.get('vary'), 'Origin');
        }
      });
      it('200 on /v1/metrics, so that SDKs stay quiet', async () => {
        await success(kind === 'protobuf' ? new Uint8Array([1, 2, 3]) : '{"resourceMetrics":[]}', {}, '/v1/metrics');
        assert.equal(Buffer.from((await success(sound, {}, '/v1/metrics')).body).toString(), empty);
      });
      it('200 on /v1/logs for records of any kind, 400 for what are none', async () => {
        // ResourceLogs, ScopeLogs, LogRecord with a severity; of no trace.
        const record = kind === 'protobuf' ? new Uint8Array([0x0a, 6, 0x12, 4, 0x12, 2, 0x10, 9]) : '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":9}]}]}]}';
        assert.equal(Buffer.from((await success(record, {}, '/v1/logs')).body).toString(), empty);
        assert.equal((await send(kind === 'protobuf' ? new Uint8Array([0x0a, 0x7f]) : '{', type, { path: '/v1/logs' })).status, 400);
      });
    });
  }

  it('415 for types that a page may send without asking', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b']) {
      const answer = await send('x', { 'content-type': type });
      assert.equal(answer.status, 415);
      assert.match(message('json', answer.body).message, /application\/x-protobuf or application\/json/);
    }
  });

  it('preflight: 204 for localhost pages, 403 for others, nothing stored', async () => {
    const preflight = (origin: string): Promise<Exchange> => send('', { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }, { method: 'OPTIONS' });
    const granted = await preflight('http://localhost:3000');
    assert.equal(granted.status, 204);
    assert.equal(granted.headers.get('access-control-allow-origin'), 'http://localhost:3000');
    assert.equal(granted.headers.get('access-control-allow-headers'), 'content-type');
    assert.equal((await preflight('http://evil.example')).status, 403);
    assert.equal((await preflight('null')).status, 403);
  });

  it('no answer carries trace content, whatever is asked', async () => {
    await send(request(span({ name: 'topsecret' })), { 'content-type': TYPES.protobuf });
    for (const path of ['/', '/v1/traces', `/v1/traces/${TRACE}`, '/api/traces', '/healthz', '/metrics']) {
      const answer = await send('', {}, { method: 'GET', path });
      assert.ok(answer.status >= 400);
      assert.doesNotMatch(Buffer.from(answer.body).toString(), /topsecret|shop/);
    }
  });

  /** Bytes as they are, and what comes back until the other side closes. */
  function raw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(running.collector.state.endpoint!).port), '127.0.0.1', () => socket.write(bytes, 'latin1'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
      socket.setTimeout(3_000, () => socket.destroy(new Error(`still open after ${JSON.stringify(text)}`)));
    });
  }

  it('a gRPC exporter on this port gets a clean close', async () => {
    assert.equal(await raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'), '');
  });
  it('garbage gets 400 and a close', async () => {
    assert.match(await raw('\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'), /^HTTP\/1\.1 400 /);
    assert.match(await raw('GET\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.match(await raw(`POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  });
  it('a missing or repeated Host is refused before the body', async () => {
    assert.match(await raw('POST /v1/traces HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'), /^HTTP\/1\.1 403 /);
    const { port } = new URL(running.collector.state.endpoint!);
    assert.match(await raw(`POST /v1/traces HTTP/1.1\r\nHost: localhost:${port}\r\nHost: evil.example\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`), /^HTTP\/1\.1 (400|403) /);
  });
  it('Expect: 100-continue is answered by the guard first', async () => {
    const { port } = new URL(running.collector.state.endpoint!);
    const head = (host: string): string => `POST /v1/traces HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`;
    assert.match(await raw(`${head('localhost')}{}`), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    assert.match(await raw(`${head('evil.example')}{}`), /^HTTP\/1\.1 403 /);
  });
  it('a WebSocket upgrade is no way in', async () => {
    const { port } = new URL(running.collector.state.endpoint!);
    assert.match(await raw(`GET /v1/traces HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nOrigin: http://evil.example\r\n\r\n`), /^HTTP\/1\.1 403 /);
  });
});
