// What Elasticsearch and OpenSearch wrap documents in, as answers and files have them: searches (`hits.hits[]._source`), several of them
// (`responses`), one document by its id or a line of an export (`_index`, `_source`), and the action lines of bulk files, which say
// nothing of a span. Must not know what the documents are.
import { isObject, items, type JsonObject } from './jsonFields.ts';

/** The documents themselves. What is wrapped in nothing is one; a list is several. */
export function sourcesOf(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document.some(isWrapped) ? document.flatMap((one) => sourcesOfOne(one)) : document;
  return sourcesOfOne(document);
}

const isWrapped = (value: unknown): boolean => isObject(value) && (isObject(value['_source']) || isObject(value['hits']) || Array.isArray(value['responses']));

function sourcesOfOne(document: unknown): readonly unknown[] {
  if (!isObject(document)) return [document];
  if (Array.isArray(document['responses'])) return items(document['responses']).flatMap(hitsOf);
  return isObject(document['hits']) ? hitsOf(document) : [sourceOf(document)];
}

const hitsOf = (answer: unknown): readonly unknown[] => (isObject(answer) && isObject(answer['hits']) ? items(answer['hits']['hits']).map(sourceOf) : []);

const sourceOf = (hit: unknown): unknown => (isObject(hit) && isObject(hit['_source']) ? hit['_source'] : hit);

const ACTIONS = ['index', 'create', 'update', 'delete'];
const OPTION = /^(?:_\w+|routing|pipeline|version|version_type|require_alias|require_data_stream|retry_on_conflict|list_executed_pipelines|dynamic_templates|if_seq_no|if_primary_term)$/;

/** The line before a document in a bulk file: {"create":{"_index":"…"}}. */
export function isBulkAction(document: unknown): boolean {
  if (!isObject(document)) return false;
  const [name, ...more] = Object.keys(document);
  const options = name !== undefined && more.length === 0 && ACTIONS.includes(name) ? document[name] : undefined;
  return isObject(options) && Object.keys(options).every((option) => OPTION.test(option));
}

/** `path` as one key or as a way through objects: a store may give back either. */
export function at(document: JsonObject, path: string): unknown {
  if (Object.hasOwn(document, path)) return document[path];
  let value: unknown = document;
  for (const part of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}
