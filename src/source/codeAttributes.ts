// Reads code.* attributes in all their spellings: current, deprecated, Datadog's, numbers as text. Owns the keys
// (semantic-conventions docs/registry/attributes/code.md; deprecated table there); must not know files.
import type { SourceHints } from './sourceHints.ts';

export interface CodeAttributes {
  readonly path: string | undefined;
  /** 1-based; undefined when absent or not a number. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** As given: qualified or not. */
  readonly functionName: string | undefined;
  /** Class, module or package, where it came apart from the function. */
  readonly namespace: string | undefined;
}

const DATADOG = '_dd.code_origin.frames.0.';

export function codeAttributes(hints: SourceHints): CodeAttributes {
  const values = new Map<string, string>();
  for (const { key, text } of hints.attributes) if (text.trim() !== '' && !values.has(key)) values.set(key, text);
  const first = (...keys: readonly string[]): string | undefined => keys.map((key) => values.get(key)).find((text) => text !== undefined);
  return {
    path: first('code.file.path', 'code.filepath', `${DATADOG}file`),
    line: wholeNumber(first('code.line.number', 'code.lineno', `${DATADOG}line`)),
    column: wholeNumber(first('code.column.number', 'code.column', `${DATADOG}column`)),
    functionName: first('code.function.name', 'code.function', `${DATADOG}method`),
    namespace: first('code.namespace', 'code.module', `${DATADOG}type`),
  };
}

/** "42", "42.0"; 0, negative and absurd numbers are none. */
export function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*\d{1,9}(?:\.0+)?\s*$/.test(text)) return undefined;
  const value = Math.trunc(Number(text));
  return value >= 1 ? value : undefined;
}
