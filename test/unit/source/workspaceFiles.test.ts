// The snapshot of a workspace: computed once, aborts end the waiting and not the work, failures are not kept; and what hints are made of.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { adviceFor } from '../../../src/source/advice.ts';
import { wholeNumber } from '../../../src/source/codeAttributes.ts';
import { FileIndex, joinPath } from '../../../src/source/fileIndex.ts';
import { locate } from '../../../src/source/ladder.ts';
import { sourceHintsOf } from '../../../src/source/sourceHints.ts';
import { atMost, lowered } from '../../../src/source/sourceResult.ts';
import type { WorkspaceAccess } from '../../../src/source/workspaceFiles.ts';
import { WorkspaceFiles } from '../../../src/source/workspaceFiles.ts';
import { hintsOf, memoryWorkspace } from './memoryWorkspace.ts';

const access = (parts: Partial<WorkspaceAccess>): WorkspaceAccess => ({ roots: [{ path: '/w', prefix: '' }], caseInsensitive: false, pathMap: [], trusted: true, listFiles: async () => ({ files: [], notes: [] }), readText: async () => undefined, ...parts });

describe('source: workspace snapshot', () => {
  it('lists once for callers at the same time, and one caller’s abort does not end the other’s wait', async () => {
    let listed = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const files = new WorkspaceFiles(access({ listFiles: async () => (listed++, await promise, { files: ['a.ts'], notes: ['a note'] }) }));
    const stop = new AbortController();
    const first = files.listing(stop.signal);
    const second = files.listing();
    stop.abort(new Error('closed'));
    await assert.rejects(first, /closed/);
    resolve();
    assert.deepEqual((await second).notes, ['a note']);
    assert.equal(listed, 1);
    await assert.rejects(files.listing(AbortSignal.abort(new Error('before'))), /before/);
  });

  it('a failed listing is tried again, and the failure is the caller’s', async () => {
    let tries = 0;
    const files = new WorkspaceFiles(access({ listFiles: async () => {
      if (tries++ === 0) throw new Error('disk');
      return { files: [], notes: [] };
    } }));
    await assert.rejects(locate(hintsOf({}), files), /disk/);
    assert.equal((await locate(hintsOf({}), files)).candidates.length, 0);
  });

  it('splits lines of every ending and keeps them while there is room', async () => {
    const one = memoryWorkspace({ 'a.ts': 'a\r\nb\rc\nd' });
    assert.deepEqual(await one.files.lines('a.ts'), ['a', 'b', 'c', 'd']);
    await one.files.lines('a.ts');
    assert.equal(one.reads.length, 1);
    assert.equal(await one.files.lines('missing.ts'), undefined);
    const many = memoryWorkspace(Object.fromEntries(Array.from({ length: 12 }, (_, k) => [`${k}.ts`, 'x'.repeat(1_900_000)])));
    for (let k = 0; k < 12; k++) await many.files.lines(`${k}.ts`);
    await many.files.lines('11.ts');
    assert.equal(many.reads.length, 12);
    await many.files.lines('0.ts');
    assert.equal(many.reads.length, 13);
  });

  it('an unreadable file is said, never certain', async () => {
    const files = new WorkspaceFiles(access({ listFiles: async () => ({ files: ['src/a.ts'], notes: [] }) }));
    const { best } = await locate(hintsOf({ code: { 'code.file.path': '/w/src/a.ts', 'code.line.number': '3' } }), files);
    assert.deepEqual([best?.line, best?.confidence], [3, 'medium']);
    assert.match(best?.reason ?? '', /could not be read/);
  });

  it('several folders: paths start with the folder’s name', async () => {
    const files = new WorkspaceFiles(access({ roots: [{ path: '/w/one', prefix: 'one' }, { path: '/w/two', prefix: 'two' }], listFiles: async () => ({ files: ['one/src/a.ts', 'two/src/a.ts', 'two/b.ts'], notes: [] }), readText: async () => 'x\n' }));
    const at = async (path: string): Promise<string> => {
      const { candidates } = await locate(hintsOf({ code: { 'code.file.path': path, 'code.line.number': '1' } }), files);
      return candidates.map((c) => `${c.file} ${c.confidence}`).sort().join(', ');
    };
    assert.equal(await at('/w/two/src/a.ts'), 'two/src/a.ts certain');
    assert.equal(await at('b.ts'), 'two/b.ts high');
    assert.equal(await at('src/a.ts'), 'one/src/a.ts low, two/src/a.ts low');
    assert.equal(await at('/w/three/src/a.ts'), 'one/src/a.ts low, two/src/a.ts low');
  });
});

describe('source: small parts', () => {
  it('joinPath never leaves the workspace', () => {
    assert.equal(joinPath('a/b', '../c/./d.ts'), 'a/c/d.ts');
    assert.equal(joinPath('', 'a.ts'), 'a.ts');
    assert.equal(joinPath('a', '../../b'), undefined);
    assert.equal(joinPath('a/b', '/c'), 'c');
  });

  it('longest tail: whole segments, case as written before case ignored', () => {
    const index = new FileIndex(['a/src/x.ts', 'b/xsrc/x.ts', 'c/Src/X.ts'], false);
    assert.deepEqual(index.longestTail(['app', 'src', 'x.ts']), { files: ['a/src/x.ts'], segments: 2, folded: false });
    assert.deepEqual(index.longestTail(['SRC', 'X.TS']), { files: ['a/src/x.ts', 'c/Src/X.ts'], segments: 2, folded: true });
    assert.equal(index.longestTail(['y.ts']), undefined);
    assert.equal(index.longestTail([]), undefined);
    assert.equal(index.find('__proto__'), undefined);
  });

  it('confidence arithmetic', () => {
    assert.deepEqual([lowered('certain'), lowered('high', 2), lowered('low'), atMost('certain', 'high'), atMost('low', 'high')], ['high', 'low', 'low', 'high', 'low']);
  });

  it('line numbers as text', () => {
    for (const [text, value] of [['7', 7], [' 7 ', 7], ['7.0', 7], ['0', undefined], ['-7', undefined], ['7.5', undefined], ['', undefined], ['9999999999', undefined], ['seven', undefined]] as const) assert.equal(wholeNumber(text), value);
    assert.equal(wholeNumber(undefined), undefined);
  });

  it('advice for every language, none of it a prototype’s member', () => {
    for (const language of ['nodejs', 'webjs', 'python', 'java', 'go', 'dotnet', 'php', 'ruby', 'rust', '', 'constructor', '__proto__']) assert.match(adviceFor(hintsOf({ language })), /^[A-Z].*\.$/);
    assert.match(adviceFor(hintsOf({ language: 'nodejs' })), /enable-source-maps/);
  });

  it('hints: code attributes as text, the latest exception first', () => {
    const event = (stack: string): SpanDetails['events'][number] => ({ timeUnixNano: 1n, name: 'exception', attributes: [{ key: 'exception.stacktrace', value: stack }], droppedAttributes: 0 });
    const span: SpanDetails = {
      traceId: '1', spanId: '2', parentSpanId: '', traceState: '', name: 'n', kind: 1, startUnixNano: 1n, endUnixNano: 2n, statusCode: 2, statusMessage: '', links: [], droppedAttributes: 0, droppedEvents: 0, droppedLinks: 0, scopeName: 's', scopeVersion: '', scopeAttributes: [],
      attributes: [{ key: 'code.line.number', value: 7n }, { key: 'code.lineno', value: 7.5 }, { key: 'http.route', value: '/x' }, { key: 'code.file.path', value: { entries: [] } }, { key: 'code.stacktrace', value: 'own' }, { key: 'ai.telemetry.functionId', value: 'f' }],
      events: [event('first'), event('last'), event('')],
      resource: [{ key: 'telemetry.sdk.language', value: 'go' }],
    };
    const hints = sourceHintsOf(span, 'svc');
    assert.deepEqual(hints.stacks, ['last', 'first', 'own']);
    assert.deepEqual(hints.attributes.map((a) => `${a.key}=${a.text}`), ['code.line.number=7', 'code.lineno=7.5', 'code.file.path=', 'code.stacktrace=own', 'ai.telemetry.functionId=f']);
    assert.deepEqual([hints.language, hints.service, hints.scopeName], ['go', 'svc', 's']);
  });
});
