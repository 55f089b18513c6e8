// What a span of a server or a consumer says of the code it enters: a route and a method, a remote procedure, a topic.
// Owns the keys, current and deprecated; must not know the code.
import type { SpanDetails } from '../model/spanDetails.ts';

export interface EntryPoint {
  readonly route?: string;
  /** Upper case; absent where no method is told. */
  readonly method?: string;
  readonly rpcService?: string;
  readonly rpcMethod?: string;
  readonly topic?: string;
}

const SERVER = 2;
const CONSUMER = 5;

export function entryPointOf({ kind, name, attributes }: SpanDetails): EntryPoint | undefined {
  const text = (...keys: readonly string[]): string | undefined => keys.map((key) => attributes.find((a) => a.key === key)?.value).find((value) => typeof value === 'string' && value !== '') as string | undefined;
  if (kind === CONSUMER) {
    const topic = text('messaging.destination.name', 'messaging.destination');
    return topic === undefined ? undefined : { topic };
  }
  // Express and its likes also give the route to spans of middleware.
  const handles = kind === SERVER || /^request_handler$/.test(text('express.type', 'fastify.type', 'koa.type') ?? '') || /^(?:render route|executing api route) \(/.test(name);
  if (!handles) return undefined;
  const [, service, rpcMethod] = /^\/?(?:grpc\.)?([\w.]+)\/(\w+)$/.exec(name) ?? [];
  // Since 1.39 rpc.method is qualified and rpc.service gone.
  const rpcService = text('rpc.service') ?? /^(.*)\//.exec(text('rpc.method') ?? '')?.[1] ?? (text('rpc.system') === undefined && text('rpc.system.name') === undefined ? undefined : service);
  if (rpcService !== undefined) return { rpcService, rpcMethod: (text('rpc.method') ?? rpcMethod ?? '').replace(/^.*\//, '') };
  const route = text('http.route', 'next.route');
  const method = /^[A-Za-z]{1,20}$/.exec(text('http.request.method', 'http.method') ?? /^([A-Z]{3,7}) /.exec(name)?.[1] ?? '')?.[0].toUpperCase();
  return route === undefined ? undefined : { route, ...(method === undefined ? {} : { method }) };
}
