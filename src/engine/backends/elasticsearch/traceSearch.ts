// All documents of a trace, however many: pages by `search_after` over time and span id. Documents that are alike in both may lie on either
// side of a page's end, so the last of those is asked for again, and what came twice is told by its own id. Nothing is held open on the
// cluster for it (no point in time): documents of spans are written once, and asking for one needs another right.
import { items, text, type JsonObject } from '../../../formats/jsonFields.ts';
import type { ElasticServer } from './elasticServer.ts';
import type { Clause } from './layouts.ts';
import { byTime } from './listSearch.ts';
import type { SpanIndices } from './spanIndices.ts';

const PAGE = 2_000;
/** A trace of more documents than this is shown in part. */
const MAX_PAGES = 250;

export interface FoundDocuments {
  readonly sources: readonly unknown[];
  readonly notes: readonly string[];
}

export async function documentsOf(server: ElasticServer, indices: SpanIndices, pattern: string, what: string, filter: readonly Clause[], signal: AbortSignal): Promise<FoundDocuments> {
  const seen = new Set<string>();
  const sources: unknown[] = [];
  const notes = new Set<string>();
  let after: readonly unknown[] | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { hits, partial } = await server.search(pattern, what, {
      size: PAGE, query: { bool: { filter } }, sort: [byTime(indices, 'asc'), { [indices.spanId]: { order: 'asc', unmapped_type: 'keyword' } }], ...(after === undefined ? {} : { search_after: after }),
    }, signal);
    for (const note of partial) notes.add(note);
    for (const hit of hits) {
      const name = `${text(hit['_index'])} ${text(hit['_id'])}`;
      if (!seen.has(name)) sources.push(hit['_source']);
      seen.add(name);
    }
    if (hits.length < PAGE) return { sources, notes: [...notes] };
    const next = lastBut(hits);
    if (next === undefined) return { sources, notes: [...notes, `More than ${PAGE} spans have one id and one time: not all of them were read.`] };
    after = next;
  }
  return { sources, notes: [...notes, `Only the first ${sources.length} spans were read.`] };
}

/** Sort values of the last hit that differs from the very last; undefined where none does. */
function lastBut(hits: readonly JsonObject[]): readonly unknown[] | undefined {
  const keyOf = (hit: JsonObject | undefined): string => items(hit?.['sort']).map(text).join(' ');
  const last = keyOf(hits.at(-1));
  const before = hits.findLast((hit) => keyOf(hit) !== last);
  return before === undefined ? undefined : items(before['sort']);
}
