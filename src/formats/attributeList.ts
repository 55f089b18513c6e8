// Attributes that come from several places of a span, each key once: what came first stays. Must not know any format.
import type { Attribute, AttributeValue } from '../model/attributes.ts';

/** So many keys are looked through faster than they are hashed. */
const FEW = 24;

export class AttributeList {
  readonly attributes: Attribute[] = [];
  /** All keys; made when there are many. */
  #keys: Set<string> | undefined;

  add(key: string, value: AttributeValue): void {
    if (this.#has(key)) return;
    this.attributes.push({ key, value });
    this.#keys?.add(key);
  }

  /** `given`: keys may repeat among them. */
  addAll(given: readonly Attribute[]): void {
    for (const attribute of given) {
      this.attributes.push(attribute);
      this.#keys?.add(attribute.key);
    }
  }

  #has(key: string): boolean {
    const { attributes } = this;
    if (attributes.length > FEW) return (this.#keys ??= new Set(attributes.map((attribute) => attribute.key))).has(key);
    for (let k = 0; k < attributes.length; k++) if (attributes[k]!.key === key) return true;
    return false;
  }
}
