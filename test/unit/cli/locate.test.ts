// `locate` over every span of every trace: one line each, looked up once where spans say the same, doubts said and nothing hidden.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { locateAll, type LocatedSpan } from '../../../src/cli/locate.ts';
import { nodeWorkspace } from '../../../src/cli/nodeWorkspace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { WorkspaceAccess } from '../../../src/source/workspaceFiles.ts';
import { WorkspaceFiles } from '../../../src/source/workspaceFiles.ts';
import { batchOf, TRACE_ID, type SpanSpec } from '../../support/batches.ts';
import { runCli } from './runCli.ts';

const BODY = Array.from({ length: 50 }, (_, i) => `line ${i + 1}`).join('\n');

describe('locateAll', () => {
  let root: string;
  let reads: string[];
  let workspace: WorkspaceFiles;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'tracefall-locate-'));
    for (const file of ['api/src/orders.py', 'billing/src/util.py', 'shipping/src/util.py', 'README.md']) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), BODY);
    }
  });
  after(() => rm(root, { recursive: true, force: true }));
  beforeEach(async () => {
    const access = await nodeWorkspace(root);
    reads = [];
    const counting: WorkspaceAccess = { ...access, readText: (file, ...rest) => (reads.push(file), access.readText(file, ...rest)) };
    workspace = new WorkspaceFiles(counting);
  });

  const locateSpans = (specs: readonly SpanSpec[]): Promise<LocatedSpan[]> => locateAll([buildTrace(TRACE_ID, [{ batch: batchOf(specs) }])], workspace);
  const code = (path: string, line: number): NonNullable<SpanSpec['attributes']> => ({ 'code.file.path': path, 'code.line.number': BigInt(line) });

  it('answers every span, in the order of the rows', async () => {
    const spans = await locateSpans([
      { id: '1', name: 'root', service: 'api', end: 100, attributes: code('/srv/api/src/orders.py', 7) },
      { id: '2', parent: '1', name: 'none', service: 'api', start: 10, end: 20 },
      { id: '3', parent: '1', name: 'again', service: 'api', start: 30, end: 40, attributes: code('/srv/api/src/orders.py', 9) },
    ]);
    assert.deepEqual(spans.map(({ spanId, service, name, file, line }) => [spanId.slice(-1), service, name, file, line]), [
      ['1', 'api', 'root', 'api/src/orders.py', 7],
      ['2', 'api', 'none', undefined, undefined],
      ['3', 'api', 'again', 'api/src/orders.py', 9],
    ]);
    assert.ok(!('file' in spans[1]!) && !('line' in spans[1]!) && !('confidence' in spans[1]!), 'absent, not empty');
    for (const { reason } of spans) assert.match(reason, /^[A-Z].*\.$/);
  });

  it('says when several places fit equally well', async () => {
    const [span] = await locateSpans([{ id: '1', name: 'x', service: 'other', attributes: code('/app/src/util.py', 3) }]);
    assert.match(span!.file ?? '', /^(billing|shipping)\/src\/util\.py$/);
    assert.match(span!.reason, / 2 places fit equally well; this is the first\.$/);
    assert.ok(span!.confidence === 'low' || span!.confidence === 'medium');
  });

  const ESCAPES = ['../../etc/passwd', '/etc/passwd', 'file:///etc/passwd', 'command:workbench.action.quit', '\\\\host\\share\\x.py', 'C:\\Windows\\win.ini', '/proc/self/environ', 'api/src/../../../secret.py', 'a\u0000b.py', 'x'.repeat(100_000)];
  for (const path of ESCAPES) {
    it(`never leaves the folder for ${JSON.stringify(path.slice(0, 40))}`, async () => {
      const [span] = await locateSpans([{ id: '1', name: 'x', service: 'api', attributes: code(path, 1) }]);
      assert.equal(span!.file, undefined);
      for (const file of reads) assert.ok(/^(api|billing|shipping)\/|^README\.md$/.test(file), file);
    });
  }

  it('a thousand spans that say the same are looked up once', async () => {
    const same = (n: number): SpanSpec => ({ id: (n + 1).toString(16), name: 'step', service: 'api', start: n, attributes: code('/srv/api/src/orders.py', 7) });
    await locateSpans([same(0)]);
    const once = reads.length;
    reads.length = 0;
    workspace = new WorkspaceFiles({ ...workspace.access });
    assert.equal((await locateSpans(Array.from({ length: 1000 }, (_, n) => same(n)))).length, 1000);
    assert.ok(reads.length <= once, `${reads.length} reads, ${once} for one`);
  });
});

describe('locate from a terminal', function () {
  this.timeout(30_000);
  it('draws a table, with every character of hostile text visible', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tracefall-locate-'));
    try {
      const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: '\u001b[31mred\n\u202e', startTimeUnixNano: '1', endTimeUnixNano: '2' };
      const stdin = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
      const { code, stdout } = await runCli(['locate', '-', '--workspace', folder], { stdin });
      assert.equal(code, 0);
      const [head, row, end] = stdout.split('\n');
      assert.match(head!, /^SPAN +SERVICE +CODE +CONFIDENCE +HOW$/);
      assert.match(row!, /^\\x1b\[31mred\\n\\u202e +— +— +Nothing in the workspace/);
      assert.equal(end, '');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('a trace id that is not stored, a file that is not there', async () => {
    const missing = await runCli(['locate', 'nowhere.json', '--workspace', '.']);
    assert.deepEqual([missing.code, missing.stderr], [2, 'tracefall: nowhere.json: there is no such file.\n']);
    const absent = await runCli(['locate', 'f'.repeat(32), '--workspace', '.', '--db', '/nowhere/at/all.db']);
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /There is no database/);
  });
});
