// A real HTTP server on a free port whose answers a test writes: the ground every fake system stands on. Keeps what it was asked.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { listening } from '../listening.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface FakeServer {
  readonly url: string;
  /** Oldest first. */
  readonly asked: Asked[];
  close(): Promise<void>;
}

export const json = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer => ({ status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
export const plain = (body: string, status: number): Answer => ({ status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body });

export async function fakeServer(answer: (asked: Asked, body: string) => Answer): Promise<FakeServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    const one: Asked = { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, headers: request.headers };
    asked.push(one);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const { status, headers, body } = answer(one, Buffer.concat(chunks).toString('utf8'));
      response.writeHead(status, headers).end(body);
    });
  });
  const { url, close } = await listening(server);
  return { url, asked, close };
}
