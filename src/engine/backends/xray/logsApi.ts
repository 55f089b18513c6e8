// CloudWatch Logs Insights as calls: a query is started, asked after and stopped (service model logs 2014-03-28, JSON 1.1). What it scans is
// billed, so that a start is never repeated, and a query nobody waits for is stopped. Must not know what is looked for.
import { isObject, items, type JsonObject, text } from '../../../formats/jsonFields.ts';
import { DEEP_SEARCH_MS } from '../../../protocol/connections.ts';
import { orAborted, pausedFor } from '../../network/abortable.ts';
import { parsedJson } from '../../network/httpClient.ts';
import { throwIfAborted } from '../../slices.ts';
import { BackendError } from '../backend.ts';
import type { SourceContext } from '../source.ts';
import { endpointOf } from './api.ts';
import { awsErrorOf, awsProblem } from './awsErrors.ts';

type Operation = 'StartQuery' | 'GetQueryResults' | 'StopQuery';

export interface LogsQuestion {
  readonly logGroup: string;
  readonly query: string;
  /** Epoch seconds, both inclusive. */
  readonly startTime: number;
  readonly endTime: number;
}

export interface LogsAnswer {
  /** By field. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly bytesScanned: number;
  readonly recordsScanned: number;
  /** How many fit the query, also beyond its limit. */
  readonly recordsMatched: number;
}

const CALL_MS = 60_000;
const STOP_MS = 2_000;
/** How long the connection's end waits for what it stops. */
const CLOSE_MS = 2_000;
/** It may be asked five times a second, by everybody in the account. */
const [FIRST_POLL_MS, SLOWEST_POLL_MS] = [400, 3_000];

export class LogsApi {
  readonly #context: SourceContext;
  readonly #closing = new AbortController();
  /** Searches, each until it has ended at AWS too. */
  readonly #running = new Set<Promise<void>>();

  constructor(context: SourceContext) {
    this.#context = context;
  }

  /** Throws BackendError. Where it ends without an answer, the query is stopped. */
  async run({ logGroup, query, startTime, endTime }: LogsQuestion, signal: AbortSignal): Promise<LogsAnswer> {
    const until = AbortSignal.any([signal, this.#closing.signal]);
    throwIfAborted(until);
    // Not the caller's signal: one who gives up while it starts leaves a query behind that has to be stopped.
    const starting = this.#ask('StartQuery', { logGroupName: logGroup, queryString: query, startTime, endTime }, AbortSignal.timeout(CALL_MS), logGroup).then((started) => text(started['queryId']));
    const answering = this.#answer(starting, logGroup, until);
    const ended = answering.then(() => undefined, () => this.#stop(starting, logGroup));
    this.#running.add(ended);
    void ended.then(() => this.#running.delete(ended));
    return answering;
  }

  /** Stops what runs; to be called while AWS can still be asked. */
  async close(): Promise<void> {
    this.#closing.abort();
    await orAborted(Promise.all(this.#running), AbortSignal.timeout(CLOSE_MS), 'CloudWatch Logs').catch(() => undefined);
  }

  async #answer(starting: Promise<string>, logGroup: string, signal: AbortSignal): Promise<LogsAnswer> {
    const queryId = await orAborted(starting, signal, `The search in ${logGroup}`);
    if (queryId === '') throw new BackendError('badData', `logs StartQuery answered no query for ${logGroup}.`);
    return this.#finished(queryId, logGroup, signal);
  }

  /** Nobody waits for its answer any more; that it may not be stopped is no trouble. */
  async #stop(starting: Promise<string>, logGroup: string): Promise<void> {
    const stopping = starting.then((queryId) => (queryId === '' ? undefined : this.#ask('StopQuery', { queryId }, AbortSignal.timeout(STOP_MS), logGroup)));
    await stopping.catch(() => undefined);
  }

  async #finished(queryId: string, logGroup: string, signal: AbortSignal): Promise<LogsAnswer> {
    const from = this.#context.now();
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(SLOWEST_POLL_MS, pause * 1.5)) {
      const answer = await this.#results(queryId, logGroup, signal);
      const status = answer === undefined ? 'Running' : text(answer['status']);
      if (answer !== undefined && status === 'Complete') return answerOf(answer);
      if (status !== 'Scheduled' && status !== 'Running') throw new BackendError(status === 'Timeout' ? 'timeout' : 'server', `CloudWatch Logs did not finish the search in ${logGroup} (${status === '' ? 'no status' : status}); try again, or search a shorter time.`);
      if (this.#context.now() - from > DEEP_SEARCH_MS) throw new BackendError('timeout', `CloudWatch Logs has not finished the search in ${logGroup} within ${DEEP_SEARCH_MS / 60_000} minutes, so it was stopped; search a shorter time.`);
      await pausedFor(pause, signal);
    }
  }

  /** undefined: it was asked for too often; what was paid for is not given up for that. */
  async #results(queryId: string, logGroup: string, signal: AbortSignal): Promise<JsonObject | undefined> {
    try {
      return await this.#ask('GetQueryResults', { queryId }, signal, logGroup);
    } catch (error) {
      if (error instanceof BackendError && error.kind === 'rateLimit') return undefined;
      throw error;
    }
  }

  async #ask(operation: Operation, body: JsonObject, signal: AbortSignal, logGroup: string): Promise<JsonObject> {
    const { config, http } = this.#context;
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Logs_20140328.${operation}`, accept: 'application/json' };
    const answer = await http.request({ method: 'POST', path: `${endpointOf(config.options?.['region'], 'logs')}/`, headers, body: JSON.stringify(body), readOnly: operation === 'GetQueryResults', atOnce: operation === 'StopQuery' }, signal);
    const what = `logs ${operation}`;
    if (answer.status < 200 || answer.status > 299) {
      const { type, message } = awsErrorOf(answer);
      const says = message === '' ? '' : `: ${message}`;
      if (type.startsWith('LimitExceeded')) throw new BackendError('rateLimit', `As many searches as AWS allows at once are running in this account and region; wait for one to end, and search again${says}.`);
      if (type.startsWith('ResourceNotFound')) throw new BackendError('notFound', `There is no log group ${logGroup} in this region, so no span was ever kept there${says}.`);
      if (type.startsWith('MalformedQuery')) throw new BackendError('badData', `CloudWatch Logs does not understand the search${says}.`);
      throw awsProblem(answer, { what, action: `logs:${operation}`, allowed: ` on the log group ${logGroup}; a search takes logs:StartQuery, logs:GetQueryResults and logs:StopQuery` });
    }
    const parsed = parsedJson(answer, what);
    if (!isObject(parsed)) throw new BackendError('badData', `${what} answered something that is not an object.`);
    return parsed;
  }
}

function answerOf(answer: JsonObject): LogsAnswer {
  const statistics = isObject(answer['statistics']) ? answer['statistics'] : {};
  const number = (name: string): number => (typeof statistics[name] === 'number' ? statistics[name] : 0);
  const rows = items(answer['results']).map((row) => Object.fromEntries(items(row).filter(isObject).map(({ field, value }) => [text(field), text(value)])));
  return { rows, bytesScanned: number('bytesScanned'), recordsScanned: number('recordsScanned'), recordsMatched: number('recordsMatched') };
}
