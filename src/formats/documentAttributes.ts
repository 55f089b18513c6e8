// Attributes as documents of a search engine hold them: an object whose keys are as they were ("http.route"), with "@" for the dots, or,
// where the store made its source up again from its columns, nested by their dots. Must not know whose documents they are.
import type { Attribute, AttributeValue } from '../model/attributes.ts';
import { MAX_VALUE_DEPTH } from './anyValue.ts';
import { isObject, type JsonObject } from './jsonFields.ts';
import { plainIn } from './plainValue.ts';

/** None for what is no object. */
export type ReadAttributes = (value: unknown) => Attribute[];

/**
 * How attributes are read in a document whose objects of them these are. Names nearly always have dots: where no object has any, and objects
 * stand there instead, the dots became objects; else objects are maps.
 */
export function attributesOfDocument(...all: readonly unknown[]): ReadAttributes {
  const objects = all.filter(isObject);
  const nested = !objects.some((object) => Object.keys(object).some((key) => key.includes('.') || key.includes('@'))) && objects.some((object) => Object.values(object).some(isObject));
  return (value) => (!isObject(value) ? [] : nested ? paths(value) : attributesIn(value, ''));
}

export const documentAttributes: ReadAttributes = (value) => attributesOfDocument(value)(value);

/** "@" stands for dots only where there are none. */
const undotted = (key: string): string => (key.includes('.') ? key : key.replaceAll('@', '.'));

/** Of an object as it stands: those whose keys begin so, without that. */
export const attributesIn = (object: JsonObject, prefix: string): Attribute[] => Object.keys(object).flatMap((key) => (key.startsWith(prefix) ? attributeIn(object, key, key.slice(prefix.length)) : []));

function attributeIn(holder: JsonObject, key: string, name: string): readonly Attribute[] {
  const value: AttributeValue = holder[key] === null ? undefined : plainIn(holder, key);
  return value === undefined ? [] : [{ key: undotted(name), value }];
}

function paths(object: JsonObject): Attribute[] {
  const found: Attribute[] = [];
  const open: (readonly [path: string, holder: JsonObject, key: string, depth: number])[] = Object.keys(object).map((key) => [key, object, key, 0] as const).toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, holder, key, depth] = next;
    const value = holder[key];
    if (isObject(value) && Object.keys(value).length > 0 && depth < MAX_VALUE_DEPTH) open.push(...Object.keys(value).map((inner) => [`${path}.${inner}`, value, inner, depth + 1] as const).toReversed());
    else found.push(...attributeIn(holder, key, path));
  }
  return found;
}
