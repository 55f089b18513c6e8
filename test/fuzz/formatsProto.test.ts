// The protobuf reader on damaged messages: it answers a batch whose every number holds, or a FormatError with a place; nothing else, and in
// time. A second, naive walker over the frames says how many spans were given. Seeded: TRACEFALL_FUZZ_SEED repeats a run.
import assert from 'node:assert/strict';
import { FormatError } from '../../src/formats/formatError.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { OtlpWriter } from '../../src/formats/otlpWriter.ts';
import { decodeTracesMessage } from '../../src/formats/protoDocuments.ts';
import { decodeResource, decodeSpan } from '../../src/formats/spanDecoder.ts';
import type { AttributeValue } from '../../src/model/attributes.ts';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import { Mutator } from '../support/mutate.ts';
import { generateTraces } from '../support/traceGenerator.ts';
import { cpuMs } from '../support/cpuTime.ts';

const SEED = Number(process.env['TRACEFALL_FUZZ_SEED'] ?? 20_261_121);
const INPUTS = Number(process.env['TRACEFALL_FUZZ_INPUTS'] ?? 200_000);

describe('fuzz: OTLP/protobuf', () => {
  it(`holds on ${INPUTS} damaged messages (seed ${SEED})`, () => {
    const mutator = new Mutator(SEED);
    const bases = seeds();
    let threw = 0;
    let rejected = 0;
    for (let k = 0; k < INPUTS; k++) {
      const input = k % 3 === 0 ? mutator.damage(mutator.pick(bases), mutator.pick(bases)) : mutator.damageInPlace(mutator.pick(bases));
      const given = countSpans(input);
      let batch: SpanBatch | undefined;
      try {
        batch = decodeOtlpProto(input);
      } catch (error) {
        if (!(error instanceof FormatError)) throw new Error(`input ${k}: ${Buffer.from(input).toString('hex')}`, { cause: error });
        assert.ok(error.offset >= 0 && error.offset <= input.length);
        threw++;
      }
      assert.equal(batch === undefined ? undefined : batch.count + batch.rejected, given, `input ${k}: shown + rejected = given; ${Buffer.from(input).toString('hex')}`);
      if (batch === undefined) continue;
      rejected += batch.rejected;
      checkColumns(batch);
      if (k % 8 === 0) checkDetails(batch, input);
    }
    // Damage that never shows would mean that nothing was tested.
    assert.ok(threw > INPUTS / 10 && rejected > INPUTS / 10, `${threw} threw, ${rejected} spans rejected`);
  }).timeout(120_000);

  it('holds on random bytes', () => {
    const mutator = new Mutator(SEED + 1);
    for (let k = 0; k < 20_000; k++) {
      const input = Uint8Array.from({ length: mutator.below(64) }, () => mutator.below(256));
      try {
        checkColumns(decodeOtlpProto(input));
        decodeTracesMessage(input);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
  }).timeout(60_000);

  it('holds on millions of empty spans, groups and nested messages, in time', () => {
    const repeated = (unit: readonly number[], times: number): Uint8Array => {
      const all = new Uint8Array(unit.length * times);
      for (let k = 0; k < times; k++) all.set(unit, k * unit.length);
      return all;
    };
    const wrapped = (field: number, body: Uint8Array): Uint8Array => {
      const head = [field * 8 + 2];
      let rest = body.length;
      for (; rest >= 128; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128);
      return Uint8Array.from(Buffer.concat([Uint8Array.from([...head, rest]), body]));
    };
    const started = cpuMs();
    const inScope = (spans: Uint8Array): SpanBatch => decodeOtlpProto(wrapped(1, wrapped(2, spans)));
    assert.equal(inScope(repeated([0x12, 0], 1_000_000)).rejected, 1_000_000);
    assert.equal(inScope(repeated([0x12, 1, 0xff], 1_000_000)).rejected, 1_000_000);
    assert.equal(inScope(repeated([0x12, 10, 0x12, 8, 1, 2, 3, 4, 5, 6, 7, 8], 500_000)).count, 500_000);
    assert.equal(decodeOtlpProto(repeated([0x0a, 0], 2_000_000)).count, 0);
    assert.throws(() => decodeOtlpProto(repeated([0x13], 1_000_000)), FormatError);
    let nested: Uint8Array = Uint8Array.of(0x0a, 1, 0x78);
    for (let k = 0; k < 3000; k++) nested = wrapped(1, wrapped(5, nested));
    const batch = inScope(wrapped(2, Uint8Array.from(Buffer.concat([Uint8Array.of(0x12, 8, 1, 1, 1, 1, 1, 1, 1, 1), wrapped(9, wrapped(2, nested))]))));
    assert.equal(decodeSpan(batch, 0).attributes.length, 1);
    assert.ok(cpuMs() - started < 20_000);
  }).timeout(60_000);
});

/** Small messages that between them have every field. */
function seeds(): Uint8Array[] {
  const writer = new OtlpWriter();
  const nested: AttributeValue = [1n, { entries: [{ key: 'k', value: [true, 2.5, Uint8Array.of(1), undefined] }] }];
  writer.beginResource([{ key: 'service.name', value: 'a' }, { key: 'x', value: nested }]);
  writer.beginScope({ name: 's', version: '1', attributes: [{ key: 'y', value: 'z' }] });
  for (let k = 1; k < 4; k++) {
    writer.span({
      traceId: '0102030405060708090a0b0c0d0e0f10', spanId: `000000000000000${k}`, parentSpanId: k > 1 ? '0000000000000001' : '', traceState: 'a=b', name: `op ${k}`, kind: k, startUnixNano: 5n, endUnixNano: 9n,
      statusCode: 2, statusMessage: 'no', attributes: [{ key: 'code.file.path', value: nested }, { key: 'n', value: -1n }], events: [{ timeUnixNano: 6n, name: 'exception', attributes: [{ key: 'exception.type', value: 'E' }], droppedAttributes: 1 }],
      links: [{ traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '0000000000000009', traceState: 't', attributes: [{ key: 'l', value: 1.5 }] }], droppedAttributes: 1, droppedEvents: 200, droppedLinks: 3,
    });
  }
  writer.endScope();
  writer.endResource();
  return [writer.finish(), generateTraces({ seed: 3, spansPerTrace: 2, services: 2, attributes: 3 }), generateTraces({ seed: 4, spansPerTrace: 4, services: 3, attributes: 1, errorRate: 0.3 })];
}

function checkColumns(batch: SpanBatch): void {
  const { count: n, bytes } = batch;
  for (const [column, width] of [
    [batch.spanOffset, 1], [batch.spanLength, 1], [batch.traceId, 4], [batch.spanId, 2], [batch.parentId, 2], [batch.startTime, 2], [batch.endTime, 2],
    [batch.name, 1], [batch.kind, 1], [batch.status, 1], [batch.flags, 1], [batch.resource, 1], [batch.scope, 1],
  ] as const) assert.equal(column.length, n * width);
  for (let i = 0; i < n; i++) {
    assert.ok(batch.spanOffset[i]! + batch.spanLength[i]! <= bytes.length);
    assert.ok((batch.spanId[2 * i]! | batch.spanId[2 * i + 1]!) !== 0);
    assert.ok(batch.name[i]! < batch.strings.length && batch.resource[i]! < batch.resources.length && batch.scope[i]! < batch.scopes.length);
    assert.ok(batch.kind[i]! <= 5 && batch.status[i]! <= 2);
  }
  for (const range of [...batch.resources, ...batch.scopes]) assert.ok(range.offset + range.length <= bytes.length);
  assert.equal(batch.eventTime.length, 2 * batch.eventSpan.length);
  let last = 0;
  for (const span of batch.eventSpan) {
    assert.ok(span < n && span >= last, 'events stand in the order of their spans');
    last = span;
  }
  assert.ok(batch.warnings.length <= 25);
}

function checkDetails(batch: SpanBatch, input: Uint8Array): void {
  const before = Buffer.from(input).toString('latin1');
  let events = 0;
  for (let i = 0; i < batch.count; i++) {
    const details = decodeSpan(batch, i);
    assert.equal(details.name, batch.strings[batch.name[i]!]);
    events += details.events.length;
  }
  assert.equal(events, batch.eventSpan.length);
  batch.resources.forEach((_, k) => decodeResource(batch, k));
  assert.equal(Buffer.from(input).toString('latin1'), before, 'reading changes nothing');
}

/** How many spans the frames hold; undefined where the frames around spans are broken. Written apart from the reader, as plainly as can be. */
function countSpans(bytes: Uint8Array): number | undefined {
  let spans = 0;
  const walk = (from: number, to: number, level: number): boolean => {
    let at = from;
    while (at < to) {
      const tag = number(bytes, at, to);
      if (tag === undefined || tag.value >= 2n ** 32n || tag.value >> 3n === 0n) return false;
      at = tag.end;
      const field = Number(tag.value >> 3n);
      const wire = Number(tag.value & 7n);
      const wanted = level === 0 ? field === 1 : level === 1 ? field === 1 || field === 2 || field === 1000 : field === 1 || field === 2;
      if (wanted && wire !== 2) return false;
      const end = skipped(bytes, at, to, field, wire);
      if (end === undefined) return false;
      if (wanted && level === 2 && field === 2) spans++;
      else if (wanted && (level === 0 || (level === 1 && field !== 1)) && !walk(number(bytes, at, to)!.end, end, level + 1)) return false;
      at = end;
    }
    return true;
  };
  return walk(0, bytes.length, 0) ? spans : undefined;
}

function number(bytes: Uint8Array, from: number, to: number): { value: bigint; end: number } | undefined {
  let value = 0n;
  for (let k = 0; k < 10 && from + k < to; k++) {
    const byte = bytes[from + k]!;
    value |= BigInt(byte & 127) << BigInt(7 * k);
    if (byte < 128) return value < 2n ** 64n ? { value, end: from + k + 1 } : undefined;
  }
  return undefined;
}

/** Where the field's value ends. */
function skipped(bytes: Uint8Array, from: number, to: number, field: number, wire: number): number | undefined {
  if (wire === 0) return number(bytes, from, to)?.end;
  if (wire === 1 || wire === 5) return from + (wire === 1 ? 8 : 4) <= to ? from + (wire === 1 ? 8 : 4) : undefined;
  if (wire === 2) {
    const length = number(bytes, from, to);
    return length === undefined || length.value > BigInt(to - length.end) ? undefined : length.end + Number(length.value);
  }
  if (wire !== 3) return undefined;
  const open = [field];
  let at = from;
  while (open.length > 0) {
    const tag = number(bytes, at, to);
    if (tag === undefined || tag.value >= 2n ** 32n || tag.value >> 3n === 0n) return undefined;
    at = tag.end;
    const inner = Number(tag.value >> 3n);
    const kind = Number(tag.value & 7n);
    if (kind === 3) {
      if (open.push(inner) > 32) return undefined;
    } else if (kind === 4) {
      if (open.pop() !== inner) return undefined;
    } else {
      const end = skipped(bytes, at, to, inner, kind);
      if (end === undefined) return undefined;
      at = end;
    }
  }
  return at;
}
