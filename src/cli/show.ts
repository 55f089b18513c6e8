// `show TRACEID`: a stored trace as a waterfall of text.
import { plural } from '../analysis/numberText.ts';
import { decodeRow } from '../engine/details.ts';
import { SpanFlag } from '../model/spanBatch.ts';
import { formatDuration } from '../model/time.ts';
import type { Trace } from '../model/trace.ts';
import { openedTrace, traceIdGiven, withBackend } from './backendAccess.ts';
import { codeLocation } from './codeLocation.ts';
import type { CliIo } from './cliIo.ts';
import type { RunCommand } from './commands.ts';
import { safeText } from './safeText.ts';
import { utcText } from './summaryOutput.ts';
import { waterfallLines } from './waterfallText.ts';

export const show: RunCommand = async (spec, args, io) => {
  const traceId = traceIdGiven(spec, args);
  return withBackend(spec, args, io, async (source) => {
    const { trace, notes, path } = await openedTrace(source, traceId);
    io.write(headText(trace, notes));
    const codeOf = (row: number): string | undefined => ((trace.flags[row]! & SpanFlag.code) === 0 ? undefined : codeLocation(decodeRow(trace, row).attributes));
    printLines(waterfallLines(trace, await path(), { columns: io.columns, colour: io.colour, codeOf }), io);
    io.write('\n█ on the critical path (*)   ░ elsewhere   ✗ error\n');
    return 0;
  });
};

function headText(trace: Trace, notes: readonly string[]): string {
  const root = trace.rootRow;
  const service = trace.strings[trace.service[root]!]!;
  const counts = [
    formatDuration(Number(trace.durationNs)),
    plural(trace.spans, 'span'),
    plural(trace.errors, 'error'),
    plural(trace.services.length, 'service'),
    ...(trace.orphans > 0 ? [plural(trace.orphans, 'orphan')] : []),
  ];
  const lines = [
    `${safeText(trace.strings[trace.name[root]!]!)}${service === '' ? '' : ` (${safeText(service)})`}`,
    counts.join(' · '),
    // Not one line of all: 80 columns are too few for it.
    `trace ${safeText(trace.traceId)} · ${utcText(trace.startUnixNano)} UTC`,
    ...[...notes, ...trace.warnings].map(safeText),
    '',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** A write a line would be slow, one for all of a million lines too large. */
function printLines(lines: Iterable<string>, io: CliIo): void {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < 65_536) continue;
    io.write(text);
    text = '';
  }
  io.write(text);
}
