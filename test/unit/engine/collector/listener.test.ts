import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { Listener } from '../../../../src/engine/collector/listener.ts';
import type { OtlpServer } from '../../../../src/engine/collector/otlpServer.ts';
import type { CollectorState } from '../../../../src/protocol/messages.ts';
import { runCollector, until } from '../../../support/collectorFixture.ts';
import { generateTraces } from '../../../support/traceGenerator.ts';

/** Someone else on a port. */
async function stranger(port = 0): Promise<{ readonly port: number; readonly leave: () => Promise<void> }> {
  const server: Server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve));
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, leave: () => new Promise((resolve) => server.close(() => resolve())) };
}

describe('listener', function () {
  this.timeout(15_000);

  it('a port that is a stranger’s is never passed by silently: the next free one is offered, and taken when accepted', async () => {
    const other = await stranger();
    const states: CollectorState[] = [];
    const running = await runCollector({ port: other.port, stateChanged: (state) => states.push(state) });
    try {
      const { role, endpoint, offeredPort, problem } = running.collector.state;
      assert.deepEqual([role, endpoint], ['owner', undefined]);
      assert.ok(offeredPort !== undefined && offeredPort > other.port);
      assert.equal(problem, `Port ${other.port} is taken by another program (a Jaeger or an OpenTelemetry collector?): stop it, or let the collector use port ${offeredPort}.`);
      assert.ok(states.some((state) => state.offeredPort === offeredPort), 'it was told');
      const accepted = await running.collector.listen(offeredPort);
      assert.deepEqual([accepted.endpoint, accepted.offeredPort, accepted.problem], [`http://127.0.0.1:${offeredPort}`, undefined, undefined]);
      assert.equal((await running.post(generateTraces())).status, 200);
    } finally {
      await running.stop();
      await other.leave();
    }
  });

  it('listens on the wanted port as soon as the stranger has left', async () => {
    const other = await stranger();
    const running = await runCollector({ port: other.port });
    try {
      assert.equal(running.collector.state.endpoint, undefined);
      await other.leave();
      await until('it listens', () => running.collector.state.endpoint === `http://127.0.0.1:${other.port}`, 4_000);
      assert.equal(running.collector.state.problem, undefined);
    } finally {
      await running.stop();
    }
  });

  it('offers yet another port when the offered one was taken meanwhile', async () => {
    const other = await stranger();
    const running = await runCollector({ port: other.port });
    const offered = running.collector.state.offeredPort!;
    const second = await stranger(offered);
    try {
      const { endpoint, offeredPort } = await running.collector.listen(offered);
      assert.equal(endpoint, undefined);
      assert.ok(offeredPort !== undefined && offeredPort > offered);
      assert.equal((await running.collector.listen(offeredPort)).endpoint, `http://127.0.0.1:${offeredPort}`);
    } finally {
      await running.stop();
      await second.leave();
      await other.leave();
    }
  });

  it('asked twice at once, it listens once', async () => {
    const running = await runCollector();
    try {
      const { port } = new URL(running.collector.state.endpoint!);
      const states = await Promise.all([running.collector.listen(Number(port)), running.collector.listen(Number(port))]);
      assert.deepEqual(states.map(({ problem }) => problem), [undefined, undefined]);
      assert.equal(running.collector.state.endpoint, `http://127.0.0.1:${port}`);
    } finally {
      await running.stop();
    }
  });

  it('told of another port while it is refused one, it listens there and stays', async () => {
    const asked: number[] = [];
    let closed = 0;
    const makeServer = (): OtlpServer =>
      ({
        listen: async (port: number) => {
          asked.push(port);
          if (port === 1025) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' });
          return port;
        },
        close: async () => void closed++,
      }) as unknown as OtlpServer;
    const listener: Listener = new Listener({ host: '127.0.0.1', port: 1025, makeServer, changed: () => undefined });
    const refused = listener.start();
    while (asked.length === 0) await Promise.resolve();
    await Promise.all([refused, listener.start(1030)]);
    await new Promise((resolve) => setTimeout(resolve, 2_300));
    assert.deepEqual([asked, closed, listener.state.endpoint], [[1025, 1030], 0, 'http://127.0.0.1:1030']);
    await listener.close();
  });

  it('moves to another port when told, and closes the one it had', async () => {
    const running = await runCollector();
    try {
      const before = running.collector.state.endpoint!;
      const free = await stranger();
      await free.leave();
      assert.equal((await running.collector.listen(free.port)).endpoint, `http://127.0.0.1:${free.port}`);
      await assert.rejects(fetch(before));
      assert.equal((await running.post(generateTraces())).status, 200);
    } finally {
      await running.stop();
    }
  });

  it('a reader shows why the owner does not listen', async () => {
    const other = await stranger();
    const owner = await runCollector({ port: other.port });
    const reader = await runCollector({ storePath: owner.storePath, port: 0 });
    try {
      await until('the reader knows', () => reader.collector.state.problem !== undefined);
      assert.equal(reader.collector.state.role, 'reader');
      assert.equal(reader.collector.state.problem, owner.collector.state.problem);
      assert.equal(reader.collector.state.offeredPort, undefined);
    } finally {
      await reader.stop();
      await owner.stop();
      await other.leave();
    }
  });

  it('listens on the loopback address only', async () => {
    const running = await runCollector();
    try {
      const { port } = new URL(running.collector.state.endpoint!);
      await assert.rejects(fetch(`http://[::1]:${port}/`));
    } finally {
      await running.stop();
    }
  });
});
