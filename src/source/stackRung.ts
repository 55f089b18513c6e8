// Rung 6: the first frame of a stack trace that is in the workspace; libraries and runtimes are skipped. Owns which frames count
// and how a frame becomes a file in each language; must not know the text formats.
import { anchorLine, anchorMapped, definitionsIn } from './anchor.ts';
import { encloses } from './definitions.ts';
import { baseName } from './fileIndex.ts';
import type { FoundFile } from './fileRungs.ts';
import { findFiles } from './fileRungs.ts';
import { byFunction } from './functionRung.ts';
import type { FunctionName } from './functionName.ts';
import { parseFunctionName } from './functionName.ts';
import { likelySources, originalOf } from './generatedFile.ts';
import { goModules, goPackageFolder } from './goPackages.ts';
import { isLibraryPath, isRuntimeFrame } from './libraryPath.ts';
import { isRefused, pathCandidate } from './pathCandidate.ts';
import type { PathCandidate } from './pathCandidate.ts';
import type { Search } from './search.ts';
import { preferOwn } from './search.ts';
import type { SourceCandidate } from './sourceResult.ts';
import { atMost, lowered } from './sourceResult.ts';
import type { StackFrame } from './stackTrace.ts';
import { parseStack } from './stackTrace.ts';

const MAX_FRAMES = 400;
/** Of equally good files, how many are listed; the reason says how many there are. */
const MAX_TIED = 20;

export interface StackAnswer {
  readonly candidates: readonly SourceCandidate[];
  /** Frames that were read, in the workspace or not. */
  readonly frames: number;
}

export async function byStack(search: Search): Promise<StackAnswer> {
  let frames = 0;
  let unsure: readonly SourceCandidate[] = [];
  for (const text of search.hints.stacks.slice(0, 20)) {
    const parsed = parseStack(text);
    frames += parsed.length;
    for (const frame of parsed.slice(0, MAX_FRAMES)) {
      search.signal?.throwIfAborted();
      const candidates = await ofFrame(frame, search, unsure.length > 0);
      // Several files that are this frame's: one of them it is, so a frame further down would be the wrong one.
      if (candidates.some((c) => c.confidence !== 'low') || (candidates.length > 1 && unsure.length === 0)) return { candidates, frames };
      if (unsure.length === 0) unsure = candidates;
    }
  }
  return { candidates: unsure, frames };
}

/** `sureOnly`: a low candidate is known already, more of them are not needed. */
async function ofFrame(frame: StackFrame, search: Search, sureOnly: boolean): Promise<readonly SourceCandidate[]> {
  if (frame.path === '') return frame.language === 'dotnet' ? dotnetFrame(frame, search) : [];
  if (isRuntimeFrame(frame.path)) return [];
  // Bundlers name what lies above the bundled folder, as other packages of a workspace do, from there.
  const path = pathCandidate(frame.path.replace(/^(webpack(?:-internal)?:\/\/[^/]*\/(?:\([\w-]+\)\/)?)(?:\.{1,2}\/)+/, '$1'), true);
  if (isRefused(path) || (frame.kind !== 'go' && isLibraryPath(path.segments))) return [];
  const files = frame.kind === 'class' ? await classFiles(frame, path, search) : frame.kind === 'go' ? await goFiles(frame, path, search) : pathFiles(path, search);
  if (files.length === 0 && frame.language === 'js') return inUnbuiltSource(frame, path, search);
  if (sureOnly && files.every((f) => f.confidence === 'low')) return [];
  const answers: SourceCandidate[] = [];
  for (const file of files.slice(0, MAX_TIED)) {
    const answer = await place(file, frame, path, search);
    if (answer !== undefined) answers.push(answer);
  }
  return answers.length > 1 ? fitting(answers, frame, search) : answers;
}

/** Equally named files: the only one that has the frame's function around its line wins. */
async function fitting(answers: readonly SourceCandidate[], frame: StackFrame, { workspace, signal }: Search): Promise<readonly SourceCandidate[]> {
  const name = nameIn(frame);
  const fits: SourceCandidate[] = [];
  for (const answer of answers) {
    const lines = (await workspace.lines(answer.file, signal)) ?? [];
    if (definitionsIn(answer.file, lines, name).some((d) => frame.line === undefined || encloses(d, frame.line))) fits.push(answer);
  }
  if (fits.length !== 1) return answers;
  return [{ ...fits[0]!, confidence: 'medium', reason: `${fits[0]!.reason.replace(', and nothing tells them apart', '')} It is the only one of them with ${name.name} there.` }];
}

const nameIn = (frame: StackFrame): FunctionName => parseFunctionName(frame.functionText.replace(/^created by /, ''), frame.language === 'jvm' ? 'java' : frame.language);

/** Build output that is not in the workspace: its lines mean nothing there, the function's name does. */
async function inUnbuiltSource(frame: StackFrame, path: PathCandidate, search: Search): Promise<readonly SourceCandidate[]> {
  const name = parseFunctionName(frame.functionText, 'nodejs');
  const answers: SourceCandidate[] = [];
  for (const found of likelySources(path, search).slice(0, MAX_TIED)) {
    const lines = await search.workspace.lines(found.file, search.signal);
    if (lines === undefined || definitionsIn(found.file, lines, name).length === 0) continue;
    answers.push(await anchorLine({ ...found, rung: 'stack', how: `From the stack trace: ${found.how}` }, { line: undefined, column: undefined, function: name }, search.workspace, search.signal));
  }
  return answers;
}

/** A lone base name deep in somebody's folders is more likely a library's. */
function pathFiles(path: PathCandidate, search: Search): readonly FoundFile[] {
  return findFiles(path, search).filter((found) => found.confidence !== 'low' || found.file.includes('/') && sharesTail(found.file, path));
}

const sharesTail = (file: string, path: PathCandidate): boolean => path.segments.length > 1 && file.split('/').at(-2) === path.segments.at(-2);

/** JVM and PHP name the class and a base name: the folder is the package, and the file must say that package itself. */
async function classFiles(frame: StackFrame, path: PathCandidate, search: Search): Promise<readonly FoundFile[]> {
  const name = parseFunctionName(frame.functionText, frame.language === 'php' ? 'php' : 'java');
  const typeAt = frame.language === 'php' ? name.owners.length - 1 : name.owners.findIndex((part) => /^[A-Z]/.test(part));
  const packages = name.owners.slice(0, Math.max(0, typeAt));
  const base = path.segments.at(-1)!;
  const files: string[] = [];
  for (const file of search.index.named(base)) {
    if (baseName(file) !== base) continue;
    const lines = (await search.workspace.lines(file, search.signal)) ?? [];
    const declared = lines.map((line) => /^\s*(?:package|namespace)\s+([\w.\\]+)/.exec(line)?.[1]).find((text) => text !== undefined) ?? '';
    if (declared.replaceAll('\\', '.').replaceAll('`', '') === packages.join('.')) files.push(file);
  }
  const { items, by } = preferOwn(files, (file) => file, search);
  const where = [...packages, base].join('/');
  if (items.length === 1) return [{ file: items[0]!, rung: 'stack', confidence: by === undefined ? 'high' : 'medium', how: `${base} of package ${packages.join('.') || '(none)'} is this file` }];
  return items.map((file) => ({ file, rung: 'stack', confidence: 'low', how: `${items.length} files are ${where}` }));
}

/** The frame's import path says whether it is the workspace's; without one (package main) the path decides. */
async function goFiles(frame: StackFrame, path: PathCandidate, search: Search): Promise<readonly FoundFile[]> {
  const importPath = parseFunctionName(frame.functionText.replace(/^created by /, ''), 'go').goPackage ?? 'main';
  const modules = await goModules(search);
  const folder = importPath === 'main' ? undefined : goPackageFolder(importPath, modules, search.index);
  if (folder !== undefined) {
    const file = search.index.find([folder, path.segments.at(-1)!].filter((p) => p !== '').join('/'));
    if (file !== undefined) return [{ file, rung: 'stack', confidence: 'high', how: `Package ${importPath} is this folder` }];
  }
  if (importPath !== 'main' && modules.size > 0 && folder === undefined) return [];
  return pathFiles(path, search);
}

/** Without debug symbols .NET prints no file: the class is looked up, and the line is the method's. */
async function dotnetFrame(frame: StackFrame, search: Search): Promise<readonly SourceCandidate[]> {
  if (/^(?:System|Microsoft|OpenTelemetry|Newtonsoft|Npgsql|Grpc)\./.test(frame.functionText)) return [];
  const found = await byFunction(parseFunctionName(frame.functionText, 'dotnet'), search);
  return found.map((c) => ({ ...c, rung: 'stack' as const, confidence: lowered(c.confidence), reason: `From the stack trace, which has no file names. ${c.reason}` }));
}

async function place(found: FoundFile, frame: StackFrame, path: PathCandidate, search: Search): Promise<SourceCandidate | undefined> {
  const { workspace, signal } = search;
  const how = `The first frame of the stack trace in the workspace: ${lowerFirst(found.how)}`;
  const line = frame.line ?? path.line;
  const column = frame.column ?? path.column;
  if (line !== undefined) {
    const original = await originalOf(found.file, line, column, search, workspace, signal);
    if (original === 'library') return undefined;
    if (original === 'gone') return { file: found.file, line, rung: 'stack', confidence: 'low', reason: `${how}; it is generated, and the source that its map names is not in the workspace.` };
    if (original !== undefined) return anchorMapped({ ...found, file: original.file, rung: 'stack', how: `${how}, and its source map leads here` }, original, nameIn(frame), workspace, signal);
  }
  const name = nameIn(frame);
  // A frame may be inside a function that is nested in the named one; only a definition of that very name is a check.
  const lines = await workspace.lines(found.file, signal);
  const known = lines !== undefined && definitionsIn(found.file, lines, name).length > 0;
  const answer = await anchorLine({ ...found, rung: 'stack', confidence: atMost(found.confidence, 'high'), how }, { line, column, function: known ? name : undefined }, workspace, signal);
  return answer;
}

/** "The only file …" within a sentence; names keep their capitals. */
const lowerFirst = (text: string): string => text.replace(/^(?:The|Package)(?= )/, (word) => word.toLowerCase());
