// `transport: vscode`, whole: the engine's side, two Rpcs and the host's fetch, against a real server.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { BackendError } from '../../../src/engine/backends/backend.ts';
import type { WireAnswer } from '../../../src/engine/network/connectionClient.ts';
import { backendKinds } from '../../../src/engine/backends/registry.ts';
import { DEFAULT_CONFIG } from '../../../src/engine/defaultConfig.ts';
import { editorTransport } from '../../../src/engine/network/editorTransport.ts';
import { EngineClient } from '../../../src/host/engineClient.ts';
import { launchWorker } from '../../../src/host/engineThread.ts';
import { hostFetch } from '../../../src/host/hostFetch.ts';
import type { EditorMethods } from '../../../src/protocol/messages.ts';
import { Rpc, type Handlers } from '../../../src/protocol/rpc.ts';
import { startStub, type StubServer } from '../../support/stubServer.ts';
import { portPair } from './fakeEngine.ts';

type Nothing = Record<never, never>;
const EDITOR: Handlers<EditorMethods> = { hostFetch };

describe('host/hostFetch', () => {
  let stub: StubServer;
  const [near, far] = portPair();
  const host = new Rpc<EditorMethods, Nothing, Nothing, Nothing>(near, { handlers: EDITOR, events: {} });
  const engine = new Rpc<Nothing, EditorMethods, Nothing, Nothing>(far, { handlers: {}, events: {} });
  const transport = editorTransport((request, signal) => engine.call('hostFetch', request, signal, request.timeoutMs + 1_000));
  before(async () => {
    stub = await startStub((_request, response) => response.end('ok'));
  });
  beforeEach(() => {
    stub.requests.length = 0;
  });
  after(async () => {
    engine.dispose();
    host.dispose();
    await stub.close();
  });

  const send = (path: string, more: { method?: 'POST'; body?: string | Uint8Array; timeoutMs?: number; maxBytes?: number; signal?: AbortSignal } = {}): Promise<WireAnswer> =>
    transport.send({ method: 'GET', url: new URL(path, stub.origin), headers: { authorization: 'Bearer canary-x', 'accept-encoding': 'gzip, deflate' }, timeoutMs: 2_000, maxBytes: 1_000, ...more }, more.signal ?? new AbortController().signal);
  const refused = (kind: string, says: RegExp) => (error: unknown): boolean => {
    assert.ok(error instanceof BackendError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, says);
    assert.ok(!error.message.includes('canary'), error.message);
    return true;
  };

  it('sends method, headers and body; gives status, headers, body and the bytes of the wire', async () => {
    const bodies: string[] = [];
    stub.answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        bodies.push(Buffer.concat(chunks).toString());
        const packed = gzipSync('x'.repeat(900));
        response.writeHead(418, { 'content-encoding': 'gzip', 'content-length': packed.length, 'X-Odd': 'yes' }).end(packed);
      });
    };
    const answer = await send('/a?b=1', { method: 'POST', body: 'text' });
    assert.deepEqual([answer.status, Buffer.from(answer.body).toString().length, answer.headers['x-odd'], answer.headers['content-encoding']], [418, 900, 'yes', undefined]);
    assert.ok(answer.wireBytes < 100);
    await send('/a', { method: 'POST', body: Uint8Array.of(97, 98) });
    assert.deepEqual(bodies, ['text', 'ab']);
    assert.deepEqual([stub.requests[0]!.method, stub.requests[0]!.url, stub.requests[0]!.headers.authorization], ['POST', '/a?b=1', 'Bearer canary-x']);
  });

  it('follows nothing by itself and keeps no cookie', async () => {
    stub.answer = (_request, response) => response.writeHead(302, { location: '/next', 'set-cookie': 'a=b' }).end();
    const answer = await send('/');
    assert.deepEqual([answer.status, answer.headers['location']], [302, '/next']);
    await send('/');
    assert.deepEqual(stub.requests.map(({ headers }) => headers.cookie), [undefined, undefined]);
  });

  it('bounded in size and time', async () => {
    stub.answer = (_request, response) => response.end(Buffer.alloc(1_000));
    assert.equal((await send('/')).body.length, 1_000);
    stub.answer = (_request, response) => response.end(Buffer.alloc(1_001));
    await assert.rejects(send('/'), refused('tooLarge', /larger than 1000 bytes/));
    stub.answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1 << 20)));
    await assert.rejects(send('/'), refused('tooLarge', /larger than 1000 bytes/));
    stub.answer = () => undefined;
    await assert.rejects(send('/', { timeoutMs: 60 }), refused('timeout', /No answer in time from/));
  });

  it('cancelled at once, and the server notices', async () => {
    const gone = new Promise<void>((resolve) => {
      stub.answer = (request) => void request.socket.once('close', () => resolve());
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    const from = performance.now();
    await assert.rejects(send('/', { signal: controller.signal }), refused('aborted', /was cancelled/));
    assert.ok(performance.now() - from < 130);
    await gone;
  });

  it('what goes wrong is said as for our own sockets', async () => {
    stub.answer = (request) => request.socket.destroy();
    await assert.rejects(send('/'), refused('network', /broke \(/));
    await assert.rejects(send('http://127.0.0.1:1/'), refused('network', /http:\/\/127\.0\.0\.1:1\//));
    await assert.rejects(send('http://169.254.169.254/'), refused('unsupported', /credentials/));
    await assert.rejects(editorTransport(undefined).send({ method: 'GET', url: new URL(stub.origin), headers: {}, timeoutMs: 1, maxBytes: 1 }, new AbortController().signal), refused('unsupported', /no editor to ask/));
    await assert.rejects(hostFetch({ url: 'file:///etc/passwd', method: 'GET', headers: {}, timeoutMs: 100, maxBytes: 10 }, new AbortController().signal), { kind: 'network', message: 'ERR_INVALID_URL' });
  });

  it('closed: nothing goes on', async () => {
    stub.answer = () => undefined;
    const closing = editorTransport((request, signal) => hostFetch(request, signal));
    const running = closing.send({ method: 'GET', url: new URL(stub.origin), headers: {}, timeoutMs: 5_000, maxBytes: 10 }, new AbortController().signal);
    await closing.close();
    await assert.rejects(running, refused('aborted', /was cancelled/));
  });

  // Any kind that asks a network will do: the registry's first.
  for (const { kind } of backendKinds().filter(({ needsUrl }) => needsUrl).slice(0, 1)) {
    it('the real engine asks the editor that started it', async () => {
      stub.answer = (_request, response) => response.writeHead(401).end();
      const client = new EngineClient({ launch: () => launchWorker(fileURLToPath(new URL('../../../src/engine/main.ts', import.meta.url)), () => undefined), config: () => DEFAULT_CONFIG, log: () => undefined });
      try {
        const ask = (transport: 'vscode' | 'undici'): Promise<unknown> => client.call('testConnection', { connection: { id: 'c', kind, name: 'c', url: stub.origin, transport }, secrets: {} });
        await ask('undici');
        assert.deepEqual(new Set(stub.requests.map(({ headers }) => headers['sec-fetch-mode'])), new Set([undefined]));
        stub.requests.length = 0;
        await ask('vscode');
        assert.deepEqual(new Set(stub.requests.map(({ headers }) => headers['sec-fetch-mode'])), new Set(['cors']), 'only fetch says so');
      } finally {
        await client.dispose();
      }
    });
  }
});
