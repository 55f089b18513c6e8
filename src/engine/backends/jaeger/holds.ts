// Whether a whole trace meets what was asked, for searches that may ignore it: v3's search before 2.19 takes attributes and does nothing
// with them (jaeger#7594). Must not know how it was asked.
import { decodeSpan } from '../../../formats/spanDecoder.ts';
import type { Attribute } from '../../../model/attributes.ts';
import { attributeText } from '../../../model/attributeText.ts';
import type { AttributeFilter } from '../backend.ts';
import type { SourceTrace } from '../source.ts';
import type { JaegerSearch } from './api.ts';

/** Attributes as Jaeger looks for them: all on one span, its scope, its resource or its events. */
export function holds(trace: SourceTrace, { attributes = [], errorsOnly }: JaegerSearch): boolean {
  if (errorsOnly === true && trace.summary.errors === 0) return false;
  if (attributes.length === 0) return true;
  for (const batch of trace.loaded?.batches ?? []) {
    for (let span = 0; span < batch.count; span++) {
      const { attributes: own, scopeAttributes, resource, events } = decodeSpan(batch, span);
      const all = [own, scopeAttributes, resource, ...events.map((event) => event.attributes)];
      if (attributes.every((filter) => all.some((list) => list.some((attribute) => is(attribute, filter))))) return true;
    }
  }
  return false;
}

const is = ({ key, value }: Attribute, filter: AttributeFilter): boolean => key === filter.key && attributeText(value) === filter.value;
