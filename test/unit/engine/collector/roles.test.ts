// Owner, reader and memory, and what each says of itself.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { startCollector } from '../../../../src/engine/collector/collector.ts';
import { undiciTransport } from '../../../../src/engine/http.ts';
import type { CollectorState } from '../../../../src/protocol/messages.ts';
import { RECENT, runCollector, until } from '../../../support/collectorFixture.ts';
import { simpleTrace } from '../../../support/storeFixture.ts';
import { generateTraces } from '../../../support/traceGenerator.ts';

describe('roles of a collector', function () {
  this.timeout(15_000);

  it('tells its state when it changes, and only then', async () => {
    const states: CollectorState[] = [];
    const running = await runCollector({ stateChanged: (state) => states.push(state) });
    try {
      assert.deepEqual(states.map(({ role }) => role), ['owner']);
      assert.equal(states[0]!.storePath, running.storePath);
      await running.post(generateTraces({ traces: 3 }));
      await new Promise((resolve) => setTimeout(resolve, 400));
      assert.equal(states.length, 1);
      assert.equal(running.collector.state.traces, 3);
      assert.ok(running.collector.state.bytes > 0);
    } finally {
      await running.stop();
    }
    assert.deepEqual([running.collector.state.role, running.collector.state.endpoint, running.collector.store], ['off', undefined, undefined]);
    await running.collector.close();
  });

  it('in memory: the same over HTTP, no file, gone at the end', async () => {
    const running = await runCollector({ memory: true });
    try {
      assert.deepEqual([running.collector.state.role, running.collector.state.problem, running.collector.state.storePath], ['memory', undefined, undefined]);
      assert.equal((await running.post(generateTraces({ traces: 2, spansPerTrace: 30 }))).status, 200);
      const [first] = running.collector.store!.list(RECENT).traces;
      await until('the summary is exact', () => running.collector.store!.summary(first!.summary.traceId)?.provisional === false);
      assert.equal((await running.collector.store!.loadTrace(first!.summary.traceId))!.batches[0]!.count, 30);
      assert.equal(existsSync(running.storePath), false);
    } finally {
      await running.stop();
    }
  });

  it('in memory: bounded, the oldest go first, pinned ones stay', async () => {
    const running = await runCollector({ memory: true, maxStoreBytes: 1 << 20 });
    try {
      await running.post(generateTraces({ traces: 1 }));
      const [first] = running.collector.store!.list(RECENT).traces;
      await running.collector.store!.pin(first!.summary.traceId, 'stays');
      for (let k = 1; k < 20; k++) await running.post(generateTraces({ traces: 10, firstTrace: 10 * k }));
      await until('it is within its size', () => running.collector.state.bytes <= 1 << 20);
      assert.ok(running.collector.state.traces > 50);
      assert.ok(running.collector.store!.summary(first!.summary.traceId) !== undefined);
    } finally {
      await running.stop();
    }
  });

  it('tells what changed within a second of the answer', async () => {
    const heard: string[] = [];
    const running = await runCollector({ tracesChanged: (ids) => heard.push(...ids) });
    try {
      await running.post(generateTraces({ traces: 4 }));
      const from = performance.now();
      await until('it was told', () => new Set(heard).size === 4);
      assert.ok(performance.now() - from < 1_000);
    } finally {
      await running.stop();
    }
  });

  it('closes within the time that an editor leaves it, though a debugger holds senders and what is sent on goes nowhere', async () => {
    const nowhere = createServer().listen(0, '127.0.0.1');
    await once(nowhere, 'listening');
    const running = await runCollector({ grpcPort: 0, forwardTo: `http://127.0.0.1:${(nowhere.address() as AddressInfo).port}`, transport: () => undiciTransport() });
    await until('it listens for gRPC', () => running.collector.state.grpcEndpoint !== undefined);
    assert.equal((await running.post(simpleTrace({ id: 1 }))).status, 200);
    const ports = [running.collector.state.endpoint!, `http://${running.collector.state.grpcEndpoint}`].map((address) => Number(new URL(address).port));
    const held = ports.map((port) => connect(port, '127.0.0.1').on('error', () => undefined));
    held[0]!.write(`POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:${ports[0]}\r\nContent-Type: application/x-protobuf\r\nContent-Length: 500\r\n\r\nabc`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const from = performance.now();
    await running.stop();
    assert.ok(performance.now() - from < 3_900, `${performance.now() - from} ms`);
    for (const socket of held) socket.destroy();
    nowhere.close();
  });

  it('warns when other machines could reach it', async () => {
    const said: string[] = [];
    const collector = await startCollector({ memory: true, port: 0, host: '0.0.0.0', log: (level, message) => said.push(`${level}: ${message}`) });
    const { port } = new URL(collector.state.endpoint!);
    assert.match(said.join('\n'), /^warn: .*other machines/m);
    assert.equal((await fetch(`http://0.0.0.0:${port}/v1/traces`, { method: 'POST' })).status, 403, 'by a name that is not ours');
    await collector.close();
  });

  it('takes a request larger than a slice whole, while others are served', async () => {
    const running = await runCollector();
    try {
      const large = generateTraces({ traces: 1, spansPerTrace: 20_000 });
      assert.ok(large.length > 8 << 20);
      const sending = running.post(large);
      const small = await running.post(generateTraces({ seed: 2 }));
      assert.deepEqual([small.status, (await sending).status], [200, 200]);
      const summaries = running.collector.store!.list(RECENT).traces.map(({ summary }) => summary);
      assert.deepEqual(summaries.map(({ spans }) => spans).toSorted((a, b) => a - b), [20, 20_000]);
      const big = summaries.find(({ spans }) => spans === 20_000)!;
      await until('the summary is exact', () => running.collector.store!.summary(big.traceId)?.provisional === false);
      const exact = running.collector.store!.summary(big.traceId)!;
      assert.deepEqual([exact.spans, exact.roots, exact.orphans, exact.duplicates], [20_000, 1, 0, 0]);
    } finally {
      await running.stop();
    }
  });

  it('the settings of one port and one database go together: a second owner of the same file in this process follows', async () => {
    const first = await runCollector();
    const second = await runCollector({ storePath: first.storePath });
    try {
      assert.deepEqual([first.collector.state.role, second.collector.state.role], ['owner', 'reader']);
      await first.collector.close();
      await until('the second takes over', () => second.collector.state.role === 'owner', 2_000);
      assert.equal((await second.post(generateTraces())).status, 200);
    } finally {
      await second.stop();
      await first.stop();
    }
  });
});
