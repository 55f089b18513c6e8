// Which indices hold spans, and how: found by the fields that their mappings have, which a right to read them is enough for. Names of fields
// are those that can be sorted and counted by: the field itself, or its keyword where an index was made without its writer's template.
import { BackendError } from '../backend.ts';
import type { ElasticServer, FieldType } from './elasticServer.ts';
import { LAYOUTS, type Layout } from './layouts.ts';

export interface SpanIndices {
  readonly layout: Layout;
  readonly pattern: string;
  readonly eventsPattern: string | undefined;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string;
  readonly service: string;
  readonly operation: string;
  readonly orderIsDate: boolean;
  readonly hasDuration: boolean;
  /** A span's end where there is no duration (SS4O). */
  readonly end: string | undefined;
}

const KEYWORD = '.keyword';

/** One for every layout that is there. `picked`: a pattern instead of the usual ones. Throws where it may be told nothing. */
export async function spanIndices(server: ElasticServer, picked: string, signal: AbortSignal): Promise<readonly SpanIndices[]> {
  const asked = await Promise.allSettled(LAYOUTS.map((layout) => inPattern(server, layout, picked, signal)));
  const found = asked.flatMap((one) => (one.status === 'fulfilled' && one.value !== undefined ? [one.value] : []));
  // To see some of them and not others is usual.
  const failed = asked.find((one) => one.status === 'rejected');
  if (found.length === 0 && failed !== undefined) throw failed.reason;
  return found;
}

/** The beginning of a sentence. */
export const kindsOf = (found: readonly SpanIndices[]): string => `There are spans of ${found.map(({ layout }) => layout.label).join(' and of ')}`;

/** Throws unsupported where there is none, or several. */
export function pickIndices(found: readonly SpanIndices[], picked: string): SpanIndices {
  const [only, second] = found;
  if (only === undefined) {
    const where = picked === '' ? LAYOUTS.map(({ pattern }) => pattern).join(', ') : picked.slice(0, 120);
    throw new BackendError('unsupported', `There are no indices of spans that these credentials may read in ${where}: neither of Jaeger, nor of the collector's OTel mode, nor of Data Prepper. Edit the connection and give the pattern of the indices, or ask for the right to read them.`);
  }
  if (second === undefined) return only;
  const which = picked === '' ? `: edit the connection and pick one of ${found.map(({ pattern }) => pattern).join(' or ')}` : ` in ${picked.slice(0, 120)}: edit the connection and give a pattern of indices that hold one kind`;
  throw new BackendError('unsupported', `${kindsOf(found)}${which}.`);
}

async function inPattern(server: ElasticServer, layout: Layout, picked: string, signal: AbortSignal): Promise<SpanIndices | undefined> {
  const pattern = picked === '' ? layout.pattern : picked;
  const texts = [layout.traceId, layout.spanId, layout.parent, ...layout.services, layout.operation];
  const known = await server.fields(pattern, [...texts, ...texts.map((field) => `${field}${KEYWORD}`), layout.time, layout.order, layout.duration, ...(layout.end === undefined ? [] : [layout.end])], signal);
  const usable = (field: string): string | undefined => [field, `${field}${KEYWORD}`].find((name) => known?.fields.get(name)?.aggregatable === true);
  const traceId = usable(layout.traceId);
  const time = known?.fields.get(layout.time);
  if (known === undefined || traceId === undefined || time?.aggregatable !== true || !isDate(time)) return undefined;
  const end = layout.end === undefined ? undefined : known.fields.get(layout.end);
  const service = layout.services.map(usable).find((field) => field !== undefined);
  const operation = usable(layout.operation);
  // Without these it is an index of something else that names its traces alike: logs.
  if (service === undefined || operation === undefined) return undefined;
  return {
    layout,
    pattern,
    eventsPattern: layout.eventsPattern === undefined ? undefined : picked.includes('traces-') ? picked.replaceAll('traces-', 'logs-') : layout.eventsPattern,
    traceId,
    spanId: usable(layout.spanId) ?? layout.spanId,
    parent: usable(layout.parent) ?? layout.parent,
    service,
    operation,
    orderIsDate: known.fields.get(layout.order)?.types.some((type) => type.startsWith('date')) === true,
    hasDuration: known.fields.get(layout.duration)?.aggregatable === true,
    end: end?.aggregatable === true && isDate(end) ? layout.end : undefined,
  };
}

const isDate = ({ types }: FieldType): boolean => types.every((type) => type.startsWith('date'));
