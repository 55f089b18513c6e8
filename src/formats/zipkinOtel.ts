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
  const collector = /^(.*?)\|(\{.*\})\|(\d{1,9})$/s.exec(value);
  const ofCollector = collector === null ? undefined : entriesOf(collector[2]!);
  if (ofCollector !== undefined) return event(collector![1]!, ofCollector, Number(collector![3]));
  const json = /^".*\}$/s.test(value) ? `{${value}}` : value;
  const named = objectOf(json);
  const [only, ...more] = named === undefined ? [] : Object.entries(named);
  return only !== undefined && more.length === 0 && isObject(only[1]) ? event(only[0], plainEntries(only[1])) : event(value, []);
}

const LINK = /^([0-9a-f]{32})\|([0-9a-f]{16})\|(.*?)\|(\{.*\})\|\d{1,9}$/s;

/** The collector's `otlp.link.0`, `otlp.link.1` …; `tags` without them. */
export function linksOf(tags: readonly Attribute[]): { readonly links: readonly WritableLink[]; readonly tags: readonly Attribute[] } {
  const links: WritableLink[] = [];
  const rest = tags.filter(({ key, value }) => {
    const link = /^otlp\.link\.\d{1,4}$/.test(key) && typeof value === 'string' ? LINK.exec(value) : null;
    const attributes = link === null ? undefined : entriesOf(link[4]!);
    if (attributes !== undefined) links.push({ traceId: link![1]!, spanId: link![2]!, traceState: link![3]!, attributes });
    return attributes === undefined;
  });
  return { links, tags: rest };
}

function entriesOf(json: string): readonly Attribute[] | undefined {
  const object = objectOf(json);
  return object === undefined ? undefined : plainEntries(object);
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
