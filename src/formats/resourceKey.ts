// One text for a resource or a scope, so that spans of equal ones are grouped though each brings its own. Must not know whose they are.
import type { Attribute } from '../model/attributes.ts';
import { attributeText, attributeType } from '../model/attributeText.ts';

/** Of what was read, which is bounded, and not of what it was read from. */
const resourceKeyOf = (name: string, attributes: readonly Attribute[]): string => JSON.stringify([name, ...attributes.map(({ key, value }) => [key, attributeType(value), attributeText(value)])]);

/** So many are compared before a key is made anew. */
const RECENT = 16;

/** Keys of a stream of spans: nearly every one brings what one of the latest brought, and comparing is cheaper than writing. */
export class ResourceKeys {
  readonly #recent: { readonly name: string; readonly attributes: readonly Attribute[]; readonly key: string }[] = [];

  of(name: string, attributes: readonly Attribute[]): string {
    const recent = this.#recent;
    for (let k = 0; k < recent.length; k++) {
      const known = recent[k]!;
      if (known.name !== name || !areSame(known.attributes, attributes)) continue;
      if (k > 0) [recent[k - 1], recent[k]] = [known, recent[k - 1]!];
      return known.key;
    }
    const key = resourceKeyOf(name, attributes);
    if (recent.length === RECENT) recent.pop();
    recent.push({ name, attributes, key });
    return key;
  }
}

/** False as well where lists and maps would have to be looked into. */
function areSame(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (a[k]!.key !== b[k]!.key || !Object.is(a[k]!.value, b[k]!.value)) return false;
  return true;
}
