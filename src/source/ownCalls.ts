// The span's own call within one file that is already known: places a missing line and shows when a given one is stale.
// Must not know how the file was found.
import { codeOfFile } from './codeText.ts';
import type { Search } from './search.ts';
import { mayMakeSpans } from './spanCallees.ts';
import { findSpanCalls } from './spanCalls.ts';

export interface OwnCall {
  readonly line: number;
  readonly callee: string;
}

/** Calls of this file that make a span of this name, by literal. */
export async function ownCalls(file: string, { hints, workspace, signal }: Search): Promise<readonly OwnCall[]> {
  const lines = await workspace.lines(file, signal);
  if (lines === undefined || !lines.some((line) => line.includes(hints.spanName))) return [];
  const text = lines.join('\n');
  const code = mayMakeSpans(text) ? codeOfFile(file, text) : undefined;
  if (code === undefined) return [];
  return findSpanCalls(code.text, undefined, code.isCode)
    .calls.filter((call) => call.parts.length === 1 && call.parts[0] === hints.spanName)
    .map((call) => ({ line: text.slice(0, call.at).split('\n').length, callee: call.callee }));
}

const HEADER = /^\s*(?:(?:export|default|public|private|protected|internal|static|async|pub|override|suspend|final|abstract)\s+)*(?:(?:function|def|func|fn|fun|class|impl|module|interface|struct)\b|[\w<>[\],.?]+\s+\w+\s*\([^;]*\)[^;]*\{\s*$)|^\s*(?:export\s+)?const\s+\w+\s*=\s*(?:async\s*)?\([^;]*=>\s*\{\s*$/;

/** No function begins between the two lines: the given line may well be the span's, further up or down in its function. */
export function inOneFunction(lines: readonly string[], a: number, b: number): boolean {
  const from = Math.min(a, b);
  const to = Math.max(a, b);
  for (let line = from + 1; line <= to; line++) if (HEADER.test(lines[line - 1] ?? '')) return false;
  return true;
}
