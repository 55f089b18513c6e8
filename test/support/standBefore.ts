// Stands before a server and answers some requests itself, as an older version of it, a proxy or a gate would; passes on the rest as they are.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { listening } from './listening.ts';
import { passOn } from './passOn.ts';

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
    if (own === undefined) passOn(request, response, url);
    else response.writeHead(own.status, { 'content-type': own.type }).end(own.body);
  });
  const { url: ownUrl, close } = await listening(server);
  return { url: ownUrl, asked, close };
}
