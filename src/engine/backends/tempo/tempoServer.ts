// Where Tempo is: at the connection's address, or behind Grafana as one of its data sources (grafana: /api/datasources/proxy/uid/…). Told
// once, by what answers. Owns the tenant header; must not know what is asked of Tempo.
import { isObject, items, text, type JsonObject } from '../../../formats/jsonFields.ts';
import { BackendError } from '../backend.ts';
import type { SourceContext } from '../source.ts';
import { answerProblem, parsedJson, SEARCH_TIMEOUT_MS, type HttpAnswer } from '../../network/httpClient.ts';

export interface TempoPlace {
  /** Before every path of Tempo's. */
  readonly prefix: string;
  /** "2.8.1"; undefined where it does not say (builds of its main branch do not). */
  readonly version?: string;
}

export interface DataSource {
  readonly uid: string;
  readonly name: string;
}

type Query = readonly (readonly [name: string, value: string])[];

export class TempoServer {
  readonly #context: SourceContext;
  #place: TempoPlace | undefined;

  constructor(context: SourceContext) {
    this.#context = context;
  }

  async json(path: string, query: Query, signal: AbortSignal): Promise<JsonObject> {
    const what = `GET ${path}`;
    const answer = await this.request(path, query, 'application/json', signal);
    if (answer.status < 200 || answer.status > 299) throw answerProblem(answer, what);
    const json = parsedJson(answer, what);
    if (!isObject(json)) throw new BackendError('badData', `${what} was answered with JSON of another shape than Tempo's; the address may be another program's.`);
    return json;
  }

  async request(path: string, query: Query, accept: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { prefix } = await this.place(signal);
    return this.#context.http.request({ path: `${prefix}${path}`, query, headers: { accept, ...this.#tenant() }, timeoutMs: SEARCH_TIMEOUT_MS }, signal);
  }

  /** Throws unsupported where Grafana has several of them and none was picked. */
  async place(signal: AbortSignal): Promise<TempoPlace> {
    if (this.#place !== undefined) return this.#place;
    const picked = pickedUid(this.#context.config.options?.['datasource']);
    const place = picked === undefined ? await this.#find(signal) : await this.#behind(picked, signal);
    this.#place = place;
    return place;
  }

  /** The Tempo data sources of Grafana; undefined where no Grafana answers. */
  async dataSources(signal: AbortSignal): Promise<readonly DataSource[] | undefined> {
    const { http } = this.#context;
    const health = objectOf(await http.request({ path: '/api/health', headers: { accept: 'application/json' } }, signal));
    if (typeof health?.['database'] !== 'string') return undefined;
    const listed = await http.json({ path: '/api/datasources' }, signal);
    return items(listed).filter(isObject).filter((source) => source['type'] === 'tempo').map((source) => ({ uid: text(source['uid']), name: text(source['name']) })).filter(({ uid }) => uid !== '');
  }

  async #find(signal: AbortSignal): Promise<TempoPlace> {
    const answer = await this.#context.http.request({ path: BUILD_INFO, headers: { accept: 'application/json', ...this.#tenant() } }, signal);
    const version = versionOf(answer);
    if (version !== undefined) return placeOf('', version);
    const sources = await this.dataSources(signal);
    if (sources === undefined) {
      // A login's page, or a proxy's: gone when it is asked again.
      if (answer.status === 200) parsedJson(answer, `GET ${BUILD_INFO}`);
      if (answer.status >= 502) throw answerProblem(answer, `GET ${BUILD_INFO}`);
      // Some gateways pass only what queries need.
      return placeOf('', '');
    }
    if (sources.length === 1) return this.#behind(sources[0]!.uid, signal);
    throw new BackendError('unsupported', sources.length === 0
      ? 'This Grafana has no Tempo data source that these credentials may read; ask for the right to query it.'
      : `This Grafana has ${sources.length} Tempo data sources; edit the connection and pick one of them.`);
  }

  async #behind(uid: string, signal: AbortSignal): Promise<TempoPlace> {
    const prefix = `/api/datasources/proxy/uid/${encodeURIComponent(uid)}`;
    const answer = await this.#context.http.request({ path: `${prefix}${BUILD_INFO}`, headers: { accept: 'application/json', ...this.#tenant() } }, signal);
    return placeOf(prefix, versionOf(answer) ?? '');
  }

  #tenant(): Readonly<Record<string, string>> {
    const tenant = this.#context.config.options?.['tenant']?.trim() ?? '';
    return tenant === '' ? {} : { 'x-scope-orgid': tenant };
  }
}

const BUILD_INFO = '/api/status/buildinfo';

/** As the wizard lists them: "Tempo of production (P1A2B3C4)". */
export const dataSourceLabel = ({ uid, name }: DataSource): string => (name === '' ? uid : `${name} (${uid})`);

function pickedUid(option: string | undefined): string | undefined {
  const given = option?.trim() ?? '';
  if (given === '') return undefined;
  return /\(([\w.-]{1,60})\)$/.exec(given)?.[1] ?? given;
}

const placeOf = (prefix: string, version: string): TempoPlace => ({ prefix, ...(version === '' ? {} : { version }) });

/** "" for a Tempo that does not say; undefined for what is none. */
export function versionOf(answer: HttpAnswer): string | undefined {
  const info = objectOf(answer);
  return typeof info?.['version'] === 'string' && typeof info['goVersion'] === 'string' ? info['version'].replace(/^v/, '') : undefined;
}

export function objectOf(answer: HttpAnswer): JsonObject | undefined {
  if (answer.status < 200 || answer.status > 299) return undefined;
  try {
    const json = parsedJson(answer, '');
    return isObject(json) ? json : undefined;
  } catch (error) {
    if (error instanceof BackendError) return undefined;
    throw error;
  }
}
