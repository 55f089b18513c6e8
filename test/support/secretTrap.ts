// Finds secrets in whatever leaves the engine, in every spelling that they may come in: text, values of any shape, buffers, files.
export interface SecretTrap {
  /** Takes what was seen at a place: a text, bytes, an error, or a value made of such. */
  saw(place: string, what: unknown): void;
  /** How many bytes were looked through at each place. */
  readonly bytes: ReadonlyMap<string, number>;
  /** `place: secret as spelling, with what stood around it`. */
  found(): string[];
}

/** As it is and cut off, in JSON, in a query, in a form, in both kinds of base64 wherever it stands in them, in hex, in UTF-16. */
export function spellingsOf(secret: string): readonly (readonly [name: string, bytes: Buffer])[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replace(/=+$/, '');
    // Digits at the ends hold bits of the neighbours too.
    return text.slice([0, 2, 3][shift], (bytes.length + shift) % 3 === 0 ? undefined : -1);
  });
  const texts: readonly (readonly [string, string])[] = [
    ['text', secret], ['a part', secret.slice(0, Math.ceil(secret.length / 2))], ['JSON', JSON.stringify(secret).slice(1, -1)], ['a query', encodeURIComponent(secret)], ['a form', new URLSearchParams([['', secret]]).toString().slice(1)], ['hex', bytes.toString('hex')],
    ...base64.map((text) => ['base64', text] as const), ...base64.map((text) => ['base64url', text.replaceAll('+', '-').replaceAll('/', '_')] as const),
  ];
  return [...texts.map(([name, text]) => [name, Buffer.from(text)] as const), ['UTF-16', Buffer.from(secret, 'utf16le')]];
}

export function secretTrap(secrets: readonly string[]): SecretTrap {
  const sought = secrets.flatMap((secret) => spellingsOf(secret).map(([name, bytes]) => ({ secret, name, bytes })));
  const bytes = new Map<string, number>();
  const found = new Set<string>();
  return {
    saw: (place, what) => {
      for (const piece of piecesOf(what)) {
        bytes.set(place, (bytes.get(place) ?? 0) + piece.length);
        for (const one of sought) {
          const at = piece.indexOf(one.bytes);
          if (at >= 0) found.add(`${place}: ${one.secret} as ${one.name} in ${JSON.stringify(piece.subarray(Math.max(0, at - 60), at + one.bytes.length + 60).toString('latin1'))}`);
        }
      }
    },
    bytes,
    found: () => [...found],
  };
}

function piecesOf(what: unknown): Buffer[] {
  if (typeof what === 'string') return [Buffer.from(what)];
  if (what instanceof ArrayBuffer) return [Buffer.from(what)];
  if (ArrayBuffer.isView(what)) return [Buffer.from(what.buffer, what.byteOffset, what.byteLength)];
  if (what instanceof Error) return [...piecesOf(`${what.message}\n${what.stack}`), ...piecesOf({ ...what, cause: what.cause })];
  if (Array.isArray(what)) return what.flatMap(piecesOf);
  if (typeof what === 'object' && what !== null) return Object.entries(what).flatMap(([key, value]) => [...piecesOf(key), ...piecesOf(value)]);
  return what === undefined || what === null ? [] : [Buffer.from(String(what))];
}
