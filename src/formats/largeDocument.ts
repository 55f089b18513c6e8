// A JSON document too large for one string → several smaller ones of the same shape: the elements of its first list are dealt out,
// each part with the document's beginning and closing brackets around it. Works on bytes. Must not know what the document means.

const CODE = { quote: 34, comma: 44, backslash: 92, listOpen: 91, listClose: 93, mapOpen: 123, mapClose: 125 };

/** How deep the list may be: {"result":{"resourceSpans":[ is 3. */
const MAX_LIST_DEPTH = 3;

/** Documents of at most `maxBytes` each; undefined in place of a part that cannot be made so small. Fields after the list are left out. */
export function* splitLargeDocument(bytes: Uint8Array, maxBytes: number): Generator<Uint8Array | undefined> {
  const head = listStart(bytes);
  if (head === undefined) {
    yield undefined;
    return;
  }
  const closers = Uint8Array.from(head.open.toReversed(), (byte) => (byte === CODE.listOpen ? CODE.listClose : CODE.mapClose));
  const opening = bytes.subarray(0, head.end);
  const room = maxBytes - opening.length - closers.length;
  let from = -1;
  let to = -1;
  for (const element of elements(bytes, head.end)) {
    if (from >= 0 && element.end - from > room) {
      yield joined(opening, bytes.subarray(from, to), closers);
      from = -1;
    }
    if (element.end - element.start > room) {
      yield undefined;
      continue;
    }
    if (from < 0) from = element.start;
    to = element.end;
  }
  if (from >= 0) yield joined(opening, bytes.subarray(from, to), closers);
}

/** The end of the first `[`, and the brackets open there. */
function listStart(bytes: Uint8Array): { end: number; open: number[] } | undefined {
  const open: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === CODE.quote) {
      at = endOfString(bytes, at + 1);
    } else if (byte === CODE.mapOpen || byte === CODE.listOpen) {
      open.push(byte);
      if (byte === CODE.listOpen) return { end: at + 1, open };
      if (open.length >= MAX_LIST_DEPTH) return undefined;
    } else if (byte === CODE.mapClose) {
      open.pop();
    }
  }
  return undefined;
}

/** The elements of the list whose first byte is at `from`, without the commas between them. */
function* elements(bytes: Uint8Array, from: number): Generator<{ start: number; end: number }> {
  let depth = 0;
  let start = -1;
  let end = from;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte <= 32) continue;
    if (depth === 0 && (byte === CODE.comma || byte === CODE.listClose)) {
      if (start >= 0) yield { start, end };
      if (byte === CODE.listClose) return;
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (byte === CODE.quote) at = endOfString(bytes, at + 1);
    else if (byte === CODE.mapOpen || byte === CODE.listOpen) depth++;
    else if (byte === CODE.mapClose || byte === CODE.listClose) depth--;
    end = at + 1;
  }
}

/** Where the string's closing quote is; the bytes' length when it has none. */
export function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === CODE.backslash) at++;
    else if (bytes[at] === CODE.quote) return at;
  }
  return bytes.length;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
