// Langfuse's JSON in every shape it comes: what the UI exports, what the API answers, what OpenTelemetry sent into it; and ids of any text.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { buildOpenTrace } from '../../../src/engine/openTraces.ts';
import { FormatError } from '../../../src/formats/formatError.ts';
import { readTraceFile } from '../../../src/formats/fileReader.ts';
import { decodeLangfuse, langfusePartsOf, traceIdOf } from '../../../src/formats/langfuse.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { attributeText } from '../../../src/model/attributeText.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import { splitByTrace } from '../../../src/model/splitByTrace.ts';
import { byName, detailsOf, foreign, recorded, recordedText, serviceOf } from '../../support/formatFixtures.ts';
import { ingested, langfuseTrace } from '../../support/langfuseTraces.ts';
import { LANGFUSE_LOSSES } from '../../support/losses/langfuse.ts';
import { checkLosses, factsOf, lossesOf } from '../../support/sameTrace.ts';

const signal = new AbortController().signal;
const exported = (): unknown => JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/langfuse/ui-export.json'), 'utf8'));
const observation = (id: string, more: object = {}): Record<string, unknown> => ({ id, traceId: 't', parentObservationId: null, type: 'SPAN', name: id, startTime: '2026-11-20T10:00:00.000Z', endTime: '2026-11-20T10:00:01.000Z', ...more });
const trace = (more: object, ...observations: readonly unknown[]): SpanBatch => decodeLangfuse({ id: 't', timestamp: '2026-11-20T10:00:00.000Z', name: 'a', scores: [], ...more, observations });
const attributes = (batch: SpanBatch, name: string): Record<string, string> => Object.fromEntries(byName(batch).get(name)!.attributes.map(({ key, value }) => [key, attributeText(value)]));

describe('decodeLangfuse', () => {
  describe('what the UI exports', () => {
    it('is the tree of its observations, with times to the ms', () => {
      const spans = byName(decodeLangfuse(exported()));
      assert.equal(spans.size, 6);
      const id = (name: string): string => spans.get(name)!.spanId;
      assert.deepEqual([...spans.values()].map(({ name, parentSpanId }) => [name, parentSpanId]), [
        ['support-chat', ''], ['search', id('support-chat')], ['answer', id('support-chat')], ['parse', id('support-chat')], ['retry', id('parse')], ['publish', spans.get('publish')!.parentSpanId],
      ]);
      assert.ok(![...spans.values()].some(({ spanId }) => spanId === spans.get('publish')!.parentSpanId), 'an orphan stays one');
      const { startUnixNano, endUnixNano } = spans.get('answer')!;
      assert.deepEqual([startUnixNano, endUnixNano - startUnixNano], [1_795_168_800_656_000_000n, 7_645_000_000n]);
      assert.deepEqual([spans.get('retry')!.endUnixNano - spans.get('retry')!.startUnixNano, spans.get('publish')!.endUnixNano], [0n, 0n], 'an event takes no time, what has no end runs on');
      assert.deepEqual([spans.get('parse')!.statusCode, spans.get('parse')!.statusMessage, spans.get('search')!.statusCode], [2, 'expected ] at position 1181', 0]);
    });

    it('a generation in the words of OpenTelemetry and of Langfuse', () => {
      const batch = decodeLangfuse(exported());
      const { 'langfuse.observation.input': input, ...rest } = attributes(batch, 'answer');
      assert.deepEqual(JSON.parse(input!), [{ role: 'user', content: 'Where is my parcel?' }]);
      assert.deepEqual(rest, {
        'langfuse.observation.type': 'generation', 'langfuse.observation.level': 'DEFAULT', 'gen_ai.request.model': 'gpt-5-mini', 'langfuse.observation.model.name': 'gpt-5-mini',
        'langfuse.observation.model.parameters': '{"temperature":0.3,"max_tokens":400}', 'gen_ai.request.temperature': '0.3', 'gen_ai.request.max_tokens': '400', 'gen_ai.usage.input_tokens': '9200', 'gen_ai.usage.output_tokens': '99',
        'gen_ai.usage.cache_read.input_tokens': '200', 'gen_ai.usage.reasoning.output_tokens': '64', 'langfuse.observation.usage_details': '{"input":9000,"input_cache_read":200,"output":35,"output_reasoning":64,"total":9299}', 'gen_ai.usage.cost': '0.00245',
        'langfuse.observation.cost_details': '{"input":0.00225,"output":0.0002,"total":0.00245}', 'langfuse.observation.prompt.name': 'answer-customer', 'langfuse.observation.prompt.version': '7',
        'langfuse.observation.completion_start_time': '2026-11-20T10:00:02.156Z', 'gen_ai.response.time_to_first_chunk': '1.5', 'langfuse.observation.output': '{"content":"On its way."}', 'langfuse.observation.id': 'llm-1',
      });
      assert.ok((batch.flags[2]! & SpanFlag.genAi) !== 0);
    });

    it('what the trace says is on its root, session, user and tags among it', () => {
      const root = attributes(decodeLangfuse(exported()), 'support-chat');
      for (const [key, value] of [['user.id', 'u-1871'], ['session.id', 'c-55'], ['langfuse.trace.tags', '["beta","größe"]'], ['langfuse.release', '2.4.1'], ['langfuse.trace.input', '{"question":"Where is my parcel?"}'], ['langfuse.trace.output', 'On its way.'], ['langfuse.trace.metadata.channel', 'web']] as const) assert.equal(root[key], value, key);
    });

    it('what an SDK sent comes back as it was: attributes, resource, scope', () => {
      const batch = decodeLangfuse(exported());
      const root = byName(batch).get('support-chat')!;
      assert.deepEqual(root.attributes.slice(0, 3), [{ key: 'code.function.name', value: 'turn.run' }, { key: 'code.line.number', value: 77n }, { key: 'db.response.returned_rows', value: 500n }]);
      assert.deepEqual([serviceOf(batch, 0), root.scopeName, root.scopeVersion], ['orchestrator', 'langfuse-sdk', '4.3.0']);
      assert.deepEqual(root.resource.at(-1), { key: 'langfuse.environment', value: 'production' });
      assert.ok((batch.flags[0]! & SpanFlag.code) !== 0 && (batch.flags[0]! & SpanFlag.database) !== 0);
      assert.equal(attributes(batch, 'search')['langfuse.observation.metadata.filter'], '{"region":null}');
      assert.equal(attributes(batch, 'retry')['langfuse.observation.metadata'], 'free text');
      assert.equal(attributes(batch, 'publish')['langfuse.observation.input'], '{"broken": ', 'what is no JSON stays as it is');
    });

    it('scores are events on what was judged', () => {
      const spans = byName(decodeLangfuse(exported()));
      const told = (name: string): unknown[] => spans.get(name)!.events.map((event) => [event.name, ...event.attributes.map(({ key, value }) => `${key.replace(/^(gen_ai\.evaluation|langfuse)\./, '')}=${attributeText(value)}`)]);
      assert.deepEqual(told('support-chat'), [
        ['gen_ai.evaluation.result', 'name=toxicity', 'score.value=0.2', 'explanation=harmless', 'score.source=EVAL', 'score.data_type=NUMERIC'],
        ['gen_ai.evaluation.result', 'name=tone', 'score.value=0', 'score.label=friendly', 'score.source=ANNOTATION', 'score.data_type=CATEGORICAL'],
      ]);
      assert.deepEqual(told('answer'), [['gen_ai.evaluation.result', 'name=grounded', 'score.value=1', 'score.label=True', 'score.source=API', 'score.data_type=BOOLEAN']]);
    });

    it('is told from its content as a file, also in a list and beside others', async () => {
      const text = JSON.stringify(exported());
      for (const bytes of [text, `[${text},${JSON.stringify(langfuseTrace(2, 0))}]`]) {
        const { format, batches } = await readTraceFile(new TextEncoder().encode(bytes), 'x.json');
        assert.equal(format, 'Langfuse JSON');
        assert.equal(batches[0]!.rejected, 0);
      }
      assert.match((await readTraceFile(new TextEncoder().encode(JSON.stringify([{ traceId: '1', id: '2', timestamp: 3 }])), 'x.json')).format, /Zipkin/);
    });
  });

  describe('ids are any text', () => {
    it('a trace opens by its own, and its spans are the same ones every time', () => {
      const [first, again] = [decodeLangfuse(exported()), decodeLangfuse(exported())];
      assert.deepEqual(splitByTrace([first]).map(({ traceId }) => traceId), ['chat 55/turn 3']);
      assert.deepEqual(detailsOf(first).map(({ spanId }) => spanId), detailsOf(again).map(({ spanId }) => spanId));
      assert.equal(new Set(detailsOf(first).map(({ spanId }) => spanId)).size, 6);
      assert.match(detailsOf(first)[0]!.traceId, /^[0-9a-f]{32}$/);
    });
    it('hex of the right length and UUIDs are kept, whatever their case', () => {
      const hex = '4BF92F3577B34DA6A3CE929D0E0E4736';
      assert.deepEqual([traceIdOf(hex), traceIdOf('4bf92f35-77b3-4da6-a3ce-929d0e0e4736')], [hex.toLowerCase(), hex.toLowerCase()]);
      const batch = decodeLangfuse([observation('A1B2C3D4E5F60001', { traceId: hex })]);
      assert.equal(detailsOf(batch)[0]!.spanId, 'a1b2c3d4e5f60001');
      assert.equal(batch.nativeTraceIds?.get(hex.toLowerCase()), hex);
      assert.ok(!detailsOf(batch)[0]!.attributes.some(({ key }) => key === 'langfuse.observation.id'));
    });
    for (const id of ['0'.repeat(32), '12', 'abc', '__proto__', '  ', '../..']) {
      it(`${JSON.stringify(id.slice(0, 8))} gets one that is its alone`, () => {
        const hex = traceIdOf(id);
        assert.match(hex, /^[0-9a-f]{32}$/);
        assert.ok(!/^0+$/.test(hex) && hex !== traceIdOf(`${id} `));
      });
    }
    it('two traces with observations of the same id do not meet', () => {
      const batch = decodeLangfuse([observation('root', { traceId: 'one' }), observation('root', { traceId: 'two' })]);
      assert.deepEqual([batch.count, batch.rejected, splitByTrace([batch]).map(({ traceId }) => traceId)], [2, 0, ['one', 'two']]);
      assert.notEqual(detailsOf(batch)[0]!.spanId, detailsOf(batch)[1]!.spanId);
    });
  });

  describe('the root', () => {
    const tree = (batch: SpanBatch): string[] => detailsOf(batch).map(({ name, parentSpanId }) => `${name}<${detailsOf(batch).find(({ spanId }) => spanId === parentSpanId)?.name ?? (parentSpanId === '' ? '' : '?')}`);
    for (const [what, more, observations, wanted] of [
      ['one observation of the trace’s name is it', {}, [observation('a'), observation('b', { parentObservationId: 'a' })], ['a<', 'b<a']],
      ['one of another name stands below the trace', { name: 'chat' }, [observation('a')], ['a<chat', 'chat<']],
      ['several stand below the trace', {}, [observation('b'), observation('c')], ['b<a', 'c<a', 'a<']],
      ['several of a trace without a name are several', { name: null }, [observation('b'), observation('c')], ['b<', 'c<']],
      ['a trace without observations is shown itself', {}, [], ['a<']],
      ['an application’s root below a parent that is not here', {}, [observation('a', { parentObservationId: 'foreign', isRootObservation: true })], ['a<']],
      ['an application’s root whose parent is here stays below it', {}, [observation('a'), observation('b', { parentObservationId: 'a', isRootObservation: true })], ['a<', 'b<a']],
      ['its own parent is none', {}, [observation('a', { parentObservationId: 'a' })], ['a<']],
      ['orphans only', {}, [observation('b', { parentObservationId: 'x' })], ['b<?']],
    ] as const) {
      it(what, () => assert.deepEqual(tree(trace(more, ...observations)), wanted));
    }
    it('a trace that is shown itself spans all of it, says so, and has the service of what is below', () => {
      const metadata = { resourceAttributes: { 'service.name': 'shop' } };
      const batch = trace({ sessionId: 's', scores: [{ name: 'x', value: 1 }] }, observation('b', { startTime: '2026-11-20T09:59:59.5Z', metadata }), observation('c', { endTime: '2026-11-20T10:00:03Z' }));
      const root = byName(batch).get('a')!;
      assert.deepEqual([root.endUnixNano - root.startUnixNano, root.events.length, serviceOf(batch, 1)], [3_500_000_000n, 1, 'shop']);
      assert.match(batch.warnings.join(), /trace "a" is shown as the root of its 2 observations without a parent/);
      assert.equal(attributes(batch, 'a')['session.id'], 's');
    });
    it('where there is no root, the earliest observation tells what is the trace’s', () => {
      const batch = trace({ userId: 'u', scores: [{ name: 'x', value: true }] }, observation('c', { parentObservationId: 'x', startTime: '2026-11-20T10:00:02Z' }), observation('b', { parentObservationId: 'x' }));
      assert.equal(attributes(batch, 'b')['user.id'], 'u');
      assert.deepEqual(byName(batch).get('b')!.events.map(({ attributes: own }) => own.map(({ value }) => attributeText(value))), [['x', '1', 'true']]);
    });
  });

  it('v2 of the API has no trace: its observations tell of it; metadata is flat there', () => {
    const rows = [observation('a', { traceName: 'a', userId: 'u', sessionId: 's', tags: ['x'], release: 'r', providedModelName: 'm', isRootObservation: true, costDetails: {}, totalCost: 0.5, metadata: { 'resourceAttributes.service.name': 'shop', 'attributes.http.route': '/a', 'scope.name': 'lib', own: 'x' } })];
    const batch = decodeLangfuse({ data: rows, meta: {} });
    const { 'user.id': user, 'session.id': session, 'langfuse.trace.tags': tags, 'http.route': route, 'gen_ai.usage.cost': cost, 'gen_ai.request.model': model, 'langfuse.observation.metadata.own': own } = attributes(batch, 'a');
    assert.deepEqual([user, session, tags, route, cost, model, own, serviceOf(batch, 0), detailsOf(batch)[0]!.scopeName], ['u', 's', '["x"]', '/a', '0.5', 'm', 'x', 'shop', 'lib']);
  });

  it('the reference trace sent by OTLP, but for what Langfuse loses', async () => {
    const fake = ingested(recordedText('reference-trace.otlp.json'));
    const open = async (batch: SpanBatch): Promise<ReturnType<typeof factsOf>> => factsOf((await buildOpenTrace({ connection: 'x', traceId: fake.id }, async () => ({ batches: [batch], notes: [] }), signal)).trace);
    const { kept, lost } = checkLosses(await open(decodeOtlpProto(recorded('reference-trace.otlp.pb'))), await open(decodeLangfuse(fake)), lossesOf(LANGFUSE_LOSSES, 'first'), JSON.stringify(fake));
    assert.ok(kept > 200 && lost > 30, `${kept} ${lost}`);
  });

  describe('what cannot be kept', () => {
    it('is rejected and named; its neighbours stay', () => {
      const batch = trace({}, observation('a'), 7, null, observation('a'), observation(''));
      assert.deepEqual([batch.count, batch.rejected], [1, 4]);
      assert.match(batch.warnings.join('\n'), /observations\[1\] was rejected: it is not an object[\s\S]*observations\[3\] was rejected: its id "a" came before[\s\S]*observations\[4\] was rejected: it has no id/);
    });
    it('a start that is no time is said', () => assert.match(decodeLangfuse([observation('a', { startTime: 'yesterday' })]).warnings.join(), /start time is no ISO 8601/));
    for (const document of [{}, [], { trace: {} }, { trace: { id: 'x' }, observations: [] }, { data: [] }, { data: [{ id: 'x', traceId: 'y' }] }, 'x', null]) {
      it(`${JSON.stringify(document)} is none`, () => {
        assert.equal(langfusePartsOf(document), undefined);
        assert.throws(() => decodeLangfuse(document), FormatError);
      });
    }
    it('values nested without end are cut', () => {
      let deep: unknown = 1;
      for (let k = 0; k < 200_000; k++) deep = [deep];
      const batch = trace({}, observation('a', { input: deep, metadata: { attributes: { deep } } }));
      assert.match(attributes(batch, 'a')['langfuse.observation.input']!, /nested deeper/);
      assert.match(attributes(batch, 'a')['deep']!, /nested deeper/);
    });
    it('whatever stands in the fields: shown + rejected = given', () => {
      const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('', -1, 1e300, '__proto__', '2026-11-20T10:00:00Z'));
      const keys = ['parentObservationId', 'type', 'name', 'level', 'startTime', 'endTime', 'metadata', 'modelParameters', 'usageDetails', 'costDetails', 'input', 'promptVersion', 'completionStartTime'];
      fc.assert(fc.property(fc.array(fc.dictionary(fc.constantFrom(...keys), odd), { minLength: 1, maxLength: 4 }), odd, (changes, scores) => {
        const batch = trace({ name: null, scores }, ...changes.map((change, k) => ({ ...observation(`o${k}`), ...change })));
        detailsOf(batch);
        return batch.count + batch.rejected === changes.length;
      }), { numRuns: 300 });
    });
  });

  const bytes = foreign('langfuse/langgraph-js-2025-10-30.json');
  if (bytes !== undefined) {
    it('reads an export of another project', () => {
      const batch = decodeLangfuse(JSON.parse(Buffer.from(bytes).toString()));
      assert.deepEqual([batch.count, batch.rejected, batch.warnings, batch.nativeTraceIds], [20, 0, [], undefined]);
      assert.deepEqual(detailsOf(batch).filter(({ parentSpanId }) => parentSpanId === '').map(({ name, events }) => [name, events.length]), [['LangGraph', 2]]);
    });
  }
});
