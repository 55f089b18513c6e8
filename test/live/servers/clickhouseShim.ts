// ClickHouse's HTTP interface over chdb, as far as a reader of traces needs it. What a request means is the engine's own doing: query
// parameters, settings, read-only users and errors are its; this file knows only HTTP: which URL parameters are settings, who may come
// in, and which status an error has. Argument: JSON of ShimOptions. From ClickHouse docs/en/interfaces/http.md and src/Server.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import type { ClickHouseUser } from './clickhouse.ts';
import { contentTypeOf, errorStatus, formatOf, hasSecondStatement, isRowFormat, isSelect, quoted, settingsOf } from './clickhouseHttp.ts';

interface ShimOptions {
  readonly chdb: string;
  readonly data: string;
  readonly port: number;
  readonly users: readonly ClickHouseUser[];
}

interface Session {
  query: (sql: string, format?: string) => string;
  queryAsync: (sql: string, options: { readonly format: string }) => Promise<{ bytes: () => Uint8Array }>;
  queryStream: (sql: string, options: { readonly format: string }) => AsyncIterable<{ raw: () => Uint8Array }>;
  close: () => void;
}

/** What the engine says when it refuses. Its own class is in a package that the type checker does not see. */
interface EngineError extends Error {
  readonly clickhouseCode?: number;
}

const SERVER_HEADERS = { 'x-clickhouse-timezone': 'UTC', 'x-clickhouse-server-display-name': 'tracefall-live' };
const options = JSON.parse(process.argv[2] ?? '{}') as ShimOptions;
const { Session } = createRequire(join(options.chdb, 'package.json'))('chdb') as { readonly Session: new (directory: string) => Session };
/** Keeps the data directory open: each request has a connection, and so settings, of its own. */
const keeper = new Session(options.data);
const VERSION = keeper.query('SELECT version()', 'TabSeparated').trim();

function refusal(code: number, message: string): EngineError {
  return Object.assign(new Error(message), { clickhouseCode: code });
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function userOf(request: IncomingMessage, query: URLSearchParams): ClickHouseUser {
  const basic = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const [basicName, ...basicPassword] = basic === undefined ? [] : Buffer.from(basic, 'base64').toString().split(':');
  const name = header(request, 'x-clickhouse-user') ?? basicName ?? query.get('user') ?? 'default';
  const password = header(request, 'x-clickhouse-key') ?? (basic === undefined ? undefined : basicPassword.join(':')) ?? query.get('password') ?? '';
  const user = options.users.find((known) => known.name === name);
  if (user?.password === password) return user;
  throw refusal(516, `${name}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)`);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://clickhouse');
  const body = await text(request);
  if (url.pathname === '/ping' || (request.method === 'GET' && !url.searchParams.has('query'))) return void response.writeHead(200, { 'content-type': 'text/html; charset=UTF-8' }).end('Ok.\n');
  const user = userOf(request, url.searchParams);
  // As there: the SQL may be in the URL, the body, or begin in the one and go on in the other.
  const sql = [url.searchParams.get('query') ?? '', body].filter((part) => part !== '').join('\n');
  if (sql.trim() === '') throw refusal(62, 'Syntax error: failed at position 1 (end of query): Empty query. (SYNTAX_ERROR)');
  if (hasSecondStatement(sql)) throw refusal(62, 'Syntax error (Multi-statements are not allowed). (SYNTAX_ERROR)');
  const fallback = header(request, 'x-clickhouse-format') ?? url.searchParams.get('default_format') ?? 'TabSeparated';
  const format = formatOf(sql, fallback);
  const session = new Session(options.data);
  try {
    prepare(session, user, request, url.searchParams);
    response.setHeader('content-type', contentTypeOf(format));
    // The engine's chunks are documents of their own in formats with a head and a tail.
    const streams = isSelect(sql) && isRowFormat(format) && url.searchParams.get('wait_end_of_query') !== '1';
    if (!streams) {
      const result = await session.queryAsync(sql, { format: fallback });
      return void response.writeHead(200, SERVER_HEADERS).end(result.bytes());
    }
    for await (const chunk of session.queryStream(sql, { format: fallback })) {
      if (!response.headersSent) response.writeHead(200, SERVER_HEADERS);
      response.write(chunk.raw());
    }
    if (!response.headersSent) response.writeHead(200, SERVER_HEADERS);
    response.end();
  } finally {
    session.close();
  }
}

/** The user's profile first, so that a read-only one is read-only when the request's settings come. */
function prepare(session: Session, user: ClickHouseUser, request: IncomingMessage, query: URLSearchParams): void {
  if (user.readonly !== undefined) session.query(`SET readonly = ${user.readonly}`);
  const { settings, parameters, database } = settingsOf(query, header(request, 'x-clickhouse-database'));
  for (const [name, value] of settings) session.query(`SET ${name} = ${quoted(value)}`);
  for (const [name, value] of parameters) session.query(`SET param_${name} = ${quoted(value)}`);
  if (database !== undefined) session.query(`USE \`${database.replaceAll(/[\\`]/g, '\\$&')}\``);
  // A GET may read only, there too.
  if (user.readonly === undefined && request.method === 'GET') session.query('SET readonly = 2');
}

function tellError(response: ServerResponse, error: EngineError): void {
  // Synchronous calls have no code of their own, only the sentence; and wrap it.
  const sentence = error.message.replace(/^Query failed: /, '').replace(/^Code: \d+\. DB::Exception: (?=Code: )/, '');
  const code = error.clickhouseCode ?? Number(/^Code: (\d+)/.exec(sentence)?.[1] ?? 1002);
  const told = `${sentence.startsWith('Code: ') ? sentence : `Code: ${code}. DB::Exception: ${sentence}`} (version ${VERSION} (official build))\n`;
  // Rows are out already: the exception comes inside the answer, behind them, with its status 200.
  if (response.headersSent) return void response.end(told);
  response.writeHead(errorStatus(code), { ...SERVER_HEADERS, 'content-type': 'text/plain; charset=UTF-8', 'x-clickhouse-exception-code': String(code) });
  response.end(told);
}

createServer((request, response) => {
  answer(request, response).catch((error: unknown) => tellError(response, error as EngineError));
}).listen(options.port, '127.0.0.1');
