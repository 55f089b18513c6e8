// What of a span may leave the waterfall: the whole text of an attribute, and http(s) addresses. Pure.
import type { WireSpanDetails } from '../protocol/messages.ts';

const URL_MAX = 8192;

/** A normalised http(s) URL without credentials; undefined for anything else. */
export function httpUrl(text: string | undefined): string | undefined {
  if (text === undefined || text.length > URL_MAX || !/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb && url.username === '' && url.password === '' && url.hostname !== '' ? url.href : undefined;
}

/** The attribute's text; where the wire cut it, the whole of it from the raw span. "" where there is no such attribute. */
export function attributeText(details: WireSpanDetails, index: number): string {
  const attribute = details.attributes[index];
  if (attribute === undefined) return '';
  return attribute.fullLength === undefined ? attribute.text : (wholeString(details.raw, attribute.key) ?? attribute.text);
}

function wholeString(raw: string, key: string): string | undefined {
  const span = JSON.parse(raw) as { attributes?: readonly { key?: unknown; value?: { stringValue?: unknown } }[] };
  const value = span.attributes?.find((attribute) => attribute.key === key)?.value?.stringValue;
  return typeof value === 'string' ? value : undefined;
}
