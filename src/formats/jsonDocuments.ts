// Cuts bytes into JSON documents: one, one a line, or several pretty-printed ones after each other (backends.md §3.4). Works on bytes,
// so that a file larger than the longest string can still be read. A broken document costs itself, not the ones behind it.
// Must not know what the documents mean.

/** One document, or what should have been one: bytes start … end. */
export interface JsonPiece {
  readonly start: number;
  readonly end: number;
  /** Of its first byte, from 1. */
  readonly line: number;
  /** In bytes, from 1. */
  readonly column: number;
  /** whole: its brackets match. broken: they do not, or something else stands there. cut: the file ends inside it. */
  readonly state: 'whole' | 'broken' | 'cut';
}

const CODE = { newline: 10, quote: 34, comma: 44, colon: 58, backslash: 92, listOpen: 91, listClose: 93, mapOpen: 123, mapClose: 125, recordSeparator: 30 };
const BOM = [0xef, 0xbb, 0xbf] as const;

/** How often the bytes may be gone over for broken documents before the rest is left: crafted input must not cost its square. */
const MAX_PASSES = 16;

export function* jsonPieces(bytes: Uint8Array, from = 0): Generator<JsonPiece> {
  const budget = MAX_PASSES * (bytes.length + 1);
  let scanned = 0;
  let at = from;
  let line = 1;
  let lineStart = from;
  for (;;) {
    for (let skipped = spaceAt(bytes, at); skipped > 0; skipped = spaceAt(bytes, at)) {
      if (bytes[at] === CODE.newline) {
        line++;
        lineStart = at + 1;
      }
      at += skipped;
    }
    if (at >= bytes.length) return;
    const start = at;
    const scan = scanDocument(bytes, start);
    scanned += scan.end - start;
    const giveUp = scan.state !== 'whole' && scanned > budget;
    at = scan.state === 'whole' ? scan.end : giveUp ? bytes.length : nextDocument(bytes, start);
    const state = scan.state === 'cut' && at < bytes.length ? 'broken' : scan.state;
    yield { start, end: at, line, column: start - lineStart + 1, state };
    const ended = newlines(bytes, start, at);
    line += ended;
    if (ended > 0) lineStart = start + bytes.subarray(start, at).lastIndexOf(CODE.newline) + 1;
  }
}

/** How many bytes between documents stand here: white space, or the mark of byte order that files bring along when they are put together. */
function spaceAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13) || byte === CODE.recordSeparator) return 1;
  return byte === BOM[0] && bytes[at + 1] === BOM[1] && bytes[at + 2] === BOM[2] ? BOM.length : 0;
}

/**
 * Follows brackets and strings from a document's first byte. A raw newline in a string, and an opening bracket at the start of a line
 * that follows neither a comma, a colon nor another opening bracket, cannot be JSON: there the document before was cut off.
 */
function scanDocument(bytes: Uint8Array, start: number): { end: number; state: JsonPiece['state'] } {
  const first = bytes[start]!;
  if (first !== CODE.mapOpen && first !== CODE.listOpen) return { end: start, state: 'broken' };
  let depth = 0;
  let before = CODE.comma;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === CODE.quote) {
      const close = endOfString(bytes, at + 1);
      if (close < 0) return { end: bytes.length, state: 'cut' };
      if (bytes[close] === CODE.newline) return { end: close, state: 'broken' };
      at = close;
    } else if (byte === CODE.mapOpen || byte === CODE.listOpen) {
      if (before !== CODE.comma && before !== CODE.colon && before !== CODE.mapOpen && before !== CODE.listOpen) return { end: at, state: 'broken' };
      depth++;
    } else if (byte === CODE.mapClose || byte === CODE.listClose) {
      depth--;
      if (depth === 0) return { end: at + 1, state: 'whole' };
    } else if (byte <= 32) {
      continue;
    }
    before = byte;
  }
  return { end: bytes.length, state: 'cut' };
}

/** Where the string's closing quote is, or the newline that breaks it; -1 when the bytes end first. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === CODE.backslash) at++;
    else if (byte === CODE.quote || byte === CODE.newline) return at;
  }
  return -1;
}

/** The next line that begins like a document. */
function nextDocument(bytes: Uint8Array, from: number): number {
  let newline = bytes.indexOf(CODE.newline, from);
  while (newline >= 0) {
    const next = bytes[newline + 1] === BOM[0] ? bytes[newline + 1 + BOM.length] : bytes[newline + 1];
    if (next === CODE.mapOpen || next === CODE.listOpen) return newline + 1;
    newline = bytes.indexOf(CODE.newline, newline + 1);
  }
  return bytes.length;
}

/** How many lines end within the range. */
export function newlines(bytes: Uint8Array, from: number, to: number): number {
  const range = bytes.subarray(from, to);
  let count = 0;
  for (let at = range.indexOf(CODE.newline); at >= 0; at = range.indexOf(CODE.newline, at + 1)) count++;
  return count;
}
