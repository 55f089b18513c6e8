// The engine's life beside its happy path: ports that are taken, stores that cannot be used, settings that change, calls that are
// given up, traces that are large.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ListQuery, TraceKey } from '../../../src/protocol/messages.ts';
import { RpcError } from '../../../src/protocol/rpc.ts';
import { generateTraces } from '../../support/traceGenerator.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { traceIdAt } from '../../../src/model/ids.ts';
import { startEngine, until, type TestEngine } from './engineWorker.ts';

const RECENT: ListQuery = { connection: 'collector', group: 'recent', sort: 'newest', limit: 100 };

describe('the engine, when things are not as they should be', function () {
  this.timeout(60_000);
  const engines: TestEngine[] = [];
  const engineWith = async (...change: Parameters<typeof startEngine>): Promise<TestEngine> => {
    const engine = await startEngine(...change);
    engines.push(engine);
    return engine;
  };
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close();
  });

  it('a taken port: says so, offers the next one, takes it when told', async () => {
    const stranger: Server = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const { port } = stranger.address() as AddressInfo;
    try {
      const engine = await engineWith({ port });
      const state = await engine.rpc.call('startCollector', {});
      assert.deepEqual([state.role, state.endpoint], ['owner', undefined]);
      assert.match(state.problem ?? '', new RegExp(`^Port ${port} is taken by another program`));
      assert.ok(state.offeredPort !== undefined && state.offeredPort > port);
      await assert.rejects(engine.rpc.call('sendSample', {}), (error) => error instanceof RpcError && error.code === 'network' && /start the collector/.test(error.message));
      const accepted = await engine.rpc.call('startCollector', { port: state.offeredPort });
      assert.equal(accepted.endpoint, `http://127.0.0.1:${state.offeredPort}`);
      assert.equal(accepted.problem, undefined);
      assert.equal(await engine.post(generateTraces({ traces: 1 })), 200);
      const changed = await engine.rpc.call('configure', { ...engine.config, fullSync: true });
      assert.equal(changed.endpoint, accepted.endpoint, 'what has nothing to do with it leaves the accepted port');
      const other = await engine.rpc.call('configure', { ...engine.config, port: 0 });
      assert.ok(other.endpoint !== undefined && other.endpoint !== accepted.endpoint, 'another port in the settings is meant');
    } finally {
      await new Promise((resolve) => stranger.close(resolve));
    }
  });

  it('a store that cannot be made: memory, with a sentence; traces are listed and opened all the same', async () => {
    const outer = await engineWith();
    await writeFile(join(outer.folder, 'file'), '');
    const engine = await engineWith({ storePath: join(outer.folder, 'file', 'traces.db') });
    const state = await engine.rpc.call('startCollector', {});
    assert.equal(state.role, 'memory');
    assert.match(state.problem ?? '', /\.$/);
    const key = await engine.rpc.call('sendSample', {});
    await until('the trace', async () => (await engine.rpc.call('list', RECENT)).traces.find((trace) => trace.key.traceId === key.traceId));
    assert.equal((await engine.rpc.call('openTrace', { key, firstRows: 60 })).head.summary.rootName, 'POST /chat');
  });

  it("another program's database is left as it is", async () => {
    const outer = await engineWith();
    const path = join(outer.folder, 'theirs.db');
    const theirs = new DatabaseSync(path);
    theirs.exec('CREATE TABLE invoices (id INTEGER); INSERT INTO invoices VALUES (7)');
    theirs.close();
    const engine = await engineWith({ storePath: path });
    await assert.rejects(engine.rpc.call('list', RECENT), (error) => error instanceof RpcError && error.code === 'unsupported' && error.message.includes(path));
    const state = await engine.rpc.call('startCollector', {});
    assert.equal(state.role, 'memory');
    assert.match(state.problem ?? '', /another program/);
    await engine.rpc.call('shutdown', {});
    const again = new DatabaseSync(path);
    assert.equal(again.prepare('SELECT id FROM invoices').get()?.['id'], 7);
    again.close();
  });

  it('other settings: the same database under another port, another database under the same', async () => {
    const engine = await engineWith();
    const first = await engine.rpc.call('startCollector', {});
    await engine.rpc.call('sendSample', {});
    const same = await engine.rpc.call('configure', { ...engine.config });
    assert.equal(same.endpoint, first.endpoint, 'the same settings change nothing');
    await engine.rpc.call('configure', { ...engine.config, slow: { ...engine.config.slow, factor: 3 } });
    assert.equal((await engine.rpc.call('list', RECENT)).total, 1);
    await mkdir(join(engine.folder, 'other'));
    const moved = await engine.rpc.call('configure', { ...engine.config, storePath: join(engine.folder, 'other', 'traces.db') });
    assert.equal(moved.storePath, join(engine.folder, 'other', 'traces.db'));
    assert.equal((await engine.rpc.call('list', RECENT)).total, 0);
  });

  it('a trace asked for while the collector starts is read from what is there', async () => {
    const first = await engineWith();
    await first.rpc.call('startCollector', {});
    const key = await first.rpc.call('sendSample', {});
    await first.rpc.call('shutdown', {});
    for (const openFirst of [true, false]) {
      const engine = await engineWith({ storePath: first.config.storePath });
      const open = (): Promise<unknown> => engine.rpc.call('openTrace', { key, firstRows: 60 });
      const start = (): Promise<unknown> => engine.rpc.call('startCollector', {});
      await Promise.all(openFirst ? [open(), start(), open()] : [start(), open(), open()]);
      await engine.rpc.call('shutdown', {});
    }
  });

  it('opens a large trace while it answers others, and stops opening when told', async () => {
    const engine = await engineWith();
    await engine.rpc.call('startCollector', {});
    const request = generateTraces({ seed: 21, traces: 1, spansPerTrace: 60_000 });
    const key: TraceKey = { connection: 'collector', traceId: traceIdAt(decodeOtlpProto(request).traceId, 0) };
    assert.equal(await engine.post(request), 200);
    const opening = engine.rpc.call('openTrace', { key, firstRows: 60 });
    const done = new AbortController();
    void opening.finally(() => done.abort());
    let answered = 0;
    while (!done.signal.aborted) {
      const from = performance.now();
      await engine.rpc.call('collectorState', {});
      answered++;
      assert.ok(performance.now() - from < 1250, 'five times 250 ms');
    }
    assert.ok(answered >= 3, `${answered} answers meanwhile`);
    assert.equal((await opening).head.rows, 60_000);

    const impatient = new AbortController();
    const given = engine.rpc.call('openTrace', { key, firstRows: 60 }, impatient.signal);
    setTimeout(() => impatient.abort(), 10);
    await assert.rejects(given, (error) => error instanceof RpcError && error.kind === 'aborted');
    assert.equal((await engine.rpc.call('openTrace', { key, firstRows: 60 })).head.rows, 60_000, 'the next one opens it');
  });

  it('messages that are none are dropped and told', async () => {
    const engine = await engineWith();
    await assert.rejects(engine.rpc.call('rm -rf' as never, {} as never), (error) => error instanceof RpcError && /There is no method rm -rf/.test(error.message));
    await until('the log', () => engine.logs.find((line) => line.startsWith('warn: The editor sent something unexpected: ')));
    assert.equal((await engine.rpc.call('collectorState', {})).role, 'off');
  });
});
