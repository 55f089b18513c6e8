// Whether two spans say the same. Their bytes may differ although they do: other writers order fields and attributes in another way,
// write out defaults, and senders set the W3C flags, which say how a span was sampled and not what happened. Must not know traces.
import { EventField, FieldCursor, LinkField, SpanField, Wire } from './spanFields.ts';
import type { SpanBatch } from './spanBatch.ts';

/** < 0, 0 or > 0: an order of contents that does not depend on how they were written. */
export function compareContent(first: SpanBatch, i: number, second: SpanBatch, j: number): number {
  const a = first.bytes.subarray(first.spanOffset[i]!, first.spanOffset[i]! + first.spanLength[i]!);
  const b = second.bytes.subarray(second.spanOffset[j]!, second.spanOffset[j]! + second.spanLength[j]!);
  return compareBytes(a, b) === 0 ? 0 : compareFields(canonicalFields(a, SPAN), canonicalFields(b, SPAN));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return a[k]! - b[k]!;
  return 0;
}

interface Field {
  readonly number: number;
  readonly wire: number;
  readonly content: Uint8Array;
  /** Of events, links and the status: theirs, in the same form. */
  readonly fields: readonly Field[] | undefined;
}

/** Which field of a message is of no account, which is a set (attributes have unique keys, their order says nothing), and what is a message in it. */
interface Shape {
  readonly flags: number;
  readonly attributes: number;
  readonly messages: Readonly<Record<number, Shape>>;
}
const EVENT: Shape = { flags: 0, attributes: EventField.attributes, messages: {} };
const LINK: Shape = { flags: LinkField.flags, attributes: LinkField.attributes, messages: {} };
const STATUS: Shape = { flags: 0, attributes: 0, messages: {} };
const SPAN: Shape = { flags: SpanField.flags, attributes: SpanField.attributes, messages: { [SpanField.events]: EVENT, [SpanField.links]: LINK, [SpanField.status]: STATUS } };

/** Without defaults and flags, by number; attributes by content, events and links in their order. Two levels at most. */
function canonicalFields(bytes: Uint8Array, shape: Shape): Field[] {
  const fields: Field[] = [];
  const cursor = new FieldCursor(bytes, 0, bytes.length);
  while (cursor.next()) {
    if (cursor.field === shape.flags) continue;
    const content = bytes.subarray(cursor.start, cursor.end);
    const message = cursor.wire === Wire.bytes ? shape.messages[cursor.field] : undefined;
    const field = { number: cursor.field, wire: cursor.wire, content, fields: message === undefined ? undefined : canonicalFields(content, message) };
    if (!saysNothing(field)) fields.push(field);
  }
  return fields.sort((a, b) => a.number - b.number || a.wire - b.wire || (a.number === shape.attributes ? compareBytes(a.content, b.content) : 0));
}

function saysNothing({ number, wire, content, fields }: Field): boolean {
  if (number === SpanField.status && fields !== undefined) return fields.length === 0;
  if (wire === Wire.bytes && number !== SpanField.parentSpanId) return content.length === 0;
  return content.every((byte) => byte === 0);
}

function compareFields(a: readonly Field[], b: readonly Field[]): number {
  if (a.length !== b.length) return a.length - b.length;
  for (const [k, field] of a.entries()) {
    const other = b[k]!;
    const nested = field.fields !== undefined && other.fields !== undefined;
    const difference = field.number - other.number || field.wire - other.wire || (nested ? compareFields(field.fields, other.fields) : compareBytes(field.content, other.content));
    if (difference !== 0) return difference;
  }
  return 0;
}
