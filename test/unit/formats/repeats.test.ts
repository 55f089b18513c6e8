// What many spans bring again and again: resources and scopes that are equal, keys that several places of a span have, labels and metadata.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { AttributeList } from '../../../src/formats/attributeList.ts';
import { MetadataKeys } from '../../../src/formats/langfuseAttributes.ts';
import { ResourceKeys } from '../../../src/formats/resourceKey.ts';
import { SpanGroups } from '../../../src/formats/spanGroups.ts';
import { WarningList } from '../../../src/formats/warningList.ts';
import type { Attribute, AttributeValue } from '../../../src/model/attributes.ts';
import { detailsOf } from '../../support/formatFixtures.ts';

const named = (values: Readonly<Record<string, AttributeValue>>): Attribute[] => Object.entries(values).map(([key, value]) => ({ key, value }));

describe('ResourceKeys', () => {
  it('equal resources have one key, however many came in between', () => {
    const keys = new ResourceKeys();
    const resource = (k: number): Attribute[] => named({ 'service.name': `s${k}`, n: BigInt(k) });
    const first = Array.from({ length: 40 }, (_, k) => keys.of('', resource(k)));
    assert.equal(new Set(first).size, 40);
    for (const order of [first.keys(), [...first.keys()].toReversed()]) for (const k of order) assert.equal(keys.of('', resource(k)), first[k]);
  });

  const different: readonly (readonly [what: string, a: AttributeValue, b: AttributeValue])[] = [
    ['5 and "5"', 5n, '5'], ['a number and an integer', 5, 5n], ['true and "true"', true, 'true'], ['a list and its text', ['a'], '["a"]'], ['two lists', ['a', 'b'], ['ab']], ['two maps', { entries: named({ a: 1n }) }, { entries: named({ a: '1' }) }],
  ];
  for (const [what, a, b] of different) {
    it(`${what} are not taken for each other`, () => {
      const keys = new ResourceKeys();
      assert.notEqual(keys.of('', named({ x: a })), keys.of('', named({ x: b })));
    });
  }

  it('equal lists and maps, NaN and other names', () => {
    const keys = new ResourceKeys();
    const of = (name = ''): string => keys.of(name, named({ list: ['a', 1n], map: { entries: named({ k: 'v' }) }, nan: Number.NaN, bytes: Uint8Array.of(1) }));
    assert.equal(of(), of());
    assert.notEqual(of(), of('other'));
    const [one, two] = [named({ a: 'x' }), named({ a: 'x', b: 'y' })];
    for (const [a, b] of [[one, two], [two, one]] as const) {
      const fresh = new ResourceKeys();
      assert.notEqual(fresh.of('', a), fresh.of('', b));
    }
  });
});

describe('AttributeList', () => {
  it('what came first stays, in its place, among few and among many', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }).map(String), fc.integer()), { maxLength: 120, size: 'max' }), (pairs) => {
      const list = new AttributeList();
      const expected = new Map<string, AttributeValue>();
      for (const [key, value] of pairs) {
        list.add(key, value);
        if (!expected.has(key)) expected.set(key, value);
      }
      assert.deepEqual(list.attributes, [...expected].map(([key, value]) => ({ key, value })));
    }));
  });

  it('what was given at once is known too, and may repeat', () => {
    for (const count of [2, 100]) {
      const list = new AttributeList();
      list.addAll(Array.from({ length: count }, (_, k) => ({ key: `k${k % (count / 2)}`, value: BigInt(k) })));
      list.add('k0', 'again');
      list.add('new', 1n);
      list.addAll([{ key: 'late', value: 1n }]);
      list.add('late', 2n);
      assert.deepEqual([list.attributes.length, list.attributes.at(-1)], [count + 2, { key: 'late', value: 1n }]);
    }
  });
});

describe('MetadataKeys', () => {
  for (const [key, part, name] of [
    ['attributes.http.method', 'attributes', 'http.method'], ['resourceAttributes.service.name', 'resourceAttributes', 'service.name'], ['scope.name', 'scope', 'name'], ['attributes', 'attributes', ''], ['attributes.', undefined, ''], ['attributesX.a', undefined, 'a'],
    ['constructor.name', undefined, 'name'], ['', undefined, ''],
  ] as const) {
    it(`${JSON.stringify(key)}, asked twice`, () => {
      const keys = new MetadataKeys();
      for (const turn of [1, 2]) assert.deepEqual(keys.placeOf(key), { part, name }, `${turn}`);
    });
  }
});

describe('SpanGroups', () => {
  const span = (k: number, text = ''): Parameters<SpanGroups['add']>[3] => ({ traceId: 'ab'.repeat(16), spanId: (k + 1).toString(16).padStart(16, '0'), name: `span ${k}`, startUnixNano: BigInt(k + 1), endUnixNano: 0n, attributes: named({ text }) });
  const finished = (groups: SpanGroups): ReturnType<SpanGroups['finish']> => groups.finish(0, new WarningList(), new Map());

  it('spans of alternating resources and scopes, more than one part holds, each come out once and under their own', () => {
    const groups = new SpanGroups();
    const long = 'x'.repeat(1000);
    for (let k = 0; k < 500; k++) {
      const scope = { name: `scope ${k % 2}`, version: '', ...(k % 5 === 0 ? { attributes: named({ k: 'v' }) } : {}) };
      groups.add(k % 3, () => named({ 'service.name': `s${k % 3}` }), scope, span(k, long));
    }
    const batch = finished(groups);
    const details = detailsOf(batch).toSorted((a, b) => Number(a.startUnixNano - b.startUnixNano));
    assert.deepEqual([batch.count, batch.resources.length, batch.scopes.length], [500, 3, 4]);
    for (const [k, { name, resource, scopeName, scopeAttributes, attributes }] of details.entries()) {
      assert.deepEqual([name, resource[0]!.value, scopeName, scopeAttributes.length, attributes[0]!.value], [`span ${k}`, `s${k % 3}`, `scope ${k % 2}`, k % 5 === 0 ? 1 : 0, long]);
    }
  });

  it('a span that begins in its part where the last of its scope ended in another is no continuation', () => {
    for (let between = 50; between < 70; between++) {
      const groups = new SpanGroups();
      const add = (service: string, k: number): void => groups.add(service, () => named({ 'service.name': service }), { name: '', version: '' }, span(100 + k, 'x'.repeat(1000)));
      add('a', 0);
      for (let k = 1; k <= between; k++) add('b', k);
      add('a', between + 1);
      const ofA = detailsOf(finished(groups)).filter(({ resource }) => resource[0]!.value === 'a');
      assert.deepEqual(ofA.map(({ name }) => name), ['span 100', `span ${101 + between}`], `${between} between`);
    }
  });

  it('a span longer than a part, and ten thousand scopes, cost no more than their size', () => {
    const groups = new SpanGroups();
    groups.add('', () => [], { name: '', version: '' }, span(0, 'y'.repeat(300_000)));
    for (let k = 1; k <= 10_000; k++) groups.add('', () => [], { name: `${k}`, version: '' }, span(k));
    const batch = finished(groups);
    assert.deepEqual([batch.count, batch.scopes.length], [10_001, 10_001]);
    assert.ok(batch.bytes.buffer.byteLength < 1.2 * batch.bytes.length, 'nothing is kept for nothing');
  });

  it('scopes that differ in where name ends and version begins are two', () => {
    const groups = new SpanGroups();
    for (const [k, [name, version]] of ([['a', 'b'], ['ab', ''], ['a', 'b']] as const).entries()) groups.add('', () => [], { name, version }, span(k));
    assert.deepEqual(detailsOf(finished(groups)).map(({ scopeName, scopeVersion }) => [scopeName, scopeVersion]), [['a', 'b'], ['a', 'b'], ['ab', '']]);
  });
});
