// One Langfuse observation, and what its trace says, as OpenTelemetry attributes: Langfuse's own names (langfuse.*, as its SDKs write them) and
// gen_ai.* where there is one (research/features.md §4.1). What an OpenTelemetry SDK sent comes back out of `metadata` as it was. Knows no tree.
import type { Attribute, AttributeValue } from '../model/attributes.ts';
import { MAX_VALUE_DEPTH, TOO_DEEP } from './anyValue.ts';
import { AttributeList } from './attributeList.ts';
import { isoNanos } from './isoTime.ts';
import { attributesOf } from './jsonAnyValue.ts';
import { isObject, text, type JsonObject } from './jsonFields.ts';
import type { WritableEvent } from './otlpWriter.ts';
import type { GroupScope } from './spanGroups.ts';

/** The parts that Langfuse's OTLP ingestion puts into `metadata`. */
export interface LangfuseMetadata {
  readonly attributes: readonly Attribute[];
  readonly resource: readonly Attribute[];
  readonly scope: GroupScope;
  readonly other: readonly (readonly [key: string, value: unknown])[];
}

interface Parts extends LangfuseMetadata {
  readonly attributes: Attribute[];
  readonly resource: Attribute[];
  readonly scope: { name: string; version: string; readonly attributes: Attribute[] };
  readonly other: (readonly [key: string, value: unknown])[];
}

const PARTS = ['resourceAttributes', 'attributes', 'scope'] as const;
type Part = (typeof PARTS)[number];

interface KeyPlace {
  /** undefined: it is none of OpenTelemetry's. */
  readonly part: Part | undefined;
  /** Behind the part and its dot; "" for the part as a whole. */
  readonly name: string;
}

const KNOWN_KEYS = 4096;

/** Keys of metadata, taken apart once: all observations have the same. */
export class MetadataKeys {
  readonly #places = new Map<string, KeyPlace>();

  placeOf(key: string): KeyPlace {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const dot = key.indexOf('.');
    const part = dot < 0 ? key : key.slice(0, dot);
    const name = dot < 0 ? '' : key.slice(dot + 1);
    const place = { part: dot < 0 || name !== '' ? PARTS.find((one) => one === part) : undefined, name };
    if (this.#places.size < KNOWN_KEYS) this.#places.set(key, place);
    return place;
  }
}

/** An object, or (UI exports) its JSON; v2 has it flat, with dots. */
export function metadataOf(value: unknown, keys: MetadataKeys): LangfuseMetadata {
  const parsed = parsedText(value);
  const parts: Parts = { attributes: [], resource: [], scope: { name: '', version: '', attributes: [] }, other: [] };
  if (!isObject(parsed)) {
    if (parsed !== undefined && parsed !== null) parts.other.push(['', parsed]);
    return parts;
  }
  for (const key of Object.keys(parsed)) {
    const inner = parsed[key];
    const { part, name } = keys.placeOf(key);
    const object = part !== undefined && name === '' ? parsedText(inner) : undefined;
    if (part !== undefined && name !== '') put(parts, part, name, inner);
    else if (part !== undefined && isObject(object)) for (const within of Object.keys(object)) put(parts, part, within, object[within]);
    else parts.other.push([key, inner]);
  }
  return parts;
}

function put({ attributes, resource, scope }: Parts, part: Part, key: string, value: unknown): void {
  if (part === 'attributes') attributes.push(asSent(key, value));
  else if (part === 'resourceAttributes') resource.push({ key, value: plain(value) });
  else if (key === 'name' || key === 'version') scope[key] = text(value);
  else if (key.startsWith('attributes.')) scope.attributes.push(asSent(key.slice('attributes.'.length), value));
  else if (key === 'attributes' && isObject(value)) for (const [name, inner] of Object.entries(value)) scope.attributes.push(asSent(name, inner));
}

export function observationAttributes(observation: JsonObject, metadata: LangfuseMetadata): Attribute[] {
  const list = new LangfuseList();
  list.addAll(metadata.attributes);
  const usage = isObject(observation['usageDetails']) ? observation['usageDetails'] : {};
  const cost = isObject(observation['costDetails']) ? observation['costDetails'] : {};
  const model = text(observation['providedModelName']) || text(observation['model']);
  list.add('langfuse.observation.type', text(observation['type']).toLowerCase());
  list.add('langfuse.observation.level', text(observation['level']));
  list.add('gen_ai.request.model', model);
  list.add('langfuse.observation.model.name', model);
  list.add('langfuse.observation.model.parameters', jsonText(observation['modelParameters']));
  for (const [ours, theirs] of PARAMETERS) list.add(ours, plain(own(observation['modelParameters'], theirs)));
  for (const [ours, theirs, also] of USAGE) list.add(ours, tokensOf(usage, theirs, also));
  list.add('langfuse.observation.usage_details', jsonText(observation['usageDetails']));
  list.add('gen_ai.usage.cost', numberOf(own(cost, 'total') ?? observation['totalCost'] ?? observation['calculatedTotalCost']));
  list.add('langfuse.observation.cost_details', jsonText(observation['costDetails']));
  list.add('langfuse.observation.prompt.name', text(observation['promptName']));
  list.add('langfuse.observation.prompt.version', integerOf(observation['promptVersion']));
  list.add('langfuse.observation.completion_start_time', text(observation['completionStartTime']));
  list.add('gen_ai.response.time_to_first_chunk', firstChunk(observation));
  list.add('langfuse.observation.input', ioText(observation['input']));
  list.add('langfuse.observation.output', ioText(observation['output']));
  for (const [key, value] of metadata.other) list.add(`langfuse.observation.metadata${key === '' ? '' : `.${key}`}`, ioText(value));
  list.add('langfuse.version', text(observation['version']));
  return list.attributes;
}

/** What belongs to the whole trace; on its root. */
export function traceAttributes(trace: JsonObject): Attribute[] {
  const list = new LangfuseList();
  list.add('langfuse.trace.name', text(trace['name']));
  list.add('user.id', text(trace['userId']));
  list.add('session.id', text(trace['sessionId']));
  if (Array.isArray(trace['tags']) && trace['tags'].length > 0) list.add('langfuse.trace.tags', trace['tags'].map(text));
  list.add('langfuse.release', text(trace['release']));
  list.add('langfuse.trace.version', text(trace['version']));
  list.add('langfuse.trace.cost', numberOf(trace['totalCost'], 0));
  list.add('langfuse.trace.input', ioText(trace['input']));
  list.add('langfuse.trace.output', ioText(trace['output']));
  for (const [key, value] of metadataOf(trace['metadata'], new MetadataKeys()).other) list.add(`langfuse.trace.metadata${key === '' ? '' : `.${key}`}`, ioText(value));
  return list.attributes;
}

/** As the semantic conventions say evaluations are told: an event on what was judged. */
export function scoreEvent(score: JsonObject): WritableEvent {
  const list = new LangfuseList();
  const { value } = score;
  const label = typeof value === 'string' ? value : text(score['stringValue']) || text(score['longStringValue']);
  list.add('gen_ai.evaluation.name', text(score['name']));
  list.add('gen_ai.evaluation.score.value', typeof value === 'boolean' ? Number(value) : numberOf(value));
  list.add('gen_ai.evaluation.score.label', label || (typeof value === 'boolean' ? String(value) : ''));
  list.add('gen_ai.evaluation.explanation', text(score['comment']));
  list.add('langfuse.score.source', text(score['source']));
  list.add('langfuse.score.data_type', text(score['dataType']));
  return { timeUnixNano: isoNanos(score['timestamp']) ?? isoNanos(score['createdAt']) ?? 0n, name: 'gen_ai.evaluation.result', attributes: list.attributes };
}

const PARAMETERS: readonly (readonly [ours: string, theirs: string])[] = [
  ['gen_ai.request.temperature', 'temperature'],
  ['gen_ai.request.top_p', 'top_p'],
  ['gen_ai.request.max_tokens', 'max_tokens'],
];

/** Keys as Langfuse's own integrations write them: what begins with input or output is summed there, as OpenTelemetry counts them. */
const USAGE: readonly (readonly [ours: string, theirs: RegExp, also: readonly string[]])[] = [
  ['gen_ai.usage.input_tokens', /^input/, ['prompt_tokens']],
  ['gen_ai.usage.output_tokens', /^output/, ['completion_tokens']],
  ['gen_ai.usage.cache_read.input_tokens', /^(input_cache_read|cache_read_input_tokens|input_cached_tokens)$/, []],
  ['gen_ai.usage.cache_write.input_tokens', /^(input_cache_creation|cache_creation_input_tokens)$/, []],
  ['gen_ai.usage.reasoning.output_tokens', /^output_reasoning(_tokens)?$/, []],
];

function tokensOf(usage: JsonObject, theirs: RegExp, also: readonly string[]): bigint | undefined {
  const given = Object.keys(usage);
  if (given.length === 0) return undefined;
  const counts = (keys: readonly string[]): bigint[] => keys.map((key) => integerOf(usage[key])).filter((count) => count !== undefined);
  const named = counts(given.filter((key) => theirs.test(key)));
  const found = named.length > 0 ? named : counts(also.filter((key) => Object.hasOwn(usage, key)));
  return found.length === 0 ? undefined : found.reduce((sum, count) => sum + count, 0n);
}

/** What is empty is not there, and what the program itself said is never said again. */
class LangfuseList extends AttributeList {
  override add(key: string, value: AttributeValue): void {
    if (value !== undefined && value !== '') super.add(key, value);
  }
}

const own = (object: unknown, key: string): unknown => (isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined);

function integerOf(value: unknown): bigint | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isSafeInteger(number) ? BigInt(number) : undefined;
}

/** Numbers, and decimal text of them; -1 stands for "not asked for" in some answers. */
function numberOf(value: unknown, least = Number.NEGATIVE_INFINITY): number | undefined {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?(e-?\d+)?$/i.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= least ? number : undefined;
}

/** s. */
function firstChunk(observation: JsonObject): number | undefined {
  const given = numberOf(observation['timeToFirstToken'], 0);
  if (given !== undefined) return given;
  const first = isoNanos(observation['completionStartTime']);
  const start = first === undefined ? undefined : isoNanos(observation['startTime']);
  return start === undefined || first === undefined || first < start ? undefined : Number(first - start) / 1e9;
}

/** Text is as it came, or out of the quotes that exports put around it; all else is JSON. */
function ioText(value: unknown): string | undefined {
  if (typeof value !== 'string') return jsonText(value);
  const inner = value.startsWith('"') && value.endsWith('"') ? parsedText(value) : value;
  return typeof inner === 'string' ? inner : value;
}

function jsonText(value: unknown): string | undefined {
  if (value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0)) return undefined;
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return TOO_DEEP;
    throw error;
  }
}

/** JSON in a string is what it says; any other value is itself. */
function parsedText(value: unknown): unknown {
  if (typeof value !== 'string' || value === '' || !/^\s*[{["]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch (error) {
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}

/** Maps and bytes of OpenTelemetry are kept as the text of their OTLP/JSON. */
function asSent(key: string, value: unknown): Attribute {
  const parsed = typeof value === 'string' && value.startsWith('{"') && /^\{"(kvlistValue|bytesValue|arrayValue)":/.test(value) ? parsedText(value) : undefined;
  const [read] = isObject(parsed) ? attributesOf([{ key, value: parsed }], { rounded: false }, () => undefined) : [];
  return read ?? { key, value: plain(value) };
}

function plain(value: unknown, depth = 0): AttributeValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (depth >= MAX_VALUE_DEPTH) return TOO_DEEP;
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  return isObject(value) ? { entries: Object.entries(value).map(([key, inner]) => ({ key, value: plain(inner, depth + 1) })) } : undefined;
}
