// The generator every benchmark stands on: it must make what it promises, the same every time.
import assert from 'node:assert/strict';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { SpanFlag, type SpanBatch } from '../../../src/model/spanBatch.ts';
import { spanIdAt, traceIdAt } from '../../../src/model/ids.ts';
import { nanosAt } from '../../../src/model/time.ts';
import { detailsOf } from '../../support/formatFixtures.ts';
import { generateTraces, seededRandom, type GeneratorOptions } from '../../support/traceGenerator.ts';

const generate = (options: GeneratorOptions): SpanBatch => decodeOtlpProto(generateTraces(options));

/** Depth of each span by id; a root is 1. Parents are made before their children, whatever order they are written in. */
function depths(batch: SpanBatch): Map<string, number> {
  const parents = new Map(Array.from({ length: batch.count }, (_, i) => [spanIdAt(batch.spanId, i), spanIdAt(batch.parentId, i)]));
  const known = new Map<string, number>();
  for (const id of [...parents.keys()].sort()) known.set(id, (known.get(parents.get(id)!) ?? 0) + 1);
  return known;
}

describe('generateTraces', () => {
  it('makes the same bytes of the same seed, others of another', () => {
    assert.deepEqual(generateTraces({ seed: 5, traces: 3 }), generateTraces({ seed: 5, traces: 3 }));
    assert.notDeepEqual(generateTraces({ seed: 5, traces: 3 }), generateTraces({ seed: 6, traces: 3 }));
  });

  it('makes realistic traces: 12 services, depth ≤ 12, 10 attributes, about 500 bytes and 2 % errors with stacks', () => {
    const batch = generate({ spansPerTrace: 5000 });
    assert.equal(batch.count, 5000);
    assert.deepEqual([batch.rejected, batch.warnings], [0, []]);
    assert.equal(batch.resources.length, 12);
    assert.ok(Math.max(...depths(batch).values()) <= 12);
    assert.ok(batch.bytes.length / batch.count > 400 && batch.bytes.length / batch.count < 600);
    const errors = batch.status.filter((code) => code === 2).length;
    assert.ok(errors > 50 && errors < 200);
    assert.equal(batch.eventSpan.length, errors);
    assert.ok(batch.eventSpan.every((i) => (batch.flags[i]! & SpanFlag.exception) !== 0));
    assert.ok(detailsOf(batch).every((span) => span.attributes.length === 10));
  });

  it('keeps children inside their parents', () => {
    for (const shape of ['realistic', 'chain', 'star'] as const) {
      const batch = generate({ shape, spansPerTrace: 400 });
      const rows = new Map(Array.from({ length: batch.count }, (_, i) => [spanIdAt(batch.spanId, i), i]));
      for (let i = 0; i < batch.count; i++) {
        const parent = rows.get(spanIdAt(batch.parentId, i));
        if (parent === undefined) continue;
        assert.ok(nanosAt(batch.startTime, i) >= nanosAt(batch.startTime, parent) && nanosAt(batch.endTime, i) <= nanosAt(batch.endTime, parent));
      }
    }
  });

  it('makes chains and stars', () => {
    assert.equal(Math.max(...depths(generate({ shape: 'chain', spansPerTrace: 300 })).values()), 300);
    assert.equal(Math.max(...depths(generate({ shape: 'star', spansPerTrace: 300 })).values()), 2);
  });

  it('gives every trace an id of its own, also over several requests', () => {
    const ids = (batch: SpanBatch): string[] => Array.from({ length: batch.count }, (_, i) => traceIdAt(batch.traceId, i));
    const all = new Set([...ids(generate({ traces: 20, spansPerTrace: 3 })), ...ids(generate({ traces: 20, spansPerTrace: 3, firstTrace: 20 }))]);
    assert.equal(all.size, 40);
  });

  it('makes as many attributes as asked for', () => {
    for (const attributes of [0, 3, 25]) assert.ok(detailsOf(generate({ attributes, spansPerTrace: 5 })).every((span) => span.attributes.length === attributes));
  });
});

describe('seededRandom', () => {
  it('is even and repeats', () => {
    const random = seededRandom(1);
    const values = Array.from({ length: 10_000 }, random);
    const again = seededRandom(1);
    assert.deepEqual(values.slice(0, 100), Array.from({ length: 100 }, again));
    assert.ok(values.every((value) => value >= 0 && value < 1));
    assert.ok(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length - 0.5) < 0.02);
  });
});
