// The collector's file exporter with `format: proto` or compression: every message behind a 4-byte big-endian length
// (collector-contrib exporter/fileexporter/README.md, file_writer.go). Must not know what the messages hold.

import { packingOf } from './inflate.ts';

export interface FramedMessage {
  /** Of its first byte, behind the length. */
  readonly start: number;
  readonly end: number;
  /** The file ends inside it. */
  readonly cut: boolean;
}

/** Is this how such a file begins: a length that fits, and a message that begins like protobuf, a packed one or JSON. Empty messages may stand before it. */
export function looksFramed(bytes: Uint8Array): boolean {
  let at = 0;
  while (at + 4 < bytes.length && lengthAt(bytes, at) === 0) at += 4;
  if (bytes.length < at + 6) return false;
  const length = lengthAt(bytes, at);
  const first = bytes[at + 4];
  return length > 1 && length <= Math.max(bytes.length - at - 4, 0x07ffffff) && bytes[at]! < 8 && (first === 0x0a || first === 0x7b || packingOf(bytes, at + 4) !== undefined);
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
