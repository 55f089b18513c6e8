// The one name the lists need of a resource (service.name) and of a scope, straight from their bytes.
// A broken resource or scope costs its own attributes, never the spans under it.
import { ProtoReader, Wire } from './protoReader.ts';
import { decodeText } from './protoText.ts';
import type { WarningList } from './warningList.ts';

const SERVICE_NAME = Uint8Array.from('service.name', (c) => c.charCodeAt(0));

/** `service.name` of a Resource message body, or "". The last one counts, as in a map. */
export function serviceNameIn(bytes: Uint8Array, offset: number, length: number, warnings: WarningList): string {
  const r = new ProtoReader(bytes, offset, offset + length);
  let service = '';
  while (r.next()) {
    if (r.field !== 1) {
      r.skip();
      continue;
    }
    if (!r.expect(Wire.bytes)) break;
    service = serviceOf(r, warnings) ?? service;
  }
  if (r.problem !== '') warnings.add(`The resource at byte ${offset} is broken (${r.problem}, at byte ${r.problemAt}); its spans are kept.`);
  return service;
}

/** Text of the KeyValue just announced when its key is `service.name`. */
function serviceOf(r: ProtoReader, warnings: WarningList): string | undefined {
  const outer = r.enter();
  let named = false;
  let value = '';
  while (r.next()) {
    if (r.field === 1 && r.wire === Wire.bytes) named = isServiceName(r);
    else if (r.field === 2 && r.wire === Wire.bytes) value = stringValue(r, warnings);
    else r.skip();
  }
  r.leave(outer);
  return named ? value : undefined;
}

function isServiceName(r: ProtoReader): boolean {
  const length = r.length();
  const at = r.pos;
  r.pos += length;
  return length === SERVICE_NAME.length && SERVICE_NAME.every((byte, k) => r.bytes[at + k] === byte);
}

/** string_value of the AnyValue just announced. */
function stringValue(r: ProtoReader, warnings: WarningList): string {
  const outer = r.enter();
  let text = '';
  while (r.next()) {
    if (r.field === 1 && r.wire === Wire.bytes) {
      const length = r.length();
      text = decodeText(r.bytes, r.pos, length, warnings, 'A resource attribute');
      r.pos += length;
    } else {
      r.skip();
    }
  }
  r.leave(outer);
  return text;
}

/** Name of an InstrumentationScope message body, or "". */
export function scopeNameIn(bytes: Uint8Array, offset: number, length: number, warnings: WarningList): string {
  const r = new ProtoReader(bytes, offset, offset + length);
  let name = '';
  while (r.next()) {
    if (r.field === 1 && r.wire === Wire.bytes) {
      const nameLength = r.length();
      name = decodeText(bytes, r.pos, nameLength, warnings, 'A scope name');
      r.pos += nameLength;
    } else {
      r.skip();
    }
  }
  if (r.problem !== '') warnings.add(`The scope at byte ${offset} is broken (${r.problem}, at byte ${r.problemAt}); its spans are kept.`);
  return name;
}
