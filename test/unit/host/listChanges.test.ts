// What a live list says has changed: too little and rows are stale, too much and the tree flickers. Also who listens, and nodes.
import assert from 'node:assert/strict';
import { DisposableStore, Signal } from '../../../src/host/disposables.ts';
import { durationInput } from '../../../src/host/durationInput.ts';
import { attributeText, httpUrl } from '../../../src/host/spanTexts.ts';
import { TraceLists, type TraceFilterValues } from '../../../src/host/traceLists.ts';
import { GROUPS } from '../../../src/host/traceRows.ts';
import { connectionNode, moreNode, offerNode, textNode, TraceNodes } from '../../../src/host/treeNodes.ts';
import type { ListedTrace, ListPage, ListQuery, WireSpanDetails } from '../../../src/protocol/messages.ts';
import { listed } from './listedTraces.ts';

const { signal } = new AbortController();
const id = (n: number): string => String(n).padStart(32, '0');
const trace = (n: number, over: Parameters<typeof listed>[0] = {}, more: Parameters<typeof listed>[1] = {}): ListedTrace => listed({ traceId: id(n), ...over }, more);
const page = (traces: readonly ListedTrace[], more: Partial<ListPage> = {}): ListPage => ({ traces, total: traces.length, known: 10, notes: [], ...more });

/** Lists whose recent group answers this, then that. */
async function twice(first: ListPage, second: ListPage | Error): Promise<{ readonly lists: TraceLists; readonly change: Awaited<ReturnType<TraceLists['refresh']>> }> {
  let answers: ListPage | Error = first;
  const lists = new TraceLists('collector', async (query) => {
    if (query.group !== 'recent') return page([]);
    if (answers instanceof Error) throw answers;
    return answers;
  });
  await lists.refresh(signal);
  answers = second;
  return { lists, change: await lists.refresh(signal) };
}

describe('host/traceLists: what changed', () => {
  const base = [trace(1), trace(2)];
  const rows: readonly (readonly [string, ListPage | Error, readonly string[], readonly number[]])[] = [
    ['nothing', page([trace(1), trace(2)]), [], []],
    ['a row came', page([trace(3), ...base]), ['recent'], []],
    ['a row went', page([trace(1)]), ['recent'], []],
    ['rows moved', page([trace(2), trace(1)]), ['recent'], []],
    ['a row was replaced', page([trace(1), trace(3)]), ['recent'], []],
    ['the total', page(base, { total: 3 }), ['recent'], []],
    ['what is known', page(base, { known: 11 }), ['recent'], []],
    ['a note', page(base, { notes: ['partial'] }), ['recent'], []],
    ['a failure', new Error('no answer'), ['recent'], []],
    ['a name', page([trace(1), trace(2, { rootName: 'renamed' })]), [], [2]],
    ['a service', page([trace(1, { rootService: 'other' }), trace(2)]), [], [1]],
    ['a duration', page([trace(1, { durationNs: '9' }), trace(2)]), [], [1]],
    ['spans', page([trace(1, { spans: 15 }), trace(2)]), [], [1]],
    ['errors', page([trace(1, { errors: 1 }), trace(2)]), [], [1]],
    ['from provisional to exact', page([trace(1, { provisional: true }), trace(2)]), [], [1]],
    ['a pin', page([trace(1, {}, { pinned: true }), trace(2)]), [], [1]],
    ['a note of a pin', page([trace(1), trace(2, {}, { note: 'why' })]), [], [2]],
    ['what is usual', page([trace(1), trace(2, {}, { usualNs: 5 })]), [], [2]],
    ['two rows in place', page([trace(1, { errors: 1 }), trace(2, { errors: 1 })]), [], [1, 2]],
    ['a row in place and one that came', page([trace(1, { errors: 1 }), trace(2), trace(3)]), ['recent'], []],
  ];
  for (const [what, second, groups, changed] of rows) {
    it(`${what}: ${groups.length > 0 ? 'the group' : changed.length > 0 ? `rows ${changed.join(', ')}` : 'no news'}`, async () => {
      const { change } = await twice(page(base), second);
      assert.deepEqual(change, { groups, rows: changed.map((n) => ({ group: 'recent', row: id(n) })) });
    });
  }

  it('a failure that passes is a change back, and the rows were there all the time', async () => {
    const { lists, change } = await twice(page(base), new Error('no answer'));
    assert.deepEqual(change.groups, ['recent']);
    assert.deepEqual([lists.group('recent').problem, lists.group('recent').traces.length, lists.known], ['no answer', 2, 10]);
  });

  it('what is thrown need be no error', async () => {
    // oxlint-disable-next-line prefer-promise-reject-errors
    const lists = new TraceLists('c', () => Promise.reject('just text'));
    await lists.refresh(signal);
    assert.deepEqual(GROUPS.map((group) => lists.group(group).problem), ['just text', 'just text', 'just text', 'just text']);
  });

  it('forgetting begins anew: first pages, every group new', async () => {
    const limits: number[] = [];
    const lists = new TraceLists('c', async (query) => (limits.push(query.limit), page([trace(1)])));
    await lists.refresh(signal);
    lists.wantMore('recent');
    await lists.refresh(signal);
    lists.forget();
    assert.deepEqual([lists.loaded, lists.group('recent').traces, lists.known], [false, [], undefined]);
    assert.deepEqual((await lists.refresh(signal)).groups, GROUPS);
    assert.deepEqual(limits, [100, 20, 20, 50, 100, 20, 20, 200, 100, 20, 20, 50]);
  });

  const filters: readonly (readonly [TraceFilterValues, boolean])[] = [
    [{}, false], [{ service: 'a' }, true], [{ operation: 'a' }, true], [{ text: 'a' }, true], [{ text: '' }, false], [{ minDurationNs: 5 }, true], [{ minDurationNs: 0 }, true], [{ errorsOnly: true }, true], [{ errorsOnly: false }, false],
  ];
  for (const [filter, filtered] of filters) {
    it(`the filter ${JSON.stringify(filter)} ${filtered ? 'filters' : 'is none'}, and reaches the query as it is`, async () => {
      const asked: ListQuery[] = [];
      const lists = new TraceLists('c', async (query) => (asked.push(query), page([])));
      lists.setFilter(filter);
      lists.setSort('spans');
      assert.deepEqual([lists.filtered, lists.filter, lists.sort], [filtered, filter, 'spans']);
      await lists.refresh(signal);
      assert.deepEqual(asked.map(({ group, limit, ...query }) => [group, limit, query]), [['pinned', 100], ['errors', 20], ['slow', 20], ['recent', 50]].map(([group, limit]) => [group, limit, { connection: 'c', sort: 'spans', ...filter }]));
    });
  }

  it('under a filter the total is none of the whole', async () => {
    const lists = new TraceLists('c', async () => ({ traces: [], total: 5, notes: [] }));
    await lists.refresh(signal);
    assert.equal(lists.known, 5);
    lists.setFilter({ text: 'x' });
    await lists.refresh(signal);
    assert.equal(lists.known, undefined);
  });
});

describe('host/treeNodes', () => {
  it('a group is one node for ever, its traces are found by id and group', () => {
    const nodes = new TraceNodes('c');
    assert.equal(nodes.group('slow'), nodes.group('slow'));
    assert.notEqual(nodes.group('slow'), nodes.group('recent'));
    assert.deepEqual([nodes.all('recent'), nodes.find('recent', id(1))], [[], undefined]);
    nodes.take('recent', [trace(1), trace(2)]);
    nodes.take('slow', [trace(1)]);
    assert.notEqual(nodes.find('recent', id(1)), nodes.find('slow', id(1)), 'a tree wants a node of its own in each place');
    nodes.take('recent', []);
    assert.deepEqual([nodes.find('recent', id(1)), nodes.find('slow', id(1))?.trace.key.traceId], [undefined, id(1)]);
  });
  it('a trace that went and came back is a new node with the new content', () => {
    const nodes = new TraceNodes('c');
    nodes.take('recent', [trace(1)]);
    const before = nodes.find('recent', id(1));
    nodes.take('recent', []);
    nodes.take('recent', [trace(1, { errors: 3 })]);
    const after = nodes.find('recent', id(1))!;
    assert.notEqual(after, before);
    assert.equal(after.trace.summary.errors, 3);
  });
  it('other nodes say what they are', () => {
    assert.deepEqual([connectionNode('c'), moreNode('c', 'slow'), offerNode('c', 4319), textNode('problem', 'no', 'c', 'errors'), textNode('setting', 'n')], [
      { kind: 'connection', connection: 'c' }, { kind: 'more', connection: 'c', group: 'slow' }, { kind: 'offer', connection: 'c', port: 4319 }, { kind: 'text', role: 'problem', text: 'no', connection: 'c', group: 'errors' }, { kind: 'text', role: 'setting', text: 'n', connection: undefined, group: undefined },
    ]);
  });
});

describe('host/disposables: who listens', () => {
  it('one function twice is two listeners, each of which can leave', () => {
    const signalOf = new Signal<number>();
    const heard: number[] = [];
    const listener = (value: number): number => heard.push(value);
    const [first, second] = [signalOf.on(listener), signalOf.on(listener)];
    signalOf.fire(1);
    first.dispose();
    first.dispose();
    signalOf.fire(2);
    second.dispose();
    signalOf.fire(3);
    assert.deepEqual(heard, [1, 1, 2]);
  });
  it('a listener may leave, and another come, while it is told', () => {
    const signalOf = new Signal<void>();
    const heard: string[] = [];
    const leaving = signalOf.on(() => {
      heard.push('leaves');
      leaving.dispose();
    });
    signalOf.on(() => heard.push('stays'));
    signalOf.fire();
    signalOf.fire();
    assert.deepEqual(heard, ['leaves', 'stays', 'stays']);
  });
  it('a store in a store ends with it, and what is added while it ends does too', () => {
    const ended: string[] = [];
    const store = new DisposableStore();
    const inner = store.add(new DisposableStore());
    inner.defer(() => ended.push('inner'));
    store.defer(() => {
      ended.push('outer');
      store.defer(() => ended.push('late'));
    });
    store.dispose();
    assert.deepEqual(ended, ['outer', 'late', 'inner']);
  });
});

describe('host/durationInput: every unit', () => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['1ns', 1], ['1us', 1e3], ['1µs', 1e3], ['1μs', 1e3], ['1ms', 1e6], ['1s', 1e9], ['1sec', 1e9], ['1m', 60e9], ['1min', 60e9], ['1h', 3600e9], ['1', 1e6], ['  2,5   MS ', 2.5e6], ['0', 0], ['0.4ns', 0],
    ['1d', undefined], ['1 m s', undefined], ['.5s', undefined], ['5.', undefined], ['1e3', undefined], ['+5', undefined], ['99999999999h', undefined], ['constructor', undefined], ['1constructor', undefined], ['1toString', undefined],
  ];
  for (const [text, ns] of rows) it(`${JSON.stringify(text)} → ${ns}`, () => assert.equal(durationInput(text), ns));
});

describe('host/spanTexts', () => {
  const details = (attributes: readonly object[], raw = '{}'): WireSpanDetails => ({ attributes, raw }) as unknown as WireSpanDetails;
  const rows: readonly (readonly [string, WireSpanDetails, number, string])[] = [
    ['a whole one', details([{ key: 'a', text: 'x' }]), 0, 'x'],
    ['none there', details([]), 0, ''],
    ['below zero', details([{ key: 'a', text: 'x' }]), -1, ''],
    ['a cut one whose raw span has it', details([{ key: 'a', text: 'x', fullLength: 3 }], '{"attributes":[{"key":"b","value":{"stringValue":"no"}},{"key":"a","value":{"stringValue":"xyz"}}]}'), 0, 'xyz'],
    ['a cut one that is no text in the raw span', details([{ key: 'a', text: '[1', fullLength: 9 }], '{"attributes":[{"key":"a","value":{"arrayValue":{}}}]}'), 0, '[1'],
    ['a cut one that the raw span has not', details([{ key: 'a', text: 'x', fullLength: 9 }], '{"attributes":[]}'), 0, 'x'],
    ['a cut one of a raw span without attributes', details([{ key: 'a', text: 'x', fullLength: 9 }]), 0, 'x'],
  ];
  for (const [what, of, index, text] of rows) it(`copies ${what}`, () => assert.equal(attributeText(of, index), text));

  const urls: readonly (readonly [string | undefined, string | undefined])[] = [
    ['HTTP://A.test/x', 'http://a.test/x'], ['https://a.test/ü?q=ä', 'https://a.test/%C3%BC?q=%C3%A4'], ['https://a.test', 'https://a.test/'], ['http://[::1]:80/', 'http://[::1]/'],
    [undefined, undefined], ['', undefined], ['https://', undefined], ['https://user@a.test/', undefined], ['https://:pw@a.test/', undefined], ['https://a.test\\@b.test/', undefined], ['https://a.test/ b', undefined], ['https://a.test/\n', undefined],
    [' https://a.test/', undefined], ['javascript:alert(1)', undefined], ['file:///etc/passwd', undefined], ['command:x', undefined], ['vscode://x/y', undefined], ['//a.test', undefined], ['https:a.test', undefined], [`https://a.test/${'x'.repeat(8_192)}`, undefined], ['https://%zz/', undefined],
  ];
  for (const [text, url] of urls) it(`${String(text).slice(0, 40)} is ${url === undefined ? 'not opened' : `opened as ${url}`}`, () => assert.equal(httpUrl(text), url));
});
