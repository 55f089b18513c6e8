// The collector's file exporter with `format: proto` or compression: every message behind a 4-byte big-endian length
// (collector-contrib exporter/fileexporter/README.md, file_writer.go). Must not know what the messages hold.

export interface FramedMessage {
  /** Of its first byte, behind the length. */
  readonly start: number;
  readonly end: number;
  /** The file ends inside it. */
  readonly cut: boolean;
}

/** Is this how such a file begins: a length that fits, and a message that begins like protobuf, zstd or JSON. */
export function looksFramed(bytes: Uint8Array): boolean {
  if (bytes.length < 6) return false;
  const length = lengthAt(bytes, 0);
  const first = bytes[4];
  return length > 1 && length <= Math.max(bytes.length - 4, 0x07ffffff) && bytes[0]! < 8 && (first === 0x0a || first === 0x7b || (first === 0x28 && bytes[5] === 0xb5));
}

export function* framedMessages(bytes: Uint8Array): Generator<FramedMessage> {
  let at = 0;
  while (at < bytes.length) {
    const start = Math.min(at + 4, bytes.length);
    const end = start - at < 4 ? bytes.length : start + lengthAt(bytes, at);
    yield { start, end: Math.min(end, bytes.length), cut: end > bytes.length || start - at < 4 };
    at = end;
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
