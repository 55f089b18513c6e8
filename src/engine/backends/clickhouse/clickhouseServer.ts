// One question to ClickHouse over HTTP (docs/en/interfaces/http.md, backends.md §9): values are bound, never written into the SQL; limits go
// along as settings; what it refuses comes as text, also behind rows of an answer of 200. Must not know any table.
import { clickHouseAnswerRows } from '../../../formats/clickhouseRows.ts';
import { isObject, type JsonObject } from '../../../formats/jsonFields.ts';
import { JsonTextError, parseJson } from '../../../formats/jsonText.ts';
import { answerProblem, type HttpAnswer, type HttpClient } from '../../network/httpClient.ts';
import { BackendError, type BackendErrorKind } from '../backend.ts';

export interface Question {
  /** In a sentence: "The list of services". */
  readonly what: string;
  /** Without FORMAT; `{name:Type}` is bound from `values`. */
  readonly sql: string;
  readonly values: Readonly<Record<string, string>>;
}

const MAX_SECONDS = 10;
/** Of columns as they are in memory, not as they are stored. */
const MAX_BYTES_TO_READ = 8 * 1024 ** 3;
const MAX_MEMORY = 2 * 1024 ** 3;
const SETTINGS = [['max_execution_time', String(MAX_SECONDS)], ['max_bytes_to_read', String(MAX_BYTES_TO_READ)], ['max_memory_usage', String(MAX_MEMORY)]] as const;
/** It stops by itself before. */
const TIMEOUT_MS = 3 * MAX_SECONDS * 1000;

/** Of a read-only user, and of one whose profile fixes these settings. */
const NO_SETTINGS: readonly number[] = [164, 452];
const refusesSettings = (answer: HttpAnswer): boolean => NO_SETTINGS.includes(exceptionOf(answer)?.code ?? 0);

export class ClickHouseServer {
  readonly #http: HttpClient;
  #limited = false;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** The user may set nothing (readonly=1, or fixed by the profile), so no limit either: known after the first answer. */
  get limited(): boolean {
    return this.#limited;
  }

  /** For a question that is small for every server: where settings are refused it is asked again without. */
  async smallRows(question: Question, signal: AbortSignal): Promise<readonly JsonObject[]> {
    const answer = await this.#ask(question, signal);
    if (this.#limited || !refusesSettings(answer)) return rowsOf(answer, question.what);
    this.#limited = true;
    try {
      return rowsOf(await this.#ask(question, signal), question.what);
    } catch (error) {
      // Whatever else is wrong must not be taken for what the user may.
      if (error instanceof ClickHouseError && NO_SETTINGS.includes(error.code)) this.#limited = false;
      throw error;
    }
  }

  async rows(question: Question, signal: AbortSignal): Promise<readonly JsonObject[]> {
    const answer = await this.#ask(question, signal);
    // Rights were taken away since the tables were found: what is asked next is small enough to go without.
    if (refusesSettings(answer)) this.#limited = true;
    return rowsOf(answer, question.what);
  }

  #ask({ sql, values }: Question, signal: AbortSignal): Promise<HttpAnswer> {
    const bound = Object.entries(values).map(([name, value]) => [`param_${name}`, escaped(value)] as const);
    // Waiting for the end is no setting: whoever may read may ask for it, and what fails then has a status of its own.
    const query = [['wait_end_of_query', '1'] as const, ...(this.#limited ? [] : SETTINGS), ...bound];
    return this.#http.request({ method: 'POST', readOnly: true, path: '/', query, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${sql}\nFORMAT JSONCompact`, timeoutMs: TIMEOUT_MS }, signal);
  }
}

/** ClickHouse's own number of what went wrong. */
class ClickHouseError extends BackendError {
  readonly code: number;
  constructor(kind: BackendErrorKind, message: string, code: number) {
    super(kind, message);
    this.code = code;
  }
}

/** A name as SQL reads it, whatever is in it. */
export const quotedName = (name: string): string => `\`${name.replaceAll(/[\\`]/g, '\\$&')}\``;

/** Bound values are read as TabSeparated is. */
const ESCAPES: ReadonlyMap<string, string> = new Map([['\\', '\\\\'], ['\t', '\\t'], ['\n', '\\n'], ['\r', '\\r'], ['\0', '\\0'], ['\b', '\\b'], ['\f', '\\f']]);
const escaped = (value: string): string => value.toWellFormed().replaceAll(/[\\\t\n\r\0\u0008\f]/g, (c) => ESCAPES.get(c)!);

interface Exception {
  readonly code: number;
  readonly says: string;
}

const EXCEPTION = /Code: (\d{1,5})\. DB::Exception: ([^\n]*)/;
const SAYS_MAX = 300;

/** Of an answer that is an error as a whole. */
export function exceptionOf({ status, headers, body }: HttpAnswer): Exception | undefined {
  if (status >= 200 && status <= 299) return undefined;
  const found = exceptionIn(new TextDecoder().decode(body.subarray(0, 8192)));
  const code = Number(headers['x-clickhouse-exception-code'] ?? Number.NaN);
  return found ?? (Number.isSafeInteger(code) ? { code, says: '' } : undefined);
}

function exceptionIn(text: string): Exception | undefined {
  const match = EXCEPTION.exec(text);
  if (match === null) return undefined;
  const says = match[2]!.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').replace(/\s*\(version [^)]*\([^)]*\)\)\s*$/, '').slice(0, SAYS_MAX).replace(/[.\s]+$/, '');
  return { code: Number(match[1]), says };
}

function rowsOf(answer: HttpAnswer, what: string): readonly JsonObject[] {
  const exception = exceptionOf(answer);
  if (exception !== undefined) throw problemOf(exception, what);
  if (answer.status < 200 || answer.status > 299) throw answerProblem(answer, what);
  const text = new TextDecoder().decode(answer.body);
  const document = documentOf(text, what);
  // Since 24.1 what fails after the first rows is a field of the answer.
  const within = isObject(document) && typeof document['exception'] === 'string' ? exceptionIn(document['exception']) : undefined;
  if (within !== undefined) throw problemOf(within, what);
  const rows = clickHouseAnswerRows(document);
  if (rows === undefined) throw new BackendError('badData', `${what} was answered with JSON of another shape than ClickHouse's; the address may be another program's.`);
  return rows.filter(isObject);
}

function documentOf(text: string, what: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    // Before 24.1 it is written behind the rows, and nothing closes them.
    const exception = exceptionIn(text.slice(-16_384));
    if (exception !== undefined) throw problemOf(exception, what);
    throw new BackendError('badData', `${what} was answered with something that is not JSON, so by no ClickHouse, or its answer was cut off; check the address.`);
  }
}

type Row = readonly [kind: BackendErrorKind, sentence: string, codes: readonly number[]];

/** src/Common/ErrorCodes.cpp */
const KINDS: readonly Row[] = [
  ['auth', 'was refused: user or password is wrong, or it is another server\'s. Edit the connection', [192, 193, 194, 516]],
  ['auth', 'is not allowed to this user; ask for the right to SELECT from the table of traces', [291, 497]],
  ['auth', 'was refused because this user may set no limits; try again, it is asked without them then', NO_SETTINGS],
  ['notFound', 'found no such table or database; edit the connection and pick another', [60, 81]],
  ['timeout', `took longer than the ${MAX_SECONDS} s it may; ask for less time or a service`, [159, 160, 209]],
  ['tooLarge', 'would read or hold more than it may; ask for less time or a service', [158, 241, 307, 396]],
  ['rateLimit', 'was refused: too many queries, or the quota of this user is used up. It can be asked again later', [201, 202]],
];

function problemOf({ code, says }: Exception, what: string): ClickHouseError {
  const [kind, sentence] = KINDS.find(([, , codes]) => codes.includes(code)) ?? ['server', 'failed in ClickHouse'];
  return new ClickHouseError(kind, `${what} ${sentence} (Code ${code}${says === '' ? '' : `: ${says}`}).`, code);
}
