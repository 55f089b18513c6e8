// Moving in time: zoom and pan. Changes the store's view and nothing else.
import { clampView, fullView, panBy, viewOfSpan, zoomAround, type Viewport } from '../src/analysis/viewport.ts';
import type { Store } from './store.ts';

export class TimeActions {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** ns from the trace's first start to its last end. */
  get total(): number {
    return Number(this.#store.state.head?.summary.durationNs ?? 1);
  }

  setView(wish: Viewport): void {
    this.#store.update({ view: clampView(wish, this.total) });
  }

  /** Keeps the width, whatever the edges are. */
  moveView(start: number, span: number): void {
    this.#store.update({ view: clampView({ start: Math.min(this.total - span, Math.max(0, start)), end: Math.min(this.total - span, Math.max(0, start)) + span }, this.total) });
  }

  zoom(factor: number, anchor?: number): void {
    const { view } = this.#store.state;
    this.#store.update({ view: zoomAround(view, this.total, anchor ?? this.#anchor(), factor) });
  }

  pan(share: number): void {
    this.#store.update({ view: panBy(this.#store.state.view, this.total, share) });
  }

  resetZoom(): void {
    this.#store.update({ view: fullView(this.total) });
  }

  zoomToSpan(row = this.#store.state.selected): void {
    const { data } = this.#store.state;
    if (data === undefined || row < 0) return;
    this.#store.update({ view: viewOfSpan(data.columns.start[row]!, data.columns.duration[row]!, this.total) });
  }

  /** The middle of the selected span where it is visible, else of the view. */
  #anchor(): number {
    const { view, data, selected } = this.#store.state;
    const middle = (view.start + view.end) / 2;
    if (data === undefined || selected < 0) return middle;
    const span = data.columns.start[selected]! + data.columns.duration[selected]! / 2;
    return span >= view.start && span <= view.end ? span : middle;
  }
}
