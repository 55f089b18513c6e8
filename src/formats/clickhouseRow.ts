// What a row of either of ClickHouse's trace tables gives, and how its values are written in JSON: times, columns that are lists side by
// side. Must not know the names of columns.
import type { Attribute } from '../model/attributes.ts';
import { attributeText, attributeType } from '../model/attributeText.ts';
import { type Exactness, items, uint64 } from './jsonFields.ts';
import { isoNanos } from './isoTime.ts';
import type { WritableSpan } from './otlpWriter.ts';
import type { Scope } from './spanGroups.ts';

export type RowWarn = (sentence: string) => void;

export interface RowLink {
  readonly trace: string;
  readonly span: string;
  readonly traceState: string;
  readonly attributes: readonly Attribute[];
}

export interface RowSpan {
  /** As they are stored: usually hex. */
  readonly ids: { readonly trace: string; readonly span: string; readonly parent: string };
  readonly startText: unknown;
  /** Epoch ns. */
  readonly start: bigint | undefined;
  readonly duration: bigint | undefined;
  /** Equal where the resource is. */
  readonly resourceKey: string;
  readonly resource: readonly Attribute[];
  readonly scope: Scope;
  readonly span: Omit<WritableSpan, 'traceId' | 'spanId' | 'parentSpanId' | 'startUnixNano' | 'endUnixNano' | 'links'>;
  readonly links: readonly RowLink[];
}

const SECONDS = /^(\d{1,10})(?:\.(\d{1,9}))?$/;

/** DateTime64 as its formats write it: text without a zone (read as UTC), ISO, seconds with a fraction; or whole ns, as our own queries ask. */
export function nanos(value: unknown, exactness: Exactness): bigint | undefined {
  if (typeof value !== 'string') return typeof value === 'number' && value < 1e11 ? BigInt(Math.round(value * 1e6)) * 1000n : uint64(value, exactness);
  const seconds = SECONDS.exec(value);
  if (seconds !== null) return BigInt(seconds[1]!) * 1_000_000_000n + BigInt((seconds[2] ?? '').padEnd(9, '0'));
  return uint64(value, exactness) ?? isoNanos(value);
}

/** The first list says how many there are. */
export function zipped(first: unknown, ...more: readonly unknown[]): (readonly unknown[])[] {
  const lists = more.map(items);
  return items(first).map((value, k) => [value, ...lists.map((list) => list[k])]);
}

/** Of what was read, which is bounded, and not of the row. */
export const resourceKeyOf = (service: string, resource: readonly Attribute[]): string => JSON.stringify([service, ...resource.map(({ key, value }) => [key, attributeType(value), attributeText(value)])]);
