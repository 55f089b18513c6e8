// OpenTelemetry's own translation into tag systems (Jaeger, Zipkin), read back: status, scope, trace state and counts travel as tags there
// (opentelemetry-specification trace/sdk_exporters/{jaeger,zipkin}.md). Tags that were only such a translation are taken out again.
import type { Attribute } from '../model/attributes.ts';

export interface OtelParts {
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly traceState: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  /** What the sender dropped. */
  readonly dropped: { readonly droppedAttributes: number; readonly droppedEvents: number; readonly droppedLinks: number };
  /** What is left. */
  readonly attributes: readonly Attribute[];
}

const PARTS: ReadonlySet<string> = new Set([
  'otel.status_code',
  'otel.status_description',
  'w3c.tracestate',
  'otel.scope.name',
  'otel.scope.version',
  'otel.library.name',
  'otel.library.version',
]);

const DROPPED: ReadonlySet<string> = new Set(['otel.dropped_attributes_count', 'otel.dropped_events_count', 'otel.dropped_links_count']);
/** Text in Zipkin's tags, an integer in Jaeger's. */
const isCount = ({ key, value }: Attribute): boolean => DROPPED.has(key) && (typeof value === 'string' || typeof value === 'bigint') && /^\d{1,9}$/.test(String(value));

/** `failed`: the tag system's own sign of an error (its `error` tag) is set; `because`: the text that came with it. */
export function otelParts(tags: readonly Attribute[], failed: boolean, because = ''): OtelParts {
  const found = new Map<string, string>();
  for (const { key, value } of tags) if (PARTS.has(key) && typeof value === 'string') found.set(key, value);
  const part = (key: string): string => found.get(key) ?? '';
  const counts = new Map(tags.filter(isCount).map(({ key, value }) => [key, Number(value)]));
  const count = (of: string): number => counts.get(`otel.dropped_${of}_count`) ?? 0;
  const status = part('otel.status_code').toUpperCase();
  const statusCode = failed || status === 'ERROR' || status === '2' ? 2 : status === 'OK' || status === '1' ? 1 : 0;
  const translated = found.has('otel.status_code');
  return {
    statusCode,
    statusMessage: part('otel.status_description') || because,
    traceState: part('w3c.tracestate'),
    scopeName: part('otel.scope.name') || part('otel.library.name'),
    scopeVersion: part('otel.scope.version') || part('otel.library.version'),
    dropped: { droppedAttributes: count('attributes'), droppedEvents: count('events'), droppedLinks: count('links') },
    attributes: tags.filter(({ key, value }) => !(found.has(key) || counts.has(key) || (translated && key === 'error' && (value === true || value === 'true')))),
  };
}

const KINDS: ReadonlyMap<string, number> = new Map([
  ['internal', 1],
  ['local', 1],
  ['server', 2],
  ['client', 3],
  ['producer', 4],
  ['consumer', 5],
]);

/** Span kind by its name in any case; 0 for one that is not known. */
export function kindNamed(name: string): number {
  return KINDS.get(name.toLowerCase()) ?? 0;
}
