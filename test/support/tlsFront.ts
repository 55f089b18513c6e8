// One TLS server in the place of many: what comes for a host goes on to that host's fake over plain HTTP, with the host that was meant. With a
// forward proxy that knows the names (connectProxy.ts), clouds' own addresses are asked by the product's real sockets, and no test leaves the machine.
import { createServer, type ServerOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { listening } from './listening.ts';
import { passOn } from './passOn.ts';

export interface TlsFront {
  readonly port: number;
  /** Names of the client certificates that were shown. */
  readonly clients: string[];
  close(): Promise<void>;
}

/** `hosts`: address of the fake by host name. */
export async function startTlsFront(tls: ServerOptions, hosts: Readonly<Record<string, string>>): Promise<TlsFront> {
  const clients: string[] = [];
  const server = createServer({ requestCert: true, rejectUnauthorized: false, ...tls }, (request, response) => {
    const shown = (request.socket as TLSSocket).getPeerCertificate().subject?.CN;
    if (typeof shown === 'string') clients.push(shown);
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const to = Object.hasOwn(hosts, host) ? hosts[host] : undefined;
    if (to === undefined) return void response.writeHead(421).end();
    passOn(request, response, to);
  });
  const { port, close } = await listening(server);
  return { port, clients, close };
}
