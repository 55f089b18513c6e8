// The time axis above the bars: ticks, and a drag that zooms into what it covers.
import { axisTicks } from '../src/analysis/axisTicks.ts';
import { timeToX, xToTime } from '../src/analysis/viewport.ts';
import { prepare, surface, writeIn, type Surface } from './canvas.ts';
import { el } from './dom.ts';
import { dragRange } from './dragRange.ts';
import { changed, type State, type Store, type View } from './store.ts';
import type { Actions } from './actions.ts';

const HEIGHT = 22;

export class Axis implements View {
  readonly element: HTMLDivElement;
  readonly #canvas = el('canvas', { attributes: { 'aria-hidden': 'true' } });
  readonly #label = el('div', { class: 'axis-label', text: 'Operation' });
  readonly #surface: Surface = surface(this.#canvas);
  readonly #time: HTMLDivElement;

  constructor(store: Store, actions: Actions) {
    this.#time = el('div', { class: 'axis-time', title: 'Drag to zoom into a part' }, this.#canvas);
    this.element = el('div', { class: 'axis' }, this.#label, this.#time);
    dragRange(this.#time, {
      width: () => store.state.layout.timelineWidth,
      onRange: (from, to) => {
        const { view, layout } = store.state;
        actions.time.setView({ start: xToTime(from, view, layout.timelineWidth), end: xToTime(to, view, layout.timelineWidth) });
      },
    });
  }

  render(state: State, before: State | undefined): void {
    if (!changed(state, before, 'view', 'layout', 'theme')) return;
    const { layout, theme, view } = state;
    this.#label.style.width = `${layout.timelineLeft}px`;
    this.#time.style.width = `${layout.timelineWidth}px`;
    prepare(this.#surface, layout.timelineWidth, HEIGHT, layout.pixelRatio);
    const { context } = this.#surface;
    writeIn(this.#surface, theme);
    for (const tick of axisTicks(view, layout.timelineWidth)) {
      const x = Math.round(timeToX(tick.time, view, layout.timelineWidth));
      context.fillStyle = theme.line;
      context.fillRect(x, HEIGHT - 5, 1, 5);
      if (x + 4 + context.measureText(tick.label).width > layout.timelineWidth) continue;
      context.fillStyle = theme.plain.dim;
      context.fillText(tick.label, x + 3, HEIGHT / 2);
    }
  }
}
