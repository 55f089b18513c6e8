// JSON text → values, exact where bare integers are too large for a double, with the place of a fault.
// Must not know what the documents mean.
import { runAtOnce, type Steps } from '../model/slices.ts';
import { FormatError } from './formatError.ts';
import { jsonFaultSteps } from './jsonFault.ts';
import { type NumberOf, parseTelling } from './telltaleNumbers.ts';

/** Where text stops being JSON. Lines and columns count from 1, within the text. */
export class JsonTextError extends FormatError {
  readonly line: number;
  readonly column: number;
  /** The message without its place. */
  readonly fault: string;
  constructor(line: number, column: number, fault: string, offset: number) {
    super(`Not valid JSON at line ${line}, column ${column}: ${fault}`, offset);
    this.line = line;
    this.column = column;
    this.fault = fault;
  }
}

/** A bare integer that a double may round: from 9·10¹⁵ on, a little below Number.MAX_SAFE_INTEGER; microseconds of this epoch are less. Inside a string it costs time only. */
const LARGE_INTEGER = /[:,[]\s*-?(?:9\d{15}|\d{17})/;

const hasLargeInteger = (json: string): boolean => LARGE_INTEGER.test(json);

/** Also a whole number that a program wrote as a double: 1.0, 1e3. */
const TELLTALE = /[:,[]\s*-?(?:9\d{15}|\d{17}|\d+(?:\.0+|(?:\.\d+)?[eE]\+?\d+)\s*[,\]}])/;

/** A large integer, or a whole number that was written as a double: documents without types are to be read with a `LargeInteger`. */
export const hasTelltaleNumber = (json: string): boolean => TELLTALE.test(json);

/** Keys of objects and lists whose values were written so, beside the values: these are numbers as any other to who reads a field of a known type. */
const writtenDoubles = new WeakMap<object, Set<string>>();

/** Of what was parsed with a `LargeInteger`. */
export const isWrittenDouble = (holder: object, key: string): boolean => writtenDoubles.get(holder)?.has(key) === true;

function remember(holder: object, key: string): void {
  const known = writtenDoubles.get(holder);
  if (known === undefined) writtenDoubles.set(holder, new Set([key]));
  else known.add(key);
}

/** One that is a value: no fraction and no exponent follows. */
const INTEGER_VALUE = /([:,[]\s*)(-?[1-9]\d{15,})(?=\s*[,\]}])/g;

/** What an integer that a double would round becomes: its digits, or, for documents that say no types, a bigint, so that text of digits stays text. */
export type LargeInteger = (digits: string) => unknown;

/**
 * Integers that a double would round come as their digits in a string. Throws JsonTextError with the place of the first fault (its offset
 * in UTF-16 units).
 */
export function parseJson(json: string, large?: LargeInteger): unknown {
  try {
    return parseExactly(json, large);
  } catch (error) {
    if (error instanceof SyntaxError) throw runAtOnce(jsonTextErrorSteps(json));
    throw error;
  }
}

/** As parseJson, but such integers stay integers where 64 bits hold them: programs put ids of theirs where no types are. */
export const parseWithIntegers = (json: string): unknown => parseJson(json, integerOf64Bits);

const integerOf64Bits: LargeInteger = (digits) => (/^-?\d{16,19}$/.test(digits) ? BigInt(digits) : Number(digits));

/** Where a string begins or ends, what is escaped in one, or a word that Python writes where JSON has none. Whole strings would cost their square. */
const QUOTE_OR_WORD = /\\.|"|-?Infinity|NaN/gs;

/** As parseJson, but takes NaN and the infinities, which Python's json module writes unless it is told not to: they come as text. */
export function parseProgramJson(json: string, large?: LargeInteger): unknown {
  try {
    return parseJson(json, large);
  } catch (error) {
    const quoted = error instanceof JsonTextError ? withWordsQuoted(json) : json;
    if (quoted === json) throw error;
    try {
      return parseExactly(quoted, large);
    } catch (second) {
      // It was not for them: the first fault has its place in the text as it is.
      if (second instanceof SyntaxError) throw error;
      throw second;
    }
  }
}

/** The text with those words as strings: JSON, if they were all that was wrong with it. */
export function withWordsQuoted(json: string): string {
  if (!/NaN|Infinity/.test(json)) return json;
  let inString = false;
  return json.replaceAll(QUOTE_OR_WORD, (found) => {
    if (found === '"') inString = !inString;
    return inString || found === '"' || found.startsWith('\\') ? found : `"${found}"`;
  });
}

/** As parseJson, but throws the engine's SyntaxError, which says no place. */
export function parseExactly(json: string, large?: LargeInteger): unknown {
  if (large !== undefined) return hasTelltaleNumber(json) ? parseTelling(json, isTelltale, exactly(large)) : JSON.parse(json);
  if (!hasLargeInteger(json)) return JSON.parse(json);
  try {
    return JSON.parse(json.replace(INTEGER_VALUE, quoted));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return parseTelling(json, isLargeInteger, String);
  }
}

/** A quotation mark before a digit inside of a string is no JSON: where one came to stand there, parsing fails, and is done with regard to strings. */
const quoted = (_match: string, before: string, digits: string): string => (isLargeInteger(digits) ? `${before}"${digits}"` : `${before}${digits}`);

const INTEGER = /^-?\d+$/;
const isLargeInteger = (text: string): boolean => INTEGER.test(text) && !Number.isSafeInteger(Number(text));
const isTelltale = (text: string): boolean => INTEGER.test(text) !== Number.isSafeInteger(Number(text));

const exactly = (large: LargeInteger): NumberOf => (text, holder, key) => {
  if (INTEGER.test(text)) return large(text);
  remember(holder, key);
  return Number(text);
};

/** The fault of text that JSON.parse refused. */
export function* jsonTextErrorSteps(json: string): Steps<JsonTextError> {
  const { offset, expected } = yield* jsonFaultSteps(json);
  let line = 1;
  for (let at = json.indexOf('\n'); at >= 0 && at < offset; at = json.indexOf('\n', at + 1)) line++;
  const found = offset >= json.length ? 'the text ends' : 'something else stands there';
  return new JsonTextError(line, offset - json.lastIndexOf('\n', offset - 1), `${expected} was expected, but ${found}.`, offset);
}
