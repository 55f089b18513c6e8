// The words of a search that costs: which times can be picked, what goes along, and the query for the engine. Pure.
import { visibleLine } from '../analysis/visibleText.ts';
import type { DeepSearch } from '../protocol/connections.ts';
import type { DeepQuery } from '../protocol/messages.ts';
import { withoutIcons } from './plainText.ts';
import type { TraceFilterValues } from './traceLists.ts';
import { filterText } from './viewState.ts';

const MINUTE_NS = 60_000_000_000n;
/** Spans of clocks that are ahead of ours. */
const AHEAD_NS = MINUTE_NS;

export interface DeepWindow {
  readonly label: string;
  /** From when on, in the reader's own time. */
  readonly description: string;
  readonly minutes: number;
}

const WINDOWS: readonly (readonly [minutes: number, label: string])[] = [
  [15, 'The last 15 minutes'], [60, 'The last hour'], [180, 'The last 3 hours'], [720, 'The last 12 hours'], [1440, 'The last 24 hours'], [4320, 'The last 3 days'], [10_080, 'The last 7 days'],
];

/** Shortest first: what is scanned is what is paid for. */
export const deepWindows = (nowMs: number): readonly DeepWindow[] => WINDOWS.map(([minutes, label]) => ({ label, minutes, description: `since ${new Date(nowMs - minutes * 60_000).toLocaleString()}` }));

/** What is searched, what it costs and what is asked for, before anything is. */
export function deepPrompt(name: string, { label, costNote }: DeepSearch, filter: TraceFilterValues): { readonly title: string; readonly placeHolder: string } {
  const asked = filterText(filter);
  return { title: withoutIcons(`Search ${visibleLine(label, 80)} · ${visibleLine(name, 60)} · ${visibleLine(costNote, 80)}`), placeHolder: `Which time? ${asked === '' ? 'No filter is set' : `Filter: ${asked}`}. Escape: nothing is searched.` };
}

export function deepQuery(connection: string, filter: TraceFilterValues, minutes: number, nowMs: number): DeepQuery {
  const nowNs = BigInt(Math.floor(nowMs)) * 1_000_000n;
  return { connection, ...filter, windowNs: { start: String(nowNs - BigInt(minutes) * MINUTE_NS), end: String(nowNs + AHEAD_NS) } };
}
