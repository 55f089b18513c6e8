// Everything the page shows, in one immutable value; a change is drawn once a frame. Owns no element and asks nobody.
import type { CodeConfidence, TraceHead, WebviewSettings, WhyReport, WireSourceAnswer, WireSpanDetails } from '../src/protocol/messages.ts';
import type { Viewport } from '../src/analysis/viewport.ts';
import type { Theme } from './theme.ts';
import type { TraceData } from './traceData.ts';
import type { Collapsed, VisibleRows } from './visibleRows.ts';

export type Phase =
  | { readonly kind: 'loading'; readonly what: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'gone'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

export interface SearchState {
  readonly query: string;
  readonly busy: boolean;
  /** Ascending rows, where the query could be read. */
  readonly rows: Uint32Array | undefined;
  /** 1 per matching row. */
  readonly marks: Uint8Array | undefined;
  readonly problem: string | undefined;
}

export interface DetailsState {
  readonly row: number;
  readonly span: WireSpanDetails | undefined;
  readonly source: WireSourceAnswer | undefined;
  readonly problem: string | undefined;
}

/** Where the parts that share one time scale lie, CSS px. */
export interface Layout {
  readonly rowHeight: number;
  readonly gridHeight: number;
  readonly timelineLeft: number;
  readonly timelineWidth: number;
  readonly pixelRatio: number;
}

export interface State {
  readonly phase: Phase;
  readonly head: TraceHead | undefined;
  readonly data: TraceData | undefined;
  readonly rows: VisibleRows;
  readonly collapsed: Collapsed;
  /** Only this row's subtree is shown; -1: all. */
  readonly focusRoot: number;
  readonly selected: number;
  /** Whether the grid has the keyboard. */
  readonly gridFocused: boolean;
  /** Counts up to ask for the selected row to be scrolled into view. */
  readonly revealed: number;
  readonly view: Viewport;
  readonly showCriticalPath: boolean;
  readonly matchesOnly: boolean;
  readonly errorsOnly: boolean;
  readonly search: SearchState;
  readonly why: WhyReport | undefined;
  /** A sentence: the comparison failed. */
  readonly whyProblem: string | undefined;
  /** Where the first finding's code is, for the eye; its row opens it. */
  readonly whySource: { readonly row: number; readonly label: string } | undefined;
  readonly details: DetailsState | undefined;
  readonly panelOpen: boolean;
  readonly panelWidth: number;
  readonly nameWidth: number;
  /** Confidence by row, as far as asked. */
  readonly code: ReadonlyMap<number, CodeConfidence | 'none'>;
  /** Spans there are now, where more arrived since opening. */
  readonly arrived: number | undefined;
  readonly pinned: boolean;
  readonly note: string;
  readonly settings: WebviewSettings;
  /** A sentence about the last action that failed or needs saying; shown until the next one. */
  readonly message: string | undefined;
  readonly helpOpen: boolean;
  readonly theme: Theme;
  readonly layout: Layout;
  /** Height of the rows above the first pixel shown, CSS px. */
  readonly top: number;
  readonly nowMs: number;
}

export const NO_SEARCH: SearchState = { query: '', busy: false, rows: undefined, marks: undefined, problem: undefined };

export interface View {
  /** Called once a frame after a change; `before` is undefined the first time. */
  render(state: State, before: State | undefined): void;
}

export class Store {
  #state: State;
  #drawn: State | undefined;
  #scheduled = 0;
  readonly #views: View[] = [];

  constructor(initial: State) {
    this.#state = initial;
  }

  get state(): State {
    return this.#state;
  }

  add(...views: readonly View[]): void {
    this.#views.push(...views);
    this.#schedule();
  }

  update(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.#schedule();
  }

  /** Draws now what would be drawn with the next frame. */
  flush(): void {
    if (this.#scheduled !== 0) cancelAnimationFrame(this.#scheduled);
    this.#scheduled = 0;
    const before = this.#drawn;
    const state = this.#state;
    this.#drawn = state;
    for (const view of this.#views) view.render(state, before);
  }

  #schedule(): void {
    if (this.#scheduled === 0) this.#scheduled = requestAnimationFrame(() => this.flush());
  }
}

/** Whether any of these differs from what was drawn last. */
export function changed(state: State, before: State | undefined, ...keys: readonly (keyof State)[]): boolean {
  return before === undefined || keys.some((key) => state[key] !== before[key]);
}
