// JSON in a value, laid out over lines. Only white space between its tokens changes: numbers, names and escapes stay as they were sent. Pure.

const STEP = '  ';
/** Text of others may nest as deep as it is long: deeper levels stand where this one does. */
const MOST_LEVELS = 20;
/** A list or map no longer than this stays on one line, UTF-16 units. */
const ONE_LINE = 60;

const OPENS = /[[{]/;
const CLOSES = /[\]}]/;

/** undefined where it is no JSON list or map. */
export function prettyJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const parts: string[] = [];
  let level = 0;
  const line = (): void => void parts.push('\n', STEP.repeat(Math.min(level, MOST_LEVELS)));
  for (let at = 0; at < text.length; ) {
    const character = text[at]!;
    const end = OPENS.test(character) ? endOfShort(text, at) : character === '"' ? endOfString(text, at) : at + 1;
    if (end === undefined) {
      level++;
      parts.push(character);
      line();
    } else if (CLOSES.test(character)) {
      level--;
      line();
      parts.push(character);
    } else if (character === ',') {
      parts.push(character);
      line();
    } else if (character === ':') parts.push(': ');
    else if (!/\s/.test(character)) parts.push(text.slice(at, end));
    at = end ?? at + 1;
  }
  return parts.join('');
}

/** Behind the list or map that opens at `from`; undefined where it is too long for one line. */
function endOfShort(text: string, from: number): number | undefined {
  let open = 0;
  for (let at = from; at < text.length && at - from < ONE_LINE; ) {
    const character = text[at]!;
    if (character === '\n') return undefined;
    if (OPENS.test(character)) open++;
    if (CLOSES.test(character) && --open === 0) return at + 1;
    at = character === '"' ? endOfString(text, at) : at + 1;
  }
  return undefined;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
