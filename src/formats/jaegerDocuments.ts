// Spans as Jaeger stores them in Elasticsearch and OpenSearch (jaeger internal/storage/v2/elasticsearch/tracestore/core/dbmodel/model.go),
// turned into Jaeger's own JSON: the parent has a field of its own, tags stand in lists or as fields ("tag": {"http@method": …}), values of
// listed tags may be text, bytes are hex. Owns what differs; everything else is jaegerJson.ts's.
import type { AttributeValue } from '../model/attributes.ts';
import { attributeText } from '../model/attributeText.ts';
import { padHex } from '../model/ids.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { sourcesOf } from './elasticHits.ts';
import { FormatError } from './formatError.ts';
import { JaegerConverter } from './jaegerJson.ts';
import { isObject, items, type JsonObject, text } from './jsonFields.ts';
import { dottedEntries } from './plainValue.ts';

/** Documents of a search's answer, or one by itself; undefined where none of them is a span of Jaeger's. */
export function jaegerDocumentsOf(document: unknown): readonly unknown[] | undefined {
  const sources = sourcesOf(document);
  return sources.some(isJaegerDocument) ? sources : undefined;
}

const isJaegerDocument = (value: unknown): value is JsonObject => isObject(value) && 'traceID' in value && 'spanID' in value && 'operationName' in value && isObject(value['process']) && !('spans' in value);

/** Takes any number of documents and gives one batch. */
export class JaegerDocumentConverter {
  readonly #converter = new JaegerConverter();
  /** Spans of one process name the same one. */
  readonly #processes = new Map<string, JsonObject>();

  add(document: unknown, where = ''): void {
    const sources = jaegerDocumentsOf(document);
    if (sources === undefined) throw new FormatError(`${where}no span of Jaeger's: documents with "traceID", "spanID", "operationName" and "process" were expected.`, 0);
    this.#converter.add({ traceID: '', processes: {}, spans: sources.map((source) => (isObject(source) ? this.#span(source) : source)) }, where);
  }

  finish(): SpanBatch {
    return this.#converter.finish();
  }

  #span(document: JsonObject): JsonObject {
    const process = isObject(document['process']) ? document['process'] : {};
    const serviceName = text(process['serviceName']);
    const tags = tagsOf(process);
    const key = JSON.stringify([serviceName, ...tags.filter(isObject).map((tag) => [text(tag['key']), text(tag['type']), text(tag['value'])])]);
    let known = this.#processes.get(key);
    if (known === undefined) this.#processes.set(key, (known = { serviceName, tags }));
    const logs = items(document['logs']).map((log) => (isObject(log) ? { ...log, fields: items(log['fields']).map(asJaegerTag) } : log));
    return { ...document, process: known, tags: tagsOf(document), scopeTags: tagsOf({ tags: document['scopeTags'], tag: document['scopeTag'] }), logs, references: referencesOf(document) };
  }
}

/** Since 2.20 the parent is a field alone, and references are links; before, it is a reference too. */
function referencesOf(document: JsonObject): readonly unknown[] {
  const references = items(document['references']);
  const parent = padHex(text(document['parentSpanID']), 16);
  if (parent === undefined) return references;
  const trace = padHex(text(document['traceID']), 32);
  const itself = references.findIndex((reference) => isObject(reference) && padHex(text(reference['spanID']), 16) === parent && padHex(text(reference['traceID']), 32) === trace);
  return [{ refType: 'CHILD_OF', traceID: document['traceID'], spanID: parent }, ...references.filter((_reference, k) => k !== itself)];
}

function tagsOf({ tags, tag }: JsonObject): readonly unknown[] {
  return [...items(tags).map(asJaegerTag), ...(isObject(tag) ? dottedEntries(tag, '').map(({ key, value }) => fieldTag(key.slice(1).replaceAll('@', '.'), value)) : [])];
}

/** A field has no type beside it: it is what its value is. */
const fieldTag = (key: string, value: AttributeValue): JsonObject =>
  typeof value === 'bigint' ? { key, type: 'int64', value: String(value) } : typeof value === 'number' ? { key, type: 'float64', value } : typeof value === 'object' ? { key, type: 'string', value: attributeText(value) } : { key, value };

const HEX = /^(?:[0-9a-fA-F]{2})+$/;

function asJaegerTag(tag: unknown): unknown {
  if (!isObject(tag) || text(tag['type']).toLowerCase() !== 'binary') return tag;
  const value = text(tag['value']);
  return HEX.test(value) ? { ...tag, value: Buffer.from(value, 'hex').toString('base64') } : tag;
}
