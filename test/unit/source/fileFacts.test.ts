// Facts of single files through changes: forgotten with their file, not taken from a snapshot that is older than the change; and the
// index put together from kept facts is the one that is made anew, whatever was edited, added, renamed or deleted.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { codeIndexOf } from '../../../src/source/codeIndex.ts';
import type { FileChanges } from '../../../src/source/fileFacts.ts';
import { FileFacts } from '../../../src/source/fileFacts.ts';
import { locate } from '../../../src/source/ladder.ts';
import type { WorkspaceAccess } from '../../../src/source/workspaceFiles.ts';
import { WorkspaceFiles } from '../../../src/source/workspaceFiles.ts';
import { seededRandom } from '../../support/traceGenerator.ts';
import { hintsOf } from './memoryWorkspace.ts';

const edit = (...paths: string[]): FileChanges => ({ paths: new Set(paths), list: false });
const moved = (...paths: string[]): FileChanges => ({ paths: new Set(paths), list: true });

describe('source: facts of files', () => {
  const rows: readonly (readonly [what: string, changes: FileChanges, caseInsensitive: boolean, left: readonly string[]])[] = [
    ['an edit', edit('src/a.ts'), false, ['src/b.ts', 'src.ts', 'c.yaml']],
    ['an edit elsewhere', edit('src/new.ts'), false, ['src/a.ts', 'src/b.ts', 'src.ts', 'c.yaml']],
    ['another spelling, where it is another file', edit('SRC/A.ts'), false, ['src/a.ts', 'src/b.ts', 'src.ts', 'c.yaml']],
    ['another spelling of one file', edit('SRC/A.ts'), true, ['src/b.ts', 'src.ts', 'c.yaml']],
    ['a new file: what the list had a part in', moved('src/new.ts'), false, ['src/a.ts', 'src/b.ts', 'src.ts']],
    ['a folder that went or came', moved('src'), false, ['src.ts']],
  ];
  for (const [what, changes, caseInsensitive, left] of rows) {
    it(`forgets by ${what}, also what an older snapshot finds later`, () => {
      for (const late of [false, true]) {
        const facts = new FileFacts(caseInsensitive);
        const madeAt = facts.now;
        const put = (): void => {
          for (const file of ['src/a.ts', 'src/b.ts', 'src.ts', 'c.yaml']) facts.set('code', file, file, file.endsWith('.yaml'), madeAt);
        };
        if (!late) put();
        facts.forget(changes);
        if (late) put();
        assert.deepEqual(['src/a.ts', 'src/b.ts', 'src.ts', 'c.yaml'].filter((file) => facts.get('code', file) === file), left, late ? 'set later' : 'set before');
      }
    });
  }

  it('a newer snapshot’s facts are taken', () => {
    const facts = new FileFacts(false);
    facts.forget(moved('a.yaml'));
    facts.set('code', 'a.yaml', 1, true, facts.now);
    assert.equal(facts.get('code', 'a.yaml'), 1);
    assert.equal(facts.get('other', 'a.yaml'), undefined);
  });

  it('after more changes than are remembered an older snapshot adds nothing', () => {
    const facts = new FileFacts(false);
    const madeAt = facts.now;
    for (let k = 0; k < 3; k++) facts.forget(edit(...Array.from({ length: 4_000 }, (_, n) => `${k}/${n}`)));
    facts.set('code', 'quite/other.ts', 1, false, madeAt);
    assert.equal(facts.get('code', 'quite/other.ts'), undefined);
    facts.set('code', 'quite/other.ts', 2, false, facts.now);
    assert.equal(facts.get('code', 'quite/other.ts'), 2);
  });

  it('prunes files that are not listed any more', () => {
    const facts = new FileFacts(false);
    for (const file of ['a', 'b', 'c']) facts.set('code', file, 1, false, 0);
    facts.prune('code', ['b', 'd']);
    assert.deepEqual(['a', 'b', 'c'].map((file) => facts.get('code', file)), [undefined, 1, undefined]);
    facts.prune('none', []);
  });
});

class ChangingWorkspace {
  readonly texts: Map<string, string>;
  readonly reads: string[] = [];

  constructor(texts: Readonly<Record<string, string>>) {
    this.texts = new Map(Object.entries(texts));
  }

  access(): WorkspaceAccess {
    return {
      roots: [{ path: '/w', prefix: '' }], caseInsensitive: false, pathMap: [], trusted: true,
      listFiles: async () => ({ files: [...this.texts.keys()].toSorted(), notes: [] }),
      readText: async (file, maxBytes) => {
        this.reads.push(file);
        const text = this.texts.get(file);
        return text === undefined || text.length > maxBytes ? undefined : text;
      },
    };
  }
}

describe('source: the code index after changes', () => {
  const shop = (): ChangingWorkspace => new ChangingWorkspace({
    'api/package.json': '{"name":"api"}', 'api/src/a.ts': "startSpan('one')", 'api/src/b.ts': "export function traced(name: string) { return startSpan(name); }\nconst CART = 'cart';",
    'web/package.json': '{"name":"web"}', 'web/src/c.ts': "traced('two');\nclass Cart {}", 'docker-compose.yml': 'services:\n  shop:\n    build: ./web\n',
  });
  const found = async (name: string, files: WorkspaceFiles): Promise<string> => {
    const { best } = await locate(hintsOf({ name }), files);
    return best === undefined ? 'nothing' : `${best.file}:${best.line}`;
  };

  it('reads only the edited file again', async () => {
    const work = shop();
    const files = new WorkspaceFiles(work.access());
    assert.deepEqual([await found('one', files), await found('two', files)], ['api/src/a.ts:1', 'web/src/c.ts:1']);
    work.texts.set('api/src/a.ts', "\nstartSpan('uno')");
    work.reads.length = 0;
    const next = files.next(files.access, edit('api/src/a.ts'));
    assert.deepEqual([await found('uno', next), await found('one', next), await found('two', next)], ['api/src/a.ts:2', 'nothing', 'web/src/c.ts:1']);
    assert.deepEqual(work.reads, ['api/src/a.ts', 'api/src/a.ts'], 'once for its calls, once for the names of others');
  });

  it('a name to look for costs one more reading of the sources, and only one', async () => {
    const work = shop();
    const files = new WorkspaceFiles(work.access());
    await codeIndexOf(files);
    work.texts.set('api/src/a.ts', 'startSpan(CART)');
    const next = files.next(files.access, edit('api/src/a.ts'));
    assert.equal(await found('cart', next), 'api/src/a.ts:1');
    work.reads.length = 0;
    work.texts.set('web/src/c.ts', "\n\ntraced('two')");
    const last = next.next(files.access, edit('web/src/c.ts'));
    assert.deepEqual([await found('cart', last), await found('two', last)], ['api/src/a.ts:1', 'web/src/c.ts:3']);
    assert.deepEqual(work.reads, ['web/src/c.ts', 'web/src/c.ts']);
  });

  it('a file that changes while it is read is read again', async () => {
    const work = shop();
    const access = work.access();
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow: WorkspaceAccess = { ...access, readText: async (file, maxBytes) => {
      const text = await access.readText(file, maxBytes);
      await promise;
      return text;
    } };
    const before = new WorkspaceFiles(slow);
    const building = codeIndexOf(before);
    await new Promise((done) => setTimeout(done, 5));
    work.texts.set('api/src/a.ts', "startSpan('uno')");
    const after = before.next(access, edit('api/src/a.ts'));
    resolve();
    await building;
    assert.equal(await found('uno', after), 'api/src/a.ts:1');
  });

  it('is what it would be if it were made anew (seed 20261129)', async () => {
    const random = seededRandom(20_261_129);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
    const names = ['api/src/a.ts', 'api/src/b.ts', 'api/src/deep/d.py', 'web/src/c.ts', 'web/main.go', 'api/package.json', 'web/go.mod', 'web/.env', 'deploy/web.yaml', 'docker-compose.yml', 'web/src/c.ts.map', 'src/Cart.java'];
    const lines = ["startSpan('one')", "startSpan('two')", 'startSpan(CART)', "const CART = 'cart';", "traced('three')", 'function traced(name) { return startSpan(name); }', 'class Cart {}', 'def pay():', "initTracing('web')", 'startSpan(`a ${b} c`)', '"name": "shop"', 'OTEL_SERVICE_NAME=web', 'module example.com/web', 'services:\n  shop:\n    build: ./web', 'other text'];
    const content = (): string => Array.from({ length: Math.floor(random() * 6) }, () => pick(lines)).join('\n');
    const work = new ChangingWorkspace({});
    for (const name of names) if (random() < 0.6) work.texts.set(name, content());
    let files = new WorkspaceFiles(work.access());
    let sites = 0;
    for (let round = 0; round < 250; round++) {
      const index = await codeIndexOf(files);
      assert.deepEqual(index, await codeIndexOf(new WorkspaceFiles(work.access())), `round ${round}`);
      assert.equal(await found('one', files), await found('one', new WorkspaceFiles(work.access())), `round ${round}`);
      sites += index.literals.size + index.patterns.length;
      const changed = new Set<string>();
      let list = false;
      for (let k = Math.floor(random() * 3); k >= 0; k--) {
        const name = pick(names);
        changed.add(name);
        const existed = work.texts.has(name);
        if (existed && random() < 0.3) work.texts.delete(name);
        else work.texts.set(name, content());
        if (work.texts.has(name) !== existed) list = true;
      }
      files = files.next(list ? work.access() : files.access, { paths: changed, list });
    }
    assert.ok(sites > 500, `${sites}`);
  });
});
