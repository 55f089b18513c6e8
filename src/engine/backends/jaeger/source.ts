// Lists and traces of one Jaeger. Which API answers is found out by what it answers, per operation, and remembered: v3's summaries where
// they are served; else v1's search, whose filters work; else v3's search. Must not know how parameters are written (api.ts).
import { decodeJaegerJson } from '../../../formats/jaegerJson.ts';
import { decodeOtlpJson } from '../../../formats/otlpJson.ts';
import type { SpanBatch } from '../../../model/spanBatch.ts';
import type { ServiceDependency } from '../../../protocol/connections.ts';
import { dependenciesOf } from '../../listing/dependencies.ts';
import { BackendError, type LoadedTrace, type TimeWindow, type TraceRef } from '../backend.ts';
import type { SourceCapabilities, SourceContext, SourcePage, SourceProbe, SourceQuery, TraceSource } from '../source.ts';
import { names, sharesIds, summaryRows, v1Traces, v3Traces, type Answer } from './answers.ts';
import { JaegerApi, RefusedQuery, UnwritableTraces, type JaegerSearch } from './api.ts';
import { Choice } from './choice.ts';
import { isOwn, perService, pickedServices } from './fanOut.ts';
import { PoisonedLists, type ServiceSearch } from './poisonedLists.ts';

const FILTERS: SourceCapabilities['filters'] = ['service', 'operation', 'attributes', 'minDurationNs', 'errorsOnly'];
const SUMMARIES: SourceCapabilities = { filters: FILTERS, order: 'unordered', maxLimit: 1500, timeUnitNs: 1000n, wholeTraces: false, cohortLimit: 20 };
const WHOLE: SourceCapabilities = { filters: FILTERS, order: 'unordered', maxLimit: 500, timeUnitNs: 1000n, wholeTraces: true, cohortLimit: 50, cost: 'Each list moves whole traces.' };
const SERVICES_MS = 60_000;

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
  readonly #poisoned: PoisonedLists;

  constructor(context: SourceContext) {
    const { tenant, tenantHeader } = context.config.options ?? {};
    this.#context = context;
    this.#api = new JaegerApi(context.http, tenant === undefined || tenant === '' ? {} : { [(tenantHeader || 'x-tenant').toLowerCase()]: tenant });
    this.#poisoned = new PoisonedLists(this.#api);
  }

  get capabilities(): SourceCapabilities {
    return this.#summaries === true ? SUMMARIES : WHOLE;
  }

  /** One small question, once. */
  async prepare(signal: AbortSignal): Promise<void> {
    if (this.#summaries !== undefined) return;
    const served = await this.#servesSummaries(signal);
    // Pages may be a login's, and no older Jaeger's: one of those lists its services.
    if (!served) await this.#knownServices(signal);
    this.#summaries = served;
  }

  async #servesSummaries(signal: AbortSignal): Promise<boolean> {
    const endNs = BigInt(Math.floor(this.#context.now())) * 1_000_000n;
    try {
      const search = { window: { startNs: endNs - 1_000_000_000n, endNs }, limit: 1 };
      const reply = await this.#api.summaries(search, signal);
      // They are 200 also where there are none.
      return reply !== 'nothing' && summaryRows(reply, search) !== undefined;
    } catch (error) {
      // It has them, and this storage wants a service, or fails without one.
      if (!(error instanceof RefusedQuery)) throw error;
      this.#needsService = error.kind === 'badData';
      return true;
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

  /** Computed from the traces by memory storages; in others a job of its own writes them, or nobody does. */
  async dependencies(window: TimeWindow, signal: AbortSignal): Promise<readonly ServiceDependency[]> {
    const v3 = await this.#api.dependenciesV3(window, signal);
    const reply = v3 === 'notServed' ? await this.#api.dependenciesV1(window, signal) : v3;
    if (reply === 'notServed') throw new BackendError('unsupported', 'This Jaeger does not serve the list of which service calls which.');
    return reply === 'nothing' ? [] : dependenciesOf(reply.json['dependencies'] ?? reply.json['data']);
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
      if (reply !== 'notServed') return await v3Traces(reply, query, signal);
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
    if (this.#poisoned.has(search.service) && isPlain(search)) return this.#poisoned.list(search, signal, false);
    try {
      const { name, reply } = await this.#searchChoice.first([['v1', () => this.#api.searchV1(search, signal)], ['v3', () => this.#api.searchV3(search, signal)]]);
      return await (name === 'v1' ? v1Traces(reply, search, signal) : v3Traces(reply, search, signal));
    } catch (error) {
      if (!(error instanceof UnwritableTraces)) throw error;
      return this.#poisoned.list(search, signal, true);
    }
  }

  async #summaryList(search: JaegerSearch, signal: AbortSignal): Promise<Answer> {
    const reply = await this.#api.summaries(search, signal);
    const answer = summaryRows(reply, search);
    if (answer !== undefined) return answer;
    // An older version, or another path before it: found out anew.
    this.#summaries = undefined;
    throw new BackendError('badData', 'The list of trace summaries was answered with something else, as by another version of Jaeger; refresh it.');
  }
}

/** All conditions on one span: a trace is not found that meets them on several. */
function conditionNotes({ service, operation, attributes = [], minDurationNs, errorsOnly }: SourceQuery): string[] {
  const beside = [attributes.length > 0, (minDurationNs ?? 0) > 0, errorsOnly === true].filter(Boolean).length;
  if (beside === 0 || (beside === 1 && service === undefined && operation === undefined && (minDurationNs ?? 0) === 0)) return [];
  return ['Jaeger looks for spans, not traces, that are long enough and meet all conditions at once.'];
}

const isPlain = ({ attributes = [], errorsOnly }: JaegerSearch): boolean => attributes.length === 0 && errorsOnly !== true;

const notFound = (traceId: string): BackendError => new BackendError('notFound', `Jaeger has no trace ${traceId}: it never arrived there, or is older than what it keeps.`);
