// Events and links of OpenTelemetry as its exporters put them into Zipkin's spans, read back: an event is an annotation's text, a link a tag
// (collector: pkg/translator/zipkin/zipkinv2; SDKs: specification trace/sdk_exporters/zipkin.md, where Java and Python differ in their quotes).
// What is not wholly one of these stays the text that it is.
import type { Attribute } from '../model/attributes.ts';
import { isObject } from './jsonFields.ts';
import { JsonTextError, parseWithIntegers } from './jsonText.ts';
import type { WritableEvent, WritableLink } from './otlpWriter.ts';
import { plainEntries } from './plainValue.ts';

/** `name|{…}|dropped` of the collector, `"name":{…}` of Java, `{"name":{…}}` of Python, or any text as the name. */
export function eventOf({ timestamp, value }: { readonly timestamp: bigint; readonly value: string }): WritableEvent {
  const event = (name: string, attributes: readonly Attribute[], dropped = 0): WritableEvent => ({ timeUnixNano: timestamp, name, attributes, ...(dropped === 0 ? {} : { droppedAttributes: dropped }) });
  const collector = barred(value);
  if (collector !== undefined) return event(collector.before, collector.attributes, collector.dropped);
  const json = /^".*\}$/s.test(value) ? `{${value}}` : value;
  const named = objectOf(json);
  const [only, ...more] = named === undefined ? [] : Object.entries(named);
  return only !== undefined && more.length === 0 && isObject(only[1]) ? event(only[0], plainEntries(only[1])) : event(value, []);
}

const LINK_IDS = /^([0-9a-f]{32})\|([0-9a-f]{16})\|/;

const NO_LINKS: readonly WritableLink[] = [];

/** The collector's `otlp.link.0`, `otlp.link.1` …; `tags` without them. */
export function linksOf(tags: readonly Attribute[]): { readonly links: readonly WritableLink[]; readonly tags: readonly Attribute[] } {
  if (!tags.some(({ key }) => key.startsWith('otlp.link.'))) return { links: NO_LINKS, tags };
  const links: WritableLink[] = [];
  const rest = tags.filter(({ key, value }) => {
    const link = /^otlp\.link\.\d{1,4}$/.test(key) && typeof value === 'string' ? linkOf(value) : undefined;
    if (link !== undefined) links.push(link);
    return link === undefined;
  });
  return { links, tags: rest };
}

function linkOf(value: string): WritableLink | undefined {
  const [ids, traceId, spanId] = LINK_IDS.exec(value) ?? [];
  const rest = ids === undefined ? undefined : barred(value.slice(ids.length));
  return rest === undefined ? undefined : { traceId: traceId!, spanId: spanId!, traceState: rest.before, attributes: rest.attributes };
}

/** `before|{…}|dropped`, from the first bar before a brace to the last one after. By hand: an expression would cost the square of the text. */
function barred(value: string): { readonly before: string; readonly attributes: readonly Attribute[]; readonly dropped: number } | undefined {
  const [open, close] = [value.indexOf('|{'), value.lastIndexOf('}|')];
  const dropped = value.slice(close + 2);
  const object = open < 0 || close < open || !/^\d{1,9}$/.test(dropped) ? undefined : objectOf(value.slice(open + 1, close + 1));
  return object === undefined ? undefined : { before: value.slice(0, open), attributes: plainEntries(object), dropped: Number(dropped) };
}

function objectOf(json: string): object | undefined {
  if (!json.startsWith('{')) return undefined;
  try {
    const value = parseWithIntegers(json);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}
