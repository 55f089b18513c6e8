// Elasticsearch and OpenSearch over real HTTP by a strict stand-in: indices found by their fields, lists of two searches, paging, filters,
// what is missing of an answer, and what goes wrong. Opening is elasticsearch/traceSearch.test.ts; what every system must do is the contract's,
// what the real OpenSearch answers test/live's; Elasticsearch itself was not asked.
import assert from 'node:assert/strict';
import type { SearchQuery } from '../../../../src/engine/backends/backend.ts';
import { elasticsearch } from '../../../../src/engine/backends/elasticsearch.ts';
import { summedWithin } from '../../../../src/engine/listing/summedWithin.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { summaryOf } from '../../../../src/model/traceSummary.ts';
import type { Connected } from '../../../support/connected.ts';
import { documentOf, type ElasticConnected, ElasticConnections, type FakeSpan, idOf, indicesOf, MINUTE_NS, NOW_MS, NOW_NS, REFERENCE, REFERENCE_ID, string, VARIANTS } from '../../../support/elasticConnected.ts';
import { refusal } from '../../../support/fakes/elasticsearch.ts';
import type { FakeAnswer, FakeRequest } from '../../../support/fakes/jsonServer.ts';
import { signatureProblem } from '../../../support/fakes/sigv4.ts';
import { shuffled } from '../listing/fakeSource.ts';

const signal = new AbortController().signal;

describe('engine/backends/elasticsearch', () => {
  const connections = new ElasticConnections();
  const made: ElasticConnections['made'] = (...given) => connections.made(...given);
  afterEach(() => connections.close());

  const search = ({ backend }: ElasticConnected, query: Partial<SearchQuery> = {}): ReturnType<Connected['backend']['search']> => backend.search({ group: 'recent', sort: 'newest', limit: 20, ...query }, signal);
  async function all(made_: ElasticConnected, query: Partial<SearchQuery> = {}): Promise<string[]> {
    const seen: string[] = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await search(made_, { ...query, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.traces.map(({ summary }) => summary.traceId));
      cursor = page.next;
    }
    return seen;
  }
  const numbers = (ids: readonly string[]): number[] => ids.map((id) => Number.parseInt(id.slice(24), 16));

  for (const variant of VARIANTS) {
    it(`${variant}: the list says of the reference trace what the trace says`, async () => {
      const startMs = Number(BigInt(REFERENCE.resourceSpans[0]!.scopeSpans[0]!.spans[0]!.startTimeUnixNano) / 1_000_000n);
      const connection = await made({ indices: indicesOf(variant, REFERENCE) }, {}, {}, startMs + 600_000);
      const [found] = (await search(connection)).traces;
      const { batches, notes } = await connection.source.trace(found!.ref, signal);
      assert.deepEqual([...notes, ...batches.flatMap(({ warnings }) => warnings)], []);
      const opened = summaryOf(buildTrace(REFERENCE_ID, batches.map((batch) => ({ batch }))));
      const said = ({ rootService, rootName, startUnixNano, durationNs, spans, errors, services }: typeof opened): unknown => [rootService, rootName, startUnixNano, durationNs, spans, errors, services.toSorted()];
      assert.deepEqual(said(found!.summary), said(opened));
      assert.equal(found!.unknown, undefined);
    });
  }

  for (const variant of VARIANTS) {
    it(`${variant}: pages to the end, every trace once: 2,000 in any order, several in the same millisecond`, async function () {
      this.timeout(60_000);
      const spans = shuffled(Array.from({ length: 2000 }, (_, k) => ({ id: k, agoNs: BigInt(k - (k % 3)) * 20_000_000_000n + 1_000_000n })));
      const seen = await all(await made({ variant, spans }));
      assert.equal(seen.length, 2000);
      assert.equal(new Set(seen).size, 2000);
      assert.deepEqual(numbers(seen).map((k) => k - (k % 3)), Array.from({ length: 2000 }, (_, k) => k - (k % 3)), 'newest first');
    });
  }

  it('a trace that began long before what a page reached is listed once, in its place; those that still run keep no page from getting on', async () => {
    // Each of 150 has a span in every ms of the last 20: without naming them, pages would be full of them alone.
    const running = Array.from({ length: 150 }, (_, id) => [{ id, agoNs: 45n * MINUTE_NS + BigInt(id) * 1_000_000n, durationNs: 45n * MINUTE_NS }, ...Array.from({ length: 20 }, (__, k) => ({ id, agoNs: BigInt(k + 1) * 1_000_000n, child: true }))]).flat();
    const short = Array.from({ length: 250 }, (_, k) => ({ id: 1000 + k, agoNs: BigInt(k + 1) * 10_000_000_000n }));
    for (const variant of ['jaeger', 'otel'] as const) {
      const connection = await made({ variant, spans: shuffled([...running, ...short]) }, { lookbackHours: 1 });
      const seen = numbers(await all(connection));
      assert.deepEqual(seen, [...short.map(({ id }) => id), ...running.filter((span) => !('child' in span)).map(({ id }) => id)]);
      assert.ok(connection.fake.searches.length <= 2 * 6, `${connection.fake.searches.length} searches`);
    }
  });

  describe('filters', () => {
    const spans: readonly FakeSpan[] = Array.from({ length: 30 }, (_, id) => [
      { id, agoNs: BigInt(id + 1) * MINUTE_NS, durationNs: BigInt(id + 1) * 10_000_000n, name: id % 5 === 0 ? 'POST /buy' : 'GET /', service: id % 2 === 0 ? 'shop' : 'pay "me"' },
      { id, agoNs: BigInt(id + 1) * MINUTE_NS - 5_000_000n, child: true, name: 'db', service: 'stock', failed: id % 3 === 0, attributes: [string('db.system', id % 4 === 0 ? 'redis' : 'mysql'), { key: 'rows', value: { intValue: String(id) } }] },
    ]).flat();
    for (const variant of VARIANTS) {
      for (const [what, query, fits] of [
        ['a service', { service: 'shop' }, (k: number) => k % 2 === 0],
        ['a service with quotes', { service: 'pay "me"' }, (k: number) => k % 2 === 1],
        ['an operation', { operation: 'POST /buy' }, (k: number) => k % 5 === 0],
        ['service and operation of one span', { service: 'stock', operation: 'db' }, () => true],
        ['service and operation of two spans', { service: 'shop', operation: 'db' }, () => false],
        ['a duration', { minDurationNs: 2e8 }, (k: number) => k + 1 >= 20],
        ['errors, wherever in the trace', { group: 'errors' }, (k: number) => k % 3 === 0],
        ['errors of traces with a service', { group: 'errors', service: 'shop' }, (k: number) => k % 6 === 0],
        ['errors of long ones', { group: 'errors', minDurationNs: 2e8 }, (k: number) => k % 3 === 0 && k + 1 >= 20],
        ['an attribute', { attributes: [{ key: 'db.system', value: 'redis' }] }, (k: number) => k % 4 === 0],
        ['a number', { attributes: [{ key: 'rows', value: '7' }] }, (k: number) => k === 7],
        ['two attributes of one span', { attributes: [{ key: 'db.system', value: 'mysql' }, { key: 'rows', value: '7' }] }, (k: number) => k === 7],
        ['an attribute of the resource', { attributes: [{ key: 'service.name', value: 'shop' }] }, (k: number) => k % 2 === 0],
        ['no such value', { attributes: [{ key: 'db.system', value: 'red' }] }, () => false],
      ] as const) {
        // Jaeger's services are no tag.
        if ('attributes' in query && query.attributes[0].key === 'service.name' && variant.startsWith('jaeger')) continue;
        it(`${variant}: ${what}`, async () => {
          const connection = await made({ variant, spans });
          assert.deepEqual(numbers((await search(connection, { limit: 100, ...query } as Partial<SearchQuery>)).traces.map(({ summary }) => summary.traceId)), Array.from({ length: 30 }, (_, k) => k).filter(fits));
        });
      }
    }

    it('a service of a trace that has more of them than a row names is believed', async () => {
      const connection = await made({ spans: Array.from({ length: 41 }, (_, k) => ({ id: 1, agoNs: MINUTE_NS, service: `s${String(k).padStart(2, '0')}`, child: k > 0 })) });
      for (const service of ['s00', 's40']) {
        const page = await search(connection, { service });
        assert.deepEqual([page.traces.map(({ unknown }) => unknown), page.notes], [[['services']], [summedWithin(60n * MINUTE_NS)]]);
      }
    });

    it('services and operations are those of the time that is looked at', async () => {
      for (const variant of VARIANTS) {
        const { source } = await made({ variant, spans: [...spans, { id: 99, agoNs: 3000n * MINUTE_NS, service: 'gone' }] });
        assert.deepEqual([await source.services(signal), await source.operations('shop', signal)], [['pay "me"', 'shop', 'stock'], ['GET /', 'POST /buy']], variant);
      }
    });
  });

  it('all services are named, however many; and where they never end, that is said', async () => {
    const many = Array.from({ length: 2_345 }, (_, k) => `s${String(k).padStart(4, '0')}`);
    const { source, fake } = await made({ spans: many.map((service) => ({ id: 1, agoNs: MINUTE_NS, service })) });
    assert.deepEqual(await source.services(signal), many);
    assert.equal(fake.searches.length, 3);
    let n = 0;
    const endless = await made({ instead: () => ({ status: 200, body: { hits: { hits: [] }, aggregations: { names: { sum_other_doc_count: 5, buckets: Array.from({ length: 1000 }, () => ({ key: `n${n++}`, doc_count: 1 })) } } } }) });
    await assert.rejects(endless.source.services(signal), { kind: 'tooLarge', message: 'The list of services has more than 50000 names: let the connection look back less far.' });
    const same = await made({ instead: () => ({ status: 200, body: { hits: { hits: [] }, aggregations: { names: { sum_other_doc_count: 5, buckets: [{ key: 'a', doc_count: 1 }] } } } }) });
    assert.deepEqual(await same.source.services(signal), ['a']);
  });

  it('all traces that are listed already are named in the next question, until those are too many', async () => {
    const { source } = await made({ spans: [{ id: 1, agoNs: MINUTE_NS }] });
    const window = { startNs: NOW_NS - 60n * MINUTE_NS, endNs: NOW_NS };
    const page = (listed: number): ReturnType<typeof source.page> => source.page({ window, limit: 1, cursor: JSON.stringify({ to: String(NOW_NS), without: Array.from({ length: listed }, (_, k) => `t${k}`) }) }, signal);
    const { cursor } = await page(65_000);
    const { without } = JSON.parse(cursor!) as { readonly without: readonly string[] };
    assert.deepEqual([without.length, without[0], without.at(-1)], [65_001, 't0', idOf(1)]);
    await assert.rejects(source.page({ window, limit: 1, cursor: cursor! }, signal), { kind: 'tooLarge', message: /65001 traces.*a shorter time, or filter/ });
  });

  describe('what is missing of an answer is said', () => {
    for (const [what, over, says] of [
      ['a timeout', { timed_out: true }, /was stopped by the cluster after 15 s/],
      ['failed shards', { _shards: { total: 5, successful: 3, skipped: 1, failed: 2, failures: [{ shard: 0, index: 'i', reason: { type: 'query_shard_exception', reason: 'failed to create query' } }] } }, /was not answered by 2 of 5 shards \(query_shard_exception: failed to create query\)/],
      ['skipped clusters', { _clusters: { total: 3, successful: 2, skipped: 1 } }, /was not answered by 1 of 3 clusters/],
    ] as const) {
      it(what, async () => {
        const connection = await made({ over });
        assert.match((await search(connection)).notes.join('\n'), says);
        assert.match((await connection.source.trace({ traceId: idOf(1) }, signal)).notes.join('\n'), says);
        // What may lie in the missing part is not called gone.
        await assert.rejects(connection.source.trace({ traceId: idOf(7) }, signal), { kind: 'timeout', message: says });
      });
    }

    it('shards that hold nothing of the time are no loss', async () => {
      const connection = await made({ over: { _shards: { total: 9, successful: 9, skipped: 8, failed: 0 } } });
      assert.deepEqual((await search(connection)).notes, [summedWithin(60n * MINUTE_NS)]);
    });

    it('traces are as long as their root where scripts are refused, which is asked once', async () => {
      for (const variant of VARIANTS) {
        const connection = await made({ variant, scripts: false, spans: [{ id: 1, agoNs: MINUTE_NS, durationNs: 5_000_000n }, { id: 1, agoNs: MINUTE_NS - 4_000_000n, durationNs: 9_000_000n, child: true }, { id: 2, agoNs: 2n * MINUTE_NS, child: true }] }, { lookbackHours: 1 });
        const page = await search(connection);
        assert.match(page.notes.join(), /refuses scripts: a trace is listed as long as its root/);
        assert.deepEqual(page.traces.map(({ summary, unknown }) => [summary.durationNs, unknown ?? []]), [[5_000_000n, []], [1_000_000n, ['root', 'duration']]]);
        const searchesFor = async (): Promise<number> => {
          const before = connection.fake.searches.length;
          await connection.source.page({ window: { startNs: NOW_NS - 60n * MINUTE_NS, endNs: NOW_NS }, limit: 10 }, signal);
          return connection.fake.searches.length - before;
        };
        assert.deepEqual([await searchesFor(), await searchesFor()], [3, 2]);
      }
    });
  });

  describe('indices', () => {
    const both = { ...indicesOf('jaeger', documentOf([{ id: 1, agoNs: MINUTE_NS }])), ...indicesOf('dataPrepper', documentOf([{ id: 2, agoNs: MINUTE_NS }])) };
    it('of one kind are found by their fields', async () => {
      for (const [variant, label, pattern, openSearch] of [['jaeger', 'Jaeger', '*jaeger-span-*,*jaeger.spans*,-*jaeger-span-archive*', false], ['otel', "the collector's OTel mode", 'traces-*.otel-*', false], ['dataPrepper', 'Data Prepper', 'otel-v1-apm-span*,ss4o_traces-*', true]] as const) {
        const probe = await (await made({ variant, openSearch })).source.probe(signal);
        assert.deepEqual(probe, { notes: [`Spans of ${label} are read from ${pattern}.`], version: openSearch ? 'OpenSearch 2.19.1' : 'Elasticsearch 9.1.3', choices: { index: [pattern] } });
      }
    });

    it('of several kinds are picked from', async () => {
      const { source } = await made({ indices: both });
      const { notes, choices, mustPick } = await source.probe(signal);
      assert.deepEqual([notes, choices, mustPick], [['There are spans of Jaeger and of Data Prepper: pick one.'], { index: ['*jaeger-span-*,*jaeger.spans*,-*jaeger-span-archive*', 'otel-v1-apm-span*,ss4o_traces-*'] }, ['index']]);
      await assert.rejects(source.services(signal), { kind: 'unsupported', message: /pick one of/ });
      for (const [index, id] of [['otel-v1-apm-span-*', 2], [' jaeger-span-* , jaeger-span-read', 1]] as const) assert.deepEqual(numbers(await all(await made({ indices: both }, { options: { index } }))), [id]);
    });

    it('of several kinds under one pattern are no choice: another is needed', async () => {
      const { source } = await made({ indices: { ...indicesOf('jaeger', documentOf([{ id: 1, agoNs: MINUTE_NS }])), ...indicesOf('otel', documentOf([{ id: 2, agoNs: MINUTE_NS }])) } }, { options: { index: 'jaeger-*, traces-*' } });
      for (const asked of [source.probe(signal), source.services(signal)]) await assert.rejects(asked, { kind: 'unsupported', message: 'There are spans of Jaeger and of the collector\'s OTel mode in jaeger-*,traces-*: edit the connection and give a pattern of indices that hold one kind.' });
    });

    it('of other names are found where they are named', async () => {
      const [own] = Object.values(indicesOf('jaeger', documentOf([{ id: 1, agoNs: MINUTE_NS }])));
      assert.deepEqual(numbers(await all(await made({ indices: { 'team-a': own! } }, { options: { index: 'team-a' } }))), [1]);
    });

    it("of Jaeger's archive hold copies, which are read only where they are named", async () => {
      const [stored] = Object.values(indicesOf('jaeger', documentOf([{ id: 1, agoNs: MINUTE_NS }, { id: 1, agoNs: MINUTE_NS, child: true }])));
      const indices = { 'jaeger-span-2026-11-29': stored!, 'jaeger-span-archive': stored!, 'team-jaeger-span-archive-000001': stored! };
      const connection = await made({ indices });
      const { traces } = await search(connection);
      assert.deepEqual([traces.map(({ summary }) => summary.spans), (await connection.source.trace(traces[0]!.ref, signal)).batches[0]!.count], [[2], 2]);
      assert.deepEqual(numbers(await all(await made({ indices }, { options: { index: 'jaeger-span-archive' } }))), [1]);
    });

    it('that are not there, or are of something else, are said', async () => {
      for (const indices of [{}, { 'logs-nginx': { mappings: { '@timestamp': 'date', message: 'text' }, sources: [] } }, { 'traces-x.otel-default': { mappings: { '@timestamp': 'date', trace_id: 'keyword' }, sources: [] } }] as const) {
        await assert.rejects((await made({ indices })).source.services(signal), { kind: 'unsupported', message: /There are no indices of spans that these credentials may read/ });
      }
      await assert.rejects((await made({}, { options: { index: 'nosuch' } })).source.services(signal), { kind: 'unsupported', message: /in nosuch/ });
      await assert.rejects((await made({}, { options: { index: 'No Such' } })).source.services(signal), { kind: 'badData', message: /Invalid index name/ });
    });

    it('that may not be read, while others may, do not matter', async () => {
      assert.deepEqual(numbers(await all(await made({ indices: both, denied: /^otel-v1/ }))), [1]);
      await assert.rejects((await made({ denied: /./ })).source.services(signal), { kind: 'auth', message: /forbidden \(403\).*security_exception/ });
    });
  });

  describe('signing in', () => {
    const door = (header: string) => ({ headers }: { readonly headers: Readonly<Record<string, string>> }): FakeAnswer | undefined =>
      headers['authorization'] === header ? undefined : { status: 401, headers: { 'www-authenticate': 'ApiKey' }, body: { error: { root_cause: [{ type: 'security_exception', reason: 'missing authentication credentials' }], type: 'security_exception', reason: 'missing authentication credentials' }, status: 401 } };
    for (const [what, header, auth, secrets] of [
      ['an API key', 'ApiKey aWQ6a2V5', { type: 'apiKey', prefix: 'ApiKey ' }, { secret: 'aWQ6a2V5' }],
      ['a user', `Basic ${Buffer.from('elastic:pw').toString('base64')}`, { type: 'basic', user: 'elastic' }, { secret: 'pw' }],
    ] as const) {
      it(`by ${what}`, async () => {
        assert.deepEqual(numbers(await all(await made({ door: door(header) }, { auth }, secrets))), [1]);
        await assert.rejects((await made({ door: door(header) }, { auth }, { secret: 'other' })).source.services(signal), { kind: 'auth', message: /401.*missing authentication credentials/ });
      });
    }

    const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret-of-example' };
    for (const [service, said] of [['es', {}], ['es', { service: '' }], ['aoss', { service: 'aoss' }]] as const) {
      it(`by AWS's signature for ${service}, ${JSON.stringify(said)}, over patterns and bodies`, async () => {
        const signed = (wanted: string) => (request: FakeRequest): FakeAnswer | undefined => {
          const problem = signatureProblem(request, keys, { region: 'eu-central-1', service: wanted }, Date.now());
          return problem === undefined ? undefined : { status: 403, body: { message: `${problem}: The request signature we calculated does not match` } };
        };
        const config = { auth: { type: 'aws' as const }, options: { region: 'eu-central-1', ...said } };
        // A signature holds by the real clock, so the whole span lies a minute before it.
        const nowMs = Date.now();
        const connection = await made({ door: signed(service), spans: [{ id: 1, agoNs: MINUTE_NS - BigInt(nowMs - NOW_MS) * 1_000_000n }] }, config, keys, nowMs);
        assert.deepEqual(numbers(await all(connection)), [1]);
        assert.ok(connection.fake.asked.some(({ url }) => url.pathname === '/*jaeger-span-*,*jaeger.spans*,-*jaeger-span-archive*/_search'));
        await assert.rejects((await made({ door: signed('other') }, config, keys)).source.services(signal), { kind: 'auth', message: /SignatureDoesNotMatch/ });
      });
    }
  });

  for (const [what, answer, kind, says] of [
    ['memory that would be exceeded', refusal(429, 'circuit_breaking_exception', '[parent] Data too large'), 'tooLarge', /ask for less time or a service/],
    ['a full queue', refusal(429, 'es_rejected_execution_exception', 'rejected execution'), 'rateLimit', /429/],
    ['an index that is gone', refusal(404, 'index_not_found_exception', 'no such index [x]'), 'notFound', /pick another/],
    ['a question that is not understood', refusal(400, 'parsing_exception', 'unknown query [x]'), 'badData', /parsing_exception: unknown query \[x\]/],
    ['all shards down', { status: 503, body: { error: { root_cause: [], type: 'search_phase_execution_exception', reason: 'all shards failed' }, status: 503 } }, 'server', /all shards failed/],
    ["AWS's own refusal", { status: 403, body: { Message: 'User: anonymous is not authorized to perform: es:ESHttpPost' } }, 'auth', /es:ESHttpPost/],
    ['another program', { status: 200, body: { took: 1 } }, 'badData', /no Elasticsearch or OpenSearch/],
    ['an answer cut off', { status: 200, body: '{"hits":{"hits":[{' }, 'badData', /not JSON/],
  ] as const) {
    it(`tells ${what}`, async () => {
      const { source } = await made({ instead: () => answer as FakeAnswer });
      await assert.rejects(source.services(signal), { kind, message: says });
    });
  }

  describe('is found out by what it answers', () => {
    for (const [what, answer, is] of [
      ['Elasticsearch', { status: 200, body: { version: { number: '8.17.0', build_flavor: 'default', lucene_version: '9' }, tagline: 'You Know, for Search' } }, '8.17.0'],
      ['OpenSearch', { status: 200, body: { version: { number: '2.19.1', distribution: 'opensearch' }, tagline: 'The OpenSearch Project: https://opensearch.org/' } }, '2.19.1'],
      ['a locked Elasticsearch', { status: 401, headers: { 'www-authenticate': 'Basic realm="security", charset="UTF-8"' }, body: {} }, true],
      ['a locked OpenSearch', { status: 401, headers: { 'www-authenticate': 'Basic realm="OpenSearch Security"' }, body: 'Unauthorized' }, true],
      ['one without the right to say its version', refusal(403, 'security_exception', 'action [cluster:monitor/main] is unauthorized'), true],
      ["AWS's", { status: 403, body: { Message: 'User: anonymous is not authorized to perform: es:ESHttpGet' } }, true],
      ['another locked program', { status: 401, headers: { 'www-authenticate': 'Basic realm="Login"' }, body: {} }, false],
      ['another program with a version', { status: 200, body: { version: '1.2.3' } }, false],
      ['a page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }, false],
      ['CouchDB', { status: 200, body: { couchdb: 'Welcome', version: '3.3.3' } }, false],
    ] as const) {
      it(what, async () => {
        const { http } = await made({ door: () => answer as FakeAnswer });
        const found = await elasticsearch.detect!(http, signal);
        assert.deepEqual([found.is, found.is ? (found.version ?? found.needsAuth) : false], [is !== false, is]);
      });
    }
  });

  for (const [name, header] of [['Kibana', 'kbn-name'], ['OpenSearch Dashboards', 'osd-name']] as const) {
    it(`${name} is told from what is behind it`, async () => {
      const { http } = await made({ door: () => ({ status: 200, headers: { 'content-type': 'text/html', [header]: 'team' }, body: '<html>' }) });
      assert.deepEqual(await elasticsearch.detect!(http, signal), { is: false, says: `this is ${name}, which no spans are read from: give the address of what is behind it, whose port is usually 9200.` });
    });
  }

  for (const [link, expected] of [
    ['https://search-team-abc.eu-central-1.es.amazonaws.com/_dashboards', { name: 'OpenSearch at search-team-abc.eu-central-1.es.amazonaws.com', url: 'https://search-team-abc.eu-central-1.es.amazonaws.com', auth: 'aws' }],
    ['https://abc.us-east-1.aoss.amazonaws.com', { name: 'OpenSearch at abc.us-east-1.aoss.amazonaws.com', url: 'https://abc.us-east-1.aoss.amazonaws.com', auth: 'aws' }],
    ['https://my-deployment.es.eu-west-1.aws.elastic.cloud:443', { name: 'Elasticsearch at my-deployment.es.eu-west-1.aws.elastic.cloud', url: 'https://my-deployment.es.eu-west-1.aws.elastic.cloud', auth: 'apiKey' }],
    ['https://my-deployment.kb.eu-west-1.aws.elastic.cloud', undefined],
    ['https://es.amazonaws.com.evil.example/', undefined],
    ['http://localhost:9200', undefined],
  ] as const) it(`recognises ${link}`, () => assert.deepEqual(elasticsearch.recognise!(new URL(link)), expected));
});
