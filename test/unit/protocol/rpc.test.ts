import assert from 'node:assert/strict';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import * as fc from 'fast-check';
import { type Port, Rpc, RpcError, type RpcOptions, withTransfer } from '../../../src/protocol/rpc.ts';

interface Methods {
  add: { params: { readonly a: number; readonly b: number }; result: number };
  fail: { params: unknown; result: void };
  never: { params: Record<string, never>; result: void };
  buffer: { params: ArrayBuffer; result: ArrayBuffer };
  strange: { params: Record<string, never>; result: unknown };
}
interface Events {
  told: { readonly n: number };
}
type None = Record<never, never>;
type Client = Rpc<None, Methods, None, Events>;
type Server = Rpc<Methods, None, Events, None>;

/** Two ends that clone what passes, as every real port does, and a way to say anything to either. */
function wire(): { near: Port; far: Port; toFar: (message: unknown) => void; toNear: (message: unknown) => void; farSent: unknown[]; breakFar: () => void } {
  const listeners = { near: new Set<(message: unknown) => void>(), far: new Set<(message: unknown) => void>() };
  const farSent: unknown[] = [];
  let broken = false;
  const deliver = (to: Set<(message: unknown) => void>, message: unknown): void => queueMicrotask(() => to.forEach((listener) => listener(message)));
  const port = (own: Set<(message: unknown) => void>, other: Set<(message: unknown) => void>, isFar: boolean): Port => ({
    post: (message, transfer) => {
      if (isFar && broken) throw new Error('The port is closed.');
      const copy: unknown = structuredClone(message, { transfer: [...(transfer ?? [])] });
      if (isFar) farSent.push(copy);
      deliver(other, copy);
    },
    listen: (listener) => {
      own.add(listener);
      return () => void own.delete(listener);
    },
  });
  return {
    near: port(listeners.near, listeners.far, false),
    far: port(listeners.far, listeners.near, true),
    toFar: (message) => listeners.far.forEach((listener) => listener(message)),
    toNear: (message) => listeners.near.forEach((listener) => listener(message)),
    farSent,
    breakFar: () => (broken = true),
  };
}

class KindError extends Error {
  readonly kind = 'notFound';
}

interface Pair {
  readonly client: Client;
  readonly server: Server;
  readonly told: number[];
  readonly bad: string[];
  readonly aborted: () => boolean;
  readonly lines: ReturnType<typeof wire>;
}

function pair(options: Partial<RpcOptions<Methods, Events>> = {}, timeoutMs = 1_000): Pair {
  const lines = wire();
  const told: number[] = [];
  const bad: string[] = [];
  let aborted = false;
  const server: Server = new Rpc<Methods, None, Events, None>(lines.far, {
    handlers: {
      add: ({ a, b }) => a + b,
      fail: (what) => {
        throw what instanceof Error ? new KindError(what.message) : what;
      },
      never: (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve();
          });
        }),
      buffer: (given) => withTransfer(given, [given]),
      strange: () => () => 'functions cannot be sent',
    },
    events: {
      told: ({ n }) => {
        if (n < 0) throw new Error('negative');
        told.push(n);
      },
    },
    onBadMessage: (what) => bad.push(what),
    ...options,
  });
  const client: Client = new Rpc<None, Methods, None, Events>(lines.near, { handlers: {}, events: {}, timeoutMs });
  return { client, server, told, bad, aborted: () => aborted, lines };
}

const kindOf = (kind: RpcError['kind'], pattern?: RegExp, code?: string) => (error: unknown) => {
  assert.ok(error instanceof RpcError);
  assert.equal(error.kind, kind);
  if (pattern !== undefined) assert.match(error.message, pattern);
  if (code !== undefined) assert.equal(error.code, code);
  return true;
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Rpc', () => {
  it('asks and answers, many at once', async () => {
    const { client } = pair();
    const sums = await Promise.all(Array.from({ length: 100 }, (_, k) => client.call('add', { a: k, b: 1 })));
    assert.deepEqual(sums, Array.from({ length: 100 }, (_, k) => k + 1));
  });

  it('tells', async () => {
    const { client, told } = pair();
    client.emit('told', { n: 1 });
    client.emit('told', { n: 2 });
    await turn();
    assert.deepEqual(told, [1, 2]);
  });

  it('passes the sentence and the kind of what a handler throws', async () => {
    const { client } = pair();
    await assert.rejects(client.call('fail', new Error('It is gone.')), kindOf('handler', /^It is gone\.$/, 'notFound'));
    await assert.rejects(client.call('fail', 'a text'), kindOf('handler', /^a text$/));
    await assert.rejects(client.call('fail', { toString: 1 }), kindOf('handler', /without saying why/));
    await assert.rejects(client.call('fail', undefined), kindOf('handler'));
  });

  it('times out, tells the other side, and ignores a late answer', async () => {
    const { client, aborted } = pair({}, 20);
    await assert.rejects(client.call('never', {}), kindOf('timeout', /never took longer than 20 ms/));
    await turn();
    assert.ok(aborted());
  });

  it('has no timeout where none is asked', async () => {
    for (const none of [0, Infinity]) {
      const { client } = pair({}, 5);
      const call = client.call('never', {}, undefined, none);
      const first = await Promise.race([call.then(() => 'answered', () => 'rejected'), new Promise((resolve) => setTimeout(resolve, 40, 'waiting'))]);
      assert.equal(first, 'waiting');
      client.dispose();
      await assert.rejects(call, kindOf('disposed'));
    }
  });

  it('aborts here and there', async () => {
    const { client, aborted } = pair();
    const abort = new AbortController();
    const call = client.call('never', {}, abort.signal);
    abort.abort();
    await assert.rejects(call, kindOf('aborted', /never was cancelled/));
    await turn();
    assert.ok(aborted());
    await assert.rejects(client.call('add', { a: 1, b: 2 }, abort.signal), kindOf('aborted'));
  });

  it('forgets its abort listener when answered', async () => {
    const { client } = pair();
    let listeners = 0;
    const { signal } = new AbortController();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    await client.call('add', { a: 1, b: 1 }, signal);
    assert.equal(listeners, 0);
  });

  it('rejects what is pending on dispose, aborts what runs, and is silent afterwards', async () => {
    const { client, server, aborted, told, lines } = pair();
    const call = client.call('never', {});
    await turn();
    client.dispose('The engine stopped.');
    client.dispose('Twice.');
    await assert.rejects(call, kindOf('disposed', /^The engine stopped\.$/));
    await assert.rejects(client.call('add', { a: 1, b: 1 }), kindOf('disposed', /^The engine stopped\.$/));
    client.emit('told', { n: 1 });
    server.dispose();
    assert.ok(aborted());
    const sent = lines.farSent.length;
    lines.toFar({ k: 'q', id: 9, name: 'add', body: { a: 1, b: 1 } });
    await turn();
    assert.equal(lines.farSent.length, sent);
    assert.deepEqual(told, []);
  });

  it('moves buffers instead of copying them', async () => {
    const { port1, port2 } = new MessageChannel();
    const over = (port: MessagePort): Port => ({
      post: (message, transfer) => port.postMessage(message, transfer === undefined ? [] : [...transfer]),
      listen: (listener) => {
        port.on('message', listener);
        return () => port.close();
      },
    });
    const server = new Rpc<Pick<Methods, 'buffer'>, None, None, None>(over(port2), { handlers: { buffer: (given) => withTransfer(withTransfer(given, []), [given]) }, events: {} });
    const client = new Rpc<None, Pick<Methods, 'buffer'>, None, None>(over(port1), { handlers: {}, events: {} });
    const buffer = new ArrayBuffer(1_000);
    const answer = await client.call('buffer', withTransfer(buffer, [buffer]));
    assert.equal(buffer.byteLength, 0);
    assert.equal(answer.byteLength, 1_000);
    client.dispose();
    server.dispose();
  });

  it('rejects at once what cannot be sent, either way', async () => {
    const { client, bad } = pair({}, 60_000);
    await assert.rejects(client.call('fail', () => 1), kindOf('unsendable', /fail could not be sent/));
    await assert.rejects(client.call('strange', {}), kindOf('handler', /The answer of strange could not be sent/));
    assert.deepEqual(bad, []);
  });

  it('survives a port that is closed while it answers', async () => {
    const { lines, bad } = pair();
    lines.breakFar();
    lines.toFar({ k: 'q', id: 1, name: 'add', body: { a: 1, b: 2 } });
    lines.toFar({ k: 'q', id: 2, name: 'gone', body: {} });
    await turn();
    assert.deepEqual(bad, ['There is no method gone.', 'An error could not be sent: The port is closed.', 'An error could not be sent: The port is closed.']);
  });

  describe('does not believe the other side', () => {
    for (const name of ['nothing', 'toString', '__proto__', 'constructor', 'hasOwnProperty', '']) {
      it(`has no method ${name === '' ? 'without a name' : name}`, async () => {
        const { client, lines, bad } = pair();
        await assert.rejects(client.call(name as 'add', { a: 1, b: 2 }), kindOf('unknownMethod', /There is no method/));
        lines.toFar({ k: 'e', name, body: {} });
        assert.equal(bad.length, 2);
      });
    }

    it('lets the check refuse calls and events before a handler sees them', async () => {
      const { client, told, bad } = pair({ check: (method, params) => (method === 'add' && typeof (params as { a: unknown }).a !== 'number' ? 'a must be a number.' : method === 'told' ? 'No events today.' : undefined) });
      await assert.rejects(client.call('add', { a: 'x' as unknown as number, b: 1 }), kindOf('handler', /a must be a number/, 'refused'));
      assert.equal(await client.call('add', { a: 1, b: 1 }), 2);
      client.emit('told', { n: 1 });
      await turn();
      assert.deepEqual(told, []);
      assert.deepEqual(bad, ['a must be a number.', 'No events today.']);
    });

    it('takes a check that throws for a refusal', async () => {
      const { client, told, bad } = pair({
        check: () => {
          throw new Error('The check broke.');
        },
      });
      await assert.rejects(client.call('add', { a: 1, b: 1 }), kindOf('handler', /The check broke/));
      client.emit('told', { n: 1 });
      await turn();
      assert.deepEqual(told, []);
      assert.deepEqual(bad, ['The event told was not handled: The check broke.']);
    });

    it('reports an event handler that throws, and goes on', async () => {
      const { client, told, bad } = pair();
      client.emit('told', { n: -1 });
      client.emit('told', { n: 3 });
      await turn();
      assert.deepEqual(told, [3]);
      assert.deepEqual(bad, ['The event told was not handled: negative']);
    });

    it('answers a request id once at a time', async () => {
      const { lines, bad } = pair();
      lines.toFar({ k: 'q', id: 7, name: 'never', body: {} });
      lines.toFar({ k: 'q', id: 7, name: 'never', body: {} });
      lines.toFar({ k: 'c', id: 7 });
      await turn();
      assert.deepEqual(bad, ['The request 7 came twice.']);
      assert.deepEqual(lines.farSent, [{ k: 'r', id: 7, body: undefined }]);
    });

    it('refuses more requests at once than it allows', async () => {
      const { client, server } = pair({ maxRunning: 2 });
      const running = [client.call('never', {}), client.call('never', {})];
      await assert.rejects(client.call('add', { a: 1, b: 1 }), kindOf('handler', /Too many requests at once: 2 are running/, 'refused'));
      server.dispose();
      client.dispose();
      await Promise.allSettled(running);
    });

    it('takes an error that is no text for one', async () => {
      const { client, lines } = pair();
      for (const [id, body] of [{ toString: 1 }, null, ['x'], 5].entries()) {
        const call = client.call('never', {});
        lines.toNear({ k: 'x', id: id + 1, body, code: { evil: true } });
        await assert.rejects(call, kindOf('handler', /^The other side failed without saying why\.$/));
      }
    });

    it('cuts an endless sentence', async () => {
      const { client, lines } = pair();
      const call = client.call('never', {});
      lines.toNear({ k: 'x', id: 1, body: 'x'.repeat(1_000_000) });
      await assert.rejects(call, (error: RpcError) => error.message.length === 4_000);
    });

    it('drops 100,000 random messages and still answers', async () => {
      const { client, lines, bad } = pair();
      const odd = fc.oneof(
        fc.anything(),
        fc.record(
          {
            k: fc.oneof(fc.constantFrom('q', 'r', 'x', 'e', 'c', 'qr', ''), fc.anything()),
            id: fc.oneof(fc.integer({ min: -3, max: 40 }), fc.double(), fc.anything()),
            name: fc.oneof(fc.constantFrom('add', 'never', 'told', '__proto__', 'toString'), fc.anything()),
            body: fc.oneof(fc.constantFrom({ a: 1, b: 2 }, { n: 1 }), fc.anything()),
            code: fc.anything(),
          },
          { requiredKeys: [] },
        ),
      );
      let sent = 0;
      for (const message of fc.sample(odd, { numRuns: 10_000, seed: 7 })) {
        for (let again = 0; again < 10; again++) {
          lines.toFar(message);
          lines.toNear(message);
          sent++;
        }
        if (sent % 1_000 === 0) await turn();
      }
      assert.equal(sent, 100_000);
      assert.ok(bad.length > 10_000);
      assert.equal(await client.call('add', { a: 20, b: 22 }), 42);
    }).timeout(30_000);
  });
});
