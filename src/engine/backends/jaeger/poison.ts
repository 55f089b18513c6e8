// Traces that Jaeger's v1 API cannot write: one NaN or infinite value makes it answer 500 to every search that would return the trace
// (recorded 1). Where no newer API is served, time is halved until the rest is had and the trace's moment is known. Must not know the wire.
import { isObject, items } from '../../../formats/jsonFields.ts';
import { resourceSpansOf } from '../../../formats/otlpJson.ts';
import { timeText } from '../../listing/traceStream.ts';
import type { TimeWindow } from '../backend.ts';
import { UnwritableTraces } from './api.ts';

/** Requests for one page, the one that failed included. */
export const ISOLATION_REQUESTS = 12;
const UNIT_NS = 1000n;
/** At a time: an hour comes down to a minute, before it is looked whether there is another further back. */
const HALVINGS = 6;

export interface Isolated<T> {
  readonly answers: readonly T[];
  /** Newest first: where the traces begin that cannot be read. */
  readonly unread: readonly TimeWindow[];
}

/**
 * Asks for what is around the poisoned traces of `window`, of which it is known that it holds one. The newest is closed in by halves, one
 * request each; then all that is older is asked for at once; what is left of the requests goes to the widest. `ask` throws UnwritableTraces where there is one; all else it throws ends this.
 */
export async function isolatePoison<T>(window: TimeWindow, ask: (window: TimeWindow) => Promise<T>): Promise<Isolated<T>> {
  const answers: T[] = [];
  const budget = { left: ISOLATION_REQUESTS - 1 };
  const good = async (part: TimeWindow): Promise<boolean> => {
    budget.left--;
    try {
      answers.push(await ask(part));
      return true;
    } catch (error) {
      if (error instanceof UnwritableTraces) return false;
      throw error;
    }
  };
  /** Each is known to hold one; the widest first. */
  const bad: TimeWindow[] = [window];
  const width = ({ startNs, endNs }: TimeWindow): bigint => endNs - startNs;
  while (budget.left > 1 && width(bad[0]!) > 2n * UNIT_NS) {
    const whole = bad.shift()!;
    let { startNs, endNs } = whole;
    // One is kept for what is older.
    for (let halvings = 0; halvings < HALVINGS && budget.left > 1 && endNs - startNs > 2n * UNIT_NS; halvings++) {
      const middle = startNs + (endNs - startNs) / 2n;
      if (await good({ startNs: middle, endNs })) endNs = middle;
      else startNs = middle;
    }
    bad.push({ startNs, endNs });
    const older = { startNs: whole.startNs, endNs: startNs };
    if (width(older) > 0n && !(await good(older))) bad.push(older);
    bad.sort((a, b) => (width(a) < width(b) ? 1 : -1));
  }
  return { answers, unread: joined(bad) };
}

/** Neighbours as one, newest first. */
function joined(windows: readonly TimeWindow[]): TimeWindow[] {
  const result: TimeWindow[] = [];
  for (const next of windows.toSorted((a, b) => (a.endNs < b.endNs ? 1 : -1))) {
    const last = result.at(-1);
    if (last !== undefined && last.startNs <= next.endNs) result[result.length - 1] = { startNs: next.startNs < last.startNs ? next.startNs : last.startNs, endNs: last.endNs };
    else result.push(next);
  }
  return result;
}

export const unreadNote = ({ startNs, endNs }: TimeWindow): string =>
  `A trace that began between ${timeText(startNs)} and ${timeText(endNs)} has a value that is no number (NaN or infinite): this server cannot answer it, nor what else began then. A newer Jaeger can.`;

/** The part of `window` that lies outside of `unread`, newest first. */
export function around(window: TimeWindow, unread: readonly TimeWindow[]): TimeWindow[] {
  let parts = [window];
  for (const hole of unread) {
    parts = parts.flatMap(({ startNs, endNs }) =>
      [{ startNs: hole.endNs > startNs ? hole.endNs : startNs, endNs }, { startNs, endNs: hole.startNs < endNs ? hole.startNs : endNs }].filter((part) => part.startNs < part.endNs),
    );
  }
  return parts;
}

/** Trace ids with a value that is no JSON number, as v3 writes it: the text "NaN", "Infinity" or "-Infinity". */
export function poisonedIds(document: unknown): string[] {
  const ids = new Set<string>();
  const poisoned = (holder: unknown): boolean =>
    isObject(holder) && items(holder['attributes']).some((attribute) => isObject(attribute) && isObject(attribute['value']) && typeof attribute['value']['doubleValue'] === 'string');
  for (const resource of (resourceSpansOf(document) ?? []).filter(isObject)) {
    for (const scope of items(resource['scopeSpans']).filter(isObject)) {
      for (const span of items(scope['spans']).filter(isObject)) {
        if (poisoned(span) || items(span['events']).some(poisoned) || poisoned(resource['resource'])) ids.add(String(span['traceId']));
      }
    }
  }
  return [...ids];
}
