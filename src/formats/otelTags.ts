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

const NOTHING_DROPPED = { droppedAttributes: 0, droppedEvents: 0, droppedLinks: 0 };
const NO_PARTS: ReadonlyMap<string, string> = new Map();

/** By its first letter: most tags are none. */
const mayBePart = (key: string): boolean => key.charCodeAt(0) === 0x6f || key.charCodeAt(0) === 0x77;

/** `failed`: the tag system's own sign of an error (its `error` tag) is set; `because`: the text that came with it. */
export function otelParts(tags: readonly Attribute[], failed: boolean, because = ''): OtelParts {
  let found: Map<string, string> | undefined;
  let counts: Map<string, number> | undefined;
  for (const tag of tags) {
    if (!mayBePart(tag.key)) continue;
    if (PARTS.has(tag.key) && typeof tag.value === 'string') (found ??= new Map()).set(tag.key, tag.value);
    else if (isCount(tag)) (counts ??= new Map()).set(tag.key, Number(tag.value));
  }
  if (found === undefined && counts === undefined) return { statusCode: failed ? 2 : 0, statusMessage: because, traceState: '', scopeName: '', scopeVersion: '', dropped: NOTHING_DROPPED, attributes: tags };
  const parts = found ?? NO_PARTS;
  const count = (of: string): number => counts?.get(`otel.dropped_${of}_count`) ?? 0;
  const part = (key: string): string => parts.get(key) ?? '';
  const status = part('otel.status_code').toUpperCase();
  const statusCode = failed || status === 'ERROR' || status === '2' ? 2 : status === 'OK' || status === '1' ? 1 : 0;
  const translated = parts.has('otel.status_code');
  return {
    statusCode,
    statusMessage: part('otel.status_description') || because,
    traceState: part('w3c.tracestate'),
    scopeName: part('otel.scope.name') || part('otel.library.name'),
    scopeVersion: part('otel.scope.version') || part('otel.library.version'),
    dropped: counts === undefined ? NOTHING_DROPPED : { droppedAttributes: count('attributes'), droppedEvents: count('events'), droppedLinks: count('links') },
    attributes: tags.filter(({ key, value }) => !(parts.has(key) || counts?.has(key) === true || (translated && key === 'error' && (value === true || value === 'true')))),
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

/** Status code by its name in any case, with or without OTLP's prefix; 0 for one that is not known. */
export const codeNamed = (name: string): number => CODES.get(name) ?? CODES.get(name.toUpperCase().replace(/^STATUS_CODE_/, '')) ?? 0;

const CODES: ReadonlyMap<string, number> = new Map([['', 0], ['UNSET', 0], ['Unset', 0], ['OK', 1], ['ERROR', 2]]);

/** Span kind by its name in any case; 0 for one that is not known. */
export function kindNamed(name: string): number {
  return KINDS.get(name) ?? KINDS.get(name.toLowerCase()) ?? 0;
}
