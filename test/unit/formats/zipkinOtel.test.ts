// What OpenTelemetry's exporters put into annotations and tags comes back as events and links; everything else stays the text that it is.
import assert from 'node:assert/strict';
import { eventOf, linksOf } from '../../../src/formats/zipkinOtel.ts';
import { cpuMs } from '../../support/cpuTime.ts';

describe('formats/zipkinOtel', () => {
  const attributes = [{ key: 'a', value: 1n }, { key: 'b', value: 'x|y' }];
  for (const [what, value, name, found, dropped] of [
    ['the collector’s', 'retry|{"a":1,"b":"x|y"}|2', 'retry', attributes, 2],
    ['the collector’s, with a bar in the name', 'a|b|{"a":1,"b":"x|y"}|0', 'a|b', attributes, undefined],
    ['Java’s', '"exception":{"a":1,"b":"x|y"}', 'exception', attributes, undefined],
    ['Python’s', '{"exception": {"a": 1, "b": "x|y"}}', 'exception', attributes, undefined],
    ['without attributes', '"dog":{}', 'dog', [], undefined],
    ['any other text', 'cache miss', 'cache miss', [], undefined],
    ['what only looks like it', 'retry|{"a":|0', 'retry|{"a":|0', [], undefined],
    ['Java’s with quotes that are not escaped', '"a":{"b":"say "no""}', '"a":{"b":"say "no""}', [], undefined],
    ['JSON of another shape', '{"a":{},"b":{}}', '{"a":{},"b":{}}', [], undefined],
    ['JSON nested too deep', '{"a":'.repeat(100_000), '{"a":'.repeat(100_000), [], undefined],
    ['bars in its attributes', 'e|{"a":1,"b":"x|y"}|2|{}|0', 'e|{"a":1,"b":"x|y"}|2|{}|0', [], undefined],
    ['a count that is none', 'e|{}|x', 'e|{}|x', [], undefined],
    ['a brace that is both', 'e|{|0', 'e|{|0', [], undefined],
    ['nothing', '', '', [], undefined],
  ] as const) {
    it(`an event: ${what}`, () => assert.deepEqual(eventOf({ timestamp: 7n, value }), { timeUnixNano: 7n, name, attributes: found, ...(dropped === undefined ? {} : { droppedAttributes: dropped }) }));
  }

  it('an integer beyond 2^53 stays exact', () => assert.deepEqual(eventOf({ timestamp: 0n, value: 'e|{"n":9007199254740993}|0' }).attributes, [{ key: 'n', value: 9007199254740993n }]));

  for (const piece of ['|{', '}|', '|{}|0', '"{', '{"a":']) {
    it(`${piece}, time and again, costs no more than its size`, () => {
      const started = cpuMs();
      const value = piece.repeat(200_000);
      assert.equal(eventOf({ timestamp: 0n, value }).name, value);
      assert.equal(linksOf([{ key: 'otlp.link.0', value: `${'1'.repeat(32)}|${'2'.repeat(16)}|${value}` }]).tags.length, 1);
      assert.ok(cpuMs() - started < 2_500);
    });
  }

  it('links are taken out of the tags, in their order; what is none of them stays', () => {
    const [trace, span] = ['0'.repeat(16) + 'f1'.repeat(8), 'ab'.repeat(8)];
    const kept = [{ key: 'otlp.link.2', value: 'nonsense' }, { key: 'otlp.link.x', value: `${trace}|${span}||{}|0` }, { key: 'http.route', value: '/' }];
    const { links, tags } = linksOf([{ key: 'otlp.link.0', value: `${trace}|${span}|old=1|{"why":"batch"}|0` }, ...kept, { key: 'otlp.link.1', value: `${trace}|${span}||{}|3` }]);
    assert.deepEqual(links, [{ traceId: trace, spanId: span, traceState: 'old=1', attributes: [{ key: 'why', value: 'batch' }] }, { traceId: trace, spanId: span, traceState: '', attributes: [] }]);
    assert.deepEqual(tags, kept);
  });
});
