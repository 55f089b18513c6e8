// `why TRACEID`: which spans were slower than they usually are, and what is unusual about them. The same code as in the engine.
import { FEWEST_TRACES } from '../analysis/slowOperations.ts';
import { sentenceText, whySentences } from '../analysis/whySentence.ts';
import { explainTrace } from '../engine/explainTrace.ts';
import { formatDuration } from '../model/time.ts';
import type { WhyReport } from '../protocol/messages.ts';
import { openedTrace, traceIdGiven, withBackend } from './backendAccess.ts';
import type { RunCommand } from './commands.ts';
import { jsonLine, safeText } from './safeText.ts';

export const whyCommand: RunCommand = async (spec, args, io) => {
  const traceId = traceIdGiven(spec, args);
  return withBackend(spec, args, io, async (source) => {
    const { trace } = await openedTrace(source, traceId);
    const report = await explainTrace(trace, source.backend, source.signal);
    io.write(args.flags.has('json') ? jsonLine(reportJson(report)) : reportText(report));
    return 0;
  });
};

/** The order of keys is part of the interface. */
export function reportJson(report: WhyReport): Record<string, unknown> {
  return {
    traceId: report.traceId,
    cohort: report.cohort,
    durationNs: report.durationNs,
    medianNs: report.medianNs,
    findings: report.findings.map(({ spanId, service, name, deltaNs, attribute, value, usual }) => ({ spanId, service, name, deltaNs, attribute, value, usual })),
  };
}

export function reportText(report: WhyReport): string {
  const took = formatDuration(Number(report.durationNs));
  const others = `${report.cohort === 0 ? 'no' : report.cohort} other ${report.cohort < 2 ? 'trace' : 'traces'} of the same root`;
  if (report.cohort < FEWEST_TRACES) return `It took ${took}. There ${report.cohort < 2 ? 'is' : 'are'} ${report.cohort === 0 ? '' : 'only '}${others}; at least ${FEWEST_TRACES} are needed to say what is unusual.\n`;
  const head = `It took ${took}; the median of ${others} is ${formatDuration(Number(report.medianNs))}.\n`;
  if (report.findings.length === 0) return `${head}Nothing on its critical path took longer than it does now and then. Work that nobody waited for is not looked at.\n`;
  return head + whySentences(report.findings).map((sentence) => `  ${safeText(sentenceText(sentence))}\n`).join('');
}
