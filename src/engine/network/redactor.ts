// Keeps a connection's secrets out of what is said: servers and proxies repeat what they were sent, in bodies, headers and error texts.
// Knows the configured secrets and whatever was sent as proof lately, in the spellings in which they come back.

const MASK = '•••';
/** Shorter ones would garble every sentence. */
const MIN_LENGTH = 4;
/** Proofs that change (signatures, tokens of an hour): the latest of them. */
const MAX_SENT = 256;

export class Redactor {
  readonly #fixed: readonly string[];
  readonly #sent = new Set<string>();

  constructor(secrets: readonly (string | undefined)[]) {
    this.#fixed = spellings(secrets.filter((secret) => secret !== undefined));
  }

  /** Values of headers that prove something: `Bearer x` is also kept as `x`. */
  sent(values: readonly string[]): void {
    for (const value of spellings(values.flatMap((value) => [value, value.replace(/^\S+\s+/, '')]))) {
      this.#sent.delete(value);
      this.#sent.add(value);
    }
    for (const oldest of this.#sent) {
      if (this.#sent.size <= MAX_SENT) break;
      this.#sent.delete(oldest);
    }
  }

  /** Sentences of an answer, which a server may have written. */
  notes<T extends { readonly notes: readonly string[] }>(answer: T): T {
    return { ...answer, notes: answer.notes.map((note) => this.text(note)) };
  }

  text(text: string): string {
    // The longest first: one may be part of another.
    const found = [...this.#fixed, ...this.#sent].filter((secret) => text.includes(secret)).sort((a, b) => b.length - a.length);
    return found.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
  }

  bytes(bytes: Uint8Array): Uint8Array {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const holds = [...this.#fixed, ...this.#sent].some((secret) => buffer.includes(secret));
    return holds ? new TextEncoder().encode(this.text(new TextDecoder().decode(bytes))) : bytes;
  }

  headers(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, this.text(value)]));
  }

  /** The same error, with a clean sentence. */
  error(error: unknown): unknown {
    if (error instanceof Error) {
      const message = this.text(error.message);
      if (message !== error.message) {
        error.message = message;
        error.stack = `${error.name}: ${message}`;
      }
    }
    return error;
  }
}

/** An address as somebody typed it, for a sentence. */
export const withoutCredentials = (address: string): string => address.replace(/\/\/[^/?#]*@/, '//');

/** As it is, in JSON, in a query, in a form, in both kinds of base64. */
function spellings(secrets: readonly string[]): readonly string[] {
  const all = secrets.flatMap((secret) => {
    const [bytes, form] = [Buffer.from(secret), new URLSearchParams([['', secret]])];
    return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed()), form.toString().slice(1), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
  });
  return [...new Set(all)].filter((text) => text.length >= MIN_LENGTH);
}
