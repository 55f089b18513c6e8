import assert from 'node:assert/strict';
import { keyWords, sentenceText, whySentences } from '../../../src/analysis/whySentence.ts';
import type { WhyFinding } from '../../../src/protocol/messages.ts';

const finding = (name: string, deltaMs: number, more: Partial<WhyFinding> = {}): WhyFinding => ({
  spanId: name,
  row: 1,
  service: 'svc',
  name,
  deltaNs: String(deltaMs * 1e6),
  ...more,
});
const retrieve = { spanId: 'retrieve', row: 4, service: 'svc', name: 'retrieve' };
const rows = { attribute: 'db.response.returned_rows', value: '500', usual: '20' };

describe('why sentences', () => {
  const cases: readonly [string, WhyFinding[], string[]][] = [
    [
      'one cause, its consequence and its own time',
      [
        finding('generate', 6100, { ...rows, carrier: retrieve }),
        finding('generate', 6100, { attribute: 'gen_ai.usage.input_tokens', value: '48711', usual: '2310' }),
        finding('retrieve', 313, rows),
      ],
      ['retrieve: 500 returned rows, usually 20; +6.10 s in generate (48,711 input tokens, usually 2,310), +313 ms in retrieve.'],
    ],
    ['an attribute of the slow span', [finding('price', 802, { attribute: 'service.version', value: '8.0.0', usual: '7.9.2' })], ['price: service version 8.0.0, usually 7.9.2; took 802 ms longer than usual.']],
    ['time alone', [finding('authorize', 2400)], ['authorize took 2.40 s longer than usual.']],
    ['more calls', [finding('SELECT', 473, { kind: 'calls', calls: 43, usualCalls: 2 })], ['SELECT ran 43 times, usually 2: 473 ms longer.']],
    ['a span usually not there', [finding('fallback', 900, { kind: 'new' })], ['fallback usually does not run: 900 ms.']],
    ['what no longer runs side by side', [finding('fetch', 482, { kind: 'waited' })], ['fetch held the trace up 482 ms longer than usual.']],
    ['a missing attribute', [finding('find', 1400, { attribute: 'db.index', usual: 'route_day' })], ['find: db index is missing, usually route_day; took 1.40 s longer than usual.']],
    ['an attribute usually absent', [finding('find', 1400, { attribute: 'error.type', value: 'timeout' })], ['find: error type timeout, usually absent; took 1.40 s longer than usual.']],
    ['an empty value', [finding('find', 1400, { attribute: 'where', value: '', usual: 'a=1' })], ['find: where empty, usually a=1; took 1.40 s longer than usual.']],
    ['two causes', [finding('a', 900, { attribute: 'k.x', value: 'u', usual: 'v' }), finding('b', 300)], ['a: k x u, usually v; took 900 ms longer than usual.', 'b took 300 ms longer than usual.']],
    [
      'a span before the slow one, no slower itself',
      [finding('generate', 6100, { ...rows, carrier: retrieve }), finding('retrieve', 0, rows), finding('classify', 0, { attribute: 'chat.intent', value: 'lookup', usual: 'orders' })],
      ['retrieve: 500 returned rows, usually 20; +6.10 s in generate.', 'classify: chat intent lookup, usually orders.'],
    ],
    [
      'effects too small to say',
      [finding('load', 900, { attribute: 'cache.hit', value: 'false', usual: 'true', carrier: retrieve, kind: 'new' }), finding('retrieve', 0.01, { attribute: 'cache.hit', value: 'false', usual: 'true' })],
      ['retrieve: cache hit false, usually true; +900 ms in load, which usually does not run.'],
    ],
    [
      'spans that share a pod',
      [finding('infer', 900, { attribute: 'k8s.pod.name', value: 'gpu-9', usual: 'gpu-4' }), finding('decode', 300, { attribute: 'k8s.pod.name', value: 'gpu-9', usual: 'gpu-4' })],
      ['infer: pod name gpu-9, usually gpu-4; +900 ms in infer, +300 ms in decode.'],
    ],
    ['nothing', [], []],
  ];
  for (const [what, findings, expected] of cases) it(`tells ${what}`, () => assert.deepEqual(whySentences(findings).map(sentenceText), expected));

  it('names spans so that they can be selected, and keys whole', () => {
    const [sentence] = whySentences([finding('generate', 6100, { ...rows, carrier: retrieve })]);
    const spans = sentence!.segments.filter((segment) => segment.span !== undefined).map((segment) => segment.span!.spanId);
    assert.deepEqual(spans, ['retrieve', 'generate']);
    assert.equal(sentence!.segments.find((segment) => segment.style === 'code')?.key, 'db.response.returned_rows');
    assert.equal(sentence!.deltaNs, 6.1e9);
  });

  it('shows strange text as escapes and cuts long text', () => {
    const text = sentenceText(whySentences([finding('a\u001b[31m\u202e\nb', 10, { attribute: 'k', value: 'x'.repeat(9000), usual: '\u0007' })])[0]!);
    assert.ok(!/[\u0000-\u001f\u202e]/.test(text));
    assert.ok(text.length < 400);
  });

  for (const [key, words] of [
    ['db.response.returned_rows', 'returned rows'],
    ['k8s.pod.name', 'pod name'],
    ['gpu.used', 'gpu used'],
    ['gen_ai.usage.input_tokens', 'input tokens'],
    ['llm.topK', 'top k'],
    ['codec', 'codec'],
    ['..', '..'],
    ['', ''],
  ] as const) {
    it(`reads the key “${key}” as “${words}”`, () => assert.equal(keyWords(key), words));
  }
});
