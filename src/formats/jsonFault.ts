// Finds where JSON text stops being JSON (RFC 8259), without recursion. Used only after JSON.parse has refused it,
// because its messages name no place that could be relied on.
import { runAtOnce, type Steps } from '../model/slices.ts';

export interface JsonFault {
  /** UTF-16 units; the text's length when it ends too early. */
  readonly offset: number;
  readonly expected: string;
}

const SPACE = /[ \t\n\r]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const CUT_ESCAPE = /^\\(?:u[0-9a-fA-F]{0,3})?$/;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** How many values and names a step takes: about 2 ms. */
const STEP = 10_000;

export function jsonFault(json: string): JsonFault {
  return runAtOnce(jsonFaultSteps(json));
}

export function* jsonFaultSteps(json: string): Steps<JsonFault> {
  const open: string[] = [];
  let at = skip(json, SPACE, 0) ?? 0;
  let wanted: 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'next' = 'value';
  for (let taken = 1; ; taken++) {
    if (taken % STEP === 0) yield;
    const char = json[at];
    if (wanted === 'next') {
      if (open.length === 0) return { offset: at, expected: 'the end of the text' };
      const closer = open[open.length - 1] === '{' ? '}' : ']';
      if (char === ',') {
        at++;
        wanted = closer === '}' ? 'key' : 'value';
      } else if (char === closer) {
        at++;
        open.pop();
      } else {
        return { offset: at, expected: `"," or "${closer}"` };
      }
    } else if (wanted === 'key' || wanted === 'keyOrEnd') {
      if (wanted === 'keyOrEnd' && char === '}') {
        at++;
        open.pop();
        wanted = 'next';
      } else {
        const end = skipString(json, at);
        if (end === json.length + 1) return { offset: json.length, expected: 'a closing quote' };
        if (end === undefined) return { offset: at, expected: 'a name in double quotes' };
        at = skip(json, SPACE, end) ?? end;
        if (json[at] !== ':') return { offset: at, expected: '":"' };
        at++;
        wanted = 'value';
      }
    } else if (char === '{' || char === '[') {
      open.push(char);
      at++;
      wanted = char === '{' ? 'keyOrEnd' : 'valueOrEnd';
    } else if (char === ']' && wanted === 'valueOrEnd') {
      at++;
      open.pop();
      wanted = 'next';
    } else {
      const end = char === '"' ? skipString(json, at) : skip(json, SCALAR, at);
      if (end === json.length + 1) return { offset: json.length, expected: 'a closing quote' };
      if (end === undefined || end === at) return { offset: at, expected: char === '"' ? 'a string that ends and has no control characters' : 'a value' };
      at = end;
      wanted = 'next';
    }
    at = skip(json, SPACE, at) ?? at;
  }
}

/** Where the string ends, one past the text when the text ends first; undefined when it is broken. */
function skipString(json: string, at: number): number | undefined {
  if (json[at] !== '"') return undefined;
  let end = at + 1;
  for (;;) {
    end = skip(json, PLAIN, end) ?? end;
    if (json[end] === '"') return end + 1;
    const escaped = skip(json, ESCAPE, end);
    if (escaped === undefined) return end === json.length || CUT_ESCAPE.test(json.slice(end, end + 6)) ? json.length + 1 : undefined;
    end = escaped;
  }
}

/** Where the pattern ends that begins at `at`. */
function skip(json: string, pattern: RegExp, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(json) ? pattern.lastIndex : undefined;
}
