// X-Ray's documents as spans: what moto recorded, the shapes the API and files have, and every quirk of backends.md §6.
import assert from 'node:assert/strict';
import { readTraceFile } from '../../../src/formats/fileReader.ts';
import { FormatError } from '../../../src/formats/formatError.ts';
import { decodeXraySegments } from '../../../src/formats/xraySegments.ts';
import { seconds } from '../../../src/formats/xrayFields.ts';
import { hexOfXrayId, xrayIdOf } from '../../../src/formats/xrayIds.ts';
import type { AttributeValue } from '../../../src/model/attributes.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { sourceHintsOf } from '../../../src/source/sourceHints.ts';
import { parseStack } from '../../../src/source/stackTrace.ts';
import { detailsOf, foreign, recordedText, serviceOf } from '../../support/formatFixtures.ts';
import { seededRandom } from '../../support/traceGenerator.ts';

const TRACE = '1-5759e988-bd862e3fe1be46a994272793';
const HEX = '5759e988bd862e3fe1be46a994272793';
const segment = (more: object = {}): object => ({ name: 'api', id: '70de5b6f19ff9a0a', trace_id: TRACE, start_time: 1_499_473_411.677, end_time: 1_499_473_412.5, ...more });
const decode = (...documents: unknown[]): SpanBatch => decodeXraySegments(documents);
const one = (more: object): SpanDetails => detailsOf(decode(segment(more)))[0]!;
const attribute = (span: SpanDetails, key: string): AttributeValue => span.attributes.find((found) => found.key === key)?.value;
const file = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('formats/xraySegments', () => {
  it('reads what moto answered: nested calls, a fault with its Python stack, annotations, metadata', () => {
    const batch = decodeXraySegments(JSON.parse(recordedText('xray-moto/batch.json')));
    assert.equal(batch.rejected, 0);
    const spans = new Map(detailsOf(batch).map((span, i) => [span.spanId, { span, service: serviceOf(batch, i) }]));
    assert.deepEqual([...spans].map(([id, { span, service }]) => [id, service, span.name, span.kind, span.parentSpanId]), [
      ['a1b2c3d4e5f60001', 'api-gateway', 'POST /chat', 2, ''],
      ['a1b2c3d4e5f60004', 'api-gateway', 'orchestrator', 3, 'a1b2c3d4e5f60001'],
      ['a1b2c3d4e5f60006', 'orchestrator', 'orchestrator', 2, 'a1b2c3d4e5f60004'],
      ['a1b2c3d4e5f60008', 'orchestrator', 'qdrant', 3, 'a1b2c3d4e5f60006'],
    ]);
    const failed = spans.get('a1b2c3d4e5f60006')!.span;
    assert.equal(failed.statusCode, 2);
    assert.equal(failed.statusMessage, 'expected ] at position 1181');
    assert.equal(attribute(failed, 'code.lineno'), 41n);
    assert.equal(attribute(spans.get('a1b2c3d4e5f60008')!.span, 'returned'), 500n);
    assert.equal(failed.startUnixNano, 1_795_222_665_375_537_000n);
    assert.deepEqual([...batch.nativeTraceIds!], [['6b00ec89a3ce929d0e0e47364bf92f35', '1-6b00ec89-a3ce929d0e0e47364bf92f35']]);
    const [stack] = sourceHintsOf(failed, 'orchestrator').stacks;
    assert.deepEqual(parseStack(stack!).map(({ path, line, functionText, language }) => [path, line, functionText, language]), [['/app/orchestrator/parse.py', 23, 'parse_answer', 'python']]);
  });

  it('a trace that is not there is an answer without spans, and says so', () => {
    const batch = decodeXraySegments(JSON.parse(recordedText('xray-moto/batch-unknown.json')));
    assert.equal(batch.count, 0);
    assert.match(batch.warnings.join(), /did not answer 1 of the traces/);
  });

  const document = JSON.stringify(segment());
  for (const [what, given] of [
    ['one document', segment()],
    ['a list of documents', [segment()]],
    ['BatchGetTraces', { Traces: [{ Id: TRACE, Segments: [{ Id: '70de5b6f19ff9a0a', Document: document }] }], UnprocessedTraceIds: [] }],
    ['one trace of it', { Id: TRACE, Segments: [{ Document: document }] }],
    ['ListRetrievedTraces', { RetrievalStatus: 'COMPLETE', Traces: [{ Id: TRACE, Spans: [{ Document: document }] }] }],
    ['PutTraceSegments', { TraceSegmentDocuments: [document] }],
    ['a document without trace_id in its trace', { Traces: [{ Id: TRACE, Segments: [{ Document: JSON.stringify({ ...segment(), trace_id: undefined }) }] }] }],
  ] as const) {
    it(`takes ${what}, also as a file`, async () => {
      const [span] = detailsOf(decodeXraySegments(given));
      assert.equal(span?.traceId, HEX);
      const read = await readTraceFile(file(JSON.stringify(given)), 'x.json');
      assert.equal(read.format, 'X-Ray segments');
      assert.equal(read.batches[0]!.count, 1);
    });
  }

  it('takes what an SDK sends to the daemon: a header line before each document', async () => {
    const header = '{"format":"json","version":1}';
    const read = await readTraceFile(file(`${header}\n${document}\n${header}\n${JSON.stringify(segment({ id: '70de5b6f19ff9a0b' }))}\n`), 'daemon.log');
    assert.equal(read.batches[0]!.count, 2);
    assert.deepEqual(read.warnings, []);
  });

  it('refuses what is none, and rejects broken documents one by one', () => {
    for (const given of [{}, [], { Traces: [] }, { id: 'x', name: 'y' }, 'x', undefined]) assert.throws(() => decodeXraySegments(given), FormatError);
    const batch = decodeXraySegments({ Traces: [{ Id: TRACE, Segments: [{ Document: '{"id":' }, { Document: '{"id":1}' }, {}, { Document: document }, { Document: JSON.stringify(segment({ id: 'zz' })) }] }] });
    assert.deepEqual([batch.count, batch.rejected], [1, 4]);
    assert.match(batch.warnings.join('\n'), /document 0 a segment was rejected: Not valid JSON/);
  });

  it('times: fractions of a second as a double has them, powers of ten, in progress, none', () => {
    for (const [start, ns] of [[1_499_473_411.677, 1_499_473_411_677_000_000n], [1.499473411677e9, 1_499_473_411_677_000_000n], ['1499473411.677001', 1_499_473_411_677_001_000n], [1_499_473_411, 1_499_473_411_000_000_000n], [-1, 0n], [1e300, 0n], ['', 0n]] as const) {
      assert.equal(one({ start_time: start }).startUnixNano, ns, String(start));
    }
    assert.equal(one({ end_time: undefined }).endUnixNano, 0n);
    assert.equal(one({ in_progress: true, end_time: 1_499_473_412 }).endUnixNano, 0n);
  });

  it('times are what six digits of the double say', () => {
    const random = seededRandom(5);
    for (let k = 0; k < 2000; k++) {
      const time = [1.7e9, 1e9, 9.9e9, 1e5][k % 4]! * (1 + random() / 100);
      assert.equal(seconds(time), BigInt(time.toFixed(6).replace('.', '')) * 1000n, String(time));
    }
    assert.deepEqual([seconds(1.9999999), seconds(1e10), seconds(0), seconds(-1), seconds('1.5'), seconds('')], [2_000_000_000n, undefined, undefined, undefined, 1_500_000_000n, undefined]);
  });

  it('versions of one segment: the ended one wins over what was in progress, whichever came first', () => {
    const early = segment({ in_progress: true, end_time: undefined, subsegments: [{ id: '0000000000000002', name: 'call', start_time: 1_499_473_411.7, in_progress: true }] });
    const late = segment({ subsegments: [{ id: '0000000000000002', name: 'call', start_time: 1_499_473_411.7, end_time: 1_499_473_411.9 }] });
    for (const documents of [[early, late], [late, early]]) {
      const spans = detailsOf(decode(...documents));
      assert.deepEqual(spans.map(({ name, endUnixNano }) => [name, endUnixNano > 0n]), [['api', true], ['call', true]]);
    }
    assert.equal(detailsOf(decode(early, early)).length, 2, 'none ended: one of each');
  });

  it('nesting: thousands deep, without recursion', () => {
    const root: { subsegments?: object[] } = { ...segment() };
    let at = root;
    for (let k = 1; k <= 5000; k++) {
      const inner: { subsegments?: object[]; readonly id: string; readonly name: string; readonly start_time: number } = { id: k.toString(16).padStart(16, '0'), name: `s${k}`, start_time: 1_499_473_411.7 };
      at.subsegments = [inner];
      at = inner;
    }
    const spans = detailsOf(decode(root));
    assert.equal(spans.length, 5001);
    assert.equal(spans[5000]!.parentSpanId, (4999).toString(16).padStart(16, '0'));
  });

  it('kinds: segments are servers, calls to remote and aws clients, the rest internal', () => {
    const inner = (id: number, namespace?: string): object => ({ id: String(id).padStart(16, '0'), name: 'n', start_time: 1_499_473_411.7, end_time: 1_499_473_411.8, ...(namespace === undefined ? {} : { namespace }) });
    assert.deepEqual(detailsOf(decode(segment({ subsegments: [inner(1, 'remote'), inner(2, 'aws'), inner(3)] }))).map(({ kind }) => kind), [2, 3, 3, 1]);
  });

  it('an independent subsegment belongs to its parent\'s service', () => {
    const batch = decode(segment(), { ...segment({ id: '0000000000000009', name: 'query', type: 'subsegment', parent_id: '70de5b6f19ff9a0a', namespace: 'remote' }) });
    assert.deepEqual(detailsOf(batch).map((span, i) => [serviceOf(batch, i), span.name, span.kind, span.parentSpanId]), [['api', 'api', 2, ''], ['api', 'query', 3, '70de5b6f19ff9a0a']]);
  });

  describe('inferred segments', () => {
    const call = { id: '0000000000000002', name: 'DynamoDB', namespace: 'aws', start_time: 1_499_473_411.7, end_time: 1_499_473_411.9, fault: true };
    const inferred = segment({ id: '0000000000000003', name: 'orders-table', parent_id: '0000000000000002', inferred: true, fault: true });
    it('are their call, which says where it went', () => {
      const spans = detailsOf(decode(segment({ subsegments: [call] }), inferred));
      assert.deepEqual(spans.map(({ name }) => name), ['api', 'DynamoDB']);
      assert.equal(attribute(spans[1]!, 'peer.service'), 'orders-table');
    });
    it('stay where their call is missing, or where something is below them', () => {
      assert.equal(decode(segment(), inferred).count, 2);
      assert.equal(decode(segment({ subsegments: [call] }), inferred, segment({ id: '0000000000000004', parent_id: '0000000000000003' })).count, 4);
    });
  });

  it('errors: only where a flag is true; which of the three is kept', () => {
    for (const [flags, status] of [[{ fault: true }, 2], [{ error: true }, 2], [{ throttle: true, error: true }, 2], [{ fault: false, error: false, throttle: false }, 0], [{ fault: 'true' }, 0], [{}, 0]] as const) {
      const span = one(flags);
      assert.equal(span.statusCode, status, JSON.stringify(flags));
      for (const flag of ['fault', 'error', 'throttle'] as const) assert.equal(attribute(span, `aws.xray.${flag}`), (flags as Record<string, unknown>)[flag] === true ? true : undefined);
    }
  });

  describe('cause', () => {
    const exception = (more: object): object => ({ id: 'abcdefabcdef0001', message: 'boom', type: 'Error', stack: [{ path: '/app/a.js', line: 12, label: 'handler' }], ...more });
    it('is exception events with code and a stack that reads as the language prints it', () => {
      for (const [path, label, language, line] of [
        ['/app/src/a.js', 'Handler.run', 'js', 12], ['/app/src/a.ts', '', 'js', 7], ['/var/task/b.py', 'handler', 'python', 3], ['Cart.java', 'com.acme.Cart.add', 'jvm', 9], ['/src/cmd/main.go', 'main.(*Server).Run', 'go', 4],
        ['/src/Cart.cs', 'Acme.Cart.Add()', 'dotnet', 5], ['/srv/app.rb', 'call', 'ruby', 6], ['/var/www/a.php', 'run', 'php', 8],
      ] as const) {
        const span = one({ fault: true, cause: { exceptions: [exception({ stack: [{ path, line, label }, { path, line: line + 1, label: 'outer' }] })] } });
        const [event] = span.events;
        assert.equal(event!.name, 'exception');
        assert.equal(event!.timeUnixNano, span.endUnixNano);
        const [first] = parseStack(sourceHintsOf(span, 'api').stacks[0]!);
        assert.deepEqual([first?.path, first?.line, first?.language], [path, line, language], path);
        assert.equal(event!.attributes.find(({ key }) => key === 'code.line.number')?.value, BigInt(line));
      }
    });
    it('of the SDK for Python has the outermost call first', () => {
      const stack = [{ path: '/app/outer.py', line: 1, label: 'main' }, { path: '/app/inner.py', line: 2, label: 'work' }];
      for (const [sdk, first] of [['X-Ray for Python', '/app/inner.py'], ['opentelemetry for python', '/app/outer.py']] as const) {
        const span = one({ fault: true, aws: { xray: { sdk } }, cause: { exceptions: [exception({ stack })] } });
        assert.equal(parseStack(sourceHintsOf(span, 'api').stacks[0]!)[0]!.path, first, sdk);
      }
    });
    it('is several exceptions: the one below comes last, and is opened first', () => {
      const span = one({ fault: true, cause: { working_directory: '/app', exceptions: [exception({ cause: 'abcdefabcdef0002', truncated: 3, remote: true }), exception({ id: 'abcdefabcdef0002', message: 'refused', type: 'ConnectError' })] } });
      assert.deepEqual(span.events.map((event) => event.attributes.find(({ key }) => key === 'exception.type')?.value), ['Error', 'ConnectError']);
      assert.equal(span.statusMessage, 'boom');
      assert.equal(attribute(span, 'aws.xray.cause.working_directory'), '/app');
      assert.deepEqual(span.events[0]!.attributes.filter(({ key }) => key.startsWith('aws.')).map(({ key, value }) => [key, value]), [['aws.xray.exception.id', 'abcdefabcdef0001'], ['aws.xray.exception.cause', 'abcdefabcdef0002'], ['aws.xray.exception.remote', true], ['aws.xray.exception.truncated', 3n]]);
    });
    it('is the id of an exception of another segment', () => {
      const spans = detailsOf(decode(segment({ fault: true, cause: 'abcdefabcdef0001' }), segment({ id: '0000000000000002', parent_id: '70de5b6f19ff9a0a', fault: true, cause: { exceptions: [exception({})] } })));
      assert.deepEqual(spans.map(({ statusMessage, events }) => [statusMessage, events.length]), [['boom', 0], ['boom', 1]]);
      assert.equal(attribute(spans[0]!, 'aws.xray.cause'), 'abcdefabcdef0001');
    });
    it('is hostile: no shape, no end of frames, line breaks in paths', () => {
      const frames = Array.from({ length: 3000 }, () => ({ path: '/a\n    at evil (/etc/passwd:1:1)\n.js', line: '5', label: { x: 1 } }));
      const span = one({ fault: true, cause: { exceptions: [1, null, exception({ stack: frames }), exception({ stack: 'x', message: undefined })] } });
      assert.equal(span.events.length, 2);
      const [stack] = sourceHintsOf(span, 'api').stacks;
      assert.equal(stack!.split('\n').length, 1002);
      assert.match(stack!, /2000 more$/);
    });
  });

  it('http, sql, aws, user and annotations under OpenTelemetry\'s names; metadata by its own', () => {
    const span = one({
      http: { request: { method: 'GET', url: 'https://shop.example/a/b?c=1', client_ip: '1.2.3.4', user_agent: 'curl' }, response: { status: 503, content_length: 86 } },
      sql: { sanitized_query: 'SELECT ?', database_type: 'PostgreSQL', url: 'jdbc:x' }, aws: { operation: 'GetItem', xray: { sdk: 'X-Ray for Node.js', sdk_version: '3' }, ec2: { instance_id: 'i-1' }, list: ['a'] },
      annotations: { tier: 'gold', n: 5, ok: true }, metadata: { default: { 'gen_ai.system': 'x', 'otel.resource.host.name': 'h1', deep: { a: [1, 2.5, null] } }, debug: { trace: 1 } }, user: 'u-1', origin: 'AWS::Lambda', Dummy: false,
      service: { version: '1.2' }, resource_arn: 'arn:x',
    });
    assert.equal(span.name, 'GET /a/b');
    const values = Object.fromEntries(span.attributes.map(({ key, value }) => [key, value]));
    assert.deepEqual(values['deep'], { entries: [{ key: 'a', value: [1n, 2.5, undefined] }] });
    delete values['deep'];
    assert.deepEqual(values, {
      'http.request.method': 'GET', 'url.full': 'https://shop.example/a/b?c=1', 'client.address': '1.2.3.4', 'user_agent.original': 'curl', 'http.response.status_code': 503n, 'http.response.body.size': 86n,
      'db.system.name': 'PostgreSQL', 'db.query.text': 'SELECT ?', 'db.connection_string': 'jdbc:x', 'enduser.id': 'u-1', 'aws.operation': 'GetItem', 'aws.xray.sdk': 'X-Ray for Node.js', 'aws.xray.sdk_version': '3', 'aws.ec2.instance_id': 'i-1', 'aws.list': ['a'],
      tier: 'gold', n: 5n, ok: true, 'gen_ai.system': 'x', 'debug.trace': 1n, 'aws.xray.origin': 'AWS::Lambda', 'aws.xray.Dummy': false, 'aws.xray.resource_arn': 'arn:x',
    });
    assert.deepEqual(Object.fromEntries(span.resource.map(({ key, value }) => [key, value])), { 'service.name': 'api', 'host.name': 'h1', 'service.version': '1.2', 'telemetry.sdk.language': 'nodejs' });
  });

  it('an attribute that OpenTelemetry kept in metadata wins over X-Ray\'s own field', () => {
    assert.equal(attribute(one({ http: { request: { url: '/a' } }, metadata: { default: { 'url.full': 'https://h/a' } } }), 'url.full'), 'https://h/a');
  });

  it('integers beyond 2^53 stay exact in documents of the API', () => {
    const json = JSON.stringify(segment({ metadata: { default: { big: 0 } } })).replace('"big":0', '"big":9223372036854775807,"huge":99999999999999999999');
    const [span] = detailsOf(decodeXraySegments({ Traces: [{ Id: TRACE, Segments: [{ Document: json }] }] }));
    assert.equal(attribute(span!, 'big'), 9_223_372_036_854_775_807n);
    assert.equal(attribute(span!, 'huge'), 1e20);
  });

  it('links and precursors', () => {
    const span = one({ links: [{ trace_id: TRACE, id: '00000000000000aa', attributes: { why: 'batch' } }, { id: 'zz' }], precursor_ids: ['00000000000000bb'] });
    assert.deepEqual(span.links.map(({ traceId, spanId, attributes }) => [traceId, spanId, attributes.map(({ key }) => key)]), [[HEX, '00000000000000aa', ['why']], [HEX, '00000000000000bb', ['aws.xray.precursor']]]);
  });

  it('keys of prototypes are attributes like any other', () => {
    const span = detailsOf(decodeXraySegments(JSON.parse(JSON.stringify(segment()).replace('"name"', '"metadata":{"default":{"__proto__":{"x":1},"constructor":2}},"annotations":{"toString":"t"},"name"'))))[0]!;
    assert.equal(attribute(span, 'constructor'), 2n);
    assert.equal(attribute(span, 'toString'), 't');
    assert.ok(span.attributes.some(({ key }) => key === '__proto__'));
  });

  it('trace ids', () => {
    for (const [id, hex] of [[TRACE, HEX], [HEX, HEX], ['1-5759E988-BD862E3FE1BE46A994272793', HEX], ['1-5759e988-bd86', undefined], ['', undefined], ['2-5759e988-bd862e3fe1be46a994272793', undefined]] as const) assert.equal(hexOfXrayId(id), hex);
    assert.equal(xrayIdOf(HEX), TRACE);
    const batch = decode(segment({ trace_id: 'x' }));
    assert.match(batch.warnings.join(), /no valid trace_id/);
    assert.equal(batch.count, 1);
  });

  const causeId = foreign('xray/raw-minCauseIsExceptionId.json');
  const inProgress = foreign('xray/raw-minInProgress.json');
  if (causeId !== undefined && inProgress !== undefined) {
    it('reads documents of others', async () => {
      const [failed] = detailsOf((await readTraceFile(causeId, 'a')).batches[0]!);
      assert.deepEqual([failed!.statusCode, attribute(failed!, 'aws.xray.cause'), attribute(failed!, 'aws.xray.Dummy')], [2, 'abcdefghijklmnop', false]);
      const [running] = detailsOf((await readTraceFile(inProgress, 'b')).batches[0]!);
      assert.equal(running!.endUnixNano, 0n);
    });
  }
});
