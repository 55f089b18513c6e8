// One span as the details panel shows it: every field, odd spans with a sentence, long values cut and said so.
import assert from 'node:assert/strict';
import { detailsOf } from '../../../src/engine/details.ts';
import { remarksOf } from '../../../src/engine/remarks.ts';
import { MAX_TEXT, wireAttributes } from '../../../src/engine/wireAttributes.ts';
import type { AttributeValue } from '../../../src/model/attributes.ts';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { BASE, batchOf, TRACE_ID } from '../../support/batches.ts';

describe('detailsOf', () => {
  const trace = buildTrace(TRACE_ID, [
    {
      batch: batchOf([
        { id: 'a', name: 'POST /chat', service: 'gateway', end: 1000, kind: 2 },
        {
          id: 'b', parent: 'a', name: 'retrieve', service: 'retriever', start: 100, end: 700, kind: 3, error: true, statusMessage: 'no <b>luck</b>',
          attributes: { 'db.system.name': 'qdrant', rows: 500n, big: 9_223_372_036_854_775_807n, ratio: 0.5, on: true, list: ['a', 1n] },
          events: [{ at: 150, name: 'exception', attributes: { 'exception.type': 'Oops' } }, { at: 90, name: 'early' }],
          links: [{ trace: 'f'.repeat(32), span: 'e'.repeat(16) }], resource: { 'host.name': 'h1' }, scope: 'tracer',
        },
      ]),
    },
  ]);

  it('shows everything of a span', () => {
    const { raw, ...shown } = detailsOf(trace, 1, 600);
    assert.deepEqual(shown, {
      row: 1, traceId: TRACE_ID, spanId: '000000000000000b', parentSpanId: '000000000000000a', name: 'retrieve', service: 'retriever', kind: 'client',
      startUnixNano: (BASE + 100n).toString(), startNs: 100, durationNs: 600, selfNs: 600, status: 'error', statusMessage: 'no <b>luck</b>', remarks: [],
      attributes: [
        { key: 'db.system.name', type: 'string', text: 'qdrant' }, { key: 'rows', type: 'int', text: '500' }, { key: 'big', type: 'int', text: '9223372036854775807' },
        { key: 'ratio', type: 'double', text: '0.5' }, { key: 'on', type: 'bool', text: 'true' }, { key: 'list', type: 'array', text: '["a",1]' },
      ],
      events: [{ atNs: 150, name: 'exception', attributes: [{ key: 'exception.type', type: 'string', text: 'Oops' }] }, { atNs: 90, name: 'early', attributes: [] }],
      links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), attributes: [] }],
      resource: [{ key: 'service.name', type: 'string', text: 'retriever' }, { key: 'host.name', type: 'string', text: 'h1' }],
      scopeName: 'tracer', scopeVersion: '',
    });
    const document = JSON.parse(raw) as { resourceSpans: { scopeSpans: { spans: { name: string; attributes: unknown[] }[] }[] }[] };
    assert.equal(document.resourceSpans[0]?.scopeSpans[0]?.spans[0]?.name, 'retrieve');
    assert.ok(raw.includes('"9223372036854775807"'), '64-bit values stay exact');
  });

  it('a root has no parent id and an unset status', () => {
    const root = detailsOf(trace, 0, 400);
    assert.deepEqual([root.parentSpanId, root.status, root.kind, root.startNs], ['', 'unset', 'server', 0]);
  });
});

describe('remarksOf', () => {
  const SPAN: SpanDetails = {
    traceId: TRACE_ID, spanId: 'b'.repeat(16), parentSpanId: 'a'.repeat(16), traceState: '', name: 'x', kind: 1, startUnixNano: 5_000_000n, endUnixNano: 2_000_000n, statusCode: 0, statusMessage: '',
    attributes: [], events: [], links: [], droppedAttributes: 0, droppedEvents: 0, droppedLinks: 0, resource: [], scopeName: '', scopeVersion: '', scopeAttributes: [],
  };
  const CASES: readonly [flag: keyof typeof SpanFlag, says: RegExp][] = [
    ['orphan', /span a{16}, is not in this trace/],
    ['cycle', /loop, which is cut here/],
    ['inProgress', /sent before it ended/],
    ['negative', /ends 3\.00 ms before it starts/],
    ['skew', /clocks of two machines differ/],
    ['conflict', /same id but different content/],
    ['strangeTime', /outside what clocks show/],
  ];
  for (const [flag, says] of CASES) {
    it(flag, () => {
      const remarks = remarksOf(SPAN, SpanFlag[flag]);
      assert.equal(remarks.length, 1);
      assert.match(remarks[0]!, says);
      assert.match(remarks[0]!, /\.$/);
    });
  }
  it('an ordinary span has none, whatever else it has', () => {
    assert.deepEqual(remarksOf(SPAN, SpanFlag.error | SpanFlag.code | SpanFlag.genAi | SpanFlag.database | SpanFlag.exception | SpanFlag.links | SpanFlag.events), []);
  });
  it('counts what the sender dropped, in events too', () => {
    const event = { timeUnixNano: 0n, name: 'e', attributes: [], droppedAttributes: 2 };
    assert.deepEqual(remarksOf({ ...SPAN, droppedAttributes: 1, events: [event], droppedLinks: 1 }, SpanFlag.dropped), ['The program that sent it dropped 3 attributes, 1 link over its limits.']);
  });
});

describe('wireAttributes', () => {
  const nested: AttributeValue = { entries: [{ key: '__proto__', value: [undefined, Number.NaN, 1n << 62n] }, { key: '__proto__', value: Uint8Array.of(255) }] };
  const CASES: readonly [value: AttributeValue, type: string, text: string][] = [
    ['', 'string', ''],
    [-1n, 'int', '-1'],
    [Number.NaN, 'double', 'NaN'],
    [false, 'bool', 'false'],
    [undefined, 'empty', ''],
    [Uint8Array.of(1, 2, 3), 'bytes', 'AQID'],
    [[], 'array', '[]'],
    [nested, 'map', '{"__proto__":[null,"NaN",4611686018427387904],"__proto__":"/w=="}'],
  ];
  for (const [value, type, text] of CASES) it(`${type} ${text}`, () => assert.deepEqual(wireAttributes([{ key: 'k', value }]), [{ key: 'k', type, text }]));

  it('cuts at 64 kB, says how long it was, and never halves a character', () => {
    const cases: readonly [text: string, kept: number][] = [['x'.repeat(MAX_TEXT), MAX_TEXT], ['x'.repeat(MAX_TEXT + 1), MAX_TEXT], [`${'x'.repeat(MAX_TEXT - 1)}😀`, MAX_TEXT - 1]];
    for (const [text, kept] of cases) {
      const [attribute] = wireAttributes([{ key: 'k', value: text }]);
      assert.equal(attribute!.text.length, kept);
      assert.equal(attribute!.fullLength, kept === text.length ? undefined : text.length);
      assert.ok(attribute!.text.isWellFormed());
    }
  });
});
