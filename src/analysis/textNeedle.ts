// "Contains" and "is", regardless of letter case, on UTF-8 bytes and on strings. Plain ASCII is compared byte by byte; anything
// else is decoded first. Must not know where the text lies.

const utf8 = new TextDecoder();

export class TextNeedle {
  /** Lower case. */
  readonly text: string;
  /** Lower-case ASCII bytes; undefined where the text is not ASCII. */
  readonly #ascii: Uint8Array | undefined;

  constructor(lowerCase: string) {
    this.text = lowerCase;
    this.#ascii = [...lowerCase].every((char) => char < '\x80') ? new TextEncoder().encode(lowerCase) : undefined;
  }

  inString(text: string): boolean {
    return text.toLowerCase().includes(this.text);
  }

  isString(text: string): boolean {
    return text.toLowerCase() === this.text;
  }

  /** Whether bytes[start … end) contain it. */
  inBytes(bytes: Uint8Array, start: number, end: number): boolean {
    const needle = this.#ascii;
    if (needle === undefined) return this.inString(utf8.decode(bytes.subarray(start, end)));
    const length = needle.length;
    if (length === 0) return true;
    const first = needle[0]!;
    for (let at = start; at <= end - length; at++) if (lower(bytes[at]!) === first && matches(bytes, at, needle)) return true;
    return false;
  }

  isBytes(bytes: Uint8Array, start: number, end: number): boolean {
    const needle = this.#ascii;
    if (needle === undefined) return this.isString(utf8.decode(bytes.subarray(start, end)));
    return end - start === needle.length && matches(bytes, start, needle);
  }
}

const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);

function matches(bytes: Uint8Array, at: number, needle: Uint8Array): boolean {
  for (let k = 0; k < needle.length; k++) if (lower(bytes[at + k]!) !== needle[k]) return false;
  return true;
}
