// The server between guard, body and handler, with a handler that does as it is told: every answer an exporter may get, and that
// one bad sender costs the others nothing.
import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { IngestQueue } from '../../../../src/engine/collector/ingestQueue.ts';
import { OtlpServer, type OtlpServerOptions } from '../../../../src/engine/collector/otlpServer.ts';
import { LOCAL_ORIGINS } from '../../../../src/engine/collector/requestGuard.ts';
import type { SignalHandler } from '../../../../src/engine/collector/signals.ts';
import { FormatError } from '../../../../src/formats/formatError.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('otlpServer', () => {
  let server: OtlpServer;
  let port: number;
  let queue: IngestQueue;
  let handle: SignalHandler;
  let got: { readonly text: string; readonly type: string }[];
  let logged: string[];
  const sockets: Socket[] = [];

  const start = async (more: Partial<OtlpServerOptions> = {}): Promise<void> => {
    queue = more.queue ?? new IngestQueue({ maxBytes: 10_000, commit: () => [], committed: () => undefined });
    server = new OtlpServer({
      host: '127.0.0.1', allowedHosts: [], allowedOrigins: [...LOCAL_ORIGINS], maxBodyBytes: 4_000, queue, log: (level, message) => logged.push(`${level}: ${message}`),
      handlers: new Map<string, SignalHandler>([['/v1/traces', (bytes, type) => handle(bytes, type)]]), ...more,
    });
    port = await server.listen(0);
  };
  beforeEach(async () => {
    got = [];
    logged = [];
    handle = (bytes, type) => {
      got.push({ text: Buffer.from(bytes).toString(), type });
      return Promise.resolve(undefined);
    };
    await start();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.close(0);
    assert.equal(queue.heldBytes, 0, 'no memory is held for requests that were answered');
  });

  const send = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}, method = 'POST', path = '/v1/traces'): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = httpRequest({ host: '127.0.0.1', port, path, method, agent: false, headers: { 'content-type': 'application/json', ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }));
      });
      asked.on('error', reject);
      asked.end(body);
    });
  /** All that comes back on a connection that says this. */
  const say = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port });
      sockets.push(socket);
      let back = '';
      socket.on('data', (chunk) => (back += chunk.toString('latin1')));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(back));
      socket.write(text);
    });

  it('hands the body and its type over and answers in that type', async () => {
    const json = await send('{"a":1}');
    assert.deepEqual([json.status, json.body, json.headers['content-type']], [200, '{}', 'application/json']);
    const protobuf = await send('bytes', { 'content-type': 'application/x-protobuf' });
    assert.deepEqual([protobuf.status, protobuf.body, protobuf.headers['content-type']], [200, '', 'application/x-protobuf']);
    assert.deepEqual(got, [{ text: '{"a":1}', type: 'json' }, { text: 'bytes', type: 'protobuf' }]);
  });

  it('says what was left out', async () => {
    handle = () => Promise.resolve({ rejected: 3, message: 'three were odd', countName: 'rejectedSpans' });
    assert.deepEqual(JSON.parse((await send('{}')).body), { partialSuccess: { rejectedSpans: '3', errorMessage: 'three were odd' } });
  });

  it('every answer forbids sniffing and keeping', async () => {
    for (const answer of [await send('{}'), await send('', {}, 'GET'), await send('{}', {}, 'POST', '/nothing')]) {
      assert.deepEqual([answer.headers['x-content-type-options'], answer.headers['cache-control']], ['nosniff', 'no-store'], String(answer.status));
      assert.equal(answer.headers['x-powered-by'], undefined);
    }
  });

  const failures: readonly (readonly [string, Error, number, RegExp, string | undefined, RegExp | undefined])[] = [
    ['a body that cannot be read', new FormatError('Byte 5 is no field.', 5), 400, /Byte 5 is no field/, undefined, undefined],
    ['a store that cannot keep it', new Error('secret path /home/ann'), 503, /could not be stored: send them again later/, '5', /error: Spans could not be stored: secret path/],
  ];
  for (const [what, error, status, sentence, retry, log] of failures) {
    it(`${what}: ${status}`, async () => {
      handle = () => Promise.reject(error);
      const answer = await send('{}', { origin: 'http://localhost:3000' });
      assert.equal(answer.status, status);
      assert.match(answer.body, sentence);
      assert.doesNotMatch(answer.body, /secret/);
      assert.equal(answer.headers['retry-after'], retry);
      assert.equal(answer.headers['access-control-allow-origin'], 'http://localhost:3000', 'the page may read why');
      assert.equal(logged.length, log === undefined ? 0 : 1);
      if (log !== undefined) assert.match(logged[0]!, log);
      assert.equal((await send('{}', { 'content-type': 'application/x-protobuf' })).headers['content-type'], 'application/x-protobuf');
    });
  }

  it('a handler that throws what is no error is a failure like any other', async () => {
    // oxlint-disable-next-line prefer-promise-reject-errors
    handle = () => Promise.reject('text');
    assert.equal((await send('{}')).status, 503);
    assert.deepEqual(logged, ['error: Spans could not be stored: text']);
  });

  it('bodies at the limit pass, one byte more is 413, by length, as it comes and after gunzip', async () => {
    assert.equal((await send('x'.repeat(4_000))).status, 200);
    assert.equal((await send('x'.repeat(4_001))).status, 413);
    assert.equal((await send(gzipSync('x'.repeat(4_000)), { 'content-encoding': 'gzip' })).status, 200);
    const bomb = await send(gzipSync('x'.repeat(4_001)), { 'content-encoding': 'gzip' });
    assert.equal(bomb.status, 413);
    assert.match(bomb.body, /maxBodyMb|--max-body|limit/);
    const chunked = await say(`POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${'fa0\r\n'}${'x'.repeat(4000)}\r\n1\r\nx\r\n0\r\n\r\n`);
    assert.match(chunked, /^HTTP\/1\.1 413 /);
    assert.equal(got.length, 2);
  });

  it('gzip that is none: 400 with a sentence', async () => {
    const answer = await send('plain', { 'content-encoding': 'gzip' });
    assert.equal(answer.status, 400);
    assert.match(answer.body, /not readable gzip/);
  });

  it('while too much is held new requests are sent away with 429, before their body, and served again after', async () => {
    queue.take(8_000);
    const away = await send('{}', { origin: 'http://localhost:1' });
    assert.deepEqual([away.status, away.headers['retry-after'], away.headers['access-control-allow-origin']], [429, '1', 'http://localhost:1']);
    assert.match(away.body, /busy/);
    queue.release(8_000);
    assert.equal((await send('{}')).status, 200);
  });

  it('a body for which there is no memory while it comes: 429', async () => {
    await server.close(0);
    await start({ queue: new IngestQueue({ maxBytes: 100, commit: () => [], committed: () => undefined }) });
    assert.equal((await send('x'.repeat(150))).status, 200, 'twice the budget in all');
    assert.equal((await send('x'.repeat(250))).status, 429);
  });

  it('requests during close are answered: the one at work with 200, and the connection ends', async () => {
    let release: () => void = () => undefined;
    handle = () => new Promise((resolve) => (release = () => resolve(undefined)));
    const working = send('{}');
    while (queue.heldBytes === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = server.close(60_000);
    release();
    const answer = await working;
    assert.deepEqual([answer.status, answer.headers['connection']], [200, 'close']);
    await closed;
    await assert.rejects(send('{}'), /ECONNREFUSED/);
  });

  it('a handler that never ends does not keep it from closing', async () => {
    handle = () => new Promise(() => undefined);
    const working = send('{}');
    working.catch(() => undefined);
    while (queue.heldBytes === 0) await new Promise((resolve) => setImmediate(resolve));
    await server.close(1);
    await assert.rejects(working);
    queue.release(queue.heldBytes);
  });

  it('closing twice, or before it listens, is nothing', async () => {
    await server.close();
    await server.close();
    const never = new OtlpServer({ host: '127.0.0.1', allowedHosts: [], allowedOrigins: [], maxBodyBytes: 1, queue, log: () => undefined, handlers: new Map() });
    await never.close();
    assert.equal(never.port, 0);
  });

  it('a port that is taken is an error with its code', async () => {
    const second = new OtlpServer({ host: '127.0.0.1', allowedHosts: [], allowedOrigins: [], maxBodyBytes: 1, queue, log: () => undefined, handlers: new Map() });
    await assert.rejects(second.listen(port), { code: 'EADDRINUSE' });
    await second.close();
    assert.equal((await send('{}')).status, 200, 'the first one goes on');
  });

  it('gRPC is closed cleanly and named once in the log, whoever tries again', async () => {
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
    assert.equal(await say(preface), '');
    assert.equal(await say(preface), '');
    assert.equal(logged.length, 1);
    assert.match(logged[0]!, /warn: Something speaks gRPC to port \d+.*OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf/);
  });

  it('a preface that comes in two pieces is gRPC all the same, or a clean refusal', async () => {
    const back = new Promise<string>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port });
      sockets.push(socket);
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      socket.on('close', () => resolve(text));
      socket.write('PRI * HTTP', () => setImmediate(() => socket.write('/2.0\r\n\r\nSM\r\n\r\n')));
    });
    assert.match(await back, /^(?:HTTP\/1\.1 400 Bad Request\r\nConnection: close.*)?$/s);
    assert.equal((await send('{}')).status, 200);
  });

  const garbage: readonly (readonly [string, string, RegExp])[] = [
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^HTTP\/1\.1 400 Bad Request\r\n/],
    ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['headers without end', `POST /v1/traces HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['two lengths', 'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', /^HTTP\/1\.1 400 /],
    ['a length and chunks', 'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a length that is negative', 'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ];
  for (const [what, text, answer] of garbage) {
    it(`${what} on the port: refused and closed, the next one is served`, async () => {
      const back = await say(text);
      assert.match(back, answer);
      assert.match(back, /Connection: close/i);
      assert.equal((await send('{}')).status, 200);
      assert.equal(got.length, 1, 'only the good one reached the handler');
    });
  }

  it('headers that never end are cut off with 408', async () => {
    await server.close(0);
    await start({ headersTimeoutMs: 20 });
    assert.match(await say('POST /v1/traces HTTP/1.1\r\nHost: '), /^HTTP\/1\.1 408 /);
  });

  it('a body that never comes is cut off, and what it held is given back', async () => {
    await server.close(0);
    await start({ headersTimeoutMs: 20, bodyTimeoutMs: 20 });
    const back = await say(`POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\nonly this`);
    assert.match(back, /^(?:HTTP\/1\.1 408 .*)?$/s);
    while (queue.heldBytes > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(got.length, 0);
  });

  it('a sender that goes away in the middle of its body costs nothing', async () => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(`POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\nonly this`);
    while (queue.heldBytes === 0) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    while (queue.heldBytes > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([got, logged], [[], []]);
  });

  it('what is still coming of a refused body is not waited for', async () => {
    const back = await say(`POST /elsewhere HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 20000\r\n\r\n${'x'.repeat(20_000)}`);
    assert.match(back, /^HTTP\/1\.1 404 /);
    assert.match(back, /Connection: close/i);
  });

  it('Expect: 100-continue is answered by the guard, not by the body', async () => {
    const head = (path: string, length: number): string => `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
    assert.match(await say(head('/v1/traces', 5_000)), /^HTTP\/1\.1 413 /);
    assert.match(await say(`${head('/v1/traces', 2)}{}`), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  describe('odd but legal', () => {
    const chunks = (body: Buffer): string => `${[...body].map((byte) => `1;of=one\r\n${String.fromCharCode(byte)}\r\n`).join('')}0\r\nX-Trailer: 1\r\n\r\n`;
    const post = (headers: string, body = '{"a":1}', { path = '/v1/traces', version = '1.1' } = {}): string =>
      `POST ${path} HTTP/${version}\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n${version === '1.1' ? 'Connection: close\r\n' : ''}${headers}\r\n\r\n${body}`;
    const taken: readonly (readonly [what: string, request: () => string])[] = [
      ['HTTP/1.0', () => post('Content-Length: 7', undefined, { version: '1.0' })],
      ['HTTP/1.0 that would stay', () => `${post('Content-Length: 7\r\nConnection: keep-alive', undefined, { version: '1.0' })}GET / HTTP/1.0\r\n\r\n`],
      ['chunks of a byte with extensions and a trailer', () => post('Transfer-Encoding: chunked', chunks(Buffer.from('{"a":1}')))],
      ['chunked and gzip', () => post('Transfer-Encoding: chunked\r\nContent-Encoding: gzip', chunks(gzipSync('{"a":1}')))],
      ['a charset', () => post('Content-Length: 7').replace('application/json', 'application/json; charset="utf-8"')],
      ['a slash behind the path', () => post('Content-Length: 7', undefined, { path: '/v1/traces/' })],
      ['a target as proxies write it', () => post('Content-Length: 7', undefined, { path: `http://127.0.0.1:${port}/v1/traces` })],
      ['an offer of HTTP/2', () => post('Content-Length: 7\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__').replace('Connection: close', 'Connection: Upgrade, HTTP2-Settings, close')],
      ['folded white space', () => post('Content-Length:\t7  ')],
    ];
    for (const [what, request] of taken) {
      it(`${what}: taken`, async () => {
        const socket = connect({ host: '127.0.0.1', port });
        sockets.push(socket);
        let back = '';
        socket.on('data', (chunk: Buffer) => (back += chunk.toString('latin1')));
        socket.on('error', () => undefined);
        const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
        socket.write(request(), 'latin1');
        await closed;
        assert.match(back, /^HTTP\/1\.1 200 OK\r\n/);
        assert.deepEqual(got, [{ text: '{"a":1}', type: 'json' }]);
      });
    }

    for (const type of ['application/json', 'application/x-protobuf']) {
      for (const headers of ['Content-Length: 0', 'Transfer-Encoding: chunked', '', 'Content-Length: 0\r\nContent-Encoding: gzip'] as const) {
        it(`an empty request is a success: ${type}, ${headers === '' ? 'without a length' : headers.replace('\r\n', ', ')}`, async () => {
          const back = await say(post(headers === '' ? 'X: 1' : headers, headers.startsWith('T') ? '0\r\n\r\n' : '').replace('application/json', type));
          assert.match(back, type === 'application/json' ? /^HTTP\/1\.1 200 .*\r\n\r\n\{\}$/s : /^HTTP\/1\.1 200 .*Content-Length: 0\r\n.*\r\n\r\n$/s);
          assert.deepEqual(got, []);
        });
      }
    }

    const away: readonly (readonly [what: string, request: () => string, answer: RegExp])[] = [
      ['zstd', () => post('Content-Length: 7\r\nContent-Encoding: zstd'), /^HTTP\/1\.1 415 .*Accept-Encoding: gzip, identity\r\n.*"The content encoding must be gzip or identity\."/s],
      ['deflate', () => post('Content-Length: 7\r\nContent-Encoding: deflate'), /^HTTP\/1\.1 415 .*must be gzip or identity/s],
      ['gRPC over HTTP/1.1', () => post('Content-Length: 7').replace('application/json', 'application/grpc+proto'), /^HTTP\/1\.1 415 .*gRPC has a port of its own/s],
      ['gzip as a transfer encoding', () => post('Transfer-Encoding: gzip, chunked', chunks(gzipSync('{"a":1}'))), /^HTTP\/1\.1 501 .*"code":12,.*Content-Encoding: gzip/s],
      ['a path twice', () => post('Content-Length: 7', undefined, { path: '/v1/traces/v1/traces' }), /^HTTP\/1\.1 404 .*without a path/s],
      ['an expectation of something else', () => post('Content-Length: 7\r\nExpect: a-song'), /^HTTP\/1\.1 417 /],
    ];
    for (const [what, request, answer] of away) {
      it(`${what}: refused in a sentence`, async () => {
        assert.match(await say(request()), answer);
        assert.deepEqual(got, []);
        assert.equal((await send('{}')).status, 200);
      });
    }
  });
});
