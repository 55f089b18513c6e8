// `locate TRACEID|FILE --workspace DIR`: the source line of every span, by the same ladder as in the editor.
import { existsSync, statSync } from 'node:fs';
import { countedParts, buildParts } from '../engine/traceParts.ts';
import { decodeRow } from '../engine/details.ts';
import type { Trace } from '../model/trace.ts';
import { locate } from '../source/ladder.ts';
import { sourceHintsOf, type SourceHints } from '../source/sourceHints.ts';
import type { Confidence, SourceResult } from '../source/sourceResult.ts';
import { WorkspaceFiles } from '../source/workspaceFiles.ts';
import { wrong, type Arguments, type CommandSpec } from './arguments.ts';
import { isRemote, openedTrace, traceIdGiven, withBackend } from './backendAccess.ts';
import { CliError, type CliIo } from './cliIo.ts';
import type { RunCommand } from './commands.ts';
import { nodeWorkspace } from './nodeWorkspace.ts';
import { jsonLine, safeText } from './safeText.ts';
import { looksLikeTraceId } from './storeAccess.ts';
import { tableText } from './table.ts';
import { readTraceFiles } from './traceFiles.ts';

export const locateCommand: RunCommand = async (spec, args, io) => {
  const workspace = await workspaceOf(spec, args, io);
  const traces = await tracesOf(spec, args.positionals[0]!, args, io);
  const located = await locateAll(traces, workspace);
  const { notes } = await workspace.listing();
  for (const note of notes) io.warn(safeText(note));
  if (args.flags.has('json')) for (const span of located) io.write(jsonLine(span));
  else io.write(locatedTable(located));
  return 0;
};

async function workspaceOf(spec: CommandSpec, args: Arguments, io: CliIo): Promise<WorkspaceFiles> {
  const given = args.values.get('workspace');
  if (given === undefined) throw wrong(spec, '--workspace DIR is missing, the folder with the sources');
  const folder = io.path(given);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new CliError(2, `locate: ${safeText(given)} is no folder; --workspace names the folder with the sources.`);
  return new WorkspaceFiles(await nodeWorkspace(folder));
}

/** A file where there is one of that name, else a stored trace. */
async function tracesOf(spec: CommandSpec, given: string, args: Arguments, io: CliIo): Promise<Trace[]> {
  if (!isRemote(args) && (given === '-' || existsSync(io.path(given)) || !looksLikeTraceId(given))) {
    return countedParts(await readTraceFiles([given], io)).map(buildParts);
  }
  const traces: Trace[] = [];
  const traceId = traceIdGiven(spec, args);
  await withBackend(spec, args, io, async (source) => {
    traces.push((await openedTrace(source, traceId)).trace);
    return 0;
  });
  return traces;
}

export interface LocatedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly confidence?: Confidence;
  readonly reason: string;
}

/** In the order of the rows. Spans that say the same about their code are looked up once. */
export async function locateAll(traces: readonly Trace[], workspace: WorkspaceFiles): Promise<LocatedSpan[]> {
  const known = new Map<string, SourceResult>();
  const located: LocatedSpan[] = [];
  for (const trace of traces) {
    for (let row = 0; row < trace.count; row++) {
      const details = decodeRow(trace, row);
      const service = trace.strings[trace.service[row]!]!;
      const hints: SourceHints = sourceHintsOf(details, service);
      const key = JSON.stringify(hints);
      let result = known.get(key);
      if (result === undefined) known.set(key, (result = await locate(hints, workspace)));
      located.push({ traceId: trace.traceId, spanId: details.spanId, service, name: details.name, ...placeOf(result) });
    }
  }
  return located;
}

function placeOf(result: SourceResult): Pick<LocatedSpan, 'file' | 'line' | 'confidence' | 'reason'> {
  const first = result.best ?? result.candidates[0];
  if (first === undefined) return { reason: [result.why ?? 'Nothing was found.', result.fix ?? ''].filter((text) => text !== '').join(' ') };
  const others = result.best === undefined ? ` ${result.candidates.length} places fit equally well; this is the first.` : '';
  return { file: first.file, line: first.line, confidence: first.confidence, reason: first.reason + others };
}

function locatedTable(spans: readonly LocatedSpan[]): string {
  return tableText(
    [{ title: 'SPAN', align: 'left', most: 40 }, { title: 'SERVICE', align: 'left', most: 20 }, { title: 'CODE', align: 'left' }, { title: 'CONFIDENCE', align: 'left' }, { title: 'HOW', align: 'left' }],
    spans.map((span) => [safeText(span.name), safeText(span.service), span.file === undefined ? '—' : safeText(`${span.file}:${span.line}`), span.confidence ?? '—', safeText(span.reason)]),
  ).text;
}
