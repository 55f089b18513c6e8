// A real forward proxy on this machine: CONNECT for https, whole addresses for http, with or without TLS of its own and credentials. It alone
// knows the names that a test made up, so a client that resolves them itself fails. Its log proves which way a request took.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { listening } from './listening.ts';
import { passOn } from './passOn.ts';

export interface ConnectProxy {
  readonly uri: string;
  readonly port: number;
  /** `CONNECT target.test:443`, `GET http://target.test/path`. */
  readonly log: string[];
  /** Values of Proxy-Authorization as they came. */
  readonly credentials: (string | undefined)[];
  close(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** Made-up name → port on this machine. */
  readonly names: Readonly<Record<string, number>>;
  readonly authorization?: string;
  readonly tls?: ServerOptions;
}

export async function startProxy({ names, authorization, tls }: ConnectProxyOptions): Promise<ConnectProxy> {
  const log: string[] = [];
  const credentials: (string | undefined)[] = [];
  const portOf = (host: string): number | undefined => (Object.hasOwn(names, host) ? names[host] : undefined);
  const admits = (request: IncomingMessage, what: string): boolean => {
    log.push(what);
    credentials.push(request.headers['proxy-authorization']);
    return authorization === undefined || request.headers['proxy-authorization'] === authorization;
  };
  const server: Server = tls === undefined ? createServer() : createSecureServer(tls);
  server.on('request', (request, response) => {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url!) : undefined;
    if (!admits(request, `${request.method} ${request.url}`)) return void response.writeHead(407, { 'proxy-authenticate': 'Basic realm="proxy"' }).end('credentials, please');
    const port = url === undefined ? undefined : portOf(url.hostname);
    if (url === undefined || port === undefined) return void response.writeHead(502).end('unknown name');
    const { 'proxy-authorization': _own, 'proxy-connection': _hop, ...headers } = request.headers;
    return passOn(request, response, `http://127.0.0.1:${port}`, headers);
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    if (!admits(request, `CONNECT ${request.url}`)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="proxy"\r\ncontent-length: 0\r\n\r\n');
    const port = portOf((request.url ?? '').replace(/:\d+$/, ''));
    if (port === undefined) return void socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  const { port, close } = await listening(server);
  return { uri: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, log, credentials, close };
}
