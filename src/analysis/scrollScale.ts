// More rows than a browser can scroll: Chromium stops an element at 33.5M device pixels (16.7M CSS pixels at scale 2), so above
// 8M CSS pixels the scroll bar stands for the rows at a scale. Pure.

export const MAX_SCROLL_PIXELS = 8_000_000;

export interface ScrollScale {
  /** Height of all rows, CSS px. */
  readonly total: number;
  readonly viewport: number;
  /** Height given to the scrolled element, CSS px. */
  readonly scrollHeight: number;
}

export function scrollScale(total: number, viewport: number): ScrollScale {
  return { total, viewport, scrollHeight: Math.max(viewport, Math.min(total, MAX_SCROLL_PIXELS)) };
}

export const isScaled = (scale: ScrollScale): boolean => scale.total > scale.scrollHeight;

const lastTop = (scale: ScrollScale): number => Math.max(0, scale.total - scale.viewport);
const lastScroll = (scale: ScrollScale): number => Math.max(0, scale.scrollHeight - scale.viewport);

export const clampTop = (top: number, scale: ScrollScale): number => Math.min(lastTop(scale), Math.max(0, Number.isFinite(top) ? top : 0));

/** Where the rows are, for a scroll position. */
export function topOfScroll(scrollTop: number, scale: ScrollScale): number {
  if (!isScaled(scale)) return clampTop(scrollTop, scale);
  return clampTop((scrollTop / lastScroll(scale)) * lastTop(scale), scale);
}

/** The scroll position that stands for `top`. */
export function scrollOfTop(top: number, scale: ScrollScale): number {
  const clamped = clampTop(top, scale);
  return isScaled(scale) ? (clamped / lastTop(scale)) * lastScroll(scale) : clamped;
}

/** The smallest move that shows the row whole. */
export function topToShow(index: number, rowHeight: number, top: number, scale: ScrollScale): number {
  const from = index * rowHeight;
  if (from < top) return clampTop(from, scale);
  const needed = from + rowHeight - scale.viewport;
  return needed > top ? clampTop(needed, scale) : top;
}
