// X-Ray's HTTP API as calls: where a region's endpoint is, what each call is named, all pages of a list.
// From botocore's service model xray 2016-04-12 (backends.md §6). Must not know what is done with the answers.
import { isObject, items, type JsonObject, text } from '../../../formats/jsonFields.ts';
import { parsedJson, SEARCH_TIMEOUT_MS } from '../../network/httpClient.ts';
import { BackendError } from '../backend.ts';
import type { SourceContext } from '../source.ts';
import { awsProblem } from './awsErrors.ts';

export type XrayOperation =
  | 'TraceSummaries' | 'Traces' | 'StartTraceRetrieval' | 'ListRetrievedTraces' | 'CancelTraceRetrieval' | 'GetTraceSegmentDestination' | 'GetIndexingRules' | 'Groups' | 'ServiceGraph';

/** What the right to each of them is called, for people who have to ask for it. */
const ACTIONS: Readonly<Record<XrayOperation, string>> = {
  TraceSummaries: 'xray:GetTraceSummaries', Traces: 'xray:BatchGetTraces', StartTraceRetrieval: 'xray:StartTraceRetrieval', ListRetrievedTraces: 'xray:ListRetrievedTraces', CancelTraceRetrieval: 'xray:CancelTraceRetrieval',
  GetTraceSegmentDestination: 'xray:GetTraceSegmentDestination', GetIndexingRules: 'xray:GetIndexingRules', Groups: 'xray:GetGroups', ServiceGraph: 'xray:GetServiceGraph',
};

/** Pages of one list that are followed. */
const MAX_PAGES = 20;

export class XrayApi {
  readonly #context: SourceContext;

  constructor(context: SourceContext) {
    this.#context = context;
  }

  /** Throws BackendError. */
  async ask(operation: XrayOperation, body: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const { config, http } = this.#context;
    const path = config.url === undefined ? `${endpointOf(config.options?.['region'])}/${operation}` : `/${operation}`;
    // What a retrieval scans is billed: it may have started though no answer came.
    const readOnly = operation !== 'StartTraceRetrieval';
    const answer = await http.request({ method: 'POST', path, headers: { 'content-type': 'application/json', accept: 'application/json' }, body: JSON.stringify(body), readOnly, atOnce: operation === 'CancelTraceRetrieval', timeoutMs: SEARCH_TIMEOUT_MS }, signal);
    const what = ACTIONS[operation].replace(':', ' ');
    if (answer.status < 200 || answer.status > 299) throw awsProblem(answer, { what, action: ACTIONS[operation], allowed: ', or attach the managed policy AWSXrayReadOnlyAccess' });
    const parsed = parsedJson(answer, what);
    if (!isObject(parsed)) throw new BackendError('badData', `${what} answered something that is not an object.`);
    return parsed;
  }

  /** All pages of a list, up to a bound that `cut` tells of. */
  async all(operation: XrayOperation, body: JsonObject, field: string, signal: AbortSignal): Promise<{ readonly entries: readonly JsonObject[]; readonly answers: readonly JsonObject[]; readonly cut: boolean }> {
    const answers: JsonObject[] = [];
    let token = '';
    do {
      const answer = await this.ask(operation, { ...body, ...(token === '' ? {} : { NextToken: token }) }, signal);
      answers.push(answer);
      const next = text(answer['NextToken']);
      token = next === token ? '' : next;
    } while (token !== '' && answers.length < MAX_PAGES);
    return { entries: answers.flatMap((answer) => items(answer[field]).filter(isObject)), answers, cut: token !== '' };
  }
}

const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/;

/** Of X-Ray, or of another service beside it. Throws BackendError unsupported. */
export function endpointOf(region: string | undefined, service = 'xray'): string {
  if (region === undefined || !REGION.test(region)) throw new BackendError('unsupported', `The connection needs a region such as eu-central-1${region === undefined ? '' : `, and ${JSON.stringify(region.slice(0, 40))} is none`}; edit it.`);
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
