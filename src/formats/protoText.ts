// Text out of protobuf bytes. Invalid UTF-8 is shown with replacement characters and said so, never refused.
import type { WarningList } from './warningList.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** Replacement characters where the bytes are not UTF-8. */
export function textAt(bytes: Uint8Array, offset: number, length: number): string {
  if (length <= 32) {
    let text = '';
    let k = 0;
    for (; k < length; k++) {
      const byte = bytes[offset + k]!;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (k === length) return text;
  }
  return decoder.decode(bytes.subarray(offset, offset + length));
}

/** As textAt; warns when the bytes were not UTF-8. `what` begins the sentence. */
export function decodeText(bytes: Uint8Array, offset: number, length: number, warnings: WarningList, what: string): string {
  const text = textAt(bytes, offset, length);
  if (text.includes('\uFFFD') && !isUtf8(bytes.subarray(offset, offset + length))) {
    warnings.add(`${what} at byte ${offset} is not valid UTF-8; what could not be read is shown as \uFFFD.`);
  }
  return text;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
