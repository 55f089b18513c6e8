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
  if (id.length === 0 || id.length > digits || !/^[0-9a-fA-F]+$/.test(id) || /^0+$/.test(id)) return undefined;
  return id.toLowerCase().padStart(digits, '0');
}
