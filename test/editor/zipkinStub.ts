// A Zipkin for the editor tests: what a real one answered (fixtures/recorded/zipkin), its times moved to now. Knows the parameters that are
// documented and refuses others; keeps what it was asked, with the sign-in that came along.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { listening } from '../support/listening.ts';

export interface ZipkinStub {
  readonly url: string;
  readonly asked: { readonly path: string; readonly authorization: string | undefined }[];
  /** While it is set, everything but this bearer token is refused. */
  token: string | undefined;
  close(): Promise<void>;
}

interface Span {
  readonly timestamp?: number;
  readonly annotations?: readonly { readonly timestamp: number }[];
}

const FOLDER = path.resolve(import.meta.dirname, '../fixtures/recorded/zipkin');
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  '/api/v2/services': [], '/api/v2/spans': ['serviceName'], '/api/v2/traces': ['serviceName', 'spanName', 'annotationQuery', 'minDuration', 'maxDuration', 'endTs', 'lookback', 'limit'], '/api/v2/traceMany': ['traceIds'], '/api/v2/dependencies': ['endTs', 'lookback'], '/info': [],
};

const recorded = (name: string): unknown => JSON.parse(readFileSync(path.join(FOLDER, `${name}.body`), 'utf8'));

/** The trace ended two minutes ago. */
function moved(spans: readonly Span[]): Span[] {
  const shift = Date.now() * 1000 - 120_000_000 - Math.max(...spans.map(({ timestamp = 0 }) => timestamp));
  return spans.map((span) => ({
    ...span,
    ...(span.timestamp === undefined ? {} : { timestamp: span.timestamp + shift }),
    ...(span.annotations === undefined ? {} : { annotations: span.annotations.map((one) => ({ ...one, timestamp: one.timestamp + shift })) }),
  }));
}

export async function startZipkinStub(): Promise<ZipkinStub> {
  const trace = moved((recorded('search') as Span[][])[0]!);
  const answers: Readonly<Record<string, unknown>> = { '/api/v2/services': recorded('services'), '/api/v2/spans': ['post /chat'], '/api/v2/traces': [trace], '/api/v2/traceMany': [trace], '/api/v2/dependencies': recorded('dependencies'), '/info': { zipkin: { version: '3.6.1' } } };
  const asked: { path: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    // A real one serves it below its UI too.
    const url = new URL((request.url ?? '/').replace(/^\/zipkin(?=\/)/, ''), 'http://stub');
    const { authorization } = request.headers;
    asked.push({ path: `${url.pathname}${url.search}`, authorization });
    const say = (status: number, body: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (stub.token !== undefined && authorization !== `Bearer ${stub.token}`) return say(401, { error: 'Who are you?' });
    if (url.pathname.startsWith('/api/v2/trace/')) return say(200, trace);
    const known = Object.hasOwn(PARAMETERS, url.pathname) ? PARAMETERS[url.pathname] : undefined;
    if (known === undefined) return say(404, {});
    const strange = [...url.searchParams.keys()].find((name) => !known.includes(name));
    return strange === undefined ? say(200, answers[url.pathname]) : say(400, { error: `unknown parameter ${strange}` });
  });
  const { url, close } = await listening(server);
  const stub: ZipkinStub = { url, asked, token: undefined, close };
  return stub;
}
