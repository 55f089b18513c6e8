// The whole trace in a strip, with the visible part marked: drag over it to zoom, drag the mark to pan, its edges to stretch it.
import type { TraceColumns } from '../src/model/trace.ts';
import { HUES, serviceLook } from '../src/analysis/serviceHues.ts';
import { minimapCells } from '../src/analysis/minimapCells.ts';
import { isFull, timeToX } from '../src/analysis/viewport.ts';
import type { Actions } from './actions.ts';
import { prepare, surface, type Surface } from './canvas.ts';
import { el } from './dom.ts';
import { dragRange } from './dragRange.ts';
import type { ServiceOrder } from './serviceOrder.ts';
import { changed, type State, type Store, type View } from './store.ts';

const HEIGHT = 44;
const PADDING = 3;
/** A line of few rows is two pixels and a gap; more rows share the height. */
const LINE = 3;

export class Minimap implements View {
  readonly element: HTMLDivElement;
  readonly #strip: HTMLDivElement;
  readonly #canvas = el('canvas', { attributes: { 'aria-hidden': 'true' } });
  readonly #surface: Surface = surface(this.#canvas);
  readonly #mark = el('div', { class: 'minimap-mark' });
  readonly #edges = [el('div', { class: 'minimap-edge from' }), el('div', { class: 'minimap-edge to' })];
  readonly #services: () => ServiceOrder;
  #drawn: { readonly openId: number; readonly columns: TraceColumns } | undefined;

  constructor(store: Store, actions: Actions, services: () => ServiceOrder) {
    this.#services = services;
    this.#mark.append(...this.#edges);
    this.#strip = el('div', { class: 'minimap', title: 'Drag to zoom, drag the marked part to move it, double-click to see all' }, this.#canvas, this.#mark);
    this.element = el('div', { class: 'overview' }, this.#strip);
    this.#strip.addEventListener('dblclick', () => actions.time.resetZoom());
    const width = (): number => store.state.layout.timelineWidth;
    dragRange(this.#strip, {
      width,
      onRange: (from, to) => actions.time.setView({ start: (from / width()) * actions.time.total, end: (to / width()) * actions.time.total }),
      grab: (x, target) => {
        const { view } = store.state;
        const perPixel = actions.time.total / width();
        const edge = this.#edges.indexOf(target as HTMLDivElement);
        if (edge === 0) return (moved) => actions.time.setView({ start: Math.min(view.start + moved * perPixel, view.end), end: view.end });
        if (edge === 1) return (moved) => actions.time.setView({ start: view.start, end: Math.max(view.end + moved * perPixel, view.start) });
        const inside = x * perPixel >= view.start && x * perPixel <= view.end;
        if (!inside || isFull(view, actions.time.total)) return undefined;
        return (moved) => actions.time.moveView(view.start + moved * perPixel, view.end - view.start);
      },
    });
  }

  render(state: State, before: State | undefined): void {
    const { layout } = state;
    const total = Number(state.head?.summary.durationNs ?? 1);
    if (changed(state, before, 'layout')) {
      this.element.style.paddingLeft = `${layout.timelineLeft}px`;
      this.#strip.style.width = `${layout.timelineWidth}px`;
    }
    if (changed(state, before, 'layout', 'theme', 'search') || this.#grown(state)) this.#draw(state, total);
    if (changed(state, before, 'view', 'layout', 'head')) {
      const from = timeToX(state.view.start, { start: 0, end: Math.max(1, total) }, layout.timelineWidth);
      const to = timeToX(state.view.end, { start: 0, end: Math.max(1, total) }, layout.timelineWidth);
      this.#mark.style.left = `${from}px`;
      this.#mark.style.width = `${Math.max(4, to - from)}px`;
    }
  }

  /** While rows arrive it is drawn anew whenever they have doubled, and at the end: O(rows) in all. */
  #grown({ data, head }: State): boolean {
    if (data === undefined || data.columns === this.#drawn?.columns) return false;
    const isSameTrace = this.#drawn?.openId === head?.openId;
    return !isSameTrace || data.loaded >= 2 * this.#drawn!.columns.count || data.loaded === head?.rows;
  }

  #draw(state: State, total: number): void {
    const { data, layout, theme } = state;
    if (data !== undefined && state.head !== undefined) this.#drawn = { openId: state.head.openId, columns: data.columns };
    prepare(this.#surface, layout.timelineWidth, HEIGHT, layout.pixelRatio);
    if (data === undefined || data.loaded === 0) return;
    const width = Math.max(1, Math.floor(layout.timelineWidth));
    const room = HEIGHT - 2 * PADDING;
    const { cells, height } = minimapCells(data.columns, data.loaded, total, width, data.loaded * LINE <= room ? data.loaded : room);
    const lineHeight = Math.min(LINE + 0.2, room / height);
    const thickness = Math.max(1, Math.min(2, lineHeight));
    const { context } = this.#surface;
    const services = this.#services();
    for (let line = 0; line < height; line++) {
      for (let x = 0; x < width; ) {
        const value = cells[line * width + x]!;
        let end = x + 1;
        while (end < width && cells[line * width + end] === value) end++;
        if (value !== 0) {
          context.fillStyle = theme.plain.solid[value === 1 ? HUES : serviceLook(services.of(value - 2)).hue]!;
          context.fillRect(x, PADDING + line * lineHeight, Math.max(2, end - x), thickness);
        }
        x = end;
      }
    }
    this.#drawMatches(state, total, width);
  }

  #drawMatches(state: State, total: number, width: number): void {
    const { search, data } = state;
    if (search.rows === undefined || data === undefined) return;
    const { context } = this.#surface;
    const marked = new Uint8Array(width + 1);
    for (const row of search.rows) {
      if (row < data.loaded) marked[Math.min(width, Math.floor((data.columns.start[row]! / Math.max(1, total)) * width))] = 1;
    }
    context.fillStyle = state.theme.warning;
    for (let x = 0; x <= width; x++) if (marked[x] === 1) context.fillRect(Math.min(x, width - 2), HEIGHT - 5, 2, 4);
  }
}
