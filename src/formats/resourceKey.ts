// One text for a resource or a scope, so that spans of equal ones are grouped though each brings its own. Must not know whose they are.
import type { Attribute } from '../model/attributes.ts';
import { attributeText, attributeType } from '../model/attributeText.ts';

/** Of what was read, which is bounded, and not of what it was read from. */
export const resourceKeyOf = (name: string, attributes: readonly Attribute[]): string => JSON.stringify([name, ...attributes.map(({ key, value }) => [key, attributeType(value), attributeText(value)])]);
