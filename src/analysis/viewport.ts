// The visible part of a trace's time: zoom, pan, and time ⇄ pixel. Pure; knows no canvas and no DOM.
// The zoom floor is 2^-40 of the trace: beyond it a Float64 no longer tells neighbouring pixels apart.

/** ns relative to the trace's start; start < end. */
export interface Viewport {
  readonly start: number;
  readonly end: number;
}

export const ZOOM_FLOOR = 2 ** -40;

/** Everything, also for a trace without extent (one instant is shown as 1 ns). */
export const fullView = (total: number): Viewport => ({ start: 0, end: Math.max(1, total) });

export const isFull = (view: Viewport, total: number): boolean => view.start <= 0 && view.end >= Math.max(1, total);

/** Moves and narrows the wish until it lies inside the trace and above the zoom floor. */
export function clampView(wish: Viewport, total: number): Viewport {
  const whole = Math.max(1, total);
  const from = Number.isFinite(wish.start) ? wish.start : 0;
  const to = Number.isFinite(wish.end) ? wish.end : whole;
  const span = Math.min(whole, Math.max(Math.abs(to - from), whole * ZOOM_FLOOR));
  const middle = (from + to) / 2;
  const start = Math.min(whole - span, Math.max(0, middle - span / 2));
  return { start, end: start + span };
}

/** `factor` < 1 zooms in; `anchor` (ns) stays where it is on the screen. */
export function zoomAround(view: Viewport, total: number, anchor: number, factor: number): Viewport {
  const whole = Math.max(1, total);
  const span = Math.min(whole, Math.max((view.end - view.start) * factor, whole * ZOOM_FLOOR));
  const share = (anchor - view.start) / (view.end - view.start);
  const start = Math.min(whole - span, Math.max(0, anchor - share * span));
  return { start, end: start + span };
}

/** Moves by a share of what is visible, without changing the zoom. */
export function panBy(view: Viewport, total: number, share: number): Viewport {
  const span = view.end - view.start;
  const start = Math.min(Math.max(1, total) - span, Math.max(0, view.start + share * span));
  return { start, end: start + span };
}

/** A span with a tenth of air on both sides. */
export function viewOfSpan(start: number, duration: number, total: number): Viewport {
  const whole = Math.max(1, total);
  const air = Math.max(duration * 0.1, whole * ZOOM_FLOOR * 4);
  return clampView({ start: start - air, end: start + duration + air }, total);
}

export const timeToX = (time: number, view: Viewport, width: number): number => ((time - view.start) / (view.end - view.start)) * width;

export const xToTime = (x: number, view: Viewport, width: number): number => view.start + (x / Math.max(1, width)) * (view.end - view.start);

/** Pixel interval of a bar, cut to the canvas (one pixel beyond it, so that cut ends show no border), at least `least` wide; undefined when it is outside. */
export function barPixels(start: number, duration: number, view: Viewport, width: number, least: number): { readonly x: number; readonly width: number } | undefined {
  const from = timeToX(start, view, width);
  const to = timeToX(start + duration, view, width);
  if (to < 0 || from > width) return undefined;
  const left = Math.max(-1, Math.min(from, width - least));
  return { x: left, width: Math.max(least, Math.min(to, width + 1) - left) };
}
