// Spans that come one by one, each with its resource and scope → OTLP/protobuf, grouped so that each resource and scope is
// written once. Must not know which format they come from.
import type { Attribute } from '../model/attributes.ts';
import { attributeText, attributeType } from '../model/attributeText.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { decodeOtlpProto } from './otlpProto.ts';
import { OtlpWriter, type WritableSpan } from './otlpWriter.ts';
import type { WarningList } from './warningList.ts';

export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes?: readonly Attribute[];
}

interface Group {
  readonly resource: readonly Attribute[];
  readonly scopes: Map<string, Scope & { readonly spans: WritableSpan[] }>;
}

export class SpanGroups {
  readonly #groups = new Map<unknown, Group>();

  /** `key` stands for the resource: equal keys, equal resources. */
  add(key: unknown, resource: () => readonly Attribute[], scope: Scope, span: WritableSpan): void {
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, (group = { resource: resource(), scopes: new Map() }));
    const scopeKey = JSON.stringify([scope.name, scope.version, ...(scope.attributes ?? []).map(({ key: name, value }) => [name, attributeType(value), attributeText(value)])]);
    let spans = group.scopes.get(scopeKey);
    if (spans === undefined) group.scopes.set(scopeKey, (spans = { ...scope, spans: [] }));
    spans.spans.push(span);
  }

  finish(rejected: number, warnings: WarningList, nativeTraceIds: ReadonlyMap<string, string>): SpanBatch {
    const writer = new OtlpWriter();
    for (const group of this.#groups.values()) {
      writer.beginResource(group.resource);
      for (const scope of group.scopes.values()) {
        writer.beginScope(scope);
        for (const span of scope.spans) writer.span(span);
        writer.endScope();
      }
      writer.endResource();
    }
    const batch = decodeOtlpProto(writer.finish());
    warnings.addAll(batch.warnings);
    return { ...batch, rejected: batch.rejected + rejected, warnings: warnings.sentences, ...(nativeTraceIds.size === 0 ? {} : { nativeTraceIds }) };
  }
}
