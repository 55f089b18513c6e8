// What an identifier given to a span-creating call is: a parameter of a wrapper, or a constant of the same file.
// Looks at one text around one place; bounded. Must not know files.
import type { TextParts } from './literal.ts';
import { nameExpression } from './literal.ts';

/** The function whose parameter the identifier is: nearest definition above whose parameter list has it. */
export function wrapperAround(text: string, at: number, identifier: string): string | undefined {
  const above = text.slice(Math.max(0, at - 4_000), at);
  const name = identifier.replaceAll('$', String.raw`\$`);
  const header = new RegExp(String.raw`(?:\b(?:def|func|function\*?|fn|fun)\s+(?:\([^()\n]*\)\s*)?|\b(?:const|let|var)\s+|^[ \t]*(?:[\w<>[\],.?]+[ \t]+){1,6}|^[ \t]*)([A-Za-z_$][\w$]*)\s*(?:<[^<>()]*(?:<[^<>]*>)?[^<>()]*>)?\s*(?:=\s*(?:async\s*)?(?:function\s*)?(?:<[^<>()]*>\s*)?)?\(([^()]*(?:\([^()]*\)[^()]*)*)\)`, 'gm');
  for (const match of [...above.matchAll(header)].toReversed()) {
    const parameter = new RegExp(String.raw`(?:^|[\s,*&{(])${name}\s*(?:$|[,:=?})]|\s[\w*.[\]]+)|[\w>\]*&]\s+${name}\s*(?:$|[,=])`);
    if (parameter.test(match[2]!) && !/^(?:if|for|while|switch|catch|return|with)$/.test(match[1]!)) return match[1];
  }
  return undefined;
}

/** A constant or variable of the same file that holds a literal: the nearest above the call, else the first below. */
export function constantIn(text: string, identifier: string, at: number): { readonly parts: TextParts } | undefined {
  const name = identifier.replaceAll('$', String.raw`\$`);
  const assignments = [...text.matchAll(new RegExp(String.raw`(?<![\w$])${name}(?:\s*:\s*[\w.<>&'[\] ]+|[ \t]+[\w.*]+)?\s*(?:=|:=|:)\s*(?=["'\x60frb$])([^\n]{0,400})`, 'g'))];
  const match = assignments.findLast((m) => m.index < at) ?? assignments[0];
  const value = match === undefined ? undefined : nameExpression(match[1]!.replace(/(?:\s+as\s+const)?\s*[;,]?\s*$/, ''));
  return value !== undefined && 'parts' in value ? value : undefined;
}
