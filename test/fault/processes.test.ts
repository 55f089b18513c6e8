// Several processes on one database: one of them listens, always exactly one; when it is killed another takes over on the same port.
import assert from 'node:assert/strict';
import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ChildCollector } from '../support/childCollector.ts';
import { RECENT, runCollector, temporaryDirectory, until, type RunningCollector } from '../support/collectorFixture.ts';
import { simpleTrace, traceIdOf } from '../support/storeFixture.ts';
import { generateTraces } from '../support/traceGenerator.ts';

const owners = (children: readonly ChildCollector[]): ChildCollector[] => children.filter((child) => child.alive && child.role === 'owner');

describe('several collectors on one database', function () {
  this.timeout(60_000);

  it('four processes: one listens, and when it is killed one other does within 2 s, on the same port', async () => {
    const directory = await temporaryDirectory();
    const options = { storePath: join(directory.path, 'traces.db'), port: 0 };
    const children: ChildCollector[] = [];
    try {
      children.push(await ChildCollector.start(options));
      children.push(...(await Promise.all([1, 2, 3].map(() => ChildCollector.start(options)))));
      const endpoint = owners(children)[0]!.state!.endpoint!;
      assert.match(endpoint, /^http:\/\/127\.0\.0\.1:\d+$/);
      await until('the readers show the endpoint of the owner', () => children.every((child) => child.state!.endpoint === endpoint));
      assert.deepEqual(children.map((child) => child.role).toSorted(), ['owner', 'reader', 'reader', 'reader']);

      const tookMs: number[] = [];
      while (children.filter((child) => child.alive).length > 1) {
        const [owner, ...others] = owners(children);
        assert.equal(others.length, 0, 'exactly one owner');
        await owner!.kill();
        const from = performance.now();
        await until('another process listens', async () => {
          try {
            return (await fetch(`${endpoint}/v1/traces`, { method: 'POST', body: generateTraces(), headers: { 'content-type': 'application/x-protobuf' } })).status === 200;
          } catch {
            return false;
          }
        });
        tookMs.push(performance.now() - from);
        assert.equal(owners(children).length, 1, 'exactly one owner');
        assert.equal(owners(children)[0]!.state!.endpoint, endpoint);
        await until('the rest follow it', () => children.filter((child) => child.alive && child.role === 'reader').length === children.filter((child) => child.alive).length - 1);
      }
      assert.ok(Math.max(...tookMs) <= 2_000, `take-overs took ${tookMs.map((ms) => ms.toFixed(0)).join(', ')} ms`);
      for (const child of children) assert.doesNotMatch(child.errors, /locked|Error/);
    } finally {
      await Promise.all(children.filter((child) => child.alive).map((child) => child.kill()));
      await directory.remove();
    }
  });

  it('a reader sees what the owner stores within a second, pins and deletes, and the owner sees that', async () => {
    const owner = await runCollector();
    const heard: (readonly string[])[] = [];
    const reader = await runCollector({ storePath: owner.storePath, port: 0, tracesChanged: (ids) => heard.push(ids) });
    try {
      assert.equal(reader.collector.state.role, 'reader');
      assert.equal(reader.collector.state.endpoint, owner.collector.state.endpoint);
      assert.equal((await owner.post(generateTraces({ traces: 3 }))).status, 200);
      const from = performance.now();
      await until('the reader hears of the traces', () => heard.flat().length === 3);
      assert.ok(performance.now() - from < 1_000);
      const ids = reader.collector.store!.list(RECENT).traces.map(({ summary }) => summary.traceId);
      assert.deepEqual(new Set(heard.flat()), new Set(ids));
      assert.equal(await reader.collector.store!.pin(ids[0]!, 'seen by both'), true);
      assert.equal(owner.collector.store!.pinOf(ids[0]!)?.note, 'seen by both');
      assert.equal(reader.collector.store!.deleteTraces([ids[1]!]), 1);
      assert.deepEqual(owner.collector.store!.list(RECENT).traces.map(({ summary }) => summary.traceId), [ids[0], ids[2]]);
    } finally {
      await reader.stop();
      await owner.stop();
    }
  });

  it('an owner that ends politely is followed at once, and what it acknowledged is there', async () => {
    const directory = await temporaryDirectory();
    const storePath = join(directory.path, 'traces.db');
    const child = await ChildCollector.start({ storePath, port: 0 });
    const reader = await runCollector({ storePath, port: 0 });
    try {
      const { endpoint } = child.state!;
      assert.equal((await fetch(`${endpoint}/v1/traces`, { method: 'POST', body: generateTraces({ traces: 2 }), headers: { 'content-type': 'application/x-protobuf' } })).status, 200);
      await child.kill('SIGTERM');
      await until('the reader became the owner', () => reader.collector.state.role === 'owner', 2_000);
      assert.equal(reader.collector.store!.list(RECENT).total, 2);
    } finally {
      await reader.stop();
      await directory.remove();
    }
  });

  for (const [what, remove] of [
    ['the folder is deleted', (storePath: string) => rmSync(dirname(storePath), { recursive: true })],
    ['the file is replaced by another', (storePath: string) => (renameSync(storePath, `${storePath}.old`), copyFileSync(`${storePath}.old`, storePath))],
    ['its lock is taken for a leftover and deleted', (storePath: string) => rmSync(`${storePath}-owner`)],
  ] as const) {
    it(`${what} under the owner: it goes on with what is there, on the same port, so that nothing is acknowledged into the void`, async () => {
      const logged: string[] = [];
      const owner = await runCollector({ log: (_level, message) => logged.push(message) });
      let second: RunningCollector | undefined;
      try {
        const { endpoint } = owner.collector.state;
        assert.equal((await owner.post(simpleTrace({ id: 1 }))).status, 200);
        remove(owner.storePath);
        await until('it is noticed', () => /deleted or replaced/.test(owner.collector.state.problem ?? '') && owner.collector.state.endpoint === endpoint);
        assert.match(logged.join(), /is not the file any more that was opened/);
        assert.equal((await owner.post(simpleTrace({ id: 2 }))).status, 200);
        second = await runCollector({ storePath: owner.storePath });
        assert.equal(second.collector.state.role, 'reader', 'there is one owner');
        await until('others see what it stores', () => second!.collector.store?.summary(traceIdOf(2)) !== undefined);
        // Once more: it is still watched.
        remove(owner.storePath);
        await until('it is noticed again', () => logged.filter((message) => message.includes('not the file any more')).length === 2 && owner.collector.state.endpoint === endpoint);
      } finally {
        await second?.stop();
        await owner.stop();
      }
    });
  }

  it('the folder is deleted under four processes: one of them listens on the same port, and the others follow it', async () => {
    const directory = await temporaryDirectory();
    const folder = join(directory.path, 'store');
    const options = { storePath: join(folder, 'traces.db'), port: 0 };
    const children: ChildCollector[] = [await ChildCollector.start(options)];
    try {
      children.push(...(await Promise.all([1, 2, 3].map(() => ChildCollector.start(options)))));
      const endpoint = owners(children)[0]!.state!.endpoint!;
      for (let round = 1; round <= 2; round++) {
        rmSync(folder, { recursive: true });
        // Longer than a claim takes: whoever had the old lock's file open would now be an owner of nothing.
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        assert.deepEqual(children.map((child) => child.role).toSorted(), ['owner', 'reader', 'reader', 'reader']);
        // Where another one was quicker, the port is still the old owner's for a moment.
        await until('all of them name the port', () => children.every((child) => child.state!.endpoint === endpoint));
        assert.equal(owners(children).length, 1);
        assert.equal((await fetch(`${endpoint}/v1/traces`, { method: 'POST', body: generateTraces({ seed: round }), headers: { 'content-type': 'application/x-protobuf' } })).status, 200);
        await until('all of them see it', () => children.every((child) => child.state!.storePath !== undefined));
      }
    } finally {
      await Promise.all(children.filter((child) => child.alive).map((child) => child.kill()));
      await directory.remove();
    }
  });
});
