// The file reader on damaged recorded answers of every kind: batches whose spans can all be decoded, or one FormatError that names the file;
// nothing else, and in time. Seeded: TRACEFALL_FUZZ_SEED repeats a run.
import assert from 'node:assert/strict';
import * as zlib from 'node:zlib';
import { FormatError } from '../../src/formats/formatError.ts';
import { readTraceFile } from '../../src/formats/fileReader.ts';
import { decodeJaegerJson } from '../../src/formats/jaegerJson.ts';
import { JS_SPANS } from '../../src/formats/jsSpans.ts';
import { decodeOtlpJson } from '../../src/formats/otlpJson.ts';
import { decodePhoenixJson } from '../../src/formats/phoenixJson.ts';
import { PlainSpansConverter, type PlainSpanKind } from '../../src/formats/plainSpan.ts';
import { PYTHON_SPANS } from '../../src/formats/pythonSpans.ts';
import { decodeZipkinJson } from '../../src/formats/zipkinJson.ts';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import { elasticDocuments } from '../live/send/elasticDocuments.ts';
import type { OtlpDocument } from '../live/send/otlpTypes.ts';
import { detailsOf, framed, recorded, recordedText } from '../support/formatFixtures.ts';
import { shownByJsConsole } from '../support/jsConsole.ts';
import { Mutator } from '../support/mutate.ts';

const SEED = Number(process.env['TRACEFALL_FUZZ_SEED'] ?? 20_261_121);

const JSON_ANSWERS = ['tempo/trace-v2-json.body', 'jaeger-v3/trace.body', 'phoenix/spans-otlp.body', 'phoenix/spans.body', 'phoenix/traces-with-spans.body', 'otel-python/console.txt', 'jaeger-v1/trace.body', 'zipkin/trace.body'];

const ODD: readonly unknown[] = [undefined, null, '', '0', 'x', '\uD800', -1, 0, 1.5, 1e300, 2 ** 60, true, [], {}, [null], [[]], { key: 1 }, '__proto__', '9'.repeat(40), 'AAAAAAAAAAA='];

describe('fuzz: trace files', () => {
  it(`holds on damaged files (seed ${SEED})`, async () => {
    const mutator = new Mutator(SEED);
    const proto = recorded('reference-trace.otlp.pb');
    const lines = new TextEncoder().encode(JSON_ANSWERS.map((name) => recordedText(name)).join('\n'));
    const documents = (['jaegerFields', 'otel', 'dataPrepper'] as const).map((variant) => elasticDocuments(variant, JSON.parse(recordedText('reference-trace.otlp.json')) as OtlpDocument).map(({ index, source }) => `{"index":{"_index":"${index}"}}\n${source}\n`).join(''));
    const bases = [...JSON_ANSWERS.map(recorded), ...documents.map((text) => new TextEncoder().encode(text)), lines, proto, framed(proto, proto), framed(zlib.zstdCompressSync(proto)), new Uint8Array(zlib.gzipSync(lines)), new Uint8Array(zlib.zstdCompressSync(lines))];
    let threw = 0;
    let spans = 0;
    for (let k = 0; k < 4000; k++) {
      const base = mutator.pick(bases);
      const input = k % 2 === 0 ? mutator.damage(base, mutator.pick(bases)) : mutator.damageInPlace(base);
      try {
        const file = await readTraceFile(input, 'damaged.file', { maxInflatedBytes: 10_000_000 });
        for (const batch of file.batches) spans += detailsOf(batch).length;
      } catch (error) {
        if (!(error instanceof FormatError)) throw new Error(`input ${k}: ${Buffer.from(input).toString('base64')}`, { cause: error });
        assert.ok(error.message.startsWith('damaged.file: ') && !error.message.includes('\n'), error.message);
        threw++;
      }
    }
    assert.ok(threw > 400 && spans > 10_000, `${threw} threw, ${spans} spans read`);
  }).timeout(120_000);

  const decoders: readonly (readonly [name: string, text: () => string | Promise<string>, decode: (document: unknown) => SpanBatch, given: (document: unknown) => number])[] = [
    ['OTLP/JSON', () => recordedText('reference-trace.otlp.json'), decodeOtlpJson, otlpSpans],
    ['Jaeger JSON', () => recordedText('jaeger-v1/trace.body'), decodeJaegerJson, jaegerSpans],
    ['Zipkin JSON', () => recordedText('zipkin/trace.body'), decodeZipkinJson, zipkinSpans],
    ['Phoenix spans', () => recordedText('phoenix/spans.body'), decodePhoenixJson, phoenixSpans],
    ['Phoenix traces', () => recordedText('phoenix/traces-with-spans.body'), decodePhoenixJson, phoenixSpans],
    ['Python spans', () => `[${recordedText('otel-python/console.txt').replaceAll(/^}\n(?={)/gm, '},')}]`, (document) => decodePlain(PYTHON_SPANS, document), items],
    ['JavaScript spans', async () => JSON.stringify(await shownByJsConsole(JSON.parse(recordedText('reference-trace.otlp.json')) as OtlpDocument)), (document) => decodePlain(JS_SPANS, document), items],
  ];
  for (const [name, textOf, decode, given] of decoders) {
    it(`keeps shown + rejected = given on ${name} with other values in it (seed ${SEED})`, async () => {
      const mutator = new Mutator(SEED + 2);
      const text = await textOf();
      let rejected = 0;
      for (let k = 0; k < 2500; k++) {
        const document = JSON.parse(text) as unknown;
        for (let left = 1 + mutator.below(4); left > 0; left--) scramble(document, mutator);
        let batch: SpanBatch;
        try {
          batch = decode(document);
        } catch (error) {
          if (!(error instanceof FormatError)) throw new Error(`input ${k}: ${JSON.stringify(document)}`, { cause: error });
          continue;
        }
        assert.equal(batch.count + batch.rejected, given(document), `input ${k}: ${JSON.stringify(document)}`);
        if (k % 10 === 0) detailsOf(batch);
        rejected += batch.rejected;
      }
      assert.ok(rejected > 20, `${rejected} spans rejected`);
    }).timeout(60_000);
  }
});

/** Puts something odd in a random place, or takes something away. */
function scramble(document: unknown, mutator: Mutator): void {
  let at = document;
  for (let depth = 1 + mutator.below(14); ; depth--) {
    if (typeof at !== 'object' || at === null) return;
    const keys = Object.keys(at);
    if (keys.length === 0) return;
    const key = mutator.pick(keys);
    const holder = at as Record<string, unknown>;
    const inner = holder[key];
    if (depth <= 0 || typeof inner !== 'object' || inner === null) {
      if (Array.isArray(holder) && mutator.below(3) === 0) holder.splice(Number(key), 1);
      else if (!Array.isArray(holder) && mutator.below(3) === 0) delete holder[key];
      else holder[key] = mutator.pick(ODD);
      return;
    }
    at = inner;
  }
}

type Loose = Record<string, unknown>;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const isMap = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);

function otlpSpans(document: unknown): number {
  return list((document as Loose)['resourceSpans']).filter(isMap).flatMap((r) => list(r['scopeSpans'])).filter(isMap).flatMap((s) => list(s['spans'])).length;
}

function jaegerSpans(document: unknown): number {
  return list((document as Loose)['data']).filter(isMap).flatMap((trace) => list(trace['spans'])).length;
}

function items(document: unknown): number {
  return list(document).length;
}

function phoenixSpans(document: unknown): number {
  return list((document as Loose)['data']).reduce<number>((sum, item) => sum + (isMap(item) && ['trace_id', 'project_id'].every((key) => typeof item[key] === 'string') && 'spans' in item ? list(item['spans']).length : 1), 0);
}

function decodePlain(kind: PlainSpanKind, document: unknown): SpanBatch {
  const converter = new PlainSpansConverter(kind);
  converter.add(document);
  return converter.finish();
}

function zipkinSpans(document: unknown): number {
  return list(document).flat().length;
}
