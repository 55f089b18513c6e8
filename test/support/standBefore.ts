// Stands before a server and answers some requests itself, as an older version of it, a proxy or a gate would; passes on the rest as they are.
import { createServer, request as ask, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OwnAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface Front {
  readonly url: string;
  /** Paths and queries, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function standBefore(url: string, answer: (path: string, headers: IncomingHttpHeaders) => OwnAnswer | undefined): Promise<Front> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const own = answer(path, request.headers);
    if (own !== undefined) {
      response.writeHead(own.status, { 'content-type': own.type }).end(own.body);
      return;
    }
    const behind = ask(`${url}${path}`, { method: request.method ?? 'GET', headers: request.headers }, (given) => void given.pipe(response.writeHead(given.statusCode ?? 502, given.headers)));
    behind.once('error', () => response.writeHead(502).end());
    request.pipe(behind);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
