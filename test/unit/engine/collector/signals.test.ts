// What each path does with a body: what is stored, what is refused, and the one sentence about it.
import assert from 'node:assert/strict';
import { IngestQueue } from '../../../../src/engine/collector/ingestQueue.ts';
import type { PartialSuccess } from '../../../../src/engine/collector/otlpResponse.ts';
import { SLICE_BYTES } from '../../../../src/engine/collector/requestSlices.ts';
import { signalHandlers } from '../../../../src/engine/collector/signals.ts';
import type { IncomingRequest } from '../../../../src/engine/store/traceStore.ts';
import { FormatError } from '../../../../src/formats/formatError.ts';
import { generateTraces } from '../../../support/traceGenerator.ts';
import { simpleTrace } from '../../../support/storeFixture.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const span = (more: object = {}): object => ({ traceId: TRACE, spanId: 'b7ad6b7169203331', name: 'x', startTimeUnixNano: '1', endTimeUnixNano: '2', ...more });
const request = (...spans: readonly object[]): object => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

interface Receiver {
  readonly send: (path: string, body: Uint8Array | string | object, type?: 'protobuf' | 'json') => Promise<PartialSuccess | undefined>;
  readonly stored: IncomingRequest[];
  readonly commits: () => number;
  readonly logged: string[];
  fail: Error | undefined;
}

function receiver(): Receiver {
  const stored: IncomingRequest[] = [];
  const logged: string[] = [];
  let commits = 0;
  const made: Receiver = {
    stored,
    logged,
    fail: undefined,
    commits: () => commits,
    send: (path, body, type = body instanceof Uint8Array ? 'protobuf' : 'json') => {
      const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      return handlers.get(path)!(bytes, type);
    },
  };
  const queue = new IngestQueue({
    maxBytes: 1e9,
    commit: (requests) => {
      commits++;
      if (made.fail !== undefined) throw made.fail;
      stored.push(...requests);
      return [];
    },
    committed: () => undefined,
  });
  const handlers = signalHandlers({ queue, log: (message) => logged.push(message) });
  return made;
}

const spansOf = (stored: readonly IncomingRequest[]): number => stored.reduce((sum, { batch, parts }) => sum + parts.reduce((n, { selections }) => n + selections.reduce((m, { rows }) => m + (rows?.length ?? batch.count), 0), 0), 0);

describe('signals: /v1/traces', () => {
  const accepted: readonly (readonly [string, object | string, number, PartialSuccess | undefined])[] = [
    ['a span', request(span()), 1, undefined],
    ['nothing', {}, 0, undefined],
    ['no resource spans', { resourceSpans: [] }, 0, undefined],
    ['resource spans without spans', { resourceSpans: [{ resource: {}, scopeSpans: [] }] }, 0, undefined],
    ['a field nobody knows beside nothing', { hello: 'world' }, 0, { rejected: 0, message: 'The request has no "resourceSpans", so nothing of it was stored.', countName: 'rejectedSpans' }],
    ['a large field nobody knows beside nothing', { hello: 'x'.repeat(600_000) }, 0, { rejected: 0, message: 'The request has no "resourceSpans", so nothing of it was stored.', countName: 'rejectedSpans' }],
    ['a large field nobody knows beside a bare span', { ...span(), hello: 'x'.repeat(600_000) }, 1, undefined],
    ['an unknown field beside spans', { ...request(span()), newField: 5 }, 1, undefined],
    ['a span without a trace id', request(span(), span({ traceId: '' })), 1, { rejected: 1, message: '1 span has no valid trace id (16 bytes, not all zero).', countName: 'rejectedSpans' }],
    ['two spans with a trace id of zeros', request(span({ traceId: '0'.repeat(32) }), span({ traceId: '0'.repeat(32), spanId: 'b7ad6b7169203332' }), span()), 1, { rejected: 2, message: '2 spans have no valid trace id (16 bytes, not all zero).', countName: 'rejectedSpans' }],
    ['only spans without a trace id', request(span({ traceId: '' })), 0, { rejected: 1, message: '1 span has no valid trace id (16 bytes, not all zero).', countName: 'rejectedSpans' }],
  ];
  for (const [what, body, spans, partial] of accepted) {
    it(`JSON, ${what}: ${spans} stored`, async () => {
      const { send, stored } = receiver();
      assert.deepEqual(await send('/v1/traces', body), partial);
      assert.equal(spansOf(stored), spans);
      assert.ok(stored.every(({ parts }) => parts.every(({ traceId }) => traceId !== '')));
    });
  }

  const refused: readonly (readonly [string, Uint8Array | string, 'protobuf' | 'json', RegExp])[] = [
    ['cut off', '{"resourceSpans":[', 'json', /./],
    ['no JSON', 'hello', 'json', /./],
    ['a number', '5', 'json', /./],
    ['a list', '[]', 'json', /./],
    ['null', 'null', 'json', /./],
    ['a large list', JSON.stringify(['x'.repeat(600_000)]), 'json', /an object with a list "resourceSpans"/],
    ['large and cut off', `{"hello":"${'x'.repeat(600_000)}","resourceSpans":[`, 'json', /line 1, column 600030: a value was expected, but the text ends/],
    ['large and no UTF-8', Buffer.from(JSON.stringify({ hello: '\u00e9'.repeat(600_000) }), 'latin1'), 'json', /its bytes are not UTF-8/],
    ['nothing at all', '', 'json', /./],
    ['no UTF-8', Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d), 'json', /its bytes are not UTF-8/],
    ['resource spans that are no list', '{"resourceSpans":{"a":1}}', 'json', /./],
    ['another shape under a known name', '{"result":5}', 'json', /./],
    ['text as protobuf', 'hello, this is no protobuf at all', 'protobuf', /./],
    ['protobuf cut off', simpleTrace({ id: 1, spans: 3 }).subarray(0, -4), 'protobuf', /./],
  ];
  for (const [what, body, type, sentence] of refused) {
    it(`${type}, ${what}: refused whole, nothing stored`, async () => {
      const { send, commits } = receiver();
      await assert.rejects(send('/v1/traces', typeof body === 'string' ? Buffer.from(body) : body, type), (error) => error instanceof FormatError && sentence.test(error.message) && error.message.length > 10);
      assert.equal(commits(), 0);
    });
  }

  it('an empty protobuf body is a request without spans', async () => {
    const { send, commits } = receiver();
    assert.equal(await send('/v1/traces', new Uint8Array(0)), undefined);
    assert.equal(commits(), 0);
  });

  it('what the store throws comes out, so that the exporter keeps its spans', async () => {
    const made = receiver();
    made.fail = new Error('disk full');
    await assert.rejects(made.send('/v1/traces', simpleTrace({ id: 1 })), /disk full/);
    made.fail = undefined;
    assert.equal(await made.send('/v1/traces', simpleTrace({ id: 1 })), undefined);
    assert.equal(spansOf(made.stored), 1);
  });

  it('a request larger than a slice is stored whole, in several pieces', async () => {
    const bytes = generateTraces({ seed: 3, traces: 60, spansPerTrace: 100 });
    assert.ok(bytes.length > SLICE_BYTES);
    const { send, stored } = receiver();
    assert.equal(await send('/v1/traces', bytes), undefined);
    assert.equal(spansOf(stored), 6_000);
    assert.ok(stored.length > 1);
    assert.equal(new Set(stored.flatMap(({ parts }) => parts.map(({ traceId }) => traceId))).size, 60);
  });

  it('a large JSON request too, and its bad spans are counted once', async () => {
    const spans = Array.from({ length: 6_000 }, (_, k) => span({ spanId: (k + 1).toString(16).padStart(16, '0'), name: 'n'.repeat(300), traceId: k % 1000 === 0 ? '' : TRACE }));
    const { send, stored } = receiver();
    const partial = await send('/v1/traces', request(...spans));
    assert.deepEqual([partial!.rejected, spansOf(stored)], [6, 5_994]);
    assert.ok(stored.length > 1);
  });

  it('a large request that is broken at its end stores nothing of its beginning', async () => {
    const bytes = generateTraces({ seed: 3, traces: 60, spansPerTrace: 100 });
    const { send, commits } = receiver();
    await assert.rejects(send('/v1/traces', bytes.subarray(0, -3)), FormatError);
    assert.equal(commits(), 0);
  });
});

describe('signals: what is not stored', () => {
  it('metrics: said once, then nothing more, whatever the body', async () => {
    const { send, logged, commits } = receiver();
    const first = await send('/v1/metrics', Uint8Array.of(255, 255));
    assert.deepEqual(first, { rejected: 0, message: 'Tracefall takes traces and logs: metrics are accepted and not stored.', countName: 'rejectedDataPoints' });
    for (let k = 0; k < 3; k++) assert.equal(await send('/v1/metrics', 'anything'), undefined);
    assert.deepEqual(logged, ['An exporter sends metrics, which are not stored; traces and logs are.']);
    assert.equal(commits(), 0);
  });
  it('logs: records of no trace are let go in silence, those of one are stored, what is none is refused', async () => {
    const { send, logged, commits } = receiver();
    const logs = (record: object): string => JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
    assert.deepEqual([await send('/v1/logs', logs({ body: { stringValue: 'a line' } })), commits()], [undefined, 0]);
    assert.deepEqual([await send('/v1/logs', logs({ traceId: '1'.repeat(32) })), commits()], [undefined, 1]);
    await assert.rejects(send('/v1/logs', Uint8Array.of(255, 255)), FormatError);
    assert.deepEqual(logged, []);
  });
  it('no other path has a handler', () => {
    const queue = new IngestQueue({ maxBytes: 1, commit: () => [], committed: () => undefined });
    assert.deepEqual([...signalHandlers({ queue, log: () => undefined }).keys()], ['/v1/traces', '/v1/metrics', '/v1/logs']);
  });
});
