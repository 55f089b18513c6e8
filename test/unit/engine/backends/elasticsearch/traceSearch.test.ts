// Opening a trace of Elasticsearch's or OpenSearch's: where it is looked for, how far, page by page, and what is said to be missing.
import assert from 'node:assert/strict';
import type { Connected } from '../../../../support/connected.ts';
import { documentOf, ElasticConnections, type FakeSpan, idOf, indicesOf, MINUTE_NS, NOW_MS, NOW_NS, REFERENCE, REFERENCE_ID, VARIANTS } from '../../../../support/elasticConnected.ts';
import { elasticDocuments } from '../../../../live/send/elasticDocuments.ts';
import { ELASTIC_MAPPINGS } from '../../../../support/fakes/elasticFields.ts';

const signal = new AbortController().signal;

describe('engine/backends/elasticsearch: opening', () => {
  const connections = new ElasticConnections();
  const made: ElasticConnections['made'] = (...given) => connections.made(...given);
  afterEach(() => connections.close());

  const old: readonly FakeSpan[] = [{ id: 1, agoNs: 5n * MINUTE_NS }, { id: 2, agoNs: 600n * MINUTE_NS }, { id: 3, agoNs: 10_000n * MINUTE_NS }];
  it('by the time it is known to have, or the last hour, day, and lookback', async () => {
    const connection = await made({ spans: old });
    const countOf = async (of: Connected, id: number, more: object = {}): Promise<number> => (await of.source.trace({ traceId: idOf(id), ...more }, signal)).batches[0]!.count;
    const searchesFor = async (id: number, more: object = {}): Promise<number> => {
      const before = connection.fake.searches.length;
      await countOf(connection, id, more);
      return connection.fake.searches.length - before;
    };
    assert.deepEqual([await searchesFor(1), await searchesFor(2), await searchesFor(3, { startUnixNano: String(NOW_NS - 10_000n * MINUTE_NS) })], [1, 2, 1]);
    const within = (minutes: bigint) => ({ within: true, startUnixNano: String(NOW_NS - minutes * MINUTE_NS), endUnixNano: String(NOW_NS) });
    assert.deepEqual([await searchesFor(2, within(700n)), await searchesFor(3, { within: true })], [1, 1]);
    const before = connection.fake.searches.length;
    await assert.rejects(countOf(connection, 2, within(599n)), { kind: 'notFound', message: /or is older than 2026-11-29T02:01:00\.000Z, since when was searched\.$/ });
    await assert.rejects(countOf(connection, 4, { within: true }), { kind: 'notFound', message: /all of it was searched\.$/ });
    assert.equal(connection.fake.searches.length, before + 2, 'no further than was asked for');
    await assert.rejects(countOf(connection, 3), { kind: 'notFound', message: /older than the 24 hours that were searched/ });
    assert.equal(await countOf(await made({ spans: old }, { lookbackHours: 24 * 8 }), 3), 1);
  });

  describe('of one that is longer than what is looked through', () => {
    // A root of three hours with a step every ten minutes.
    const root = 'ab'.repeat(8);
    const long: readonly FakeSpan[] = [
      { id: 1, agoNs: 180n * MINUTE_NS, durationNs: 179n * MINUTE_NS, spanId: root, name: 'batch' },
      ...Array.from({ length: 17 }, (_, k) => ({ id: 1, agoNs: BigInt(170 - 10 * k) * MINUTE_NS, durationNs: MINUTE_NS, parentSpanId: root, name: 'step' })),
    ];
    const opened = async (of: Connected, more: object = {}): Promise<readonly [number, readonly string[]]> => {
      const { batches, notes } = await of.source.trace({ traceId: idOf(1), ...more }, signal);
      return [batches.reduce((sum, { count }) => sum + count, 0), notes];
    };
    const lastHour = { within: true, startUnixNano: String(NOW_NS - 60n * MINUTE_NS), endUnixNano: String(NOW_NS + 60n * MINUTE_NS) };
    const at = (agoNs: bigint): string => new Date(NOW_MS - Number(agoNs / 1_000_000n)).toISOString();

    for (const variant of VARIANTS) {
      it(`${variant}: from its row, which says that it was summed up in part, and by its id`, async () => {
        const connection = await made({ variant, spans: long });
        const { traces: [row], notes } = await connection.backend.search({ group: 'recent', sort: 'newest', limit: 20 }, signal);
        assert.ok(row!.summary.spans < 18);
        assert.match(notes.join(), /summed up from their spans within 60 minutes of the time looked through/);
        const before = connection.fake.searches.length;
        assert.deepEqual(await opened(connection, row!.ref), [18, []]);
        assert.equal(connection.fake.searches.filter(({ index }) => !index.startsWith('logs-')).length, before + 2, 'one look more');
        assert.deepEqual(await opened(connection), [18, []]);
      });
    }

    it('what came after the time that was known of it', async () => {
      const connection = await made({ spans: long });
      assert.deepEqual(await opened(connection, { startUnixNano: String(NOW_NS - 180n * MINUTE_NS), endUnixNano: String(NOW_NS - 170n * MINUTE_NS) }), [18, []]);
    });

    it('no further than was asked for, and says so', async () => {
      const connection = await made({ spans: long });
      assert.deepEqual(await opened(connection, lastHour), [6, [`There are spans whose parents were not found: what is before ${at(60n * MINUTE_NS)} was not looked through.`]]);
      const early = { within: true, startUnixNano: String(NOW_NS - 181n * MINUTE_NS), endUnixNano: String(NOW_NS - 121n * MINUTE_NS) };
      assert.deepEqual(await opened(connection, early), [6, [`The trace may go on: what is after ${at(121n * MINUTE_NS - 1_000_000n)} was not looked through.`]]);
    });

    it('parents that are nowhere are looked for once, a day back: the trace itself tells of them', async () => {
      const connection = await made({ spans: long.slice(13) });
      assert.deepEqual(await opened(connection), [5, []]);
      assert.equal(connection.fake.searches.length, 2);
    });

    it('one that is longer still is opened in part, and says so', async () => {
      const connection = await made({ spans: [{ ...long[0]!, agoNs: 3000n * MINUTE_NS }, ...long.slice(1)] });
      assert.deepEqual(await opened(connection), [17, [`There are spans whose parents were not found: what is before ${at((59n + 24n * 60n) * MINUTE_NS)} was not looked through.`]]);
      assert.deepEqual(await opened(await made({ spans: [{ ...long[0]!, agoNs: 3000n * MINUTE_NS }, ...long.slice(1)] }, { lookbackHours: 72 })), [18, []]);
    });
  });

  it('by an id in capitals, and one that an old Jaeger stored without its leading zeros', async () => {
    const [stored] = elasticDocuments('jaeger', documentOf([{ id: 1, agoNs: MINUTE_NS, traceId: '4d3c2b1a09f8e7d6' }]));
    const { source } = await made({ indices: { 'team-jaeger-span-2026-11-29': { mappings: ELASTIC_MAPPINGS.jaeger, sources: [stored!.source] } } });
    for (const traceId of ['4d3c2b1a09f8e7d6', '00000000000000004d3c2b1a09f8e7d6', '4D3C2B1A09F8E7D6']) assert.equal((await source.trace({ traceId }, signal)).batches[0]!.count, 1, traceId);
  });

  it('page by page, every span once, also where many have one time and one id', async function () {
    this.timeout(60_000);
    const spans = Array.from({ length: 5_300 }, (_, k) => ({ id: 1, agoNs: MINUTE_NS, spanId: (k >= 1_500 && k < 2_400 ? 1_501 : k + 1).toString(16).padStart(16, '0'), name: `n${k}` }));
    for (const variant of ['jaeger', 'dataPrepper'] as const) {
      const { source, fake } = await made({ variant, spans });
      const { batches, notes } = await source.trace({ traceId: idOf(1) }, signal);
      assert.deepEqual([batches.reduce((sum, batch) => sum + batch.count, 0), notes, fake.searches.length], [5_300, [], 3]);
    }
  });

  it('more alike than a page holds is said', async () => {
    const { source } = await made({ spans: Array.from({ length: 2_500 }, (_, k) => ({ id: 1, agoNs: MINUTE_NS, spanId: 'ab'.repeat(8), name: `n${k}` })) });
    const { batches, notes } = await source.trace({ traceId: idOf(1) }, signal);
    assert.equal(batches[0]!.count, 2_000);
    assert.match(notes.join(), /More than 2000 spans have one id and one time/);
  });

  it('without its events, where those may not be read', async () => {
    const { source, fake } = await made({ indices: indicesOf('otel', REFERENCE), denied: /^logs-/ }, {}, {}, 1795221080000);
    const { batches, notes } = await source.trace({ traceId: REFERENCE_ID, startUnixNano: '1795221079000000000' }, signal);
    assert.equal(batches[0]!.count, 14);
    assert.match(notes.join(), /Events of spans are missing\. The events of the trace is forbidden \(403\).*security_exception/);
    assert.deepEqual(fake.searches.map(({ index }) => index), ['traces-*.otel-*', 'traces-*.otel-*'], 'refused before they are searched');
  });

  it('documents of something else are no trace', async () => {
    const { source } = await made({ instead: () => ({ status: 200, body: { hits: { hits: [{ _index: 'i', _id: '1', _source: { hello: 1 }, sort: [1, 'a'] }] } } }) });
    await assert.rejects(source.trace({ traceId: idOf(1) }, signal), { kind: 'badData', message: /are no spans of Jaeger/ });
  });
});
