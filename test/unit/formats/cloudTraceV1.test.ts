// Cloud Trace's v1 JSON as spans: decimal ids, dates, the rules of what failed, stacks in labels, resources in labels.
import assert from 'node:assert/strict';
import { cloudTracesOf, decodeCloudTrace, nanosOfDate, problemOf } from '../../../src/formats/cloudTraceV1.ts';
import { readTraceFile } from '../../../src/formats/fileReader.ts';
import { FormatError } from '../../../src/formats/formatError.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { sourceHintsOf } from '../../../src/source/sourceHints.ts';
import { parseStack } from '../../../src/source/stackTrace.ts';
import { detailsOf, foreign, serviceOf } from '../../support/formatFixtures.ts';

const ID = '382d4f4c6b7bb2f4a972559d9085001d';
const span = (more: object = {}): object => ({ spanId: '12913864118554233534', kind: 'RPC_SERVER', name: '/chat', startTime: '2026-11-29T02:00:00.149058001Z', endTime: '2026-11-29T02:00:01Z', ...more });
const trace = (...spans: unknown[]): object => ({ projectId: 'shop', traceId: ID, spans });
const decode = (...spans: unknown[]): SpanBatch => decodeCloudTrace(trace(...spans));
const one = (more: object): SpanDetails => detailsOf(decode(span(more)))[0]!;
const labelled = (labels: object): SpanDetails => one({ labels });
const resource = (details: SpanDetails): Record<string, unknown> => Object.fromEntries(details.resource.map(({ key, value }) => [key, value]));

describe('formats/cloudTraceV1', () => {
  for (const [what, document] of [['a trace', trace(span())], ['a list', [trace(span())]], ["ListTraces' answer", { traces: [trace(span())], nextPageToken: 'x' }]] as const) {
    it(`takes ${what}, also as a file`, async () => {
      assert.equal(decodeCloudTrace(document).count, 1);
      const read = await readTraceFile(new TextEncoder().encode(JSON.stringify(document)), 'trace.json');
      assert.equal(read.format, 'Google Cloud Trace v1');
      assert.equal(detailsOf(read.batches[0]!)[0]!.spanId, 'b33742fec8168abe');
    });
  }

  it('refuses what is none', () => {
    for (const document of [{}, [], { traces: [] }, { traceId: ID }, { projectId: 'p' }, 'x']) {
      assert.equal(cloudTracesOf(document), undefined);
      assert.throws(() => decodeCloudTrace(document), FormatError);
    }
  });

  it('span ids are decimal numbers of 64 bits, exact where JSON has them as bare numbers', async () => {
    for (const [id, hex] of [['1', '0000000000000001'], ['18446744073709551615', 'ffffffffffffffff'], ['12913864118554233534', 'b33742fec8168abe']] as const) assert.equal(one({ spanId: id }).spanId, hex);
    const bare = JSON.stringify(trace(span())).replace('"12913864118554233534"', '12913864118554233534');
    assert.equal(detailsOf((await readTraceFile(new TextEncoder().encode(bare), 'x')).batches[0]!)[0]!.spanId, 'b33742fec8168abe');
  });

  it('rejects spans without a valid id, one by one', () => {
    const batch = decode(span(), span({ spanId: '0' }), span({ spanId: 'ab' }), span({ spanId: '18446744073709551616' }), 7, span({ spanId: undefined }));
    assert.deepEqual([batch.count, batch.rejected], [1, 5]);
    assert.match(batch.warnings[0]!, /trace\.spans\[1\] was rejected/);
  });

  it('parents: decimal; none, 0 and itself are a root; nonsense is one and said', () => {
    for (const [parent, hex] of [['5599906629317525335', '4db6dd68e7d37f57'], ['0', ''], [undefined, ''], ['', ''], ['12913864118554233534', '']] as const) assert.equal(one({ parentSpanId: parent }).parentSpanId, hex);
    assert.match(decode(span({ parentSpanId: 'x' })).warnings.join(), /parentSpanId is no decimal number/);
  });

  it('dates: up to nine digits of a second, offsets; no end is in progress', () => {
    for (const [date, ns] of [
      ['2026-11-29T02:00:00Z', 1_795_917_600_000_000_000n], ['2026-11-29T02:00:00.149058001Z', 1_795_917_600_149_058_001n], ['2026-11-29T02:00:00.5Z', 1_795_917_600_500_000_000n], ['2026-11-29T03:00:00+01:00', 1_795_917_600_000_000_000n],
      ['2026-11-29', undefined], ['', undefined], ['1950-01-01T00:00:00Z', undefined], ['2026-13-29T02:00:00Z', undefined],
    ] as const) assert.equal(nanosOfDate(date), ns, date);
    assert.equal(one({ endTime: undefined }).endUnixNano, 0n);
    assert.match(decode(span({ startTime: 'x' })).warnings.join(), /startTime is no date/);
  });

  it('kinds', () => {
    assert.deepEqual(['RPC_SERVER', 'RPC_CLIENT', 'SPAN_KIND_UNSPECIFIED', undefined].map((kind) => one({ kind }).kind), [2, 3, 0, 0]);
  });

  it('what failed: an error label, 500 and above, 400 and above for the caller', () => {
    for (const [labels, kind, problem] of [
      [{ '/error/message': 'boom', '/error/name': 'E' }, '', 'boom'], [{ '/error/name': 'E' }, '', 'E'], [{ '/http/status_code': '500' }, 'RPC_SERVER', 'HTTP status 500'], [{ '/http/status_code': '599' }, '', 'HTTP status 599'],
      [{ 'http.status_code': '503' }, '', 'HTTP status 503'], [{ 'http.response.status_code': '502' }, '', 'HTTP status 502'], [{ '/http/status_code': '404' }, 'RPC_SERVER', undefined], [{ '/http/status_code': '404' }, 'RPC_CLIENT', 'HTTP status 404'],
      [{ '/http/status_code': 'x' }, 'RPC_CLIENT', undefined], [{ '/http/status_code': '200' }, 'RPC_CLIENT', undefined], [{}, '', undefined],
    ] as const) assert.equal(problemOf(new Map(Object.entries(labels)), kind), problem, JSON.stringify([labels, kind]));
    const failed = one({ kind: 'RPC_CLIENT', labels: { '/http/status_code': '429' } });
    assert.deepEqual([failed.statusCode, failed.statusMessage], [2, 'HTTP status 429']);
  });

  describe('/stacktrace', () => {
    const frames = [{ class_name: 'com.acme.Cart', method_name: 'add', file_name: 'Cart.java', line_number: 12 }, { class_name: 'com.acme.Main', method_name: 'main', file_name: 'Main.java', line_number: '3' }];
    it('is an exception event whose stack reads as the language prints it', () => {
      const details = labelled({ '/stacktrace': JSON.stringify({ stack_frame: frames }), '/error/name': 'NullPointerException', '/error/message': 'null' });
      const [event] = details.events;
      assert.equal(event!.timeUnixNano, details.endUnixNano);
      assert.deepEqual(event!.attributes.slice(0, 2).map(({ key, value }) => [key, value]), [['exception.type', 'NullPointerException'], ['exception.message', 'null']]);
      assert.deepEqual(parseStack(sourceHintsOf(details, 's').stacks[0]!).map(({ path, line, functionText }) => [path, line, functionText]), [['Cart.java', 12, 'com.acme.Cart.add'], ['Main.java', 3, 'com.acme.Main.main']]);
      assert.ok(!details.attributes.some(({ key }) => key === '/stacktrace'));
    });
    it('of the newer shape', () => {
      const stack = JSON.stringify({ stackFrames: { frame: [{ functionName: { value: 'handler' }, fileName: { value: '/app/src/a.ts' }, lineNumber: '7' }] } });
      assert.deepEqual(parseStack(sourceHintsOf(labelled({ '/stacktrace': stack }), 's').stacks[0]!).map(({ path, line }) => [path, line]), [['/app/src/a.ts', 7]]);
    });
    it('as printed text is kept as it is', () => {
      assert.equal(sourceHintsOf(labelled({ '/stacktrace': 'Error: x\n    at f (/a.js:1:2)' }), 's').stacks[0], 'Error: x\n    at f (/a.js:1:2)');
    });
    for (const broken of ['{"stack_frame":', '{}', '[1]', '{"stack_frame":[]}', '{"stack_frame":[{}]}']) {
      it(`stays a label where it is ${broken}`, () => {
        const details = labelled({ '/stacktrace': broken });
        assert.equal(details.events.length, 0);
        assert.equal(details.attributes[0]!.value, broken);
      });
    }
  });

  it('services and resources are labels too, by the platform\'s names where OpenTelemetry\'s are missing', () => {
    for (const [labels, service] of [
      [{ 'service.name': 'cart', 'g.co/gae/app/module': 'm' }, 'cart'], [{ 'g.co/gae/app/module': 'm' }, 'm'], [{ 'g.co/r/cloud_run_revision/service_name': 'run' }, 'run'], [{ 'g.co/r/k8s_container/container_name': 'c' }, 'c'], [{}, ''],
    ] as const) assert.equal(serviceOf(decode(span({ labels })), 0), service);
    const details = labelled({ 'service.name': 'cart', 'service.version': '2', 'g.co/agent': 'opentelemetry-js 2.0', 'g.co/r/k8s_container/pod_name': 'p', 'deployment.environment.name': 'prod', 'host.name': 'h', 'http.route': '/x', 'hostile.key': 'k' });
    assert.deepEqual(resource(details), { 'service.name': 'cart', 'service.version': '2', 'g.co/r/k8s_container/pod_name': 'p', 'deployment.environment.name': 'prod', 'host.name': 'h', 'telemetry.sdk.language': 'nodejs' });
    assert.deepEqual(details.attributes.map(({ key, value }) => [key, value]), [['g.co/agent', 'opentelemetry-js 2.0'], ['http.route', '/x'], ['hostile.key', 'k']]);
  });

  it('is hostile: labels that are no text, prototypes, spans that are none', () => {
    const details = detailsOf(decodeCloudTrace(JSON.parse(`{"projectId":"p","traceId":"${ID}","spans":[{"spanId":"5","startTime":"2026-11-29T02:00:00Z","labels":{"__proto__":"a","constructor":"b","n":5,"o":{}}}]}`)))[0]!;
    assert.deepEqual(details.attributes.map(({ key, value }) => [key, value]), [['__proto__', 'a'], ['constructor', 'b'], ['n', '5'], ['o', '']]);
    assert.equal(decodeCloudTrace({ traces: [trace(), 5, null] }).count, 0);
    assert.match(decodeCloudTrace({ projectId: 'p', traceId: 'zz', spans: [span()] }).warnings.join(), /traceId is not hex/);
  });

  const docs = foreign('cloudtrace/v1-docs-trace-labels.json');
  if (docs !== undefined) {
    it('reads the example of the documentation', async () => {
      const batch = (await readTraceFile(docs, 'docs.json')).batches[0]!;
      const [details] = detailsOf(batch);
      assert.deepEqual([details!.traceId, details!.spanId, details!.parentSpanId, details!.kind, details!.statusCode], ['00000000000000004db6dd68e7d37f57', 'b33742fec8168abe', '4db6dd68e7d37f57', 2, 0]);
      assert.equal(details!.endUnixNano - details!.startUnixNano, 31_536_000_002_078_000n);
    });
  }
});
