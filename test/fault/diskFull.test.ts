// No space: what cannot be stored is refused so that its sender keeps it, nothing is damaged, and it resumes by itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/engine/store/openStore.ts';
import { loadSqlite } from '../../src/engine/store/sqlite.ts';
import { StoreError } from '../../src/engine/store/traceStore.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { splitByTrace } from '../../src/model/splitByTrace.ts';
import { RECENT, runCollector, temporaryDirectory, until } from '../support/collectorFixture.ts';
import { generateTraces } from '../support/traceGenerator.ts';

/** A file system of its own, where this machine lets us make one. */
function smallDisk(path: string, megabytes: number): (() => void) | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return () => void execFileSync('umount', ['-l', path]);
}

describe('no space', function () {
  this.timeout(30_000);

  it('the size limit holds even without retention, as StoreError `full`; after retention there is room again', async () => {
    const directory = await temporaryDirectory();
    const opened = openStore((await loadSqlite())!, { path: join(directory.path, 'traces.db'), owner: true, fullSync: false, slow: { minSamples: 20, percentile: 90, factor: 1.5 }, maxBytes: 4 << 20, maxAgeMs: 1e12, now: Date.now });
    assert.equal(opened.kind, 'open');
    if (opened.kind !== 'open') return;
    const { store } = opened;
    const write = (k: number): void => {
      const batch = decodeOtlpProto(generateTraces({ traces: 10, firstTrace: 10 * k }));
      store.write([{ batch, parts: splitByTrace([batch]) }]);
    };
    try {
      let written = 0;
      assert.throws(() => {
        for (; written < 1_000; written++) write(written);
      }, (error) => error instanceof StoreError && error.kind === 'full' && /no space left/.test(error.message));
      assert.ok(written > 10);
      assert.equal(store.list(RECENT).total, 10 * written, 'what was refused left nothing behind');
      for (let step = 0; step < 1_000 && store.maintain(Date.now()); step++);
      write(written);
      assert.ok(store.size().bytes <= 4.4 * 2 ** 20 + 8 * 2 ** 20);
    } finally {
      store.close();
      await directory.remove();
    }
  });

  it('a program that holds an old state open does not let the log grow without end; when it has gone there is room again', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory.path, 'traces.db');
    const sqlite = (await loadSqlite())!;
    const maxBytes = 4 << 20;
    const opened = openStore(sqlite, { path, owner: true, fullSync: false, slow: { minSamples: 20, percentile: 90, factor: 1.5 }, maxBytes, maxAgeMs: 1e12, now: Date.now });
    assert.equal(opened.kind, 'open');
    if (opened.kind !== 'open') return;
    const { store } = opened;
    const other = new sqlite.DatabaseSync(path);
    const write = (k: number): void => {
      const batch = decodeOtlpProto(generateTraces({ traces: 10, firstTrace: 10 * k }));
      store.write([{ batch, parts: splitByTrace([batch]) }]);
      for (let step = 0; step < 100 && store.maintain(Date.now()); step++);
    };
    try {
      write(0);
      other.exec('BEGIN');
      other.prepare('SELECT count(*) FROM trace').get();
      assert.throws(() => {
        for (let k = 1; k < 1_000; k++) write(k);
      }, (error) => error instanceof StoreError && error.kind === 'full' && /traces\.db-wal cannot be written back .* close it/.test(error.message));
      assert.ok(store.size().bytes <= 4 * maxBytes, `${store.size().bytes} bytes`);
      other.exec('COMMIT');
      for (let step = 0; step < 100 && store.maintain(Date.now()); step++);
      write(2_000);
      assert.ok(store.size().bytes <= 4 * maxBytes, `${store.size().bytes} bytes`);
    } finally {
      other.close();
      store.close();
      await directory.remove();
    }
  });

  it('a full disk: 503 with Retry-After and a sentence in the state; it resumes within 2 s of space', async function () {
    const directory = await temporaryDirectory();
    const disk = join(directory.path, 'disk');
    mkdirSync(disk);
    const unmount = smallDisk(disk, 16);
    if (unmount === undefined) {
      console.log('        (a disk of its own needs root on Linux: only the size limit above was tried)');
      await directory.remove();
      return;
    }
    const running = await runCollector({ storePath: join(disk, 'traces.db') });
    try {
      const send = (k: number): Promise<Response> => running.post(generateTraces({ traces: 50, firstTrace: 50 * k }));
      let k = 0;
      assert.equal((await send(k++)).status, 200);
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(8 << 20));
      let acknowledged = 1;
      let answer = await send(k++);
      for (; answer.status === 200 && k < 100; acknowledged++) answer = await send(k++);
      assert.equal(answer.status, 503);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
      await until('the state says why', () => /no space left/.test(running.collector.state.problem ?? ''));
      assert.equal(running.collector.store!.list(RECENT).total, 50 * acknowledged);
      rmSync(join(disk, 'ballast'));
      const from = performance.now();
      await until('it takes spans again', async () => (await send(k++)).status === 200, 2_000);
      assert.ok(performance.now() - from <= 2_000);
      assert.equal(running.collector.state.problem, undefined);
      assert.equal(running.collector.store!.list(RECENT).total, 50 * (acknowledged + 1));
    } finally {
      await running.collector.close();
      unmount();
      await directory.remove();
    }
  });
});
