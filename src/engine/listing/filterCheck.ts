// What was asked for, held against what came: a filter is only believed while every answer fits it. Servers lie in ways no document says
// (recorded 2: Jaeger's error filter returns healthy traces and finds no erring one). Pure; must not know any server.
import type { FoundTrace, TraceFilter, UnknownField } from '../backends/backend.ts';
import type { SourceFilter } from '../backends/source.ts';

const knows = (found: FoundTrace, field: UnknownField): boolean => found.unknown?.includes(field) !== true;
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** True, false, or undefined where the summary does not say. */
const FITS: Readonly<Record<SourceFilter, (found: FoundTrace, wanted: TraceFilter) => boolean | undefined>> = {
  service: (found, { service = '' }) => {
    if (same(found.summary.rootService, service) || found.summary.services.some((name) => same(name, service))) return true;
    return knows(found, 'services') ? false : undefined;
  },
  // Servers match any span's name, a summary has the root's.
  operation: (found, { operation = '' }) => (knows(found, 'root') && same(found.summary.rootName, operation) ? true : undefined),
  minDurationNs: (found, { minDurationNs = 0 }) => (knows(found, 'duration') ? Number(found.summary.durationNs) >= minDurationNs : undefined),
  errorsOnly: (found) => (knows(found, 'errors') ? found.summary.errors > 0 : undefined),
  attributes: () => undefined,
  text: () => undefined,
};

/** A query in the source's own language, typed where text is looked for. */
export const isSourceQueryText = (text: string): boolean => text.trimStart().startsWith('{');

/** Filters that the query sets, as the source names them. */
export function filtersOf(query: TraceFilter): SourceFilter[] {
  const set: SourceFilter[] = [];
  if (query.service !== undefined && query.service !== '') set.push('service');
  if (query.operation !== undefined && query.operation !== '') set.push('operation');
  if (query.attributes !== undefined && query.attributes.length > 0) set.push('attributes');
  if ((query.minDurationNs ?? 0) > 0) set.push('minDurationNs');
  if (query.errorsOnly === true) set.push('errorsOnly');
  if (isSourceQueryText(query.text ?? '')) set.push('text');
  return set;
}

/** Filters sent to the server that this answer proves wrong. */
export function brokenFilters(found: readonly FoundTrace[], sent: readonly SourceFilter[], wanted: TraceFilter): SourceFilter[] {
  return sent.filter((filter) => found.some((trace) => FITS[filter](trace, wanted) === false));
}

/** Our own check: `sent` are those the server answers for where a summary does not say. */
export function fits(found: FoundTrace, wanted: TraceFilter, sent: readonly SourceFilter[]): boolean {
  for (const filter of filtersOf(wanted)) {
    if (filter === 'text') continue;
    const fit = FITS[filter](found, wanted);
    if (fit === false || (fit === undefined && !sent.includes(filter))) return false;
  }
  return sent.includes('text') || wanted.text === undefined || wanted.text === '' || hasText(found, wanted.text.toLowerCase());
}

function hasText({ summary }: FoundTrace, text: string): boolean {
  return [summary.rootName, summary.rootService, summary.traceId, ...summary.services].some((value) => value.toLowerCase().includes(text));
}
