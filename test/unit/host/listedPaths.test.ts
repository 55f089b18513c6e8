import assert from 'node:assert/strict';
import { listedPaths, type Address, type ListedRoot } from '../../../src/host/listedPaths.ts';

const file = (path: string): Address => ({ scheme: 'file', authority: '', path });
const shop: readonly ListedRoot[] = [{ uri: file('/work/shop'), prefix: '' }];
const several: readonly ListedRoot[] = [{ uri: file('/work/shop'), prefix: 'shop' }, { uri: file('/work/shop/web'), prefix: 'web' }, { uri: { scheme: 'vscode-vfs', authority: 'github', path: '/' }, prefix: 'remote' }];

describe('listedPaths', () => {
  const rows: readonly (readonly [what: string, uri: Address, roots: readonly ListedRoot[], caseInsensitive: boolean, expected: readonly string[] | undefined])[] = [
    ['a file of the only folder', file('/work/shop/src/a.ts'), shop, false, ['src/a.ts']],
    ['a folder that only begins like it', file('/work/shopping/a.ts'), shop, false, []],
    ['another place', file('/etc/passwd'), shop, false, []],
    ['another file system', { scheme: 'untitled', authority: '', path: '/work/shop/a.ts' }, shop, false, []],
    ['the folder itself', file('/work/shop'), shop, false, undefined],
    ['another spelling where case counts', file('/Work/Shop/src/a.ts'), shop, false, []],
    ['another spelling where it does not', file('/Work/Shop/src/A.ts'), shop, true, ['src/A.ts']],
    ['the folder itself in another spelling', file('/Work/Shop'), shop, true, undefined],
    ['a file of two folders', file('/work/shop/web/a.ts'), several, false, ['shop/web/a.ts', 'web/a.ts']],
    ['a folder in another', file('/work/shop/web'), several, false, undefined],
    ['a virtual file', { scheme: 'vscode-vfs', authority: 'github', path: '/src/a.ts' }, several, false, ['remote/src/a.ts']],
    ['no folder at all', file('/work/shop/a.ts'), [], false, []],
  ];
  for (const [what, uri, roots, caseInsensitive, expected] of rows) {
    it(what, () => assert.deepEqual(listedPaths(uri, roots, caseInsensitive), expected));
  }
});
