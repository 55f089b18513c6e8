// What the page knows before it was told anything: what a reload left behind, and defaults.
import { fullView } from '../src/analysis/viewport.ts';
import type { Saved } from './persisted.ts';
import { NO_SEARCH, type State } from './store.ts';
import { NO_ROWS, NONE_COLLAPSED } from './visibleRows.ts';

export function initialState(saved: Saved | undefined, theme: State['theme']): State {
  return {
    phase: { kind: 'loading', what: 'Opening the trace' },
    head: undefined,
    data: undefined,
    rows: NO_ROWS,
    collapsed: NONE_COLLAPSED,
    focusRoot: -1,
    selected: -1,
    gridFocused: false,
    revealed: 0,
    view: fullView(1),
    showCriticalPath: saved?.showCriticalPath ?? true,
    matchesOnly: false,
    errorsOnly: false,
    search: NO_SEARCH,
    why: undefined,
    whyProblem: undefined,
    whySource: undefined,
    details: undefined,
    panelOpen: saved?.panelOpen ?? true,
    panelWidth: saved?.panelWidth ?? 372,
    nameWidth: saved?.nameWidth ?? 352,
    code: new Map(),
    arrived: undefined,
    pinned: false,
    note: '',
    settings: { compactRows: false, origin: '' },
    message: undefined,
    helpOpen: false,
    theme,
    layout: { rowHeight: 24, gridHeight: 0, timelineLeft: 352, timelineWidth: 400, pixelRatio: 1 },
    top: 0,
    nowMs: Date.now(),
  };
}
