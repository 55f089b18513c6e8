// "Contains" and "is", regardless of letter case, on UTF-8 bytes and on strings. ASCII is looked for byte by byte (Horspool:
// most bytes are never read); anything else is decoded first. Must not know where the text lies.

const utf8 = new TextDecoder();
/** What int64, doubles and booleans look like, lower case. */
const SCALAR_TEXT = /^[-+.e\d]*$/;
const SCALAR_WORDS = ['true', 'false', 'nan', '-infinity'];

export class TextNeedle {
  /** Lower case. */
  readonly text: string;
  /** Whether it can be part of the text of a number or a boolean. */
  readonly mayBeScalar: boolean;
  /** Lower-case ASCII bytes; undefined where the text is not ASCII. */
  readonly #ascii: Uint8Array | undefined;
  /** By the byte under the needle's last: how far the needle may move. */
  readonly #shift: Uint32Array;

  constructor(lowerCase: string) {
    this.text = lowerCase;
    this.mayBeScalar = SCALAR_TEXT.test(lowerCase) || SCALAR_WORDS.some((word) => word.includes(lowerCase));
    this.#ascii = [...lowerCase].every((char) => char < '\x80') ? new TextEncoder().encode(lowerCase) : undefined;
    const length = this.#ascii?.length ?? 0;
    this.#shift = new Uint32Array(256).fill(Math.max(1, length));
    this.#ascii?.subarray(0, -1).forEach((byte, k) => {
      this.#shift[byte] = length - 1 - k;
      if (byte >= 97 && byte <= 122) this.#shift[byte - 32] = length - 1 - k;
    });
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
    const last = needle.length - 1;
    if (last < 0) return true;
    const shift = this.#shift;
    const lastByte = needle[last]!;
    for (let at = start + last; at < end; ) {
      const byte = bytes[at]!;
      if (lower(byte) === lastByte && matches(bytes, at - last, needle)) return true;
      at += shift[byte]!;
    }
    return false;
  }

  isBytes(bytes: Uint8Array, start: number, end: number): boolean {
    const needle = this.#ascii;
    if (needle === undefined) return this.isString(utf8.decode(bytes.subarray(start, end)));
    return end - start === needle.length && matches(bytes, start, needle);
  }

  /** Whether a message's bytes can hold it in any of its texts: a quick no. */
  mayBeIn(bytes: Uint8Array, start: number, end: number): boolean {
    return this.mayBeScalar || this.#ascii === undefined || this.inBytes(bytes, start, end);
  }
}

const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);

function matches(bytes: Uint8Array, at: number, needle: Uint8Array): boolean {
  for (let k = 0; k < needle.length; k++) if (lower(bytes[at + k]!) !== needle[k]) return false;
  return true;
}
