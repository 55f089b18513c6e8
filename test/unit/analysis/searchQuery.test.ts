import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parseQuery, type Term } from '../../../src/analysis/searchQuery.ts';

function terms(text: string): readonly Term[] {
  const parsed = parseQuery(text);
  assert.equal(parsed.problem, undefined);
  return (parsed as { terms: readonly Term[] }).terms;
}
const text = (word: string, negated = false): Term => ({ kind: 'text', text: word, negated });
const attribute = (key: string, operator: string, value: string, number = Number.NaN): unknown => ({ kind: 'attribute', negated: false, key, operator, text: value, number });

describe('parseQuery', () => {
  const understood: readonly [string, readonly unknown[]][] = [
    ['', []],
    ['  \t ', []],
    ['Checkout', [text('checkout')]],
    ['a  b', [text('a'), text('b')]],
    ['"out of Stock" x', [text('out of stock'), text('x')]],
    [String.raw`"a \"b\" \\ \n"`, [text(String.raw`a "b" \ \n`)]],
    ['-cart', [text('cart', true)]],
    ['-"two words"', [text('two words', true)]],
    ['-', [text('-')]],
    ['- x', [text('-'), text('x')]],
    ['http://shop/cart', [text('http://shop/cart')]],
    ['Cart::add', [text('cart::add')]],
    ['/api/x=1', [text('/api/x=1')]],
    ['service:Pay', [{ kind: 'column', column: 'service', operator: ':', text: 'pay', negated: false }]],
    ['Service=pay', [{ kind: 'column', column: 'service', operator: '=', text: 'pay', negated: false }]],
    ['name!="GET /"', [{ kind: 'column', column: 'name', operator: '!=', text: 'get /', negated: false }]],
    ['-service:auth', [{ kind: 'column', column: 'service', operator: ':', text: 'auth', negated: true }]],
    ['duration>100ms', [{ kind: 'duration', operator: '>', ns: 1e8, negated: false }]],
    ['duration>=1.5s', [{ kind: 'duration', operator: '>=', ns: 1.5e9, negated: false }]],
    ['duration<2us duration<=2µs duration<2μs', [2000, 2000, 2000].map((ns, k) => ({ kind: 'duration', operator: k === 1 ? '<=' : '<', ns, negated: false }))],
    ['duration>1m duration>.5h duration=7ns duration!=0', [6e10, 1.8e12, 7, 0].map((ns, k) => ({ kind: 'duration', operator: ['>', '>', '=', '!='][k], ns, negated: false }))],
    ['error', [{ kind: 'status', status: 'error', negated: false }]],
    ['ERRORS', [{ kind: 'status', status: 'error', negated: false }]],
    ['"error"', [text('error')]],
    ['-status:ok', [{ kind: 'status', status: 'ok', negated: true }]],
    ['status!=ok', [{ kind: 'status', status: 'ok', negated: true }]],
    ['-status!=ok', [{ kind: 'status', status: 'ok', negated: false }]],
    ['kind:server', [{ kind: 'spanKind', spanKind: 2, negated: false }]],
    ['has:code has:Events', [{ kind: 'has', what: 'code', negated: false }, { kind: 'has', what: 'events', negated: false }]],
    ['id:00F0', [{ kind: 'id', prefix: '00f0', negated: false }]],
    ['http.status_code=200', [attribute('http.status_code', '=', '200', 200)]],
    ['k="two words"', [attribute('k', '=', 'two words')]],
    ['Case.Kept:Folded', [attribute('Case.Kept', ':', 'folded')]],
    ['k>10 k>=1e3 k<-1 k<=.5', [attribute('k', '>', '10', 10), attribute('k', '>=', '1e3', 1000), attribute('k', '<', '-1', -1), attribute('k', '<=', '.5', 0.5)]],
    ['k=""', [attribute('k', '=', '')]],
    ['constructor=1', [attribute('constructor', '=', '1', 1)]],
    ['url=http://a/?b=c', [attribute('url', '=', 'http://a/?b=c')]],
  ];
  for (const [query, expected] of understood) it(`understands ${query === '' ? 'nothing' : query}`, () => assert.deepEqual(terms(query), expected));

  const problems: readonly [string, RegExp, number][] = [
    ['a "open', /The quote at character 3 is not closed/, 2],
    ['k="open', /The quote at character 3 is not closed/, 0],
    ['""', /empty phrase/, 0],
    ['x service:', /“service:” needs a value after it, such as service:checkout/, 2],
    ['k>', /“k>” needs a value after it, such as k>1/, 0],
    ['toString=', /such as toString=1/, 0],
    ['service>3', /“service” is text/, 0],
    ['duration:5ms', /A duration is compared: duration>100ms/, 0],
    ['duration>5', /The duration 5 needs a unit/, 0],
    ['duration>5parsecs', /needs a unit/, 0],
    ['duration>fast', /“fast” is not a duration/, 0],
    ['duration>-5ms', /“-5ms” is not a duration/, 0],
    ['status:bad', /“status” is one of: unset, ok, error/, 0],
    ['status>ok', /one of a few words/, 0],
    ['kind:robot', /unspecified, internal, server/, 0],
    ['has:wings', /“has” is one of: code/, 0],
    ['id:xyz', /“xyz” is not the beginning of a span id/, 0],
    ['id>1', /beginning of a span id/, 0],
    ['k>ten', /compares numbers and “ten” is none/, 0],
    ['k>""', /compares numbers/, 0],
  ];
  for (const [query, sentence, at] of problems) {
    it(`says what is wrong with ${query}`, () => {
      const parsed = parseQuery(query);
      assert.match(parsed.problem ?? '', sentence);
      assert.equal((parsed as { at: number }).at, at);
    });
  }

  it('answers anything with terms or a sentence', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('"', '-', ':', '=', '!=', '>', 'duration', 'service', 'has', ' ', '\\', '1ms', 'k'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const query = pieces.join('');
        const parsed = parseQuery(query);
        if (parsed.problem === undefined) assert.ok(parsed.terms.length <= query.length);
        else assert.ok(parsed.problem.endsWith('.') && parsed.at < query.length);
      }),
      { numRuns: 2_000 },
    );
  });
});
