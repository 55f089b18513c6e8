// Durations written beside the bars. Measuring text is slow, so widths are kept.
import type { State } from './store.ts';
import type { GroundColours } from './theme.ts';

export interface LabelPlace {
  /** Top of the row on the canvas, CSS px. */
  readonly y: number;
  readonly colours: GroundColours;
}

const TEXT_GAP = 5;
const MOST_CACHED = 4_000;

export class BarLabels {
  readonly #context: CanvasRenderingContext2D;
  readonly #widths = new Map<string, number>();

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
  }

  /** The font is another one. */
  clear(): void {
    this.#widths.clear();
  }

  /** Beside the bar: to its right, else to its left, else inside its right end on a plate. */
  draw(state: State, text: string, bar: { readonly x: number; readonly width: number } | undefined, start: number, box: LabelPlace): void {
    const context = this.#context;
    const width = state.layout.timelineWidth;
    const wide = this.#widthOf(text);
    const middle = box.y + state.layout.rowHeight / 2;
    if (bar === undefined) {
      // Outside of what is visible: an arrow at the edge where it lies.
      const before = start < state.view.start;
      context.fillStyle = box.colours.dim;
      context.textAlign = before ? 'left' : 'right';
      context.fillText(before ? '‹' : '›', before ? 2 : width - 2, middle);
      return;
    }
    context.textAlign = 'left';
    const right = bar.x + bar.width + TEXT_GAP;
    if (right + wide <= width) {
      context.fillStyle = box.colours.dim;
      context.fillText(text, right, middle);
      return;
    }
    if (bar.x - TEXT_GAP - wide >= 0) {
      context.fillStyle = box.colours.dim;
      context.fillText(text, bar.x - TEXT_GAP - wide, middle);
      return;
    }
    const plate = Math.min(width, bar.x + bar.width) - wide - 2 * TEXT_GAP - 4;
    context.fillStyle = box.colours.ground;
    context.beginPath();
    context.roundRect(plate, box.y + 4, wide + 2 * TEXT_GAP, state.layout.rowHeight - 8, 3);
    context.fill();
    context.fillStyle = box.colours.text;
    context.fillText(text, plate + TEXT_GAP, middle);
  }

  #widthOf(text: string): number {
    let width = this.#widths.get(text);
    if (width === undefined) {
      if (this.#widths.size > MOST_CACHED) this.#widths.clear();
      width = Math.ceil(this.#context.measureText(text).width);
      this.#widths.set(text, width);
    }
    return width;
  }
}
