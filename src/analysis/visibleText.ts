// Text of others made safe for the eye: control characters, ANSI escapes, bidirectional overrides, zero-width characters and
// lone surrogates become visible escapes, but for joiners of emoji and scripts that need them. Nothing is removed. Source: Unicode TR36 (bidi spoofing), research on hostile span text.

/** C0 and C1, soft hyphen, fillers, zero width, bidi marks and overrides, separators, invisible operators, BOM, annotations. */
const BASIC = String.raw`\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb`;
/** With invisible notation and tags, and surrogates that stand alone: a character class for expressions with the flag `u`. */
export const STRANGE_CHARACTERS = String.raw`[${BASIC}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\ud800-\udfff]`;
/** Without `u`, every pair is two surrogates: quick, and asks too much rather than too little. */
const MAYBE = new RegExp(String.raw`(?![\t\n])[${BASIC}\ud800-\udfff]`);
/** Written with joiners that change how they look. */
const JOINING = ['Arabic', 'Syriac', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala'].map((script) => String.raw`\p{Script=${script}}`).join('');
/** Joiners where they belong: inside an emoji of several, and between letters of such scripts. */
const JOINER = String.raw`(?=[\u200c\u200d])(?:(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic})|(?<=[${JOINING}])[\u200c\u200d](?=[${JOINING}]))`;
const STRANGE = new RegExp(String.raw`(?![\t\n]|${JOINER})${STRANGE_CHARACTERS}`, 'gu');

/** Keeps line feeds and tabs. */
export function visibleText(text: string): string {
  return MAYBE.test(text) ? text.replace(STRANGE, escapedCharacter) : text;
}

/** `\x1b`, `\u202e`, `\u{e0041}`. */
export function escapedCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}

/** What cutting may leave of a pair of surrogates. */
const HALF_CHARACTER = /[\ud800-\udbff]$/;

/** One line of at most `most` characters, for rows and titles; what was cut is said by the ellipsis. */
export function visibleLine(text: string, most = 300): string {
  const cut = text.length > most ? `${text.slice(0, most).replace(HALF_CHARACTER, '')}…` : text;
  return visibleText(cut.replace(/[\t\n]+/g, ' '));
}
