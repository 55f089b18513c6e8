// `inspect FILE…`: what is in these files. Shown + duplicates + rejected = given, always.
import { splitByTrace } from '../model/splitByTrace.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import type { TraceSummary } from '../model/summary.ts';
import { buildTrace } from '../model/traceBuilder.ts';
import { summaryOf } from '../model/traceSummary.ts';
import type { RunCommand } from './commands.ts';
import { printSummaries } from './summaryOutput.ts';
import { readTraceFiles } from './traceFiles.ts';

export const inspect: RunCommand = async (_spec, args, io) => {
  const batches = await readTraceFiles(args.positionals, io);
  printSummaries(summarize(batches), args.flags.has('json'), io);
  return 0;
};

export function summarize(batches: readonly SpanBatch[]): TraceSummary[] {
  return splitByTrace(batches).map((parts) => summaryOf(buildTrace(parts.traceId, parts.selections)));
}
