// One trace out of X-Ray: BatchGetTraces, or where Transaction Search keeps spans in CloudWatch Logs, a retrieval that is started, waited for
// and read (backends.md §6). Owns which of the two is asked and for which times; must not know the documents.
import { isObject, items, type JsonObject, text } from '../../../formats/jsonFields.ts';
import { decodeOtelDocuments } from '../../../formats/xrayOtelDocuments.ts';
import { XrayConverter } from '../../../formats/xraySegments.ts';
import { hexOfXrayId, xrayIdOf } from '../../../formats/xrayIds.ts';
import { BackendError, type LoadedTrace, type TimeWindow, type TraceRef } from '../backend.ts';
import type { XrayApi } from './api.ts';
import { orAborted, pausedFor } from '../../network/abortable.ts';
import { timeOfId } from './list.ts';
import { StartedWork, unlessTooOften } from './startedWork.ts';

/** Where segments are sent to; unknown where the right to ask is missing. */
export type Destination = 'XRay' | 'CloudWatchLogs' | 'unknown';

const SECOND_NS = 1_000_000_000n;
const HOUR_NS = 3600n * SECOND_NS;
/** Around a trace whose times are known: clocks differ, and spans come late. */
const MARGIN_NS = 60n * SECOND_NS;
const RETENTION_NS = 30n * 24n * HOUR_NS;
const [FIRST_POLL_MS, SLOWEST_POLL_MS, RETRIEVAL_MS] = [250, 3_000, 120_000];
/** A look follows on another at once; what is asked for later may have come meanwhile. */
const SAME_MS = 2_000;
const CUT = 'X-Ray answers this trace in more pages than are read; spans are missing.';

export class XrayOpener {
  readonly #api: XrayApi;
  readonly #now: () => number;
  readonly #destination: () => Promise<Destination>;
  readonly #retrievals = new StartedWork();
  /** The last retrieval that brought nothing: a look that goes further back asks for the same hour where the id says which. */
  #nothing = { scan: '', atMs: 0 };

  constructor(api: XrayApi, now: () => number, destination: () => Promise<Destination>) {
    this.#api = api;
    this.#now = now;
    this.#destination = destination;
  }

  async trace(ref: TraceRef, signal: AbortSignal): Promise<LoadedTrace> {
    const hex = writtenId(ref.traceId);
    const id = xrayIdOf(hex);
    const destination = await orAborted(this.#destination(), signal, 'X-Ray');
    const ways = destination === 'XRay' ? [() => this.#stored(id, signal)] : destination === 'CloudWatchLogs' ? [() => this.#retrieved(hex, ref, signal), () => this.#stored(id, signal)] : [() => this.#stored(id, signal), () => this.#retrieved(hex, ref, signal)];
    for (const way of ways) {
      const loaded = await way();
      if (loaded !== undefined) return loaded;
    }
    throw new BackendError('notFound', `X-Ray has no trace ${id} in this region${destination === 'XRay' ? '' : `; spans were looked for in ${ref.startUnixNano === undefined || ref.within === true ? 'the hours that the id can mean, or that were asked for' : 'the minutes around it'}`}. It keeps traces for 30 days, and a new one appears after some seconds.`);
  }

  /** Stops what runs; to be called while AWS can still be asked. */
  close(): Promise<void> {
    return this.#retrievals.close();
  }

  async #stored(id: string, signal: AbortSignal): Promise<LoadedTrace | undefined> {
    const { answers, cut } = await this.#api.all('Traces', { TraceIds: [id] }, 'Traces', signal);
    return loadedFrom(answers.map((answer) => ({ Traces: answer['Traces'] })), cut);
  }

  /** The narrowest times first: a retrieval scans logs, and is billed for what it scans. */
  async #retrieved(hex: string, ref: TraceRef, signal: AbortSignal): Promise<LoadedTrace | undefined> {
    for (const window of this.#windows(hex, ref)) {
      const scan = `${hex} ${window.startNs} ${window.endNs}`;
      if (this.#nothing.scan === scan && this.#now() - this.#nothing.atMs < SAME_MS) continue;
      const loaded = await this.#retrieve(xrayIdOf(hex), window, signal);
      if (loaded !== undefined) return loaded;
      this.#nothing = { scan, atMs: this.#now() };
    }
    return undefined;
  }

  #windows(hex: string, { startUnixNano, endUnixNano, within }: TraceRef): readonly TimeWindow[] {
    const nowNs = BigInt(Math.ceil(this.#now())) * 1_000_000n;
    const ofId = timeOfId(hex);
    const says = ofId > nowNs - RETENTION_NS && ofId <= nowNs + MARGIN_NS;
    // Narrower than any time that is only looked through.
    if (says && (startUnixNano === undefined || within === true)) return [{ startNs: ofId - MARGIN_NS, endNs: ofId + HOUR_NS }];
    if (startUnixNano !== undefined) {
      const startNs = BigInt(startUnixNano);
      return [{ startNs: startNs - MARGIN_NS, endNs: BigInt(endUnixNano ?? startUnixNano) + MARGIN_NS }];
    }
    if (within === true) return [{ startNs: nowNs - RETENTION_NS, endNs: nowNs }];
    return [{ startNs: nowNs - HOUR_NS, endNs: nowNs }, { startNs: nowNs - 24n * HOUR_NS, endNs: nowNs - HOUR_NS }];
  }

  #retrieve(id: string, { startNs, endNs }: TimeWindow, signal: AbortSignal): Promise<LoadedTrace | undefined> {
    const question = { TraceIds: [id], StartTime: Number(startNs / SECOND_NS), EndTime: Number((endNs + SECOND_NS - 1n) / SECOND_NS) };
    return this.#retrievals.run({
      what: `The retrieval of trace ${id}`,
      start: async (until) => text((await this.#api.ask('StartTraceRetrieval', question, until))['RetrievalToken']),
      answer: async (token, until) => {
        if (token === '') throw new BackendError('badData', `xray StartTraceRetrieval answered no retrieval for ${id}.`);
        await this.#finished(token, until);
        const { answers, cut } = await this.#api.all('ListRetrievedTraces', { RetrievalToken: token, TraceFormat: 'XRAY' }, 'Traces', until);
        // Its own format is asked for; spans that were sent as OpenTelemetry's may come as they are all the same.
        if (answers.some((answer) => answer['TraceFormat'] === 'OTEL')) return otelLoadedFrom(answers, id, cut);
        return loadedFrom(answers.map((answer) => ({ RetrievalStatus: answer['RetrievalStatus'], Traces: answer['Traces'] })), cut);
      },
      stop: (token, until) => this.#api.ask('CancelTraceRetrieval', { RetrievalToken: token }, until),
    }, signal);
  }

  async #finished(token: string, signal: AbortSignal): Promise<void> {
    const from = this.#now();
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(SLOWEST_POLL_MS, pause * 1.6)) {
      const answer = await unlessTooOften(this.#api.ask('ListRetrievedTraces', { RetrievalToken: token, TraceFormat: 'XRAY' }, signal));
      const status = answer === undefined ? 'RUNNING' : text(answer['RetrievalStatus']);
      if (status === 'COMPLETE') return;
      if (status !== 'SCHEDULED' && status !== 'RUNNING') throw new BackendError(status === 'TIMEOUT' ? 'timeout' : 'server', `X-Ray could not retrieve the trace from CloudWatch Logs (${status === '' ? 'no status' : status}); try again.`);
      if (this.#now() - from > RETRIEVAL_MS) throw new BackendError('timeout', `X-Ray has not retrieved the trace from CloudWatch Logs within ${RETRIEVAL_MS / 1000} s (${status}); try again later.`);
      await pausedFor(pause, signal);
    }
  }
}

/** As lists have it, as X-Ray writes it, or within its header. Throws notFound. */
function writtenId(given: string): string {
  const hex = hexOfXrayId(/1-[0-9a-f]{8}-[0-9a-f]{24}/i.exec(given)?.[0] ?? given.trim());
  if (hex === undefined) throw new BackendError('notFound', `${JSON.stringify(given.slice(0, 60))} is no trace id of X-Ray's: 1-5759e988-bd862e3fe1be46a994272793 is one, and so are 32 hex digits.`);
  return hex;
}

/** undefined: there is no span in them. */
function loadedFrom(answers: readonly JsonObject[], cut: boolean): LoadedTrace | undefined {
  const converter = new XrayConverter();
  const traces = answers.flatMap((answer) => items(answer['Traces']));
  if (traces.length === 0) return undefined;
  for (const answer of answers) if (items(answer['Traces']).length > 0) converter.add(answer);
  const batch = converter.finish();
  if (batch.count + batch.rejected === 0) return undefined;
  let open = 0;
  for (let k = 0; k < batch.count; k++) if (batch.endTime[2 * k] === 0 && batch.endTime[2 * k + 1] === 0) open++;
  const notes: string[] = [];
  if (traces.some((trace) => isObject(trace) && trace['LimitExceeded'] === true)) notes.push('X-Ray keeps no more of this trace: it is over the size limit, and spans are missing.');
  if (open > 0) notes.push(`${open} ${open === 1 ? 'segment is' : 'segments are'} still in progress: ended ones have not arrived yet.`);
  return { batches: [batch], notes: cut ? [...notes, CUT] : notes };
}

/** undefined: there is no span in them. Throws badData where there are, and none can be read. */
function otelLoadedFrom(answers: readonly JsonObject[], id: string, cut: boolean): LoadedTrace | undefined {
  const batch = decodeOtelDocuments(answers);
  if (batch.count + batch.rejected === 0) return undefined;
  if (batch.count === 0) throw new BackendError('badData', `X-Ray answered trace ${id} as OpenTelemetry spans that cannot be read: ${batch.warnings[0] ?? 'they have no ids'}`);
  return { batches: [batch], notes: cut ? [CUT] : [] };
}
