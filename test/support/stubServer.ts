// A local server of a test's own, over http or https, whose open sockets are counted and which is gone when it is closed.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface StubServer {
  readonly port: number;
  readonly origin: string;
  /** Every request that came: method, path and headers. */
  readonly requests: { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers'] }[];
  readonly openSockets: () => number;
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  close(): Promise<void>;
}

export interface StubOptions {
  readonly tls?: ServerOptions;
  readonly host?: string;
}

export async function startStub(answer: StubServer['answer'], { tls, host = '127.0.0.1' }: StubOptions = {}): Promise<StubServer> {
  const sockets = new Set<Socket>();
  const requests: StubServer['requests'] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    stub.answer(request, response);
  };
  const server: Server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that hangs up is what is tested.
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const stub: StubServer = {
    port,
    origin: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    requests,
    openSockets: () => sockets.size,
    answer,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }),
  };
  return stub;
}
