// Trace and span ids: 32-bit words ⇄ hex, padding and validity (W3C Trace Context: all zeros is invalid).

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function wordHex(word: number): string {
  return HEX[word >>> 24]! + HEX[(word >>> 16) & 255]! + HEX[(word >>> 8) & 255]! + HEX[word & 255]!;
}

/** Hex of `words` big-endian 32-bit words starting at `at`. */
export function hexOfWords(column: Uint32Array, at: number, words: number): string {
  let text = '';
  for (let k = 0; k < words; k++) text += wordHex(column[at + k]!);
  return text;
}

/** 32 hex digits of the trace id of span i. */
export const traceIdAt = (column: Uint32Array, i: number): string => hexOfWords(column, 4 * i, 4);

/** 16 hex digits of the span id of span i. */
export const spanIdAt = (column: Uint32Array, i: number): string => hexOfWords(column, 2 * i, 2);

/** Lower-case, left-padded to `digits`; undefined when it is not hex, too long or all zeros. Ids compare in this form. */
export function padHex(id: string, digits: 16 | 32): string | undefined {
  const { length } = id;
  if (length === 0 || length > digits) return undefined;
  let [any, upper] = [false, false];
  for (let k = 0; k < length; k++) {
    const code = id.charCodeAt(k);
    if (code > 0x30 && code <= 0x39) any = true;
    else if (code >= 0x61 && code <= 0x66) any = true;
    else if (code >= 0x41 && code <= 0x46) any = upper = true;
    else if (code !== 0x30) return undefined;
  }
  if (!any) return undefined;
  const lower = upper ? id.toLowerCase() : id;
  return length === digits ? lower : lower.padStart(digits, '0');
}
