// Spans of formats that write each one whole, with its resource and ids as any text (rows of tables, JSON of SDKs) → SpanBatch. Owns ids, the
// resources they share, and counting what cannot be kept. Must not know whose they are.
import type { Attribute } from '../model/attributes.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { spanIdOf, traceIdOf } from './foreignIds.ts';
import type { WritableLink, WritableSpan } from './otlpWriter.ts';
import { ResourceKeys } from './resourceKey.ts';
import { type GroupScope, SpanGroups } from './spanGroups.ts';
import { WarningList } from './warningList.ts';

/** As it is stored: usually hex. */
export interface ForeignLink extends Omit<WritableLink, 'traceId' | 'spanId'> {
  readonly trace: string;
  readonly span: string;
}

export interface ForeignSpan extends Omit<WritableSpan, 'traceId' | 'spanId' | 'parentSpanId' | 'startUnixNano' | 'endUnixNano' | 'links'> {
  /** As they are stored: usually hex. */
  readonly ids: { readonly trace: string; readonly span: string; readonly parent: string };
  /** Epoch ns; undefined: what stands there is no time. */
  readonly start: bigint | undefined;
  /** 0n: in progress. */
  readonly end: bigint;
  readonly resource: readonly Attribute[];
  readonly scope: GroupScope;
  readonly links?: readonly ForeignLink[];
}

export class ForeignSpans {
  readonly warnings = new WarningList();
  readonly #groups = new SpanGroups();
  readonly #resourceKeys = new ResourceKeys();
  readonly #nativeIds = new Map<string, string>();
  #rejected = 0;

  /** `place`: of the span, in sentences about it. */
  add(span: ForeignSpan, place: string): void {
    const { ids, start, resource, links } = span;
    const traceId = traceIdOf(ids.trace, this.#nativeIds);
    const spanId = spanIdOf(ids.span, traceId);
    if (spanId === '') return this.reject(place, 'it has no span id');
    if (start === undefined) this.warnings.add(`${place}: its start time is no time and was left out.`);
    // Field by field: objects that are spread are slow, and there are thousands of them.
    this.#groups.add(this.#resourceKeys.of('', resource), () => resource, span.scope, {
      traceId,
      spanId,
      parentSpanId: spanIdOf(ids.parent, traceId),
      traceState: span.traceState,
      name: span.name,
      kind: span.kind,
      startUnixNano: start ?? 0n,
      endUnixNano: span.end,
      statusCode: span.statusCode,
      statusMessage: span.statusMessage,
      attributes: span.attributes,
      events: span.events,
      links: links === undefined || links.length === 0 ? undefined : links.map(({ trace, span: to, ...link }) => linkTo(trace, to, link)),
      droppedAttributes: span.droppedAttributes,
      droppedEvents: span.droppedEvents,
      droppedLinks: span.droppedLinks,
    });
  }

  reject(place: string, problem: string): void {
    this.#rejected++;
    this.warnings.add(`${place} was rejected: ${problem}.`);
  }

  finish(): SpanBatch {
    return this.#groups.finish(this.#rejected, this.warnings, this.#nativeIds);
  }
}

function linkTo(trace: string, span: string, link: Omit<WritableLink, 'traceId' | 'spanId'>): WritableLink {
  const traceId = traceIdOf(trace, new Map());
  return { ...link, traceId, spanId: spanIdOf(span, traceId) };
}
