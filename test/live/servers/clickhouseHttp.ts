// What ClickHouse's HTTP interface says about a request before the engine sees it: which URL parameters are settings, what is more
// than one statement, which content type a format and which status an error has. Pure: no engine, no server.
// From ClickHouse docs/en/interfaces/http.md and src/Server/HTTP/exceptionCodeToHTTPStatus.cpp.

/** URL parameters that are not settings. */
const RESERVED = new Set(['query', 'database', 'user', 'password', 'default_format', 'query_id', 'session_id', 'session_timeout', 'session_check', 'quota_key', 'compress', 'decompress', 'stacktrace', 'role', 'buffer_size', 'wait_end_of_query', 'client_protocol_version', 'close_session', 'enable_http_compression', 'http_zlib_compression_level']);

export interface RequestSettings {
  readonly settings: readonly (readonly [string, string])[];
  readonly parameters: readonly (readonly [string, string])[];
  readonly database?: string;
}

export function settingsOf(query: URLSearchParams, databaseHeader: string | undefined): RequestSettings {
  const settings: [string, string][] = [];
  const parameters: [string, string][] = [];
  for (const [name, value] of query) {
    if (RESERVED.has(name)) continue;
    if (!/^\w+$/.test(name)) throw Object.assign(new Error(`Unknown setting '${name}'. (UNKNOWN_SETTING)`), { clickhouseCode: 115 });
    if (name.startsWith('param_')) parameters.push([name.slice('param_'.length), value]);
    else settings.push([name, value]);
  }
  const database = databaseHeader ?? query.get('database') ?? undefined;
  return { settings, parameters, ...(database === undefined ? {} : { database }) };
}

/** A SQL string literal that is read back as exactly this. What is in a parameter's value is then the engine's to read, as over HTTP. */
export function quoted(value: string): string {
  return `'${value.replaceAll(/[\\']/g, '\\$&')}'`;
}

/** Strings, quoted names and comments, in which a semicolon ends nothing. */
const OPAQUE = /'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|--[^\n]*|\/\*[\s\S]*?\*\//g;

const withoutOpaque = (sql: string): string => sql.replaceAll(OPAQUE, (part) => (/^(--|\/\*)/.test(part) ? ' ' : 'x'));

export function isSelect(sql: string): boolean {
  return /^[\s(]*(SELECT|WITH)\b/i.test(withoutOpaque(sql));
}

/** An engine in a process takes several statements; the server takes one over HTTP, which is what makes some injections harmless. */
export function hasSecondStatement(sql: string): boolean {
  if (/^\s*INSERT\b/i.test(sql)) return false;
  return /;\s*\S/.test(withoutOpaque(sql));
}

/** The FORMAT clause wins over the default, as in the engine. */
export function formatOf(sql: string, fallback: string): string {
  return /\bFORMAT\s+(\w+)\s*;?\s*$/i.exec(withoutOpaque(sql))?.[1] ?? fallback;
}

/** Rows that stand for themselves: no head, no tail. */
export function isRowFormat(format: string): boolean {
  return /^(JSON\w*EachRow|JSONLines|NDJSON|TabSeparated(Raw)?|TSV(Raw)?|CSV)$/i.test(format);
}

const CONTENT_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^(JSON\w*EachRow|JSONLines|NDJSON)/i, 'application/x-ndjson; charset=UTF-8'],
  [/^JSON/i, 'application/json; charset=UTF-8'],
  [/^(TabSeparated|TSV)/i, 'text/tab-separated-values; charset=UTF-8'],
  [/^CSV/i, 'text/csv; charset=UTF-8; header=absent'],
  [/^(Parquet|Native|RowBinary|Arrow|Protobuf|MsgPack)/i, 'application/octet-stream'],
];

export function contentTypeOf(format: string): string {
  return CONTENT_TYPES.find(([pattern]) => pattern.test(format))?.[1] ?? 'text/plain; charset=UTF-8';
}

const STATUS_OF_CODES: readonly (readonly [number, readonly number[]])[] = [
  [401, [194]],
  [403, [192, 193, 497, 511, 512, 516]],
  [400, [6, 8, 15, 25, 26, 27, 36, 38, 41, 44, 53, 62, 69, 72, 117, 321, 376, 427, 441, 675, 676]],
  [404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115]],
  [413, [167]],
  [501, [48]],
  [503, [76, 209]],
  [408, [159]],
];

/** Read-only users (164) and exceeded limits (158, 307, 241) are 500 there. */
export function errorStatus(code: number): number {
  return STATUS_OF_CODES.find(([, codes]) => codes.includes(code))?.[0] ?? 500;
}
