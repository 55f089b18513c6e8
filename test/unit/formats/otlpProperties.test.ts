// Reader, writer and export against protobufjs and against each other, on random messages.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decodeOtlpJsonText } from '../../../src/formats/otlpJson.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { spansToOtlpJson } from '../../../src/formats/otlpExport.ts';
import { OtlpWriter } from '../../../src/formats/otlpWriter.ts';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import { detailsOf, serviceOf } from '../../support/formatFixtures.ts';
import { expectedDetails, type ModelResource, toMessage, traces } from '../../support/otlpArbitraries.ts';
import { tracesDataType } from '../../support/otlpSchema.ts';

const TracesData = tracesDataType();
const encode = (model: readonly ModelResource[]): Uint8Array => TracesData.encode(TracesData.fromObject(toMessage(model))).finish();
const runs = { numRuns: 400, seed: 20261121 };

function write(model: readonly ModelResource[]): Uint8Array {
  const writer = new OtlpWriter(8);
  for (const resource of model) {
    writer.beginResource(resource.attributes);
    for (const scope of resource.scopes) {
      writer.beginScope(scope);
      for (const span of scope.spans) writer.span(span);
      writer.endScope();
    }
    writer.endResource();
  }
  return writer.finish();
}

describe('formats: OTLP against protobufjs', () => {
  it('reads what protobufjs wrote', () => {
    fc.assert(
      fc.property(traces, (model) => {
        const batch = decodeOtlpProto(encode(model));
        assert.deepEqual(detailsOf(batch).map(plain), expectedDetails(model).map(plain));
        assert.equal(batch.rejected, 0);
        assert.deepEqual(batch.warnings, []);
      }),
      runs,
    );
  });

  it('writes what protobufjs reads', () => {
    fc.assert(
      fc.property(traces, (model) => {
        const theirs = TracesData.toObject(TracesData.decode(write(model)), { longs: String, bytes: String });
        const direct = TracesData.toObject(TracesData.decode(encode(model)), { longs: String, bytes: String });
        assert.deepEqual(withoutDefaults(theirs), withoutDefaults(direct));
      }),
      runs,
    );
  });

  it('exports JSON that it reads back to the same details', () => {
    fc.assert(
      fc.property(traces, (model) => {
        const batch = decodeOtlpProto(encode(model));
        const again = decodeOtlpJsonText(spansToOtlpJson(detailsOf(batch)));
        const sorted = (details: readonly unknown[]): string[] => details.map((span) => JSON.stringify(plain(span))).sort();
        assert.deepEqual(sorted(detailsOf(again)), sorted(expectedDetails(model)));
      }),
      { ...runs, numRuns: 200 },
    );
  });

  it('interns names and resources, and sets the flags its columns promise', () => {
    fc.assert(
      fc.property(traces, (model) => {
        const batch = decodeOtlpProto(encode(model));
        assert.equal(new Set(batch.strings).size, batch.strings.length);
        const details = expectedDetails(model);
        let events = 0;
        details.forEach((span, i) => {
          const keys = span.attributes.map(({ key }) => key);
          const has = (flag: number): boolean => (batch.flags[i]! & flag) !== 0;
          assert.equal(batch.strings[batch.name[i]!], span.name);
          assert.equal(serviceOf(batch, i), lastString(span.resource, 'service.name'));
          assert.equal(batch.scopes[batch.scope[i]!]!.name, span.scopeName);
          assert.equal(has(SpanFlag.error), span.statusCode === 2);
          assert.equal(has(SpanFlag.code), keys.some((key) => key.startsWith('code.')));
          assert.equal(has(SpanFlag.genAi), keys.some((key) => /^(gen_ai|llm|ai|openinference)\./.test(key)));
          assert.equal(has(SpanFlag.database), keys.some((key) => key.startsWith('db.')));
          assert.equal(has(SpanFlag.exception), keys.some((key) => key === 'code.stacktrace' || key.startsWith('exception.')) || span.events.some(({ name }) => name === 'exception'));
          assert.equal(has(SpanFlag.links), span.links.length > 0);
          assert.equal(has(SpanFlag.events), span.events.length > 0);
          assert.equal(has(SpanFlag.dropped), span.droppedAttributes + span.droppedEvents + span.droppedLinks + span.events.reduce((sum, event) => sum + event.droppedAttributes, 0) > 0);
          for (const event of span.events) {
            assert.equal(batch.eventSpan[events], i);
            assert.equal((BigInt(batch.eventTime[2 * events + 1]!) << 32n) | BigInt(batch.eventTime[2 * events]!), event.timeUnixNano);
            events++;
          }
        });
        assert.equal(batch.eventSpan.length, events);
      }),
      runs,
    );
  });
});

function lastString(attributes: readonly { key: string; value: unknown }[], key: string): string {
  const found = attributes.findLast((attribute) => attribute.key === key)?.value;
  return typeof found === 'string' ? found : '';
}

/** Comparable by value: keys in order, bigint, bytes, NaN and -0 told apart. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `int ${value}`;
  if (typeof value === 'number') return `number ${Object.is(value, -0) ? '-0' : value}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, plain(part)]);
}

/** protobufjs writes defaults that were given, we do not: both mean the same. What a oneof holds is no default. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).map(([key, part]) => [key, withoutDefaults(part)] as const);
  return Object.fromEntries(parts.filter(([key, part]) => key !== 'flags' && (isMember(key) || !isDefault(part))));
}

const isMember = (key: string): boolean => /^(string|bool|int|double|bytes|array|kvlist)Value$/.test(key);
const isDefault = (part: unknown): boolean => part === '' || part === 0 || part === '0' || (typeof part === 'object' && part !== null && Object.keys(part).length === 0);
