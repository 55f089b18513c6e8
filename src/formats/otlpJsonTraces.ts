// One OTLP/JSON document that holds several traces → one document a trace: Jaeger's v3 search merges all that it found into one list
// (backends.md §1.3). Spans, resources and scopes are shared, not copied. Must not know what is in a span but its trace id.
import { idHex, isObject, items, type JsonObject, text } from './jsonFields.ts';
import { resourceSpansOf } from './otlpJson.ts';

interface Part {
  readonly resourceSpans: { readonly resource: unknown; readonly scopeSpans: { readonly scope: unknown; readonly spans: unknown[] }[] }[];
  /** What the last span of this trace stood in. */
  lastResource: JsonObject | undefined;
  lastScope: JsonObject | undefined;
}

/** In order of first appearance; [] when it is no OTLP. Spans whose id cannot be read share one document. */
export function otlpJsonTraces(document: unknown): readonly { readonly resourceSpans: readonly unknown[] }[] {
  const parts = new Map<string, Part>();
  for (const resource of (resourceSpansOf(document) ?? []).filter(isObject)) {
    for (const scope of [...items(resource['scopeSpans']), ...items(resource['instrumentationLibrarySpans'])].filter(isObject)) {
      for (const span of items(scope['spans'])) add(parts, resource, scope, span);
    }
  }
  return Array.from(parts.values(), ({ resourceSpans }) => ({ resourceSpans }));
}

function add(parts: Map<string, Part>, resource: JsonObject, scope: JsonObject, span: unknown): void {
  const id = isObject(span) ? (idHex(span['traceId'], 16) ?? text(span['traceId'])) : '';
  let part = parts.get(id);
  if (part === undefined) parts.set(id, (part = { resourceSpans: [], lastResource: undefined, lastScope: undefined }));
  if (part.lastResource !== resource) {
    part.resourceSpans.push({ resource: resource['resource'], scopeSpans: [] });
    part.lastScope = undefined;
  }
  const { scopeSpans } = part.resourceSpans.at(-1)!;
  if (part.lastScope !== scope) scopeSpans.push({ scope: scope['scope'] ?? scope['instrumentationLibrary'], spans: [] });
  scopeSpans.at(-1)!.spans.push(span);
  part.lastResource = resource;
  part.lastScope = scope;
}
