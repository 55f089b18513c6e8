// The time axis: round steps and labels that stay distinguishable at every zoom. Pure.
import { NS_PER_MS, NS_PER_S, NS_PER_US, formatDuration } from '../model/time.ts';
import type { Viewport } from './viewport.ts';

export interface AxisTick {
  /** ns relative to the trace's start. */
  readonly time: number;
  readonly label: string;
}

const UNITS = [
  { name: 'ns', ns: 1 },
  { name: 'µs', ns: NS_PER_US },
  { name: 'ms', ns: NS_PER_MS },
  { name: 's', ns: NS_PER_S },
] as const;

/** Steps above a minute, in seconds. */
const LONG_STEPS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** More decimals than this are unreadable: labels then count from the left edge. */
const MOST_DECIMALS = 4;

/** ns between ticks at least `leastPixels` apart. */
export function tickStep(view: Viewport, width: number, leastPixels: number): number {
  const wish = ((view.end - view.start) * leastPixels) / Math.max(1, width);
  if (wish > 50 * NS_PER_S) {
    const long = LONG_STEPS.find((seconds) => seconds * NS_PER_S >= wish);
    if (long !== undefined) return long * NS_PER_S;
    const days = wish / (86_400 * NS_PER_S);
    return roundUp(days) * 86_400 * NS_PER_S;
  }
  return roundUp(wish);
}

/** The next of 1, 2, 5 × 10^k. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const mantissa = value / power;
  return (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10) * power;
}

export function axisTicks(view: Viewport, width: number, leastPixels = 88): AxisTick[] {
  const step = tickStep(view, width, leastPixels);
  const ticks: AxisTick[] = [];
  const first = Math.ceil(view.start / step - 1e-9);
  const relative = decimalsFor(step, unitOf(view.end).ns) > MOST_DECIMALS;
  for (let k = 0; ; k++) {
    // Counting from the left edge keeps the steps exact where time + step is lost to rounding.
    const time = relative ? view.start + k * step : (first + k) * step;
    if (time > view.end || k > width) return ticks;
    ticks.push({ time, label: relative ? (k === 0 ? formatDuration(view.start) : `+${tickLabel(k * step, step, step)}`) : tickLabel(time, step, view.end) });
  }
}

function unitOf(largest: number): (typeof UNITS)[number] {
  return UNITS.findLast((unit) => Math.abs(largest) >= unit.ns) ?? UNITS[0];
}

const decimalsFor = (step: number, unitNs: number): number => Math.max(0, -Math.floor(Math.log10(step / unitNs) + 1e-9));

/** One unit for the whole axis, as many decimals as the step needs. */
function tickLabel(time: number, step: number, largest: number): string {
  if (time === 0) return `0 ${unitOf(largest).name}`;
  // Ticks are round: `2 h`, not `2 h 0 min`.
  if (step >= 60 * NS_PER_S) return formatDuration(time).replace(/ 0 (s|min|h)$/, '');
  const unit = unitOf(largest);
  return `${(time / unit.ns).toFixed(Math.min(9, decimalsFor(step, unit.ns)))} ${unit.name}`;
}

/** The visible range as text, precise enough to tell its ends apart. */
export function rangeLabel(view: Viewport): string {
  const span = view.end - view.start;
  const unit = unitOf(view.end);
  const decimals = Math.min(12, Math.max(view.end / unit.ns < 10 ? 2 : view.end / unit.ns < 100 ? 1 : 0, decimalsFor(span / 100, unit.ns)));
  if (view.end >= 60 * NS_PER_S && span >= 60 * NS_PER_S) return `${view.start === 0 ? '0 s' : formatDuration(view.start)} – ${formatDuration(view.end)}`;
  const text = (time: number): string => (time === 0 ? '0' : (time / unit.ns).toFixed(decimals));
  return `${text(view.start)} ${unit.name} – ${text(view.end)} ${unit.name}`;
}
