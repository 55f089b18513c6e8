// Span → code: tries the rungs in order of trust and answers candidates with a confidence and a sentence (features.md §3.5,
// rungs 1, 2, 4, 5, 6, 8, 9). Pure: files come in as functions; every path is a hostile candidate, compared with the list only.
import { adviceFor } from './advice.ts';
import { anchorLine, anchorMapped, definitionsIn, implausibleLine } from './anchor.ts';
import type { CodeAttributes } from './codeAttributes.ts';
import { codeAttributes } from './codeAttributes.ts';
import { encloses } from './definitions.ts';
import { byEntryPoint } from './entryRung.ts';
import { baseName } from './fileIndex.ts';
import type { FoundFile } from './fileRungs.ts';
import { findFiles } from './fileRungs.ts';
import type { FunctionName } from './functionName.ts';
import { parseFunctionName } from './functionName.ts';
import { byFunction } from './functionRung.ts';
import { likelySources, originalOf } from './generatedFile.ts';
import { isLibraryPath } from './libraryPath.ts';
import { byLiteral } from './literalRung.ts';
import { byQualifiedName, isJob } from './qualifiedName.ts';
import { inOneFunction, ownCalls } from './ownCalls.ts';
import { isRefused, pathCandidate } from './pathCandidate.ts';
import type { PathCandidate } from './pathCandidate.ts';
import type { Search } from './search.ts';
import { startSearch, withCode } from './search.ts';
import type { SourceHints } from './sourceHints.ts';
import type { SourceCandidate, SourceResult } from './sourceResult.ts';
import { atMost, rankOf } from './sourceResult.ts';
import { byStack } from './stackRung.ts';
import type { WorkspaceFiles } from './workspaceFiles.ts';

/** Of equally good files, how many are listed; the reason says how many there are. */
const MAX_TIED = 50;

/** Never throws for what a span says; rejects only with the signal's reason or when the workspace cannot be listed. */
export async function locate(hints: SourceHints, workspace: WorkspaceFiles, signal?: AbortSignal): Promise<SourceResult> {
  signal?.throwIfAborted();
  if (!workspace.access.trusted) {
    return { candidates: [], why: 'This workspace is in Restricted Mode: spans lead to code once it is trusted.', notes: [] };
  }
  const search = await startSearch(hints, workspace, signal);
  const { notes } = await workspace.listing(signal);
  const code = codeAttributes(hints);
  const wanted = functionOf(code, hints);
  const found: SourceCandidate[] = [];
  const tried: string[] = [];

  if (code.path !== undefined) found.push(...(await byPath(code.path, code, wanted, search, tried)));
  if (good(found)) return finish(found, tried, hints, notes);

  if (wanted?.name !== undefined) {
    const places = ofLibrary(code, await byFunction(wanted, search, code.line));
    if (places.length === 0) tried.push(`its function ${shown(wanted.name)} is not defined in the workspace`);
    found.push(...places);
  }
  if (good(found)) return finish(found, tried, hints, notes);

  if (hints.stacks.length > 0) {
    const { candidates, frames } = await byStack(search);
    if (candidates.length === 0) tried.push(frames === 0 ? 'its stack trace has no readable frames' : `none of the ${frames} frames of its stack trace is in the workspace`);
    found.push(...candidates);
  }
  if (good(found)) return finish(found, tried, hints, notes);

  const literal = await byLiteral(search);
  if (literal.candidates.length === 0) tried.push(`no span-creating call in the ${literal.filesRead} source files searched names it ${shown(hints.spanName)}`);
  found.push(...literal.candidates);
  // A job's class may be all that is known so far.
  if (found.length === 0 || (isJob(hints.spanName) && !good(found))) found.push(...(await byQualifiedName(search)));
  if (!good(found) && hints.entry !== undefined) {
    const places = await byEntryPoint(search);
    if (places.length === 0) tried.push(`no code was recognised that takes ${shown(hints.entry.topic ?? hints.entry.rpcMethod ?? hints.entry.route ?? '')}`);
    found.push(...places);
  }
  return finish(found, tried, hints, [...notes, ...literal.notes]);
}

/** Good enough not to look further down the ladder. */
const good = (found: readonly SourceCandidate[]): boolean => found.some((c) => c.confidence !== 'low');

/** A library's path: its function is none of the workspace's, unless the program itself was installed there. */
function ofLibrary(code: CodeAttributes, places: readonly SourceCandidate[]): readonly SourceCandidate[] {
  const path = code.path === undefined ? undefined : pathCandidate(code.path);
  if (path === undefined || isRefused(path) || !isLibraryPath(path.segments)) return places;
  const own = places.filter((place) => place.confidence === 'high' && baseName(place.file) === path.segments.at(-1));
  return own.map((place) => ({ ...place, confidence: 'medium' }));
}

function functionOf(code: CodeAttributes, hints: SourceHints): FunctionName | undefined {
  if (code.functionName !== undefined) return parseFunctionName(code.functionName, hints.language, code.namespace);
  if (code.namespace === undefined) return undefined;
  // Rust gives the module only, and names the span after the function; elsewhere the namespace is a class or a module.
  if (hints.language === 'rust' || code.namespace.includes('::') || code.path?.endsWith('.rs') === true) return parseFunctionName(hints.spanName, 'rust', code.namespace);
  return parseFunctionName(code.namespace, hints.language);
}

async function byPath(text: string, code: CodeAttributes, wanted: FunctionName | undefined, plain: Search, tried: string[]): Promise<readonly SourceCandidate[]> {
  const path = pathCandidate(text);
  if (isRefused(path)) {
    tried.push(`its path was refused: ${path.refused}`);
    return [];
  }
  let search = plain;
  let files = findFiles(path, search);
  if (files.length > 1) {
    search = await withCode(plain);
    files = findFiles(path, search);
  }
  const generated = files.length === 0;
  if (generated) files = likelySources(path, search);
  if (files.length === 0) {
    tried.push(isLibraryPath(path.segments) ? `its file ${shown(text)} is a library’s` : `no file in the workspace lies where ${shown(text)} says`);
    return [];
  }
  const answers: SourceCandidate[] = [];
  for (const file of files.slice(0, MAX_TIED)) {
    const answer = await placeIn(file, path, code, wanted, generated, search);
    if (answer !== undefined) answers.push(answer);
  }
  if (answers.length === 0) tried.push(`its place in ${shown(text)} was bundled from a library`);
  return files.length > 1 ? byEvidence(answers, code, wanted, search) : answers;
}

async function placeIn(found: FoundFile, path: PathCandidate, code: CodeAttributes, wanted: FunctionName | undefined, generated: boolean, search: Search): Promise<SourceCandidate | undefined> {
  const { workspace, signal } = search;
  const line = generated ? undefined : (code.line ?? path.line);
  const column = code.column ?? path.column;
  if (line !== undefined) {
    const original = await originalOf(found.file, line, column, search, workspace, signal);
    if (original === 'library') return undefined;
    if (original === 'gone') return { file: found.file, line, rung: found.rung, confidence: 'low', reason: `${found.how}; it is generated, and the source that its map names is not in the workspace.` };
    if (original !== undefined) {
      return anchorMapped({ ...found, file: original.file, how: `${found.how}; it is generated, and its source map leads here` }, original, wanted, workspace, signal);
    }
  }
  const answer = await anchorLine(found, { line, column, function: line === undefined || checksLine(wanted, found.file, search) ? wanted : undefined }, workspace, signal);
  if (line === undefined && answer.line > 1) {
    const original = await originalOf(answer.file, answer.line, undefined, search, workspace, signal);
    if (typeof original === 'object') return { ...original, rung: found.rung, confidence: atMost(answer.confidence, 'medium'), reason: `${answer.reason} It is generated, and its source map leads here.` };
  }
  const calls = await ownCalls(found.file, search);
  const call = calls.length === 1 ? calls[0]! : undefined;
  const checked = wanted?.name !== undefined && rankOf(answer.confidence) <= rankOf(atMost(found.confidence, 'high'));
  if (checked || calls.length === 0) return answer;
  const lines = (await workspace.lines(found.file, signal)) ?? [];
  const near = line !== undefined && calls.some((c) => Math.abs(c.line - line) <= 3);
  if (near && implausibleLine(found.file, lines[line - 1] ?? '') === undefined) return answer;
  const fresh = answer.line === line && rankOf(answer.confidence) <= rankOf(found.confidence);
  if (line !== undefined && fresh && (call === undefined || inOneFunction(lines, line, call.line))) return { ...answer, confidence: atMost(answer.confidence, 'high') };
  if (call === undefined || (wanted?.name !== undefined && answer.line !== line)) return answer;
  // The file is known and its line is not, or not any more: the span's own call in it.
  const problem = line === undefined ? (generated ? 'the line of build output is not its line' : 'no line is given') : `line ${line} is stale`;
  return { file: found.file, line: call.line, rung: found.rung, confidence: atMost(found.confidence, line === undefined && !generated ? 'high' : 'medium'), reason: `${found.how}; ${problem}, so this is where ${call.callee} is called with the span’s name.` };
}

/** Rust's module path with the span's name is only a guess at the function: it places a missing line but does not overrule one. */
const checksLine = (wanted: FunctionName | undefined, file: string, { hints }: Search): boolean => wanted?.name !== undefined && !(file.endsWith('.rs') && wanted.name === hints.spanName);

/** Equally named files: the one whose text has the function around the line, or the span's own call, wins. */
async function byEvidence(answers: readonly SourceCandidate[], code: CodeAttributes, wanted: FunctionName | undefined, search: Search): Promise<readonly SourceCandidate[]> {
  const fitting: SourceCandidate[] = [];
  const implausible = new Set<SourceCandidate>();
  for (const answer of answers) {
    const lines = (await search.workspace.lines(answer.file, search.signal)) ?? [];
    if (code.line !== undefined && implausibleLine(answer.file, lines[code.line - 1] ?? '') !== undefined) implausible.add(answer);
    const definitions = wanted === undefined ? [] : definitionsIn(answer.file, lines, wanted);
    const around = definitions.some((d) => code.line === undefined || encloses(d, code.line));
    if (around || (definitions.length === 0 && (await ownCalls(answer.file, search)).some((call) => code.line === undefined || Math.abs(call.line - code.line) <= 3))) fitting.push(answer);
  }
  if (fitting.length !== 1) return answers.toSorted((a, b) => Number(implausible.has(a)) - Number(implausible.has(b)));
  const winner = fitting[0]!;
  return [{ ...winner, confidence: 'medium', reason: `${winner.reason.replace(', and nothing tells them apart', '')} It is the only one of them whose code fits the span.` }];
}

function finish(candidates: readonly SourceCandidate[], tried: readonly string[], hints: SourceHints, notes: readonly string[]): SourceResult {
  const seen = new Set<string>();
  const sorted = candidates
    .toSorted((a, b) => rankOf(a.confidence) - rankOf(b.confidence))
    .filter((c) => !seen.has(`${c.line} ${c.file}`) && seen.add(`${c.line} ${c.file}`));
  const [first, second] = sorted;
  const fix = adviceFor(hints);
  if (first === undefined) {
    const why = tried.length === 0 ? 'it says nothing about its code' : tried.join('; ');
    return { candidates: [], why: `Nothing in the workspace was found for this span: ${why}.`, fix, notes };
  }
  const alone = second === undefined || rankOf(second.confidence) > rankOf(first.confidence);
  return { candidates: sorted, ...(alone ? { best: first } : {}), ...(first.confidence === 'certain' ? {} : { fix }), notes };
}

/** Hostile text in a sentence: short, and without control characters. */
function shown(text: string): string {
  const clean = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '�');
  return clean.length > 120 ? `${clean.slice(0, 120)}…` : clean;
}
