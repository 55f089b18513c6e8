// Text out of traces is hostile: what a terminal would obey or hide is shown as what it is (analysis/visibleText.ts says which
// characters those are), line ends and tabs too, as every text here is one line.
import { escapedCharacter, STRANGE_CHARACTERS } from '../analysis/visibleText.ts';

const UNSAFE = new RegExp(STRANGE_CHARACTERS, 'gu');

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
]);

/** One line of printable text, every dangerous character as a visible escape. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (char) => SHORT.get(char) ?? escapedCharacter(char));
}

/** One line of JSON: the same value, with what a terminal would obey written as JSON escapes. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value).replace(UNSAFE, (char) => {
    let escaped = '';
    for (let i = 0; i < char.length; i++) escaped += `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`;
    return escaped;
  });
  return `${text}\n`;
}

// Columns of a terminal: combining marks take none, East Asian wide and what is an emoji by itself take two (Unicode TR11).
const ZERO = /^[\p{Mn}\p{Me}\u{fe00}-\u{fe0f}]$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}\u{20000}-\u{3fffd}]$/u;

export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += char < '\u0300' ? 1 : ZERO.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return width;
}

/** Cut to `width` columns with `…`, or filled with spaces. */
export function fitText(text: string, width: number): string {
  const full = textWidth(text);
  if (full <= width) return text + ' '.repeat(width - full);
  let kept = '';
  let used = 0;
  for (const char of text) {
    const columns = textWidth(char);
    if (used + columns > width - 1) break;
    kept += char;
    used += columns;
  }
  return `${kept}…${' '.repeat(Math.max(0, width - used - 1))}`;
}

/** At most `width` columns, cut at the beginning with `…`: the end of a path says more. */
export function fitEnd(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const chars = [...text];
  let used = 1;
  let from = chars.length;
  while (from > 0 && used + textWidth(chars[from - 1]!) <= width) used += textWidth(chars[--from]!);
  return `…${chars.slice(from).join('')}`;
}
