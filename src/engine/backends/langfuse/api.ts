// Langfuse's public API over HTTP (backends.md §5): which of its two is served, remembered and found out anew after a 404, and reading one trace
// whole by either. Windows are always bounded, bodies (io) are asked for only here. Must not know lists.
import { isObject, items, text, type JsonObject } from '../../../formats/jsonFields.ts';
import { LangfuseConverter } from '../../../formats/langfuse.ts';
import { SEARCH_TIMEOUT_MS, type HttpClient } from '../../network/httpClient.ts';
import { throwIfAborted } from '../../slices.ts';
import { BackendError, type LoadedTrace, type TimeWindow } from '../backend.ts';
import { boundedBy, equals, type LangfuseApiName, type Query } from './filters.ts';

const HOUR_NS = 3_600_000_000_000n;
/** Rows a request, fewer after a server could not carry so many. */
const PAGE_SIZES = [1000, 200, 50] as const;
const V1_PAGE = 100;
const SCORES_PAGE = 100;
/** More than this many pages of one trace is no trace. */
const MAX_PAGES = 2000;
/** metadata is cut there, unless its keys are named. */
const CUT_METADATA = 200;
const ALL_FIELDS = 'core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context';
/** Where OpenTelemetry's own data is kept. */
const KEPT_WHOLE = 'attributes,resourceAttributes,scope';

export class LangfuseApi {
  readonly #http: HttpClient;
  readonly #now: () => number;
  #served: LangfuseApiName | undefined;
  #filters: boolean | undefined;

  constructor(http: HttpClient, now: () => number) {
    this.#http = http;
    this.#now = now;
  }

  get(path: string, query: Query, signal: AbortSignal): Promise<JsonObject> {
    return this.#object(path, query, signal);
  }

  /** v4's observations where they are answered, else v3's traces. */
  async served(signal: AbortSignal): Promise<LangfuseApiName> {
    if (this.#served !== undefined) return this.#served;
    try {
      await this.#object('/api/public/v2/observations', this.#least('observations'), signal);
      this.#served = 'observations';
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind !== 'notFound') throw error;
      this.#served = 'traces';
    }
    return this.#served;
  }

  /** v3 has filters since October 2025; before, they are left out without a word: one that cannot be read is refused where there are any. */
  async hasFilters(signal: AbortSignal): Promise<boolean> {
    if ((await this.served(signal)) === 'observations') return true;
    if (this.#filters !== undefined) return this.#filters;
    try {
      await this.#object('/api/public/traces', [...this.#least('traces'), ['filter', '[']], signal);
      this.#filters = false;
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind !== 'badData') throw error;
      this.#filters = true;
    }
    return this.#filters;
  }

  /** As little as can be asked for. */
  #least(api: LangfuseApiName): Query {
    const nowNs = BigInt(Math.floor(this.#now())) * 1_000_000n;
    return [['limit', '1'], ['fields', 'core'], ...boundedBy(api, { startNs: nowNs - HOUR_NS, endNs: nowNs }, [])];
  }

  /** A server may have been upgraded since: what was answered by 404 is asked once more of the API it has now. */
  async byServed<T>(ask: (api: LangfuseApiName) => Promise<T>, signal: AbortSignal): Promise<T> {
    const remembered = this.#served !== undefined;
    const api = await this.served(signal);
    try {
      return await ask(api);
    } catch (error) {
      if (!remembered || !(error instanceof BackendError) || error.kind !== 'notFound') throw error;
      this.#served = undefined;
      if ((await this.served(signal)) === api) throw error;
      return ask(await this.served(signal));
    }
  }

  async traceByTraces(id: string, signal: AbortSignal): Promise<LoadedTrace> {
    const converter = new LangfuseConverter();
    try {
      converter.add(await this.#object(`/api/public/traces/${encodeURIComponent(id)}`, [], signal));
    } catch (error) {
      if (!(error instanceof BackendError) || !isTooMuch(error)) throw error;
      await this.#inPages(id, converter, signal);
    }
    return { batches: [converter.finish()], notes: [] };
  }

  /** undefined: nothing began in that window. */
  async traceByObservations(id: string, window: TimeWindow, signal: AbortSignal): Promise<LoadedTrace | undefined> {
    const query: Query = [['fields', ALL_FIELDS], ['expandMetadata', KEPT_WHOLE], ...boundedBy('observations', window, [equals('traceId', id)])];
    const rows = await this.#rows(query, signal);
    if (rows.length === 0) return undefined;
    const converter = new LangfuseConverter();
    converter.add({ data: rows });
    const notes = rows.some(hasCutMetadata) ? [`Langfuse cuts metadata off after ${CUT_METADATA} characters; some of it is.`] : [];
    try {
      converter.addScores(id, await this.#scores(id, signal));
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind === 'aborted') throw error;
      notes.push(`Its scores could not be read: ${error.message}`);
    }
    return { batches: [converter.finish()], notes };
  }

  async #rows(query: Query, signal: AbortSignal): Promise<JsonObject[]> {
    const rows: JsonObject[] = [];
    let size = 0;
    let cursor = '';
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      throwIfAborted(signal);
      const answer = await this.#fitting(size, (smaller) => this.#object('/api/public/v2/observations', [...query, ['limit', String(PAGE_SIZES[smaller])], ...(cursor === '' ? [] : [['cursor', cursor] as const])], signal));
      size = answer.size;
      rows.push(...items(answer.page['data']).filter(isObject));
      const next = isObject(answer.page['meta']) ? text(answer.page['meta']['cursor']) : '';
      if (next === '' || next === cursor) return rows;
      cursor = next;
    }
    throw new BackendError('tooLarge', `A trace with more than ${rows.length} observations cannot be read at once.`);
  }

  /** Once more with fewer rows, where so many were too much for the server. */
  async #fitting(from: number, ask: (size: number) => Promise<JsonObject>): Promise<{ readonly page: JsonObject; readonly size: number }> {
    for (let size = from; ; size++) {
      try {
        return { page: await ask(size), size };
      } catch (error) {
        if (!(error instanceof BackendError) || !isTooMuch(error) || size + 1 >= PAGE_SIZES.length) throw error;
      }
    }
  }

  /** v3, where the trace as a whole was too much. */
  async #inPages(id: string, converter: LangfuseConverter, signal: AbortSignal): Promise<void> {
    const trace = await this.#object(`/api/public/traces/${encodeURIComponent(id)}`, [['fields', 'core,scores']], signal);
    const observations: unknown[] = [];
    for (let page = 1; page <= MAX_PAGES; page++) {
      throwIfAborted(signal);
      const answer = await this.#object('/api/public/observations', [['traceId', id], ['page', String(page)], ['limit', String(V1_PAGE)]], signal);
      observations.push(...items(answer['data']));
      const pages = isObject(answer['meta']) ? Number(answer['meta']['totalPages']) : 0;
      if (!(page < pages)) break;
    }
    converter.add({ trace, observations });
  }

  async #scores(id: string, signal: AbortSignal): Promise<readonly unknown[]> {
    const scores: unknown[] = [];
    let cursor = '';
    do {
      let answer: JsonObject;
      try {
        answer = await this.#object('/api/public/v3/scores', [['traceId', id], ['fields', 'details,subject'], ['limit', String(SCORES_PAGE)], ...(cursor === '' ? [] : [['cursor', cursor] as const])], signal);
      } catch (error) {
        if (!(error instanceof BackendError) || error.kind !== 'notFound') throw error;
        return items((await this.#object('/api/public/v2/scores', [['traceId', id], ['limit', String(SCORES_PAGE)]], signal))['data']);
      }
      scores.push(...items(answer['data']));
      cursor = isObject(answer['meta']) ? text(answer['meta']['cursor']) : '';
    } while (cursor !== '' && scores.length < 10 * SCORES_PAGE);
    return scores;
  }

  async #object(path: string, query: Query, signal: AbortSignal): Promise<JsonObject> {
    const answer = await this.#http.json({ path, query, timeoutMs: SEARCH_TIMEOUT_MS }, signal);
    if (!isObject(answer)) throw new BackendError('badData', `GET ${path} was answered with JSON of another shape than Langfuse's; the address may be another program's.`);
    return answer;
  }
}

/** ClickHouse behind it ran out of time or memory, or a proxy did: it says so by 422, 500, 524. */
const isTooMuch = ({ kind }: BackendError): boolean => kind === 'tooLarge' || kind === 'server' || kind === 'timeout';

function hasCutMetadata({ metadata }: JsonObject): boolean {
  return isObject(metadata) && Object.values(metadata).some((value) => typeof value === 'string' && value.length === CUT_METADATA);
}
