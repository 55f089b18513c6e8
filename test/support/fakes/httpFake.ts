// What fakes of tracing systems share: a real HTTP server on a free port, a client as a connection has it, and a list of what was asked.
import { createServer, type IncomingMessage } from 'node:http';
import { undiciTransport } from '../../../src/engine/http.ts';
import { ConnectionClient, NO_AUTHORIZER } from '../../../src/engine/network/connectionClient.ts';
import { listening } from '../listening.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
}

export interface HttpFake {
  readonly url: string;
  /** `/path?decoded=query`, in order. */
  readonly asked: string[];
  /** Of the connection's client. */
  readonly client: ConnectionClient;
  /** The most requests that were waiting for their answer at once. */
  readonly mostAtOnce: () => number;
  close(): Promise<void>;
}

export const json = (value: unknown, status = 200, type = 'application/json'): FakeAnswer => ({ status, type, body: JSON.stringify(value) });
export const plain = (body: string, status: number): FakeAnswer => ({ status, type: 'text/plain; charset=utf-8', body });
export const page = (status = 200): FakeAnswer => ({ status, type: 'text/html; charset=utf-8', body: '<!DOCTYPE html>\n<html lang="en"><title>UI</title></html>' });

export async function httpFake(answer: (url: URL, request: IncomingMessage) => FakeAnswer, basePath = ''): Promise<HttpFake> {
  const asked: string[] = [];
  let [open, most] = [0, 0];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    asked.push(decodeURIComponent(`${url.pathname}${url.search}`));
    most = Math.max(most, ++open);
    // Later, so that requests that are sent beside each other are seen so.
    setTimeout(() => {
      open--;
      const { status, type, body } = answer(url, request);
      response.writeHead(status, { 'content-type': type }).end(body);
    }, 2);
  });
  const { url: origin, close } = await listening(server);
  const url = `${origin}${basePath}`;
  const transport = undiciTransport();
  return {
    url,
    asked,
    client: new ConnectionClient({ base: url, transport, authorizer: NO_AUTHORIZER, wait: async () => undefined }),
    mostAtOnce: () => most,
    close: async () => {
      await transport.close();
      await close();
    },
  };
}
