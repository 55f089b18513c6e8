import assert from 'node:assert/strict';
import { FormatError } from '../../../src/formats/formatError.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { decodeZipkinJson } from '../../../src/formats/zipkinJson.ts';
import { attributeText } from '../../../src/model/attributeText.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { byName, detailsOf, foreign, recorded, recordedText, serviceOf } from '../../support/formatFixtures.ts';
import { cpuMs } from '../../support/cpuTime.ts';

const endpoint = (serviceName: string, more: object = {}): object => ({ localEndpoint: { serviceName, ...more } });
const span = (id: string, more: object = {}): object => ({ traceId: '1', id, name: `span ${id}`, timestamp: 1000, duration: 10, ...more });
const decode = (...spans: unknown[]): SpanBatch => decodeZipkinJson(spans);
const one = (more: object): SpanDetails => detailsOf(decode(span('a', more)))[0]!;
const id16 = (id: string): string => id.padStart(16, '0');
/** name → [span id, parent id]. */
const tree = (...spans: unknown[]): Map<string, SpanDetails> => new Map(detailsOf(decode(...spans)).map((s) => [s.name, s]));

describe('decodeZipkinJson', () => {
  for (const file of ['reference-trace.zipkin.json', 'zipkin/trace.body', 'zipkin/search.body']) {
    it(`reads the reference trace out of ${file}, but for what Zipkin loses`, () => {
      const batch = decodeZipkinJson(JSON.parse(recordedText(file)));
      assert.equal(batch.count, 14);
      assert.deepEqual([batch.rejected, batch.warnings], [0, []]);
      const came = byName(batch);
      const sent = byName(decodeOtlpProto(recorded('reference-trace.otlp.pb')));
      const base = came.get('post /chat')!.startUnixNano - sent.get('post /chat')!.startUnixNano;
      const shared = came.get('auth.v1.auth/verify')!;
      for (const [name, expected] of sent) {
        const span = came.get(name)!;
        assert.equal(span.traceId, expected.traceId);
        if (span !== shared) assert.equal(span.spanId, expected.spanId, name);
        assert.equal(span.parentSpanId, expected.parentSpanId, name);
        assert.equal(span.kind, expected.kind, name);
        assert.equal(span.statusCode === 2, expected.statusCode === 2, name);
        assert.equal(span.statusMessage, expected.statusMessage, name);
        assert.equal(span.startUnixNano - base, expected.startUnixNano, name);
        assert.equal(span.endUnixNano - span.startUnixNano, expected.endUnixNano - expected.startUnixNano, name);
        assert.deepEqual(span.events.map((event) => event.name), expected.events.map((event) => event.name), name);
        assert.equal(span.resource[0]?.value, expected.resource[0]?.value, name);
        const values = new Map(span.attributes.map(({ key, value }) => [key, value]));
        for (const { key, value } of expected.attributes) if (typeof value !== 'object') assert.equal(values.get(key), attributeText(value), `${name} ${key}`);
      }
      assert.notEqual(shared.spanId, 'a1b2c3d4e5f60002', 'the server half has an id of its own');
      assert.equal(shared.parentSpanId, 'a1b2c3d4e5f60002');
    });
  }

  it('reads what OpenTelemetry’s exporters put into annotations and tags', () => {
    const tags = { 'otlp.link.0': `${'0'.repeat(16)}${'f1'.repeat(8)}|${'ab'.repeat(8)}|old=1|{"why":"batch"}|0`, 'otel.dropped_events_count': '2', 'otel.dropped_attributes_count': '3', x: 'y' };
    const { links, events, droppedAttributes, droppedEvents, attributes } = one({ tags, annotations: [{ timestamp: 1001, value: 'retry|{"attempt":1}|4' }, { timestamp: 1002, value: 'plain' }] });
    assert.deepEqual(links.map(({ traceId, traceState, attributes: own }) => [traceId.slice(0, 18), traceState, own.length]), [['0000000000000000f1', 'old=1', 1]]);
    assert.deepEqual(events.map((event) => [event.name, event.attributes.length, event.droppedAttributes]), [['retry', 1, 4], ['plain', 0, 0]]);
    assert.deepEqual([droppedAttributes, droppedEvents, attributes], [3, 2, [{ key: 'x', value: 'y' }]]);
  });

  it('takes a list, a list of lists, and one span', () => {
    assert.equal(decode(span('a'), span('b')).count, 2);
    assert.equal(decodeZipkinJson([[span('a')], [span('b')], []]).count, 2);
    assert.equal(decodeZipkinJson(span('a')).count, 1);
    assert.equal(decodeZipkinJson([]).count, 0);
    assert.equal(decodeZipkinJson([[]]).count, 0);
  });

  it('throws for anything else', () => {
    for (const other of [undefined, null, 'x', 5, {}, ['service'], [{ traceID: 'a', spans: [] }], { data: [] }]) assert.throws(() => decodeZipkinJson(other), FormatError);
  });

  it('splits a shared span: the server half is a child of its client half, their children stay with their service', () => {
    const spans = tree(
      span('a', { name: 'call', kind: 'CLIENT', ...endpoint('front') }),
      span('a', { name: 'serve', kind: 'SERVER', shared: true, ...endpoint('back') }),
      span('b', { name: 'in back', parentId: 'a', ...endpoint('back') }),
      span('c', { name: 'in front', parentId: 'a', ...endpoint('front') }),
      span('d', { name: 'elsewhere', parentId: 'a', ...endpoint('third') }),
    );
    const server = spans.get('serve')!;
    assert.equal(spans.get('call')!.spanId, id16('a'));
    assert.equal(spans.get('call')!.parentSpanId, '');
    assert.equal(server.parentSpanId, id16('a'));
    assert.equal(spans.get('in back')!.parentSpanId, server.spanId);
    assert.equal(spans.get('in front')!.parentSpanId, id16('a'));
    assert.equal(spans.get('elsewhere')!.parentSpanId, server.spanId);
  });

  it('splits halves that nobody marked as shared, in either order, and gives the same ids each time', () => {
    const halves = [span('a', { name: 'serve', kind: 'SERVER', parentId: '9', ...endpoint('back') }), span('a', { name: 'call', kind: 'CLIENT', parentId: '9', ...endpoint('front') })];
    const spans = tree(...halves);
    assert.equal(spans.get('call')!.parentSpanId, id16('9'));
    assert.equal(spans.get('serve')!.parentSpanId, id16('a'));
    assert.equal(tree(...halves.toReversed()).get('serve')!.spanId, spans.get('serve')!.spanId);
  });

  it('keeps a server half alone under its own id', () => {
    const spans = tree(span('a', { name: 'serve', kind: 'SERVER', shared: true, parentId: '9', ...endpoint('back') }), span('b', { name: 'child', parentId: 'a', ...endpoint('back') }));
    assert.equal(spans.get('serve')!.spanId, id16('a'));
    assert.equal(spans.get('serve')!.parentSpanId, id16('9'));
    assert.equal(spans.get('child')!.parentSpanId, id16('a'));
  });

  it('gives each of several servers its own half', () => {
    const spans = tree(
      span('a', { name: 'call', kind: 'CLIENT', ...endpoint('front') }),
      span('a', { name: 'one', kind: 'SERVER', shared: true, ...endpoint('s1') }),
      span('a', { name: 'two', kind: 'SERVER', shared: true, ...endpoint('s2') }),
      span('b', { name: 'child', parentId: 'a', ...endpoint('s2') }),
    );
    assert.equal(new Set([...spans.values()].map((s) => s.spanId)).size, 4);
    assert.equal(spans.get('child')!.parentSpanId, spans.get('two')!.spanId);
  });

  it('puts the pieces of one span together, once for every piece', () => {
    const batch = decode(
      span('a', { kind: 'CLIENT', name: 'unknown', timestamp: 2000, duration: undefined, tags: { x: '1' }, ...endpoint('front') }),
      span('a', { kind: 'CLIENT', name: 'get', timestamp: 1000, duration: 30, parentId: '9', tags: { y: '2', x: 'later' }, annotations: [{ timestamp: 1500, value: 'ws' }], ...endpoint('front', { ipv4: '10.0.0.1' }) }),
      span('a', { name: 'get', timestamp: 1200, duration: 20, annotations: [{ timestamp: 1100, value: 'first' }, { timestamp: 1500, value: 'ws' }] }),
    );
    const pieces = detailsOf(batch);
    assert.equal(pieces.length, 3, 'given is shown plus duplicates');
    assert.deepEqual(pieces[1], pieces[0]);
    assert.deepEqual(pieces[2], pieces[0]);
    const whole = pieces[0]!;
    assert.equal(whole.name, 'get');
    assert.equal(whole.parentSpanId, id16('9'));
    assert.equal(whole.startUnixNano, 1_000_000n);
    assert.equal(whole.endUnixNano, 1_030_000n);
    assert.deepEqual(whole.events.map(({ name }) => name), ['first', 'ws']);
    assert.deepEqual(whole.attributes.filter(({ key }) => key.length === 1), [{ key: 'x', value: '1' }, { key: 'y', value: '2' }].sort((a, b) => whole.attributes.findIndex(({ key }) => key === a.key) - whole.attributes.findIndex(({ key }) => key === b.key)));
  });

  it('does not put spans of one id and different hosts together', () => {
    const batch = decode(span('a', { kind: 'SERVER', ...endpoint('s', { ipv4: '10.0.0.1' }) }), span('a', { kind: 'SERVER', ...endpoint('s', { ipv4: '10.0.0.2' }) }), span('a', { kind: 'SERVER', ...endpoint('s', { port: 1 }) }));
    assert.equal(batch.count, 3);
    assert.equal(new Set(detailsOf(batch).map((s) => JSON.stringify(s.attributes, (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v)))).size, 2, 'the third may belong to the first');
  });

  it('gives 64-bit parts of a trace its 128-bit id', () => {
    const long = '463ac35c9f6413ad48485a3953bb6124';
    const batch = decode(span('a', { traceId: '48485a3953bb6124' }), span('b', { traceId: long, parentId: 'a' }), span('c', { traceId: '77' }));
    assert.deepEqual(new Set(detailsOf(batch).map((s) => s.traceId)), new Set([long, '77'.padStart(32, '0')]));
    assert.deepEqual([...batch.nativeTraceIds!], [['77'.padStart(32, '0'), '77']]);
  });

  it('does not guess where two 128-bit ids end alike', () => {
    const batch = decode(span('a', { traceId: '48485a3953bb6124' }), span('b', { traceId: '1'.repeat(16) + '48485a3953bb6124' }), span('c', { traceId: '2'.repeat(16) + '48485a3953bb6124' }));
    assert.equal(new Set(detailsOf(batch).map((s) => s.traceId)).size, 3);
  });

  it('marks spans without a duration as unfinished, and places spans without a timestamp', () => {
    const batch = decode(
      span('a', { name: 'root', duration: undefined }),
      span('b', { name: 'annotated', timestamp: undefined, duration: undefined, parentId: 'a', annotations: [{ timestamp: 1234, value: 'x' }] }),
      span('c', { name: 'nothing', timestamp: 0, duration: 5, parentId: 'a' }),
    );
    const spans = byName(batch);
    assert.equal(spans.get('root')!.endUnixNano, 0n);
    assert.equal(spans.get('annotated')!.startUnixNano, 1_234_000n);
    assert.equal(spans.get('annotated')!.endUnixNano, 0n);
    assert.equal(spans.get('nothing')!.startUnixNano, 1_000_000n);
    assert.equal(spans.get('nothing')!.endUnixNano, 1_005_000n);
    assert.match(batch.warnings[0]!, /2 of 3 spans of a trace came without a timestamp/);
  });

  it('sees an error by the presence of its tag', () => {
    for (const [error, message] of [['', ''], ['true', ''], ['timeout', 'timeout']] as const) {
      assert.equal(one({ tags: { error } }).statusCode, 2);
      assert.equal(one({ tags: { error } }).statusMessage, message);
    }
    assert.equal(one({ tags: { error: 'false' } }).statusCode, 0);
    assert.equal(one({ tags: {} }).statusCode, 0);
  });

  it('reads kinds, endpoints, annotations and OpenTelemetry’s own tags', () => {
    const details = one({
      kind: 'CLIENT',
      debug: true,
      localEndpoint: { serviceName: 'front', ipv4: '192.168.99.1', ipv6: '::1', port: 3306 },
      remoteEndpoint: { serviceName: 'db', ipv4: '172.19.0.2', port: 58_648 },
      annotations: [{ timestamp: 1556, value: '<b>ws</b>' }, 'odd'],
      tags: { 'otel.scope.name': 'lib', 'otel.status_code': 'OK', n: 5, __proto__x: 'y' },
    });
    assert.equal(details.kind, 3);
    assert.equal(details.scopeName, 'lib');
    assert.equal(details.statusCode, 1);
    assert.deepEqual(details.resource, [{ key: 'service.name', value: 'front' }]);
    assert.deepEqual(details.events.map(({ name, timeUnixNano }) => [name, timeUnixNano]), [['<b>ws</b>', 1_556_000n]]);
    const values = new Map(details.attributes.map(({ key, value }) => [key, value]));
    assert.equal(values.get('n'), '5');
    assert.equal(values.get('network.local.address'), '192.168.99.1');
    assert.equal(values.get('network.local.port'), 3306n);
    assert.equal(values.get('peer.service'), 'db');
    assert.equal(values.get('network.peer.port'), 58_648n);
    assert.equal(values.get('zipkin.debug'), true);
    assert.deepEqual(['SERVER', 'PRODUCER', 'CONSUMER', undefined, 'ODD'].map((kind) => one({ kind }).kind), [2, 4, 5, 1, 0]);
  });

  it('rejects spans without a valid id, and keeps their neighbours', () => {
    const batch = decode(span('a'), span(''), span('0'), span('xyz'), null, span('b', { traceId: 'not hex' }), 'text', { id: 'c' });
    assert.equal(batch.count + batch.rejected, 8);
    assert.equal(batch.rejected, 5);
    assert.match(batch.warnings.join('\n'), /span 1 was rejected: no valid id/);
    assert.ok(detailsOf(batch).some((s) => s.traceId === '0'.repeat(32)));
    assert.equal(serviceOf(batch, 0), '');
  });

  it('costs no more than its size when thousands share one id', () => {
    const n = 60_000;
    const started = cpuMs();
    const batch = decodeZipkinJson([
      ...Array.from({ length: n }, (_, k) => span('a', { kind: 'SERVER', ...endpoint(`s${k}`) })),
      span('a', { kind: 'CLIENT', ...endpoint('c') }),
      ...Array.from({ length: 1000 }, (_, k) => span((k + 16).toString(16), { parentId: 'a', ...endpoint(`s${k}`) })),
    ]);
    assert.equal(batch.count, n + 1001);
    assert.ok(cpuMs() - started < 5000);
  });

  const others: readonly (readonly [file: string, spans: number, ids: number])[] = [['zipkin/messaging-kafka.json', 28, 28], ['zipkin/netflix.json', 8, 6], ['zipkin/skew.json', 4, 4]];
  for (const [file, spans, ids] of others) {
    const bytes = foreign(file);
    if (bytes === undefined) continue;
    it(`reads ${file} of another project`, () => {
      const batch = decodeZipkinJson(JSON.parse(Buffer.from(bytes).toString()));
      assert.equal(batch.count, spans);
      assert.equal(batch.rejected, 0);
      assert.equal(new Set(detailsOf(batch).map((s) => s.spanId)).size, ids);
    });
  }
});
