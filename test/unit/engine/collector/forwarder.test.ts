// "Send on to…": everything that was taken arrives once at the other endpoint, through its failures; what cannot is counted and said.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import type { Forwarded } from '../../../../src/engine/collector/forwardLane.ts';
import { Forwarder, type ForwarderOptions } from '../../../../src/engine/collector/forwarder.ts';
import { forwarderTo, headersOf, isEndpoint } from '../../../../src/engine/collector/forwardTransport.ts';
import type { Transport } from '../../../../src/engine/network/connectionClient.ts';
import { undiciTransport } from '../../../../src/engine/http.ts';
import { RECENT, runCollector, until } from '../../../support/collectorFixture.ts';
import { freePort } from '../../../support/ports.ts';
import { simpleTrace } from '../../../support/storeFixture.ts';

const request = (n: number, size = 1): Forwarded => ({ path: '/v1/traces', bytes: new Uint8Array(size).fill(n), type: 'protobuf' });

describe('forwarder', () => {
  let got: number[];
  let answers: (number | BackendError)[];
  let changes: number;
  const forwarder = (more: Partial<ForwarderOptions> = {}): Forwarder =>
    new Forwarder({
      firstRetryMs: 1,
      changed: () => changes++,
      send: async ({ bytes }) => {
        const answer = answers.shift() ?? 200;
        if (answer instanceof BackendError) throw answer;
        if (answer === 200) got.push(bytes[0]!);
        return { status: answer, retryAfterMs: undefined };
      },
      ...more,
    });
  beforeEach(() => {
    got = [];
    answers = [];
    changes = 0;
  });

  it('sends in order, once', async () => {
    const one = forwarder();
    for (let n = 1; n <= 5; n++) one.add(request(n));
    await one.close();
    assert.equal(changes, 0);
    assert.deepEqual([got, one.state], [[1, 2, 3, 4, 5], { sent: 5, waiting: 0, lost: 0, problem: undefined }]);
  });

  for (const failure of [429, 502, 503, 504, new BackendError('network', 'Nothing answers.'), new BackendError('timeout', 'Too long.')]) {
    it(`${failure instanceof BackendError ? failure.kind : failure} is tried again until it is taken, and said meanwhile`, async () => {
      answers = [failure, failure, failure];
      const one = forwarder();
      const said: (string | undefined)[] = [];
      const watched = forwarder({ parallel: 1, changed: () => said.push(watched.state.problem) });
      watched.add(request(1));
      watched.add(request(2));
      await until('both are taken', () => watched.state.sent === 2);
      assert.deepEqual([got, watched.state.lost, said.length, watched.state.problem], [[1, 2], 0, 1, undefined]);
      await watched.close();
      assert.match(said[0]!, /waits/);
      await one.close();
    });
  }

  it('what is refused for good is dropped, counted and said; the next goes on', async () => {
    answers = [400];
    const one = forwarder();
    one.add(request(1));
    one.add(request(2));
    await one.close();
    assert.deepEqual([got, one.state.lost], [[2], 1]);
    assert.ok(changes >= 1);
  });

  it('what it answered with what cannot be read is not sent again, as it was sent; the next goes on', async () => {
    const said: (string | undefined)[] = [];
    answers = [new BackendError('tooLarge', 'Its answer is too large.')];
    const one = forwarder({ changed: () => said.push(one.state.problem) });
    one.add(request(1));
    one.add(request(2));
    await one.close();
    assert.deepEqual([got, one.state.lost, said[0]], [[2], 1, 'It answered as no OTLP endpoint does (too much, or what cannot be unpacked), so the request is not sent again: check the address.']);
  });

  it('what does not fit is dropped, oldest first, and counted', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const one = forwarder({ maxBytes: 300, parallel: 1, send: async ({ bytes }) => {
      await promise;
      got.push(bytes[0]!);
      return { status: 200, retryAfterMs: undefined };
    } });
    for (let n = 1; n <= 6; n++) one.add(request(n, 100));
    assert.deepEqual([one.state.waiting, one.state.lost], [3, 3]);
    assert.equal(changes, 1, 'told at once');
    await until('the others are told in one', () => changes === 2);
    resolve(undefined);
    await one.close();
    assert.deepEqual([got, changes], [[1, 5, 6], 2]);
  });

  it('one that is larger than all that may wait is sent all the same', async () => {
    const one = forwarder({ maxBytes: 300 });
    one.add(request(1, 1000));
    await one.close();
    assert.deepEqual([got, one.state.lost], [[1], 0]);
  });

  it('a slow endpoint gets four at a time, and no more', async () => {
    let running = 0;
    const seen: number[] = [];
    const one = forwarder({ send: async ({ bytes }) => {
      seen.push(++running);
      await sleep(5);
      running--;
      got.push(bytes[0]!);
      return { status: 200, retryAfterMs: undefined };
    } });
    for (let n = 1; n <= 20; n++) one.add(request(n));
    assert.equal(one.state.waiting, 20);
    await one.close();
    assert.deepEqual([Math.max(...seen), [...got].toSorted((a, b) => a - b), one.state.sent, one.state.waiting], [4, Array.from({ length: 20 }, (_, n) => n + 1), 20, 0]);
  });

  it('what is taken does not hide what is not', async () => {
    const again = Promise.withResolvers<undefined>();
    let tries = 0;
    const one = forwarder({ send: async ({ bytes }) => {
      if (bytes[0] === 1 && tries++ === 0) return { status: 503, retryAfterMs: 0 };
      if (bytes[0] === 1) await again.promise;
      got.push(bytes[0]!);
      return { status: 200, retryAfterMs: undefined };
    } });
    one.add(request(1));
    await until('the first is tried again', () => tries === 2);
    one.add(request(2));
    await until('the second is taken', () => got.includes(2));
    assert.match(one.state.problem!, /503/);
    again.resolve(undefined);
    await one.close();
    assert.deepEqual([got, one.state.problem], [[2, 1], undefined]);
  });

  it('an endpoint that takes spans and no logs is one with a problem, told once', async () => {
    const one = forwarder({ send: async ({ path }) => ({ status: path === '/v1/logs' ? 404 : 200, retryAfterMs: undefined }) });
    for (let n = 0; n < 100; n++) {
      one.add(request(1));
      one.add({ ...request(1), path: '/v1/logs' });
      await sleep(0);
    }
    assert.equal(one.state.problem, 'It refused a request to /v1/logs (404), which is not sent again.');
    assert.equal(changes, 1);
    await one.close();
    assert.deepEqual([one.state.sent, one.state.lost], [100, 100]);
  });

  it('a path that is never taken holds up no other, and the oldest of all that waits goes first', async () => {
    const one = forwarder({ maxBytes: 1_000, firstRetryMs: 60_000, send: async ({ path, bytes }) => {
      if (path === '/v1/metrics') return { status: 503, retryAfterMs: undefined };
      got.push(bytes[0]!);
      return { status: 200, retryAfterMs: undefined };
    } });
    for (let n = 1; n <= 9; n++) one.add({ ...request(n, 100), path: '/v1/metrics' });
    for (let n = 101; n <= 105; n++) one.add(request(n, 100));
    await until('the spans are taken', () => got.length === 5);
    assert.deepEqual([got, one.state.lost > 0, one.state.problem], [[101, 102, 103, 104, 105], true, 'It takes no more at /v1/metrics at present (503); what comes waits.']);
    await one.close(20);
  });

  it('an endpoint that is down is down once, for all paths', async () => {
    const one = forwarder({ firstRetryMs: 60_000, send: async ({ path }) => Promise.reject(new BackendError('network', `Nothing answers at http://team:4318${path} (ECONNREFUSED).`)) });
    for (const path of ['/v1/traces', '/v1/logs', '/v1/metrics']) one.add({ ...request(1), path });
    await until('all have failed', () => one.state.problem !== undefined && one.state.waiting === 3);
    assert.equal(one.state.problem, 'Nothing answers at http://team:4318 (ECONNREFUSED). What comes waits.');
    await one.close(20);
  });

  it('a refusal is news for a while, and not taken back by what is taken', async () => {
    answers = [413];
    const one = forwarder({ lapseMs: 80 });
    one.add(request(1));
    await until('it is refused', () => one.state.lost === 1);
    one.add(request(2));
    await until('the next is taken', () => one.state.sent === 1);
    assert.match(one.state.problem!, /413/);
    await until('it is old', () => one.state.problem === undefined);
    await one.close();
  });

  it('what is added while it closes has the same moment', async () => {
    let answerFirst = (): void => undefined;
    const first = new Promise<void>((resolve) => (answerFirst = resolve));
    const one = forwarder({ parallel: 1, send: async ({ bytes, path }) => {
      if (bytes[0] === 1) await first;
      if (path === '/v1/logs') await sleep(20);
      got.push(bytes[0]!);
      return { status: 200, retryAfterMs: undefined };
    } });
    one.add(request(1));
    const closed = one.close();
    for (const path of ['/v1/traces', '/v1/logs']) one.add({ ...request(2), path });
    answerFirst();
    await closed;
    assert.deepEqual([got.toSorted(), one.state.lost], [[1, 2, 2], 0]);
  });

  it('Retry-After is obeyed', async () => {
    const times: number[] = [];
    const one = forwarder({ send: async () => {
      times.push(performance.now());
      return times.length === 1 ? { status: 503, retryAfterMs: 120 } : { status: 200, retryAfterMs: undefined };
    } });
    one.add(request(1));
    await one.close();
    assert.ok(times[1]! - times[0]! >= 115, `${times[1]! - times[0]!} ms`);
  });

  it('closing does not wait for one that never answers, and counts what is lost', async () => {
    const lost: number[] = [];
    const one = forwarder({ parallel: 1, end: async (requests) => void lost.push(requests), send: (_request, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new BackendError('aborted', 'x')))) });
    for (let n = 1; n <= 3; n++) one.add(request(n));
    const from = performance.now();
    await one.close(50);
    assert.ok(performance.now() - from < 1000);
    assert.deepEqual([one.state.lost, lost], [3, [3]]);
    one.add(request(4));
    assert.equal(one.state.waiting, 0, 'nothing is taken after the end');
  });
});

describe('forwardTransport', () => {
  it('an address with blanks, a path or a query', async () => {
    const urls: string[] = [];
    const transport = (): Transport => ({ send: async ({ url }) => {
      urls.push(url.href);
      return { status: 200, headers: {}, body: new Uint8Array(), wireBytes: 0 };
    }, close: async () => undefined });
    for (const forwardTo of [' http://h:4318 ', 'http://h:4318/', 'http://h/otlp/v1/traces', 'https://h/otlp/?api-key=a%20b']) {
      const one = forwarderTo({ forwardTo, transport, log: () => undefined, stateChanged: () => undefined })!;
      one.add(request(1));
      await one.close();
    }
    assert.deepEqual(urls, ['http://h:4318/v1/traces', 'http://h:4318/v1/traces', 'http://h/otlp/v1/traces', 'https://h/otlp/v1/traces?api-key=a%20b']);
  });

  it('addresses and headers', () => {
    assert.deepEqual(['http://h:4318', 'https://h/otlp', 'ftp://h', 'h:4318', ''].map(isEndpoint), [true, true, false, false, false]);
    assert.deepEqual(headersOf('Authorization=Basic%20abc, x-tenant = a ,bad,=x,we ird=1,y=%'), { authorization: 'Basic abc', 'x-tenant': 'a', y: '%' });
    assert.deepEqual(headersOf(undefined), {});
    const said: string[] = [];
    assert.equal(forwarderTo({ forwardTo: 'me:hunter2@nowhere', transport: undiciTransport, log: (_level, message) => said.push(message), stateChanged: () => undefined }), undefined);
    assert.deepEqual(said, ['Nothing is sent on: "nowhere" is no http or https address (tracefall.collector.forwardTo).']);
  });

  describe('a collector', () => {
    let other: Server;
    let requests: { url: string; type: string; token: string; bytes: number }[];
    let status: number;
    before(async () => {
      other = createServer((incoming, response) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          requests.push({ url: incoming.url!, type: incoming.headers['content-type']!, token: String(incoming.headers['x-token']), bytes: Buffer.concat(chunks).length });
          response.writeHead(status).end();
        });
      });
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    });
    after(() => new Promise((resolve) => {
      other.close(resolve);
      other.closeAllConnections();
    }));
    beforeEach(() => {
      requests = [];
      status = 200;
    });

    it('sends on what it took, and nothing that it refused', async () => {
      const running = await runCollector({ forwardTo: `http://127.0.0.1:${(other.address() as AddressInfo).port}/base/`, transport: () => undiciTransport(), forwardHeaders: { 'x-token': 't' } });
      const body = simpleTrace({ id: 1 });
      assert.equal((await running.post(body)).status, 200);
      assert.equal((await running.post('{"resourceLogs":[]}', { 'content-type': 'application/json' }, '/v1/logs')).status, 200);
      assert.equal((await running.post(Uint8Array.of(0xff, 0xff))).status, 400);
      await until('both arrived', () => requests.length === 2);
      assert.deepEqual(requests, [{ url: '/base/v1/traces', type: 'application/x-protobuf', token: 't', bytes: body.length }, { url: '/base/v1/logs', type: 'application/json', token: 't', bytes: 19 }]);
      assert.deepEqual(running.collector.state.forwarding, { url: `http://127.0.0.1:${(other.address() as AddressInfo).port}/base/`, lost: 0 });
      await running.stop();
    });

    it('answers its own senders while the other end fails, and says so', async () => {
      status = 503;
      const running = await runCollector({ forwardTo: `http://127.0.0.1:${(other.address() as AddressInfo).port}`, transport: () => undiciTransport() });
      assert.equal((await running.post(simpleTrace({ id: 1 }))).status, 200);
      await until('the failure is said', () => /503/.test(running.collector.state.problem ?? ''));
      assert.match(running.collector.state.problem!, /^Sending on to http:\/\/127\.0\.0\.1:\d+: It takes no more at \/v1\/traces at present \(503\); what comes waits\.$/, 'where everybody looks');
      status = 200;
      await until('it goes through in the end', () => running.collector.state.problem === undefined);
      assert.ok(requests.length >= 2);
      await running.stop();
    });

    it('that is the other end itself takes nothing twice, and says so', async () => {
      const port = await freePort();
      const running = await runCollector({ port, forwardTo: `http://user:pass@localhost:${port}`, transport: () => undiciTransport() });
      try {
        assert.equal((await running.post(simpleTrace({ id: 1 }))).status, 200);
        await until('it is said', () => /^Sending on to http:\/\/localhost:\d+: That is this collector itself/.test(running.collector.state.problem ?? ''));
        assert.equal(running.collector.state.forwarding?.lost, 0, 'it has it already');
        assert.equal(running.collector.store!.list(RECENT).traces[0]!.summary.spans, 1);
      } finally {
        await running.stop();
      }
    });
  });
});
