// OTLP over gRPC on a local port (opentelemetry-proto docs/specification.md, OTLP/gRPC): the same handlers and the same queue as over HTTP,
// one unary Export per signal, gzip taken. The library is loaded when the collector listens. Serves nothing readable. Must not know the store.
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import type { sendUnaryData, Server, ServerUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import { FormatError } from '../../formats/formatError.ts';
import { CLOSE_GRACE_MS } from './collectorOptions.ts';
import type { IngestQueue } from './ingestQueue.ts';
import { successBody } from './otlpResponse.ts';
import { hostAllowed, tooLarge } from './requestGuard.ts';
import type { SignalHandler } from './signals.ts';

export interface GrpcServerOptions {
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly maxBodyBytes: number;
  readonly handlers: ReadonlyMap<string, SignalHandler>;
  readonly queue: IngestQueue;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  readonly maxConnections?: number;
}

/** Every exporter of every program keeps one; they leave place when nothing is sent on them for a while, and come back when something is. */
const MAX_CONNECTIONS = 256;
const IDLE_MS = 120_000;
const FLUSH_MS = 250;

/** google.rpc.Code, which grpc.status is. */
const CODE = { invalidArgument: 3, permissionDenied: 7, resourceExhausted: 8, internal: 13, unavailable: 14 } as const;

const SERVICES: readonly (readonly [path: string, service: string])[] = [
  ['/v1/traces', 'opentelemetry.proto.collector.trace.v1.TraceService'],
  ['/v1/metrics', 'opentelemetry.proto.collector.metrics.v1.MetricsService'],
  ['/v1/logs', 'opentelemetry.proto.collector.logs.v1.LogsService'],
];

export class GrpcServer {
  readonly #options: GrpcServerOptions;
  #server: Server | undefined;
  /** The port is ours and not the library's, which takes any number of connections. */
  #listener: NetServer | undefined;
  readonly #sockets = new Set<Socket>();
  /** No socket is left. */
  #deserted: () => void = () => undefined;
  #atWork = 0;
  /** Nothing is at work any more. */
  #calm: () => void = () => undefined;
  #port = 0;
  #closing = false;
  /** The failure that was logged last; a full disk fails every request with the same sentence. */
  #saidFailure = '';

  constructor(options: GrpcServerOptions) {
    this.#options = options;
  }

  /** Resolves with the port; rejects with an error of code EADDRINUSE when it is taken. */
  async listen(port: number): Promise<number> {
    // Bundled, a CommonJS package has only a default export.
    const grpc = (await import('@grpc/grpc-js')).default;
    // It would write to the error stream what is said here in sentences.
    grpc.setLogVerbosity(grpc.logVerbosity.NONE);
    const server = new grpc.Server({
      'grpc.max_receive_message_length': this.#options.maxBodyBytes,
      'grpc.max_concurrent_streams': 64,
      'grpc.max_connection_idle_ms': IDLE_MS,
      'grpc-node.max_session_memory': 64,
    });
    for (const [path, service] of SERVICES) server.addService(definitionOf(service), { export: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => void this.#serve(path, call, done) });
    const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
    const listener = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        if (this.#sockets.size === 0) this.#deserted();
      });
      injector.injectConnection(socket);
    });
    this.#port = await this.#listen(listener, port);
    this.#server = server;
    this.#listener = listener;
    return this.#port;
  }

  #listen(listener: NetServer, port: number): Promise<number> {
    const { host, log, maxConnections = MAX_CONNECTIONS } = this.#options;
    listener.maxConnections = maxConnections;
    listener.once('drop', () => log('warn', `More than ${maxConnections} connections at once for gRPC: what comes beyond is closed, and exporters try again.`));
    return new Promise((resolve, reject) => {
      listener.once('error', reject);
      listener.listen({ port, host, exclusive: true }, () => {
        listener.off('error', reject);
        listener.on('error', (error) => log('error', `The collector's port for gRPC failed: ${error.message}.`));
        resolve((listener.address() as AddressInfo).port);
      });
    });
  }

  /** Answers what is at work, then closes every connection. */
  async close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    this.#closing = true;
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    this.#listener?.close();
    // Tells the other ends that this is the end. It does not wait for calls of connections that it was handed.
    server.tryShutdown(() => undefined);
    if (this.#atWork > 0) await within(graceMs, (done) => (this.#calm = done));
    // The last answers are on their way; a peer that does not read (a debugger may hold it) would keep its socket, and this process with it.
    if (this.#sockets.size > 0) await within(Math.min(graceMs, FLUSH_MS), (done) => (this.#deserted = done));
    server.forceShutdown();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(path: string, call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>): Promise<void> {
    const refuse = (code: number, details: string): void => done({ code, details });
    const { allowedHosts, queue, handlers, log } = this.#options;
    if (!hostAllowed([call.getHost()], { allowedHosts, port: this.#port })) return refuse(CODE.permissionDenied, `The authority does not name this collector: send to 127.0.0.1:${this.#port} or localhost:${this.#port}, or add the name to tracefall.collector.allowedHosts.`);
    const bytes = call.request;
    if (bytes.length > this.#options.maxBodyBytes) return refuse(CODE.resourceExhausted, tooLarge(this.#options.maxBodyBytes));
    if (this.#closing || queue.full || !queue.take(bytes.length)) return refuse(CODE.unavailable, 'The collector is busy: send again after a second.');
    this.#atWork++;
    try {
      const partial = await handlers.get(path)!(bytes, 'protobuf');
      this.#saidFailure = '';
      done(null, successBody('protobuf', partial));
    } catch (error) {
      if (error instanceof FormatError) return refuse(CODE.invalidArgument, error.message);
      const failure = `Spans could not be stored: ${error instanceof Error ? error.message : String(error)}`;
      if (failure !== this.#saidFailure) log('error', failure);
      this.#saidFailure = failure;
      // The exporter keeps them and sends them again.
      refuse(CODE.unavailable, 'The spans could not be stored: send them again later.');
    } finally {
      queue.release(bytes.length);
      if (--this.#atWork === 0) this.#calm();
    }
  }
}

/** When `begin`'s callback is called, or after so long. */
function within(ms: number, begin: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    begin(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Messages stay bytes: our own reader decodes them. */
function definitionOf(service: string): ServiceDefinition {
  const same = (bytes: Buffer): Buffer => bytes;
  return { export: { path: `/${service}/Export`, requestStream: false, responseStream: false, requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same } };
}
