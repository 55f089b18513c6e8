// JSON text → values, exact where bare integers are too large for a double, with the place of a fault.
// Must not know what the documents mean.
import { runAtOnce, type Steps } from '../model/slices.ts';
import { FormatError } from './formatError.ts';
import { jsonFaultSteps } from './jsonFault.ts';

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

/** A bare integer that a double may round (Number.MAX_SAFE_INTEGER has 16 digits). Inside a string it costs time only. */
const LARGE_INTEGER = /[:,[]\s*-?\d{16}/;

/**
 * Integers that a double would round come as their digits in a string; the exact way is taken, at a third of the speed, only when there may be some.
 * Throws JsonTextError with the place of the first fault (its offset in UTF-16 units).
 */
export function parseJson(json: string): unknown {
  try {
    return parseExactly(json);
  } catch (error) {
    if (error instanceof SyntaxError) throw runAtOnce(jsonTextErrorSteps(json));
    throw error;
  }
}

/** As parseJson, but integers that a double would round come as bigints: where programs put numbers of theirs. */
export function parseWithIntegers(json: string): unknown {
  if (!LARGE_INTEGER.test(json)) return parseJson(json);
  try {
    return JSON.parse(json, (_key, value: unknown, context?: { readonly source?: string }) => (typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d{16,19}$/.test(context?.source ?? '') ? BigInt(context!.source!) : value));
  } catch (error) {
    // Broken, or nested too deep for a reviver: the exact message, or the plain way.
    if (error instanceof SyntaxError || error instanceof RangeError) return parseJson(json);
    throw error;
  }
}

/** As parseJson, but throws the engine's SyntaxError, which says no place. */
export function parseExactly(json: string): unknown {
  try {
    return LARGE_INTEGER.test(json) ? JSON.parse(json, exactly) : JSON.parse(json);
  } catch (error) {
    // A reviver makes the engine recurse; a document nested thousands deep is read without it.
    if (error instanceof RangeError) return JSON.parse(json);
    throw error;
  }
}

const exactly = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && context?.source !== undefined && /^-?\d+$/.test(context.source) ? context.source : value;

/** The fault of text that JSON.parse refused. */
export function* jsonTextErrorSteps(json: string): Steps<JsonTextError> {
  const { offset, expected } = yield* jsonFaultSteps(json);
  let line = 1;
  for (let at = json.indexOf('\n'); at >= 0 && at < offset; at = json.indexOf('\n', at + 1)) line++;
  const found = offset >= json.length ? 'the text ends' : 'something else stands there';
  return new JsonTextError(line, offset - json.lastIndexOf('\n', offset - 1), `${expected} was expected, but ${found}.`, offset);
}
