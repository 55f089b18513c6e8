// Who may send to the local port: a pure function of the request line and headers, asked before any byte of the body is read.
// Host against DNS rebinding, Origin and preflight against web pages, content types that no page can send without a preflight
// (threat model: OWASP DNS rebinding and CSRF; Fetch standard, CORS protocol). Must not know what the body holds.

export interface GuardRules {
  /** The port really listened on. */
  readonly port: number;
  /** Further `Host` names; without a port any port is right (port forwarding). */
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may send; `*` stands for any port. */
  readonly allowedOrigins: readonly string[];
  readonly maxBodyBytes: number;
}

export interface RequestHead {
  readonly method: string;
  readonly url: string;
  /** Name, value, name, value … as they came: repeated headers must not hide. */
  readonly rawHeaders: readonly string[];
}

export type BodyType = 'protobuf' | 'json';
export type BodyEncoding = 'identity' | 'gzip';

type RefusedStatus = 400 | 403 | 404 | 405 | 413 | 415 | 501;

export type Verdict =
  | { readonly kind: 'accept'; readonly path: string; readonly type: BodyType; readonly encoding: BodyEncoding; readonly length: number | undefined; readonly headers: ResponseHeaders }
  | { readonly kind: 'preflight'; readonly headers: ResponseHeaders }
  | { readonly kind: 'refuse'; readonly status: RefusedStatus; readonly message: string; readonly type: BodyType; readonly headers: ResponseHeaders };

export type ResponseHeaders = Readonly<Record<string, string>>;

export const LOCAL_ORIGINS = ['http://localhost:*', 'http://127.0.0.1:*', 'http://[::1]:*'] as const;

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
/** Headers that exporters send and pages may ask for. */
const REQUEST_HEADERS = new Set(['content-type', 'content-encoding', 'authorization', 'traceparent', 'tracestate', 'baggage', 'user-agent', 'x-requested-with', 'cache-control']);
const CUSTOM_HEADER = /^x-[a-z0-9-]{1,64}$/;
const PREFLIGHT_SECONDS = 600;

export function guardRequest(head: RequestHead, rules: GuardRules, paths: ReadonlySet<string>): Verdict {
  const type: BodyType = mediaType(only(head, 'content-type')) === 'application/x-protobuf' ? 'protobuf' : 'json';
  const refuse = (status: RefusedStatus, message: string, headers: ResponseHeaders = {}): Verdict => ({ kind: 'refuse', status, message, type, headers });

  const { authority, path: target } = targetOf(head.url);
  if (!hostAllowed(all(head, 'host'), rules) || (authority !== undefined && !hostAllowed([authority], rules))) {
    return refuse(403, `The Host header does not name this collector: send to http://127.0.0.1:${rules.port} or http://localhost:${rules.port}, or add the name to tracefall.collector.allowedHosts.`);
  }
  const origins = all(head, 'origin');
  const origin = origins[0];
  if (origin !== undefined && (origins.length > 1 || !originAllowed(origin, rules.allowedOrigins))) {
    return refuse(403, 'Pages of this origin may not send traces here: add it to tracefall.collector.allowedOrigins.', { Vary: 'Origin' });
  }
  const cors: ResponseHeaders = origin === undefined ? { Vary: 'Origin' } : { Vary: 'Origin', 'Access-Control-Allow-Origin': origin };

  // An address of one's own for a signal is often written with a slash behind it.
  const path = target.length > 1 && target.endsWith('/') ? target.slice(0, -1) : target;
  if (!paths.has(path)) {
    const doubled = [...paths].some((known) => path.endsWith(known)) ? ` Exporters put it behind OTEL_EXPORTER_OTLP_ENDPOINT themselves: set that to http://127.0.0.1:${rules.port}, without a path.` : '';
    return refuse(404, `There is nothing at this path: OTLP over HTTP goes to POST ${[...paths].join(', ')}.${doubled}`, cors);
  }
  if (head.method === 'OPTIONS' && origin !== undefined && all(head, 'access-control-request-method').length > 0) return { kind: 'preflight', headers: { ...cors, ...preflightHeaders(head) } };
  if (head.method !== 'POST') return refuse(405, 'OTLP over HTTP is sent by POST.', { ...cors, Allow: 'POST, OPTIONS' });

  const media = mediaType(only(head, 'content-type'));
  if (media !== 'application/x-protobuf' && media !== 'application/json') {
    const isGrpc = /^application\/grpc(?:$|[+-])/.test(media) ? ' gRPC has a port of its own, 4317 where nothing else is said.' : '';
    return refuse(415, `The content type must be application/x-protobuf or application/json.${isGrpc}`, { ...cors, 'Accept-Post': 'application/x-protobuf, application/json' });
  }
  const transfer = all(head, 'transfer-encoding').join(', ').trim().toLowerCase();
  if (transfer !== '' && transfer !== 'chunked') return refuse(501, 'The transfer encoding may be chunked and nothing else: compress by Content-Encoding: gzip.', cors);
  const encoding = encodingOf(all(head, 'content-encoding').join(', '));
  if (encoding === undefined) return refuse(415, 'The content encoding must be gzip or identity.', { ...cors, 'Accept-Encoding': 'gzip, identity' });
  const lengthText = only(head, 'content-length');
  const length = lengthText === undefined ? undefined : Number(lengthText);
  if (length !== undefined && length > rules.maxBodyBytes) return refuse(413, tooLarge(rules.maxBodyBytes), cors);
  return { kind: 'accept', path, type, encoding, length, headers: cors };
}

/** As a proxy would write it, with the authority that stands for Host then (RFC 9112 §3.2.2), or as everybody does. */
function targetOf(url: string): { readonly authority: string | undefined; readonly path: string } {
  const whole = /^http:\/\/([^/?#]*)([^?#]*)/i.exec(url);
  return whole === null ? { authority: undefined, path: url.split('?', 1)[0]! } : { authority: whole[1]!, path: whole[2]! };
}

/** x-gzip is gzip (RFC 9110 §8.4.1.3). */
function encodingOf(given: string): BodyEncoding | undefined {
  const encoding = given.trim().toLowerCase();
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  return encoding === '' || encoding === 'identity' ? 'identity' : undefined;
}

export const tooLarge = (maxBodyBytes: number): string => `The request is larger than ${maxBodyBytes} bytes (after decompression): send smaller batches, or raise tracefall.collector.maxBodyMb.`;

/** Exactly one Host, exactly spelled but for case: the loopback names with our port, or a configured name. */
export function hostAllowed(hosts: readonly string[], rules: Pick<GuardRules, 'port' | 'allowedHosts'>): boolean {
  const host = hosts[0]?.toLowerCase();
  if (host === undefined || hosts.length > 1) return false;
  if (LOOPBACK.some((name) => host === `${name}:${rules.port}` || (rules.port === 80 && host === name))) return true;
  return rules.allowedHosts.some((allowed) => {
    const name = allowed.toLowerCase();
    return host === name || (!/:\d+$/.test(name) && host.startsWith(`${name}:`) && /^\d{1,5}$/.test(host.slice(name.length + 1)));
  });
}

function originAllowed(origin: string, allowedOrigins: readonly string[]): boolean {
  if (origin === 'null' || origin === '*') return false;
  return allowedOrigins.some((allowed) => {
    if (!allowed.endsWith(':*')) return origin === allowed;
    const base = allowed.slice(0, -2);
    return origin === base || (origin.startsWith(`${base}:`) && /^\d{1,5}$/.test(origin.slice(base.length + 1)));
  });
}

function preflightHeaders(head: RequestHead): ResponseHeaders {
  const asked = all(head, 'access-control-request-headers').flatMap((value) => value.toLowerCase().split(',')).map((name) => name.trim());
  const granted = asked.filter((name) => REQUEST_HEADERS.has(name) || CUSTOM_HEADER.test(name));
  return {
    'Access-Control-Allow-Methods': 'POST',
    ...(granted.length > 0 ? { 'Access-Control-Allow-Headers': granted.join(', ') } : {}),
    'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
  };
}

function all({ rawHeaders }: RequestHead, name: string): string[] {
  const values: string[] = [];
  for (let k = 0; k + 1 < rawHeaders.length; k += 2) if (rawHeaders[k]!.toLowerCase() === name) values.push(rawHeaders[k + 1]!);
  return values;
}

/** The value, where it is there once. */
function only(head: RequestHead, name: string): string | undefined {
  const values = all(head, name);
  return values.length === 1 ? values[0] : undefined;
}

const mediaType = (contentType: string | undefined): string => (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase();
