// A real HTTP server on a free port for fakes that speak JSON: reads the body, counts, answers what the fake says.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening } from '../listening.ts';

export interface FakeRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body: unknown;
}

export interface FakeServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function jsonServer(answer: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>): Promise<FakeServer> {
  const server = createServer((request, response) => {
    void handle(request, response, answer).catch((error: unknown) => response.writeHead(599).end(String(error)));
  });
  return listening(server);
}

async function handle(request: IncomingMessage, response: ServerResponse, answer: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : (value ?? '')]));
  const target = request.url ?? '/';
  const { status, headers: more, body } = await answer({ method: request.method ?? 'GET', target, url: new URL(target, `http://${headers['host']}`), headers, body: Buffer.concat(chunks) });
  response.writeHead(status, { 'content-type': 'application/json', ...more }).end(typeof body === 'string' ? body : JSON.stringify(body));
}
