import assert from 'node:assert/strict';
import { jsonFault } from '../../../src/formats/jsonFault.ts';
import { readTraceFile } from '../../../src/formats/fileReader.ts';
import { FormatError } from '../../../src/formats/formatError.ts';
import { wholePart } from '../../../src/formats/wholePart.ts';
import { detailsOf, recorded, recordedText } from '../../support/formatFixtures.ts';
import { Mutator } from '../../support/mutate.ts';

const kept = (broken: string): string | undefined => wholePart(broken, jsonFault(broken).offset);

describe('wholePart', () => {
  const rows: readonly (readonly [what: string, broken: string, whole: string | undefined])[] = [
    ['a span cut off', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"a":1},{"a":[{"b":2},{"b"', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"a":1}]}]}]}'],
    ['an attribute broken in the middle', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"a":1},{"a":x},{"a":3}]}]}]}', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"a":1}]}]}]}'],
    ['the first span of a later list', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"a":1}]},{"scope":{"name":"x"},"spans":[{"a', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"a":1}]},{"scope":{"name":"x"},"spans":[]}]}]}'],
    ['a resource before its spans', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"a":1}]}]},{"resource":{"attributes":[{"key":"k', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"a":1}]}]}]}'],
    ['what follows whole spans', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"a":1}],"schemaUrl":"http', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"a":1}]}]}]}'],
    ['the last bracket', '{"batches":[{"scope_spans":[{"spans":[{"a":1}]}]}]', '{"batches":[{"scope_spans":[{"spans":[{"a":1}]}]}]}'],
    ['the last bracket of a wrapper', '{"trace":{"batches":[{}]}', '{"trace":{"batches":[{}]}}'],
    ['a comma too many', '{"resourceSpans":[{}],}', '{"resourceSpans":[{}]}'],
    ['brackets, commas and quotes in strings', '[{"id":"a","name":"},{\\"[,"},{"id":"b","name":"x}]', '[{"id":"a","name":"},{\\"[,"}]'],
    ['processes behind their spans', '{"data":[{"spans":[{"a":1},{"b":2}],"processes":{"p1":{"tags":[{"k', '{"data":[{"spans":[{"a":1},{"b":2}]}]}'],
    ['rows in a list', '{"meta":[{"name":"x"}],"data":[{"SpanId":"1"},{"SpanId":"2"', '{"meta":[{"name":"x"}],"data":[{"SpanId":"1"}]}'],
    ['rows that are lists', '{"meta":[{"name":"a"},{"name":"b"}],"data":[["1",2],["2",', '{"meta":[{"name":"a"},{"name":"b"}],"data":[["1",2]]}'],
    ['lists of lists', '[[{"id":"1"}],[{"id":"2"},{"id":"3","x":[1', '[[{"id":"1"}],[{"id":"2"}]]'],
    ['hits', '{"took":1,"hits":{"total":2,"hits":[{"_source":{"a":1}},{"_source":{"references":[{', '{"took":1,"hits":{"total":2,"hits":[{"_source":{"a":1}}]}}'],
    ['documents in strings', '{"TraceSegmentDocuments":["{}","{\\"id', '{"TraceSegmentDocuments":["{}"]}'],
    ['a span with a field that is called like a list', '{"id":"t","observations":[{"id":"1"},{"id":"2","data":[{"x":1},{"y', '{"id":"t","observations":[{"id":"1"}]}'],
    ['a span with a list that is called so and whole', '{"id":"t","observations":[{"id":"1"},{"id":"2","data":[{"x":1}],"y', '{"id":"t","observations":[{"id":"1"}]}'],
    ['a span with such a list further in', '{"id":"t","observations":[{"id":"1"},{"id":"2","input":{"data":[{"x":1},{"y', '{"id":"t","observations":[{"id":"1"}]}'],
    ['a span without another', '{"resourceSpans":[{"resource":{"attributes":[{"key":"a"}]},"scopeSpans":[{"spans":[{"a":1', undefined],
    ['a document that is one span', '{"traceId":"1","attributes":[{"key":"a"},{"key', undefined],
    ['other JSON', '{"items":[{"a":1},{"a', undefined],
    ['a scalar cut in two', '12', undefined],
    ['nothing', '', undefined],
  ];
  for (const [what, broken, whole] of rows) {
    it(`keeps what is whole before the end: ${what}`, () => {
      assert.equal(kept(broken), whole);
    });
  }

  it('is JSON, whatever was broken', () => {
    const mutator = new Mutator(20_261_129);
    const bases = ['reference-trace.otlp.json', 'jaeger-v1/trace.body', 'zipkin/search.body', 'clickhouse/exporter.json', 'phoenix/spans.body'].map(recorded);
    let parts = 0;
    for (let k = 0; k < 2_000; k++) {
      const broken = Buffer.from(mutator.damage(mutator.pick(bases), mutator.pick(bases))).toString();
      const whole = kept(broken);
      if (whole === undefined) continue;
      parts++;
      JSON.parse(whole);
      assert.ok(broken.startsWith(whole.replace(/[\]}]+$/, '')), 'nothing but brackets is added');
    }
    assert.ok(parts > 500, String(parts));
  });

  it('does not recurse', () => {
    const deep = `{"resourceSpans":[{}],"x":${'['.repeat(100_000)}`;
    assert.equal(kept(deep), '{"resourceSpans":[{}]}');
  });
});

describe('a file that is cut off', () => {
  // `begun`: stands once in each span, not at its end.
  const files: readonly (readonly [file: string, begun: RegExp])[] = [
    ['reference-trace.otlp.json', /"startTimeUnixNano"/g],
    ['tempo/trace-v2-json.body', /"startTimeUnixNano"/g],
    ['jaeger-v3/trace.body', /"startTimeUnixNano"/g],
    ['jaeger-v1/trace.body', /"operationName"/g],
    ['zipkin/trace.body', /"duration"/g],
  ];
  for (const [file, begun] of files) {
    it(`keeps the spans of ${file} that are whole, wherever the end is`, async () => {
      const text = recordedText(file);
      const whole = (await spansOf(text)).map(({ spanId }) => spanId);
      for (let end = 200; end < text.trimEnd().length; end += 211) {
        const cut = text.slice(0, end);
        const all = cut.match(begun)?.length ?? 0;
        const spans = await spansOf(cut);
        assert.ok(spans.length === all || spans.length === all - 1, `${spans.length} of ${all} begun by ${end}`);
        for (const { spanId, startUnixNano, endUnixNano } of spans) assert.ok(whole.includes(spanId) && startUnixNano > 0n && endUnixNano > 0n, spanId);
      }
    });
  }

  async function spansOf(text: string): Promise<{ readonly spanId: string; readonly startUnixNano: bigint; readonly endUnixNano: bigint }[]> {
    try {
      const read = await readTraceFile(new TextEncoder().encode(text), 'x');
      return read.batches.flatMap(detailsOf);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
      return [];
    }
  }
});
