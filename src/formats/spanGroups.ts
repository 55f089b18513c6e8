// Spans that come one by one, each with its resource and scope → OTLP/protobuf, grouped so that each resource and scope is
// written once. Must not know which format they come from.
import type { Attribute } from '../model/attributes.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { LATEST_UNIX_NANO, TOO_LATE } from './jsonFields.ts';
import { decodeOtlpProto } from './otlpProto.ts';
import { OtlpWriter, type WritableSpan } from './otlpWriter.ts';
import { ResourceKeys } from './resourceKey.ts';
import type { WarningList } from './warningList.ts';

/** What is longer is not moved to a wider buffer any more. */
const PART_BYTES = 0x10000;
/** Of a resource and a scope, usually. */
const HEAD_BYTES = 256;

export interface GroupScope {
  readonly name: string;
  readonly version: string;
  readonly attributes?: readonly Attribute[] | undefined;
}

interface ScopeSpans extends GroupScope {
  /** Where its spans are written: number of the part, first byte and end; three numbers a run. */
  readonly runs: number[];
}

interface Group {
  readonly resource: readonly Attribute[];
  /** By name, version and attributes. */
  readonly scopes: Map<string, ScopeSpans>;
  latest: ScopeSpans | undefined;
}

export class SpanGroups {
  readonly #groups = new Map<unknown, Group>();
  /** Spans as they came: nothing of them is held but bytes. */
  readonly #parts: OtlpWriter[] = [];
  readonly #scopeKeys = new ResourceKeys();
  #late = 0;

  /** `key` stands for the resource: equal keys, equal resources. */
  add(key: unknown, resource: () => readonly Attribute[], scope: GroupScope, span: WritableSpan): void {
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, (group = { resource: resource(), scopes: new Map(), latest: undefined }));
    const { runs } = this.#scopeOf(group, scope);
    let part = this.#parts.at(-1);
    if (part === undefined || part.size > PART_BYTES) this.#parts.push((part = new OtlpWriter(part === undefined ? undefined : 2 * PART_BYTES)));
    const from = part.size;
    part.span(this.#inTime(span));
    const number = this.#parts.length - 1;
    if (runs.at(-1) === from && runs.at(-3) === number) runs[runs.length - 1] = part.size;
    else runs.push(number, from, part.size);
  }

  #scopeOf(group: Group, scope: GroupScope): ScopeSpans {
    const { name, version, attributes } = scope;
    const { latest } = group;
    const plain = attributes === undefined || attributes.length === 0;
    // Nearly always.
    if (plain && latest?.name === name && latest.version === version && (latest.attributes?.length ?? 0) === 0) return latest;
    const key = `${name.length} ${name}${version}${plain ? '' : `\n${this.#scopeKeys.of('', attributes)}`}`;
    let found = group.scopes.get(key);
    if (found === undefined) group.scopes.set(key, (found = { ...scope, runs: [] }));
    group.latest = found;
    return found;
  }

  /** Formats that write dates can say what 64 bits of ns cannot: it would wrap round to 1970. */
  #inTime(span: WritableSpan): WritableSpan {
    if (!isLate(span.startUnixNano) && !isLate(span.endUnixNano) && span.events?.some(({ timeUnixNano }) => isLate(timeUnixNano)) !== true) return span;
    this.#late++;
    const events = span.events?.map((event) => ({ ...event, timeUnixNano: inTime(event.timeUnixNano) }));
    return { ...span, startUnixNano: inTime(span.startUnixNano), endUnixNano: inTime(span.endUnixNano), ...(events === undefined ? {} : { events }) };
  }

  finish(rejected: number, warnings: WarningList, nativeTraceIds: ReadonlyMap<string, string>): SpanBatch {
    let bytes = this.#parts.reduce((sum, { size }) => sum + size, 0);
    for (const { scopes } of this.#groups.values()) bytes += HEAD_BYTES * (1 + scopes.size);
    // Resources and scopes come on top; what is not needed is less than what finish() would copy for.
    const writer = new OtlpWriter(bytes + (bytes >>> 4));
    for (const group of this.#groups.values()) {
      writer.beginResource(group.resource);
      for (const scope of group.scopes.values()) {
        writer.beginScope(scope);
        for (let k = 0; k < scope.runs.length; k += 3) writer.rawSpans(this.#parts[scope.runs[k]!]!, scope.runs[k + 1]!, scope.runs[k + 2]!);
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
