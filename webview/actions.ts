// What the user can do, each in one place: keys, commands of the editor, buttons and the mouse all end here.
// Changes the store; draws nothing. What goes to the host is hostActions.ts, moving in time timeActions.ts.
import { SpanFlag } from '../src/model/spanBatch.ts';
import { fullView, isFull } from '../src/analysis/viewport.ts';
import { HostActions } from './hostActions.ts';
import type { Host } from './hostApi.ts';
import { NO_SEARCH, type State, type Store } from './store.ts';
import { TimeActions } from './timeActions.ts';
import { NONE_COLLAPSED, visibleRows, withCollapsed, type Collapsed } from './visibleRows.ts';

export class Actions {
  /** What goes to the host. */
  readonly ask: HostActions;
  readonly time: TimeActions;
  readonly #store: Store;
  /** A row to select as soon as it has arrived. */
  #awaited = -1;

  constructor(store: Store, host: Host) {
    this.#store = store;
    this.ask = new HostActions(store, host);
    this.time = new TimeActions(store);
  }

  // ── rows ──

  /** Recomputes what is shown after a change of data, collapse, focus or filter. */
  showRows(change: Partial<State> = {}): void {
    const state = { ...this.#store.state, ...change };
    if (state.data === undefined) {
      this.#store.update(change);
      return;
    }
    const { columns, loaded } = state.data;
    const rows = visibleRows({ columns, loaded, collapsed: state.collapsed, focusRoot: state.focusRoot < loaded ? state.focusRoot : -1, passed: passedRows(state) });
    this.#store.update({ ...change, rows });
    if (this.#awaited >= 0 && this.#awaited < loaded) this.select(this.#awaited, false);
  }

  select(row: number, reveal = true): void {
    const { state } = this.#store;
    if (state.data === undefined || row < 0 || row >= (state.head?.rows ?? 0)) return;
    this.#awaited = row < state.data.loaded ? -1 : row;
    if (this.#awaited >= 0) return;
    if (state.focusRoot >= 0 && !this.#within(row, state.focusRoot)) this.showRows({ focusRoot: -1 });
    this.#expandAncestors(row);
    const known = this.#store.state.details?.row === row;
    this.#store.update({ selected: row, panelOpen: true, revealed: state.revealed + (reveal ? 1 : 0), ...(known ? {} : { details: { row, span: undefined, source: undefined, problem: undefined } }) });
  }

  async selectSpan(spanId: string): Promise<void> {
    const row = await this.ask.rowOfSpan(spanId);
    if (row === undefined) return;
    if (row >= 0) this.select(row);
    else this.say('That span is not in this trace.');
  }

  /** Up and down the rows on show; stops at the ends. */
  moveBy(steps: number): void {
    const { state } = this.#store;
    if (state.rows.count === 0) return;
    const at = state.rows.positionOf(state.selected);
    const position = at < 0 ? (steps > 0 ? 0 : state.rows.count - 1) : Math.min(state.rows.count - 1, Math.max(0, at + steps));
    this.select(state.rows.rowAt(position));
  }

  moveTo(end: 'first' | 'last'): void {
    const { rows } = this.#store.state;
    if (rows.count > 0) this.select(rows.rowAt(end === 'first' ? 0 : rows.count - 1));
  }

  /** Left: collapse, else to the parent. */
  collapseOrParent(): void {
    const { state } = this.#store;
    if (state.data === undefined || state.selected < 0) return;
    if (isParent(state, state.selected) && state.collapsed.flags[state.selected] !== 1) this.setCollapsed([state.selected], true);
    else if (state.data.columns.parent[state.selected]! >= 0) this.select(state.data.columns.parent[state.selected]!);
  }

  /** Right: expand, else to the first child. */
  expandOrChild(): void {
    const { state } = this.#store;
    if (state.data === undefined || state.selected < 0 || !isParent(state, state.selected)) return;
    if (state.collapsed.flags[state.selected] === 1) {
      this.setCollapsed([state.selected], false);
      return;
    }
    // A filter may hide all of its children.
    const next = state.rows.rowAt(state.rows.positionOf(state.selected) + 1);
    if (this.#within(next, state.selected)) this.select(next);
  }

  toggle(row: number): void {
    if (isParent(this.#store.state, row)) this.setCollapsed([row], this.#store.state.collapsed.flags[row] !== 1);
  }

  setCollapsed(rows: Iterable<number>, collapsed: boolean): void {
    const { state } = this.#store;
    this.showRows({ collapsed: withCollapsed(state.collapsed, rows, collapsed, state.head?.rows ?? 0) });
  }

  /** The selection moves to the row that stands for it. */
  collapseAll(): void {
    const { state } = this.#store;
    if (state.data === undefined) return;
    const { columns, loaded } = state.data;
    const parents: number[] = [];
    for (let row = 0; row < loaded; row++) if (columns.subtreeEnd[row]! > row + 1) parents.push(row);
    this.setCollapsed(parents, true);
    let top = state.selected;
    while (top >= 0 && columns.parent[top]! >= 0) top = columns.parent[top]!;
    if (top >= 0) this.select(top);
  }

  expandAll(): void {
    this.showRows({ collapsed: NONE_COLLAPSED });
    this.#store.update({ revealed: this.#store.state.revealed + 1 });
  }

  #expandAncestors(row: number): void {
    const { state } = this.#store;
    const { columns } = state.data!;
    const closed: number[] = [];
    for (let up = columns.parent[row]!; up >= 0; up = columns.parent[up]!) if (state.collapsed.flags[up] === 1) closed.push(up);
    if (closed.length > 0) this.setCollapsed(closed, false);
  }

  #within(row: number, root: number): boolean {
    return row >= root && row < this.#store.state.data!.columns.subtreeEnd[root]!;
  }

  /** Shows only the selected span's subtree, in its time; again: everything. */
  focusSubtree(): void {
    const { state } = this.#store;
    if (state.data === undefined || state.selected < 0) return;
    if (state.focusRoot === state.selected) {
      this.leaveSubtree();
      return;
    }
    this.showRows({ focusRoot: state.selected });
    this.time.zoomToSpan(state.selected);
    this.#store.update({ revealed: this.#store.state.revealed + 1 });
  }

  leaveSubtree(): void {
    this.showRows({ focusRoot: -1, view: fullView(this.time.total) });
    this.#store.update({ revealed: this.#store.state.revealed + 1 });
  }

  // ── filters and steps ──

  toggleCriticalPath(): void {
    this.#store.update({ showCriticalPath: !this.#store.state.showCriticalPath });
  }

  toggleMatchesOnly(): void {
    this.#filter({ matchesOnly: !this.#store.state.matchesOnly });
  }

  toggleErrorsOnly(): void {
    this.#filter({ errorsOnly: !this.#store.state.errorsOnly });
  }

  /** A filter must not be hidden by collapsed rows: it starts expanded. */
  #filter(change: Partial<State>): void {
    const on = change.matchesOnly === true || change.errorsOnly === true;
    this.showRows(on ? { ...change, collapsed: NONE_COLLAPSED } : change);
    this.#store.update({ revealed: this.#store.state.revealed + 1 });
  }

  stepError(direction: 1 | -1): void {
    const { data, selected } = this.#store.state;
    if (data === undefined) return;
    const row = nextRow(data.loaded, selected, direction, (candidate) => (data.columns.flags[candidate]! & SpanFlag.error) !== 0);
    if (row >= 0) this.select(row);
    else this.say('No span of this trace has an error.');
  }

  stepMatch(direction: 1 | -1): void {
    const { data, selected, search } = this.#store.state;
    if (data === undefined || search.marks === undefined) return;
    const { marks } = search;
    const row = nextRow(data.loaded, selected, direction, (candidate) => marks[candidate] === 1);
    if (row >= 0) this.select(row);
  }

  clearSearch(): void {
    this.showRows({ search: NO_SEARCH });
  }

  /** One sentence for the user, until the next. */
  say(message: string | undefined): void {
    this.#store.update({ message });
  }

  /** Esc, one step at a time. */
  escape(): void {
    const { state } = this.#store;
    if (state.helpOpen) this.#store.update({ helpOpen: false });
    else if (state.message !== undefined) this.say(undefined);
    else if (state.focusRoot >= 0) this.leaveSubtree();
    else if (!isFull(state.view, this.time.total)) this.time.resetZoom();
    else if (state.matchesOnly || state.errorsOnly) this.showRows({ matchesOnly: false, errorsOnly: false });
    else if (state.search.query !== '') this.clearSearch();
    else if (state.panelOpen) this.#store.update({ panelOpen: false });
  }
}

export const collapsedRows = (collapsed: Collapsed): number[] => {
  const rows: number[] = [];
  for (let row = collapsed.flags.indexOf(1); row >= 0; row = collapsed.flags.indexOf(1, row + 1)) rows.push(row);
  return rows;
};

const isParent = (state: State, row: number): boolean => (state.data?.columns.subtreeEnd[row] ?? 0) > row + 1;

/** 1 per row that both filters let through; undefined without a filter. */
function passedRows(state: State): Uint8Array | undefined {
  const marks = state.matchesOnly ? state.search.marks : undefined;
  if (!state.errorsOnly || state.data === undefined) return marks;
  const { columns, loaded } = state.data;
  const passed = new Uint8Array(loaded);
  for (let row = 0; row < loaded; row++) passed[row] = (columns.flags[row]! & SpanFlag.error) !== 0 && (marks === undefined || marks[row] === 1) ? 1 : 0;
  return passed;
}

/** The next row that fits, wrapping around; -1 for none. */
function nextRow(count: number, from: number, direction: 1 | -1, fits: (row: number) => boolean): number {
  const start = from < 0 ? (direction > 0 ? -1 : count) : from;
  for (let step = 1; step <= count; step++) {
    const row = (((start + direction * step) % count) + count) % count;
    if (fits(row)) return row;
  }
  return -1;
}
