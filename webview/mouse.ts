// The mouse over the rows: select, toggle, open, zoom and pan.
import { xToTime } from '../src/analysis/viewport.ts';
import type { Actions } from './actions.ts';
import type { Store } from './store.ts';

const WHEEL_ZOOM = 1.0015;
const LEAST_DRAG = 4;

export function listenToMouse(grid: HTMLElement, store: Store, actions: Actions): void {
  const rowUnder = (event: MouseEvent): number => {
    const { state } = store;
    const y = event.clientY - grid.getBoundingClientRect().top - grid.clientTop;
    return state.rows.rowAt(Math.floor((state.top + y) / state.layout.rowHeight));
  };
  const timeX = (event: MouseEvent): number => event.clientX - grid.getBoundingClientRect().left - store.state.layout.timelineLeft;
  const hit = (event: MouseEvent, selector: string): boolean => event.target instanceof Element && event.target.closest(selector) !== null;

  let dragged = false;
  grid.addEventListener('click', (event) => {
    if (dragged) return;
    const row = rowUnder(event);
    if (row < 0 || document.getSelection()?.type === 'Range') return;
    if (hit(event, '.twistie')) actions.toggle(row);
    else {
      actions.select(row);
      if (hit(event, '.code-certain, .code-likely')) void actions.ask.openSource(row);
    }
  });
  grid.addEventListener('dblclick', (event) => {
    const row = rowUnder(event);
    if (row < 0 || hit(event, '.twistie, .code-certain, .code-likely')) return;
    document.getSelection()?.removeAllRanges();
    void actions.ask.openSource(row);
  });
  grid.addEventListener(
    'wheel',
    (event) => {
      const { layout, view } = store.state;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
        const x = Math.min(layout.timelineWidth, Math.max(0, timeX(event)));
        actions.time.zoom(WHEEL_ZOOM ** (event.deltaY * unit), xToTime(x, view, layout.timelineWidth));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        actions.time.pan((event.deltaX === 0 ? event.deltaY : event.deltaX) / layout.timelineWidth);
      }
    },
    { passive: false },
  );
  // Dragging the bars pans; the label side stays free for selecting text.
  grid.addEventListener('pointerdown', (event) => {
    dragged = false;
    const from = timeX(event);
    if (event.button !== 0 || from < 0 || from > store.state.layout.timelineWidth) return;
    const { view } = store.state;
    const perPixel = (view.end - view.start) / store.state.layout.timelineWidth;
    const move = (next: PointerEvent): void => {
      // Let go outside of this frame, where nobody tells us.
      if ((next.buttons & 1) === 0) return end();
      const moved = timeX(next) - from;
      if (!dragged && Math.abs(moved) < LEAST_DRAG) return;
      dragged = true;
      actions.time.moveView(view.start - moved * perPixel, view.end - view.start);
    };
    const end = (): void => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', end);
      window.removeEventListener('pointercancel', end);
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', end);
    window.addEventListener('pointercancel', end);
  });
}
