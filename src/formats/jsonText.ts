// JSON text → values, with the place of a fault, and once more exactly where bare integers are too large for a double.
// Must not know what the documents mean.
import { FormatError } from './formatError.ts';
import { jsonFault } from './jsonFault.ts';

/** Throws FormatError with the place of the first fault (line, column and offset in UTF-16 units). */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw faultOf(json);
  }
}

/** As parseJson, but integers that a double would round are kept as their digits in a string. Several times slower. */
export function parseJsonExact(json: string): unknown {
  try {
    return JSON.parse(json, exactly);
  } catch (error) {
    // A reviver makes the engine recurse; a document nested thousands deep is read without it.
    if (error instanceof RangeError) return parseJson(json);
    throw error;
  }
}

const exactly = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && context?.source !== undefined && /^-?\d+$/.test(context.source) ? context.source : value;

function faultOf(json: string): FormatError {
  const { offset, expected } = jsonFault(json);
  const before = json.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const found = offset >= json.length ? 'the text ends' : 'something else stands there';
  return new FormatError(`Not valid JSON: at line ${line}, column ${column} (offset ${offset}) ${expected} was expected, but ${found}.`, offset);
}
