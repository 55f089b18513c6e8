// Span → code: tries the rungs in order of trust and answers candidates with a confidence and a sentence
// (features.md §3.5, rungs 1, 2, 4, 5, 6, 8). Pure: files come in as functions; every path is a hostile candidate.
import type { SourceHints } from './sourceHints.ts';
import type { SourceCandidate, SourceResult } from './sourceResult.ts';
import { rankOf } from './sourceResult.ts';
import { codeAttributes } from './codeAttributes.ts';
import { adviceFor } from './advice.ts';
import { findFiles } from './fileRungs.ts';
import { isRefused, pathCandidate } from './pathCandidate.ts';
import { ServiceFolders } from './serviceFolders.ts';
import type { WorkspaceFiles } from './workspaceFiles.ts';
import { anchorLine } from './anchor.ts';

export async function locate(hints: SourceHints, workspace: WorkspaceFiles, signal?: AbortSignal): Promise<SourceResult> {
  signal?.throwIfAborted();
  if (!workspace.access.trusted) {
    return { candidates: [], why: 'This workspace is in Restricted Mode: spans are not led to code until it is trusted.', notes: [] };
  }
  const { index, notes } = await workspace.listing(signal);
  const folders = await workspace.derive('folders', signal, async () => new ServiceFolders(index, []));
  const code = codeAttributes(hints);
  const candidates: SourceCandidate[] = [];
  const tried: string[] = [];

  if (code.path !== undefined) {
    const path = pathCandidate(code.path);
    if (isRefused(path)) tried.push(`its path was refused: ${path.refused}`);
    else {
      const found = findFiles(path, { index, folders, access: workspace.access, service: hints.service });
      if (found.length === 0) tried.push('no file in the workspace has the name that it gives');
      for (const file of found) candidates.push(await anchorLine(file, { ...code, line: code.line ?? path.line, column: code.column ?? path.column }, workspace, signal));
    }
  }
  return finish(candidates, tried, hints, notes);
}

function finish(candidates: readonly SourceCandidate[], tried: readonly string[], hints: SourceHints, notes: readonly string[]): SourceResult {
  const sorted = candidates.toSorted((a, b) => rankOf(a.confidence) - rankOf(b.confidence));
  const [first, second] = sorted;
  const fix = adviceFor(hints);
  if (first === undefined) return { candidates: [], why: `Nothing in the workspace was found for this span: ${tried.length === 0 ? 'it says nothing about its code' : tried.join('; ')}.`, fix, notes };
  const alone = second === undefined || rankOf(second.confidence) > rankOf(first.confidence);
  return { candidates: sorted, ...(alone ? { best: first } : {}), ...(first.confidence === 'certain' ? {} : { fix }), notes };
}
