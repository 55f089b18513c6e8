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

export interface Isolated<T> {
  readonly answers: readonly T[];
  /** Newest first: where the traces begin that cannot be read. */
  readonly unread: readonly TimeWindow[];
}

/** Asks for what is around `window`'s poisoned traces. `ask` throws UnwritableTraces where there is one; everything else it throws ends this. */
export async function isolatePoison<T>(window: TimeWindow, ask: (window: TimeWindow) => Promise<T>): Promise<Isolated<T>> {
  const answers: T[] = [];
  /** Known to hold one, widest first. */
  const bad: TimeWindow[] = [window];
  const unread: TimeWindow[] = [];
  let left = ISOLATION_REQUESTS - 1;
  const good = async (part: TimeWindow): Promise<boolean> => {
    left--;
    try {
      answers.push(await ask(part));
      return true;
    } catch (error) {
      if (error instanceof UnwritableTraces) return false;
      throw error;
    }
  };
  for (let next = bad.shift(); next !== undefined; next = bad.shift()) {
    const { startNs, endNs } = next;
    const middle = startNs + (endNs - startNs) / 2n;
    if (left === 0 || endNs - startNs <= 2n * UNIT_NS) {
      unread.push({ startNs, endNs });
      continue;
    }
    const [newer, older] = [{ startNs: middle, endNs }, { startNs, endNs: middle }];
    if (await good(newer)) {
      // It must be in the other half.
      bad.push(older);
      continue;
    }
    bad.push(newer);
    if (left === 0 || !(await good(older))) bad.push(older);
    bad.sort((a, b) => (b.endNs - b.startNs > a.endNs - a.startNs ? 1 : -1));
  }
  return { answers, unread: joined(unread) };
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
