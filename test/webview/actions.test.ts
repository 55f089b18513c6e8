// What keys, commands and buttons do to what is shown: rows, selection, filters, steps, Esc. No browser; frames are drawn by hand.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { SpanFlag } from '../../src/model/spanBatch.ts';
import type { TraceColumns } from '../../src/model/trace.ts';
import { RpcError } from '../../src/protocol/rpc.ts';
import { Actions, collapsedRows } from '../../webview/actions.ts';
import type { Host } from '../../webview/hostApi.ts';
import { runCommand } from '../../webview/keyboard.ts';
import { NO_SEARCH, Store, changed, type State, type View } from '../../webview/store.ts';
import { NONE_COLLAPSED, NO_ROWS } from '../../webview/visibleRows.ts';

//  0 ─ 1 ─ 2 (error)
//    └ 3
//  4 ─ 5 (error)
const PARENTS = [-1, 0, 1, 0, -1, 4];
const ENDS = [4, 3, 3, 4, 6, 6];
const ERRORS = [2, 5];

const columns = {
  count: 6, parent: Int32Array.from(PARENTS), subtreeEnd: Int32Array.from(ENDS), depth: Int32Array.from([1, 2, 3, 2, 1, 2]), start: Float64Array.from([0, 100, 200, 600, 800, 850]), duration: Float64Array.from([800, 400, 100, 100, 200, 50]),
  service: new Uint32Array(6), name: new Uint32Array(6), flags: Uint16Array.from({ length: 6 }, (_, row) => (ERRORS.includes(row) ? SpanFlag.error : 0)), kind: new Uint8Array(6), strings: [''],
} as TraceColumns;

interface Page {
  readonly store: Store;
  readonly actions: Actions;
  readonly asked: string[];
  readonly shown: () => number[];
  answer: (method: string) => unknown;
}

function page(change: Partial<State> = {}): Page {
  const asked: string[] = [];
  const made: { answer: (method: string) => unknown } = { answer: () => undefined };
  const host = { call: async (method: string, params: unknown) => (asked.push(`${method} ${JSON.stringify(params)}`), made.answer(method)), emit: () => undefined } as unknown as Host;
  const store = new Store({
    phase: { kind: 'ready' }, head: { openId: 7, rows: 6, rootRow: 0, summary: { durationNs: '1000' } }, data: { columns, self: new Float64Array(6), loaded: 6, criticalPath: undefined, events: undefined }, rows: NO_ROWS, collapsed: NONE_COLLAPSED,
    focusRoot: -1, selected: -1, revealed: 0, view: { start: 0, end: 1000 }, showCriticalPath: true, matchesOnly: false, errorsOnly: false, search: NO_SEARCH, details: undefined, panelOpen: true, pinned: false, message: undefined, helpOpen: false, ...change,
  } as unknown as State);
  const actions = new Actions(store, host);
  actions.showRows();
  return Object.assign(made, { store, actions, asked, shown: () => Array.from({ length: store.state.rows.count }, (_, at) => store.state.rows.rowAt(at)) });
}
const marks = (...rows: readonly number[]): State['search'] => ({ query: 'q', busy: false, rows: Uint32Array.from(rows), marks: Uint8Array.from({ length: 6 }, (_, row) => Number(rows.includes(row))), problem: undefined });

describe('actions of the page', () => {
  const frames: (() => void)[] = [];
  const kept = [globalThis.requestAnimationFrame, globalThis.cancelAnimationFrame] as const;
  before(() => {
    globalThis.requestAnimationFrame = (draw) => frames.push(() => draw(0));
    globalThis.cancelAnimationFrame = (id) => {
      if (id <= frames.length) frames[id - 1] = () => undefined;
    };
  });
  beforeEach(() => void (frames.length = 0));
  after(() => void ([globalThis.requestAnimationFrame, globalThis.cancelAnimationFrame] = kept));

  /** Start, what is done, and then: selected row, rows on show. */
  const moves: readonly (readonly [string, Partial<State>, (actions: Actions) => void, number, readonly number[]])[] = [
    ['down from nothing: the first', {}, (a) => a.moveBy(1), 0, [0, 1, 2, 3, 4, 5]],
    ['up from nothing: the last', {}, (a) => a.moveBy(-1), 5, [0, 1, 2, 3, 4, 5]],
    ['down', { selected: 2 }, (a) => a.moveBy(1), 3, [0, 1, 2, 3, 4, 5]],
    ['a page down stops at the end', { selected: 2 }, (a) => a.moveBy(50), 5, [0, 1, 2, 3, 4, 5]],
    ['a page up stops at the start', { selected: 2 }, (a) => a.moveBy(-50), 0, [0, 1, 2, 3, 4, 5]],
    ['Home', { selected: 3 }, (a) => a.moveTo('first'), 0, [0, 1, 2, 3, 4, 5]],
    ['End', { selected: 3 }, (a) => a.moveTo('last'), 5, [0, 1, 2, 3, 4, 5]],
    ['left on a parent: collapsed, still selected', { selected: 1 }, (a) => a.collapseOrParent(), 1, [0, 1, 3, 4, 5]],
    ['left on a leaf: to its parent', { selected: 2 }, (a) => a.collapseOrParent(), 1, [0, 1, 2, 3, 4, 5]],
    ['left on a collapsed one: to its parent', { selected: 1 }, (a) => (a.collapseOrParent(), a.collapseOrParent()), 0, [0, 1, 3, 4, 5]],
    ['left on a collapsed root: nothing', { selected: 4 }, (a) => (a.collapseOrParent(), a.collapseOrParent()), 4, [0, 1, 2, 3, 4]],
    ['right on a collapsed one: expanded', { selected: 1 }, (a) => (a.collapseOrParent(), a.expandOrChild()), 1, [0, 1, 2, 3, 4, 5]],
    ['right on an open one: to its first child', { selected: 0 }, (a) => a.expandOrChild(), 1, [0, 1, 2, 3, 4, 5]],
    ['right on a leaf: nothing', { selected: 3 }, (a) => a.expandOrChild(), 3, [0, 1, 2, 3, 4, 5]],
    ['right where the filter hides all children: nothing', { selected: 1, matchesOnly: true, search: marks(1, 3) }, (a) => a.expandOrChild(), 1, [0, 1, 3]],
    ['down over a collapsed subtree', { selected: 1 }, (a) => (a.collapseOrParent(), a.moveBy(1)), 3, [0, 1, 3, 4, 5]],
    ['collapse all: the selection goes to the row that stands for it', { selected: 2 }, (a) => a.collapseAll(), 0, [0, 4]],
    ['expand all', { selected: 2 }, (a) => (a.collapseAll(), a.expandAll()), 0, [0, 1, 2, 3, 4, 5]],
    ['selecting what is collapsed away opens its way', { selected: 4 }, (a) => (a.collapseAll(), a.select(2)), 2, [0, 1, 2, 3, 4]],
    ['toggling a leaf is nothing', {}, (a) => a.toggle(3), -1, [0, 1, 2, 3, 4, 5]],
    ['toggling a parent twice', {}, (a) => (a.toggle(0), a.toggle(0)), -1, [0, 1, 2, 3, 4, 5]],
    ['focus: its subtree only', { selected: 1 }, (a) => a.focusSubtree(), 1, [1, 2]],
    ['focus twice: everything', { selected: 1 }, (a) => (a.focusSubtree(), a.focusSubtree()), 1, [0, 1, 2, 3, 4, 5]],
    ['selecting outside of the focus leaves it', { selected: 1 }, (a) => (a.focusSubtree(), a.select(5)), 5, [0, 1, 2, 3, 4, 5]],
    ['selecting inside of the focus keeps it', { selected: 1 }, (a) => (a.focusSubtree(), a.select(2)), 2, [1, 2]],
    ['errors only: they and their ancestors', {}, (a) => a.toggleErrorsOnly(), -1, [0, 1, 2, 4, 5]],
    ['a filter is not hidden by what was collapsed', { selected: 0 }, (a) => (a.collapseAll(), a.toggleErrorsOnly()), 0, [0, 1, 2, 4, 5]],
    ['both filters: what passes both', { search: marks(3, 5) }, (a) => (a.toggleErrorsOnly(), a.toggleMatchesOnly()), -1, [4, 5]],
    ['matches only without a search: all', {}, (a) => a.toggleMatchesOnly(), -1, [0, 1, 2, 3, 4, 5]],
    ['next error from nothing', {}, (a) => a.stepError(1), 2, [0, 1, 2, 3, 4, 5]],
    ['next error wraps around', { selected: 5 }, (a) => a.stepError(1), 2, [0, 1, 2, 3, 4, 5]],
    ['previous error from nothing: the last', {}, (a) => a.stepError(-1), 5, [0, 1, 2, 3, 4, 5]],
    ['previous error', { selected: 5 }, (a) => a.stepError(-1), 2, [0, 1, 2, 3, 4, 5]],
    ['next error opens its way', { selected: 0 }, (a) => (a.collapseAll(), a.stepError(1)), 2, [0, 1, 2, 3, 4]],
    ['next match', { selected: 1, search: marks(1, 4) }, (a) => a.stepMatch(1), 4, [0, 1, 2, 3, 4, 5]],
    ['the only match is its own next', { selected: 4, search: marks(4) }, (a) => a.stepMatch(1), 4, [0, 1, 2, 3, 4, 5]],
    ['no match: nothing', { selected: 1, search: marks() }, (a) => a.stepMatch(-1), 1, [0, 1, 2, 3, 4, 5]],
    ['a row that is not there', { selected: 1 }, (a) => (a.select(6), a.select(-1)), 1, [0, 1, 2, 3, 4, 5]],
  ];
  for (const [what, start, act, selected, rows] of moves) {
    it(what, () => {
      const made = page(start);
      act(made.actions);
      assert.deepEqual([made.store.state.selected, made.shown()], [selected, rows]);
    });
  }

  it('selecting opens the panel, asks to be shown, and forgets another span’s details', () => {
    const { store, actions } = page({ panelOpen: false, selected: 1, details: { row: 1, span: { name: 'x' } } as unknown as NonNullable<State['details']> });
    actions.select(2);
    assert.deepEqual([store.state.panelOpen, store.state.revealed, store.state.details], [true, 1, { row: 2, span: undefined, source: undefined, problem: undefined }]);
    const { details } = store.state;
    actions.select(2, false);
    assert.deepEqual([store.state.revealed, store.state.details === details], [1, true]);
  });

  it('a row that has not arrived is selected when it has, and only the last one asked for', () => {
    const { store, actions } = page();
    const { data } = store.state;
    actions.showRows({ data: { ...data!, loaded: 2 } });
    actions.select(5);
    actions.select(3);
    assert.equal(store.state.selected, -1);
    actions.showRows({ data: { ...data!, loaded: 4 } });
    assert.equal(store.state.selected, 3);
    actions.select(5);
    actions.select(1);
    actions.showRows({ data: { ...data!, loaded: 6 } });
    assert.equal(store.state.selected, 1, 'the wish for 5 was given up');
  });

  it('no error in the trace is said', () => {
    const { store, actions } = page();
    const { data } = store.state;
    actions.showRows({ data: { ...data!, columns: { ...columns, flags: new Uint16Array(6) } } });
    actions.stepError(1);
    assert.deepEqual([store.state.selected, store.state.message], [-1, 'No span of this trace has an error.']);
  });

  it('Esc undoes one thing at a time, the outermost first', () => {
    const { store, actions } = page({ helpOpen: true, message: 'said', selected: 1, errorsOnly: true, search: marks(2) });
    actions.showRows({ focusRoot: 1 });
    actions.time.setView({ start: 100, end: 200 });
    const { state } = store;
    const steps: (keyof State)[] = ['helpOpen', 'message', 'focusRoot', 'errorsOnly', 'search', 'panelOpen'];
    const left = (): (keyof State)[] => steps.filter((key) => ({ helpOpen: store.state.helpOpen, message: store.state.message !== undefined, focusRoot: store.state.focusRoot >= 0, errorsOnly: store.state.errorsOnly, search: store.state.search.query !== '', panelOpen: store.state.panelOpen })[key as 'helpOpen']);
    for (let k = 1; k <= steps.length; k++) {
      actions.escape();
      assert.deepEqual(left(), steps.slice(k));
    }
    actions.time.setView({ start: 100, end: 200 });
    actions.escape();
    assert.deepEqual([store.state.view, state.view], [{ start: 0, end: 1000 }, { start: 100, end: 200 }]);
    const before = store.state;
    actions.escape();
    assert.deepEqual(store.state, before, 'at the end there is nothing to undo');
  });

  it('every command of the editor does something, and only that', () => {
    const done: string[] = [];
    const spy = (path: string): unknown => new Proxy(() => undefined, { get: (_target, key) => spy(path === '' ? String(key) : `${path}.${String(key)}`), apply: (_target, _self, values: unknown[]) => void done.push(`${path}(${values.join()})`) });
    const targets = { actions: spy('') as Actions, focusFind: () => void done.push('find'), toggleHelp: () => void done.push('help') };
    const rows = { openSource: 'ask.openSource()', find: 'find', nextError: 'stepError(1)', previousError: 'stepError(-1)', nextMatch: 'stepMatch(1)', previousMatch: 'stepMatch(-1)', toggleCriticalPath: 'toggleCriticalPath()', focusSubtree: 'focusSubtree()', zoomToSpan: 'time.zoomToSpan()', resetZoom: 'time.resetZoom()', collapseAll: 'collapseAll()', expandAll: 'expandAll()', help: 'help' } as const;
    for (const name of Object.keys(rows) as (keyof typeof rows)[]) runCommand(name, targets);
    assert.deepEqual(done, Object.values(rows));
    assert.throws(() => runCommand('quit' as never, targets), /Unexpected value "quit"/);
  });

  it('what the host refuses is a sentence, what it answers is shown', async () => {
    const made = page({ selected: 2 });
    made.answer = () => {
      throw new RpcError('handler', 'No such line.');
    };
    await made.actions.ask.openSource();
    assert.equal(made.store.state.message, 'No such line.');
    made.answer = (method) => (method === 'setPinned' ? { pinned: true, note: 'n' } : method === 'openLink' ? { opened: false, message: 'Gone.' } : -1);
    await made.actions.ask.togglePin();
    assert.deepEqual([made.store.state.pinned, made.store.state.note], [true, 'n']);
    await made.actions.ask.openLink(2, 0);
    assert.equal(made.store.state.message, 'Gone.');
    await made.actions.selectSpan('ab');
    assert.equal(made.store.state.message, 'That span is not in this trace.');
    await made.actions.selectSpan('');
    assert.deepEqual(made.asked, ['openSource {"openId":7,"row":2}', 'setPinned {"openId":7,"pinned":true}', 'openLink {"openId":7,"row":2,"link":0}', 'rowOfSpan {"openId":7,"spanId":"ab"}']);
  });

  it('before a trace is open nothing is asked and nothing fails', async () => {
    const { actions, asked, store } = page({ head: undefined, data: undefined });
    for (const act of [() => actions.moveBy(1), () => actions.moveTo('last'), () => actions.collapseOrParent(), () => actions.expandOrChild(), () => actions.collapseAll(), () => actions.focusSubtree(), () => actions.stepError(1), () => actions.stepMatch(1), () => actions.time.zoomToSpan(), () => actions.select(0)]) act();
    await Promise.all([actions.ask.openSource(0), actions.ask.copy('traceId'), actions.ask.togglePin(), actions.ask.exportTrace(), actions.ask.openUrl(0, 'resource', 0), actions.selectSpan('x')]);
    assert.deepEqual([asked, store.state.selected], [[], -1]);
  });

  it('whatever is pressed, the selected row is one of the rows on show or there is a filter', () => {
    const keys: readonly ((actions: Actions) => void)[] = [(a) => a.moveBy(1), (a) => a.moveBy(-1), (a) => a.collapseOrParent(), (a) => a.expandOrChild(), (a) => a.collapseAll(), (a) => a.expandAll(), (a) => a.focusSubtree(), (a) => a.stepError(1), (a) => a.select(2), (a) => a.select(5), (a) => a.escape(), (a) => a.toggleErrorsOnly(), (a) => a.time.zoom(0.5), (a) => a.time.pan(0.3)];
    fc.assert(
      fc.property(fc.array(fc.nat({ max: keys.length - 1 }), { maxLength: 30 }), (pressed) => {
        const { store, actions, shown } = page();
        for (const key of pressed) {
          keys[key]!(actions);
          const { selected, errorsOnly, collapsed, view } = store.state;
          assert.ok(selected < 0 || errorsOnly || shown().includes(selected), `${selected} of ${shown().join()}`);
          assert.equal(collapsed.size, collapsedRows(collapsed).length);
          assert.ok(view.start >= 0 && view.end <= 1000 && view.start < view.end);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('many changes are drawn once, with what was drawn before', () => {
    const { store } = page();
    const drawn: (readonly [number, number | undefined])[] = [];
    const view: View = { render: (state, before) => void drawn.push([state.revealed, before?.revealed]) };
    frames.splice(0).forEach((draw) => draw());
    store.add(view);
    for (const revealed of [1, 2, 3]) store.update({ revealed });
    assert.deepEqual([drawn, frames.length], [[], 1]);
    frames.splice(0).forEach((draw) => draw());
    assert.deepEqual(drawn, [[3, 0]]);
    store.update({ revealed: 4 });
    store.flush();
    frames.splice(0).forEach((draw) => draw());
    assert.deepEqual(drawn, [[3, 0], [4, 3]], 'a frame that was flushed is not drawn again');
    assert.deepEqual([changed(store.state, store.state, 'revealed'), changed(store.state, undefined), changed({ ...store.state, top: 5 }, store.state, 'revealed'), changed({ ...store.state, top: 5 }, store.state, 'revealed', 'top')], [false, true, false, true]);
  });
});
