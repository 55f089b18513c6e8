// Senders that are broken or mean: bombs, lies, slow ones, too many, too much. Each is refused or bounded; others are served meanwhile.
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { IngestQueue } from '../../src/engine/collector/ingestQueue.ts';
import { OtlpServer, type OtlpServerOptions } from '../../src/engine/collector/otlpServer.ts';
import { signalHandlers } from '../../src/engine/collector/signals.ts';
import { OtlpWriter } from '../../src/formats/otlpWriter.ts';
import { RECENT, runCollector, until, type RunningCollector } from '../support/collectorFixture.ts';
import { generateTraces } from '../support/traceGenerator.ts';

const PROTOBUF = { 'content-type': 'application/x-protobuf' };

const HANGING_BODY = 'POST /v1/traces HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Type: application/x-protobuf\r\nContent-Length: 1000\r\n\r\nx';

interface Bare {
  readonly url: string;
  readonly port: number;
  readonly spans: () => number;
  readonly server: OtlpServer;
}

/** The server alone, with limits of the test's choosing. */
async function bareServer(options: Partial<OtlpServerOptions> & { readonly queueBytes?: number; readonly commitMs?: number } = {}): Promise<Bare> {
  let spans = 0;
  const queue = new IngestQueue({
    maxBytes: options.queueBytes ?? 64 << 20,
    commit: (requests) => {
      const until = performance.now() + (options.commitMs ?? 0);
      while (performance.now() < until);
      for (const { batch } of requests) spans += batch.count;
      return [];
    },
    committed: () => undefined,
  });
  const log = (): void => undefined;
  const server = new OtlpServer({ host: '127.0.0.1', allowedHosts: [], allowedOrigins: [], maxBodyBytes: 64 << 20, handlers: signalHandlers({ queue, log }), log, ...options, queue });
  const port = await server.listen(0);
  return { url: `http://127.0.0.1:${port}/v1/traces`, port, spans: () => spans, server };
}

const post = async (url: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', body: body as Uint8Array<ArrayBuffer>, headers: { ...PROTOBUF, ...headers } });

describe('hostile senders', function () {
  this.timeout(30_000);

  describe('to a collector', () => {
    let running: RunningCollector;
    before(async () => {
      running = await runCollector();
    });
    after(() => running.stop());

    it('1 MB of gzip that is 1 GB: refused within a second, little memory, others served at once', async () => {
      const member = gzipSync(Buffer.alloc(64 << 20));
      const bomb = Buffer.concat(Array.from({ length: 16 }, () => member));
      assert.ok(bomb.length < 1.2 * 2 ** 20);
      const before = process.memoryUsage.rss();
      let rise = 0;
      const watch = setInterval(() => (rise = Math.max(rise, process.memoryUsage.rss() - before)), 5);
      const from = performance.now();
      const exploding = running.post(bomb, { 'content-encoding': 'gzip' });
      const normal: number[] = [];
      for (let k = 0; k < 10; k++) {
        const sent = performance.now();
        assert.equal((await running.post(generateTraces({ seed: 3, firstTrace: k }))).status, 200);
        normal.push(performance.now() - sent);
      }
      const answer = await exploding;
      const ms = performance.now() - from;
      clearInterval(watch);
      assert.equal(answer.status, 413);
      assert.ok(ms < 5_000, `${ms.toFixed(0)} ms`);
      assert.ok(Math.max(...normal) < 500, `normal requests took ${normal.map((one) => one.toFixed(0)).join(', ')} ms`);
      assert.ok(rise < 200 * 2 ** 20, `${(rise / 2 ** 20).toFixed(0)} MB more memory`);
    });

    it('gzip in gzip is not opened twice', async () => {
      assert.equal((await running.post(gzipSync(gzipSync(generateTraces())), { 'content-encoding': 'gzip' })).status, 400);
      assert.equal((await running.post(gzipSync(gzipSync(generateTraces())), { 'content-encoding': 'gzip, gzip' })).status, 415);
    });

    it('10,000 attributes on a span and a value of 10 MB are stored and read back', async () => {
      const writer = new OtlpWriter();
      writer.beginResource([{ key: 'service.name', value: 'wide' }]);
      writer.beginScope({ name: '', version: '' });
      const base = { traceId: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb01', parentSpanId: '', kind: 1, startUnixNano: 1_795_221_079_000_000_000n, endUnixNano: 1_795_221_080_000_000_000n };
      writer.span({ ...base, spanId: '00000000000000b1', name: 'many', attributes: Array.from({ length: 10_000 }, (_, k) => ({ key: `key.${k}`, value: `value ${k}` })) });
      writer.span({ ...base, spanId: '00000000000000b2', name: 'long', attributes: [{ key: 'text', value: 'x'.repeat(10 << 20) }] });
      writer.endScope();
      writer.endResource();
      assert.equal((await running.post(writer.finish())).status, 200);
      const stored = await running.collector.store!.loadTrace(base.traceId);
      assert.equal(stored!.batches.reduce((sum, batch) => sum + batch.count, 0), 2);
    });

    it('a thousand tiny requests at once', async () => {
      const before = running.collector.store!.list(RECENT).known;
      const statuses = await Promise.all(Array.from({ length: 1_000 }, (_, k) => running.post(generateTraces({ seed: 17, firstTrace: k, spansPerTrace: 1 })).then(({ status }) => status)));
      assert.ok(statuses.every((status) => status === 200 || status === 429 || status === 503));
      assert.equal(running.collector.store!.list(RECENT).known, before + statuses.filter((status) => status === 200).length);
    });
  });

  it('a body without end is refused at the limit and cut off', async () => {
    const { url, server } = await bareServer({ maxBodyBytes: 1 << 20 });
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    try {
      const answer = await fetch(url, { method: 'POST', headers: PROTOBUF, body: endless, duplex: 'half' } as RequestInit).catch(() => undefined);
      assert.ok(answer === undefined || answer.status === 413);
      assert.ok(sent < 64 << 20, `${sent} bytes were taken`);
    } finally {
      await server.close(100);
    }
  });

  it('a length that lies, either way, stores nothing and hurts nobody', async () => {
    const { url, port, spans, server } = await bareServer({ bodyTimeoutMs: 300, headersTimeoutMs: 300 });
    try {
      const body = generateTraces();
      for (const length of [body.length + 100, 10]) {
        await new Promise<void>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.concat([Buffer.from(`POST /v1/traces HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${length}\r\n\r\n`), body])));
          socket.on('error', () => undefined);
          socket.on('close', () => resolve());
          socket.resume();
        });
      }
      assert.equal(spans(), 0);
      assert.equal((await post(url, body)).status, 200);
      assert.equal(spans(), 20);
    } finally {
      await server.close(100);
    }
  });

  it('200 slow connections: a normal one is served, and they are closed', async () => {
    const { url, port, server } = await bareServer({ headersTimeoutMs: 1_000, bodyTimeoutMs: 500 });
    const slow: Socket[] = [];
    let open = 0;
    try {
      for (let k = 0; k < 200; k++) {
        const socket = connect(port, '127.0.0.1', () => {
          open++;
          socket.write(k % 2 === 0 ? 'POST /v1/tr' : 'GET ');
        });
        socket.on('error', () => undefined);
        socket.on('close', () => open--);
        socket.resume();
        slow.push(socket);
      }
      await until('all had their turn', () => slow.every((socket) => !socket.connecting));
      const drip = setInterval(() => slow.forEach((socket) => socket.writable && socket.write('x')), 100);
      const times: number[] = [];
      for (let k = 0; k < 20; k++) {
        const from = performance.now();
        assert.equal((await post(url, generateTraces({ firstTrace: k }))).status, 200);
        times.push(performance.now() - from);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.ok(Math.max(...times) < 1_000, `${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
      await until('the slow ones are gone', () => open <= 0, 6_000);
      clearInterval(drip);
    } finally {
      for (const socket of slow) socket.destroy();
      await server.close(100);
    }
  });

  for (const [what, said, more] of [
    ['that never say anything', '', ''],
    ['that stop in their headers', 'POST /v1/traces HTTP/1.1\r\nHost: loc', ''],
    ['that dribble their headers', 'POST /v1/traces HTTP/1.1\r\nX: ', 'x'],
    ['that stop in their body', HANGING_BODY, ''],
    ['that dribble their body', HANGING_BODY, 'x'],
    ['whose refused body hangs', HANGING_BODY.replace('/v1/traces', '/nothing'), 'x'],
  ] as const) {
    it(`300 connections ${what}: every honest request is taken at once, and its connection kept`, async () => {
      const { url, port, spans, server } = await bareServer();
      const hanging: Socket[] = [];
      const honest = new Agent({ keepAlive: true, maxSockets: 1 });
      let connected = 0;
      const send = (k: number): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          const asked = request(url, { method: 'POST', agent: honest, headers: PROTOBUF }, (answer) => {
            answer.resume();
            answer.on('end', () => resolve(answer.statusCode));
          });
          asked.on('socket', (socket) => socket.connecting && connected++);
          asked.on('error', reject);
          asked.end(generateTraces({ firstTrace: k }));
        });
      let drip: NodeJS.Timeout | undefined;
      try {
        assert.equal(await send(0), 200);
        for (let k = 0; k < 300; k++) {
          const socket = connect(port, '127.0.0.1', () => socket.write(said.replace('PORT', String(port))));
          socket.on('error', () => undefined);
          socket.resume();
          hanging.push(socket);
        }
        await until('all are connected', () => hanging.every((socket) => !socket.connecting));
        if (more !== '') drip = setInterval(() => hanging.forEach((socket) => socket.writable && socket.write(more)), 20);
        for (let k = 1; k <= 40; k++) {
          assert.equal(await send(k), 200);
          assert.equal((await post(url, generateTraces({ firstTrace: 100 + k }), { connection: 'close' })).status, 200);
          await new Promise((resolve) => setTimeout(resolve, 25));
        }
        assert.deepEqual([spans(), connected], [81 * 20, 1]);
        const stays = hanging.filter((socket) => !socket.closed).length;
        assert.ok(stays < 64, `${stays} of them are still there`);
      } finally {
        clearInterval(drip);
        honest.destroy();
        for (const socket of hanging) socket.destroy();
        await server.close(100);
      }
    });
  }

  it('when all connections wait for us one more is told to come back', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)));
    const { url, port, server } = await bareServer({ maxConnections: 1, handlers: new Map([['/v1/traces', () => held]]) });
    try {
      const waiting = Array.from({ length: 8 }, () => post(url, generateTraces()));
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const text = await new Promise<string>((resolve) => {
        let received = '';
        const socket = connect(port, '127.0.0.1');
        socket.on('data', (chunk) => (received += chunk.toString()));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(received));
      });
      assert.match(text, /^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n/);
      release();
      assert.deepEqual((await Promise.all(waiting)).map(({ status }) => status), Array(8).fill(200), 'none of them was cut off');
    } finally {
      await server.close(100);
    }
  });

  it('more than can be stored: 429 with Retry-After, nothing taken is lost, and it recovers', async () => {
    const { url, spans, server } = await bareServer({ queueBytes: 1 << 20, commitMs: 30 });
    try {
      let acknowledged = 0;
      let refused = 0;
      const body = generateTraces({ traces: 25 });
      await Promise.all(
        Array.from({ length: 40 }, async (_, sender) => {
          for (let k = 0; k < 4; k++) {
            const answer = await post(url, body, { 'x-sender': String(sender) });
            if (answer.status === 200) acknowledged += 500;
            else {
              assert.equal(answer.status, 429);
              assert.equal(answer.headers.get('retry-after'), '1');
              refused++;
            }
          }
        }),
      );
      assert.ok(refused > 0 && acknowledged > 0, `${refused} refused, ${acknowledged} spans taken`);
      assert.equal(spans(), acknowledged);
      assert.equal((await post(url, body)).status, 200);
    } finally {
      await server.close(100);
    }
  });
});
