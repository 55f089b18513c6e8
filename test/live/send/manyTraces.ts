// A system with traffic: traces of two spans over two services, evenly back in time, every 20th failing and every 25th slow.
import { randomBytes } from 'node:crypto';
import type { OtlpDocument } from './otlpTypes.ts';

export interface ManyTraces {
  readonly service: string;
  readonly ids: readonly string[];
  readonly otlp: OtlpDocument;
  readonly zipkin: readonly unknown[];
}

const attribute = (key: string, value: string): object => ({ key, value: { stringValue: value } });

export function manyTraces(count: number, everyMs: number): ManyTraces {
  const service = `shop-${randomBytes(4).toString('hex')}`;
  const ids: string[] = [];
  const spans: { readonly gateway: object[]; readonly worker: object[] } = { gateway: [], worker: [] };
  const zipkin: unknown[] = [];
  for (let k = 1; k <= count; k++) {
    const [root, child] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
    const startMs = Date.now() - 60_000 - k * everyMs;
    // As X-Ray wants it.
    const traceId = Math.floor(startMs / 1000).toString(16).padStart(8, '0') + randomBytes(12).toString('hex');
    const ms = k % 25 === 0 ? 900 : 100;
    const failed = k % 20 === 0;
    const times = (from: number, to: number): object => ({ startTimeUnixNano: `${startMs + from}000000`, endTimeUnixNano: `${startMs + to}000000` });
    ids.push(traceId);
    spans.gateway.push({ traceId, spanId: root, name: 'GET /', kind: 2, ...times(0, ms), attributes: [attribute('order.id', `o${k}`), attribute('http.request.method', 'GET'), attribute('url.path', '/')] });
    spans.worker.push({ traceId, spanId: child, parentSpanId: root, name: 'work', kind: 2, ...times(1, ms), attributes: [], ...(failed ? { status: { code: 2 } } : {}) });
    zipkin.push(
      { traceId, id: root, name: 'get /', kind: 'SERVER', timestamp: startMs * 1000, duration: ms * 1000, localEndpoint: { serviceName: service }, tags: { 'order.id': `o${k}` } },
      { traceId, id: child, parentId: root, name: 'work', timestamp: (startMs + 1) * 1000, duration: (ms - 1) * 1000, localEndpoint: { serviceName: `${service}-worker` }, tags: failed ? { error: 'failed' } : {} },
    );
  }
  const of = (name: string, list: object[]): object => ({ resource: { attributes: [{ key: 'service.name', value: { stringValue: name } }] }, scopeSpans: [{ scope: { name: 'many' }, spans: list }] });
  return { service, ids, otlp: { resourceSpans: [of(service, spans.gateway), of(`${service}-worker`, spans.worker)] } as OtlpDocument, zipkin };
}
