// Google's stack traces, JSON in a label: `{"stack_frame":[{class_name, method_name, file_name, line_number}]}` and the newer shape of
// Cloud Trace v2 (`stackFrames.frame[]` with truncatable strings) → printed text. The frame that threw comes first.
import { FormatError } from './formatError.ts';
import { isObject, items, type JsonObject, text } from './jsonFields.ts';
import { parseJson } from './jsonText.ts';
import { type PlainFrame, stackText } from './stackText.ts';

export const isJsonText = (value: string): boolean => /^\s*[{[]/.test(value);

/** undefined where it is no stack of Google's. */
export function parsedStack(json: string, type: string, message: string): string | undefined {
  let document: unknown;
  try {
    document = parseJson(json);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
  if (!isObject(document)) return undefined;
  const newer = isObject(document['stackFrames']) ? document['stackFrames'] : NOTHING;
  const given = [...items(document['stack_frame']), ...items(document['stackFrame']), ...items(newer['frame'])].filter(isObject);
  const frames = given.map(frameOf).filter(({ path, functionText }) => path !== '' || functionText !== '');
  return frames.length === 0 ? undefined : stackText({ type, message, frames });
}

const NOTHING: JsonObject = {};

function frameOf(frame: JsonObject): PlainFrame {
  const string = (...names: readonly string[]): string => names.map((name) => text(isObject(frame[name]) ? frame[name]['value'] : frame[name])).find((value) => value !== '') ?? '';
  const [owner, method] = [string('class_name', 'className'), string('method_name', 'methodName', 'functionName', 'originalFunctionName')];
  const line = Number(string('line_number', 'lineNumber') || Number.NaN);
  return { path: string('file_name', 'fileName'), line: Number.isInteger(line) && line > 0 ? line : undefined, functionText: [owner, method].filter((part) => part !== '').join('.') };
}
