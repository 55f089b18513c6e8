// The workspace on disk: what is listed, and that nothing outside the folder can be listed or read, by whatever path.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeWorkspace } from '../../../src/cli/nodeWorkspace.ts';

describe('nodeWorkspace', () => {
  let top: string;
  let root: string;

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'tracefall-ws-'));
    root = join(top, 'shop');
    for (const folder of ['src/deep', 'dist', '.git', 'node_modules/x', 'api/.venv/lib', 'api/app']) await mkdir(join(root, folder), { recursive: true });
    await mkdir(join(top, 'shop-secrets'));
    await writeFile(join(top, 'shop-secrets/key.ts'), 'SECRET');
    for (const file of ['src/a.ts', 'src/deep/größe.ts', 'dist/a.js', 'dist/a.js.map', '.git/config', 'node_modules/x/i.js', 'api/.venv/lib/y.py', 'api/app/main.py', 'README']) {
      await writeFile(join(root, file), `// ${file}\nsecond line\n`);
    }
    await symlink(join(root, 'src/a.ts'), join(root, 'inside.ts'));
    await symlink(join(top, 'shop-secrets/key.ts'), join(root, 'outside.ts'));
    await symlink('/etc/passwd', join(root, 'src/passwd.ts'));
    await symlink(join(top, 'shop-secrets'), join(root, 'secrets'));
    await symlink(root, join(root, 'src/loop'));
    await symlink(join(root, 'nowhere'), join(root, 'dangling.ts'));
    execFileSync('mkfifo', [join(root, 'pipe.ts')]);
  });
  after(() => rm(top, { recursive: true, force: true }));

  it('lists regular files and links to files inside; no dependencies, no way out', async () => {
    const { files, notes } = await (await nodeWorkspace(root)).listFiles();
    assert.deepEqual([...files], ['README', 'api/app/main.py', 'dist/a.js', 'dist/a.js.map', 'inside.ts', 'src/a.ts', 'src/deep/größe.ts']);
    assert.deepEqual(notes, []);
  });

  it('reads what is inside', async () => {
    const access = await nodeWorkspace(root);
    assert.match((await access.readText('src/a.ts', 1000)) ?? '', /^\/\/ src\/a\.ts/);
    assert.match((await access.readText('inside.ts', 1000)) ?? '', /src\/a\.ts/);
  });

  const REFUSED: readonly [what: string, file: string][] = [
    ['a link out', 'outside.ts'],
    ['a link to a system file', 'src/passwd.ts'],
    ['through a linked folder', 'secrets/key.ts'],
    ['dots', '../shop-secrets/key.ts'],
    ['dots in the middle', 'src/../../shop-secrets/key.ts'],
    ['the folder itself', '.'],
    ['a folder', 'src'],
    ['a pipe, without hanging', 'pipe.ts'],
    ['a dangling link', 'dangling.ts'],
    ['what is not there', 'src/b.ts'],
    ['a NUL', 'src/a.ts\0.png'],
    ['a name too long for any disk', 'x'.repeat(100_000)],
  ];
  for (const [what, file] of REFUSED) {
    it(`refuses ${what}`, async () => assert.equal(await (await nodeWorkspace(root)).readText(file, 1_000_000), undefined));
  }

  it('a folder whose name merely begins like the root is outside', async () => {
    await symlink(join(top, 'shop-secrets/key.ts'), join(root, 'sibling.ts'));
    assert.equal(await (await nodeWorkspace(root)).readText('sibling.ts', 1000), undefined);
    await rm(join(root, 'sibling.ts'));
  });

  it('a file over the limit is not read', async () => {
    const access = await nodeWorkspace(root);
    assert.equal(await access.readText('src/a.ts', 23), undefined);
    assert.notEqual(await access.readText('src/a.ts', 24), undefined);
  });

  it('a link swapped in after listing is caught when reading', async () => {
    const access = await nodeWorkspace(root);
    await writeFile(join(root, 'swap.ts'), 'mine');
    assert.ok((await access.listFiles()).files.includes('swap.ts'));
    await rm(join(root, 'swap.ts'));
    await symlink(join(top, 'shop-secrets/key.ts'), join(root, 'swap.ts'));
    assert.equal(await access.readText('swap.ts', 1000), undefined);
    await rm(join(root, 'swap.ts'));
  });

  it('the root may itself be a link', async () => {
    await symlink(root, join(top, 'link'));
    const access = await nodeWorkspace(join(top, 'link'));
    assert.equal(access.roots[0]?.path, await realpath(root));
    assert.notEqual(await access.readText('src/a.ts', 1000), undefined);
  });

  // Root may read everything, so there this cannot be had.
  const itForUsers = process.getuid?.() === 0 ? () => undefined : it;
  itForUsers('says which folder could not be read', async () => {
    await mkdir(join(root, 'closed'));
    await chmod(join(root, 'closed'), 0);
    const { notes } = await (await nodeWorkspace(root)).listFiles();
    await chmod(join(root, 'closed'), 0o755);
    assert.deepEqual(notes, ['1 folder could not be read, the first is closed.']);
  });

  it('stops when asked', async () => {
    await assert.rejects((await nodeWorkspace(root)).listFiles(AbortSignal.abort()), { name: 'AbortError' });
  });
});
