// `list`: what is stored, the newest traces, as one line of JSON each or a table.
import { BackendError, type Backend, type SearchGroup } from '../engine/backends/backend.ts';
import { buildOpenTrace } from '../engine/openTraces.ts';
import type { TraceSummary } from '../model/summary.ts';
import { summaryOf } from '../model/traceSummary.ts';
import { wholeNumber, wrong } from './arguments.ts';
import { windowOf, withBackend } from './backendAccess.ts';
import type { RunCommand } from './commands.ts';
import { safeText } from './safeText.ts';
import { printSummaries } from './summaryOutput.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000_000;
const PAGE = 1000;

export const list: RunCommand = async (spec, args, io) => {
  if (args.flags.has('errors') && args.flags.has('slow')) throw wrong(spec, 'it is --errors or --slow, not both');
  const group: SearchGroup = args.flags.has('errors') ? 'errors' : args.flags.has('slow') ? 'slow' : 'recent';
  const limit = wholeNumber(spec, args, 'limit', 1, MAX_LIMIT) ?? DEFAULT_LIMIT;
  const service = args.values.get('service');
  const window = windowOf(spec, args);
  return withBackend(spec, args, io, async ({ backend, signal }) => {
    const notes = new Set<string>();
    const found: TraceSummary[] = [];
    let total: number | undefined;
    for (let cursor: string | undefined; found.length < limit; ) {
      const page = await backend.search(
        { group, sort: 'newest', limit: Math.min(PAGE, limit - found.length), ...(service === undefined ? {} : { service }), ...(window === undefined ? {} : { window }), ...(cursor === undefined ? {} : { cursor }) },
        signal,
      );
      for (const note of page.notes) notes.add(note);
      for (const { summary } of page.traces) found.push(summary.provisional ? await exactSummary(backend, summary) : summary);
      total ??= page.total;
      cursor = page.next;
      if (cursor === undefined || (page.traces.length === 0 && page.notes.length > 0)) break;
    }
    printSummaries(found, args.flags.has('json'), io);
    for (const note of notes) io.warn(safeText(note));
    if (found.length === 0 && notes.size === 0 && !args.flags.has('json')) io.warn(group === 'recent' && service === undefined && window === undefined ? 'There is no trace yet.' : 'No trace fits.');
    if (total !== undefined && total > found.length) io.warn(`${found.length} of ${total} traces are listed; --limit lists more.`);
    return 0;
  });
};

/** Of a trace that still arrives, or whose collector was killed before it had counted: a script wants numbers that stay. */
async function exactSummary(backend: Backend, known: TraceSummary): Promise<TraceSummary> {
  const signal = new AbortController().signal;
  try {
    return summaryOf((await buildOpenTrace({ connection: 'collector', traceId: known.traceId }, (key) => backend.trace(key, signal), signal)).trace);
  } catch (error) {
    if (error instanceof BackendError && error.kind === 'notFound') return known;
    throw error;
  }
}
