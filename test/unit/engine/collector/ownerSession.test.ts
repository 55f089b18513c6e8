// What the owner does while it is one, and what a reader sees of it: store problems, upkeep, leftovers, take-over, mending.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { startCollector, type Collector, type CollectorOptions } from '../../../../src/engine/collector/collector.ts';
import { completeOptions } from '../../../../src/engine/collector/collectorOptions.ts';
import { OwnerSession } from '../../../../src/engine/collector/ownerSession.ts';
import { LOCAL_ORIGINS } from '../../../../src/engine/collector/requestGuard.ts';
import { StoreFollower } from '../../../../src/engine/collector/storeFollower.ts';
import { MemoryStore } from '../../../../src/engine/store/memoryStore.ts';
import { openStore } from '../../../../src/engine/store/openStore.ts';
import { Ownership } from '../../../../src/engine/store/ownership.ts';
import { loadSqlite } from '../../../../src/engine/store/sqlite.ts';
import { StoreError, type TraceStore } from '../../../../src/engine/store/traceStore.ts';
import { RECENT, runCollector, temporaryDirectory, until } from '../../../support/collectorFixture.ts';
import { simpleTrace, SLOW, temporaryStore, traceIdOf, write } from '../../../support/storeFixture.ts';

/** A memory store with some methods replaced. */
function storeWith(replaced: Partial<TraceStore>): TraceStore {
  const store = new MemoryStore({ maxBytes: 1e12, slow: SLOW, now: Date.now });
  return new Proxy<TraceStore>(store, {
    get: (target, key) => {
      const value: unknown = Reflect.get(replaced, key) ?? Reflect.get(target, key);
      return typeof value === 'function' ? (value as (...values: unknown[]) => unknown).bind(target) : value;
    },
  });
}

describe('ownerSession', function () {
  this.timeout(15_000);
  const sessions: OwnerSession[] = [];
  const logged: string[] = [];
  let states = 0;
  const changed: string[][] = [];
  const start = async (store: TraceStore): Promise<OwnerSession> => {
    const session = new OwnerSession({
      store, host: '127.0.0.1', port: 0, grpcPort: -1, allowedHosts: [], allowedOrigins: [...LOCAL_ORIGINS], maxBodyBytes: 1 << 20, log: (level, message) => logged.push(`${level}: ${message}`),
      stateChanged: () => states++, tracesChanged: (traceIds) => changed.push([...traceIds]),
    });
    sessions.push(session);
    await session.start();
    return session;
  };
  const post = (session: OwnerSession, body: Uint8Array): Promise<Response> =>
    fetch(`${session.listening.endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/x-protobuf' }, body: body as Uint8Array<ArrayBuffer> });
  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.close();
    logged.length = 0;
    states = 0;
    changed.length = 0;
  });

  for (const [kind, shown] of [['full', true], ['readOnly', true], ['io', true], ['damaged', true], ['busy', false]] as const) {
    it(`a store that is ${kind}: 503, ${shown ? 'a sentence in the state until it works again' : 'no news, as it passes by itself'}`, async () => {
      let broken = true;
      let maintained = 0;
      const inner = new MemoryStore({ maxBytes: 1e12, slow: SLOW, now: Date.now });
      const session = await start(storeWith({
        write: (requests) => {
          if (broken) throw new StoreError(kind, `It is ${kind}.`);
          return inner.write(requests);
        },
        maintain: () => (maintained++, false),
      }));
      const before = states;
      const upkeep = maintained;
      const refused = await post(session, simpleTrace({ id: 1 }));
      assert.deepEqual([refused.status, refused.headers.get('retry-after'), session.storeProblem], [503, '5', shown ? `It is ${kind}.` : undefined]);
      assert.equal(states - before, shown ? 1 : 0);
      if (kind === 'full') assert.ok(maintained > upkeep, 'room is made at once');
      await post(session, simpleTrace({ id: 1 }));
      assert.equal(states - before, shown ? 1 : 0, 'said once');
      broken = false;
      assert.equal((await post(session, simpleTrace({ id: 1 }))).status, 200);
      assert.equal(session.storeProblem, undefined);
      assert.equal(states - before, shown ? 2 : 0);
    });
  }

  it('a clock that is set back delays no exact summary', async () => {
    const now = Date.now;
    let offsetMs = 0;
    Date.now = () => now() + offsetMs;
    try {
      const store = new MemoryStore({ maxBytes: 1e12, slow: SLOW, now: Date.now });
      const session = await start(store);
      await post(session, simpleTrace({ id: 1, spans: 2 }));
      offsetMs = -3_600_000;
      await post(session, simpleTrace({ id: 2, spans: 2 }));
      await until('both are exact', () => store.list(RECENT).traces.every(({ summary }) => !summary.provisional), 2_000);
    } finally {
      Date.now = now;
    }
  });

  it('upkeep that fails is logged and tried again', async () => {
    let calls = 0;
    await start(storeWith({
      maintain: () => {
        if (++calls <= 3) throw new Error('locked');
        return calls < 6;
      },
    }));
    await until('it goes on', () => calls >= 6);
    assert.deepEqual(logged, ['warn: Upkeep of the store failed: locked'], 'said once, however often it fails');
  });

  it('what another process changed is news', async () => {
    let once = true;
    await start(storeWith({ changedElsewhere: () => once && !(once = false) }));
    assert.deepEqual(changed, [[]]);
  });

  it('summaries that an earlier owner left provisional are made exact, page by page', async () => {
    const made = await temporaryStore();
    try {
      for (let id = 1; id <= 5; id++) for (const startMs of [0, 1]) write(made.store, simpleTrace({ id, spans: 2, startMs }));
      const asked: number[] = [];
      const session = await start(new Proxy<TraceStore>(made.store, {
        get: (target, key) => {
          if (key === 'provisional') return (after: number) => (asked.push(after), target.provisional(after, 2));
          const value: unknown = Reflect.get(target, key);
          return typeof value === 'function' ? (value as (...values: unknown[]) => unknown).bind(target) : value;
        },
      }));
      await until('all are exact', () => [1, 2, 3, 4, 5].every((id) => made.store.summary(traceIdOf(id))?.provisional === false));
      assert.deepEqual(asked, [0, 2, 4, 5]);
      await session.close();
    } finally {
      await made.remove();
    }
  });

  it('leftovers that cannot be read are no reason not to listen', async () => {
    const session = await start(storeWith({
      provisional: () => {
        throw new StoreError('damaged', 'torn');
      },
    }));
    assert.match(session.listening.endpoint!, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual(logged, ['warn: Summaries of an earlier run could not be read: torn']);
    assert.equal((await post(session, simpleTrace({ id: 1 }))).status, 200);
  });

  it('an exact summary that cannot be saved is logged, and new spans are taken', async () => {
    const session = await start(storeWith({
      saveSummaries: () => {
        throw new StoreError('busy', 'another process');
      },
    }));
    assert.equal((await post(session, simpleTrace({ id: 1, spans: 2 }))).status, 200);
    await until('it was tried', () => logged.length > 0);
    assert.deepEqual(logged, ['warn: A summary could not be made exact: another process']);
    assert.equal((await post(session, simpleTrace({ id: 2 }))).status, 200);
  });
});

describe('storeFollower', () => {
  const follow = async (path: string): Promise<{ readonly follower: StoreFollower; readonly news: (readonly string[])[] }> => {
    const sqlite = (await loadSqlite())!;
    const news: (readonly string[])[] = [];
    const follower = new StoreFollower({
      path,
      open: () => openStore(sqlite, { path, owner: false, fullSync: false, slow: SLOW, maxBytes: 1e12, maxAgeMs: 1e12, now: Date.now }),
      changed: (traceIds) => news.push(traceIds),
    });
    return { follower, news };
  };

  it('waits for the database, then tells what is new, once', async () => {
    const directory = await temporaryDirectory();
    const path = `${directory.path}/traces.db`;
    const { follower, news } = await follow(path);
    follower.look();
    assert.deepEqual([follower.store, follower.problem, news], [undefined, undefined, []]);
    const made = await temporaryStore({ path });
    try {
      write(made.store, simpleTrace({ id: 1 }));
      made.store.announce({ endpoint: 'http://127.0.0.1:1', problem: undefined });
      follower.look();
      assert.deepEqual([news, follower.announcement.endpoint], [[[]], 'http://127.0.0.1:1'], 'all of it is new, so no single trace is');
      follower.look();
      assert.equal(news.length, 1);
      write(made.store, simpleTrace({ id: 2 }));
      follower.look();
      assert.deepEqual(news.slice(1), [[traceIdOf(2)]]);
      made.store.deleteTraces([traceIdOf(2)]);
      follower.look();
      assert.deepEqual(news.slice(2), [[]], 'a delete is news about no trace');
    } finally {
      follower.close();
      await made.remove();
      await directory.remove();
    }
  });

  it('opens anew when the owner replaced the file', async () => {
    const directory = await temporaryDirectory();
    const path = `${directory.path}/traces.db`;
    const { follower } = await follow(path);
    const first = await temporaryStore({ path });
    write(first.store, simpleTrace({ id: 1 }));
    follower.look();
    assert.equal(follower.store!.list(RECENT).total, 1);
    first.store.close();
    for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.aside${suffix}`);
    const second = await temporaryStore({ path });
    for (const id of [5, 6]) write(second.store, simpleTrace({ id }));
    follower.look();
    assert.equal(follower.store!.list(RECENT).total, 2);
    follower.close();
    await first.remove();
    await second.remove();
    await directory.remove();
  });

  it('says why it cannot read, and reads once it can', async () => {
    const directory = await temporaryDirectory();
    const path = `${directory.path}/traces.db`;
    writeFileSync(path, 'x'.repeat(5_000));
    const { follower, news } = await follow(path);
    follower.look();
    assert.match(follower.problem!, /is damaged/);
    assert.deepEqual([follower.store, news], [undefined, []]);
    renameSync(path, `${path}.aside`);
    follower.look();
    assert.equal(follower.problem, undefined, 'absent is no problem');
    const made = await temporaryStore({ path });
    follower.look();
    assert.ok(follower.store !== undefined && follower.problem === undefined);
    follower.close();
    await made.remove();
    await directory.remove();
  });
});

describe('collector: one follows the other', function () {
  this.timeout(15_000);
  const running: Collector[] = [];
  const start = async (options: CollectorOptions): Promise<Collector> => {
    const collector = await startCollector({ port: 0, ...options });
    running.push(collector);
    return collector;
  };
  afterEach(async () => {
    for (const collector of running.splice(0)) await collector.close();
  });

  it('takes over the port that the last owner had, with what it stored', async () => {
    const directory = await temporaryDirectory();
    const storePath = `${directory.path}/traces.db`;
    const first = await start({ storePath });
    const { endpoint } = first.state;
    const second = await start({ storePath });
    await until('it follows', () => second.state.endpoint === endpoint);
    assert.equal(second.state.role, 'reader');
    await fetch(`${endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/x-protobuf' }, body: simpleTrace({ id: 1 }) as Uint8Array<ArrayBuffer> });
    await until('it sees the trace', () => second.store?.list(RECENT).total === 1);
    // As after a kill: the lock is free and the database still names the endpoint.
    await first.close();
    await until('it is the owner', () => second.state.role === 'owner');
    assert.equal(second.store!.list(RECENT).total, 1);
    assert.match(second.state.endpoint!, /^http:\/\/127\.0\.0\.1:\d+$/);
    await second.close();
    await directory.remove();
  });

  it('a disk that does not answer for a while: said once by either, and the owner stays what it is', async function () {
    if (process.platform === 'win32') return this.skip();
    const directory = await temporaryDirectory();
    const folder = `${directory.path}/share`;
    const logged: string[] = [];
    const log = (_level: string, message: string): void => void logged.push(message);
    const first = await start({ storePath: `${folder}/traces.db`, log });
    const second = await start({ storePath: `${folder}/traces.db`, log });
    await until('it follows', () => second.state.endpoint !== undefined);
    // What is there cannot be asked for, as on a network disk that went away.
    renameSync(folder, `${folder}.away`);
    symlinkSync(folder, folder);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.deepEqual(logged.map((message) => message.replace(/ELOOP.*/, 'ELOOP')).toSorted(), ['The trace database could not be followed: ELOOP', 'Upkeep of the store failed: ELOOP']);
    rmSync(folder);
    renameSync(`${folder}.away`, folder);
    await fetch(`${first.state.endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/x-protobuf' }, body: simpleTrace({ id: 1 }) as Uint8Array<ArrayBuffer> });
    await until('it is followed again', () => second.store?.list(RECENT).total === 1);
    assert.deepEqual([first.state.role, second.state.role, first.state.problem, logged.length], ['owner', 'reader', undefined, 2]);
    await directory.remove();
  });

  it('a lock that someone else holds makes a reader, though there is no database yet', async () => {
    const directory = await temporaryDirectory();
    const storePath = `${directory.path}/traces.db`;
    const lock = new Ownership((await loadSqlite())!, storePath);
    assert.equal(lock.tryAcquire(), true);
    const reader = await start({ storePath });
    assert.deepEqual([reader.state.role, reader.store, reader.state.endpoint, reader.state.storePath, reader.state.traces], ['reader', undefined, undefined, undefined, 0]);
    assert.ok(!existsSync(storePath), 'a reader makes nothing');
    lock.release();
    await until('it is the owner', () => reader.state.role === 'owner');
    assert.ok(existsSync(storePath) && reader.state.endpoint !== undefined);
    await reader.close();
    await directory.remove();
  });

  it('a place that cannot be used: memory, with the reason and what to do', async () => {
    const directory = await temporaryDirectory();
    writeFileSync(`${directory.path}/file`, '');
    const collector = await start({ storePath: `${directory.path}/file/traces.db` });
    assert.deepEqual([collector.state.role, collector.state.storePath], ['memory', undefined]);
    assert.match(collector.state.problem!, /cannot be used .*tracefall\.store\.path, or --db\. Traces are kept in memory/);
    assert.ok(collector.state.endpoint !== undefined, 'it listens all the same');
    await collector.close();
    await directory.remove();
  });

  it('another program’s file at the place: memory, the file is untouched', async () => {
    const directory = await temporaryDirectory();
    const storePath = `${directory.path}/theirs.txt`;
    writeFileSync(storePath, 'their notes '.repeat(500));
    const collector = await start({ storePath });
    assert.equal(collector.state.role, 'memory');
    assert.match(collector.state.problem!, /not a Tracefall database.*kept in memory/);
    await collector.close();
    assert.deepEqual(readdirSync(dirname(storePath)).filter((name) => name.includes('corrupt')), []);
    await directory.remove();
  });

  it('closed means closed: nothing listens, nothing is told, asking is no error', async () => {
    let told = 0;
    const { collector, stop } = await runCollector({ stateChanged: () => told++ });
    const { endpoint } = collector.state;
    await collector.close();
    const before = told;
    await collector.close();
    const state = await collector.listen(0);
    assert.deepEqual([state.role, state.endpoint, state.traces, told - before], ['off', undefined, 0, 0]);
    await assert.rejects(fetch(endpoint!), TypeError);
    await stop();
  });
});

describe('collectorOptions', () => {
  it('takes the documented defaults for what is not said', () => {
    const { storePath, stateChanged, tracesChanged, log, ...rest } = completeOptions({});
    assert.deepEqual(rest, {
      maxStoreBytes: 512 << 20, maxAgeMs: 1_209_600_000, port: 4318, grpcPort: -1, transport: undefined, forwardHeaders: undefined, host: '127.0.0.1', allowedOrigins: [...LOCAL_ORIGINS], allowedHosts: [], maxBodyBytes: 64 << 20, fullSync: false,
      slow: { minSamples: 20, percentile: 90, factor: 1.5 }, memory: false, needsDatabase: false,
    });
    assert.match(storePath, /[Tt]racefall[\\/]traces\.db$/);
    for (const listener of [stateChanged, tracesChanged, log] as ((...values: unknown[]) => void)[]) assert.equal(listener(), undefined);
  });
  it('undefined is the default too, zero and empty are not', () => {
    assert.deepEqual([completeOptions({ port: undefined }).port, completeOptions({ port: 0 }).port, completeOptions({ maxStoreBytes: 0 }).maxStoreBytes, completeOptions({ storePath: '/x' }).storePath], [4318, 0, 0, '/x']);
  });
  it('origins add to those of this machine, hosts stand alone', () => {
    const { allowedOrigins, allowedHosts } = completeOptions({ allowedOrigins: ['https://app.test'], allowedHosts: ['dev.test'] });
    assert.deepEqual([allowedOrigins, allowedHosts], [[...LOCAL_ORIGINS, 'https://app.test'], ['dev.test']]);
  });
});
