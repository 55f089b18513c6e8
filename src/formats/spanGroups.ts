// Spans that come one by one, each with its resource and scope → OTLP/protobuf, grouped so that each resource and scope is
// written once. Must not know which format they come from.
import type { Attribute } from '../model/attributes.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { LATEST_UNIX_NANO, TOO_LATE } from './jsonFields.ts';
import { decodeOtlpProto } from './otlpProto.ts';
import { OtlpWriter, type WritableSpan } from './otlpWriter.ts';
import { resourceKeyOf } from './resourceKey.ts';
import type { WarningList } from './warningList.ts';

/** Crafted documents have a scope a span. */
const FIRST_BYTES = 256;

export interface GroupScope {
  readonly name: string;
  readonly version: string;
  readonly attributes?: readonly Attribute[];
}

interface Group {
  readonly resource: readonly Attribute[];
  /** By name, version and attributes. `spans`: of their own, as they came: nothing of them is held but bytes. */
  readonly scopes: Map<string, GroupScope & { readonly spans: OtlpWriter }>;
}

export class SpanGroups {
  readonly #groups = new Map<unknown, Group>();
  #late = 0;

  /** `key` stands for the resource: equal keys, equal resources. */
  add(key: unknown, resource: () => readonly Attribute[], scope: GroupScope, span: WritableSpan): void {
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, (group = { resource: resource(), scopes: new Map() }));
    const { name, version, attributes = [] } = scope;
    const scopeKey = `${name.length} ${name}${version}${attributes.length === 0 ? '' : `\n${resourceKeyOf('', attributes)}`}`;
    let found = group.scopes.get(scopeKey);
    if (found === undefined) group.scopes.set(scopeKey, (found = { ...scope, spans: new OtlpWriter(FIRST_BYTES) }));
    found.spans.span(this.#inTime(span));
  }

  /** Formats that write dates can say what 64 bits of ns cannot: it would wrap round to 1970. */
  #inTime(span: WritableSpan): WritableSpan {
    if (!isLate(span.startUnixNano) && !isLate(span.endUnixNano) && span.events?.some(({ timeUnixNano }) => isLate(timeUnixNano)) !== true) return span;
    this.#late++;
    const events = span.events?.map((event) => ({ ...event, timeUnixNano: inTime(event.timeUnixNano) }));
    return { ...span, startUnixNano: inTime(span.startUnixNano), endUnixNano: inTime(span.endUnixNano), ...(events === undefined ? {} : { events }) };
  }

  finish(rejected: number, warnings: WarningList, nativeTraceIds: ReadonlyMap<string, string>): SpanBatch {
    let bytes = FIRST_BYTES;
    for (const { scopes } of this.#groups.values()) for (const { spans } of scopes.values()) bytes += spans.size + FIRST_BYTES;
    const writer = new OtlpWriter(bytes);
    for (const group of this.#groups.values()) {
      writer.beginResource(group.resource);
      for (const scope of group.scopes.values()) {
        writer.beginScope(scope);
        writer.rawSpans(scope.spans);
        writer.endScope();
      }
      writer.endResource();
    }
    const batch = decodeOtlpProto(writer.finish());
    if (this.#late > 0) warnings.add(`The time of ${this.#late} ${this.#late === 1 ? 'span' : 'spans'} ${TOO_LATE}.`);
    warnings.addAll(batch.warnings);
    return { ...batch, rejected: batch.rejected + rejected, warnings: warnings.sentences, ...(nativeTraceIds.size === 0 ? {} : { nativeTraceIds }) };
  }
}

const isLate = (time: bigint): boolean => time > LATEST_UNIX_NANO;
const inTime = (time: bigint): bigint => (isLate(time) ? LATEST_UNIX_NANO : time);
