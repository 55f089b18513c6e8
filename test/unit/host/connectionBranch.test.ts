// One connection in the tree: a remote one is asked for what is expanded, when it is, and the collector's is loaded whole. Nodes stay the
// same objects, a group that fails holds no other back, and what is asked anew gives up what was under way.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionBranch } from '../../../src/host/connectionBranch.ts';
import type { ListGroup } from '../../../src/host/traceRows.ts';
import type { TreeNode } from '../../../src/host/treeNodes.ts';
import type { ListPage, ListQuery } from '../../../src/protocol/messages.ts';
import { listed } from './listedTraces.ts';

interface World {
  readonly branch: ConnectionBranch;
  readonly queries: ListQuery[];
  readonly drawn: TreeNode[][];
  readonly log: string[];
  readonly groups: () => ListGroup[];
  answer: (query: ListQuery, signal: AbortSignal) => Promise<ListPage>;
  ready: boolean;
}
const nothing: ListPage = { traces: [], notes: [] };
const one = async ({ group }: ListQuery): Promise<ListPage> => (group === 'pinned' ? nothing : { traces: [listed()], notes: [] });

function world(live: boolean, closedGroups: readonly ListGroup[] = []): World {
  const made: World = {
    queries: [], drawn: [], log: [], answer: one, ready: true,
    groups: () => made.queries.map(({ group }) => group),
    branch: new ConnectionBranch({
      id: 'team', live, closedGroups, ready: () => made.ready, loaded: () => undefined, log: (message) => made.log.push(message),
      changed: (nodes) => made.drawn.push([...nodes]),
      list: (query, signal) => {
        made.queries.push(query);
        return made.answer(query, signal);
      },
    }),
  };
  made.branch.setVisible(true);
  return made;
}
const settled = (): Promise<void> => sleep(60);

describe('host/connectionBranch', () => {
  it('asks a remote connection for nothing before it is expanded', async () => {
    const w = world(false);
    w.branch.refreshSoon(0);
    await settled();
    assert.deepEqual([w.queries, w.branch.expanded], [[], false]);
  });

  it('asks for its groups when it is expanded, once, and says so while it waits', async () => {
    const w = world(false);
    w.branch.setExpanded(undefined, true);
    assert.deepEqual(w.branch.groupChildren('recent'), [{ kind: 'text', role: 'loading', text: '', connection: 'team', group: 'recent' }]);
    await settled();
    assert.deepEqual(w.groups(), ['pinned', 'errors', 'slow', 'recent']);
    assert.deepEqual(w.branch.visibleGroups(), ['errors', 'slow', 'recent']);
    assert.equal(w.branch.groupChildren('recent').length, 1);
    w.branch.setExpanded(undefined, false);
    w.branch.setExpanded(undefined, true);
    await settled();
    assert.equal(w.queries.length, 4, 'what is loaded is not loaded again by looking at it');
  });

  it('is told again that it is open while it is asked, and asks once', async () => {
    const w = world(false, ['slow']);
    w.answer = (query) => sleep(40).then(() => one(query));
    for (const group of [undefined, undefined, 'slow', 'slow'] as const) w.branch.setExpanded(group, true);
    await sleep(10);
    for (const group of [undefined, 'slow'] as const) w.branch.setExpanded(group, true);
    await sleep(120);
    assert.deepEqual(w.groups().toSorted(), ['errors', 'pinned', 'recent', 'slow']);
  });

  it('offers the search that costs below its groups, and keeps what it found until the next one', async () => {
    const w = world(false);
    w.branch.setExpanded(undefined, true);
    await settled();
    assert.deepEqual(w.branch.children(false).map(({ kind }) => kind), ['group', 'group', 'group']);
    const [deep] = w.branch.children(true).slice(3);
    assert.deepEqual([deep, w.branch.children(true).length], [{ kind: 'deep', connection: 'team' }, 4]);
    assert.equal(w.branch.children(true)[3], deep, 'the same node, so that it stays selected');
    w.drawn.length = 0;
    w.branch.showFound({ traces: [listed(), listed()], total: 2, notes: ['Searched all of it.'] });
    assert.deepEqual(w.drawn, [[w.branch.node]]);
    assert.deepEqual(w.branch.children(true).slice(3), [deep, { kind: 'group', connection: 'team', group: 'found' }]);
    assert.deepEqual(w.branch.groupChildren('found').map((node) => (node.kind === 'text' ? node.text : node.kind)), ['trace', 'Searched all of it.'], 'one row for two of one id, no "Load more"');
    w.queries.length = 0;
    w.branch.restart();
    w.branch.refreshSoon(0, true);
    await settled();
    assert.ok(w.queries.length > 0 && w.groups().every((group) => group !== ('found' as string)), 'never asked again by a refresh');
    assert.equal(w.branch.groupChildren('found').length, 2);
    w.branch.showFound({ traces: [], total: 0, notes: [] });
    assert.deepEqual(w.branch.groupChildren('found'), [{ kind: 'text', role: 'empty', text: '', connection: 'team', group: 'found' }]);
  });

  it('asks for a closed group when it is opened', async () => {
    const w = world(false, ['errors', 'slow']);
    w.branch.setExpanded(undefined, true);
    await settled();
    assert.deepEqual(w.groups(), ['pinned', 'recent']);
    assert.equal(w.branch.isClosed('slow'), true);
    w.branch.setExpanded('slow', true);
    await settled();
    assert.deepEqual(w.groups(), ['pinned', 'recent', 'slow']);
  });

  it('refreshes only what is open; what is closed is asked anew when it is opened again', async () => {
    const w = world(false);
    w.branch.setExpanded(undefined, true);
    await settled();
    w.branch.setExpanded('errors', false);
    w.queries.length = 0;
    w.branch.restart();
    await settled();
    assert.deepEqual(w.groups(), ['pinned', 'slow', 'recent']);
    w.branch.setExpanded('errors', true);
    await settled();
    assert.deepEqual(w.groups(), ['pinned', 'slow', 'recent', 'errors']);
  });

  it('marks what nobody asked for, and only that', async () => {
    const w = world(false);
    w.branch.setExpanded(undefined, true);
    await settled();
    w.queries.length = 0;
    w.branch.refreshSoon(0, true);
    await settled();
    assert.ok(w.queries.length === 4 && w.queries.every(({ background }) => background === true));
    w.queries.length = 0;
    w.branch.refreshSoon(0, true);
    w.branch.refreshSoon(0);
    await settled();
    assert.ok(w.queries.length === 4 && w.queries.every(({ background }) => background === undefined), 'asked by both is asked by the user');
  });

  it('waits while the view is hidden, and while the store is not open', async () => {
    const w = world(true);
    w.branch.setVisible(false);
    w.branch.refreshSoon(0);
    await settled();
    assert.deepEqual(w.queries, []);
    w.ready = false;
    w.branch.setVisible(true);
    await settled();
    assert.deepEqual(w.queries, []);
    w.ready = true;
    w.branch.refreshSoon(0);
    await settled();
    assert.deepEqual(w.groups(), ['pinned', 'errors', 'slow', 'recent']);
  });

  it('shows a group as soon as it is there, whatever another one does', async () => {
    const w = world(false);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    w.answer = async (query) => {
      if (query.group === 'slow') await held;
      if (query.group === 'errors') throw new Error('The token was refused.');
      return one(query);
    };
    w.branch.setExpanded(undefined, true);
    await settled();
    assert.deepEqual([w.branch.groupChildren('recent')[0]?.kind, w.branch.groupChildren('slow')[0], w.branch.groupChildren('errors')], [
      'trace', { kind: 'text', role: 'loading', text: '', connection: 'team', group: 'slow' }, [{ kind: 'text', role: 'problem', text: 'The token was refused.', connection: 'team', group: 'errors' }],
    ]);
    release();
    await settled();
    assert.equal(w.branch.groupChildren('slow')[0]?.kind, 'trace');
  });

  it('says once why nothing of it could be loaded, and has its groups again when something can', async () => {
    const w = world(false, ['slow']);
    w.answer = () => Promise.reject(new Error('The token was refused.'));
    w.branch.setExpanded(undefined, true);
    await settled();
    assert.deepEqual(w.branch.children(false), [{ kind: 'text', role: 'problem', text: 'The token was refused.', connection: 'team', group: undefined }]);
    assert.deepEqual(w.drawn.at(-1), [w.branch.node]);
    w.answer = async (query) => (query.group === 'errors' ? Promise.reject(new Error('The token was refused.')) : one(query));
    w.branch.refreshSoon(0);
    await settled();
    assert.deepEqual(w.branch.children(false).map(({ kind }) => kind), ['group', 'group', 'group']);
    assert.ok(w.drawn.some(([node]) => node === w.branch.node));
  });

  it('keeps the rows it had above a later problem, and says both', async () => {
    const w = world(false);
    w.branch.setExpanded(undefined, true);
    await settled();
    const [row] = w.branch.groupChildren('recent');
    w.answer = () => Promise.reject(new Error('gone'));
    w.branch.restart();
    await settled();
    const children = w.branch.groupChildren('recent');
    assert.deepEqual([children[0]?.kind === 'text' && children[0].text, children[1] === row], ['gone', true]);
  });

  it('gives up what was asked before, and asks again', async () => {
    const w = world(false);
    const aborted: ListGroup[] = [];
    w.answer = (query, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push(query.group);
          reject(signal.reason as Error);
        });
      });
    w.branch.setExpanded(undefined, true);
    await settled();
    w.answer = one;
    w.branch.restart();
    await sleep(120);
    assert.deepEqual([aborted.length, w.branch.groupChildren('recent')[0]?.kind, w.log], [4, 'trace', []]);
  });

  it('shows that there is more behind pages without a match, and goes on there', async () => {
    const w = world(false);
    let page = 0;
    w.answer = async ({ group, cursor }) => (group === 'errors' ? (cursor === '2' ? { traces: [listed()], notes: [] } : { traces: [], next: String(++page), notes: ['Errors among the latest 400 traces.'] }) : nothing);
    w.branch.setExpanded(undefined, true);
    await settled();
    assert.deepEqual(w.branch.groupChildren('errors').map((node) => (node.kind === 'text' ? node.role : node.kind)), ['empty', 'more', 'note']);
    page = 0;
    w.branch.lists.wantMore('errors');
    w.branch.lists.wantMore('errors');
    w.branch.refreshSoon(0);
    await settled();
    assert.deepEqual(w.branch.groupChildren('errors').map(({ kind }) => kind), ['trace']);
  });

  it('tells traces of one id in two scopes apart', async () => {
    const w = world(false);
    const twin = (scope: string): ReturnType<typeof listed> => ({ ...listed(), key: { connection: 'team', traceId: 'a', scope } });
    w.answer = async ({ group }) => (group === 'recent' ? { traces: [twin('chat'), twin('batch'), twin('chat')], notes: [] } : nothing);
    w.branch.setExpanded(undefined, true);
    await settled();
    assert.deepEqual(w.branch.groupChildren('recent').map((node) => node.kind === 'trace' && node.trace.key.scope), ['chat', 'batch']);
  });

  it('draws its own row when the groups come, and rows in place afterwards', async () => {
    const w = world(true);
    w.branch.refreshSoon(0);
    await settled();
    assert.deepEqual(w.drawn, [[w.branch.node]]);
    w.answer = async ({ group }) => (group === 'pinned' ? nothing : { traces: [listed({ errors: 2 })], notes: [] });
    w.branch.refreshSoon(0);
    await settled();
    assert.deepEqual(w.drawn[1]!.map((node) => node.kind), ['trace', 'trace', 'trace']);
    w.branch.dispose();
  });
});
