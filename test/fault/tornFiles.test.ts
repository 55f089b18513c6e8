// Promise C: no damage to files makes the collector unusable. A damaged file is set aside and named; someone else's, and one of a newer
// version, is left as it is.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { loadSqlite } from '../../src/engine/store/sqlite.ts';
import { pinsPath } from '../../src/engine/store/storePath.ts';
import { RECENT, runCollector, temporaryDirectory, until, type RunningCollector } from '../support/collectorFixture.ts';
import { generateTraces, seededRandom } from '../support/traceGenerator.ts';

const OFFSETS = Number(process.env['TRACEFALL_TEARS'] ?? 40);

async function takesSpans(running: RunningCollector): Promise<void> {
  await until('it takes spans', async () => {
    const { endpoint } = running.collector.state;
    return endpoint !== undefined && (await running.post(generateTraces({ seed: 99 }))).status === 200;
  });
}

/** A healthy file with some traces, closed. */
async function healthyFile(directory: string): Promise<string> {
  const path = join(directory, 'healthy.db');
  const running = await runCollector({ storePath: path });
  for (let k = 0; k < 8; k++) assert.equal((await running.post(generateTraces({ traces: 20, firstTrace: 20 * k }))).status, 200);
  const [first] = running.collector.store!.list(RECENT).traces;
  await running.collector.store!.pin(first!.summary.traceId, 'keep');
  await running.collector.close();
  return path;
}

const besides = (path: string): string[] => readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.corrupt-`) && !/-(wal|shm)$/.test(name));

describe('damaged, foreign and newer files', function () {
  this.timeout(60_000);
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let healthy: string;

  before(async () => {
    directory = await temporaryDirectory();
    healthy = await healthyFile(directory.path);
  });
  after(() => directory.remove());

  it(`flipped or cut off at ${OFFSETS} places: always starts, lists, reads and takes spans`, async () => {
    const random = seededRandom(3);
    const original = readFileSync(healthy);
    let setAside = 0;
    for (let k = 0; k < OFFSETS; k++) {
      const folder = join(directory.path, `torn-${k}`);
      mkdirSync(folder);
      const path = join(folder, 'traces.db');
      const bytes = Buffer.from(original);
      // Every third in the first pages, where the damage is worst.
      const at = Math.floor(random() * (k % 3 === 0 ? 3 * 8192 : bytes.length));
      if (k % 2 === 0) bytes.fill(0xa5 ^ (bytes[at] ?? 0), at, Math.min(bytes.length, at + 1 + Math.floor(random() * 600)));
      writeFileSync(path, k % 2 === 0 ? bytes : bytes.subarray(0, at));
      const running = await runCollector({ storePath: path });
      try {
        await takesSpans(running);
        const use = async (): Promise<void> => {
          const page = running.collector.store!.list({ ...RECENT, limit: 1000 });
          running.collector.store!.list({ ...RECENT, group: 'slow', sort: 'slowest' });
          running.collector.store!.services();
          for (const { summary } of page.traces) await running.collector.store!.loadTrace(summary.traceId);
        };
        // The first look may be what finds the damage; then there is a new file.
        await use().catch(async (error: unknown) => {
          assert.match(String(error), /damaged/);
          await until('a new file is there', () => besides(path).length === 1 && running.collector.state.endpoint !== undefined);
          await takesSpans(running);
          await use();
        });
        for (const aside of besides(path)) {
          setAside++;
          assert.ok(running.collector.state.problem?.includes(join(folder, aside)), running.collector.state.problem);
        }
      } finally {
        await running.collector.close();
      }
    }
    assert.ok(setAside > 5, `${setAside} files were set aside`);
    assert.deepEqual(readFileSync(healthy), original);
  });

  it('a broken header, and nothing at all', async () => {
    for (const [name, change, aside] of [
      ['header', (path: string) => writeFileSync(path, Buffer.concat([Buffer.from('SQLite format 4\0'), readFileSync(healthy).subarray(16)])), 1],
      ['garbage', (path: string) => writeFileSync(path, Buffer.alloc(50_000, 'not a database ')), 1],
      ['half a header', (path: string) => truncateSync(path, 40), 1],
      ['zero-length', (path: string) => truncateSync(path, 0), 0],
    ] as const) {
      const path = join(directory.path, name, 'traces.db');
      mkdirSync(dirname(path));
      copyFileSync(healthy, path);
      change(path);
      const running = await runCollector({ storePath: path });
      try {
        assert.equal(running.collector.state.role, 'owner', name);
        assert.equal(besides(path).length, aside, name);
        assert.equal(running.collector.state.problem?.includes(besides(path)[0] ?? '\0') === true, aside === 1, name);
        await takesSpans(running);
      } finally {
        await running.collector.close();
      }
    }
  });

  it('a damaged pins file is set aside; traces are not touched', async () => {
    const path = join(directory.path, 'pins', 'traces.db');
    mkdirSync(dirname(path));
    copyFileSync(healthy, path);
    writeFileSync(pinsPath(path), Buffer.alloc(9_000, 'x'));
    const running = await runCollector({ storePath: path });
    try {
      assert.equal(running.collector.store!.list(RECENT).known, 160);
      assert.match(running.collector.state.problem ?? '', /pinned traces was damaged .* set aside as .*pins\.db\.corrupt-/);
      const [first] = running.collector.store!.list(RECENT).traces;
      assert.equal(await running.collector.store!.pin(first!.summary.traceId, 'again'), true);
    } finally {
      await running.collector.close();
    }
  });

  it('a newer version and a file of another program are left as they are; traces go to memory and the state says so', async () => {
    const { DatabaseSync } = (await loadSqlite())!;
    const newer = (path: string): void => {
      copyFileSync(healthy, path);
      const db = new DatabaseSync(path);
      db.exec('PRAGMA user_version = 99');
      db.close();
    };
    const foreign = (path: string): void => {
      const db = new DatabaseSync(path);
      db.exec('CREATE TABLE recipes (id INTEGER PRIMARY KEY, text TEXT); PRAGMA application_id = 77');
      db.close();
    };
    for (const [name, make, sentence] of [
      ['newer.db', newer, /newer\.db was written by a newer Tracefall .*update/],
      ['foreign.db', foreign, /foreign\.db is a database of another program.*choose another place/],
      ['notes.txt', (path: string) => writeFileSync(path, 'Dear diary,\n'.repeat(100)), /notes\.txt is not a Tracefall database and was left/],
    ] as const) {
      const path = join(directory.path, name);
      make(path);
      const before = readFileSync(path);
      const running = await runCollector({ storePath: path });
      try {
        assert.equal(running.collector.state.role, 'memory', name);
        assert.match(running.collector.state.problem ?? '', sentence);
        assert.match(running.collector.state.problem ?? '', /kept in memory/);
        await takesSpans(running);
        assert.equal(running.collector.store!.list(RECENT).total, 1);
      } finally {
        await running.collector.close();
      }
      assert.deepEqual(readFileSync(path), before, name);
    }
  });

  it('a place that cannot be written', async () => {
    const blocked = join(directory.path, 'file-not-folder');
    writeFileSync(blocked, '');
    const running = await runCollector({ storePath: join(blocked, 'sub', 'traces.db') });
    try {
      assert.equal(running.collector.state.role, 'memory');
      assert.match(running.collector.state.problem ?? '', /file-not-folder.*choose another place/);
      await takesSpans(running);
    } finally {
      await running.collector.close();
    }
  });

  it('files are for this user only', function () {
    if (process.platform === 'win32') return;
    for (const name of ['healthy.db', 'healthy.pins.db', 'healthy.db-owner']) assert.equal(statSync(join(directory.path, name)).mode & 0o777, 0o600, name);
    assert.equal(existsSync(healthy), true);
  });
});
