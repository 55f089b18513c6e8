// `export TRACEID`: a trace as one OTLP/JSON document on standard output.
import { exportOtlpJson } from '../engine/exportTrace.ts';
import { wrong } from './arguments.ts';
import { openedTrace, traceIdGiven, withBackend } from './backendAccess.ts';
import type { RunCommand } from './commands.ts';

export const exportCommand: RunCommand = async (spec, args, io) => {
  const format = args.values.get('format') ?? 'otlp';
  if (format !== 'otlp') throw wrong(spec, `--format is otlp, not ${JSON.stringify(format.slice(0, 40))}`);
  const traceId = traceIdGiven(spec, args);
  return withBackend(spec, args, io, async (source) => {
    const { trace } = await openedTrace(source, traceId);
    io.write(`${await exportOtlpJson(trace, source.signal)}\n`);
    return 0;
  });
};
