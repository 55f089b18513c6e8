// AnyValue, KeyValue and lists of them (common.proto) ⇄ AttributeValue, exact: int64 as bigint, NaN and ±Infinity kept.
// Values nest; deeper than MAX_VALUE_DEPTH becomes a text that says so, so hostile input cannot exhaust the stack.
// What cannot be read becomes a text too: a span is never lost for one value.
import type { Attribute, AttributeValue } from '../model/attributes.ts';
import { type ProtoReader, Wire } from './protoReader.ts';
import { textAt } from './protoText.ts';
import type { ProtoWriter } from './protoWriter.ts';

export const MAX_VALUE_DEPTH = 64;
export const TOO_DEEP = `(nested deeper than ${MAX_VALUE_DEPTH} levels, not decoded)`;

/** The KeyValue message just announced. Its faults are put into its value; the reader goes on behind it. */
export function readAttribute(r: ProtoReader, depth = 0): Attribute {
  const outer = r.enter();
  const end = r.end;
  if (r.problem !== '') {
    r.leave(outer);
    return { key: '', value: undefined };
  }
  let key = '';
  let value: AttributeValue;
  while (r.next()) {
    if (r.field === 1 && r.expect(Wire.bytes)) key = readText(r);
    else if (r.field === 2 && r.expect(Wire.bytes)) value = readValue(r, depth);
    else if (r.problem === '') r.skip();
  }
  if (r.problem !== '') value = unreadable(r);
  r.recover(end, outer);
  return { key, value };
}

const unreadable = (r: ProtoReader): string => `(unreadable: ${r.problem})`;

export function readText(r: ProtoReader): string {
  const length = r.length();
  const text = textAt(r.bytes, r.pos, length);
  r.pos += length;
  return text;
}

function readValue(r: ProtoReader, depth: number): AttributeValue {
  const outer = r.enter();
  const end = r.end;
  if (r.problem !== '') {
    r.leave(outer);
    return undefined;
  }
  let value: AttributeValue;
  while (r.next()) {
    const wire = VALUE_WIRE[r.field];
    if (wire === undefined) r.skip();
    else if (r.expect(wire)) value = readMember(r, depth);
  }
  if (r.problem !== '') value = unreadable(r);
  r.recover(end, outer);
  return value;
}

/** Wire type of each member of AnyValue's oneof. */
const VALUE_WIRE: readonly (number | undefined)[] = [undefined, Wire.bytes, Wire.varint, Wire.varint, Wire.fixed64, Wire.bytes, Wire.bytes, Wire.bytes];

function readMember(r: ProtoReader, depth: number): AttributeValue {
  switch (r.field) {
    case 1:
      return readText(r);
    case 2:
      return r.varint64() !== 0n;
    case 3:
      return BigInt.asIntN(64, r.varint64());
    case 4: {
      const at = r.take(8);
      return at < 0 ? undefined : r.view.getFloat64(at, true);
    }
    case 5:
    case 6:
      if (depth >= MAX_VALUE_DEPTH) {
        r.skip();
        return TOO_DEEP;
      }
      return r.field === 5 ? readList(r, depth + 1) : readMap(r, depth + 1);
    default: {
      const length = r.length();
      const at = r.pos;
      r.pos += length;
      return new Uint8Array(r.bytes.subarray(at, at + length));
    }
  }
}

function readList(r: ProtoReader, depth: number): readonly AttributeValue[] {
  const outer = r.enter();
  const values: AttributeValue[] = [];
  while (r.next()) {
    if (r.field === 1 && r.expect(Wire.bytes)) values.push(readValue(r, depth));
    else if (r.problem === '') r.skip();
  }
  r.leave(outer);
  return values;
}

function readMap(r: ProtoReader, depth: number): AttributeValue {
  const outer = r.enter();
  const entries: Attribute[] = [];
  while (r.next()) {
    if (r.field === 1 && r.expect(Wire.bytes)) entries.push(readAttribute(r, depth));
    else if (r.problem === '') r.skip();
  }
  r.leave(outer);
  return { entries };
}

/** Writes a KeyValue message. */
export function writeAttribute(w: ProtoWriter, field: number, key: string, value: AttributeValue, depth = 0): void {
  if (typeof value === 'string' && w.shortText(field, key, value)) return;
  w.begin(field);
  w.string(1, key);
  if (value !== undefined) writeValue(w, 2, value, depth);
  w.end();
}

export function writeValue(w: ProtoWriter, field: number, value: AttributeValue, depth: number): void {
  w.begin(field);
  switch (typeof value) {
    case 'string':
      w.string(1, value);
      break;
    case 'boolean':
      w.uint32(2, value ? 1 : 0);
      break;
    case 'bigint':
      w.int64(3, value);
      break;
    case 'number':
      w.double(4, value);
      break;
    case 'object':
      if (value instanceof Uint8Array) w.bytes(7, value);
      else if (depth >= MAX_VALUE_DEPTH) w.string(1, TOO_DEEP);
      else if ('entries' in value && !Array.isArray(value)) writeMap(w, (value as { entries: readonly Attribute[] }).entries, depth + 1);
      else writeList(w, value as readonly AttributeValue[], depth + 1);
      break;
    default:
  }
  w.end();
}

function writeList(w: ProtoWriter, values: readonly AttributeValue[], depth: number): void {
  w.begin(5);
  for (const value of values) writeValue(w, 1, value, depth);
  w.end();
}

function writeMap(w: ProtoWriter, entries: readonly Attribute[], depth: number): void {
  w.begin(6);
  for (const { key, value } of entries) writeAttribute(w, 1, key, value, depth);
  w.end();
}
