// What Tempo's search answers of a trace → a row of a list (backends.md §4 "Search hit"). Fields that are zero are left out by it, ids come
// without leading zeros, and statistics by service only since 2.5. Knows no HTTP.
import { count, isObject, items, text, uint64, type JsonObject } from '../../../formats/jsonFields.ts';
import { padHex } from '../../../model/ids.ts';
import type { UnknownField } from '../backend.ts';
import type { SourceTrace } from '../source.ts';

/** What stands for the root's service while its span has not arrived. */
const NO_ROOT_YET = '<root span not yet received>';

/** undefined for what is no row at all. */
export function rowOfHit(hit: unknown): SourceTrace | undefined {
  if (!isObject(hit)) return undefined;
  const traceId = padHex(text(hit['traceID']), 32);
  const startUnixNano = uint64(hit['startTimeUnixNano'], { rounded: false });
  if (traceId === undefined || startUnixNano === undefined) return undefined;
  const durationNs = BigInt(count(hit['durationMs'])) * 1_000_000n;
  const rootService = text(hit['rootServiceName']);
  const rootKnown = rootService !== NO_ROOT_YET;
  const stats = statisticsOf(hit);
  const matched = matchedSpans(hit);
  const services = new Set([...(stats?.services ?? []), ...matched.services]);
  const unknown: UnknownField[] = [...(rootKnown ? [] : ['root' as const]), ...(stats === undefined ? (['spans', 'errors', 'services'] as const) : [])];
  return {
    ref: { traceId, startUnixNano: startUnixNano.toString(), endUnixNano: (startUnixNano + durationNs + 1_000_000n).toString() },
    summary: {
      traceId,
      rootService: rootKnown ? rootService : '',
      rootName: text(hit['rootTraceName']),
      startUnixNano,
      durationNs,
      spans: stats?.spans ?? 0,
      errors: Math.max(stats?.errors ?? 0, matched.errors),
      orphans: 0,
      roots: rootKnown ? 1 : 0,
      maxDepth: 0,
      services: [...services],
      duplicates: 0,
      rejected: 0,
      warnings: [],
      provisional: false,
    },
    ...(unknown.length === 0 ? {} : { unknown }),
  };
}

/** A search that stopped early says so; undefined when it went through. */
export function unsearched(answer: JsonObject): string | undefined {
  const metrics = isObject(answer['metrics']) ? answer['metrics'] : {};
  const [done, all] = [count(metrics['completedJobs']), count(metrics['totalJobs'])];
  return done > 0 && done < all ? `Tempo searched ${done} of ${all} parts of its data.` : undefined;
}

function statisticsOf(hit: JsonObject): { readonly spans: number; readonly errors: number; readonly services: readonly string[] } | undefined {
  const stats = hit['serviceStats'];
  if (!isObject(stats)) return undefined;
  const entries = Object.entries(stats).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
  const sum = (field: string): number => entries.reduce((total, [, of]) => total + count(of[field]), 0);
  return { spans: sum('spanCount'), errors: sum('errorCount'), services: entries.map(([name]) => name) };
}

/** The spans that matched tell what the statistics of a trace still arriving may not. */
function matchedSpans(hit: JsonObject): { readonly errors: number; readonly services: readonly string[] } {
  const spans = [...items(hit['spanSets']).filter(isObject), ...(isObject(hit['spanSet']) ? [hit['spanSet']] : [])].flatMap((set) => items(set['spans'])).filter(isObject);
  const values = (key: string): string[] => spans.flatMap((span) => items(span['attributes'])).filter(isObject).filter((attribute) => attribute['key'] === key)
    .flatMap(({ value }) => (isObject(value) && typeof value['stringValue'] === 'string' ? [value['stringValue']] : []));
  return { errors: values('status').includes('error') ? 1 : 0, services: values('service.name') };
}
