// Lists and traces of one Jaeger. Which API answers is found out by what it answers, per operation, and remembered: v3's summaries where
// they are served; else v1's search, whose filters work; else v3's search. Must not know how parameters are written (api.ts).
import type { SpanBatch } from '../../../model/spanBatch.ts';
import { isObject, items, text } from '../../../formats/jsonFields.ts';
import { decodeJaegerJson, jaegerTracesOf } from '../../../formats/jaegerJson.ts';
import { decodeOtlpJson } from '../../../formats/otlpJson.ts';
import { otlpJsonTraces } from '../../../formats/otlpJsonTraces.ts';
import { WordTable } from '../../../model/wordTable.ts';
import { wholeTraces } from '../../listing/summaries.ts';
import { BackendError, type LoadedTrace, type TimeWindow, type TraceRef } from '../backend.ts';
import type { SourceCapabilities, SourceContext, SourcePage, SourceProbe, SourceQuery, TraceSource } from '../source.ts';
import { JaegerApi, RefusedQuery, UnwritableTraces, type JaegerSearch, type Reply } from './api.ts';
import { Choice } from './choice.ts';
import { isOwn, perService, pickedServices } from './fanOut.ts';
import { holds } from './holds.ts';
import { around, isolatePoison, poisonedIds, unreadNote } from './poison.ts';
import { summariesOf, summaryTrace } from './summaries.ts';

type Answer = Omit<SourcePage, 'cursor'>;
type ServiceSearch = JaegerSearch & { readonly service: string };

const FILTERS: SourceCapabilities['filters'] = ['service', 'operation', 'attributes', 'minDurationNs', 'errorsOnly'];
const SUMMARIES: SourceCapabilities = { filters: FILTERS, order: 'unordered', maxLimit: 1500, timeUnitNs: 1000n, wholeTraces: false, cohortLimit: 20 };
const WHOLE: SourceCapabilities = { filters: FILTERS, order: 'unordered', maxLimit: 500, timeUnitNs: 1000n, wholeTraces: true, cohortLimit: 50, cost: 'Each list moves whole traces.' };
const SERVICES_MS = 60_000;
const EMPTY: Answer = { traces: [], full: false, notes: [] };

export class JaegerSource implements TraceSource {
  readonly #context: SourceContext;
  readonly #api: JaegerApi;
  readonly #servicesChoice = new Choice<'v3' | 'v1'>();
  readonly #operationsChoice = new Choice<'v3' | 'v1'>();
  readonly #traceChoice = new Choice<'v3' | 'v1'>();
  readonly #searchChoice = new Choice<'v1' | 'v3'>();
  #summaries: boolean | undefined;
  /** A search without a service was refused: by this storage it always is. */
  #needsService = false;
  #durationAlone = false;
  #listed: { readonly atMs: number; readonly services: readonly string[] } | undefined;
  /** Services whose traces v1 could not write, and where v1 is all there is: when those began. */
  readonly #poisoned = new Set<string>();
  readonly #unread = new Map<string, readonly TimeWindow[]>();
  #searchV3Gone = false;

  constructor(context: SourceContext) {
    const { tenant, tenantHeader } = context.config.options ?? {};
    this.#context = context;
    this.#api = new JaegerApi(context.http, tenant === undefined || tenant === '' ? {} : { [(tenantHeader || 'x-tenant').toLowerCase()]: tenant });
  }

  get capabilities(): SourceCapabilities {
    return this.#summaries === true ? SUMMARIES : WHOLE;
  }

  /** One small question, once. */
  async prepare(signal: AbortSignal): Promise<void> {
    if (this.#summaries !== undefined) return;
    const endNs = BigInt(Math.floor(this.#context.now())) * 1_000_000n;
    try {
      this.#summaries = isSummaries(await this.#api.summaries({ window: { startNs: endNs - 1_000_000_000n, endNs }, limit: 1 }, signal));
    } catch (error) {
      // It has them, and this storage wants a service, or fails without one.
      if (!(error instanceof RefusedQuery)) throw error;
      this.#summaries = true;
      this.#needsService = error.kind === 'badData';
    }
  }

  async probe(signal: AbortSignal): Promise<SourceProbe> {
    const services = await this.services(signal);
    await this.prepare(signal);
    const notes = [this.#summaries === true ? "Jaeger's API v3 lists trace summaries." : 'This Jaeger is older than 2.19: its lists move whole traces, so they begin with few.'];
    if (services.length === 0) notes.push('It has no traces yet.');
    return { notes, choices: { services } };
  }

  async services(signal: AbortSignal): Promise<readonly string[]> {
    const { reply } = await this.#servicesChoice.first([['v3', () => this.#api.servicesV3(signal)], ['v1', () => this.#api.servicesV1(signal)]]);
    return names(reply === 'nothing' ? [] : (reply.json['services'] ?? reply.json['data']));
  }

  async operations(service: string, signal: AbortSignal): Promise<readonly string[]> {
    const { reply } = await this.#operationsChoice.first([['v3', () => this.#api.operationsV3(service, signal)], ['v1', () => this.#api.operationsV1(service, signal)]]);
    return names(reply === 'nothing' ? [] : (reply.json['operations'] ?? reply.json['data']));
  }

  async page(query: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    await this.prepare(signal);
    const answer = await (query.service === undefined ? this.#anyService(query, signal) : this.#ofService({ ...query, service: query.service }, signal));
    const traces = answer.traces.filter((trace) => !isOwn(trace, query.service));
    const notes = [...answer.notes, ...conditionNotes(query)];
    if (traces.length < answer.traces.length) notes.push("Jaeger's traces of itself are left out; choose its service to see them.");
    return { traces, full: answer.full, notes };
  }

  async trace({ traceId }: TraceRef, signal: AbortSignal): Promise<LoadedTrace> {
    const batch = await this.#read(traceId, true, signal);
    // Zipkin's clients give both halves of a call one id: Jaeger tells them apart, but not in what it stored.
    return { batches: [sharesIds(batch) ? await this.#read(traceId, false, signal) : batch], notes: [] };
  }

  async #read(traceId: string, raw: boolean, signal: AbortSignal): Promise<SpanBatch> {
    // v1 cuts times to µs and loses attributes of links.
    const { name, reply } = await this.#traceChoice.first([['v3', () => this.#api.traceV3(traceId, raw, signal)], ['v1', () => this.#api.traceV1(traceId, raw, signal)]]);
    if (reply === 'nothing') throw notFound(traceId);
    const batch = name === 'v3' ? decodeOtlpJson(reply.json) : decodeJaegerJson(reply.json);
    if (batch.count + batch.rejected === 0) throw notFound(traceId);
    return batch;
  }

  /** Tried once; where the storage refuses it, service by service. */
  async #anyService(query: SourceQuery, signal: AbortSignal): Promise<Answer> {
    // Older searches by v3 ignore attributes: then v1 is asked, which wants a service.
    let failed = false;
    if (!this.#needsService && (this.#summaries === true || isPlain(query) || this.#searchChoice.made === 'v3')) {
      const answer = await this.#tryWithoutService(query, signal);
      if (answer !== undefined) return answer;
      failed = true;
    }
    const pick = pickedServices(this.#context.config.options?.['services'], await this.#knownServices(signal));
    const answer = await perService(pick, (service) => this.#ofService({ ...query, service }, signal));
    // With services it works: so that is why it did not without.
    if (failed) this.#needsService = true;
    return answer;
  }

  /** The pages of one list come at once: they do not each ask for the services. */
  async #knownServices(signal: AbortSignal): Promise<readonly string[]> {
    const now = this.#context.now();
    if (this.#listed === undefined || now - this.#listed.atMs > SERVICES_MS) this.#listed = { atMs: now, services: await this.services(signal) };
    return this.#listed.services;
  }

  async #tryWithoutService(query: SourceQuery, signal: AbortSignal): Promise<Answer | undefined> {
    try {
      if (this.#summaries === true) return await this.#summaryList(query, signal);
      const reply = await this.#api.searchV3(query, signal);
      if (reply !== 'notServed') return await this.#v3Traces(reply, query, signal);
    } catch (error) {
      if (!(error instanceof RefusedQuery)) throw error;
    }
    return undefined;
  }

  /** Cassandra cannot be asked for a duration and tags at once. What comes without is shorter too: the list finds that out, and looks for itself. */
  async #ofService(search: ServiceSearch, signal: AbortSignal): Promise<Answer> {
    const both = search.minDurationNs !== undefined && !isPlain(search);
    const without = { ...search, minDurationNs: 0 };
    if (both && this.#durationAlone) return this.#listOf(without, signal);
    try {
      return await this.#listOf(search, signal);
    } catch (error) {
      if (!both || !(error instanceof RefusedQuery)) throw error;
      const answer = await this.#listOf(without, signal);
      this.#durationAlone = true;
      return answer;
    }
  }

  async #listOf(search: ServiceSearch, signal: AbortSignal): Promise<Answer> {
    if (this.#summaries === true) return this.#summaryList(search, signal);
    // What is asked for with a condition may do without the poisoned ones.
    if (this.#poisoned.has(search.service) && isPlain(search)) return this.#poisonedList(search, signal, false);
    try {
      const { name, reply } = await this.#searchChoice.first([['v1', () => this.#api.searchV1(search, signal)], ['v3', () => this.#api.searchV3(search, signal)]]);
      return await (name === 'v1' ? v1Traces(reply, search, signal) : this.#v3Traces(reply, search, signal));
    } catch (error) {
      if (!(error instanceof UnwritableTraces)) throw error;
      this.#poisoned.add(search.service);
      return this.#poisonedList(search, signal, true);
    }
  }

  async #summaryList(search: JaegerSearch, signal: AbortSignal): Promise<Answer> {
    const reply = await this.#api.summaries(search, signal);
    if (reply === 'nothing') return EMPTY;
    const list = reply === 'notServed' ? undefined : summariesOf(reply.json);
    if (list === undefined) {
      // An older version, or another path before it: found out anew.
      this.#summaries = undefined;
      throw new BackendError('badData', 'The list of trace summaries was answered with something else, as by another version of Jaeger; refresh it.');
    }
    const traces = list.map(summaryTrace).filter((trace) => trace !== undefined);
    const lost = list.length - traces.length;
    return { traces, full: list.length >= search.limit, notes: lost === 0 ? [] : [`${lost} of ${list.length} summaries have no trace id or no time and are not listed.`] };
  }

  /** Traces that v1 cannot write: by v3; where there is none, all but them by v1. `failed`: v1 was just asked for all of the window. */
  async #poisonedList(search: ServiceSearch, signal: AbortSignal, failed: boolean): Promise<Answer> {
    const reply = this.#searchV3Gone ? 'notServed' : await this.#api.searchV3(search, signal);
    this.#searchV3Gone = reply === 'notServed';
    if (reply === 'notServed') return this.#withoutPoisoned(search, signal, failed);
    const answer = await this.#v3Traces(reply, search, signal);
    const ids = reply === 'nothing' ? [] : poisonedIds(reply.json);
    return ids.length === 0 ? answer : { ...answer, notes: [...answer.notes, `${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ` and ${ids.length - 10} more` : ''} ${ids.length === 1 ? 'has' : 'have'} values that are no numbers (NaN or infinite), which Jaeger's v1 API cannot answer: read by v3.`] };
  }

  async #withoutPoisoned(search: ServiceSearch, signal: AbortSignal, failed: boolean): Promise<Answer> {
    const known = this.#unread.get(search.service) ?? [];
    const ask = async (window: TimeWindow): Promise<Answer> => v1Traces(await this.#api.searchV1({ ...search, window }, signal), search, signal);
    const answers: Answer[] = [];
    const unread = known.filter(({ startNs, endNs }) => startNs < search.window.endNs && endNs > search.window.startNs);
    for (const window of around(search.window, known)) {
      try {
        if (!failed || known.length > 0) {
          answers.push(await ask(window));
          continue;
        }
      } catch (error) {
        if (!(error instanceof UnwritableTraces)) throw error;
      }
      const isolated = await isolatePoison(window, ask);
      answers.push(...isolated.answers);
      unread.push(...isolated.unread);
      this.#unread.set(search.service, [...(this.#unread.get(search.service) ?? []), ...isolated.unread]);
    }
    // Bounds are µs and inclusive: neighbours may share a trace.
    const traces = new Map(answers.flatMap((answer) => answer.traces).map((trace) => [trace.ref.traceId, trace]));
    return { traces: [...traces.values()], full: answers.some(({ full }) => full), notes: [...answers.flatMap(({ notes }) => notes), ...unread.map(unreadNote)] };
  }

  /** Its versions differ in which conditions they honour, and whole traces came: they are held against them here. */
  async #v3Traces(reply: Reply, search: JaegerSearch, signal: AbortSignal): Promise<Answer> {
    if (reply === 'nothing' || reply === 'notServed') return EMPTY;
    const documents = otlpJsonTraces(reply.json);
    const traces = await wholeTraces(documents.map((document) => decodeOtlpJson(document)), signal);
    return { traces: traces.filter((trace) => holds(trace, search)), full: documents.length >= search.limit, notes: [] };
  }
}

async function v1Traces(reply: Reply, { limit }: JaegerSearch, signal: AbortSignal): Promise<Answer> {
  if (reply === 'nothing' || reply === 'notServed') return EMPTY;
  const documents = jaegerTracesOf(reply.json);
  if (documents === undefined) throw new BackendError('badData', 'The search for traces was answered with JSON that is not Jaeger\'s; check the address.');
  const batches: SpanBatch[] = documents.map((document) => decodeJaegerJson(document));
  const errors = items(reply.json['errors']).filter(isObject).map((error) => `Jaeger answered with error ${text(error['code'])}: ${text(error['msg']).slice(0, 200)}`);
  return { traces: await wholeTraces(batches, signal), full: documents.length >= limit, notes: errors };
}

/** All conditions on one span: a trace is not found that meets them on several. */
function conditionNotes({ service, operation, attributes = [], minDurationNs, errorsOnly }: SourceQuery): string[] {
  const beside = [attributes.length > 0, (minDurationNs ?? 0) > 0, errorsOnly === true].filter(Boolean).length;
  if (beside === 0 || (beside === 1 && service === undefined && operation === undefined && (minDurationNs ?? 0) === 0)) return [];
  return ['Jaeger looks for spans, not traces, that are long enough and meet all conditions at once.'];
}

/** A client's and a server's span with one id. */
function sharesIds({ count, spanId, kind }: SpanBatch): boolean {
  const table = new WordTable(2, count);
  for (let span = 0; span < count; span++) {
    const same = table.add(spanId, 2 * span, span);
    if (same >= 0 && kind[same] !== kind[span]) return true;
  }
  return false;
}

const isPlain = ({ attributes = [], errorsOnly }: JaegerSearch): boolean => attributes.length === 0 && errorsOnly !== true;

const isSummaries = (reply: Reply): boolean => typeof reply === 'object' && summariesOf(reply.json) !== undefined;

const notFound = (traceId: string): BackendError => new BackendError('notFound', `Jaeger has no trace ${traceId}: it never arrived there, or is older than what it keeps.`);

function names(list: unknown): string[] {
  const found = items(list).map((entry) => (isObject(entry) ? text(entry['name']) : text(entry)));
  return [...new Set(found.filter((name) => name !== ''))].toSorted((a, b) => a.localeCompare(b));
}
