// fast-check arbitraries of span specs: trees with everything that goes wrong in them. Small ids and times, so that orphans,
// cycles, shared ids, equal times and resent spans happen all the time.
import * as fc from 'fast-check';
import type { SpanSpec } from './batches.ts';

const id = fc.integer({ min: 0, max: 24 }).map((n) => n.toString(16));

/** Anything: cycles, orphans, conflicts, duplicates, negative and unfinished spans. */
const wildSpan: fc.Arbitrary<SpanSpec> = fc.record({
  id,
  parent: fc.oneof({ weight: 3, arbitrary: id }, { weight: 1, arbitrary: fc.constant('') }),
  name: fc.constantFrom('GET /', 'query', 'query', 'publish', ''),
  service: fc.constantFrom('web', 'db', 'queue'),
  start: fc.integer({ min: 0, max: 30 }),
  end: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }) }, { weight: 1, arbitrary: fc.constant(0n) }),
  kind: fc.integer({ min: 0, max: 5 }),
  error: fc.boolean(),
  events: fc.array(fc.record({ at: fc.integer({ min: 0, max: 60 }) }), { maxLength: 2 }),
});

export const wildSpans: fc.Arbitrary<SpanSpec[]> = fc.array(wildSpan, { maxLength: 40 });

/** A forest without oddities in its links, up to `maxLength` spans; times are free. */
export const treeSpans = (maxLength: number): fc.Arbitrary<SpanSpec[]> =>
  fc
    .array(fc.record({ up: fc.nat(), top: fc.integer({ min: 0, max: 20 }), start: fc.integer({ min: 0, max: 100 }), length: fc.integer({ min: 0, max: 60 }), service: fc.nat({ max: 3 }), name: fc.nat({ max: 5 }) }), { minLength: 1, maxLength })
    .map((spans) =>
      spans.map(({ up, top, start, length, service, name }, i) => ({
        id: (i + 1).toString(16),
        parent: i === 0 || top === 0 ? '' : ((up % i) + 1).toString(16),
        start,
        end: start + length,
        service: `service-${service}`,
        name: `operation ${name}`,
      })),
    );
