// What Langfuse's lists answer of a trace → a row: v3's traces with their metrics, v4's root observations. Bodies are never asked for there,
// so a list does not know services, nor how many observations there are. Knows no HTTP.
import { isoNanos } from '../../../formats/isoTime.ts';
import { isObject, text, type JsonObject } from '../../../formats/jsonFields.ts';
import type { UnknownField } from '../backend.ts';
import type { SourceTrace } from '../source.ts';

/** undefined for what is no row at all. */
export function rowOfTrace(trace: unknown): SourceTrace | undefined {
  if (!isObject(trace)) return undefined;
  const start = isoNanos(trace['timestamp']);
  const latency = seconds(trace['latency']);
  return start === undefined ? undefined : row({ id: text(trace['id']), name: text(trace['name']), start, durationNs: latency, errors: 0 });
}

/** One row a trace, of its observations that are roots; newest first as they come. */
export function rowsOfRoots(observations: readonly JsonObject[]): SourceTrace[] {
  const traces = new Map<string, JsonObject[]>();
  for (const observation of observations) {
    const id = text(observation['traceId']);
    const roots = traces.get(id);
    if (roots === undefined) traces.set(id, [observation]);
    else roots.push(observation);
  }
  return [...traces].map(([id, roots]) => ofRoots(id, roots)).filter((found) => found !== undefined);
}

function ofRoots(id: string, roots: readonly JsonObject[]): SourceTrace | undefined {
  const spans = roots.flatMap((root) => {
    const start = isoNanos(root['startTime']);
    const latency = seconds(root['latency']);
    const end = isoNanos(root['endTime']) ?? (start === undefined || latency === undefined ? undefined : start + latency);
    return start === undefined ? [] : [{ root, start, end }];
  });
  const first = spans.reduce<(typeof spans)[number] | undefined>((earliest, span) => (earliest === undefined || span.start < earliest.start ? span : earliest), undefined);
  if (first === undefined) return undefined;
  const ends = spans.map(({ end }) => end);
  const end = ends.every((one) => one !== undefined) ? ends.reduce((a, b) => (a > b ? a : b)) : undefined;
  const errors = roots.filter(({ level }) => level === 'ERROR').length;
  return row({ id, name: nameOf(first.root), start: first.start, durationNs: end === undefined || end < first.start ? undefined : end - first.start, errors });
}

/** Of a trace whose root is not known: one of its observations matched, when it began is that observation's time. */
export function rowOfMatch(observation: JsonObject, errors: number): SourceTrace | undefined {
  const start = isoNanos(observation['startTime']);
  const name = text(observation['traceName']);
  if (start === undefined) return undefined;
  const found = row({ id: text(observation['traceId']), name, start, durationNs: undefined, errors });
  return found === undefined || name !== '' ? found : { ...found, unknown: [...(found.unknown ?? []), 'root'] };
}

/** A trace is called as its root is, where nobody named it. */
const nameOf = (root: JsonObject): string => text(root['traceName']) || text(root['name']);

interface RowParts {
  readonly id: string;
  readonly name: string;
  readonly start: bigint;
  readonly durationNs: bigint | undefined;
  readonly errors: number;
}

function row({ id, name, start, durationNs, errors }: RowParts): SourceTrace | undefined {
  if (id === '') return undefined;
  const unknown: UnknownField[] = ['spans', 'services', ...(errors === 0 ? (['errors'] as const) : []), ...(durationNs === undefined ? (['duration'] as const) : [])];
  return {
    ref: { traceId: id, startUnixNano: start.toString(), endUnixNano: (start + (durationNs ?? 0n)).toString() },
    summary: { traceId: id, rootService: '', rootName: name, startUnixNano: start, durationNs: durationNs ?? 0n, spans: 0, errors, orphans: 0, roots: 1, maxDepth: 0, services: [], duplicates: 0, rejected: 0, warnings: [], provisional: false },
    unknown,
  };
}

/** -1 and null stand for "not known". */
function seconds(value: unknown): bigint | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e9 ? BigInt(Math.round(value * 1e6)) * 1000n : undefined;
}
