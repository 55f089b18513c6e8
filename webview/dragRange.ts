// Dragging over a strip marks a range of pixels; used by the axis and the minimap.
import { el } from './dom.ts';

export interface DragRangeOptions {
  readonly width: () => number;
  readonly onRange: (from: number, to: number) => void;
  /** A drag that starts here does something else (panning): returns its move handler, called with pixels moved. */
  readonly grab?: (x: number, target: EventTarget | null) => ((moved: number) => void) | undefined;
}

/** Less is a click, CSS px. */
const LEAST_DRAG = 4;

export function dragRange(element: HTMLElement, options: DragRangeOptions): void {
  const band = el('div', { class: 'drag-band' });
  band.hidden = true;
  element.append(band);
  let stop: (() => void) | undefined;
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || stop !== undefined) return;
    const left = element.getBoundingClientRect().left;
    const from = event.clientX - left;
    const grabbed = options.grab?.(from, event.target);
    const within = (x: number): number => Math.min(options.width(), Math.max(0, x));
    element.setPointerCapture(event.pointerId);
    const move = (next: PointerEvent): void => {
      const to = next.clientX - left;
      if (grabbed !== undefined) grabbed(to - from);
      else {
        band.hidden = Math.abs(to - from) < LEAST_DRAG;
        band.style.left = `${within(Math.min(from, to))}px`;
        band.style.width = `${Math.abs(within(to) - within(from))}px`;
      }
    };
    const end = (last: PointerEvent): void => {
      stop?.();
      const to = last.clientX - left;
      if (last.type === 'pointerup' && grabbed === undefined && Math.abs(to - from) >= LEAST_DRAG) options.onRange(within(Math.min(from, to)), within(Math.max(from, to)));
    };
    stop = (): void => {
      stop = undefined;
      band.hidden = true;
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', end);
      element.removeEventListener('pointercancel', end);
    };
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', end);
    element.addEventListener('pointercancel', end);
  });
}
