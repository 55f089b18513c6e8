// When spans began, told by one clock: what ran in another service on another machine's clock is moved into the call that waited for it,
// with everything under it. For sums and comparisons only: what people see is shown as it was sent. Pure, O(n).
import { SpanFlag } from '../model/spanBatch.ts';
import type { TraceColumns } from '../model/trace.ts';

const PRODUCER = 4;
const CONSUMER = 5;
const UNKNOWN_END = SpanFlag.inProgress | SpanFlag.negative;

/** The same columns where no clocks disagree. */
export function onOneClock(trace: TraceColumns): TraceColumns {
  const { count, parent, start, duration } = trace;
  let moved: Float64Array | undefined;
  for (let row = 0; row < count; row++) {
    const above = parent[row]!;
    if (isOnAnotherClock(trace, row)) {
      moved ??= start.slice();
      // Nobody knows how long either way took: the middle is as likely as any.
      moved[row] = moved[above]! + (duration[above]! - duration[row]!) / 2;
    } else if (moved !== undefined && above >= 0) {
      moved[row] = start[row]! + moved[above]! - start[above]!;
    }
  }
  return moved === undefined ? trace : { ...trace, start: moved };
}

/** Work behind a queue may lie anywhere; what took longer than its call was given up by it. */
function isOnAnotherClock({ parent, service, duration, kind, flags }: TraceColumns, row: number): boolean {
  const above = parent[row]!;
  if (above < 0 || (flags[row]! & SpanFlag.skew) === 0 || service[row] === service[above] || duration[row]! > duration[above]!) return false;
  return ((flags[row]! | flags[above]!) & UNKNOWN_END) === 0 && kind[row] !== CONSUMER && kind[above] !== PRODUCER;
}
