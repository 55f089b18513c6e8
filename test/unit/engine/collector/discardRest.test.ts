// A refused body's rest: how long it is taken in, and that its sender reads the answer and no reset, however much it was sending.
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { discardRest } from '../../../../src/engine/collector/discardRest.ts';
import { IngestQueue } from '../../../../src/engine/collector/ingestQueue.ts';
import { OtlpServer } from '../../../../src/engine/collector/otlpServer.ts';

describe('discardRest', () => {
  const started = (limits: { maxBytes: number; idleMs?: number; totalMs?: number }): { stream: PassThrough; ends: () => number } => {
    const stream = new PassThrough();
    let ends = 0;
    discardRest(stream, limits, () => ends++);
    return { stream, ends: () => ends };
  };
  const until = async (true_: () => boolean): Promise<void> => {
    while (!true_()) await wait(1);
  };

  it('is done when the stream ends, once', async () => {
    const { stream, ends } = started({ maxBytes: 100 });
    stream.end('rest');
    await until(() => ends() > 0);
    stream.destroy();
    await wait(5);
    assert.equal(ends(), 1);
  });

  it('is done when the sender goes away, with or without an error', async () => {
    for (const error of [undefined, new Error('reset')]) {
      const { stream, ends } = started({ maxBytes: 100 });
      stream.destroy(error);
      await until(() => ends() === 1);
    }
  });

  it('takes in no more than maxBytes', async () => {
    const { stream, ends } = started({ maxBytes: 10 });
    stream.write('x'.repeat(10));
    await wait(5);
    assert.equal(ends(), 0);
    stream.write('x');
    await until(() => ends() === 1);
  });

  it('does not wait for a sender that stands still, nor for one that never stops', async () => {
    const still = started({ maxBytes: 100, idleMs: 10 });
    await until(() => still.ends() === 1);
    const endless = started({ maxBytes: 1e9, idleMs: 1_000, totalMs: 50 });
    const sending = setInterval(() => endless.stream.write('x'), 1);
    await until(() => endless.ends() === 1);
    clearInterval(sending);
  });
});

describe('refused bodies on the wire', () => {
  const MB = 1 << 20;
  let server: OtlpServer;
  let port: number;
  let logged: string[];
  let failure: Error | undefined;

  beforeEach(async () => {
    logged = [];
    failure = undefined;
    const queue = new IngestQueue({ maxBytes: 8 * MB, commit: () => [], committed: () => undefined });
    const handle = (): Promise<undefined> => (failure === undefined ? Promise.resolve(undefined) : Promise.reject(failure));
    server = new OtlpServer({
      host: '127.0.0.1', allowedHosts: [], allowedOrigins: [], maxBodyBytes: 4 * MB, queue, log: (level, message) => logged.push(`${level}: ${message}`),
      handlers: new Map([['/v1/traces', handle]]),
    });
    port = await server.listen(0);
  });
  afterEach(() => server.close(0));

  const post = (path: string, body: Buffer | string, method = 'POST'): Promise<number | string> =>
    new Promise((resolve) => {
      const asked = httpRequest({ host: '127.0.0.1', port, path, method, agent: false, headers: { 'content-type': 'application/json' } }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', (error) => resolve(error.message));
      });
      asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      asked.end(body);
    });

  for (const [path, mb, status] of [['/nothing', 6, 404], ['/v1/traces', 6, 413], ['/v1/traces', 4, 200]] as const) {
    it(`${mb} MB to ${path}: the sender reads ${status}`, async () => assert.equal(await post(path, Buffer.alloc(mb * MB)), status));
  }

  it('whoever still sends after the answer is not cut off while it does', async () => {
    const socket = connect({ host: '127.0.0.1', port });
    const failed: string[] = [];
    let back = '';
    socket.on('data', (chunk: Buffer) => (back += chunk.toString('latin1'))).on('error', (error) => failed.push(error.message));
    socket.write(`POST /nothing HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${MB}\r\n\r\n`);
    while (!back.includes('{')) await wait(1);
    assert.match(back, /^HTTP\/1\.1 404 /, 'answered before the body came');
    for (let sent = 0; sent < MB; sent += MB / 16) {
      assert.equal(socket.writable, true, `closed after ${sent} bytes`);
      socket.write(Buffer.alloc(MB / 16));
      await wait(5);
    }
    while (!socket.closed) await wait(1);
    assert.deepEqual(failed, []);
  });

  it('one answer a connection, whatever follows it', async () => {
    const text = await new Promise<string>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port });
      let back = '';
      socket.on('data', (chunk: Buffer) => (back += chunk.toString('latin1'))).on('close', () => resolve(back));
      socket.on('error', () => undefined);
      socket.write(`GET /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\nno HTTP`);
    });
    assert.equal(text.match(/HTTP\/1\.1/g)?.length, 1, text);
    assert.match(text, /^HTTP\/1\.1 405 /);
  });

  it('a failing store is logged once until it stores again', async () => {
    failure = new Error('disk full');
    assert.deepEqual([await post('/v1/traces', '{}'), await post('/v1/traces', '{}')], [503, 503]);
    failure = new Error('disk on fire');
    assert.equal(await post('/v1/traces', '{}'), 503);
    failure = undefined;
    assert.equal(await post('/v1/traces', '{}'), 200);
    failure = new Error('disk on fire');
    assert.equal(await post('/v1/traces', '{}'), 503);
    assert.deepEqual(logged, ['disk full', 'disk on fire', 'disk on fire'].map((what) => `error: Spans could not be stored: ${what}`));
  });
});
