import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parseQuery, runSearch, searchSteps, type Term } from '../../../src/analysis/search.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { BASE, batchOf, type SpanSpec, type SpecAttributes, type SpecValue, TRACE_ID } from '../../support/batches.ts';

const build = (...batches: readonly (readonly SpanSpec[])[]): Trace => buildTrace(TRACE_ID, batches.map((specs) => ({ batch: batchOf(specs) })));

function termsOf(query: string): readonly Term[] {
  const parsed = parseQuery(query);
  if (parsed.problem !== undefined) throw new Error(parsed.problem);
  return parsed.terms;
}
const search = (trace: Trace, query: string): string => [...runSearch(trace, termsOf(query))].join(' ');

const shop = build(
  [
    { id: 'f0000001', name: 'POST /checkout', service: 'gateway', start: 0, end: 9_000_000, kind: 2, attributes: { 'http.route': '/Checkout', 'http.status_code': 500, ratio: 0.5, sampled: true }, resource: { 'deployment.environment': 'prod' } },
    { id: '2', parent: 'f0000001', name: 'charge', service: 'payments', start: 1_000_000, end: 8_000_000, kind: 3, error: true, statusMessage: 'Card declined', attributes: { 'code.function': 'charge', 'retry.count': 3n, amount: '12.50' } },
  ],
  [
    { id: '3', parent: '2', name: 'INSERT', service: 'db', start: 2_000_000, end: 2_000_500, attributes: { 'db.system': 'postgresql', tags: ['Red', 'blue', 7], big: 9_007_199_254_740_993n, negative: -5 } },
    { id: '4', parent: '2', name: 'publish', service: 'payments', start: 3_000_000, end: 0n, kind: 4, events: [{ at: 3_000_001, name: 'exception', attributes: { 'exception.type': 'TimeoutError' } }], links: [{ trace: 'a', span: 'b' }] },
  ],
);

describe('runSearch', () => {
  const cases: readonly [string, string][] = [
    ['', ''],
    ['checkout', '0'],
    ['CHARGE', '1'],
    ['payments', '1 3'],
    ['declined', '1'],
    ['"card declined"', '1'],
    ['card declined', '1'],
    ['card postgresql', ''],
    ['exception.type', '3'],
    ['timeouterror', '3'],
    ['exception', '3'],
    ['blue', '2'],
    ['500', '0'],
    ['9007199254740993', '2'],
    ['true', '0'],
    ['0.5', '0'],
    ['prod', ''],
    ['deployment.environment=prod', '0'],
    ['deployment.environment!=test', '0'],
    ['service.name=DB', '2'],
    ['service:pay', '1 3'],
    ['service=pay', ''],
    ['service=Payments', '1 3'],
    ['service!=payments', '0 2'],
    ['-service:pay', '0 2'],
    ['name:ins', '2'],
    ['name!=insert', '0 1 3'],
    ['duration>1ms', '0 1'],
    ['duration<=500ns', '2 3'],
    ['duration=0', '3'],
    ['error', '1'],
    ['-error', '0 2 3'],
    ['status:unset', '0 2 3'],
    ['kind:producer', '3'],
    ['kind!=internal', '0 1 3'],
    ['has:code', '1'],
    ['has:events', '3'],
    ['has:links', '3'],
    ['has:inprogress', '3'],
    ['has:children', '0 1'],
    ['-has:children', '2 3'],
    ['id:00000000f', '0'],
    ['id:0000000000000002', '1'],
    ['http.route=/checkout', '0'],
    ['http.route:check', '0'],
    ['http.route!=/cart', '0'],
    ['http.route!=/checkout', ''],
    ['-http.route=/checkout', '1 2 3'],
    ['http.status_code=500', '0'],
    ['http.status_code=50', ''],
    ['http.status_code>499', '0'],
    ['http.status_code>500', ''],
    ['http.status_code>=500 http.status_code<=500', '0'],
    ['retry.count>2', '1'],
    ['amount>12', '1'],
    ['amount=12.5', ''],
    ['ratio=.5', '0'],
    ['ratio<1', '0'],
    ['sampled=TRUE', '0'],
    ['negative<0', '2'],
    ['negative=-5', '2'],
    ['tags=red', '2'],
    ['tags=7', '2'],
    ['tags!=red', ''],
    ['tags!=green', '2'],
    ['tags>6', '2'],
    ['exception.type=timeouterror', '3'],
    ['db.system>1', ''],
    ['nothing=1', ''],
    ['HTTP.ROUTE=/checkout', ''],
    ['payments error duration>1ms', '1'],
  ];
  for (const [query, rows] of cases) it(`${query === '' ? 'nothing' : query} → ${rows === '' ? 'none' : rows}`, () => assert.equal(search(shop, query), rows));

  it('does not look into ids, times and other bytes that are no text', () => {
    const trace = build([{ id: '6162636465666768', start: BASE, end: BASE, name: 'n' }]);
    assert.equal(search(trace, 'abcdefgh'), '');
  });

  it('gives way while it reads bytes', () => {
    const trace = build(Array.from({ length: 10_000 }, (_, k) => ({ id: (k + 1).toString(16), attributes: { k: 'v' } })));
    let yields = 0;
    const steps = searchSteps(trace, termsOf('k=v'));
    let step = steps.next();
    for (; !step.done; step = steps.next()) yields++;
    assert.equal(step.value.length, 10_000);
    assert.ok(yields >= 5, `${yields} yields`);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom('abc', '5', 'k=v', 'k>1', '-k!=v', 'ü'), (bytes, query) => {
        const batch = batchOf([{ id: '1' }]);
        const trace = buildTrace(TRACE_ID, [{ batch: { ...batch, bytes, spanOffset: Uint32Array.of(0), spanLength: Uint32Array.of(bytes.length), resources: [] } }]);
        assert.ok(runSearch(trace, termsOf(query)).length <= 1);
      }),
      { numRuns: 3_000 },
    );
  });

  describe('equals brute force over the values', () => {
    const scalars = (value: SpecValue): string[] => (Array.isArray(value) ? value.flatMap(scalars) : [String(value)]);
    const attributesOf = (spec: SpanSpec): [string, SpecValue][] => [...Object.entries(spec.attributes ?? {}), ...(spec.events ?? []).flatMap((event) => Object.entries(event.attributes ?? {}))];
    const value: fc.Arbitrary<SpecValue> = fc.oneof(
      fc.constantFrom('red', 'Green', 'blue red', '5', '-1', '', 'true', 'größe'),
      fc.integer({ min: -3, max: 600 }),
      fc.constantFrom(0.5, -2.25, 1e21, 2n ** 60n),
      fc.boolean(),
      fc.array(fc.constantFrom('red', 5, true), { maxLength: 3 }),
    );
    const attributes: fc.Arbitrary<SpecAttributes> = fc.dictionary(fc.constantFrom('a', 'b', 'colour'), value, { maxKeys: 3 });
    const spans = fc.array(
      fc.record({
        name: fc.constantFrom('GET', 'red', 'query'),
        service: fc.constantFrom('web', 'db'),
        statusMessage: fc.constantFrom('', 'too red'),
        attributes,
        events: fc.array(fc.record({ at: fc.constant(1), name: fc.constantFrom('', 'Blue'), attributes }), { maxLength: 2 }),
      }),
      { maxLength: 12 },
    );

    it('for words', () => {
      fc.assert(
        fc.property(spans, fc.constantFrom('red', '5', 'e', 'true', 'b', 'RÖSSE', 'größ', 'too', '-1', '.', '1152921504606846976'), (specs, word) => {
          const given = specs.map((spec, k): SpanSpec => ({ ...spec, id: (k + 1).toString(16), start: k }));
          const needle = word.toLowerCase();
          const texts = (spec: SpanSpec): string[] => [spec.name!, spec.service!, spec.statusMessage!, ...spec.events!.map((event) => event.name!), ...attributesOf(spec).flatMap(([key, v]) => [key, ...scalars(v)])];
          const expected = given.flatMap((spec, row) => (texts(spec).some((text) => text.toLowerCase().includes(needle)) ? [row] : []));
          assert.deepEqual([...runSearch(build(given), [{ kind: 'text', text: needle, negated: false }])], expected);
        }),
        { numRuns: 1_000 },
      );
    });

    it('for attributes', () => {
      const wanted = fc.constantFrom('red', '5', '0.5', 'true', '', '-2.25', 'größe', '1152921504606846976');
      fc.assert(
        fc.property(spans, fc.constantFrom('a', 'b', 'colour'), fc.constantFrom('=', '!=', ':'), wanted, fc.boolean(), (specs, key, operator, text, negated) => {
          const given = specs.map((spec, k): SpanSpec => ({ ...spec, id: (k + 1).toString(16), start: k }));
          const holds = (v: SpecValue): boolean => scalars(v).some((one) => (operator === ':' ? one.toLowerCase().includes(text) : one.toLowerCase() === text)) !== (operator === '!=');
          const expected = given.flatMap((spec, row) => (attributesOf(spec).some(([k, v]) => k === key && holds(v)) !== negated ? [row] : []));
          assert.deepEqual([...runSearch(build(given), [{ kind: 'attribute', key, operator: operator as '=', text, number: Number(text), negated }])], expected);
        }),
        { numRuns: 1_000 },
      );
    });
  });
});
