// Attributes as documents of a search engine hold them: an object whose keys are as they were ("http.route"), with "@" for the dots, or,
// where the store made its source up again from its columns, nested by their dots. Must not know whose documents they are.
import type { Attribute } from '../model/attributes.ts';
import { MAX_VALUE_DEPTH } from './anyValue.ts';
import { isObject, type JsonObject } from './jsonFields.ts';
import { plainValue } from './plainValue.ts';

/** None for what is no object. */
export type ReadAttributes = (value: unknown) => Attribute[];

/**
 * How attributes are read in a document whose objects of them these are. Names nearly always have dots: where no object has any, and objects
 * stand there instead, the dots became objects; else objects are maps.
 */
export function attributesOfDocument(...all: readonly unknown[]): ReadAttributes {
  const objects = all.filter(isObject);
  const nested = !objects.some((object) => Object.keys(object).some((key) => key.includes('.') || key.includes('@'))) && objects.some((object) => Object.values(object).some(isObject));
  return (value) => (!isObject(value) ? [] : (nested ? paths(value) : Object.entries(value)).flatMap(([key, inner]) => (inner === undefined || inner === null ? [] : [{ key: undotted(key), value: plainValue(inner) }])));
}

export const documentAttributes: ReadAttributes = (value) => attributesOfDocument(value)(value);

/** "@" stands for dots only where there are none. */
export const undotted = (key: string): string => (key.includes('.') ? key : key.replaceAll('@', '.'));

function paths(object: JsonObject): (readonly [path: string, value: unknown])[] {
  const found: (readonly [string, unknown])[] = [];
  const open: (readonly [path: string, value: unknown, depth: number])[] = Object.entries(object).map(([key, value]) => [key, value, 0] as const).toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, value, depth] = next;
    if (isObject(value) && Object.keys(value).length > 0 && depth < MAX_VALUE_DEPTH) open.push(...Object.entries(value).map(([key, inner]) => [`${path}.${key}`, inner, depth + 1] as const).toReversed());
    else found.push([path, value]);
  }
  return found;
}
