// The treegrid: a scroller with recycled rows, and the bars over them. Rows and bars are placed by the same number in the same
// frame (both hang in a sticky window that scrolling does not move), so they are aligned to the pixel and never blank.
// Owns the scroll position and the sizes of what is on screen.
import { clampTop, isScaled, scrollOfTop, scrollScale, topOfScroll, topToShow, type ScrollScale } from '../src/analysis/scrollScale.ts';
import { Bars } from './bars.ts';
import { el } from './dom.ts';
import { RowElement, rowId } from './rowElement.ts';
import type { ServiceOrder } from './serviceOrder.ts';
import { changed, type State, type Store, type View } from './store.ts';

/** Kept free at the right of the bars, CSS px. */
const RIGHT_PADDING = 12;
const LEAST_TIMELINE = 80;

export class Grid implements View {
  readonly element: HTMLDivElement;
  readonly bars: Bars;
  readonly #store: Store;
  readonly #services: () => ServiceOrder;
  readonly #sizer = el('div', { class: 'sizer', role: 'presentation' });
  readonly #window = el('div', { class: 'window', role: 'presentation' });
  readonly #rows = el('div', { class: 'rows', role: 'presentation' });
  readonly #pool: RowElement[] = [];
  /** The scroll position we set ourselves: its event must not move the rows again. */
  #ownScroll = -1;
  #slowOf: { readonly why: State['why']; readonly rows: ReadonlySet<number> } | undefined;

  constructor(store: Store, services: () => ServiceOrder) {
    this.#store = store;
    this.#services = services;
    this.bars = new Bars(services);
    this.#window.append(this.#rows, this.bars.canvas);
    this.#sizer.append(this.#window);
    this.element = el(
      'div',
      { class: 'grid', role: 'treegrid', attributes: { tabindex: '0', 'aria-label': 'Spans of this trace', 'aria-colcount': '2', 'aria-rowcount': '0' } },
      this.#sizer,
    );
    this.element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.element.addEventListener('wheel', (event) => this.#wheeled(event), { passive: false });
    this.element.addEventListener('focus', () => store.update({ gridFocused: true }));
    this.element.addEventListener('blur', () => store.update({ gridFocused: false }));
    new ResizeObserver(() => this.measure()).observe(this.element);
  }

  /** How many whole rows fit. */
  get page(): number {
    return Math.max(1, Math.floor(this.#store.state.layout.gridHeight / this.#store.state.layout.rowHeight) - 1);
  }

  /** Reads sizes from the screen; first to be called when the page is built. */
  measure(): void {
    const { state } = this.#store;
    const rowHeight = Math.max(state.settings.compactRows ? 22 : 24, Math.round(state.theme.fontSize * 1.7));
    const width = this.element.clientWidth;
    const timelineLeft = Math.round(Math.min(state.nameWidth, Math.max(120, width * 0.6)));
    const layout = {
      rowHeight,
      gridHeight: this.element.clientHeight,
      timelineLeft,
      timelineWidth: Math.max(LEAST_TIMELINE, width - timelineLeft - RIGHT_PADDING),
      pixelRatio: window.devicePixelRatio || 1,
    };
    const same = Object.entries(layout).every(([key, value]) => state.layout[key as keyof typeof layout] === value);
    if (!same) this.#store.update({ layout });
  }

  render(state: State, before: State | undefined): void {
    if (before !== undefined && (changed(state, before, 'nameWidth', 'theme') || state.settings.compactRows !== before.settings.compactRows)) this.measure();
    if (changed(state, before, 'rows', 'layout')) this.#resize(state, before === undefined || before.rows.count === 0);
    if (state.selected >= 0 && (before?.revealed !== state.revealed || this.#showedSelected(state, before))) this.#reveal(state);
    const { top } = this.#store.state;
    const drawn = top === state.top ? state : { ...state, top };
    const all = changed(state, before, 'rows', 'layout', 'data', 'collapsed', 'search', 'code', 'theme', 'why');
    const selection = changed(state, before, 'selected', 'gridFocused');
    if (all || selection || drawn.top !== before?.top) this.#place(drawn, (row) => all || (selection && (row === state.selected || row === before?.selected)));
    this.bars.render(drawn, before);
  }

  #scale(state: State): ScrollScale {
    return scrollScale(state.rows.count * state.layout.rowHeight, state.layout.gridHeight);
  }

  /** `isFresh`: it had no rows, so it cannot have been scrolled; asking the screen would lay out the page once more. */
  #resize(state: State, isFresh: boolean): void {
    const scale = this.#scale(state);
    this.#sizer.style.height = `${scale.scrollHeight}px`;
    this.#window.style.height = `${state.layout.gridHeight}px`;
    this.element.setAttribute('aria-rowcount', String(state.rows.count));
    const needed = Math.ceil(state.layout.gridHeight / state.layout.rowHeight) + 1;
    while (this.#pool.length < needed) {
      const row = new RowElement();
      this.#pool.push(row);
      this.#rows.append(row.element);
    }
    for (const row of this.#pool) row.hide();
    const top = clampTop(state.top, scale);
    if (top !== state.top) this.#store.update({ top });
    if (!isFresh || top > 0) this.#writeScroll(scrollOfTop(top, scale));
  }

  /** Less room, as when code opens beside: the selected row was on screen, so it stays. */
  #showedSelected(state: State, before: State | undefined): boolean {
    if (before === undefined || state.layout === before.layout) return false;
    const from = before.rows.positionOf(before.selected) * before.layout.rowHeight;
    return from >= before.top && from < before.top + before.layout.gridHeight;
  }

  #reveal(state: State): void {
    const position = state.rows.positionOf(state.selected);
    if (position >= 0) this.scrollTo(topToShow(position, state.layout.rowHeight, state.top, this.#scale(state)));
  }

  /** Moves the rows; the scroll bar follows. */
  scrollTo(wish: number): void {
    const { state } = this.#store;
    const scale = this.#scale(state);
    const top = Math.round(clampTop(wish, scale) * state.layout.pixelRatio) / state.layout.pixelRatio;
    if (top === state.top) return;
    this.#store.update({ top });
    this.#writeScroll(scrollOfTop(top, scale));
  }

  #writeScroll(scrollTop: number): void {
    if (Math.abs(this.element.scrollTop - scrollTop) < 0.5) return;
    this.element.scrollTop = scrollTop;
    this.#ownScroll = this.element.scrollTop;
  }

  #scrolled(): void {
    const { scrollTop } = this.element;
    if (Math.abs(scrollTop - this.#ownScroll) < 0.5) return;
    this.#ownScroll = -1;
    const { state } = this.#store;
    const top = Math.round(topOfScroll(scrollTop, this.#scale(state)) * state.layout.pixelRatio) / state.layout.pixelRatio;
    if (top !== state.top) this.#store.update({ top });
  }

  /** Where the scroll bar stands for more than it can show, the wheel moves rows, not the bar. */
  #wheeled(event: WheelEvent): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.deltaY === 0) return;
    const { state } = this.#store;
    if (!isScaled(this.#scale(state))) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? state.layout.rowHeight : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? state.layout.gridHeight : 1;
    this.scrollTo(state.top + event.deltaY * unit);
  }

  /** Rows that are slower than usual, or carry what made others slow. */
  #slow(state: State): ReadonlySet<number> {
    if (this.#slowOf?.why !== state.why) {
      this.#slowOf = { why: state.why, rows: new Set(state.why?.findings.flatMap((finding) => [finding.row, finding.carrier?.row ?? -1])) };
    }
    return this.#slowOf?.rows ?? new Set();
  }

  /** `isChanged`: rows to be shown anew although they stand where they stood. */
  #place(state: State, isChanged: (row: number) => boolean): void {
    if (state.data === undefined || this.#pool.length === 0) return;
    const { rowHeight, gridHeight } = state.layout;
    const first = Math.floor(state.top / rowHeight);
    const last = Math.min(state.rows.count, Math.ceil((state.top + gridHeight) / rowHeight));
    const services = this.#services();
    const slow = this.#slow(state);
    const used = new Set<RowElement>();
    for (let position = first; position < last; position++) {
      const element = this.#pool[position % this.#pool.length]!;
      used.add(element);
      const row = state.rows.rowAt(position);
      if (element.row !== row || element.position !== position || isChanged(row)) element.show(row, position, state, services, slow);
      element.element.style.transform = `translateY(${position * rowHeight - state.top}px)`;
    }
    for (const element of this.#pool) if (!used.has(element) && element.row >= 0) element.hide();
    const active = state.rows.positionOf(state.selected);
    if (active >= first && active < last) this.element.setAttribute('aria-activedescendant', rowId(state.selected));
    else this.element.removeAttribute('aria-activedescendant');
  }
}
