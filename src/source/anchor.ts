// The line within a file that was found: checked against the function's name, moved to it where the number is stale, clamped.
// Every step that makes the answer less sure says so in the reason. Must not know how the file was found.
import { isCommentLine } from './codeText.ts';
import type { FoundFile } from './fileRungs.ts';
import type { FunctionName } from './functionName.ts';
import type { SourceCandidate } from './sourceResult.ts';
import { atMost, lowered } from './sourceResult.ts';
import type { WorkspaceFiles } from './workspaceFiles.ts';
import type { Definition } from './definitions.ts';
import { encloses, familyOf, findDefinitions } from './definitions.ts';

export interface WantedPlace {
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly function: FunctionName | undefined;
  /** The line comes from a source map, not from the span. */
  readonly mapped?: boolean;
}

/** Where a source map leads, checked as any line: the map may be of an older build. Names that a bundler made up are not asked for. */
export async function anchorMapped(found: FoundFile, to: { readonly line: number; readonly column: number }, wanted: FunctionName | undefined, workspace: WorkspaceFiles, signal?: AbortSignal): Promise<SourceCandidate> {
  const lines = (await workspace.lines(found.file, signal)) ?? [];
  const known = wanted !== undefined && definitionsIn(found.file, lines, wanted).length > 0;
  return anchorLine({ ...found, confidence: atMost(found.confidence, 'high') }, { ...to, function: known ? wanted : undefined, mapped: true }, workspace, signal);
}

export async function anchorLine(found: FoundFile, wanted: WantedPlace, workspace: WorkspaceFiles, signal?: AbortSignal): Promise<SourceCandidate> {
  const { file, rung, confidence, how } = found;
  const lines = await workspace.lines(file, signal);
  if (lines === undefined) {
    const line = wanted.line ?? 1;
    return { file, rung, line, confidence: lowered(atMost(confidence, 'high')), reason: `${how}; it could not be read to check line ${line}.` };
  }
  const count = lineCount(lines);
  const name = wanted.function?.name;
  const definitions = wanted.function === undefined ? [] : definitionsIn(file, lines, wanted.function);
  const { line } = wanted;

  if (line === undefined) {
    const first = definitions[0];
    if (first === undefined && name !== undefined) return { file, rung, line: 1, confidence: lowered(atMost(confidence, 'high'), 2), reason: `${how}; no line is given, and ${name} is not defined in it.` };
    if (first === undefined) return { file, rung, line: 1, confidence: lowered(atMost(confidence, 'high')), reason: `${how}; no line is given.` };
    const sure = definitions.length === 1 ? atMost(confidence, 'high') : atMost(confidence, 'medium');
    return { file, rung, line: first.line, confidence: sure, reason: `${how}; no line is given, so this is where ${name} is defined.` };
  }
  if (line <= count && definitions.some((d) => encloses(d, line))) return { file, rung, line, ...columnIn(lines, line, wanted.column), confidence, reason: `${how}, and line ${line} is inside ${name}.` };
  if (definitions.length > 0) {
    const near = nearest(definitions, line);
    return { file, rung, line: near.line, confidence: atMost(confidence, 'medium'), reason: `${how}; line ${line} is stale (it is not inside ${name}), so this is where ${name} is defined now.` };
  }
  if (line > count) return { file, rung, line: count, confidence: lowered(atMost(confidence, 'high'), 2), reason: `${how}; it has only ${count} lines now, line ${line} is stale.` };
  if (name !== undefined && !new RegExp(String.raw`(?<![\w$])${name.replace(/[$?!]/g, String.raw`\$&`)}(?![\w$])`, 'u').test(lines.join('\n'))) {
    return { file, rung, line, confidence: lowered(atMost(confidence, 'high')), reason: `${how}; ${name} is not in this file any more, so line ${line} may be stale.` };
  }
  const implausible = implausibleLine(file, lines[line - 1]!);
  if (implausible !== undefined) return { file, rung, line, confidence: lowered(atMost(confidence, 'high')), reason: `${how}; line ${line} is ${implausible} now, it may be stale.` };
  return { file, rung, line, ...columnIn(lines, line, wanted.column), confidence, reason: wanted.mapped === true ? `${how}.` : `${how}; line ${line} is as the span gives it.` };
}

/** Definitions of the function in one file, its own class's first, with a body first. */
export function definitionsIn(file: string, lines: readonly string[], wanted: FunctionName): readonly Definition[] {
  const family = familyOf(file);
  if (family === undefined || wanted.name === undefined) return [];
  let found = findDefinitions(lines, wanted.name, family);
  if (found.length === 0 && wanted.name === '__construct') found = findDefinitions(lines, wanted.owners.at(-1) ?? '', family);
  const owner = wanted.owners.at(-1);
  const owned = owner === undefined ? [] : found.filter((d) => d.owner === owner);
  const chosen = owned.length > 0 ? owned : found;
  const bodies = chosen.filter((d) => d.body);
  return bodies.length > 0 ? bodies : chosen;
}

function nearest(definitions: readonly Definition[], line: number): Definition {
  return definitions.reduce((best, d) => (Math.abs(d.line - line) < Math.abs(best.line - line) ? d : best));
}

/** A text that ends with a line break has no line after it. */
const lineCount = (lines: readonly string[]): number => Math.max(1, lines.at(-1) === '' ? lines.length - 1 : lines.length);

/** Why no span is started on such a line. */
export function implausibleLine(file: string, text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return 'empty';
  if (isCommentLine(file, trimmed)) return 'a comment';
  if (/^[\])};,]+$/.test(trimmed) || trimmed === 'end') return 'only a closing bracket';
  return undefined;
}

function columnIn(lines: readonly string[], line: number, column: number | undefined): { column?: number } {
  return column === undefined ? {} : { column: Math.min(column, lines[line - 1]!.length + 1) };
}
