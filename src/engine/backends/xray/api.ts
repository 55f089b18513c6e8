// X-Ray's HTTP API as calls: where a region's endpoint is, errors by the vendor's types, missing rights by their action's name.
// From botocore's service model xray 2016-04-12 (backends.md §6). Must not know what is done with the answers.
import { isObject, items, type JsonObject, text } from '../../../formats/jsonFields.ts';
import { answerProblem, parsedJson, retryAfterMs, type HttpAnswer } from '../../network/httpClient.ts';
import { BackendError } from '../backend.ts';
import type { SourceContext } from '../source.ts';

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
    const answer = await http.request({ method: 'POST', path, headers: { 'content-type': 'application/json', accept: 'application/json' }, body: JSON.stringify(body), readOnly: true }, signal);
    const what = ACTIONS[operation].replace(':', ' ');
    if (answer.status < 200 || answer.status > 299) throw problemOf(answer, operation, what);
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

/** Throws BackendError unsupported. */
export function endpointOf(region: string | undefined): string {
  if (region === undefined || !REGION.test(region)) throw new BackendError('unsupported', `The connection needs a region such as eu-central-1${region === undefined ? '' : `, and ${JSON.stringify(region.slice(0, 40))} is none`}; edit it.`);
  return `https://xray.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

const SIGNING = /^(?:UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|InvalidClientTokenId|InvalidAccessKeyId|NotAuthorized)/;

function problemOf(answer: HttpAnswer, operation: XrayOperation, what: string): BackendError {
  const { type, message } = errorOf(answer);
  const says = message === '' ? '' : `: ${message}`;
  if (/^AccessDenied|^NotAuthorized$|^UnauthorizedOperation/.test(type)) {
    const action = /perform: ([\w-]{1,40}:\w{1,60})/.exec(message)?.[1] ?? ACTIONS[operation];
    return new BackendError('auth', `These credentials lack the right ${action}. Allow that action, or attach the managed policy AWSXrayReadOnlyAccess${says}.`);
  }
  if (/^ExpiredToken|^RequestExpired/.test(type)) return new BackendError('auth', `The AWS credentials have expired; sign in again (aws sso login, or new keys)${says}.`);
  if (SIGNING.test(type)) return new BackendError('auth', `AWS does not accept the credentials or their signature. Check the keys, the region, and this machine's clock${says}.`);
  if (/^Throttl|^TooManyRequests|^LimitExceeded/.test(type)) return new BackendError('rateLimit', `${what} was refused: too many requests. It is asked again later${says}.`, retryAfterMs(answer.headers['retry-after'], Date.now()));
  if (type.startsWith('ResourceNotFound')) return new BackendError('notFound', `${what} found nothing${says}.`);
  return answerProblem(answer, what, message === '' ? undefined : message.replace(/[.\s]+$/, ''));
}

/** AWS writes the type into the body or a header, with and without a prefix or a suffix. */
function errorOf({ headers, body }: HttpAnswer): { readonly type: string; readonly message: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body.subarray(0, 65_536)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const fields: JsonObject = isObject(parsed) ? parsed : {};
  const type = text(fields['__type']) || text(fields['code']) || (headers['x-amzn-errortype'] ?? '');
  const message = (text(fields['message']) || text(fields['Message'])).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 300).replace(/[.\s]+$/, '');
  return { type: type.replace(/^.*#/, '').replace(/:.*$/, ''), message };
}
