// What can be asked of one trace: open, rows, overlay, details, search, why, source hints, export. Each answer is computed from the
// open trace alone; long ones run in slices and stop when they are no longer wanted.
import { parseQuery, searchSteps } from '../analysis/search.ts';
import { padHex } from '../model/ids.ts';
import { runInSlices } from '../model/slices.ts';
import { summaryOf } from '../model/traceSummary.ts';
import type { EngineMethods, OpenedTrace, TraceKey } from '../protocol/messages.ts';
import { withTransfer, type Handlers } from '../protocol/rpc.ts';
import { encodeChunk, encodeOverlay, overlayPages } from '../protocol/traceCodec.ts';
import { sourceHintsOf } from '../source/sourceHints.ts';
import { BackendError } from './backends/backend.ts';
import { COLLECTOR, type Backends } from './backends/registry.ts';
import { decodeRow, detailsOf } from './details.ts';
import { explainTrace } from './explainTrace.ts';
import { exportOtlpJson } from './exportTrace.ts';
import { buildOpenTrace, type LoadTrace, type OpenTraces, type TraceSession } from './openTraces.ts';
import { SLICE, throwIfAborted } from './slices.ts';
import type { ReadableStore } from './store/traceStore.ts';
import { refOf } from './traceRef.ts';
import { wireSummary } from './wireSummary.ts';

export type TraceMethodName = 'openTrace' | 'closeTrace' | 'chunk' | 'overlay' | 'details' | 'search' | 'why' | 'rowOfSpan' | 'sourceHints' | 'exportTrace';

export interface TraceMethodContext {
  readonly traces: OpenTraces;
  readonly backends: Backends;
  readonly load: LoadTrace;
  /** What is known of its pin. */
  readonly pinOf: (key: TraceKey) => Promise<{ readonly pinned: boolean; readonly note: string }>;
}

/** From its backend; where that cannot, from its pin, and then said so. */
export const loadFrom = (backends: Backends, store: () => Promise<ReadableStore>): LoadTrace => async (key, signal) => {
  if (key.connection === COLLECTOR) return backends.get(key.connection).trace(refOf(key), signal);
  try {
    return await backends.get(key.connection).trace(refOf(key), signal);
  } catch (error) {
    if (!(error instanceof BackendError) || error.kind === 'aborted') throw error;
    const pinned = await (await store()).remotePins.load(key, signal);
    if (pinned === undefined) throw error;
    return { batches: pinned.batches, notes: [`Shown as it was pinned. ${error.message}`, ...pinned.notes] };
  }
};

export function traceMethods({ traces, backends, load, pinOf }: TraceMethodContext): Handlers<Pick<EngineMethods, TraceMethodName>> {
  return {
    openTrace: async ({ key, firstRows }, signal) => {
      const session = await traces.open(key, firstRows, signal);
      try {
        const opened = answerOf(session, await pinOf(key));
        throwIfAborted(signal);
        return withTransfer(opened, [opened.first]);
      } catch (error) {
        // Nobody learns its id, so nobody could close it.
        traces.close(session.openId);
        throw error;
      }
    },
    closeTrace: ({ openId }) => traces.close(openId),
    chunk: ({ openId, index }) => {
      const { open, plan } = traces.get(openId);
      const chunk = inRange(() => encodeChunk(open.trace, open.selfNs, plan, index));
      return withTransfer(chunk, [chunk]);
    },
    overlay: async ({ openId, page }) => {
      const { open } = traces.get(openId);
      const source = { path: await open.path(), eventStart: open.trace.eventStart, eventTime: open.trace.eventTime };
      const data = inRange(() => encodeOverlay(source, page));
      return withTransfer({ data, pages: overlayPages(source) }, [data]);
    },
    details: ({ openId, row }) => {
      const { open } = checkedRow(traces.get(openId), row);
      return detailsOf(open.trace, row, open.selfNs[row]!);
    },
    search: async ({ openId, query }, signal) => {
      const { open } = traces.get(openId);
      const parsed = parseQuery(query);
      if (parsed.problem !== undefined) return { rows: new ArrayBuffer(0), problem: parsed.problem };
      const rows = await runInSlices(searchSteps(open.trace, parsed.terms), { ...SLICE, signal });
      const buffer = rows.slice().buffer;
      return withTransfer({ rows: buffer }, [buffer]);
    },
    why: async ({ openId }, signal) => {
      const { open } = traces.get(openId);
      return explainTrace(open.trace, backends.get(open.key.connection), signal);
    },
    rowOfSpan: ({ openId, spanId }) => rowOfSpan(traces.get(openId), spanId),
    sourceHints: ({ openId, rows }) => {
      const session = traces.get(openId);
      return rows.map((row) => {
        const { trace } = checkedRow(session, row).open;
        return sourceHintsOf(decodeRow(trace, row), trace.strings[trace.service[row]!]!);
      });
    },
    exportTrace: async ({ key }, signal) => {
      const { trace } = await buildOpenTrace(key, load, signal);
      return exportOtlpJson(trace, signal);
    },
  };
}

function answerOf({ openId, open, plan }: TraceSession, pin: { readonly pinned: boolean; readonly note: string }): OpenedTrace {
  const { trace } = open;
  const head = {
    openId,
    key: open.key,
    summary: wireSummary(summaryOf(trace)),
    rows: trace.count,
    chunks: plan.chunks.length,
    rootRow: trace.rootRow,
    notes: [...open.notes, ...trace.warnings],
    ...pin,
  };
  return { head, first: encodeChunk(trace, open.selfNs, plan, 0) };
}

/** Rows come from outside. */
function checkedRow(session: TraceSession, row: number): TraceSession {
  const { count } = session.open.trace;
  if (!Number.isInteger(row) || row < 0 || row >= count) throw new BackendError('badData', `There is no row ${row}: this trace has ${count}.`);
  return session;
}

function inRange<T>(encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    throw error instanceof RangeError ? new BackendError('badData', error.message) : error;
  }
}

/** The first row of that span id, -1 where there is none. Two spans may share an id (flagged as conflict). */
function rowOfSpan({ open: { trace } }: TraceSession, spanId: string): number {
  const wanted = padHex(spanId, 16);
  if (wanted === undefined) return -1;
  const high = Number.parseInt(wanted.slice(0, 8), 16);
  const low = Number.parseInt(wanted.slice(8), 16);
  for (let row = 0; row < trace.count; row++) {
    const { spanId: ids } = trace.batches[trace.batch[row]!]!;
    const at = 2 * trace.index[row]!;
    if (ids[at] === high && ids[at + 1] === low) return row;
  }
  return -1;
}
