// "Contains" and "is", regardless of letter case, on UTF-8 bytes and on strings. Letters of ASCII and characters without case
// are looked for byte by byte (Horspool: most bytes are never read); what else there is decides on the decoded text, and only
// where those were found. Must not know where the text lies.

const utf8 = new TextDecoder();
/** What int64, doubles and booleans look like, lower case. */
const SCALAR_TEXT = /^[-+.e\d]*$/;
const SCALAR_WORDS = ['true', 'false', 'nan', '-infinity'];

export class TextNeedle {
  /** Lower case. */
  readonly text: string;
  /** Whether it can be part of the text of a number or a boolean. */
  readonly mayBeScalar: boolean;
  /** Lower-case bytes of the longest part that can be compared as bytes; empty where there is none. */
  readonly #part: Uint8Array;
  /** Whether that part is all of it. */
  readonly #whole: boolean;
  /** By the byte under the part's last: how far the part may move; 0 where that byte is the part's last. */
  readonly #shift: Uint32Array;
  readonly #shiftOfLast: number;

  constructor(lowerCase: string) {
    this.text = lowerCase;
    this.mayBeScalar = SCALAR_TEXT.test(lowerCase) || SCALAR_WORDS.some((word) => word.includes(lowerCase));
    const part = longestPlainPart(lowerCase);
    this.#whole = part === lowerCase;
    this.#part = new TextEncoder().encode(part);
    const length = this.#part.length;
    this.#shift = new Uint32Array(256).fill(Math.max(1, length));
    const setShift = (byte: number, shift: number): void => {
      this.#shift[byte] = shift;
      if (byte >= 97 && byte <= 122) this.#shift[byte - 32] = shift;
    };
    this.#part.subarray(0, -1).forEach((byte, k) => setShift(byte, length - 1 - k));
    const last = this.#part.at(-1);
    this.#shiftOfLast = last === undefined ? 1 : this.#shift[last]!;
    if (last !== undefined) setShift(last, 0);
  }

  inString(text: string): boolean {
    return text.toLowerCase().includes(this.text);
  }

  isString(text: string): boolean {
    return text.toLowerCase() === this.text;
  }

  /** Whether bytes[start … end) contain it. */
  inBytes(bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#partIn(bytes, start, end)) return false;
    return this.#whole || this.inString(utf8.decode(bytes.subarray(start, end)));
  }

  isBytes(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#whole) return end - start === this.#part.length && matches(bytes, start, this.#part);
    return this.#partIn(bytes, start, end) && this.isString(utf8.decode(bytes.subarray(start, end)));
  }

  /** Whether a message's bytes can hold it in any of its values: a quick no. */
  mayBeIn(bytes: Uint8Array, start: number, end: number): boolean {
    return this.mayBeScalar || this.#partIn(bytes, start, end);
  }

  #partIn(bytes: Uint8Array, start: number, end: number): boolean {
    const part = this.#part;
    const last = part.length - 1;
    if (last < 0) return true;
    const shift = this.#shift;
    for (let at = start + last; at < end; ) {
      const move = shift[bytes[at]!]!;
      if (move === 0 && matches(bytes, at - last, part)) return true;
      at += move === 0 ? this.#shiftOfLast : move;
    }
    return false;
  }
}

/** Of ASCII and of characters that have one case only. */
function longestPlainPart(lowerCase: string): string {
  let longest = '';
  let part = '';
  for (const char of lowerCase) {
    part = char < '\x80' || char.toUpperCase() === char.toLowerCase() ? part + char : '';
    if (part.length > longest.length) longest = part;
  }
  return longest;
}

const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);

function matches(bytes: Uint8Array, at: number, needle: Uint8Array): boolean {
  for (let k = 0; k < needle.length; k++) if (lower(bytes[at + k]!) !== needle[k]) return false;
  return true;
}
