// OTLP over gRPC: what an exporter gets for good, bad, too large and too many requests, and that nobody but the named host is served.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { deflateSync } from 'node:zlib';
import grpc from '@grpc/grpc-js';
import { GrpcServer, type GrpcServerOptions } from '../../../../src/engine/collector/grpcServer.ts';
import { IngestQueue } from '../../../../src/engine/collector/ingestQueue.ts';
import type { SignalHandler } from '../../../../src/engine/collector/signals.ts';
import { FormatError } from '../../../../src/formats/formatError.ts';
import { until } from '../../../support/collectorFixture.ts';

const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const same = (bytes: Buffer): Buffer => bytes;

describe('grpcServer', () => {
  let server: GrpcServer;
  let port: number;
  let queue: IngestQueue;
  let handle: SignalHandler;
  let got: string[];
  let logged: string[];
  const clients: grpc.Client[] = [];

  const start = async (more: Partial<GrpcServerOptions> = {}): Promise<void> => {
    queue = more.queue ?? new IngestQueue({ maxBytes: 10_000, commit: () => [], committed: () => undefined });
    const handlers = new Map<string, SignalHandler>(['/v1/traces', '/v1/metrics', '/v1/logs'].map((path) => [path, (bytes, type) => {
      got.push(`${path} ${type} ${Buffer.from(bytes).toString()}`);
      return handle(bytes, type);
    }]));
    server = new GrpcServer({ host: '127.0.0.1', allowedHosts: [], maxBodyBytes: 4_000, queue, handlers, log: (level, message) => logged.push(`${level}: ${message}`), ...more });
    port = await server.listen(0);
  };
  beforeEach(async () => {
    got = [];
    logged = [];
    handle = () => Promise.resolve(undefined);
    await start();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await server.close(0);
    assert.equal(queue.heldBytes, 0, 'no memory is held for requests that were answered');
  });

  const send = (body: Buffer, { path = TRACES, gzip = false, authority = '' } = {}): Promise<{ code: number; details: string; body: string }> =>
    new Promise((resolve) => {
      const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
        ...(gzip ? { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip } : {}),
        ...(authority === '' ? {} : { 'grpc.default_authority': authority }),
      });
      clients.push(client);
      client.makeUnaryRequest(path, same, same, body, new grpc.Metadata(), { deadline: Date.now() + 10_000 }, (error, answer) => {
        resolve(error === null ? { code: 0, details: '', body: answer!.toString('latin1') } : { code: error.code, details: error.details, body: '' });
      });
    });

  for (const gzip of [false, true]) {
    for (const [signal, service] of [['/v1/traces', 'trace.v1.TraceService'], ['/v1/metrics', 'metrics.v1.MetricsService'], ['/v1/logs', 'logs.v1.LogsService']] as const) {
      it(`${service}${gzip ? ', gzipped' : ''}: the handler of ${signal} gets the bytes, success is an empty message`, async () => {
        assert.deepEqual(await send(Buffer.from('hello'), { path: `/opentelemetry.proto.collector.${service}/Export`, gzip }), { code: 0, details: '', body: '' });
        assert.deepEqual(got, [`${signal} protobuf hello`]);
      });
    }
  }

  it('an empty request is a success', async () => assert.equal((await send(Buffer.alloc(0))).code, 0));

  it('partial success says how many and why', async () => {
    handle = () => Promise.resolve({ rejected: 3, message: 'bad', countName: 'rejectedSpans' });
    assert.equal((await send(Buffer.from('x'))).body, '\x0a\x07\x08\x03\x12\x03bad');
  });

  it('what is undecodable is not sent again: INVALID_ARGUMENT', async () => {
    handle = () => Promise.reject(new FormatError('at byte 3.', 3));
    assert.deepEqual(await send(Buffer.from('x')), { code: grpc.status.INVALID_ARGUMENT, details: 'at byte 3.', body: '' });
  });

  it('what cannot be stored is sent again, and logged once: UNAVAILABLE', async () => {
    handle = () => Promise.reject(new Error('disk full'));
    for (let k = 0; k < 3; k++) assert.equal((await send(Buffer.from('x'))).code, grpc.status.UNAVAILABLE);
    assert.deepEqual(logged, ['error: Spans could not be stored: disk full']);
  });

  for (const gzip of [false, true]) {
    it(`a message of more than the limit${gzip ? ' after it was inflated' : ''} is refused, and the next one is taken`, async () => {
      assert.equal((await send(Buffer.alloc(4_001), { gzip })).code, grpc.status.RESOURCE_EXHAUSTED);
      assert.deepEqual(got, []);
      assert.equal((await send(Buffer.alloc(4_000), { gzip })).code, 0);
    });
  }

  it('a full queue sends away, to come again', async () => {
    await server.close(0);
    await start({ queue: new IngestQueue({ maxBytes: 10, commit: () => [], committed: () => undefined }) });
    queue.take(9);
    assert.equal((await send(Buffer.from('x'))).code, grpc.status.UNAVAILABLE);
    queue.release(9);
  });

  for (const authority of ['evil.example', 'evil.example:4317', 'localhost:1', '127.0.0.1']) {
    it(`an authority ${authority} is not served: a rebinding name reaches nothing`, async () => {
      assert.equal((await send(Buffer.from('x'), { authority })).code, grpc.status.PERMISSION_DENIED);
      assert.deepEqual(got, []);
    });
  }
  it('names that are allowed are', async () => {
    assert.equal((await send(Buffer.from('x'), { authority: `LOCALHOST:${port}` })).code, 0);
    await server.close(0);
    await start({ allowedHosts: ['host.docker.internal'] });
    assert.equal((await send(Buffer.from('x'), { authority: 'host.docker.internal:4317' })).code, 0);
  });

  it('there is nothing but Export', async () => assert.equal((await send(Buffer.from('x'), { path: '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo' })).code, grpc.status.UNIMPLEMENTED));

  it('a port that is taken is an error of its kind, so that another is tried', async () => {
    const second = new GrpcServer({ host: '127.0.0.1', allowedHosts: [], maxBodyBytes: 1, queue, handlers: new Map(), log: () => undefined });
    await assert.rejects(second.listen(port), (error: NodeJS.ErrnoException) => error.code === 'EADDRINUSE');
  });

  for (const [what, first] of [['says nothing', ''], ['says half a preface', 'PRI * HTT'], ['has nothing to ask', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0']] as const) {
    it(`a connection that ${what} does not keep it from closing`, async () => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      socket.write(first);
      // It does not read either, as when a debugger holds it: only a reset tells it.
      await new Promise((turn) => setTimeout(turn, 50));
      const from = performance.now();
      await server.close(200);
      assert.ok(performance.now() - from < 1_000);
      socket.resume();
      const ended = await Promise.race([once(socket, 'close').then(() => true), new Promise((turn) => setTimeout(turn, 1_000, false))]);
      assert.ok(ended, 'and is closed');
    });
  }

  it('only so many connections at once: one more is closed, and there is room again when one went', async () => {
    await server.close(0);
    await start({ maxConnections: 2 });
    const sockets: Socket[] = [];
    const open = (): Promise<boolean> =>
      new Promise((resolve) => {
        // The preface and empty settings: the server answers with its own, or hangs up.
        const socket = connect(port, '127.0.0.1').on('data', () => resolve(true)).on('error', () => undefined).on('close', () => resolve(false));
        socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
        sockets.push(socket);
      });
    assert.deepEqual([await open(), await open(), await open(), await open()], [true, true, false, false]);
    assert.equal(logged.length, 1, 'said once');
    assert.match(logged[0]!, /^warn: More than 2 connections at once for gRPC/);
    sockets[0]!.destroy();
    await until('there is room', async () => (await send(Buffer.from('x'))).code === 0);
    for (const socket of sockets) socket.destroy();
  });

  describe('odd but legal, byte for byte', () => {
    const framed = (body: Buffer, compressed: 0 | 1 = 0): Buffer => {
      const head = Buffer.alloc(5);
      head[0] = compressed;
      head.writeUInt32BE(body.length, 1);
      return Buffer.concat([head, body]);
    };
    const exchange = (headers: Readonly<Record<string, string>>, body: Buffer): Promise<{ status: number; code: string; message: string }> =>
      new Promise((resolve, reject) => {
        const session = connectHttp2(`http://127.0.0.1:${port}`).on('error', reject);
        const stream = session.request({ ':method': 'POST', ':path': TRACES, 'content-type': 'application/grpc', te: 'trailers', ...headers });
        let seen: Readonly<Record<string, unknown>> = {};
        stream.on('response', (part) => (seen = { ...seen, ...part })).on('trailers', (part) => (seen = { ...seen, ...part })).on('error', reject).resume();
        stream.on('close', () => {
          session.close();
          resolve({ status: Number(seen[':status']), code: String(seen['grpc-status']), message: decodeURIComponent(String(seen['grpc-message'] ?? '')) });
        });
        stream.end(body);
      });

    for (const [what, headers, body, wanted] of [
      ['+proto', { 'content-type': 'application/grpc+proto' }, framed(Buffer.from('hello')), ['hello']],
      ['a parameter of the type', { 'content-type': 'application/grpc;charset=utf-8' }, framed(Buffer.from('hello')), ['hello']],
      ['deflate', { 'grpc-encoding': 'deflate' }, framed(deflateSync('hello'), 1), ['hello']],
      ['an encoding that this message does not use', { 'grpc-encoding': 'zstd' }, framed(Buffer.from('hello')), ['hello']],
      ['an empty message', {}, framed(Buffer.alloc(0)), ['']],
    ] as const) {
      it(`${what}: taken`, async () => {
        assert.deepEqual(await exchange(headers, body), { status: 200, code: '0', message: 'OK' });
        assert.deepEqual(got, wanted.map((text) => `/v1/traces protobuf ${text}`));
      });
    }

    it('zstd is UNIMPLEMENTED, by name; OTLP over HTTP on this port is 415', async () => {
      const refused = await exchange({ 'grpc-encoding': 'zstd' }, framed(Buffer.from('hello'), 1));
      assert.deepEqual([refused.code, /zstd/.test(refused.message)], ['12', true]);
      assert.equal((await exchange({ 'content-type': 'application/x-protobuf' }, Buffer.from('hello'))).status, 415);
      assert.deepEqual(got, []);
    });
  });

  it('what is being handled is answered before it closes', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    handle = () => promise;
    const answer = send(Buffer.from('x'));
    while (got.length === 0) await new Promise((turn) => setTimeout(turn, 5));
    let over = false;
    const closed = server.close(5_000).then(() => (over = true));
    await new Promise((turn) => setTimeout(turn, 50));
    assert.equal(over, false, 'it waits for it');
    resolve(undefined);
    assert.equal((await answer).code, 0);
    await closed;
  });
});
