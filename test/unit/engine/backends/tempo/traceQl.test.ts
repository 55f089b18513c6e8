// Questions as TraceQL: what users type becomes literals only, read back by a strict parser as the very text it was.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { attributeName, ofService, stringLiteral, traceQlOf, type TraceQlQuestion } from '../../../../../src/engine/backends/tempo/traceQl.ts';
import { parseTraceQl, TraceQlError, type QuerySpan, type QueryTrace } from '../../../../support/fakes/traceQl.ts';

const span = (more: Partial<QuerySpan> = {}): QuerySpan => ({ service: 'shop', name: 'GET /', status: 'unset', durationNs: 1e6, attributes: new Map(), resource: new Map(), ...more });
const trace = (...spans: readonly QuerySpan[]): QueryTrace => ({ spans, durationNs: 5e9 });
const finds = (question: TraceQlQuestion, one: QueryTrace, newestFirst = true): boolean => parseTraceQl(traceQlOf(question, newestFirst)).matches(one).length > 0;

describe('engine/backends/tempo/traceQl', () => {
  for (const [what, question, newestFirst, query] of [
    ['nothing', {}, false, '{ }'],
    ['nothing, newest first', {}, true, '{ } with (most_recent=true)'],
    ['service and operation', { service: 'shop', operation: 'GET /' }, false, '{ resource.service.name = "shop" && name = "GET /" }'],
    ['a duration, whole ms upwards', { minDurationNs: 1_500_000_001 }, false, '{ traceDuration >= 1501ms }'],
    ['errors', { errorsOnly: true }, false, '{ status = error }'],
    ['errors of long traces', { errorsOnly: true, minDurationNs: 1e9 }, false, '{ traceDuration >= 1000ms && status = error }'],
    ['errors of a service: of any span of the trace', { service: 'shop', errorsOnly: true }, true, '{ resource.service.name = "shop" } && { status = error } with (most_recent=true)'],
    ['attributes on one span', { attributes: [{ key: 'http.route', value: '/a' }, { key: 'span.x', value: 'y' }] }, false, '{ .http.route = "/a" && span.x = "y" }'],
    ['numbers in both types', { attributes: [{ key: 'http.status_code', value: '500' }] }, false, '{ (.http.status_code = "500" || .http.status_code = 500) }'],
    ['a typed query alone, as it is', { text: '{ kind = server } | count() > 2' }, true, '{ kind = server } | count() > 2 with (most_recent=true)'],
    ['a typed query with more asked', { text: ' {.a = 1}', errorsOnly: true }, false, '({.a = 1}) && ({ status = error })'],
    ['a typed query’s own hints stay', { text: '{ } with (most_recent=false)', service: 's' }, true, '({ }) && ({ resource.service.name = "s" }) with (most_recent=false)'],
    ['text that is no query is not asked for', { text: 'checkout' }, false, '{ }'],
  ] as const) {
    it(what, () => assert.equal(traceQlOf(question, newestFirst), query));
  }

  it('what it asks for is what is found', () => {
    const failing = trace(span(), span({ service: 'db', status: 'error', attributes: new Map<string, unknown>([['rows', 500n], ['ok', true]]) }));
    for (const [question, found] of [
      [{ service: 'shop', errorsOnly: true }, true], [{ service: 'mail', errorsOnly: true }, false], [{ service: 'shop', operation: 'GET /', minDurationNs: 5e9 }, true], [{ minDurationNs: 5.1e9 }, false],
      [{ attributes: [{ key: 'rows', value: '500' }, { key: 'ok', value: 'true' }] }, true], [{ attributes: [{ key: 'rows', value: '50' }] }, false], [{ service: 'shop', attributes: [{ key: 'rows', value: '500' }] }, false],
      [{ text: '{ .rows = 500 } | count() > 0', errorsOnly: true }, true],
    ] as const) {
      assert.equal(finds(question, failing), found, traceQlOf(question, false));
    }
  });

  it('whatever a service, an operation or an attribute is called, it stays a literal', () => {
    const hostile = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom('" || true || "', 'x" } || { "', '\\', '\\"', '\n', '\u0000', '} with (a=b)', '\u2028', '\ufeff'));
    fc.assert(fc.property(hostile, hostile, hostile, (service, operation, value) => {
      const question = { service, operation, attributes: [{ key: 'k', value }] };
      const wanted = span({ service: service.toWellFormed(), name: operation.toWellFormed(), attributes: new Map([['k', value.toWellFormed()]]) });
      return finds(question, trace(wanted)) && !finds(question, trace({ ...wanted, name: `${wanted.name}x` })) && !/[\n\r\u0000]/.test(traceQlOf(question, true)) && !finds({ service: `${service}!` }, trace(wanted));
    }), { numRuns: 200 });
  });

  it('attribute names: bare where they may be, quoted where not, refused where Tempo has no way to say them', () => {
    assert.deepEqual(['http.route', 'resource.host.name', 'span.a b', 'spanner', 'k"\\', '1st', 'a{b', '.x'].map(attributeName), ['.http.route', 'resource.host.name', 'span."a b"', '.spanner', '."k\\"\\\\"', '."1st"', '."a{b"', '.x']);
    for (const key of ['', 'span.', 'a\nb']) assert.throws(() => attributeName(key), /is no attribute's name/);
    for (const key of ['a b', 'k"\\', 'x)', 'é']) assert.ok(finds({ attributes: [{ key, value: 'v' }] }, trace(span({ attributes: new Map([[key, 'v']]) }))), key);
  });

  it('literals are on one line and well formed', () => {
    assert.deepEqual([stringLiteral('a"b\\c'), stringLiteral('a\nb\u0000'), stringLiteral('\ud800')], ['"a\\"b\\\\c"', '"a\\u000ab\\u0000"', '"\ufffd"']);
    assert.equal(ofService('a"b'), '{ resource.service.name = "a\\"b" }');
  });

  it('the parser that judges is strict', () => {
    for (const query of ['{ nonsense', '{ nonsense }', '{ name = "a }', '{ name = "a\nb" }', '{ name = "\\x" }', '{ .a = }', '{ } }', '{ } with', '{ } with (a)', '{ .a = 5q }', '{ ."a = 1 }', '', 'name = "x"', '{ } & { }']) assert.throws(() => parseTraceQl(query), TraceQlError, query);
  });
});
