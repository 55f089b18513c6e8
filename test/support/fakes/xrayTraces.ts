// Traces for the fake of X-Ray: `count` of them before `nowS`, every fifth failing somewhere, in two services, with documents that fit.
import { serviceOf } from '../../live/send/attributes.ts';
import type { OtlpDocument } from '../../live/send/otlpTypes.ts';
import { xraySegments, xrayTraceId } from '../../live/send/xraySegments.ts';
import type { FakeXrayTrace } from './xray.ts';

const xrayId = (start: number, k: number): string => `1-${Math.floor(start).toString(16).padStart(8, '0')}-${k.toString(16).padStart(24, '0')}`;

export function xrayTrace(k: number, start: number, more: Partial<FakeXrayTrace> = {}): FakeXrayTrace {
  const id = xrayId(start, k + 1);
  const duration = more.duration ?? 0.1 + (k % 10) / 10;
  const fault = more.fault ?? k % 5 === 0;
  const deep = k % 7 === 3;
  const services = more.services ?? [{ name: k % 2 === 0 ? 'api' : 'worker', failed: fault }, { name: 'db', failed: deep }];
  const root = { name: services[0]!.name, id: (1000 + k).toString(16).padStart(16, '0'), trace_id: id, start_time: start, end_time: start + duration, ...(fault ? { fault: true, cause: { exceptions: [{ id: 'abcdefabcdef0001', type: 'Error', message: 'boom', stack: [{ path: '/app/a.js', line: 4, label: 'f' }] }] } } : {}), http: { request: { method: 'GET', url: 'https://shop.example/cart' }, response: { status: fault ? 500 : 200 } } };
  return {
    id, start, duration, fault, error: false, throttle: false, groups: [], services,
    http: { 'http.url': 'https://shop.example/cart', 'http.method': 'GET', 'http.status': fault ? 500 : 200 }, annotations: { tier: k % 3 === 0 ? 'gold' : 'basic', size: k },
    documents: [JSON.stringify(root), JSON.stringify({ name: 'db', id: (900_000 + k).toString(16).padStart(16, '0'), parent_id: root.id, trace_id: id, start_time: start + 0.01, end_time: start + 0.05 })],
    ...more,
  };
}

export const xrayTraces = (count: number, nowS: number, everyS: number): FakeXrayTrace[] => Array.from({ length: count }, (_, k) => xrayTrace(k, nowS - (k + 1) * everyS));

/** A trace as the collector's exporter sends it, with its attributes indexed, and what X-Ray's list says of it. */
export function xrayTraceOf(document: OtlpDocument): FakeXrayTrace {
  const spans = document.resourceSpans.flatMap(({ resource, scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ span, service: serviceOf(resource?.attributes ?? []) }))));
  const seconds = (ns: string): number => Number(BigInt(ns) / 1000n) / 1e6;
  const starts = spans.map(({ span }) => seconds(span.startTimeUnixNano));
  const start = Math.min(...starts);
  const services = [...new Set(spans.map(({ service }) => service))].map((name) => ({ name, failed: spans.some(({ span, service }) => service === name && span.status?.code === 2) }));
  const indexed = spans.flatMap(({ span }) => span.attributes ?? []).flatMap(({ key, value }) => (value.stringValue === undefined || !/^[\w.:/-]+$/.test(key) ? [] : [[key, value.stringValue] as const]));
  const [method, url] = ['http.request.method', 'url.path'].map((key) => spans[0]!.span.attributes?.find((attribute) => attribute.key === key)?.value.stringValue);
  return {
    id: xrayTraceId(spans[0]!.span.traceId), start, duration: Math.max(...spans.map(({ span }) => seconds(span.endTimeUnixNano))) - start,
    fault: services.some(({ failed }) => failed), error: false, throttle: false, groups: [], services, http: method === undefined || url === undefined ? {} : { 'http.method': method, 'http.url': url }, annotations: Object.fromEntries(indexed), documents: xraySegments(document),
  };
}
