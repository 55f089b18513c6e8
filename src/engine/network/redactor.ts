// Keeps a connection's secrets out of what is said: servers and proxies repeat what they were sent, in bodies, headers and error texts.
// Knows the configured secrets and whatever was sent as proof lately, in the spellings in which they come back.

const MASK = '•••';
/** Shorter ones would garble every sentence. */
const MIN_LENGTH = 4;
/** Proofs that change (signatures, tokens of an hour): the latest of each name, so that what changes with every request displaces nothing else. */
const MAX_OF_A_NAME = 32;
/** Headers that say nothing about who asks, or nothing that is secret. */
const HARMLESS = /^(?:accept|accept-encoding|content-type|content-length|user-agent|host|metadata|metadata-flavor|amz-sdk-.*|x-amz-user-agent|x-amz-date|x-amz-content-sha256|x-aws-ec2-metadata-token-ttl-seconds|x-goog-user-project)$/;

export class Redactor {
  readonly #fixed: readonly string[];
  /** By name and value: its spellings. */
  readonly #sent = new Map<string, Map<string, readonly string[]>>();

  constructor(secrets: readonly (string | undefined)[]) {
    this.#fixed = spellings(secrets.filter((secret) => secret !== undefined));
  }

  /** Headers and fields of forms that may prove something, as name and value: `Bearer x` is also kept as `x`. */
  sent(proofs: readonly (readonly [name: string, value: string])[]): void {
    for (const [name, value] of proofs.map(([name, value]) => [name.toLowerCase(), value] as const)) {
      if (HARMLESS.test(name)) continue;
      const latest = this.#sent.get(name) ?? new Map<string, readonly string[]>();
      const known = latest.get(value) ?? spellings([value, value.replace(/^\S+\s+/, '')]);
      latest.delete(value);
      latest.set(value, known);
      if (latest.size > MAX_OF_A_NAME) latest.delete(latest.keys().next().value!);
      this.#sent.set(name, latest);
    }
  }

  /** Sentences of an answer, which a server may have written. */
  notes<T extends { readonly notes: readonly string[] }>(answer: T): T {
    return { ...answer, notes: answer.notes.map((note) => this.text(note)) };
  }

  text(text: string): string {
    // The longest first: one may be part of another.
    const found = this.#secrets().filter((secret) => text.includes(secret)).sort((a, b) => b.length - a.length);
    return found.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
  }

  bytes(bytes: Uint8Array): Uint8Array {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const holds = this.#secrets().some((secret) => buffer.includes(secret));
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

  #secrets(): readonly string[] {
    return [...this.#fixed, ...[...this.#sent.values()].flatMap((latest) => [...latest.values()].flat())];
  }
}

/** As it is, in JSON, in a query, in a form, in both kinds of base64. */
function spellings(secrets: readonly string[]): readonly string[] {
  const all = secrets.flatMap((secret) => {
    const [bytes, form] = [Buffer.from(secret), new URLSearchParams([['', secret]])];
    return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed()), form.toString().slice(1), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
  });
  return [...new Set(all)].filter((text) => text.length >= MIN_LENGTH);
}
