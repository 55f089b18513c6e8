// What an identifier given to a span-creating call is: a parameter of a wrapper, or a constant of the same file.
// Looks at one text around one place; bounded. Must not know files.
import type { TextParts } from './literal.ts';
import { nameExpression } from './literal.ts';

const TYPE_PARAMETERS = String.raw`(?:<[^<>()]*(?:<[^<>]*>)?[^<>()]*>)?`;
const PARAMETERS = String.raw`\(([^()]*(?:\([^()]*\)[^()]*)*)\)`;
/** Definitions by keyword or by assignment; then methods without one, which a body must follow, as calls look the same. */
const HEADER = new RegExp(
  String.raw`(?:\b(?:def|func|function\*?|fn|fun)\s+(?:\([^()\n]*\)\s*|<[^<>()]*>\s*)?([A-Za-z_$][\w$]*)\s*${TYPE_PARAMETERS}\s*|\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*(?:async\s*)?(?:function\s*)?(?:<[^<>()]*>\s*)?)${PARAMETERS}` +
    String.raw`|^[ \t]*(?:[\w<>[\],.?]+[ \t]+){0,6}([A-Za-z_$][\w$]*)\s*${TYPE_PARAMETERS}\s*${PARAMETERS}(?=\s*(?::\s*[\w<>[\]., |&]+|throws\s+[\w., ]+|where\s[^{]+)?\s*(?:\{|=>))`,
  'gm',
);

/** The function whose parameter the identifier is: nearest definition above whose parameter list has it. */
export function wrapperAround(text: string, at: number, identifier: string): string | undefined {
  const above = text.slice(Math.max(0, at - 4_000), at);
  const name = identifier.replaceAll('$', String.raw`\$`);
  for (const match of [...above.matchAll(HEADER)].toReversed()) {
    const called = (match[1] ?? match[2] ?? match[4])!;
    const parameters = (match[3] ?? match[5])!;
    const parameter = new RegExp(String.raw`(?:^|[\s,*&{(])${name}\s*(?:$|[,:=?})]|\s[\w*.[\]]+)|[\w>\]*&]\s+${name}\s*(?:$|[,=])`);
    if (parameter.test(parameters) && !/^(?:if|for|while|switch|catch|return|with|function)$/.test(called)) return called;
  }
  return undefined;
}

/** A constant or variable of the same file that holds a literal: the nearest above the call, else the first below. */
export function constantIn(text: string, identifier: string, at: number): { readonly parts: TextParts } | undefined {
  const name = identifier.replaceAll('$', String.raw`\$`);
  const assignments = [...text.matchAll(new RegExp(String.raw`(?<![\w$])${name}(?:\[\w*\])?(?:\s*:\s*[\w.<>&'[\] ]+|[ \t]+[\w.*]+)?\s*(?:=|:=|:|(?<=^[ \t]*@\w+))\s*(?=["'\x60frb$])([^\n]{0,400})`, 'gm'))];
  const match = assignments.findLast((m) => m.index < at) ?? assignments[0];
  const value = match === undefined ? undefined : nameExpression(match[1]!.replace(/(?:\s+as\s+const)?\s*[;,]?\s*$/, ''));
  return value !== undefined && 'parts' in value ? value : undefined;
}
