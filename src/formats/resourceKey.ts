// One text for a resource, so that spans of equal ones are grouped though each brings its own. Must not know whose they are.
import type { Attribute } from '../model/attributes.ts';
import { attributeText, attributeType } from '../model/attributeText.ts';

/** Of what was read, which is bounded, and not of what it was read from. */
export const resourceKeyOf = (service: string, resource: readonly Attribute[]): string => JSON.stringify([service, ...resource.map(({ key, value }) => [key, attributeType(value), attributeText(value)])]);
