// Trace files as a connection: a folder of them, or one file. Whatever formats/ can read is listed; files that grow are followed.
// Owns the paths; what is in the files is files/fileSet.ts.
import { watch, type FSWatcher } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { ownBatch } from '../../formats/ownBatch.ts';
import type { TraceSummary } from '../../model/summary.ts';
import { BackendError, type Backend, type LoadedTrace, type TraceRef } from './backend.ts';
import { FileSet, type FileTrace } from './files/fileSet.ts';
import type { BackendKind, Recognised, SourceContext, SourceQuery, TraceSource } from './source.ts';

/** A burst of writes is one change, ms. */
const QUIET_MS = 200;
const YEAR_NS = 365n * 86_400_000_000_000n;

export const files: BackendKind = {
  kind: 'files',
  label: 'Trace files',
  needsUrl: false,
  localUrls: [],
  fields: [{ key: 'path', label: 'Folder or file', help: 'Absolute path of a folder with trace files (OTLP, Jaeger, Zipkin and others, also packed), or of one file.', required: true, placeholder: '/home/me/traces', folder: true }],
  auth: ['none'],
  metered: false,
  recognisePath,
  source: fileSource,
};

function fileSource({ config, changed }: SourceContext): TraceSource {
  const place = config.options?.['path'] ?? '';
  const set = new FileSet(place);
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  const traces = async (signal: AbortSignal): Promise<ReadonlyMap<string, FileTrace>> => {
    checked(place);
    const read = await set.traces(signal);
    watcher ??= watching(place, () => {
      clearTimeout(timer);
      timer = setTimeout(changed, QUIET_MS);
    });
    return read;
  };
  return {
    capabilities: { filters: [], order: 'newest', maxLimit: 1_000_000, timeUnitNs: 1n, wholeTraces: false, cohortLimit: 200, firstWindowNs: 200n * YEAR_NS, lookbackNs: 200n * YEAR_NS, live: true },
    probe: async (signal) => {
      const found = await traces(signal);
      return { notes: [`${found.size} ${found.size === 1 ? 'trace' : 'traces'} in ${place}.`, ...set.notes] };
    },
    services: async (signal) => sortedNames([...(await traces(signal)).values()].flatMap(({ summary }) => summary.services)),
    operations: async (service, signal) => sortedNames([...(await traces(signal)).values()].filter(({ summary }) => summary.rootService === service).map(({ summary }) => summary.rootName)),
    page: async (query, signal) => pageOf(await traces(signal), query, set.notes),
    trace: async ({ traceId }, signal) => loadedOf(place, traceId, await traces(signal)),
    close: async () => {
      clearTimeout(timer);
      watcher?.close();
    },
  };
}

/** Files opened one by one, without a connection. What was read stays until the engine ends, and is read on where it grew. */
export class OpenedFiles {
  readonly #sets = new Map<string, FileSet>();

  async list(file: string, signal: AbortSignal): Promise<{ readonly traces: readonly FileTrace[]; readonly notes: readonly string[] }> {
    const set = this.#set(file);
    const traces = [...(await set.traces(signal)).values()].sort(newestFirst);
    return { traces, notes: set.notes };
  }

  readonly backend: Backend = {
    capabilities: { filters: [], sorts: ['newest'], pages: false, live: false },
    probe: async () => ({ notes: [] }),
    services: async () => [],
    operations: async () => [],
    search: async () => ({ traces: [], notes: [] }),
    trace: async ({ traceId, scope = '' }, signal) => loadedOf(scope, traceId, await this.#set(scope).traces(signal)),
    cohort: async (rootService, rootName, limit, signal) => {
      const found: TraceRef[] = [];
      for (const [scope, set] of this.#sets) {
        for (const { summary } of (await set.traces(signal)).values()) {
          if (summary.rootService === rootService && summary.rootName === rootName && found.length < limit) found.push({ traceId: summary.traceId, scope });
        }
      }
      return found;
    },
  };

  #set(file: string): FileSet {
    checked(file);
    const known = this.#sets.get(file);
    if (known !== undefined) return known;
    const set = new FileSet(file);
    this.#sets.set(file, set);
    return set;
  }
}

function loadedOf(place: string, traceId: string, traces: ReadonlyMap<string, FileTrace>): LoadedTrace {
  const found = traces.get(traceId) ?? [...traces].find(([id]) => bareId(id) === bareId(traceId))?.[1];
  if (found === undefined) throw new BackendError('notFound', `There is no trace ${traceId} in ${place}.`);
  return { batches: found.parts.selections.map(ownBatch), notes: found.parts.notes };
}

/** An id as any system may have written it, so that one that was copied elsewhere is found. */
const bareId = (traceId: string): string => traceId.toLowerCase().replace(/^0+(?=.)/, '');

const newestFirst = (a: FileTrace, b: FileTrace): number => (a.summary.startUnixNano > b.summary.startUnixNano ? -1 : 1);

function pageOf(traces: ReadonlyMap<string, FileTrace>, { window, limit }: SourceQuery, notes: readonly string[]): Awaited<ReturnType<TraceSource['page']>> {
  const inside = ({ startUnixNano }: TraceSummary): boolean => startUnixNano >= window.startNs && startUnixNano < window.endNs;
  const all = [...traces.values()].filter(({ summary }) => inside(summary)).sort(newestFirst);
  return { traces: all.slice(0, limit).map(({ summary }) => ({ summary, ref: { traceId: summary.traceId } })), full: all.length > limit, notes };
}

/** A path that names another machine is not followed: a look at it alone would give away who asks. */
function checked(place: string): void {
  if (place === '') throw new BackendError('unsupported', 'This connection names no folder or file; give it the path of one.');
  if (/^(\\\\|\/\/)/.test(place) || place.includes('\0')) throw new BackendError('unsupported', 'A folder on another machine is not read; copy it here or mount it.');
  if (!path.isAbsolute(place)) throw new BackendError('unsupported', `${place} is no absolute path; give the whole one.`);
}

/** As it was pasted; `~` is nothing that the file system knows. */
function recognisePath(given: string): Recognised {
  const place = given.replace(/^~(?=[/\\])/, homedir());
  return { name: `Trace files in ${place.split(/[/\\]/).findLast((part) => part !== '') ?? place}`, options: { path: place } };
}

function watching(place: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(place, { persistent: false, recursive: true }, onChange);
    // What can no longer be watched is looked at when it is listed.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

const sortedNames = (names: readonly string[]): string[] => [...new Set(names)].sort();
