import assert from 'node:assert/strict';
import * as zlib from 'node:zlib';
import { DOCUMENT_KINDS } from '../../../src/formats/documentKinds.ts';
import { readTraceFile, type FileLimits, type TraceFile } from '../../../src/formats/fileReader.ts';
import { FormatError } from '../../../src/formats/formatError.ts';
import { looksFramed } from '../../../src/formats/framedMessages.ts';
import { detailsOf, field, foreign, framed, recorded, recordedText, request, spanBody } from '../../support/formatFixtures.ts';
import { generateTraces } from '../../support/traceGenerator.ts';

const PB = recorded('reference-trace.otlp.pb');
const PRETTY = recorded('reference-trace.otlp.json');
const LINE = new TextEncoder().encode(JSON.stringify(JSON.parse(recordedText('reference-trace.otlp.json'))));
const bytesOf = (content: string): Uint8Array => new TextEncoder().encode(content);
const join = (...parts: readonly (Uint8Array | string)[]): Uint8Array => new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'string' ? bytesOf(part) : part))));
const lines = (...parts: readonly (Uint8Array | string)[]): Uint8Array => join(...parts.flatMap((part) => [part, '\n']));
const spansIn = (file: TraceFile): number => file.batches.reduce((sum, batch) => sum + batch.count, 0);
const rejectedIn = (file: TraceFile): number => file.batches.reduce((sum, batch) => sum + batch.rejected, 0);

describe('readTraceFile', () => {
  const readable: readonly (readonly [what: string, bytes: Uint8Array, spans: number, format: RegExp])[] = [
    ['OTLP protobuf', PB, 14, /^OTLP\/protobuf$/],
    ['an OTLP document', PRETTY, 14, /^OTLP\/JSON$/],
    ['a byte order mark', join(Uint8Array.of(0xef, 0xbb, 0xbf), PRETTY), 14, /^OTLP\/JSON$/],
    ['UTF-16, as PowerShell redirects', join(Uint8Array.of(0xff, 0xfe), Buffer.from(recordedText('reference-trace.otlp.json'), 'utf16le')), 14, /^OTLP\/JSON$/],
    ['UTF-16 without a mark', new Uint8Array(Buffer.from(recordedText('reference-trace.otlp.json'), 'utf16le')), 14, /^OTLP\/JSON$/],
    ['UTF-16 the other way round without a mark', new Uint8Array(Buffer.from(recordedText('reference-trace.otlp.json'), 'utf16le').swap16()), 14, /^OTLP\/JSON$/],
    ['one document a line', lines(LINE, LINE, LINE), 42, /^OTLP\/JSON$/],
    ['one a line with carriage returns and empty lines', join(LINE, '\r\n\r\n', LINE, '\r\n'), 28, /^OTLP\/JSON$/],
    ['pretty documents after each other', join(PRETTY, PRETTY, '\n', PRETTY), 42, /^OTLP\/JSON$/],
    ['a list of documents', join('[', LINE, ',', LINE, ']'), 28, /^OTLP\/JSON$/],
    ['gzip', new Uint8Array(zlib.gzipSync(PB)), 14, /^gzip, OTLP\/protobuf$/],
    ['gzip of JSON lines', new Uint8Array(zlib.gzipSync(lines(LINE, LINE))), 28, /^gzip, OTLP\/JSON$/],
    ['gzip in several members', join(zlib.gzipSync(lines(LINE)), zlib.gzipSync(lines(LINE))), 28, /^gzip, OTLP\/JSON$/],
    ['gzip twice', new Uint8Array(zlib.gzipSync(zlib.gzipSync(PB))), 14, /^gzip, gzip, OTLP\/protobuf$/],
    ['zstd', new Uint8Array(zlib.zstdCompressSync(PRETTY)), 14, /^zstd, OTLP\/JSON$/],
    ['zstd in several frames', join(zlib.zstdCompressSync(lines(LINE)), zlib.zstdCompressSync(lines(LINE))), 28, /^zstd, OTLP\/JSON$/],
    ['the exporter’s protobuf', framed(PB, PB, PB), 42, /^length-prefixed OTLP\/protobuf$/],
    ['the exporter’s protobuf, packed', framed(zlib.zstdCompressSync(PB), zlib.zstdCompressSync(PB)), 28, /^zstd messages, length-prefixed OTLP\/protobuf$/],
    ['the exporter’s protobuf, packed with gzip', framed(zlib.gzipSync(PB), zlib.gzipSync(PB)), 28, /^gzip messages, length-prefixed OTLP\/protobuf$/],
    ['the exporter’s protobuf with empty messages', framed(new Uint8Array(0), PB, new Uint8Array(0), PB), 28, /^length-prefixed OTLP\/protobuf$/],
    ['the exporter’s JSON, packed', framed(zlib.zstdCompressSync(LINE), zlib.zstdCompressSync(LINE)), 28, /^zstd messages, length-prefixed OTLP\/JSON$/],
    ['the exporter’s protobuf in gzip', new Uint8Array(zlib.gzipSync(framed(PB, PB))), 28, /^gzip, length-prefixed OTLP\/protobuf$/],
    ['Tempo v1 JSON', recorded('tempo/trace-v1-json.body'), 14, /^OTLP\/JSON$/],
    ['Tempo v2 JSON', recorded('tempo/trace-v2-json.body'), 14, /^OTLP\/JSON$/],
    ['Tempo v1 protobuf', recorded('tempo/trace-v1-protobuf.body'), 14, /^OTLP\/protobuf$/],
    ['Tempo v2 protobuf, wrapped', recorded('tempo/trace-v2-protobuf.body'), 14, /^OTLP\/protobuf$/],
    ['an empty answer of Tempo', recorded('tempo/trace-v2-missing.body'), 0, /^OTLP\/JSON$/],
    ['Jaeger v3', recorded('jaeger-v3/trace.body'), 14, /^OTLP\/JSON$/],
    ['Jaeger v1', recorded('jaeger-v1/trace.body'), 14, /^Jaeger JSON$/],
    ['Zipkin', recorded('zipkin/trace.body'), 14, /^Zipkin v2 JSON$/],
    ['Zipkin search', recorded('zipkin/search.body'), 14, /^Zipkin v2 JSON$/],
    ['Zipkin spans, one a line', lines(...(JSON.parse(recordedText('zipkin/trace.body')) as object[]).map((span) => JSON.stringify(span))), 14, /^Zipkin v2 JSON$/],
    ['three systems in one file', lines(LINE, recordedText('jaeger-v1/trace.body'), recordedText('zipkin/trace.body')), 42, /^OTLP\/JSON \+ Jaeger JSON \+ Zipkin v2 JSON$/],
  ];
  for (const [what, bytes, spans, format] of readable) {
    it(`reads ${what}`, async () => {
      const file = await readTraceFile(bytes, 'any.name');
      assert.equal(spansIn(file), spans);
      assert.equal(rejectedIn(file), 0);
      assert.match(file.format, format);
      assert.deepEqual(file.warnings, []);
    });
  }

  const partly: readonly (readonly [what: string, bytes: Uint8Array, spans: number, warnings: readonly RegExp[]])[] = [
    ['a last line cut off', join(LINE, '\n', LINE.subarray(0, 3000)), 18, [/^line 2 \(byte \d+\): the data ends inside the JSON document that begins at line 2; the spans before that were kept\.$/]],
    ['a last line cut off in its first span', join(LINE, '\n', LINE.subarray(0, 500)), 14, [/^line 2 \(byte \d+\): the data ends inside the JSON document that begins at line 2; its closing bracket was expected\.$/]],
    ['a line in the middle cut off', lines(LINE, LINE.subarray(0, 3000), LINE), 32, [/^line 2, column \d+: not valid JSON: .*, but something else stands there; the spans before that were kept\.$/]],
    ['only one document, cut off', PRETTY.subarray(0, 9000), 7, [/^line 422 \(byte 9000\): the data ends inside the JSON document that begins at line 1; the spans before that were kept\.$/]],
    ['only one document, with a comma too many', bytesOf(`${new TextDecoder().decode(LINE).slice(0, -1)},}`), 14, [/^line 1, column \d+: not valid JSON: a name in double quotes was expected, but something else stands there; the spans before that were kept\.$/]],
    ['one document cut off behind a NaN', bytesOf(`[{"traceId":"${'a'.repeat(32)}","id":"${'b'.repeat(16)}","timestamp":1,"duration":2,"x":NaN},{"traceId":"a","id":"x`), 1, [/the spans before that were kept\.$/]],
    ['a list of documents cut off', join('[', LINE, ',', LINE.subarray(0, 500)), 14, [/the spans before that were kept\.$/]],
    ['text right behind a document', join(LINE, 'xyz'), 14, [new RegExp(`^line 1, column ${LINE.length + 1}: not valid JSON`)]],
    ['text behind two documents of a line', join(LINE, '\n', LINE, ' ', LINE, ' xyz'), 42, [new RegExp(`^line 2, column ${2 * LINE.length + 3}: not valid JSON`)]],
    ['a fault inside a pretty document', join(PRETTY, '{\n "resourceSpans": [\n  tru\n ]\n}\n', PRETTY), 28, [/^line \d+, column 3: not valid JSON: a value was expected/]],
    ['logs and metrics between traces', lines(LINE, '{"resourceLogs":[]}', '{"resourceMetrics":[]}', '{"resourceLogs":[]}', LINE), 28, [/^2 documents of logs skipped/, /^1 document of metrics skipped/]],
    ['other JSON between traces', lines('{"msg":"starting"}', LINE), 14, [/^line 1: this JSON holds no traces; OTLP\/JSON/]],
    ['text around traces', lines('Starting', LINE, 'done'), 14, [/^line 1, column 1: not valid JSON/, /^line 3, column 1: not valid JSON/]],
    ['bytes that are not UTF-8', join(LINE.subarray(0, LINE.indexOf(0x2f) + 1), Uint8Array.of(0xff), LINE.subarray(LINE.indexOf(0x2f) + 1)), 14, [/^line 1: not valid UTF-8/]],
    ['gzip cut off', new Uint8Array(zlib.gzipSync(lines(LINE, LINE))).subarray(0, -40), 24, [/^The gzip data is cut off or damaged after \d+ unpacked bytes/, /the data ends inside .* were kept/]],
    ['the exporter’s file cut off', framed(PB, PB).subarray(0, -100), 27, [/^message 2 \(byte 6009\): the file ends inside it; the spans that are whole were kept\.$/]],
    ['the exporter’s file cut off in a first span', framed(PB, PB).subarray(0, 6200), 14, [/^message 2 \(byte 6009\): the file ends inside it; it was left out\.$/]],
    ['the exporter’s packed file cut off', framed(PB, zlib.gzipSync(PB)).subarray(0, -200), 26, [/^message 2 \(byte 6009\): the file ends inside it; the spans that are whole were kept\.$/]],
    ['the exporter’s file cut off in a length', framed(PB, PB).subarray(0, 6007), 14, [/^message 2 \(byte 6007\): the file ends inside it; it was left out\.$/]],
    ['protobuf cut off', PB.subarray(0, 3000), 7, [/^Not a readable OTLP\/protobuf trace message: .*, at byte \d+ of 3000; the spans that are whole were kept\.$/]],
    ['protobuf in gzip cut off', new Uint8Array(zlib.gzipSync(PB)).subarray(0, -700), 10, [/^The gzip data is cut off/, /the spans that are whole were kept\.$/]],
    ['a broken message between good ones', framed(PB, Uint8Array.of(0x0a, 0x50, 1), PB), 28, [/^message 2 \(byte 6009\): Not a readable OTLP\/protobuf trace message: .* at byte 1 of 3/]],
    ['a broken packed message between good ones', framed(PB, Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3, 4), PB), 28, [/^message 2 \(byte 6009\): it begins like zstd/]],
    ['messages of other signals', framed(PB, logsRequest(), metricsRequest(), PB), 28, [/^2 protobuf messages of logs or metrics skipped/]],
  ];
  for (const [what, bytes, spans, warnings] of partly) {
    it(`reads the rest where there is ${what}, and says so`, async () => {
      const file = await readTraceFile(bytes, 'any.name');
      assert.equal(spansIn(file), spans);
      assert.equal(file.warnings.length, warnings.length, file.warnings.join('\n'));
      warnings.forEach((warning, k) => assert.match(file.warnings[k]!, warning));
    });
  }

  const unreadable: readonly (readonly [what: string, bytes: Uint8Array, sentence: RegExp, limits?: FileLimits])[] = [
    ['nothing', new Uint8Array(0), /^f\.x: it is empty; OTLP\/protobuf, .* was expected/],
    ['a page of a server', new TextEncoder().encode('404 page not found\nbye'), /^f\.x: not a trace file: it begins with "404 page not found" \(at byte 0\); OTLP/],
    ['a long text', new TextEncoder().encode(`\n<!doctype html>${'x'.repeat(100)}`), /: it begins with "<!doctype html>x+…" \(at byte 0\)/],
    ['a line end', Uint8Array.of(0x0a), /^f\.x: it is empty; /],
    ['white space', new TextEncoder().encode(' \n\t\n'), /^f\.x: it is empty; /],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47), /^f\.x: not a trace file: it begins with the bytes 89 50 4e 47 \(at byte 0\); OTLP\/protobuf, .* was expected/],
    ['plain text', bytesOf('hello world'), /^f\.x: not a trace file/],
    ['other JSON', bytesOf('{"a":1}'), /^f\.x: line 1: this JSON holds no traces; .* was expected/],
    ['broken JSON', bytesOf('{"resourceSpans":\n [}'), /^f\.x: line 2, column 3: not valid JSON: a value was expected/],
    ['JSON cut off in its first span', PRETTY.subarray(0, 1200), /^f\.x: line \d+ \(byte 1200\): the data ends inside the JSON document that begins at line 1; its closing bracket was expected\.$/],
    ['only logs', lines('{"resourceLogs":[]}'), /^f\.x: no traces in it, only logs; .* was expected/],
    ['only logs in protobuf', logsRequest(), /^f\.x: no traces in it, only logs or metrics \(at byte 0\); .* was expected/],
    ['protobuf cut off in its first span', PB.subarray(0, 180), /^f\.x: Not a readable OTLP\/protobuf trace message: .*, at byte \d+ of 180\.$/],
    ['an error of Jaeger', recorded('jaeger-v1/trace-missing.body'), /^f\.x: line 1: no trace but an answer of Jaeger's with error 404/],
    ['an error of Jaeger v3', recorded('jaeger-v3/trace-missing.body'), /^f\.x: line 1: this JSON holds no traces/],
    ['broken gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3), /^f\.x: it begins like gzip \(at byte 0\) but cannot be unpacked/],
    ['gzip of gzip of gzip …', [1, 2, 3, 4, 5].reduce<Uint8Array>((inner) => new Uint8Array(zlib.gzipSync(inner)), PB), /^f\.x: it is packed more than 4 times over/],
    ['a bomb', new Uint8Array(zlib.gzipSync(new Uint8Array(3_000_000))), /^f\.x: it unpacks to more than 1 MB/, { maxInflatedBytes: 1_100_000 }],
    ['a zstd bomb', new Uint8Array(zlib.zstdCompressSync(new Uint8Array(3_000_000))), /^f\.x: it unpacks to more than 1 MB/, { maxInflatedBytes: 1_100_000 }],
    ['a record larger than a string', LINE, /^f\.x: line 1: a single JSON record is larger than/, { maxDocumentBytes: 1000 }],
  ];
  for (const [what, bytes, sentence, limits] of unreadable) {
    it(`throws one sentence with file and place: ${what}`, async () => {
      await assert.rejects(readTraceFile(bytes, 'f.x', limits), (error: unknown) => error instanceof FormatError && sentence.test(error.message) && !error.message.includes('\n'));
    });
  }

  it('names every format it reads where it finds none', async () => {
    for (const [content, formats] of [['hello', ['OTLP/protobuf', ...DOCUMENT_KINDS.map(({ format }) => format)]], ['{"a":1}', DOCUMENT_KINDS.map(({ format }) => format)]] as const) {
      await assert.rejects(readTraceFile(bytesOf(content), 'f.x'), (error: unknown) => error instanceof FormatError && formats.every((format) => error.message.includes(format)) && /[;,] OTLP\/JSON, .* or .* was expected/.test(error.message));
    }
  });

  it('stops a bomb of 1 GB at its cap', async () => {
    const member = zlib.gzipSync(Buffer.alloc(64 << 20));
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => member));
    assert.ok(bomb.length < 2_000_000);
    await assert.rejects(readTraceFile(bomb, 'bomb.gz'), /^FormatError: bomb\.gz: it unpacks to more than 512 MB/);
  }).timeout(60_000);

  it('bounds what many packed messages unpack to together', async () => {
    const message = zlib.zstdCompressSync(join(PB, new Uint8Array(0)));
    const file = await readTraceFile(framed(message, message, message, message), 'x', { maxInflatedBytes: 15_000 });
    assert.equal(spansIn(file), 28);
    assert.equal(file.warnings.length, 2);
    assert.match(file.warnings[0]!, /^message 3 .* it unpacks to more than/);
  });

  it('reads a document larger than one string in parts', async () => {
    const file = await readTraceFile(LINE, 'x', { maxDocumentBytes: 8000 });
    assert.deepEqual(new Set(file.batches.flatMap(detailsOf).map((span) => span.spanId)), new Set((await readTraceFile(PB, 'x')).batches.flatMap(detailsOf).map((span) => span.spanId)));
  });

  it('reads what is whole of one that is cut off', async () => {
    const [cut, whole] = await Promise.all([LINE.subarray(0, -500), LINE].map(async (bytes) => (await readTraceFile(bytes, 'x', { maxDocumentBytes: 8000 })).batches.flatMap(detailsOf).map((span) => span.spanId)));
    assert.deepEqual(cut, whole!.slice(0, cut!.length));
    assert.ok(cut!.length > 0 && cut!.length < 14, String(cut!.length));
  });

  it('counts every span: shown and rejected together are what was given', async () => {
    const document = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'ab', spanId: '1' }, { traceId: 'ab', spanId: '' }, { traceId: '', spanId: '2' }, 5] }] }] });
    const json = await readTraceFile(bytesOf(document), 'x');
    assert.deepEqual([spansIn(json), rejectedIn(json)], [2, 2]);
    const proto = await readTraceFile(framed(request(spanBody(1), []), request(spanBody(2), [0x00], spanBody(3))), 'x');
    assert.deepEqual([spansIn(proto), rejectedIn(proto)], [3, 2]);
    assert.match(proto.batches.flatMap((batch) => batch.warnings).join('\n'), /^message 1 \(byte 4\): The span at byte \d+ was rejected/m);
  });

  for (const bracket of ['[', '{']) {
    it(`does not take protobuf for JSON whose second byte, a length, is ${bracket}`, async () => {
      const message = Array.from({ length: 128 }, (_, size) => request(spanBody(1, ...field(3, 'x'.repeat(size))))).find((one) => one[1] === bracket.charCodeAt(0))!;
      for (const [bytes, spans] of [[message, 1], [framed(message, PB, message), 16], [framed(PB, message), 15]] as const) {
        const file = await readTraceFile(bytes, 'x');
        assert.deepEqual([spansIn(file), file.warnings], [spans, []]);
      }
      const json = await readTraceFile(join('\n', bracket === '[' ? join('[', LINE, ']') : LINE), 'x');
      assert.deepEqual([spansIn(json), json.format], [14, 'OTLP/JSON']);
    });
  }

  it('makes few batches of many small messages', async () => {
    const file = await readTraceFile(framed(...Array.from({ length: 500 }, (_, k) => generateTraces({ seed: k, spansPerTrace: 3, services: 2 }))), 'x');
    assert.equal(spansIn(file), 1500);
    assert.equal(file.batches.length, 1);
  });

  it('lets other work of its thread go on', async () => {
    const large = lines(...Array.from({ length: 1500 }, () => LINE));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    try {
      assert.equal(spansIn(await readTraceFile(large, 'x')), 21_000);
    } finally {
      clearInterval(timer);
    }
    assert.ok(turns > 1);
  });

  it('tells a framed file by its first message', () => {
    assert.ok(looksFramed(framed(PB)));
    assert.ok(!looksFramed(PB));
    assert.ok(!looksFramed(bytesOf('{"resourceSpans":[]}')));
    assert.ok(!looksFramed(Uint8Array.of(0, 0, 0, 1, 0x0a)));
    assert.ok(!looksFramed(new Uint8Array(4096)));
  });

  const others: readonly (readonly [file: string, spans: number])[] = [
    ['openinference/vercel-v6-all-spans.json', 10],
    ['otlp/jaeger-clickhouse-ptrace.json', 1],
    ['otlp/otlp2parquet-traces.jsonl', 19],
    ['otlp/otlp2parquet-traces.pb', 19],
    ['otlp/proto-example-trace.json', 1],
    ['tempo/istio-bookinfo.tempo-v1.json', 8],
    ['jaeger/apiv3-GetTrace.json', 1],
    ['jaeger/ui-genai-57spans.json', 57],
    ['jaeger/uimodel-all-tag-types.json', 5],
    ['zipkin/messaging-kafka.json', 28],
    ['zipkin/netflix.json', 8],
    ['zipkin/skew.json', 4],
  ];
  for (const [name, spans] of others) {
    const bytes = foreign(name);
    if (bytes === undefined) continue;
    it(`reads ${name} of another project`, async () => {
      const file = await readTraceFile(bytes, name);
      assert.deepEqual([spansIn(file), rejectedIn(file), file.warnings], [spans, 0, []]);
    });
  }

  const both = [foreign('otlp/otlp2parquet-traces.jsonl'), foreign('otlp/otlp2parquet-traces.pb')] as const;
  if (both[0] !== undefined && both[1] !== undefined) {
    it('reads the same spans from the JSON and the protobuf of one export', async () => {
      const [json, proto] = await Promise.all(both.map(async (bytes) => (await readTraceFile(bytes!, 'x')).batches.flatMap(detailsOf)));
      assert.deepEqual(json, proto);
    });
  }
});

/** ExportLogsServiceRequest: a LogRecord begins with its time. */
function logsRequest(): Uint8Array {
  return request([0x09, 1, 2, 3, 4, 5, 6, 7, 8, ...field(3, 'INFO')]);
}

/** ExportMetricsServiceRequest: a Metric begins with its name. */
function metricsRequest(): Uint8Array {
  return request([...field(1, 'http.server.request.duration'), ...field(3, 's'), ...field(9, Uint8Array.of(0x10, 2))]);
}
