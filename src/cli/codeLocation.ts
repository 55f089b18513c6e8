// `file:line` as a span itself names it by its code.* attributes, current names first. Nothing is looked up.
import type { Attribute } from '../model/attributes.ts';

const FILE_KEYS = ['code.file.path', 'code.filepath'] as const;
const LINE_KEYS = ['code.line.number', 'code.lineno'] as const;
const FUNCTION_KEYS = ['code.function.name', 'code.function'] as const;

/** undefined where it names no code. */
export function codeLocation(attributes: readonly Attribute[]): string | undefined {
  const first = (keys: readonly string[]): string | undefined => {
    for (const key of keys) {
      const value = attributes.find((attribute) => attribute.key === key)?.value;
      if (typeof value === 'string' ? value !== '' : typeof value === 'bigint' || typeof value === 'number') return String(value);
    }
    return undefined;
  };
  const file = first(FILE_KEYS);
  const line = first(LINE_KEYS);
  const name = first(FUNCTION_KEYS);
  if (file !== undefined) return line === undefined ? file : `${file}:${line}`;
  return name === undefined ? undefined : `${name}()`;
}
