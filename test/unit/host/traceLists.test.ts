// Loaded lists: pages as far as wanted, what changed between two loads, filter and sort, a group that fails alone.
import assert from 'node:assert/strict';
import { TraceLists } from '../../../src/host/traceLists.ts';
import { TraceNodes } from '../../../src/host/treeNodes.ts';
import type { ListedTrace, ListPage, ListQuery } from '../../../src/protocol/messages.ts';
import { listed } from './listedTraces.ts';

const signal = new AbortController().signal;
const trace = (n: number, over: Parameters<typeof listed>[0] = {}): ListedTrace => listed({ traceId: String(n).padStart(32, '0'), ...over });

/** Pages by number, as a backend would. */
function backend(traces: () => readonly ListedTrace[], pageMax = 1000): { list: (query: ListQuery) => Promise<ListPage>; queries: ListQuery[] } {
  const queries: ListQuery[] = [];
  return {
    queries,
    list: async (query) => {
      queries.push(query);
      if (query.group !== 'recent') return { traces: [], total: 0, notes: [] };
      const from = Number(query.cursor ?? 0);
      const to = from + Math.min(query.limit, pageMax);
      const all = traces();
      return { traces: all.slice(from, to), total: all.length, known: all.length, notes: [], ...(to < all.length ? { next: String(to) } : {}) };
    },
  };
}

describe('host/traceLists', () => {
  it('loads a first page and says that there is more', async () => {
    const { list } = backend(() => Array.from({ length: 1204 }, (_, n) => trace(n)));
    const lists = new TraceLists('collector', list);
    assert.deepEqual((await lists.refresh(signal)).groups, ['pinned', 'errors', 'slow', 'recent']);
    assert.equal(lists.group('recent').traces.length, 50);
    assert.equal(lists.group('recent').more, true);
    assert.equal(lists.known, 1204);
  });

  it('loads more through as many pages as it takes, and keeps them when it refreshes', async () => {
    const { list } = backend(() => Array.from({ length: 1204 }, (_, n) => trace(n)), 60);
    const lists = new TraceLists('collector', list);
    await lists.refresh(signal);
    lists.wantMore('recent');
    const change = await lists.refresh(signal);
    assert.equal(lists.group('recent').traces.length, 250);
    assert.deepEqual(change.groups, ['recent']);
    await lists.refresh(signal);
    assert.equal(lists.group('recent').traces.length, 250);
    lists.setSort('slowest');
    await lists.refresh(signal);
    assert.equal(lists.group('recent').traces.length, 50);
  });

  it('names only rows that changed in place', async () => {
    let traces = [trace(1), trace(2), trace(3)];
    const lists = new TraceLists('collector', backend(() => traces).list);
    await lists.refresh(signal);
    assert.deepEqual(await lists.refresh(signal), { groups: [], rows: [] });
    traces = [trace(1), trace(2, { spans: 99 }), trace(3)];
    assert.deepEqual(await lists.refresh(signal), { groups: [], rows: [{ group: 'recent', row: trace(2).key.traceId }] });
    traces = [trace(4), ...traces];
    assert.deepEqual((await lists.refresh(signal)).groups, ['recent']);
    traces = traces.toReversed();
    assert.deepEqual((await lists.refresh(signal)).groups, ['recent']);
  });

  it('sees pins, notes and renamed roots as changes', async () => {
    let one = trace(1);
    const lists = new TraceLists('collector', backend(() => [one]).list);
    await lists.refresh(signal);
    for (const next of [{ ...one, pinned: true }, { ...one, pinned: true, note: 'x' }, trace(1, { rootName: 'GET /' }), trace(1, { provisional: true }), trace(1, { errors: 1 })]) {
      one = next;
      assert.equal((await lists.refresh(signal)).rows.length, 1);
    }
  });

  it('passes the filter and the sort on, and knows when it filters', async () => {
    const { list, queries } = backend(() => []);
    const lists = new TraceLists('team', list);
    assert.equal(lists.filtered, false);
    lists.setFilter({ service: 'auth', errorsOnly: true, minDurationNs: 5 });
    lists.setSort('spans');
    await lists.refresh(signal);
    assert.equal(lists.filtered, true);
    assert.deepEqual(queries.find(({ group }) => group === 'recent'), { connection: 'team', group: 'recent', sort: 'spans', service: 'auth', errorsOnly: true, minDurationNs: 5, limit: 50 });
    lists.setFilter({ errorsOnly: false });
    assert.equal(lists.filtered, false);
  });

  it('keeps the rows of a group that fails, says why, and loads the others', async () => {
    let broken = false;
    const { list } = backend(() => [trace(1)]);
    const lists = new TraceLists('collector', async (query) => {
      if (broken && query.group === 'recent') throw new Error('The disk is full.');
      return list(query);
    });
    await lists.refresh(signal);
    broken = true;
    assert.deepEqual((await lists.refresh(signal)).groups, ['recent']);
    assert.equal(lists.group('recent').problem, 'The disk is full.');
    assert.equal(lists.group('recent').traces.length, 1);
    broken = false;
    await lists.refresh(signal);
    assert.equal(lists.group('recent').problem, undefined);
  });

  it('shows a trace that moved between two pages once', async () => {
    const lists = new TraceLists('collector', async (query) =>
      query.group !== 'recent' ? { traces: [], notes: [] } : query.cursor === undefined ? { traces: [trace(1), trace(2)], next: 'b', notes: [] } : { traces: [trace(2), trace(3)], notes: [] },
    );
    await lists.refresh(signal);
    assert.deepEqual(lists.group('recent').traces.map(({ key }) => Number(key.traceId)), [1, 2, 3]);
  });

  it('ends when a backend answers an empty page with a next one', async () => {
    let asked = 0;
    const lists = new TraceLists('collector', async () => {
      asked++;
      return { traces: [], next: 'again', notes: [] };
    });
    await lists.refresh(signal);
    assert.equal(asked, 4);
  });

  it('rejects when it was aborted, and keeps what it had', async () => {
    const controller = new AbortController();
    const lists = new TraceLists('collector', async () => {
      controller.abort();
      throw new Error('cancelled');
    });
    await assert.rejects(lists.refresh(controller.signal));
    assert.equal(lists.loaded, false);
  });
});

describe('host/treeNodes', () => {
  it('keeps the node of a trace while it is listed, whatever moves around it', () => {
    const nodes = new TraceNodes('c');
    nodes.take('recent', [trace(1), trace(2)]);
    const [one, two] = nodes.all('recent');
    nodes.take('recent', [trace(3), trace(2, { spans: 5 }), trace(1)]);
    assert.equal(nodes.find('recent', trace(1).key.traceId), one);
    assert.equal(nodes.find('recent', trace(2).key.traceId), two);
    assert.equal(two!.trace.summary.spans, 5);
    nodes.take('recent', []);
    assert.equal(nodes.find('recent', trace(1).key.traceId), undefined);
    assert.equal(nodes.group('recent'), nodes.group('recent'));
  });
});
