// HTTP between the services: a server that continues the caller's trace, and a call that passes it on.
import { context, propagation, SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { atEnd } from './lifetime.ts';
import { startTelemetry } from './telemetry.ts';

export type Handler = (body: never, response: ServerResponse) => Promise<unknown>;

/** Where each service listens: run.ts chooses free ports and tells everyone. */
export function urlOf(service: string): string {
  const ports = JSON.parse(process.env['DEMO_PORTS'] ?? '{}') as Record<string, number>;
  return `http://127.0.0.1:${ports[service] ?? 0}`;
}

/** Runs `work` in a span; what it throws is recorded and thrown on. */
export function inSpan<T>(name: string, attributes: Record<string, string | number | boolean>, work: (span: Span) => Promise<T>, kind = SpanKind.INTERNAL): Promise<T> {
  return trace.getTracer('support-chat').startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Serves POST routes; each request is a SERVER span that continues the caller's trace. */
export function serve(service: string, options: { readonly code: boolean }, routes: Record<string, Handler>): void {
  const telemetry = startTelemetry(service, options);
  const server = createServer((request, response) => void handle(routes, request, response));
  server.listen(Number(new URL(urlOf(service)).port), '127.0.0.1', () => process.send?.('listening'));
  atEnd(() => {
    server.close();
    server.closeAllConnections();
    void telemetry.shutdown().finally(() => process.exit(0));
  });
}

async function handle(routes: Record<string, Handler>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = request.url ?? '/';
  const handler = routes[route];
  if (handler === undefined) return void response.writeHead(404).end();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const parent = propagation.extract(context.active(), request.headers);
  await context.with(parent, () =>
    inSpan(`POST ${route}`, { 'http.request.method': 'POST', 'http.route': route, 'url.path': route }, async (span) => {
      const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as never;
      const answer = await handler(body, response);
      span.setAttribute('http.response.status_code', 200);
      if (!response.writableEnded) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
    }, SpanKind.SERVER),
  ).catch((error: Error) => {
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: error.message }));
  });
}

/** Calls another service; the CLIENT span's context travels in `traceparent`. */
export async function call<T>(service: string, route: string, body: unknown, onChunk?: (text: string) => void): Promise<T> {
  return inSpan(`POST ${service}`, { 'http.request.method': 'POST', 'server.address': service, 'url.path': route }, async (span) => {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    propagation.inject(context.active(), headers);
    const response = await fetch(urlOf(service) + route, { method: 'POST', headers, body: JSON.stringify(body) });
    span.setAttribute('http.response.status_code', response.status);
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      onChunk?.(chunk);
    }
    if (!response.ok) throw new Error(`${service} answered ${response.status}: ${text.slice(0, 200)}`);
    return JSON.parse(text.slice(text.lastIndexOf('\n') + 1)) as T;
  }, SpanKind.CLIENT);
}
