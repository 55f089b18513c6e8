// Documents of every writer into a running Elasticsearch or OpenSearch: index templates first, as the writers put them there, then one bulk
// request a variant. Each variant has index names of its own, so that one cluster holds them beside each other.
import { ELASTIC_MAPPINGS, type Mappings } from '../../support/fakes/elasticFields.ts';
import { elasticDocuments, type ElasticVariant } from './elasticDocuments.ts';
import type { OtlpDocument } from './otlpTypes.ts';

/** Patterns to read them by. */
export const ELASTIC_PATTERNS: Readonly<Record<ElasticVariant, string>> = {
  jaeger: 'lists-jaeger-span-*', jaegerFields: 'fields-jaeger-span-*', otel: 'traces-*.otel-*', dataPrepper: 'otel-v1-apm-span-flat-*', dataPrepperStandard: 'otel-v1-apm-span-standard-*', ss4o: 'ss4o_traces-*',
};
export const ELASTIC_VARIANTS = Object.keys(ELASTIC_PATTERNS) as readonly ElasticVariant[];

function nameOf(variant: ElasticVariant, index: string): string {
  const own = ELASTIC_PATTERNS[variant];
  if (variant === 'jaeger' || variant === 'jaegerFields') return own.replace('jaeger-span-*', index);
  return variant === 'dataPrepper' || variant === 'dataPrepperStandard' ? own.replace('*', '000001') : index;
}

export async function sendElastic(url: string, variant: ElasticVariant, otlp: OtlpDocument, signal: AbortSignal): Promise<void> {
  const patterns = variant === 'otel' ? [ELASTIC_PATTERNS.otel, 'logs-*.otel-*'] : [ELASTIC_PATTERNS[variant]];
  // Names that others begin with (code.function) are refused among dotted fields: Elasticsearch's own template has no objects there, and this is OpenSearch's.
  const flat = ['otel', 'dataPrepperStandard', 'ss4o'].includes(variant) ? { attributes: { type: 'flat_object' } } : {};
  // SS4O is what a cluster makes of it by itself.
  const known = variant === 'ss4o' ? { properties: {} } : mappingsOf(ELASTIC_MAPPINGS[variant]);
  const mappings = { ...known, properties: { ...known.properties, ...flat } };
  await ask(`${url}/_index_template/tracefall-${variant.toLowerCase()}`, 'PUT', JSON.stringify({ index_patterns: patterns, priority: 200, template: { settings: { number_of_shards: 3, number_of_replicas: 0 }, mappings } }), signal);
  const lines = elasticDocuments(variant, otlp).map(({ index, source }) => `{"create":{"_index":"${nameOf(variant, index)}"}}\n${source}\n`);
  const answer = (await ask(`${url}/_bulk?refresh=true`, 'POST', lines.join(''), signal)) as { readonly errors: boolean; readonly items: readonly { readonly create: { readonly error?: object } }[] };
  const refused = answer.items.find(({ create }) => create.error !== undefined && !isOutOfRange(create.error));
  if (refused !== undefined) throw new Error(`It refused documents: ${JSON.stringify(refused)}`);
}

/** What happens to the writers' own documents of spans that have not ended. */
const isOutOfRange = (error: object): boolean => /\[duration\] of type \[long\].*out of range/s.test(JSON.stringify(error));

/** What it answers of a trace, events that are documents of their own included, to the letter. */
export async function elasticTrace(url: string, variant: ElasticVariant, traceId: string, signal: AbortSignal): Promise<string> {
  const [field, pattern] = variant === 'otel' ? ['trace_id', `${ELASTIC_PATTERNS.otel},logs-*.otel-*`] : [variant.startsWith('jaeger') ? 'traceID' : 'traceId', ELASTIC_PATTERNS[variant]];
  const answer = await send(`${url}/${pattern}/_search`, 'POST', JSON.stringify({ size: 1_000, query: { match: { [field]: traceId } } }), signal);
  if (!answer.includes(traceId)) throw new Error(`${pattern} has nothing of ${traceId}.`);
  return answer;
}

const ask = async (url: string, method: string, body: string, signal: AbortSignal): Promise<unknown> => JSON.parse(await send(url, method, body, signal)) as unknown;

async function send(url: string, method: string, body: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(url, { method, body, headers: { 'content-type': 'application/json' }, signal });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text.slice(0, 500)}`);
  return text;
}

/** Paths that end in "*" are dynamic templates, all others fields. */
function mappingsOf(mappings: Mappings): { readonly date_detection: boolean; readonly dynamic_templates: readonly object[]; readonly properties: object } {
  const templates = Object.entries(mappings).filter(([path]) => path.endsWith('.*') && path !== 'attributes.*');
  return {
    date_detection: false,
    // Maps stay objects.
    dynamic_templates: templates.flatMap(([path, type], k) => ['string', 'long', 'double', 'boolean'].map((of) => ({ [`template${k}${of}`]: { path_match: path, match_mapping_type: of, mapping: { type, ignore_above: 1024 } } }))),
    properties: propertiesOf(Object.entries(mappings).filter(([path]) => !path.endsWith('.*')), ''),
  };
}

function propertiesOf(fields: readonly (readonly [path: string, type: string])[], prefix: string): object {
  const names = new Set(fields.filter(([path]) => path.startsWith(prefix)).map(([path]) => path.slice(prefix.length).split('.')[0]!));
  return Object.fromEntries([...names].map((name) => {
    const type = fields.find(([path]) => path === `${prefix}${name}`)?.[1];
    const properties = propertiesOf(fields, `${prefix}${name}.`);
    return [name, { ...(type === undefined ? {} : { type }), ...(Object.keys(properties).length === 0 ? {} : { properties }) }];
  }));
}
