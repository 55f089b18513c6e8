// Cloud Trace's list: what is asked as a filter, and listed traces as ours, from root spans alone or from whole traces (backends.md §8,
// discovery document of cloudtrace v1). Must not know how requests are made.
import { isObject, items, type JsonObject, text } from '../../../formats/jsonFields.ts';
import { decodeCloudTrace, labelsOf, nanosOfDate, problemOf, serviceOfLabels } from '../../../formats/cloudTraceV1.ts';
import { padHex } from '../../../model/ids.ts';
import { splitByTrace } from '../../../model/splitByTrace.ts';
import { buildTrace } from '../../../model/traceBuilder.ts';
import { summaryOf } from '../../../model/traceSummary.ts';
import { BackendError, type UnknownField } from '../backend.ts';
import type { SourceQuery, SourceTrace } from '../source.ts';

/** "" for everything. Throws BackendError unsupported for what the language cannot say. */
export function filterText({ service, operation, minDurationNs, attributes }: SourceQuery): string {
  return [
    ...(service === undefined ? [] : [`+service.name:${value(service)}`]),
    ...(operation === undefined ? [] : [`+span:${value(operation)}`]),
    ...(minDurationNs === undefined ? [] : [`latency:${Math.ceil(minDurationNs)}ns`]),
    ...(attributes ?? []).map((attribute) => `+${key(attribute.key)}:${value(attribute.value)}`),
  ].join(' ');
}

function key(name: string): string {
  if (/^[^\s:"+\\]{1,128}$/.test(name)) return name;
  throw new BackendError('unsupported', `Cloud Trace cannot be asked for a label called ${JSON.stringify(name.slice(0, 60))}.`);
}

/** Terms end at white space; a value with some stands in quotes. */
function value(given: string): string {
  if (/["\\\u0000-\u001f]/.test(given) || given === '') throw new BackendError('unsupported', `Cloud Trace cannot be asked for ${JSON.stringify(given.slice(0, 60))}: its filters have no way to write quotes, backslashes and nothing.`);
  return /\s/.test(given) ? `"${given}"` : given;
}

/** Of the views ROOTSPAN and COMPLETE. */
export function tracesOf(answer: JsonObject, whole: boolean, notesOf: (spans: number, endNs: bigint) => readonly string[]): SourceTrace[] {
  return items(answer['traces']).flatMap((trace) => {
    if (!isObject(trace)) return [];
    return (whole ? wholeTrace(trace, notesOf) : rootOnly(trace)) ?? [];
  });
}

function rootOnly(trace: JsonObject): SourceTrace | undefined {
  const traceId = padHex(text(trace['traceId']), 32);
  const spans = items(trace['spans']).filter(isObject);
  const starts = spans.map((span) => nanosOfDate(text(span['startTime'])));
  const first = starts.reduce<number>((best, start, k) => (start !== undefined && (best < 0 || start < starts[best]!) ? k : best), -1);
  if (traceId === undefined || first < 0) return undefined;
  const root = spans[first]!;
  const start = starts[first]!;
  const end = nanosOfDate(text(root['endTime']));
  const labels = spans.map(labelsOf);
  const errors = spans.filter((span, k) => problemOf(labels[k]!, text(span['kind'])) !== undefined).length;
  const services = [...new Set(labels.map(serviceOfLabels).filter((name) => name !== ''))];
  const unknown: UnknownField[] = ['spans', 'services'];
  if (end === undefined) unknown.push('duration');
  // Only roots are listed: below them something may have failed all the same.
  if (errors === 0) unknown.push('errors');
  return {
    ref: { traceId, startUnixNano: start.toString(), scope: text(trace['projectId']) },
    unknown,
    summary: {
      traceId, rootService: serviceOfLabels(labels[first]!), rootName: text(root['name']), startUnixNano: start, durationNs: end === undefined || end < start ? 0n : end - start,
      spans: 0, errors, orphans: 0, roots: spans.length, maxDepth: 0, services, duplicates: 0, rejected: 0, warnings: [], provisional: false,
    },
  };
}

function wholeTrace(trace: JsonObject, notesOf: (spans: number, endNs: bigint) => readonly string[]): SourceTrace | undefined {
  const traceId = padHex(text(trace['traceId']), 32);
  const batch = decodeCloudTrace([trace]);
  if (traceId === undefined || batch.count === 0) return undefined;
  const [part] = splitByTrace([batch]);
  const summary = summaryOf(buildTrace(traceId, part!.selections));
  return { ref: { traceId, startUnixNano: summary.startUnixNano.toString(), scope: text(trace['projectId']) }, summary, loaded: { batches: [batch], notes: notesOf(batch.count, summary.startUnixNano + summary.durationNs) } };
}
