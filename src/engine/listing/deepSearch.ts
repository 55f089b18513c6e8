// A search for what a source's lists do not show, at a price. Everything that can be asked of the server is; text, which no server knows, is
// matched here. Nothing is asked twice or by itself: whoever calls this was told to by the user. Must not know any source.
import { BackendError, type DeepQuery, type SearchPage } from '../backends/backend.ts';
import type { TraceSource } from '../backends/source.ts';
import { fits } from './filterCheck.ts';

/** What one search brings at most. */
const DEEP_LIMIT = 1000;

/** Throws BackendError unsupported where the source offers none. */
export async function deepSearch(source: TraceSource, { window, text = '', service, operation, attributes, minDurationNs, errorsOnly }: DeepQuery, signal: AbortSignal): Promise<SearchPage> {
  if (source.capabilities.deepSearch === undefined || source.deepSearch === undefined) throw new BackendError('unsupported', 'This connection has nothing to search beyond its lists.');
  const { traces, notes } = await source.deepSearch(
    {
      window,
      limit: DEEP_LIMIT,
      ...(service === undefined ? {} : { service }),
      ...(operation === undefined ? {} : { operation }),
      ...(attributes === undefined ? {} : { attributes }),
      ...(minDurationNs === undefined ? {} : { minDurationNs }),
      ...(errorsOnly === undefined ? {} : { errorsOnly }),
    },
    signal,
  );
  const found = traces.filter((trace) => fits(trace, { text }, []));
  return {
    traces: found.toSorted((a, b) => (a.summary.startUnixNano > b.summary.startUnixNano ? -1 : 1)),
    total: found.length,
    notes: found.length === traces.length ? notes : [...notes, `${traces.length - found.length} of the ${traces.length} traces found do not have ${JSON.stringify(text.slice(0, 60))} in their root's name, a service or the id.`],
  };
}
