// `inspect FILE…`: what is in these files. Shown + duplicates + rejected = given, always.
import { countedParts, summarizeParts } from '../engine/traceParts.ts';
import type { RunCommand } from './commands.ts';
import { printSummaries } from './summaryOutput.ts';
import { readTraceFiles } from './traceFiles.ts';

export const inspect: RunCommand = async (_spec, args, io) => {
  const batches = await readTraceFiles(args.positionals, io);
  printSummaries(countedParts(batches).map(summarizeParts), args.flags.has('json'), io);
  return 0;
};
