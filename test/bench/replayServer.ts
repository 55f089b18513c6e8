// A worker that answers over real HTTP with bytes it was given, from memory: as fast as a server can be, and in another thread than who asks.
// A request is known by its method, path with query, and body.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

export interface Recorded {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array;
}

export const keyOf = (method: string, target: string, body: string | Uint8Array = ''): string => `${method} ${target} ${typeof body === 'string' ? body : new TextDecoder().decode(body)}`;

if (parentPort !== null) {
  const answers = workerData as ReadonlyMap<string, Recorded>;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const known = answers.get(keyOf(request.method ?? 'GET', request.url ?? '/', Buffer.concat(chunks).toString()));
      if (known === undefined) return void response.writeHead(418).end(`not recorded: ${request.method} ${request.url}`);
      response.writeHead(known.status, { 'content-type': known.type, 'content-length': known.body.length }).end(known.body);
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as AddressInfo).port));
}
