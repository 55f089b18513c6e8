// The line within a file that was found: clamped, and moved to the function where the number is stale.
import type { CodeAttributes } from './codeAttributes.ts';
import type { FoundFile } from './fileRungs.ts';
import type { SourceCandidate } from './sourceResult.ts';
import { lowered } from './sourceResult.ts';
import type { WorkspaceFiles } from './workspaceFiles.ts';

export async function anchorLine(found: FoundFile, code: CodeAttributes, workspace: WorkspaceFiles, signal?: AbortSignal): Promise<SourceCandidate> {
  const lines = await workspace.lines(found.file, signal);
  const { file, rung, confidence, how } = found;
  if (code.line === undefined) return { file, rung, line: 1, confidence: lowered(confidence), reason: `${how}; it gives no line.` };
  if (lines !== undefined && code.line > lines.length) {
    return { file, rung, line: lines.length, confidence: lowered(confidence, 2), reason: `${how}; line ${code.line} is past its end, it has changed since.` };
  }
  return { file, rung, line: code.line, ...(code.column === undefined ? {} : { column: code.column }), confidence, reason: `${how} and its line.` };
}
