// What a waterfall keeps across reloads: where the user was, never data. Read back with suspicion: it may be of another version
// or another trace.
import type { Viewport } from '../src/analysis/viewport.ts';
import { collapsedRows } from './actions.ts';
import { changed, type State, type View } from './store.ts';

const VERSION = 1;
/** More collapsed rows than this are not kept. */
const MOST_COLLAPSED = 2_000;
const SAVE_DELAY = 200;

export interface Saved {
  readonly version: typeof VERSION;
  readonly traceId: string;
  readonly rows: number;
  readonly spanId: string;
  readonly row: number;
  readonly view: Viewport | undefined;
  readonly top: number;
  readonly collapsed: readonly number[];
  readonly showCriticalPath: boolean;
  readonly matchesOnly: boolean;
  readonly errorsOnly: boolean;
  readonly panelOpen: boolean;
  readonly panelWidth: number;
  readonly nameWidth: number;
  readonly query: string;
}

export function readSaved(raw: unknown): Saved | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const value = raw as Record<string, unknown>;
  const number = (key: string, least: number, most: number, otherwise: number): number => {
    const found = value[key];
    return typeof found === 'number' && Number.isFinite(found) ? Math.min(most, Math.max(least, found)) : otherwise;
  };
  if (value['version'] !== VERSION || typeof value['traceId'] !== 'string') return undefined;
  const view = value['view'] as Partial<Viewport> | undefined;
  const collapsed = value['collapsed'];
  return {
    version: VERSION,
    traceId: value['traceId'],
    rows: number('rows', 0, Number.MAX_SAFE_INTEGER, 0),
    spanId: typeof value['spanId'] === 'string' ? value['spanId'] : '',
    row: Math.floor(number('row', -1, Number.MAX_SAFE_INTEGER, -1)),
    view: typeof view?.start === 'number' && typeof view.end === 'number' ? { start: view.start, end: view.end } : undefined,
    top: number('top', 0, Number.MAX_SAFE_INTEGER, 0),
    collapsed: Array.isArray(collapsed) ? collapsed.filter((row): row is number => Number.isSafeInteger(row)).slice(0, MOST_COLLAPSED) : [],
    showCriticalPath: value['showCriticalPath'] !== false,
    matchesOnly: value['matchesOnly'] === true,
    errorsOnly: value['errorsOnly'] === true,
    panelOpen: value['panelOpen'] !== false,
    panelWidth: number('panelWidth', 200, 2000, 372),
    nameWidth: number('nameWidth', 120, 2000, 352),
    query: typeof value['query'] === 'string' ? value['query'] : '',
  };
}

export class Saver implements View {
  readonly #save: (saved: Saved) => void;
  readonly #total: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(save: (saved: Saved) => void, total: () => number) {
    this.#save = save;
    this.#total = total;
  }

  render(state: State, before: State | undefined): void {
    if (state.phase.kind !== 'ready' || state.head === undefined) return;
    if (!changed(state, before, 'selected', 'details', 'view', 'top', 'collapsed', 'showCriticalPath', 'matchesOnly', 'errorsOnly', 'panelOpen', 'panelWidth', 'nameWidth', 'search')) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(savedOf(state, this.#total())), SAVE_DELAY);
  }
}

function savedOf(state: State, total: number): Saved {
  const head = state.head!;
  const isWhole = state.view.start <= 0 && state.view.end >= total;
  return {
    version: VERSION,
    traceId: head.key.traceId,
    rows: head.rows,
    spanId: state.details?.row === state.selected ? (state.details.span?.spanId ?? '') : '',
    row: state.selected,
    view: isWhole ? undefined : state.view,
    top: state.top,
    collapsed: state.collapsed.size <= MOST_COLLAPSED ? collapsedRows(state.collapsed) : [],
    showCriticalPath: state.showCriticalPath,
    matchesOnly: state.matchesOnly,
    errorsOnly: state.errorsOnly,
    panelOpen: state.panelOpen,
    panelWidth: state.panelWidth,
    nameWidth: state.nameWidth,
    query: state.search.query,
  };
}
