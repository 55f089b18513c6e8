// /api/v3/trace-summaries → rows (backends.md §1.3). Fields that are zero are left out by the server. Knows no HTTP.
import { count, idHex, isObject, items, type JsonObject, text, uint64 } from '../../../formats/jsonFields.ts';
import type { SourceTrace } from '../source.ts';

/** Undefined where the document is no list of summaries. */
export function summariesOf(document: JsonObject): readonly JsonObject[] | undefined {
  if (Array.isArray(document['summaries'])) return document['summaries'].filter(isObject);
  // Protobuf's JSON may leave an empty list out.
  return Object.keys(document).length === 0 ? [] : undefined;
}

/** Undefined for one without a trace id or times: nobody could open or place it. */
export function summaryTrace(summary: JsonObject): SourceTrace | undefined {
  const exactness = { rounded: false };
  const traceId = idHex(summary['traceId'], 16);
  const start = uint64(summary['minStartTimeUnixNano'], exactness);
  if (traceId === undefined || traceId === '' || start === undefined) return undefined;
  const end = uint64(summary['maxEndTimeUnixNano'], exactness) ?? start;
  const durationNs = end > start ? end - start : 0n;
  const rootName = text(summary['rootOperationName']);
  const rootService = text(summary['rootServiceName']);
  return {
    ref: { traceId, startUnixNano: start.toString(), endUnixNano: (start + durationNs).toString() },
    summary: {
      traceId,
      rootService,
      rootName,
      startUnixNano: start,
      durationNs,
      spans: count(summary['spanCount']),
      errors: count(summary['errorSpanCount']),
      orphans: count(summary['orphanSpanCount']),
      roots: rootName === '' && rootService === '' ? 0 : 1,
      maxDepth: 0,
      services: items(summary['services']).filter(isObject).map((service) => text(service['name'])).filter((name) => name !== ''),
      duplicates: 0,
      rejected: 0,
      warnings: [],
      provisional: false,
    },
  };
}
