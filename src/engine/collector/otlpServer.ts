// OTLP over HTTP on a local port (opentelemetry-proto docs/specification.md, OTLP/HTTP): guard, body, handler, answer. Serves
// nothing readable. Must not know the store or the model.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { FormatError } from '../../formats/formatError.ts';
import { readBody } from './boundedBody.ts';
import { CLOSE_GRACE_MS } from './collectorOptions.ts';
import { ConnectionLimit } from './connectionLimit.ts';
import { discardRest } from './discardRest.ts';
import { SELF, SENT_ON_BY } from './forwardTransport.ts';
import { LOOP } from './forwardLane.ts';
import type { IngestQueue } from './ingestQueue.ts';
import { contentType, statusBody, successBody } from './otlpResponse.ts';
import { guardRequest, tooLarge, type BodyType, type GuardRules, type ResponseHeaders, type Verdict } from './requestGuard.ts';
import type { SignalHandler } from './signals.ts';

export interface OtlpServerOptions extends Omit<GuardRules, 'port'> {
  readonly host: string;
  readonly handlers: ReadonlyMap<string, SignalHandler>;
  readonly queue: IngestQueue;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  readonly headersTimeoutMs?: number | undefined;
  readonly bodyTimeoutMs?: number | undefined;
  readonly maxConnections?: number | undefined;
}

const HEADERS_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 60_000;
const MAX_CONNECTIONS = 64;
/** More than these for moments only: bodies are counted in bytes, and a connection without one costs some kB. */
const CROWD = 8;
const MAX_HEADER_BYTES = 16 << 10;

export class OtlpServer {
  readonly #options: OtlpServerOptions;
  readonly #server: Server;
  readonly #paths: ReadonlySet<string>;
  readonly #connections: ConnectionLimit;
  /** Connections whose last answer is on its way: nothing more is said on them. */
  readonly #answered = new WeakSet<Socket>();
  #closing = false;
  #saidHttp2 = false;
  /** The failure that was logged last; a full disk fails every request with the same sentence. */
  #saidFailure = '';

  constructor(options: OtlpServerOptions) {
    this.#options = options;
    this.#paths = new Set(options.handlers.keys());
    const headersTimeout = options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS;
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout,
        requestTimeout: headersTimeout + (options.bodyTimeoutMs ?? BODY_TIMEOUT_MS),
        keepAliveTimeout: IDLE_TIMEOUT_MS,
        connectionsCheckingInterval: Math.min(1000, headersTimeout),
        // A missing Host is the guard's to refuse.
        requireHostHeader: false,
        noDelay: true,
      },
      (request, response) => void this.#serve(request, response),
    );
    const places = options.maxConnections ?? MAX_CONNECTIONS;
    this.#connections = new ConnectionLimit({ places, most: places * CROWD });
    this.#server.on('connection', (socket: Socket) => this.#connections.admit(socket));
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response, true));
    this.#server.on('clientError', (error: Error, socket: Socket) => this.#unreadable(error, socket));
  }

  /** Resolves with the port; rejects with EADDRINUSE when it is taken. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, host: this.#options.host, exclusive: true }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#options.log('error', `The collector's port failed: ${error.message}.`));
        resolve(this.port);
      });
    });
  }

  get port(): number {
    const address = this.#server.address() as AddressInfo | string | null;
    return address === null || typeof address === 'string' ? 0 : address.port;
  }

  /** Answers what is being received, then closes every connection. */
  async close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    this.#closing = true;
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse, expectsContinue = false): Promise<void> {
    this.#connections.receiving(request.socket);
    request.on('end', () => this.#connections.working(request.socket));
    response.on('close', () => this.#connections.idle(request.socket));
    try {
      const verdict = guardRequest(
        { method: request.method ?? '', url: request.url ?? '', rawHeaders: request.rawHeaders },
        { ...this.#options, port: this.port },
        this.#paths,
      );
      await this.#answer(verdict, request, response, expectsContinue);
    } catch (error) {
      this.#options.log('error', `A request failed: ${error instanceof Error ? error.message : String(error)}`);
      if (!response.headersSent) this.#refuse(request, response, 'json', 500, 'The collector failed on this request; its log says more.', {});
    }
  }

  async #answer(verdict: Verdict, request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> {
    if (verdict.kind === 'refuse') return this.#refuse(request, response, verdict.type, verdict.status, verdict.message, verdict.headers);
    if (verdict.kind === 'preflight') {
      response.writeHead(204, verdict.headers).end();
      return;
    }
    const { type, headers } = verdict;
    const { queue, maxBodyBytes } = this.#options;
    const overloaded = (): void => this.#refuse(request, response, type, 429, 'The collector is busy: send again after a second.', { ...headers, 'Retry-After': '1' });
    if (this.#closing) return this.#refuse(request, response, type, 503, 'The collector is closing: send again after a second.', { ...headers, 'Retry-After': '1' });
    if (request.headers[SENT_ON_BY] === SELF) return this.#refuse(request, response, type, LOOP, 'This collector sends on to itself: set tracefall.collector.forwardTo to another address.', headers);
    if (queue.full) return overloaded();
    if (expectsContinue) response.writeContinue();
    const { result, held } = await readBody(request, { maxBytes: maxBodyBytes, encoding: verdict.encoding, budget: queue });
    try {
      if (result.kind === 'body') return await this.#handle(verdict.path, result.bytes, type, headers, request, response);
      if (result.problem === 'tooLarge') return this.#refuse(request, response, type, 413, tooLarge(maxBodyBytes), headers);
      if (result.problem === 'overloaded') return overloaded();
      if (result.problem === 'badGzip') return this.#refuse(request, response, type, 400, 'The request says gzip, but its body is not readable gzip.', headers);
      request.destroy();
    } finally {
      queue.release(held);
    }
  }

  async #handle(path: string, bytes: Uint8Array, type: BodyType, headers: ResponseHeaders, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      // An empty request is a success, whatever says that it is empty.
      const partial = bytes.length === 0 ? undefined : await this.#options.handlers.get(path)!(bytes, type);
      this.#saidFailure = '';
      send(response, 200, successBody(type, partial), type, this.#closing ? { ...headers, Connection: 'close' } : headers);
    } catch (error) {
      if (error instanceof FormatError) return this.#refuse(request, response, type, 400, error.message, headers);
      const failure = `Spans could not be stored: ${error instanceof Error ? error.message : String(error)}`;
      if (failure !== this.#saidFailure) this.#options.log('error', failure);
      this.#saidFailure = failure;
      // The exporter keeps them and sends them again.
      this.#refuse(request, response, type, 503, 'The spans could not be stored: send them again later.', { ...headers, 'Retry-After': '5' });
    }
  }

  /** Answers at once, and closes where the body was not read: only when its sender has stopped, or it could not read the answer. */
  #refuse(request: IncomingMessage, response: ServerResponse, type: BodyType, status: number, message: string, headers: ResponseHeaders): void {
    const body = statusBody(type, status, message);
    if (request.complete) {
      send(response, status, body, type, headers);
      return;
    }
    writeHead(response, status, body, type, { ...headers, Connection: 'close' });
    response.write(body);
    this.#answered.add(request.socket);
    discardRest(request, { maxBytes: 2 * this.#options.maxBodyBytes }, () => response.end());
  }

  /** Bytes that are not HTTP/1.1, or that took too long. */
  #unreadable(error: Error, socket: Socket): void {
    const code = 'code' in error ? String(error.code) : '';
    const packet = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : Buffer.alloc(0);
    if (packet.subarray(0, 14).toString('latin1') === 'PRI * HTTP/2.0') {
      if (!this.#saidHttp2) this.#options.log('warn', `Something speaks gRPC to port ${this.port}, which takes OTLP over HTTP: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.`);
      this.#saidHttp2 = true;
      socket.end();
      return;
    }
    if (this.#answered.has(socket)) {
      socket.end();
      return;
    }
    if (!socket.writable || code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const status = code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
}

function send(response: ServerResponse, status: number, body: Buffer, type: BodyType, headers: ResponseHeaders): void {
  writeHead(response, status, body, type, headers);
  response.end(body);
}

function writeHead(response: ServerResponse, status: number, body: Buffer, type: BodyType, headers: ResponseHeaders): void {
  response.writeHead(status, { ...headers, 'Content-Type': contentType(type), 'Content-Length': body.length, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' });
}
