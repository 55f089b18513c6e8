// One TLS server in the place of many: what comes for a host goes on to that host's fake over plain HTTP, with the host that was meant. With a
// forward proxy that knows the names (connectProxy.ts), clouds' own addresses are asked by the product's real sockets, and no test leaves the machine.
import { request as httpRequest } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export interface TlsFront {
  readonly port: number;
  /** Names of the client certificates that were shown. */
  readonly clients: string[];
  close(): Promise<void>;
}

/** `hosts`: address of the fake by host name. */
export async function startTlsFront(tls: ServerOptions, hosts: Readonly<Record<string, string>>): Promise<TlsFront> {
  const clients: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ requestCert: true, rejectUnauthorized: false, ...tls }, (request, response) => {
    const shown = (request.socket as TLSSocket).getPeerCertificate().subject?.CN;
    if (typeof shown === 'string') clients.push(shown);
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const to = Object.hasOwn(hosts, host) ? new URL(hosts[host]!) : undefined;
    if (to === undefined) return void response.writeHead(421).end();
    const onward = httpRequest({ host: to.hostname, port: to.port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    clients,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }),
  };
}
