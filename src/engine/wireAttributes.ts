// Attributes as they travel to the details panel: type by name, text exact to the bit, cut at 64 kB with the full length said.
// Must not know where they are drawn.
import type { Attribute } from '../model/attributes.ts';
import { attributeText, attributeType } from '../model/attributeText.ts';
import type { WireAttribute } from '../protocol/messages.ts';

/** UTF-16 units. */
export const MAX_TEXT = 65_536;

export function wireAttributes(attributes: readonly Attribute[]): WireAttribute[] {
  return attributes.map(({ key, value }) => {
    const full = attributeText(value);
    const text = cutText(full);
    return { key: cutText(key), type: attributeType(value), text, ...(text.length < full.length ? { fullLength: full.length } : {}) };
  });
}

/** At most MAX_TEXT units, never half of a surrogate pair. */
function cutText(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  const last = text.charCodeAt(MAX_TEXT - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? MAX_TEXT - 1 : MAX_TEXT);
}
