// The engine's one way to ask over HTTP: answers are bounded, failures are of a kind and name the place.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createSecureServer as createSecureHttp2Server, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { BackendError } from '../../../src/engine/backends/backend.ts';
import { postBytes, undiciTransport } from '../../../src/engine/http.ts';
import { makeCertificate } from '../../support/certificates.ts';

describe('engine/http', () => {
  let server: Server;
  let url: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  before(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  });
  after(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));

  const post = (signal = new AbortController().signal, to = url): ReturnType<typeof postBytes> => postBytes(to, Uint8Array.of(1, 2, 3), 'application/x-protobuf', signal);
  const kind = (wanted: BackendError['kind'], sentence: RegExp) => (error: unknown) => {
    assert.ok(error instanceof BackendError, String(error));
    assert.equal(error.kind, wanted);
    assert.match(error.message, sentence);
    return true;
  };

  it('sends the bytes as they are and gives back status and body', async () => {
    const got: { readonly method: string | undefined; readonly type: string | undefined; readonly body: string }[] = [];
    answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        got.push({ method: request.method, type: request.headers['content-type'], body: Buffer.concat(chunks).toString('hex') });
        response.writeHead(418).end('short');
      });
    };
    const { status, body } = await post();
    assert.deepEqual([status, Buffer.from(body).toString()], [418, 'short']);
    assert.deepEqual(got, [{ method: 'POST', type: 'application/x-protobuf', body: '010203' }]);
  });

  it('an empty answer is one', async () => {
    answer = (_request, response) => response.writeHead(204).end();
    const { status, body } = await post();
    assert.deepEqual([status, body], [204, new Uint8Array(0)]);
  });

  it('an answer at the bound is read, one byte more is refused and names the place', async () => {
    answer = (_request, response) => response.end(Buffer.alloc(1 << 20));
    assert.equal((await post()).body.length, 1 << 20);
    answer = (_request, response) => response.end(Buffer.alloc((1 << 20) + 1));
    await assert.rejects(post(), kind('tooLarge', new RegExp(`The answer of ${url} is larger than 1048576 bytes`)));
  });

  it('an answer without end is cut off at the bound', async () => {
    answer = (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(64 << 10)));
      };
      response.on('drain', more);
      more();
    };
    await assert.rejects(post(), kind('tooLarge', /is larger than/));
  });

  it('what is cancelled is aborted, before and while it waits', async () => {
    answer = () => undefined;
    await assert.rejects(post(AbortSignal.abort()), kind('aborted', /was cancelled/));
    const controller = new AbortController();
    answer = () => controller.abort();
    await assert.rejects(post(controller.signal), kind('aborted', /was cancelled/));
  });

  it('nobody there, and one who hangs up, are the network’s', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    await assert.rejects(post(undefined, `http://127.0.0.1:${port}/x`), kind('network', /Nothing answers at http:\/\/127\.0\.0\.1:\d+\/x \(ECONNREFUSED\)/));
    answer = (request) => request.socket.destroy();
    await assert.rejects(post(), kind('network', /The connection to http.* broke \((?:UND_ERR_SOCKET|ECONNRESET)\)/));
  });

  it('what is no HTTP at all is the network’s too, with its code', async () => {
    answer = (request) => request.socket.end('hello\r\n\r\n');
    await assert.rejects(post(), kind('network', /answered something that is not HTTP\/1\.1 \(H\w+\); check the port/));
  });

  it('a port of gRPC’s is no address to ask: HTTP/2 only, with and without TLS', async () => {
    const authority = makeCertificate({ name: 'one', authority: true });
    const { certPem, keyPem } = makeCertificate({ name: 'x', hosts: ['127.0.0.1'], issuer: authority });
    const servers = [createHttp2Server(), createSecureHttp2Server({ cert: certPem, key: keyPem, allowHTTP1: false })];
    const transport = undiciTransport({ env: {}, secureContext: async () => createSecureContext({ ca: authority.certPem }) });
    try {
      for (const [k, [scheme, says]] of ([['http', /answered something that is not HTTP\/1\.1 .*gRPC/], ['https', /speaks HTTP\/2 only .*gRPC.*use the port of its HTTP API/]] as const).entries()) {
        await new Promise<void>((resolve) => void servers[k]!.listen(0, '127.0.0.1', resolve));
        const to = new URL(`${scheme}://127.0.0.1:${(servers[k]!.address() as AddressInfo).port}/api/services`);
        await assert.rejects(transport.send({ method: 'GET', url: to, headers: {}, timeoutMs: 8_000, maxBytes: 100 }, new AbortController().signal), kind('network', says));
      }
    } finally {
      await transport.close();
      for (const one of servers) one.close();
    }
  });

  it('an answer that breaks off in the middle is no answer', async () => {
    answer = (request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    };
    await assert.rejects(post(), kind('network', /broke \(/));
  });

  it('each limit of time on its own: the connection, the headers, between two pieces of a body', async () => {
    const transport = undiciTransport({ env: {}, timeouts: { connectMs: 100, headersMs: 100, idleMs: 100 }, lookup: () => undefined });
    const get = (to: string): Promise<unknown> => transport.send({ method: 'GET', url: new URL(to), headers: {}, timeoutMs: 8_000, maxBytes: 100 }, new AbortController().signal);
    answer = (request, response) => {
      if (request.url === '/body') response.writeHead(200).write('x');
    };
    const { origin } = new URL(url);
    const from = performance.now();
    await Promise.all(['http://a.test/', `${origin}/headers`, `${origin}/body`].map((to) => assert.rejects(get(to), kind('timeout', /No answer in time from/), to)));
    assert.ok(performance.now() - from < 4_000);
    await transport.close();
  });

  it('the first byte of what takes long is waited for as long as was said, and no longer', async () => {
    const transport = undiciTransport({ env: {}, timeouts: { connectMs: 100, headersMs: 100, idleMs: 100 } });
    answer = (request, response) => void setTimeout(() => response.end('done'), request.url === '/late' ? 2_500 : 8_000);
    const get = (path: string, more: { readonly firstByteMs?: number }): Promise<{ readonly status: number }> => transport.send({ method: 'GET', url: new URL(path, url), headers: {}, timeoutMs: 8_000, maxBytes: 100, ...more }, new AbortController().signal);
    await Promise.all([
      get('/late', { firstByteMs: 7_000 }).then(({ status }) => assert.equal(status, 200)),
      assert.rejects(get('/late', {}), kind('timeout', /No answer in time from/)),
      assert.rejects(get('/later', { firstByteMs: 3_000 }), kind('timeout', /No answer in time from/)),
    ]);
    await transport.close();
  });

  it('closed: what runs ends, and nothing new begins', async () => {
    const transport = undiciTransport({ env: {} });
    const get = (): Promise<unknown> => transport.send({ method: 'GET', url: new URL(url), headers: {}, timeoutMs: 8_000, maxBytes: 100 }, new AbortController().signal);
    const arrived = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    const running = assert.rejects(get(), BackendError);
    await arrived;
    await transport.close();
    await running;
    await assert.rejects(get(), kind('aborted', /was cancelled/));
  });
});
