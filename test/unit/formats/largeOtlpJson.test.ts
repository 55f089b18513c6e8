// Large OTLP/JSON in pieces against the reader of whole documents: the same spans, remarks and faults, however small the pieces are.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { FormatError } from '../../../src/formats/formatError.ts';
import { cutSteps } from '../../../src/formats/jsonCuts.ts';
import { LargeOtlpJson } from '../../../src/formats/largeOtlpJson.ts';
import { spansToOtlpJson } from '../../../src/formats/otlpExport.ts';
import { decodeOtlpJsonText } from '../../../src/formats/otlpJson.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { runAtOnce } from '../../../src/model/slices.ts';
import { detailsOf, recordedText } from '../../support/formatFixtures.ts';
import { Mutator } from '../../support/mutate.ts';
import { expectedDetails, traces } from '../../support/otlpArbitraries.ts';
import { cpuMs } from '../../support/cpuTime.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = (k: number, more: object = {}): object => ({ traceId: TRACE, spanId: `a1b2c3d4e5f6${String(k).padStart(4, '0')}`, name: `op ${k}`, startTimeUnixNano: '1795221079000000000', endTimeUnixNano: '1795221079000000009', ...more });
const spans = (from: number, count: number): object[] => Array.from({ length: count }, (_, k) => span(from + k));
const bytesOf = (json: string): Uint8Array => new TextEncoder().encode(json);

interface Outcome {
  readonly spans: readonly unknown[];
  readonly rejected: number;
  readonly warnings: readonly string[];
}
type Fault = readonly [message: string, offset: number, type: string];

function outcome(read: () => Outcome): Outcome | Fault {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    return [error.message, error.offset, error.constructor.name];
  }
}

const whole = (json: string): Outcome | Fault =>
  outcome(() => {
    const batch = decodeOtlpJsonText(json);
    return { spans: detailsOf(batch), rejected: batch.rejected, warnings: batch.warnings };
  });

const inPieces = (json: string, pieceBytes?: number): Outcome | Fault =>
  outcome(() => {
    const message = runAtOnce(runAtOnce(LargeOtlpJson.openSteps(bytesOf(json), pieceBytes)).rewriteSteps());
    const batch = decodeOtlpProto(message.bytes);
    return { spans: detailsOf(batch), rejected: message.rejected + batch.rejected, warnings: [...message.warnings, ...batch.warnings] };
  });

function assertSame(json: string, sizes: readonly number[] = [0, 1, 150, 700, 1e6]): void {
  const expected = whole(json);
  for (const size of sizes) assert.deepEqual(inPieces(json, size), expected, `pieces of ${size} bytes: ${json.slice(0, 2000)}`);
}

describe('LargeOtlpJson', () => {
  const documents: readonly (readonly [what: string, document: unknown])[] = [
    ['spans of several scopes and resources', { resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 'a' } }] }, scopeSpans: [{ scope: { name: 's' }, spans: spans(1, 9) }, { spans: spans(10, 3) }] }, { scopeSpans: [{ spans: spans(20, 1) }] }] }],
    ['resource and scope behind their spans', { resourceSpans: [{ scopeSpans: [{ spans: spans(1, 5), scope: { name: 'late' } }], resource: { attributes: [{ key: 'service.name', value: { stringValue: 'late' } }] } }] }],
    ['other names', { resource_spans: [{ scope_spans: [{ spans: spans(1, 4) }], instrumentationLibrarySpans: [{ spans: spans(5, 4) }], instrumentation_library_spans: [{ spans: spans(9, 4) }] }] }],
    ['wrapped as trace', { trace: { batches: [{ scopeSpans: [{ spans: spans(1, 6) }] }] }, status: 'PARTIAL' }],
    ['wrapped as result', { result: { resourceSpans: [{ scopeSpans: [{ spans: spans(1, 6) }] }] } }],
    ['two lists of one meaning', { batches: [{ scopeSpans: [{ spans: spans(1, 3) }] }], resourceSpans: [{ scopeSpans: [{ spans: spans(4, 3) }] }] }],
    ['a list in a wrapping that nobody knows', { other: { resourceSpans: [{ scopeSpans: [{ spans: spans(1, 3) }] }] }, resourceSpans: [] }],
    ['lists by these names where they mean nothing', { resourceSpans: [{ resource: { attributes: [{ key: 'a', value: { stringValue: 'x' }, spans: [1, 2] }], scopeSpans: [1] }, batches: [[{ spans: [3] }]], scopeSpans: [{ resourceSpans: [4], spans: [span(1, { spans: [5], scopeSpans: [{ spans: [] }] })] }] }] }],
    ['bare spans', { data: spans(1, 5) }],
    ['a bare span', span(1, { resourceSpans: 5 })],
    ['nothing', {}],
    ['no list where one belongs', { resourceSpans: [{ scopeSpans: { spans: spans(1, 2) } }, 5, null, [spans(1, 2)], { scopeSpans: [null, 'x', [{ spans: spans(1, 2) }], { spans: { a: 1 } }] }] }],
    ['bad spans among good ones', { resourceSpans: [{ scopeSpans: [{ spans: [...spans(1, 3), 5, span(9, { spanId: 'x' }), ...spans(10, 3), span(20, { traceId: 7, events: [{ timeUnixNano: 'x' }] })] }] }] }],
    ['no object', [{ resourceSpans: [{ scopeSpans: [{ spans: spans(1, 2) }] }] }]],
    ['resource spans that are no list', { resourceSpans: { a: spans(1, 2) } }],
    ['strings that look like brackets', { resourceSpans: [{ scopeSpans: [{ spans: [span(1, { name: ']}],"spans":[{' }), span(2, { name: '\\"]' }), span(3, { name: '\\' }), span(4, { name: 'ü😀' })] }] }] }],
  ];
  for (const [what, document] of documents) {
    it(`reads as the whole document: ${what}`, () => {
      assertSame(JSON.stringify(document));
      assertSame(JSON.stringify(document, undefined, '\t\r\n '));
    });
  }

  const span1 = JSON.stringify(span(1));
  const texts: readonly (readonly [what: string, json: string])[] = [
    ['the last of two lists counts', `{"resourceSpans":[{"scopeSpans":[{"spans":[${span1},${span1}]}]}],"resourceSpans":[{"scopeSpans":[{"spans":[${span1}],"spans":[${JSON.stringify(span(2))}]}]}]}`],
    ['a name written with escapes', `{"resourceSpans":[{"scopeSpans":[{"\\u0073pans":[${span1},${span1}]}]}]}`],
    ['numbers beyond a double', `{"resourceSpans":[{"scopeSpans":[{"spans":[${span1.replace('"1795221079000000009"', '1795221079000000009')},${span1}]}]}]}`],
    ['a prototype by name', `{"__proto__":{"resourceSpans":[]},"resourceSpans":[{"__proto__":{"scopeSpans":[]},"scopeSpans":[{"spans":[${span1}]}]}]}`],
    ['white space everywhere', ` \n{ "resourceSpans" \t:\r [ { "scopeSpans" : [ { "spans" : [ ${span1} , ${span1} ] } ] } ] } \n`],
    ['the inside of a piece from elsewhere', '{"resourceSpans":[["x",0],{"scopeSpans":["x",0]}]}'],
  ];
  for (const [what, json] of texts) it(`reads as the whole text: ${what}`, () => assertSame(json));

  it('leaves out a byte order mark', () => {
    const json = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: spans(1, 3) }] }] });
    assert.deepEqual(inPieces(`\uFEFF${json}`, 10), whole(json));
  });

  it('refuses what is no UTF-8', () => {
    assert.throws(() => runAtOnce(LargeOtlpJson.openSteps(Uint8Array.of(0x7b, 0xff, 0x7d))), /its bytes are not UTF-8/);
  });

  const good = `{"resourceSpans":[\n{"scopeSpans":[{"spans":[\n${span1},\n${span1}]}]},{"scopeSpans":[]}]}`;
  const faults: readonly (readonly [what: string, json: string])[] = [
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['cut off in a span', good.slice(0, 90)],
    ['cut off in a string', good.slice(0, 60)],
    ['cut off before its last bracket', good.slice(0, -1)],
    ['a comma too many between spans', good.replace('},\n', '},,\n')],
    ['a comma behind the last span', good.replace('}]}]}', '},]}]}')],
    ['a comma before the first span', good.replace('[\n{"traceId"', '[,\n{"traceId"')],
    ['no comma between spans', good.replace('},\n', '}\n')],
    ['a word in a span', good.replace('"op 1"', 'op')],
    ['a list closed as an object', good.replace('}]}]}', '}}]}')],
    ['a span closed as a list', good.replace('"},\n', '"],\n')],
    ['something behind it', `${good} x`],
    ['a second document', `${good}${good}`],
    ['brackets too many', `]${good}`],
    ['a broken list that nobody reads', good.replace('{"resourceSpans"', '{"other":{"batches":[1,2,tru]},"resourceSpans"')],
    ['a control character in a string', good.replace('op 1', 'op\u0001')],
    ['a control character between spans', good.replace('},\n', '},\u0001')],
  ];
  for (const [what, json] of faults) {
    it(`says where: ${what}`, () => {
      const fault = whole(json);
      assert.ok(Array.isArray(fault) && /^Not valid JSON at line \d+, column \d+: /.test(fault[0] as string), JSON.stringify(fault));
      assertSame(json);
    });
  }

  it('reads what servers answered, whole and damaged, as the whole reader does', () => {
    const mutator = new Mutator(20_261_124);
    const texts = ['tempo/trace-v1-json.body', 'jaeger-v3/trace.body', 'phoenix/spans-otlp.body', 'reference-trace.otlp.json'].map(recordedText);
    for (const text of texts) assertSame(text, [0, 500, 5000]);
    let faulty = 0;
    for (let k = 0; k < 300; k++) {
      const base = bytesOf(mutator.pick(texts));
      const damaged = new TextDecoder().decode(k % 2 === 0 ? mutator.damage(base, base) : mutator.damageInPlace(base));
      if (damaged.startsWith('\uFEFF')) continue;
      if (Array.isArray(whole(damaged))) faulty++;
      assertSame(damaged, [mutator.below(3000)]);
    }
    assert.ok(faulty > 50 && faulty < 290, `${faulty} of 300`);
  }).timeout(10_000);

  it('reads random traces as the whole reader does', () => {
    fc.assert(
      fc.property(traces, fc.nat(2000), fc.nat(3), (model, size, indent) => {
        const json = spansToOtlpJson(expectedDetails(model));
        assertSame(JSON.stringify(JSON.parse(json), undefined, indent), [size]);
      }),
      { numRuns: 150, seed: 20261121 },
    );
  });

  it('works in steps: no more than a piece at a time', () => {
    const json = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: spans(0, 2000) }] }] });
    const large = runAtOnce(LargeOtlpJson.openSteps(bytesOf(json), 2000));
    assert.doesNotMatch(JSON.stringify(large.document), /op \d/, 'the spans are not in what stands around them');
    let steps = 0;
    for (const _step of large.rewriteSteps()) steps++;
    assert.ok(steps >= json.length / 2000, `${steps}`);
  });
});

describe('cutSteps', () => {
  const cuts = (json: string, pieceBytes = 0): unknown => runAtOnce(cutSteps(bytesOf(json), pieceBytes))?.map(({ level, elements }) => [level, elements.map(({ start, end }) => new TextDecoder().decode(bytesOf(json).subarray(start, end)))]);

  it('finds lists and their elements, in order', () => {
    assert.deepEqual(cuts('{"resourceSpans":[ {"scopeSpans":[{"spans":[1 , "a,]" ]}]} ,2]}'), [
      [0, ['{"scopeSpans":[{"spans":[1 , "a,]" ]}]}', '2']],
      [1, ['{"spans":[1 , "a,]" ]}']],
      [2, ['1', '"a,]"']],
    ]);
  });
  it('leaves out lists in elements that are small enough', () => {
    const json = '{"resourceSpans":[{"scopeSpans":[{"spans":[1]}]},{"scopeSpans":[{"spans":[1,22222222222222222222222222222222222222]}]}]}';
    assert.deepEqual(cuts(json, 40), [[0, ['{"scopeSpans":[{"spans":[1]}]}', '{"scopeSpans":[{"spans":[1,22222222222222222222222222222222222222]}]}']], [1, ['{"spans":[1,22222222222222222222222222222222222222]}']], [2, ['1', '22222222222222222222222222222222222222']]]);
    assert.deepEqual(cuts(json, 1000), [[0, ['{"scopeSpans":[{"spans":[1]}]}', '{"scopeSpans":[{"spans":[1,22222222222222222222222222222222222222]}]}']]]);
  });
  it('gives up where brackets do not match', () => {
    for (const json of ['{"resourceSpans":[', '{"resourceSpans":[1,,2]}', '{"resourceSpans":[1,]}', '{"resourceSpans":[1}}', ']', '{"a":"']) assert.equal(cuts(json), undefined, json);
  });
  it('costs no more than its size', () => {
    const from = cpuMs();
    for (const json of [`{"resourceSpans":[${'{"scopeSpans":['.repeat(300_000)}`, '[{"spans":'.repeat(300_000), `{"resourceSpans":[${'{"scopeSpans":[],"scopeSpans":[{"spans":[]}]},'.repeat(50_000)}1]}`]) runAtOnce(cutSteps(bytesOf(json), 10));
    assert.ok(cpuMs() - from < 5_000);
  });
});
