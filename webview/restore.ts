// Puts the user back: after a reload of the window, after the trace was loaded anew, or, the first time, on the root.
// What was saved is of another session and may not fit; what does not fit is left out.
import type { Actions } from './actions.ts';
import type { Saved } from './persisted.ts';
import type { SearchLoader } from './searchLoader.ts';
import type { Store } from './store.ts';
import { NONE_COLLAPSED, withCollapsed } from './visibleRows.ts';

/** Puts the user back where they were, as far as it is the same trace; on a first opening, on the root. */
export function restore(store: Store, actions: Actions, search: SearchLoader, saved: Saved | undefined): void {
  const { state } = store;
  const head = state.head!;
  if (state.search.query !== '') search.repeat();
  if (saved === undefined || saved.traceId !== head.key.traceId) {
    void reselect(store, actions, state.selected, state.details?.span?.spanId ?? '');
    return;
  }
  const same = saved.rows === head.rows;
  if (saved.view !== undefined) actions.time.setView(saved.view);
  actions.showRows({
    matchesOnly: saved.matchesOnly,
    errorsOnly: saved.errorsOnly,
    ...(same ? { collapsed: withCollapsed(NONE_COLLAPSED, saved.collapsed, true, head.rows) } : {}),
  });
  if (same && saved.row >= 0) {
    actions.select(saved.row, false);
    store.update({ panelOpen: saved.panelOpen });
  } else void reselect(store, actions, -1, saved.spanId);
  if (saved.query !== '') search.type(saved.query);
}

/** The same span in rows that may have moved; the root where there was none or it is gone. */
async function reselect(store: Store, actions: Actions, row: number, spanId: string): Promise<void> {
  const head = store.state.head!;
  const found = (spanId === '' ? row : await actions.ask.rowOfSpan(spanId)) ?? -1;
  const target = found >= 0 && found < head.rows ? found : head.rootRow;
  const { panelOpen } = store.state;
  store.update({ selected: -1, details: undefined });
  actions.select(target, row >= 0 || spanId !== '');
  store.update({ panelOpen });
}
