// What Tempo cut off before it stored it: texts of attributes end at max_attribute_bytes, and nothing in the answer says so (tempo:
// modules/distributor/distributor.go, processAttributes). Found by the length that is its default.

/** distributor.max_attribute_bytes, unless it was configured otherwise. */
const MAX_BYTES = 2048;
/** KeyValue.value of 2,051 bytes, in it AnyValue.string_value of 2,048. */
const LONGEST_VALUE = Uint8Array.of(0x12, 0x83, 0x10, 0x0a, 0x80, 0x10);

/** A sentence about the values of a trace (OTLP/protobuf) that end where Tempo cuts; undefined: none does. */
export function cutValues(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let at = text.indexOf(LONGEST_VALUE); at !== -1; at = text.indexOf(LONGEST_VALUE, at + MAX_BYTES)) count++;
  if (count === 0) return undefined;
  return `${count === 1 ? 'One attribute ends' : `${count} attributes end`} at 2,048 bytes, where Tempo cuts off what is longer, unless its max_attribute_bytes is set higher.`;
}
