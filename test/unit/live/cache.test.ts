// Servers are installed once, whole or not at all, by one run at a time.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheRoot, installOnce } from '../../live/servers/cache.ts';
import { temporaryDirectory } from '../../support/collectorFixture.ts';

describe('cache of live servers', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let lines: string[];
  const options = (signal = AbortSignal.timeout(5_000)): Parameters<typeof installOnce>[2] => ({ root: directory.path, signal, log: (line) => lines.push(line) });
  const building = (): Promise<string[]> => readdir(directory.path).then((names) => names.filter((name) => name.includes('.building-') || name.includes('.lock')));

  beforeEach(async () => {
    directory = await temporaryDirectory();
    lines = [];
  });
  afterEach(() => directory.remove());

  it('is outside the repository, where XDG says', () => {
    const before = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = '/x';
    try {
      assert.equal(cacheRoot(), '/x/tracefall-live');
    } finally {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
    }
  });

  it('builds once and answers the same folder from then on', async () => {
    let builds = 0;
    const build = async (to: string): Promise<void> => {
      builds++;
      await writeFile(join(to, 'server'), 'whole');
    };
    const home = await installOnce('a-1', build, options());
    assert.equal(await installOnce('a-1', build, options()), home);
    assert.equal(await readFile(join(home, 'server'), 'utf8'), 'whole');
    assert.equal(builds, 1);
    assert.deepEqual(await building(), []);
  });

  it('has nothing under the name until it is whole', async () => {
    let seen: boolean | undefined;
    await installOnce('a-1', async () => void (seen = existsSync(join(directory.path, 'a-1'))), options());
    assert.equal(seen, false);
  });

  it('leaves nothing behind when the build fails, and builds again', async () => {
    await assert.rejects(installOnce('a-1', () => Promise.reject(new Error('no network')), options()), /no network/);
    assert.deepEqual(await readdir(directory.path), []);
    await installOnce('a-1', () => Promise.resolve(), options());
    assert.deepEqual(await readdir(directory.path), ['a-1']);
  });

  it('removes what a killed build left', async () => {
    await mkdir(join(directory.path, 'a-1.building-abc'));
    await installOnce('a-1', () => Promise.resolve(), options());
    assert.deepEqual(await readdir(directory.path), ['a-1']);
  });

  it('lets one of two builds wait for the other', async () => {
    let [running, most, builds] = [0, 0, 0];
    const build = async (): Promise<void> => {
      builds++;
      most = Math.max(most, ++running);
      await sleep(50);
      running--;
    };
    await Promise.all([installOnce('a-1', build, options()), installOnce('a-1', build, options())]);
    assert.deepEqual([most, builds], [1, 1]);
    assert.ok(lines.some((line) => line.includes('another run is installing it')));
  });

  it('takes a lock whose process is gone', async () => {
    await writeFile(join(directory.path, 'a-1.lock'), '999999999');
    await installOnce('a-1', () => Promise.resolve(), options());
    assert.deepEqual(await readdir(directory.path), ['a-1']);
  });

  it('stops waiting when the run is stopped', async () => {
    await writeFile(join(directory.path, 'a-1.lock'), String(process.pid));
    await assert.rejects(installOnce('a-1', () => Promise.resolve(), options(AbortSignal.timeout(20))), { name: /Abort|Timeout/ });
  });
});
