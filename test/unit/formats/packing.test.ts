// What lies around trace data in files: gzip and zstd, length prefixes, several messages, several systems.
import assert from 'node:assert/strict';
import * as zlib from 'node:zlib';
import { DOCUMENT_KINDS, otherSignalOf } from '../../../src/formats/documentKinds.ts';
import { FormatError } from '../../../src/formats/formatError.ts';
import { framedMessages } from '../../../src/formats/framedMessages.ts';
import { inflate, packingOf } from '../../../src/formats/inflate.ts';
import { decodeTracesMessage, readProtoMessages } from '../../../src/formats/protoDocuments.ts';
import { TraceDocuments } from '../../../src/formats/traceDocuments.ts';
import { WarningList } from '../../../src/formats/warningList.ts';
import { field, framed, recorded, recordedText, request, spanBody } from '../../support/formatFixtures.ts';

const bytesOf = (content: string): Uint8Array => new TextEncoder().encode(content);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const text = 'resource spans '.repeat(5000);

describe('inflate', () => {
  it('tells packings by their first bytes', () => {
    assert.equal(packingOf(zlib.gzipSync('a')), 'gzip');
    assert.equal(packingOf(zlib.zstdCompressSync('a')), 'zstd');
    assert.equal(packingOf(framed(zlib.zstdCompressSync('a')), 4), 'zstd');
    for (const other of [new Uint8Array(0), Uint8Array.of(0x1f), bytesOf('{"a":1}'), zlib.deflateSync('a')]) assert.equal(packingOf(other), undefined);
  });

  const packed: readonly (readonly [what: string, packing: 'gzip' | 'zstd', pack: (content: string) => Uint8Array])[] = [
    ['gzip', 'gzip', (content) => zlib.gzipSync(content)],
    ['zstd', 'zstd', (content) => zlib.zstdCompressSync(content)],
  ];
  for (const [what, packing, pack] of packed) {
    it(`unpacks ${what}, also in several parts`, async () => {
      assert.deepEqual(await inflate(pack(text), packing), { bytes: Buffer.from(text), brokenOff: false });
      assert.equal(textOf((await inflate(Buffer.concat([pack('a'), pack(text), pack('b')]), packing)).bytes), `a${text}b`);
      assert.equal((await inflate(pack(''), packing)).bytes.length, 0);
    });

    it(`keeps what came before the break in ${what}`, async () => {
      const noise = Array.from({ length: 300_000 }, (_, k) => String.fromCharCode(33 + ((k * k * 7919) % 91))).join('');
      const whole = pack(noise);
      const { bytes, brokenOff } = await inflate(whole.subarray(0, whole.length - 20), packing);
      assert.ok(brokenOff);
      assert.ok(noise.startsWith(textOf(bytes)));
    });

    it(`throws for ${what} that gives nothing`, async () => {
      const header = pack(text).subarray(0, 8);
      await assert.rejects(inflate(header, packing), (error: unknown) => error instanceof FormatError && error.message.includes(`begins like ${packing}`));
    });

    it(`stops ${what} at the cap, to the byte`, async () => {
      assert.equal((await inflate(pack(text), packing, text.length)).bytes.length, text.length);
      await assert.rejects(inflate(pack(text), packing, text.length - 1), (error: unknown) => error instanceof FormatError && /unpacks to more than/.test(error.message));
    });

    it(`counts all parts of ${what} against the cap`, async () => {
      await assert.rejects(inflate(Buffer.concat([pack(text), pack(text)]), packing, text.length + 1), FormatError);
    });
  }

  it('steps over what stands behind zstd', async () => {
    const { bytes, brokenOff } = await inflate(Buffer.concat([zlib.zstdCompressSync('a'), bytesOf('trailing')]), 'zstd');
    assert.equal(textOf(bytes), 'a');
    assert.equal(brokenOff, false);
  });
});

describe('framedMessages', () => {
  const cases: readonly (readonly [what: string, bytes: Uint8Array, expected: readonly (readonly [start: number, end: number, cut: boolean])[]])[] = [
    ['nothing', new Uint8Array(0), []],
    ['two', framed(bytesOf('abc'), bytesOf('d')), [[4, 7, false], [11, 12, false]]],
    ['an empty one', framed(new Uint8Array(0), bytesOf('d')), [[4, 4, false], [8, 9, false]]],
    ['one cut off', framed(bytesOf('abc')).subarray(0, 6), [[4, 6, true]]],
    ['a length cut off', framed(bytesOf('abc'), bytesOf('d')).subarray(0, 9), [[4, 7, false], [9, 9, true]]],
    ['a length of 4 GB', Uint8Array.of(255, 255, 255, 255, 1), [[4, 5, true]]],
  ];
  for (const [what, bytes, expected] of cases) {
    it(`finds ${what}`, () => {
      assert.deepEqual(Array.from(framedMessages(bytes), ({ start, end, cut }) => [start, end, cut]), expected);
    });
  }
});

describe('readProtoMessages', () => {
  const place = (bytes: Uint8Array, k: number): { bytes: Uint8Array; place: string } => ({ bytes, place: `message ${k}: ` });

  it('puts good messages into one batch, and bad ones by themselves, so that their places are right', () => {
    const good = [request(spanBody(1)), request(spanBody(2)), request(spanBody(3))];
    assert.equal(readProtoMessages(good.map(place), new WarningList()).length, 1);
    const odd = readProtoMessages([...good, request([])].map(place), new WarningList());
    assert.equal(odd.length, 4);
    assert.match(odd[3]!.warnings[0]!, /^message 3: The span at byte 6 was rejected/);
  });

  it('names each message that cannot be read, and throws when none can', () => {
    const warnings = new WarningList();
    const broken = Uint8Array.of(0x0a, 0x70);
    assert.equal(readProtoMessages([place(broken, 0), place(request(spanBody(1)), 1), place(broken, 2)], warnings).length, 1);
    assert.deepEqual(warnings.sentences.map((sentence) => sentence.slice(0, 10)), ['message 0:', 'message 2:']);
    assert.throws(() => readProtoMessages([place(broken, 0), place(broken, 1)], new WarningList()), /^FormatError: message 0: /);
  });

  it('starts a new batch before one grows too large', () => {
    const big = request(spanBody(1, ...field(3, 'x'.repeat(50_000))));
    const messages = Array.from({ length: 800 }, (_, k) => place(big, k));
    const batches = readProtoMessages(messages, new WarningList());
    assert.ok(batches.length >= 2 && batches.length <= 3);
    assert.equal(batches.reduce((sum, batch) => sum + batch.count, 0), 800);
  });

  it('passes on what Tempo says of a trace that is only a part', () => {
    const wrapped = Uint8Array.from([...field(1, recorded('tempo/trace-v1-protobuf.body')), 0x18, 1, ...field(4, 'Trace exceeds maximum size')]);
    const batch = decodeTracesMessage(wrapped)!;
    assert.equal(batch.count, 14);
    assert.equal(batch.warnings.at(-1), 'Tempo says this is only a part of the trace: Trace exceeds maximum size.');
    assert.deepEqual(decodeTracesMessage(recorded('tempo/trace-v2-protobuf.body'))!.warnings, []);
  });

  it('does not take broken spans for another signal', () => {
    assert.equal(decodeTracesMessage(request(field(1, new Uint8Array(16).fill(0xa1))))!.rejected, 1);
    assert.equal(decodeTracesMessage(request([0x59, 1, 2, 3, 4, 5, 6, 7, 8])), undefined, 'a log record that begins with its observed time');
  });
});

describe('document kinds', () => {
  const documents: readonly (readonly [what: string, document: unknown, format: string | undefined])[] = [
    ['OTLP', JSON.parse(recordedText('jaeger-v3/trace.body')), 'OTLP/JSON'],
    ['Tempo', JSON.parse(recordedText('tempo/trace-v1-json.body')), 'OTLP/JSON'],
    ['Phoenix', JSON.parse(recordedText('phoenix/spans-otlp.body')), 'OTLP/JSON'],
    ['Phoenix spans', JSON.parse(recordedText('phoenix/spans.body')), 'Phoenix JSON'],
    ['Phoenix traces', JSON.parse(recordedText('phoenix/traces-with-spans.body')), 'Phoenix JSON'],
    ['Jaeger', JSON.parse(recordedText('jaeger-v1/search.body')), 'Jaeger JSON'],
    ['Zipkin', JSON.parse(recordedText('zipkin/trace.body')), 'Zipkin v2 JSON'],
    ['ClickHouse', JSON.parse(recordedText('clickhouse/exporter.json')), 'ClickHouse rows'],
    ['an empty list', [], 'Zipkin v2 JSON'],
    ['an empty object', {}, undefined],
    ['logs', { resourceLogs: [] }, undefined],
    ['a number', 5, undefined],
    ['null', null, undefined],
    ['a list of names', ['a', 'b'], undefined],
    ['an own toString', { toString: 1, resourceSpans: 'no' }, undefined],
  ];
  for (const [what, document, format] of documents) {
    it(`sees ${what} as ${format ?? 'nothing it knows'}`, () => {
      assert.deepEqual(DOCUMENT_KINDS.filter((kind) => kind.matches(document)).map((kind) => kind.format), format === undefined ? [] : [format]);
    });
  }

  it('names other signals', () => {
    assert.equal(otherSignalOf({ resourceLogs: [] }), 'logs');
    assert.equal(otherSignalOf({ resource_metrics: [{}] }), 'metrics');
    assert.equal(otherSignalOf({ resourceProfiles: [] }), 'profiles');
    for (const other of [{ resourceLogs: 5 }, [], null, 'x', { resourceSpans: [] }]) assert.equal(otherSignalOf(other), undefined);
  });
});

describe('TraceDocuments', () => {
  it('numbers lines over the whole of its bytes, and puts the place given before them', async () => {
    const warnings = new WarningList();
    const documents = new TraceDocuments(warnings);
    assert.equal(documents.used, false);
    await documents.addBytes(bytesOf('\n\n{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":""}]}]}]}\n\n{\n"resourceSpans":\n[ nope ]}'), 'message 3: ');
    assert.equal(documents.used, true);
    const { batches, format } = documents.finish();
    assert.equal(format, 'OTLP/JSON');
    assert.match(batches[0]!.warnings[0]!, /^message 3: line 3: resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\] was rejected/);
    assert.match(warnings.sentences[0]!, /^message 3: line 7, column 3: not valid JSON/);
  });

  it('says what it expected when there was nothing', async () => {
    const documents = new TraceDocuments(new WarningList());
    await documents.addBytes(bytesOf('  \n'));
    assert.throws(() => documents.finish(), /it is empty; OTLP\/JSON, .* was expected/);
  });

  it('keeps the pieces of Zipkin spans together over documents, however many there are', async () => {
    const documents = new TraceDocuments(new WarningList());
    const half = (kind: string, service: string): string => JSON.stringify([{ traceId: 'a', id: 'b', kind, timestamp: 1, duration: 1, localEndpoint: { serviceName: service } }]);
    await documents.addBytes(bytesOf(`${half('CLIENT', 'x')}\n${half('SERVER', 'y')}\n`));
    const { batches } = documents.finish();
    assert.equal(batches.length, 1);
    assert.deepEqual(new Set(batches[0]!.spanId).size > 2, true, 'the server half has an id of its own');
  });
});

describe('WarningList', () => {
  it('keeps the first and counts the rest, also those nobody built', () => {
    const list = new WarningList();
    assert.deepEqual(list.sentences, []);
    for (let k = 0; k < 30; k++) list.add(`${k}.`);
    assert.equal(list.open, false);
    list.addUnnamed();
    assert.equal(list.sentences.length, 25);
    assert.equal(list.sentences[24], '7 further warnings are not listed.');
    const other = new WarningList();
    other.addAll(['a.', 'b.']);
    assert.deepEqual(other.sentences, ['a.', 'b.']);
  });
});
