// Numbers whose text tells more than their double does, kept through JSON.parse: each is written as a string with a mark, and what is parsed is
// gone through for marked ones. A reviver does the same at a quarter of the speed, as it is called for every value, and recurses. Must not know
// what becomes of the numbers.

/** Called with what holds the number; answers its value. */
export type NumberOf = (text: string, holder: object, key: string) => unknown;

/** Such as may tell more, where they are values: of 16 digits, or whole ones with a fraction or an exponent. */
const TELLTALE = /([:,[]\s*)(-?(?:[1-9]\d{15,}|(?:0|[1-9]\d*)(?:\.0+|(?:\.\d+)?[eE]\+?\d+)))(?=\s*[,\]}])/g;
/** The shortest that stands between two strings: `:1.0,`. */
const SHORTEST = 5;
/** Allowed in a string of JSON, seldom there, and of one byte: others would make the text of two bytes a character, which parses slower. */
const DELETE = '\u007f';

/** `tells`: whether the text of a number says more. Throws the engine's SyntaxError. */
export function parseTelling(json: string, tells: (text: string) => boolean, numberOf: NumberOf): unknown {
  // Nobody who writes a text knows what its marks will be.
  const mark = `${DELETE}${Math.random()}:`;
  const inMarks: Mark = (found, before, text) => (tells(text) ? `${before}"${mark}${text}"` : found);
  return unmarked(parseMarked(json, inMarks), mark, numberOf);
}

type Mark = (found: string, before: string, text: string) => string;

/** A mark inside of a string ends it, and what follows is no JSON: only then strings are told from what is between them, which costs more. */
function parseMarked(json: string, mark: Mark): unknown {
  try {
    return JSON.parse(json.replace(TELLTALE, mark));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return JSON.parse(markedBetweenStrings(json, mark));
  }
}

function unmarked(parsed: unknown, mark: string, numberOf: NumberOf): unknown {
  const isMarked = (value: unknown): value is string => typeof value === 'string' && value.charCodeAt(0) === 0x7f && value.startsWith(mark);
  const root = [parsed];
  const open: object[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    let some = false;
    for (const value of Object.values(holder) as unknown[]) {
      if (isMarked(value)) some = true;
      else if (typeof value === 'object' && value !== null) open.push(value);
    }
    if (!some) continue;
    const values = holder as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      const value = values[key];
      if (isMarked(value)) values[key] = numberOf(value.slice(mark.length), holder, key);
    }
  }
  return root[0];
}

function markedBetweenStrings(json: string, mark: Mark): string {
  const parts: string[] = [];
  let copied = 0;
  for (let at = 0; at < json.length; ) {
    const quote = json.indexOf('"', at);
    const end = quote < 0 ? json.length : quote;
    if (end - at >= SHORTEST) {
      const between = json.slice(at, end);
      const written = between.replace(TELLTALE, mark);
      if (written !== between) {
        parts.push(json.slice(copied, at), written);
        copied = end;
      }
    }
    at = quote < 0 ? json.length : afterString(json, quote);
  }
  parts.push(json.slice(copied));
  return parts.join('');
}

/** Behind the closing quotation mark: one that no odd number of backslashes stands before. */
function afterString(json: string, quote: number): number {
  for (let close = json.indexOf('"', quote + 1); close >= 0; close = json.indexOf('"', close + 1)) {
    let first = close;
    while (json.charCodeAt(first - 1) === 0x5c) first--;
    if ((close - first) % 2 === 0) return close + 1;
  }
  return json.length;
}
