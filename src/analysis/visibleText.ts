// Text of others made safe for the eye: control characters, ANSI escapes, bidirectional overrides, zero-width characters and
// lone surrogates become visible escapes. Nothing is removed. Source: Unicode TR36 (bidi spoofing), research on hostile span text.

// C0 and C1 without tab and line feed, soft hyphen, zero width, bidi marks and overrides, line separators, invisible operators, BOM, surrogates.
const STRANGE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/;
const STRANGE_ALL = /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{61c}\u{180e}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{d800}-\u{dfff}]/gu;

/** Keeps line feeds and tabs. */
export function visibleText(text: string): string {
  if (!STRANGE.test(text)) return text;
  return text.replace(STRANGE_ALL, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** One line of at most `most` characters, for rows and titles; what was cut is said by the ellipsis. */
export function visibleLine(text: string, most = 300): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return visibleText(cut.replace(/[\t\n]+/g, ' '));
}
