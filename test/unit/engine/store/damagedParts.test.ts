// Parts of a trace that were damaged on disk: what is whole is shown, and what is not is counted once, in one sentence.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Pacer } from '../../../../src/engine/store/pacer.ts';
import { encodePart } from '../../../../src/engine/store/partBytes.ts';
import { loadParts, type PartSource } from '../../../../src/engine/store/traceLoader.ts';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { batchOf } from '../../../support/batches.ts';
import { simpleTrace } from '../../../support/storeFixture.ts';

const batch = batchOf([{ id: '1', name: 'a', service: 's' }, { id: '2', parent: '1', name: 'b', service: 's' }]);
const GOOD = encodePart({ batch }, [0], [100]);
const message = (id: number): Uint8Array => {
  const { offset, length } = id === 0 ? batch.resources[0]! : batch.scopes[0]!;
  return batch.bytes.subarray(offset, offset + length);
};
/** Not a part at all. */
const NO_PART = Uint8Array.of(9, 1, 2);
/** A part whose runs are as they should be and whose spans are no fields. */
const NO_SPANS = Uint8Array.of(1, 0, 100, 4, 0xff, 0xff, 0xff, 0xff);
/** A part of one span that is no span. */
const BAD_SPAN = Uint8Array.of(1, 0, 100, 5, 0x12, 3, 0x0a, 0x7f, 0x01);
const EMPTY = Uint8Array.of(1);

function sourceOf(parts: readonly Uint8Array[], pinned: readonly Uint8Array[] = [], more: Partial<PartSource> = {}): PartSource {
  const list = (of: readonly Uint8Array[]) => (after: number): { id: number; bytes: Uint8Array }[] => of.map((bytes, k) => ({ id: k + 1, bytes })).filter(({ id }) => id > after);
  return { read: list(parts), pinned: list(pinned), message, ...more };
}
const names = async (source: PartSource): Promise<string[]> => (await loadParts(source)).batches.flatMap((one) => [...one.name].map((name) => one.strings[name]!));

describe('traceLoader, damaged parts', () => {
  const rows: readonly (readonly [string, readonly Uint8Array[], readonly Uint8Array[], number, readonly RegExp[]])[] = [
    ['nothing damaged', [GOOD, GOOD], [], 4, []],
    ['an empty part', [EMPTY, GOOD], [], 2, []],
    ['one that is no part', [GOOD, NO_PART], [], 2, [/^1 part of this trace could not be read: the database was damaged there\.$/]],
    ['two that are none', [NO_PART, GOOD, NO_PART], [], 2, [/^2 parts /]],
    ['one whose spans are no fields', [GOOD, NO_SPANS], [], 2, [/^1 part /]],
    ['one of each kind: two, though one of them is looked at twice', [NO_PART, NO_SPANS, GOOD], [], 2, [/^2 parts /]],
    ['nothing but damage', [NO_PART, NO_SPANS], [], 0, [/^2 parts /]],
    ['a span that is none', [BAD_SPAN, GOOD], [], 2, [/^1 span of this trace could not be read/]],
    ['a pinned request that is none', [GOOD], [Uint8Array.of(0xff, 0xff, 0xff)], 2, [/^1 part /]],
    ['a part here and a request there', [NO_PART, GOOD], [Uint8Array.of(0xff, 0xff, 0xff)], 2, [/^2 parts /]],
    ['a pinned request that is whole', [], [simpleTrace({ id: 1, spans: 3 })], 3, []],
  ];
  for (const [what, parts, pinned, spans, notes] of rows) {
    it(`${what}: ${spans} spans, ${notes.length === 0 ? 'nothing to say' : 'said once'}`, async () => {
      const loaded = await loadParts(sourceOf(parts, pinned));
      assert.equal(loaded.batches.reduce((sum, one) => sum + one.count, 0), spans);
      assert.equal(loaded.notes.length, notes.length, loaded.notes.join(' '));
      notes.forEach((note, k) => assert.match(loaded.notes[k]!, note));
    });
  }

  it('a message that is missing costs its names, and is said once', async () => {
    const loaded = await loadParts(sourceOf([GOOD, GOOD], [], { message: () => undefined }));
    assert.deepEqual([loaded.batches[0]!.count, loaded.batches[0]!.resources[0]!.service], [4, '']);
    assert.deepEqual(loaded.notes, ['The resource of some spans is missing: the database was damaged there.']);
  });

  it('a message that is rubbish costs no span', async () => {
    const loaded = await loadParts(sourceOf([GOOD], [], { message: () => Uint8Array.of(0xff, 0xff) }));
    assert.equal(loaded.batches.reduce((sum, one) => sum + one.count, 0), 2);
  });

  it('reads on behind every slice, in order', async () => {
    const asked: number[] = [];
    const parts = ['a', 'b', 'c', 'd', 'e'].map((name) => {
      const one = batchOf([{ id: '1', name, service: 's' }]);
      return encodePart({ batch: one }, [0], [100]);
    });
    const source = sourceOf(parts);
    const two: PartSource = { ...source, read: (after, bytes) => (asked.push(after), source.read(after, bytes).slice(0, 2)) };
    assert.deepEqual(await names(two), ['a', 'b', 'c', 'd', 'e']);
    assert.deepEqual(asked, [0, 2, 4, 5]);
  });

  it('stops where it is aborted: before, between parts, and before the pin', async () => {
    await assert.rejects(loadParts(sourceOf([GOOD]), AbortSignal.abort()), { name: 'AbortError' });
    const during = new AbortController();
    let reads = 0;
    const source = sourceOf(Array.from({ length: 5 }, () => GOOD));
    await assert.rejects(loadParts({ ...source, read: (after, bytes) => {
      if (++reads === 2) during.abort();
      return source.read(after, bytes).slice(0, 1);
    } }, during.signal), { name: 'AbortError' });
    assert.equal(reads, 2);
    const late = new AbortController();
    let pinned = 0;
    await assert.rejects(loadParts({ ...source, read: () => (late.abort(), []), pinned: () => (pinned++, []) }, late.signal), { name: 'AbortError' });
    assert.equal(pinned, 0);
  });

  it('gives way when its time is used up', async () => {
    let turns = 0;
    const count = (): void => {
      turns++;
      if (turns < 50) setImmediate(count);
    };
    setImmediate(count);
    const source = sourceOf([GOOD, GOOD, GOOD]);
    await loadParts({ ...source, read: (after, bytes) => source.read(after, bytes).slice(0, 1) }, undefined, new Pacer(0));
    assert.ok(turns >= 3, `${turns} turns`);
  });

  it('a store that fails while it reads is not taken for damage', async () => {
    await assert.rejects(loadParts(sourceOf([GOOD], [], { message: () => {
      throw new TypeError('closed');
    } })), TypeError);
  });

  it('whatever bytes a part has been turned into: no throw, no loss among its neighbours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ at: fc.nat({ max: GOOD.length - 1 }), byte: fc.integer({ min: 0, max: 255 }) }), { minLength: 1, maxLength: 4 }), fc.nat({ max: GOOD.length }), async (changes, cut) => {
        const torn = Uint8Array.from(GOOD);
        for (const { at, byte } of changes) torn[at] = byte;
        const part = cut === 0 ? torn : torn.subarray(0, cut);
        const loaded = await loadParts(sourceOf([GOOD, part, GOOD]));
        const found = loaded.batches.reduce((sum, one) => sum + one.count, 0);
        assert.ok(found >= 4, String(found));
        if (found === 4 && part.length > 1) assert.ok(loaded.notes.length > 0 || part[0] === 1, 'what is missing is said');
      }),
      { numRuns: 400 },
    );
  });

  it('a whole request is what it was', () => assert.equal(decodeOtlpProto(simpleTrace({ id: 1, spans: 3 })).count, 3));
});
