// Spans that come one by one, each with its resource and scope → OTLP/protobuf, grouped so that each resource and scope is
// written once. Must not know which format they come from.
import type { Attribute } from '../model/attributes.ts';
import { attributeText, attributeType } from '../model/attributeText.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { decodeOtlpProto } from './otlpProto.ts';
import { OtlpWriter, type WritableSpan } from './otlpWriter.ts';
import type { WarningList } from './warningList.ts';

/** Crafted documents have a scope a span. */
const FIRST_BYTES = 256;

interface Scope {
  readonly name: string;
  readonly version: string;
  /** Of their own, as they came: nothing of them is held but bytes. */
  readonly spans: OtlpWriter;
}

interface Group {
  readonly resource: readonly Attribute[];
  /** By length of name, name and version. */
  readonly scopes: Map<string, Scope>;
}

export class SpanGroups {
  readonly #groups = new Map<unknown, Group>();

  /** `key` stands for the resource: equal keys, equal resources. */
  add(key: unknown, resource: () => readonly Attribute[], scope: { readonly name: string; readonly version: string }, span: WritableSpan): void {
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, (group = { resource: resource(), scopes: new Map() }));
    const { name, version } = scope;
    const scopeKey = `${name.length} ${name}${version}`;
    let found = group.scopes.get(scopeKey);
    if (found === undefined) group.scopes.set(scopeKey, (found = { name, version, spans: new OtlpWriter(FIRST_BYTES) }));
    found.spans.span(span);
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
    warnings.addAll(batch.warnings);
    return { ...batch, rejected: batch.rejected + rejected, warnings: warnings.sentences, ...(nativeTraceIds.size === 0 ? {} : { nativeTraceIds }) };
  }
}

/** A key for `add`, of what was read, which is bounded, and not of what it was read from. */
export const resourceKeyOf = (service: string, resource: readonly Attribute[]): string => JSON.stringify([service, ...resource.map(({ key, value }) => [key, attributeType(value), attributeText(value)])]);
