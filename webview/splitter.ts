// A line that is dragged, or moved by arrow keys, to give two parts more or less room.
import { el } from './dom.ts';

export interface SplitterOptions {
  readonly label: string;
  readonly class: string;
  /** CSS px now. */
  readonly size: () => number;
  readonly least: number;
  readonly most: () => number;
  readonly onSize: (size: number) => void;
  /** -1 where the part to size lies right of the line. */
  readonly direction: 1 | -1;
}

const KEY_STEP = 16;

export function splitter(options: SplitterOptions): HTMLDivElement {
  const line = el('div', { class: `splitter ${options.class}`, role: 'separator', title: options.label, attributes: { tabindex: '0', 'aria-label': options.label, 'aria-orientation': 'vertical' } });
  const set = (size: number): void => {
    const bounded = Math.round(Math.min(options.most(), Math.max(options.least, size)));
    options.onSize(bounded);
    line.setAttribute('aria-valuenow', String(bounded));
    line.setAttribute('aria-valuemin', String(options.least));
    line.setAttribute('aria-valuemax', String(Math.round(options.most())));
  };
  line.setAttribute('aria-valuenow', String(Math.round(options.size())));
  line.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowLeft' ? -KEY_STEP : event.key === 'ArrowRight' ? KEY_STEP : 0;
    if (step === 0) return;
    event.preventDefault();
    set(options.size() + step * options.direction);
  });
  line.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    line.setPointerCapture(event.pointerId);
    const from = event.clientX;
    const size = options.size();
    const move = (next: PointerEvent): void => set(size + (next.clientX - from) * options.direction);
    const end = (): void => {
      line.removeEventListener('pointermove', move);
      line.removeEventListener('pointerup', end);
      line.removeEventListener('pointercancel', end);
    };
    line.addEventListener('pointermove', move);
    line.addEventListener('pointerup', end);
    line.addEventListener('pointercancel', end);
  });
  return line;
}
