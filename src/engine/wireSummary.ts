// TraceSummary ⇄ what travels: 64-bit integers as decimal text.
import type { TraceSummary } from '../model/summary.ts';
import type { WireSummary } from '../protocol/messages.ts';

export function wireSummary(summary: TraceSummary): WireSummary {
  return { ...summary, startUnixNano: summary.startUnixNano.toString(), durationNs: summary.durationNs.toString() };
}
