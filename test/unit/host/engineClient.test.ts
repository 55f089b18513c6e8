// The host's end of the engine: starts with the first need, restarts after a death, gives up after the third within a minute.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineClient } from '../../../src/host/engineClient.ts';
import type { EngineClientOptions, EngineStatus } from '../../../src/host/engineClient.ts';
import { launchWorker } from '../../../src/host/engineThread.ts';
import type { EngineConfig, EngineMethods } from '../../../src/protocol/messages.ts';
import { FakeEngine } from './fakeEngine.ts';
import type { EngineHandlers } from './fakeEngine.ts';
import { collectorState } from './listedTraces.ts';

function client(handlers: EngineHandlers = {}, over: Partial<Pick<EngineClientOptions, 'now' | 'config' | 'connections'>> = {}): { client: EngineClient; engines: FakeEngine[]; statuses: EngineStatus['kind'][]; log: string[] } {
  const [engines, statuses, log]: [FakeEngine[], EngineStatus['kind'][], string[]] = [[], [], []];
  const made = new EngineClient({
    launch: () => {
      const engine = new FakeEngine(handlers);
      engines.push(engine);
      return engine;
    },
    config: () => ({ port: 4318 }) as EngineConfig,
    log: (level, message) => log.push(`${level}: ${message}`),
    restartDelaysMs: [1, 1],
    ...over,
  });
  made.onStatus.on((status) => statuses.push(status.kind));
  return { client: made, engines, statuses, log };
}

const services = { connection: 'collector' };

describe('host/engineClient', () => {
  it('starts no engine before it is needed, and one for many calls at once', async () => {
    const { client: engine, engines } = client({ services: () => ['a'] });
    assert.equal(engine.status.kind, 'stopped');
    assert.equal(engines.length, 0);
    assert.deepEqual(await Promise.all([engine.call('services', services), engine.call('services', services), engine.startCollector()]).then(([a, b]) => [a, b]), [['a'], ['a']]);
    assert.equal(engines.length, 1);
    assert.equal(engines[0]!.calls[0], 'configure');
    assert.equal(engine.status.kind, 'running');
    await engine.dispose();
  });

  it('starts the collector once, and again for an accepted port', async () => {
    const { client: engine, engines } = client();
    await engine.startCollector();
    await engine.startCollector();
    assert.equal(engines[0]!.calls.filter((name) => name === 'startCollector').length, 1);
    const state = await engine.startCollector(5000);
    assert.equal(state.endpoint, 'http://127.0.0.1:5000');
    assert.equal(engine.collector.endpoint, 'http://127.0.0.1:5000');
    await engine.dispose();
  });

  it('rejects pending calls of a dead engine, restarts it as it was, and lets calls made meanwhile wait', async () => {
    const { client: engine, engines, statuses } = client({ services: () => (engines.length === 1 ? new Promise<never>(() => undefined) : ['new']) });
    let restarted = 0;
    engine.onRestarted.on(() => restarted++);
    await engine.startCollector(5000);
    const pending = assert.rejects(engine.call('services', services), { kind: 'disposed', message: 'The engine stopped: out of memory.' });
    await sleep(10);
    engines[0]!.die('out of memory');
    assert.equal(engine.status.kind, 'restarting');
    assert.equal(engine.collector.role, 'off');
    await pending;
    assert.deepEqual(await engine.call('services', services), ['new']);
    assert.deepEqual(engines[1]!.calls, ['configure', 'startCollector', 'services']);
    assert.equal(engine.collector.endpoint, 'http://127.0.0.1:5000');
    assert.equal(restarted, 1);
    assert.deepEqual(statuses, ['running', 'restarting', 'running']);
    await engine.dispose();
  });

  it('an accepted port is that of the next engine too, until another one is configured', async () => {
    let port = 4318;
    const asked: (number | undefined)[] = [];
    const { client: engine, engines } = client({ startCollector: (params) => (asked.push(params.port), collectorState()), services: () => [] }, { config: () => ({ port }) as EngineConfig });
    await engine.startCollector(5000);
    await engine.reconfigure();
    engines[0]!.die();
    await engine.call('services', services);
    port = 4400;
    await engine.reconfigure();
    engines[1]!.die();
    await engine.call('services', services);
    assert.deepEqual(asked, [5000, 5000, undefined]);
    await engine.dispose();
  });

  it('restarts although a listener throws', async () => {
    const { client: engine, engines } = client({ services: () => ['a'] });
    await engine.call('services', services);
    engine.onCollectorState.on(({ role }) => {
      if (role === 'off' && engines.length === 1) throw new Error('The view is gone.');
    });
    assert.throws(() => engines[0]!.die(), /The view is gone/);
    assert.deepEqual(await engine.call('services', services), ['a']);
    await engine.dispose();
  });

  it('stops after the third death within a minute, and starts anew by the button', async () => {
    const { client: engine, engines } = client({ services: () => ['a'] });
    for (let death = 0; death < 3; death++) {
      await engine.call('services', services);
      engines.at(-1)!.die();
    }
    assert.equal(engine.status.kind, 'failed');
    await assert.rejects(engine.call('services', services), /3 times within a minute.*Restart it/);
    await sleep(20);
    assert.equal(engines.length, 3);
    await engine.restart();
    assert.equal(engine.status.kind, 'running');
    assert.deepEqual(await engine.call('services', services), ['a']);
    await engine.dispose();
  });

  it('restarts one that runs, or hangs, by the button: what was open in it must be opened again', async () => {
    const { client: engine, engines } = client({ services: () => (engines.length === 1 ? new Promise<never>(() => undefined) : ['new']) });
    let restarted = 0;
    engine.onRestarted.on(() => restarted++);
    const hanging = assert.rejects(engine.call('services', services), { kind: 'disposed' });
    await sleep(10);
    await engine.restart();
    await hanging;
    assert.deepEqual([engines.length, engines[0]!.terminated, engine.status.kind], [2, true, 'running']);
    assert.deepEqual(await engine.call('services', services), ['new']);
    assert.equal(restarted, 1);
    await engine.dispose();
  });

  it('forgets deaths older than a minute', async () => {
    let now = 0;
    const { client: engine, engines } = client({ services: () => [] }, { now: () => now });
    for (let death = 0; death < 6; death++) {
      await engine.call('services', services);
      engines.at(-1)!.die();
      now += 31_000;
    }
    assert.equal(engine.status.kind, 'restarting');
    await engine.call('services', services);
    await engine.dispose();
  });

  it('counts an engine that dies while it starts', async () => {
    const { client: engine, engines } = client({ configure: () => new Promise<never>(() => undefined) });
    const first = engine.call('services', services).catch((error: Error) => error.message);
    for (let death = 0; death < 3; death++) {
      engines.at(-1)!.die('no such file');
      await sleep(15);
    }
    assert.match(String(await first), /no such file/);
    assert.equal(engine.status.kind, 'failed');
    await engine.dispose();
  });

  it('shows a collector that cannot start, and goes on answering', async () => {
    let locked = true;
    const { client: engine } = client({ services: () => ['a'], startCollector: () => (locked ? Promise.reject(new Error('The store is locked.')) : collectorState()) });
    const state = await engine.startCollector();
    assert.equal(state.role, 'failed');
    assert.match(state.problem ?? '', /could not be started: The store is locked/);
    assert.deepEqual(await engine.call('services', services), ['a']);
    locked = false;
    assert.equal((await engine.startCollector()).role, 'owner', 'asked again, it is tried again');
    await engine.dispose();
  });

  it('ends an engine that refuses its settings, and counts that as a death', async () => {
    const { client: engine, engines } = client({ configure: () => Promise.reject(new Error('No such folder.')) });
    await assert.rejects(engine.call('services', services), /No such folder/);
    await sleep(60);
    assert.equal(engine.status.kind, 'failed');
    assert.ok(engines.every(({ terminated }) => terminated));
    assert.equal(engines.length, 3);
    await engine.dispose();
  });

  it('passes events and the log on', async () => {
    const { client: engine, engines, log } = client();
    const ids: string[] = [];
    engine.onTracesChanged.on(({ traceIds }) => ids.push(...traceIds));
    await engine.startCollector();
    engines[0]!.far.emit('tracesChanged', { connection: 'collector', traceIds: ['abc'] });
    engines[0]!.far.emit('log', { level: 'warn', message: 'port taken' });
    await sleep(10);
    assert.deepEqual(ids, ['abc']);
    assert.deepEqual(log, ['warn: port taken']);
    await engine.dispose();
  });

  it('shuts down in order and starts nothing afterwards', async () => {
    const { client: engine, engines, statuses } = client();
    await engine.startCollector();
    await engine.dispose();
    assert.equal(engines[0]!.calls.at(-1), 'shutdown');
    assert.equal(engines[0]!.terminated, true);
    assert.deepEqual(statuses, ['running']);
    await assert.rejects(engine.call('services', services), /shutting down/);
  });

  it('tells a running engine of new settings, and starts none for them', async () => {
    const { client: engine, engines } = client();
    await engine.reconfigure();
    assert.equal(engines.length, 0);
    await engine.startCollector();
    await engine.reconfigure();
    assert.deepEqual(engines[0]!.calls, ['configure', 'startCollector', 'configure']);
    await engine.dispose();
  });
});

describe('host/engineClient: connections', () => {
  const network = { noProxy: [], proxyStrictSSL: true, systemCertificates: true };
  const params = (...ids: readonly string[]): EngineMethods['setConnections']['params'] => ({ connections: ids.map((id) => ({ id, kind: 'k', name: id })), secrets: Object.fromEntries(ids.map((id) => [id, { secret: `s-${id}` }])), network });

  it('are told to every engine before anything is asked of it, with their secrets', async () => {
    const told: EngineMethods['setConnections']['params'][] = [];
    const { client: engine, engines } = client({ services: () => ['a'], setConnections: (config) => void told.push(config) }, { connections: async () => params('a', 'b') });
    await engine.call('services', services);
    engines[0]!.die();
    await engine.call('services', services);
    assert.deepEqual([engines[0]!.calls, engines[1]!.calls, told[1]], [['configure', 'setConnections', 'services'], ['configure', 'setConnections', 'services'], params('a', 'b')]);
    await engine.dispose();
  });

  it('cost an engine without any nothing; one that had some hears that they are gone', async () => {
    const told: string[][] = [];
    let ids: string[] = [];
    const { client: engine, engines } = client({ services: () => [], setConnections: ({ connections }) => void told.push(connections.map(({ id }) => id)) }, { connections: async () => params(...ids) });
    await engine.reconnect();
    assert.equal(engines.length, 0, 'no engine is started for them');
    await engine.call('services', services);
    await engine.reconnect();
    ids = ['a'];
    await engine.reconnect();
    ids = [];
    await engine.reconnect();
    await engine.reconnect();
    assert.deepEqual(told, [['a'], []]);
    await engine.dispose();
  });

  it('whose secrets never come hold up no call beyond its time, or after it was cancelled', async () => {
    const { client: engine, engines } = client({ services: () => ['a'] }, { connections: () => new Promise<never>(() => undefined) });
    const from = performance.now();
    await assert.rejects(engine.call('services', services, undefined, 40), { kind: 'timeout', message: 'services took longer than 40 ms.' });
    const cancelled = new AbortController();
    const call = assert.rejects(engine.call('services', services, cancelled.signal), { kind: 'aborted', message: 'services was cancelled.' });
    await sleep(10);
    cancelled.abort();
    await call;
    await assert.rejects(engine.call('services', services, cancelled.signal), { kind: 'aborted' });
    assert.ok(performance.now() - from < 1_000);
    assert.deepEqual(engines[0]!.calls, ['configure'], 'what was given up is not asked later either');
    await engine.dispose();
  });

  it('leave a call what is left of its time', async () => {
    const { client: engine } = client({ services: () => new Promise<never>(() => undefined) }, { connections: async () => (await sleep(60), undefined) });
    const from = performance.now();
    await assert.rejects(engine.call('services', services, undefined, 100), { kind: 'timeout', message: 'services took longer than 100 ms.' });
    assert.ok(performance.now() - from < 150, `${performance.now() - from} ms`);
    await engine.dispose();
  });

  it('that cannot be taken over stop nothing', async () => {
    const { client: engine, log } = client({ services: () => ['a'], setConnections: () => Promise.reject(new Error('A bad one.')) }, { connections: async () => params('a') });
    assert.deepEqual(await engine.call('services', services), ['a']);
    const { client: other, log: otherLog } = client({ services: () => ['a'] }, { connections: () => Promise.reject(new Error('The keyring is locked.')) });
    assert.deepEqual(await other.call('services', services), ['a']);
    assert.deepEqual([log, otherLog], [['error: The connections could not be taken over: A bad one.'], ['error: The connections could not be taken over: The keyring is locked.']]);
    await engine.dispose();
    await other.dispose();
  });

  it('changed twice at once end as they were last', async () => {
    const told: string[] = [];
    let id = 'first';
    const { client: engine } = client({ services: () => [], setConnections: async ({ connections }) => (await sleep(connections[0]!.id === 'second' ? 20 : 1), void told.push(connections[0]!.id)) }, { connections: async () => params(id) });
    await engine.call('services', services);
    id = 'second';
    const second = engine.reconnect();
    await sleep(5);
    id = 'third';
    await Promise.all([second, engine.reconnect()]);
    assert.deepEqual(told, ['first', 'second', 'third']);
    await engine.dispose();
  });
});

describe('host/engineThread', () => {
  it('says why a worker could not start', async () => {
    const thread = launchWorker('/does/not/exist.mjs', () => undefined);
    const why = await new Promise<string>((resolve) => thread.onEnd(resolve));
    assert.match(why, /Cannot find module/);
  });

  it('carries messages and the worker\'s output, and ends it', async () => {
    const lines: string[] = [];
    const code = "import { parentPort } from 'node:worker_threads'; console.log('hello'); parentPort.on('message', (m) => parentPort.postMessage({ got: m.bytes.byteLength }));";
    const thread = launchWorker(new URL(`data:text/javascript,${encodeURIComponent(code)}`) as unknown as string, (line) => lines.push(line));
    const bytes = new ArrayBuffer(8);
    const answer = new Promise((resolve) => thread.port.listen(resolve));
    thread.port.post({ bytes }, [bytes]);
    assert.deepEqual(await answer, { got: 8 });
    assert.equal(bytes.byteLength, 0, 'moved, not copied');
    const ended = new Promise<string>((resolve) => thread.onEnd(resolve));
    await thread.terminate();
    assert.match(await ended, /exit code 1/);
    assert.deepEqual(lines, ['hello']);
  });
});
