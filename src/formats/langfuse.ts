// Langfuse's JSON → SpanBatch (backends.md §5): a trace with its observations as the API answers it or the UI exports it ({trace,
// observations}, with JSON in strings), and lists of observations. Ids are any text there: what is no hex of the right length gets one that is
// always the same, and its own is kept. Owns the tree of observations; attributes are langfuseAttributes.ts. Knows no HTTP.
import { createHash } from 'node:crypto';
import type { Attribute } from '../model/attributes.ts';
import { padHex } from '../model/ids.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { FormatError } from './formatError.ts';
import { isoNanos } from './isoTime.ts';
import { isObject, items, text, type JsonObject } from './jsonFields.ts';
import { MetadataKeys, metadataOf, observationAttributes, scoreEvent, traceAttributes, type LangfuseMetadata } from './langfuseAttributes.ts';
import type { WritableEvent } from './otlpWriter.ts';
import { ResourceKeys } from './resourceKey.ts';
import { SpanGroups } from './spanGroups.ts';
import { WarningList } from './warningList.ts';

/** A parsed document. Throws FormatError when it is not Langfuse's JSON at all. */
export function decodeLangfuse(document: unknown): SpanBatch {
  const converter = new LangfuseConverter();
  converter.add(document);
  return converter.finish();
}

export interface LangfuseParts {
  readonly trace: JsonObject | undefined;
  readonly observations: readonly unknown[];
  readonly scores: readonly unknown[];
}

/** undefined when it has none of Langfuse's shapes. */
export function langfusePartsOf(document: unknown): LangfuseParts | undefined {
  if (isObservation(document)) return { trace: undefined, observations: [document], scores: [] };
  if (Array.isArray(document)) return document.some(isObservation) ? { trace: undefined, observations: document, scores: [] } : undefined;
  if (!isObject(document)) return undefined;
  const trace = isObject(document['trace']) ? document['trace'] : document;
  const { observations = trace['observations'] } = document;
  if (isTrace(trace) && Array.isArray(observations) && (observations.length === 0 || observations.some(isObject))) return { trace, observations, scores: items(document['scores'] ?? trace['scores']) };
  const { data } = document;
  return Array.isArray(data) && data.some(isObservation) ? { trace: undefined, observations: data, scores: [] } : undefined;
}

const isTrace = (value: JsonObject): boolean => typeof value['id'] === 'string' && typeof value['timestamp'] === 'string';
const isObservation = (value: unknown): value is JsonObject => isObject(value) && typeof value['id'] === 'string' && typeof value['startTime'] === 'string' && typeof value['type'] === 'string' && 'traceId' in value;

const NO_EVENTS: readonly WritableEvent[] = [];

interface Collected {
  trace: JsonObject | undefined;
  /** By id: lists may overlap. */
  readonly observations: Map<string, JsonObject>;
  readonly scores: JsonObject[];
}

/** Takes any number of documents: the observations of a trace may come in several. */
export class LangfuseConverter {
  readonly #traces = new Map<string, Collected>();
  readonly #warnings = new WarningList();
  readonly #nativeIds = new Map<string, string>();
  readonly #metadataKeys = new MetadataKeys();
  readonly #resourceKeys = new ResourceKeys();
  #rejected = 0;

  add(document: unknown, where = ''): void {
    const parts = langfusePartsOf(document);
    if (parts === undefined) throw new FormatError(`${where}not Langfuse's JSON: {"trace":…,"observations":[…]} or a list of observations was expected.`, 0);
    const traceId = text(parts.trace?.['id']);
    if (parts.trace !== undefined) this.#of(traceId).trace = parts.trace;
    parts.observations.forEach((observation, k) => {
      const problem = isObject(observation) ? this.#take(observation, traceId) : 'it is not an object';
      if (problem === undefined) return;
      this.#rejected++;
      this.#warnings.add(`${where}observations[${k}] was rejected: ${problem}.`);
    });
    this.addScores(traceId, parts.scores);
  }

  addScores(traceId: string, scores: readonly unknown[]): void {
    for (const score of scores) if (isObject(score)) this.#of(traceId).scores.push(score);
  }

  finish(): SpanBatch {
    const groups = new SpanGroups();
    for (const [id, collected] of this.#traces) this.#trace(groups, id, collected);
    return groups.finish(this.#rejected, this.#warnings, this.#nativeIds);
  }

  #of(traceId: string): Collected {
    let collected = this.#traces.get(traceId);
    if (collected === undefined) this.#traces.set(traceId, (collected = { trace: undefined, observations: new Map(), scores: [] }));
    return collected;
  }

  #take(observation: JsonObject, traceId: string): string | undefined {
    const id = text(observation['id']);
    if (id === '') return 'it has no id';
    const { observations } = this.#of(text(observation['traceId']) || traceId);
    if (observations.has(id)) return `its id ${JSON.stringify(id.slice(0, 60))} came before`;
    observations.set(id, observation);
    return undefined;
  }

  #trace(groups: SpanGroups, id: string, { trace, observations, scores }: Collected): void {
    const tree = new ObservationTree(id, trace ?? traceOf(id, observations.values()), observations);
    if (id !== '' && tree.traceId !== id) this.#nativeIds.set(tree.traceId, id);
    const events = tree.eventsOf(scores);
    for (const [key, observation] of observations) this.#observation(groups, tree, key, observation, events.get(key) ?? NO_EVENTS);
    if (!tree.showsTrace) return;
    if (observations.size > 0) this.#warnings.add(`Langfuse's trace ${JSON.stringify(tree.name.slice(0, 60))} is shown as the root of its ${tree.roots.length === 1 ? 'observation' : `${tree.roots.length} observations`} without a parent.`);
    const { start, end } = tree.interval();
    const first = observations.get(tree.bearer ?? '');
    const resource = first === undefined ? [] : resourceOf(first, tree.trace, metadataOf(first['metadata'], this.#metadataKeys));
    groups.add(this.#resourceKeys.of('', resource), () => resource, { name: '', version: '' }, {
      traceId: tree.traceId,
      spanId: tree.rootSpanId,
      name: tree.name,
      startUnixNano: start,
      endUnixNano: end,
      attributes: traceAttributes(tree.trace),
      events: events.get('') ?? [],
    });
  }

  #observation(groups: SpanGroups, tree: ObservationTree, id: string, observation: JsonObject, events: readonly WritableEvent[]): void {
    const start = isoNanos(observation['startTime']);
    if (start === undefined) this.#warnings.add(`observation ${JSON.stringify(id.slice(0, 60))}: its start time is no ISO 8601 time and was left out.`);
    const metadata = metadataOf(observation['metadata'], this.#metadataKeys);
    const spanId = spanIdOf(id, tree.traceId);
    const attributes = observationAttributes(observation, metadata);
    if (spanId !== id.toLowerCase()) attributes.push({ key: 'langfuse.observation.id', value: id });
    const resource = resourceOf(observation, tree.trace, metadata);
    const bearsTrace = tree.bearer === id && !tree.showsTrace;
    const failed = text(observation['level']).toUpperCase() === 'ERROR';
    groups.add(this.#resourceKeys.of('', resource), () => resource, metadata.scope, {
      traceId: tree.traceId,
      spanId,
      parentSpanId: tree.parentOf(id, observation),
      name: text(observation['name']),
      startUnixNano: start ?? 0n,
      endUnixNano: isoNanos(observation['endTime']) ?? (text(observation['type']).toUpperCase() === 'EVENT' ? (start ?? 0n) : 0n),
      statusCode: failed ? 2 : 0,
      statusMessage: text(observation['statusMessage']),
      attributes: bearsTrace ? withTrace(attributes, traceAttributes(tree.trace)) : attributes,
      events: bearsTrace ? [...events, ...tree.eventsOfTrace] : events,
    });
  }
}

/** The observations of one trace: whose parent is whose, and whether the trace itself must stand above them. */
class ObservationTree {
  readonly traceId: string;
  readonly name: string;
  readonly trace: JsonObject;
  /** The earliest first. */
  readonly roots: readonly { readonly id: string; readonly start: bigint }[];
  readonly rootSpanId: string;
  /** One root of the trace's own name stands for it; several, or one of another name, stand below it. */
  readonly showsTrace: boolean;
  /** The observation that tells what is the trace's, where that is not shown itself: the first root, else the first of all. */
  readonly bearer: string | undefined;
  eventsOfTrace: readonly WritableEvent[] = [];
  readonly #observations: ReadonlyMap<string, JsonObject>;

  constructor(id: string, trace: JsonObject, observations: ReadonlyMap<string, JsonObject>) {
    this.#observations = observations;
    this.trace = trace;
    this.traceId = traceIdOf(id);
    this.name = text(trace['name']);
    this.rootSpanId = hashHex(`${id}\u0000trace`, 8);
    const roots: { readonly id: string; readonly start: bigint }[] = [];
    let first: { readonly id: string; readonly start: bigint } | undefined;
    for (const [key, observation] of observations) {
      const one = { id: key, start: isoNanos(observation['startTime']) ?? 0n };
      if (first === undefined || one.start < first.start) first = one;
      if (this.#isRoot(observation)) roots.push(one);
    }
    this.roots = roots.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    const [only] = this.roots;
    this.bearer = (only ?? first)?.id;
    this.showsTrace = observations.size === 0 || (this.name !== '' && only !== undefined && (this.roots.length > 1 || text(observations.get(only.id)?.['name']) !== this.name));
  }

  /** An application's root may have a parent that Langfuse never sees (isRootObservation). */
  #isRoot({ parentObservationId, isRootObservation }: JsonObject): boolean {
    const parent = text(parentObservationId);
    return parent === '' || (isRootObservation === true && !this.#observations.has(parent));
  }

  parentOf(id: string, observation: JsonObject): string {
    if (this.#isRoot(observation)) return this.showsTrace ? this.rootSpanId : '';
    const parent = text(observation['parentObservationId']);
    return parent === id ? '' : spanIdOf(parent, this.traceId);
  }

  interval(): { readonly start: bigint; readonly end: bigint } {
    let start = isoNanos(this.trace['timestamp']);
    let end = start ?? 0n;
    const take = (time: bigint | undefined): void => {
      if (time === undefined) return;
      if (start === undefined || time < start) start = time;
      if (time > end) end = time;
    };
    for (const { startTime, endTime } of this.#observations.values()) {
      take(isoNanos(startTime));
      take(isoNanos(endTime));
    }
    return { start: start ?? 0n, end };
  }

  /** By observation; '' for the trace's own. */
  eventsOf(scores: readonly JsonObject[]): ReadonlyMap<string, readonly WritableEvent[]> {
    const events = new Map<string, WritableEvent[]>();
    for (const score of scores) {
      const subject = isObject(score['subject']) ? score['subject'] : {};
      const id = text(score['observationId']) || (subject['kind'] === 'observation' ? text(subject['id']) : '');
      const of = this.#observations.has(id) ? id : '';
      events.set(of, [...(events.get(of) ?? []), scoreEvent(score)]);
    }
    this.eventsOfTrace = events.get('') ?? [];
    return events;
  }
}

const TRACE_FIELDS = [['name', 'traceName'], ['userId', 'userId'], ['sessionId', 'sessionId'], ['tags', 'tags'], ['release', 'release'], ['environment', 'environment']] as const;

/** v2 of the API knows no traces: what it says of them stands in their observations. */
function traceOf(id: string, observations: Iterable<JsonObject>): JsonObject {
  const trace: Record<string, unknown> = { id };
  for (const observation of observations) {
    for (const [ours, theirs] of TRACE_FIELDS) if (trace[ours] === undefined && observation[theirs] !== null && observation[theirs] !== '') trace[ours] = observation[theirs];
  }
  return trace;
}

function resourceOf(observation: JsonObject, trace: JsonObject, { resource }: LangfuseMetadata): readonly Attribute[] {
  const environment = text(observation['environment']) || text(trace['environment']);
  return environment === '' ? resource : [...resource, { key: 'langfuse.environment', value: environment }];
}

function withTrace(attributes: readonly Attribute[], ofTrace: readonly Attribute[]): readonly Attribute[] {
  const known = new Set(attributes.map(({ key }) => key));
  return [...attributes, ...ofTrace.filter(({ key }) => !known.has(key))];
}

/** 32 digits. UUIDs keep theirs. */
export const traceIdOf = (id: string): string => (id === '' ? '' : (hexOf(id, 32) ?? hashHex(id, 16)));

/** 16 digits. */
const spanIdOf = (id: string, traceId: string): string => hexOf(id, 16) ?? hashHex(`${traceId}\u0000${id}`, 8);

function hexOf(id: string, digits: 16 | 32): string | undefined {
  const hex = digits === 32 && UUID.test(id) ? id.replaceAll('-', '') : id;
  return hex.length === digits ? padHex(hex, digits) : undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function hashHex(value: string, bytes: 8 | 16): string {
  return createHash('sha256').update(value).digest().subarray(0, bytes).toString('hex');
}
