// The right half of the rows, on one canvas: grid lines, bars, self time, density of collapsed children, event ticks, critical
// path and durations. Draws what the state says and keeps only caches of what is slow to compute.
import { SpanFlag } from '../src/model/spanBatch.ts';
import { formatDuration } from '../src/model/time.ts';
import { axisTicks } from '../src/analysis/axisTicks.ts';
import { density } from '../src/analysis/density.ts';
import { firstSegmentAfter, selfSegments } from '../src/analysis/selfSegments.ts';
import { HUES, serviceLook } from '../src/analysis/serviceHues.ts';
import { barPixels, timeToX, type Viewport } from '../src/analysis/viewport.ts';
import { BarLabels, type LabelPlace } from './barLabels.ts';
import { prepare, surface, writeIn, type Surface } from './canvas.ts';
import { el } from './dom.ts';
import type { ServiceOrder } from './serviceOrder.ts';
import { changed, type State, type View } from './store.ts';
import type { GroundColours } from './theme.ts';
import type { TraceData } from './traceData.ts';

/** A bar is never thinner than this, CSS px. */
const LEAST_BAR = 2;
const BAR_INSET = 6;
/** Ticks are drawn over bars at least this wide, CSS px. */
const LEAST_TICKED = 10;
const MOST_CACHED_ROWS = 4_000;
const UNCERTAIN = SpanFlag.skew | SpanFlag.inProgress | SpanFlag.negative | SpanFlag.strangeTime;

interface RowBox extends LabelPlace {
  readonly row: number;
  readonly hue: number;
}

export class Bars implements View {
  readonly canvas = el('canvas', { class: 'bars', attributes: { 'aria-hidden': 'true' } });
  readonly #surface: Surface = surface(this.canvas);
  readonly #services: () => ServiceOrder;
  readonly #segments = new Map<number, Float64Array>();
  readonly #densities = new Map<number, { readonly view: Viewport; readonly width: number; readonly counts: Uint32Array }>();
  readonly #labels = new BarLabels(this.#surface.context);

  constructor(services: () => ServiceOrder) {
    this.#services = services;
  }

  render(state: State, before: State | undefined): void {
    if (!changed(state, before, 'data', 'rows', 'view', 'top', 'selected', 'gridFocused', 'theme', 'layout', 'showCriticalPath', 'collapsed')) return;
    if (changed(state, before, 'data')) {
      this.#segments.clear();
      this.#densities.clear();
    }
    if (changed(state, before, 'theme')) this.#labels.clear();
    const { layout, theme } = state;
    const width = layout.timelineWidth;
    prepare(this.#surface, width, layout.gridHeight, layout.pixelRatio);
    this.canvas.style.left = `${layout.timelineLeft}px`;
    const { context } = this.#surface;
    writeIn(this.#surface, theme);
    this.#drawGrid(state);
    const { data } = state;
    if (data === undefined) return;
    const first = Math.floor(state.top / layout.rowHeight);
    const last = Math.min(state.rows.count, Math.ceil((state.top + layout.gridHeight) / layout.rowHeight));
    for (let position = first; position < last; position++) {
      const row = state.rows.rowAt(position);
      const colours = row !== state.selected ? theme.plain : state.gridFocused ? theme.selected : theme.selectedInactive;
      const isError = (data.columns.flags[row]! & SpanFlag.error) !== 0;
      const hue = isError ? HUES : serviceLook(this.#services().of(data.columns.service[row]!)).hue;
      const dimmed = state.rows.passed !== undefined && state.rows.passed[row] !== 1;
      context.globalAlpha = dimmed ? 0.45 : 1;
      this.#drawRow(state, data, { row, y: position * layout.rowHeight - state.top, colours, hue });
    }
    context.globalAlpha = 1;
  }

  #drawGrid(state: State): void {
    const { context } = this.#surface;
    const { layout, view } = state;
    context.fillStyle = state.theme.line;
    context.globalAlpha = state.theme.highContrast ? 0.35 : 1;
    for (const tick of axisTicks(view, layout.timelineWidth)) {
      context.fillRect(Math.round(timeToX(tick.time, view, layout.timelineWidth)), 0, 1, layout.gridHeight);
    }
    context.globalAlpha = 1;
  }

  #drawRow(state: State, data: TraceData, box: RowBox): void {
    const { columns } = data;
    const { row } = box;
    const { context } = this.#surface;
    const { layout, view } = state;
    const running = (columns.flags[row]! & SpanFlag.inProgress) !== 0;
    const start = columns.start[row]!;
    const duration = running ? Math.max(0, Number(state.head?.summary.durationNs ?? 0) - start) : columns.duration[row]!;
    const snap = snapper(state);
    const top = snap(box.y + BAR_INSET);
    const height = snap(box.y + layout.rowHeight - BAR_INSET) - top;
    const exact = barPixels(start, duration, view, layout.timelineWidth, LEAST_BAR);
    const bar = exact === undefined ? undefined : { x: snap(exact.x), width: snap(exact.x + exact.width) - snap(exact.x) };
    const solid = box.colours.solid[box.hue]!;
    if (bar !== undefined) {
      if (bar.width <= 3) {
        context.fillStyle = solid;
        context.fillRect(bar.x, top, bar.width, height);
      } else {
        this.#drawOutline(bar.x, top, bar.width, height, solid, box.colours.pale[box.hue]!);
        const isUncertain = (columns.flags[row]! & UNCERTAIN) !== 0;
        if (isUncertain) this.#hatch(bar.x, top, bar.width, height, solid);
        if (!running) this.#drawSelf(state, data, row, top, height, solid);
        // On what is solid the same lines show the ground.
        if (isUncertain && !running) this.#hatch(bar.x + 1, top + 1, bar.width - 2, height - 2, box.colours.ground);
        if (state.collapsed.flags[row] === 1) this.#drawDensity(state, data, row, top, height, box.colours.text);
      }
      this.#drawEvents(state, data, row, top, height, bar.width, box.colours);
    }
    if (state.showCriticalPath) this.#drawCriticalPath(state, data, row, box.y + layout.rowHeight - 5, box.colours);
    this.#labels.draw(state, running ? 'in progress' : formatDuration(columns.duration[row]!), bar, start, box);
  }

  #drawOutline(x: number, y: number, width: number, height: number, stroke: string, fill: string): void {
    const { context } = this.#surface;
    context.beginPath();
    context.roundRect(x + 0.5, y + 0.5, Math.max(1, width - 1), height - 1, 2);
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = stroke;
    context.lineWidth = 1;
    context.stroke();
  }

  #drawSelf(state: State, data: TraceData, row: number, y: number, height: number, solid: string): void {
    const { columns } = data;
    // While children are missing their parent's own time is not known.
    if (columns.subtreeEnd[row]! > data.loaded) return;
    let segments = this.#segments.get(row);
    if (segments === undefined) {
      if (this.#segments.size >= MOST_CACHED_ROWS) this.#segments.clear();
      segments = selfSegments(columns, row, data.loaded);
      this.#segments.set(row, segments);
    }
    const { context } = this.#surface;
    const { view } = state;
    const snap = snapper(state);
    const width = state.layout.timelineWidth;
    context.fillStyle = solid;
    for (let k = firstSegmentAfter(segments, view.start); 2 * k < segments.length; k++) {
      const from = snap(Math.max(0, timeToX(segments[2 * k]!, view, width)));
      if (from > width) return;
      const to = Math.max(from + 1, snap(Math.min(width, timeToX(segments[2 * k + 1]!, view, width))));
      context.fillRect(from, y, to - from, height);
      // What ends within the pixel just drawn cannot be seen: skip it.
      k = Math.max(k, firstSegmentAfter(segments, view.start + (to / width) * (view.end - view.start)) - 1);
    }
  }

  #drawDensity(state: State, data: TraceData, row: number, y: number, height: number, ink: string): void {
    const { columns } = data;
    const end = Math.min(data.loaded, columns.subtreeEnd[row]!);
    const width = Math.max(1, Math.floor(state.layout.timelineWidth));
    let cached = this.#densities.get(row);
    if (cached === undefined || cached.view !== state.view || cached.width !== width) {
      if (this.#densities.size >= MOST_CACHED_ROWS) this.#densities.clear();
      cached = { view: state.view, width, counts: density(columns, row + 1, end, state.view, width) };
      this.#densities.set(row, cached);
    }
    const { context } = this.#surface;
    const most = cached.counts.reduce((a, b) => Math.max(a, b), 1);
    const alpha = context.globalAlpha;
    context.fillStyle = ink;
    for (let x = 0; x < width; x++) {
      const count = cached.counts[x]!;
      if (count === 0) continue;
      context.globalAlpha = alpha * (0.35 + 0.65 * (Math.log1p(count) / Math.log1p(most)));
      context.fillRect(x, y + height - 5, 1, 3);
    }
    context.globalAlpha = alpha;
  }

  #hatch(x: number, y: number, width: number, height: number, ink: string): void {
    const { context } = this.#surface;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.beginPath();
    for (let at = Math.floor(x / 6) * 6 - height; at < x + width; at += 6) {
      context.moveTo(at, y + height);
      context.lineTo(at + height, y);
    }
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.stroke();
    context.restore();
  }

  /** Where there is no room for ticks over the bar (it is narrow, or they are many), they stand on top of it. */
  #drawEvents(state: State, data: TraceData, row: number, y: number, height: number, barWidth: number, colours: GroundColours): void {
    const { events } = data;
    if (events === undefined) return;
    const { context } = this.#surface;
    const width = state.layout.timelineWidth;
    const first = events.first[row]!;
    const end = events.first[row + 1]!;
    const isCrowded = barWidth < LEAST_TICKED * Math.max(1, end - first);
    let drawn = Number.NEGATIVE_INFINITY;
    for (let e = first; e < end; e++) {
      const x = Math.round(timeToX(events.a[e]!, state.view, width)) - 1;
      if (x < -2 || x > width || x < drawn + 2) continue;
      drawn = x;
      if (!isCrowded) {
        context.fillStyle = colours.ground;
        context.fillRect(x - 1, y - 1, 4, height + 2);
      }
      context.fillStyle = colours.text;
      if (isCrowded) context.fillRect(x, y - 4, 1, 3);
      else context.fillRect(x, y - 1, 2, height + 2);
    }
  }

  #drawCriticalPath(state: State, data: TraceData, row: number, y: number, colours: GroundColours): void {
    const path = data.criticalPath;
    if (path === undefined) return;
    const { context } = this.#surface;
    const width = state.layout.timelineWidth;
    context.fillStyle = colours.critical;
    let drawn = Number.NEGATIVE_INFINITY;
    for (let k = path.first[row]!; k < path.first[row + 1]!; k++) {
      const from = timeToX(path.a[k]!, state.view, width);
      const to = Math.max(from + 1, timeToX(path.b![k]!, state.view, width));
      if (to < 0 || from > width || to <= drawn) continue;
      drawn = to;
      context.fillRect(Math.max(0, from), y, Math.min(width, to) - Math.max(0, from), 2);
    }
  }
}

/** Edges on whole device pixels: nothing is blurred at fractional scales. */
const snapper =
  ({ layout: { pixelRatio } }: State) =>
  (value: number): number =>
    Math.round(value * pixelRatio) / pixelRatio;
