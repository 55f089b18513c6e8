// A Zipkin, an STS and a Google token endpoint that repeat what they were sent wherever they can: in headers, texts, fields, redirects, and in every
// encoding. What they answer when all is well is the reference trace.
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { GOOGLE_TOKEN, ROLE_SECRET, ROLE_TOKEN } from '../secretSessions.ts';
import { startStub, type StubServer } from '../stubServer.ts';

export type Mood = 'fine' | 'no token' | (typeof FAILURES)[number][0];

export interface CarelessServers {
  readonly url: string;
  mood: Mood;
  /** Everything that came: headers and bodies as text. */
  readonly heard: string[];
  close(): Promise<void>;
}

export const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Everything of a request, also in the spellings in which programs repeat it. */
function echo({ headers }: IncomingMessage, body: string): string {
  const proofs = ['x-amz-security-token', 'authorization'].flatMap((name) => headers[name] ?? []);
  const values = [...[...new URLSearchParams(body)].filter(([name]) => !/^(?:Action|Version|Role|grant|client_id)/.test(name)).map(([, value]) => value), ...proofs.map(String), ...Object.values(headers).map(String)];
  const spelled = values.flatMap((value) => [value, value.replace(/^\S+ /, '')]).flatMap((value) => [value, encodeURIComponent(value), Buffer.from(value).toString('base64'), new URLSearchParams([['', value]]).toString()]);
  return [...spelled, body].join(' ');
}

const headerSafe = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 6_000);
const jsonMessage = (text: string): string => JSON.stringify({ message: text.slice(0, 380), all: text });

/** Of the traces' server, in turn. */
export const FAILURES = [
  ['401 in JSON', (said: string): Reply => ({ status: 401, headers: { 'content-type': 'application/json', 'x-echo': headerSafe(said) }, body: jsonMessage(said) })],
  ['403 as text', (said: string): Reply => ({ status: 403, headers: { 'content-type': 'text/plain' }, body: said })],
  ['500 as text', (said: string): Reply => ({ status: 500, headers: { 'content-type': 'text/plain' }, body: said.slice(-300) })],
  ['400 in JSON', (said: string): Reply => ({ status: 400, headers: { 'content-type': 'application/json' }, body: jsonMessage(said) })],
  ['a redirect to a web page', (said: string): Reply => ({ status: 302, headers: { location: `http://traces.test/login?${headerSafe(encodeURIComponent(said))}` }, body: said })],
  ['a redirect to nothing', (said: string): Reply => ({ status: 302, headers: { location: `ftp://${headerSafe(encodeURIComponent(said))}/` }, body: said })],
  ['a web page', (said: string): Reply => ({ status: 200, headers: { 'content-type': 'text/html' }, body: `<title>${said}</title>` })],
  ['no JSON', (said: string): Reply => ({ status: 200, headers: { 'content-type': 'application/json' }, body: said })],
  ['JSON of something else', (said: string): Reply => ({ status: 200, headers: { 'content-type': 'application/json' }, body: jsonMessage(said) })],
  ['no gzip', (said: string): Reply => ({ status: 200, headers: { 'content-encoding': 'gzip' }, body: said })],
] as const;

export async function carelessServers(): Promise<CarelessServers> {
  const heard: string[] = [];
  const stub: StubServer = await startStub((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const body = Buffer.concat(chunks).toString();
      heard.push(JSON.stringify(request.headers), body);
      const { status, headers, body: answer } = replyTo(request, body, servers.mood);
      response.writeHead(status, headers).end(answer);
    });
  });
  const servers: CarelessServers = { url: stub.origin, mood: 'fine', heard, close: () => stub.close() };
  return servers;
}

function replyTo(request: IncomingMessage, body: string, mood: Mood): Reply {
  const host = request.headers.host ?? '';
  const said = echo(request, body);
  if (host.startsWith('sts.')) return mood === 'no token' ? xml(403, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${escaped(said.slice(0, 250))}</Message></Error></ErrorResponse>`) : roleAnswer();
  if (host.startsWith('oauth2.')) return mood === 'no token' ? { status: 400, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error: 'invalid_grant', error_description: said.slice(0, 250) }) } : json({ access_token: GOOGLE_TOKEN, expires_in: 3600, token_type: 'Bearer' });
  const failure = FAILURES.find(([name]) => name === mood);
  if (failure !== undefined) return failure[1](said);
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  if (path === '/api/v2/services') return json(['api-gateway']);
  if (path === '/api/v2/traces' || path === '/api/v2/traceMany') return json([referenceSpans()]);
  if (path.startsWith('/api/v2/trace/')) return json(referenceSpans());
  return path === '/info' ? json({ zipkin: { version: '3.6.1' } }) : { status: 404, headers: { 'content-type': 'text/plain' }, body: said };
}

const json = (body: unknown): Reply => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const xml = (status: number, body: string): Reply => ({ status, headers: { 'content-type': 'text/xml' }, body });
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function roleAnswer(): Reply {
  const end = new Date(Date.now() + 3_600_000).toISOString();
  return xml(200, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>${escaped(ROLE_SECRET)}</SecretAccessKey><SessionToken>${escaped(ROLE_TOKEN)}</SessionToken><Expiration>${end}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`);
}

/** Lately, so that lists show it. */
function referenceSpans(): readonly object[] {
  const spans = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/recorded/reference-trace.zipkin.json'), 'utf8')) as { readonly timestamp: number }[];
  const shift = Math.floor(Date.now() / 1000) * 1_000_000 - 60_000_000 - Math.min(...spans.map(({ timestamp }) => timestamp));
  return spans.map((span) => ({ ...span, timestamp: span.timestamp + shift }));
}
