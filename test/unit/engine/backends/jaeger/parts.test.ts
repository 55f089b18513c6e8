// The parts of the Jaeger source by themselves: summaries that are odd, services that are picked, conditions held against whole traces.
import assert from 'node:assert/strict';
import type { SourceTrace } from '../../../../../src/engine/backends/source.ts';
import { rfc3339 } from '../../../../../src/engine/backends/jaeger/api.ts';
import { Choice } from '../../../../../src/engine/backends/jaeger/choice.ts';
import { isOwn, perService, pickedServices } from '../../../../../src/engine/backends/jaeger/fanOut.ts';
import { holds } from '../../../../../src/engine/backends/jaeger/holds.ts';
import { summariesOf, summaryTrace } from '../../../../../src/engine/backends/jaeger/summaries.ts';
import { wholeTraces } from '../../../../../src/engine/listing/summaries.ts';
import { decodeOtlpJson } from '../../../../../src/formats/otlpJson.ts';
import { recordedText } from '../../../../support/formatFixtures.ts';

const signal = new AbortController().signal;

describe('engine/backends/jaeger parts', () => {
  describe('summaries', () => {
    it('zero fields are left out', () => {
      const { summary } = summaryTrace({ traceId: 'a'.repeat(32), minStartTimeUnixNano: '1000', maxEndTimeUnixNano: '3000' })!;
      assert.deepEqual([summary.rootName, summary.rootService, summary.roots, summary.spans, summary.errors, summary.durationNs, summary.services], ['', '', 0, 0, 0, 2000n, []]);
    });

    for (const [what, document] of [
      ['no id', { minStartTimeUnixNano: '1' }],
      ['an id of zeros', { traceId: '0'.repeat(32), minStartTimeUnixNano: '1' }],
      ['no time', { traceId: 'a'.repeat(32) }],
      ['a time that is none', { traceId: 'a'.repeat(32), minStartTimeUnixNano: 'soon' }],
    ] as const) it(`${what}: no row`, () => assert.equal(summaryTrace(document), undefined));

    it('an end before the start, counts that are none', () => {
      const { summary } = summaryTrace({ traceId: 'a'.repeat(32), minStartTimeUnixNano: '5', maxEndTimeUnixNano: '1', spanCount: -3, services: ['x', { name: 'ok' }, {}] })!;
      assert.deepEqual([summary.durationNs, summary.spans, summary.services], [0n, 0, ['ok']]);
    });

    it('what is a list of them', () => {
      assert.deepEqual([summariesOf({ summaries: [1, {}] }), summariesOf({}), summariesOf({ data: [] }), summariesOf({ error: {} })], [[{}], [], undefined, undefined]);
    });
  });

  it('times have nine digits of a second', () => {
    assert.equal(rfc3339(1_795_221_079_000_000_001n), '2026-11-21T00:31:19.000000001Z');
    assert.equal(rfc3339(0n), '1970-01-01T00:00:00.000000000Z');
  });

  describe('services', () => {
    const names = Array.from({ length: 40 }, (_, k) => `s${k}`);
    for (const [what, chosen, known, services, rest] of [
      ['the first ten', undefined, names, 10, 30],
      ['without its own', '', ['jaeger', 'shop', 'jaeger-query'], 1, 0],
      ['those of the settings, each once', ' a, b,a ,', names, 2, 0],
      ['at most ten of the settings', names.slice(0, 12).join(','), [], 10, 2],
      ['its own where it is asked for', 'jaeger', names, 1, 0],
    ] as const) {
      it(what, () => {
        const pick = pickedServices(chosen, known);
        assert.deepEqual([pick.services.length, pick.rest.length], [services, rest]);
      });
    }

    it('many that were not searched are counted', async () => {
      const { notes } = await perService({ services: ['a'], rest: names }, async () => ({ traces: [], full: false, notes: ['x', 'x'] }));
      assert.match(notes.join('|'), /^x\|This Jaeger searches .*: a were searched, not s0, .* s19 and 20 more\./);
    });

    it('a trace is its own only where all of it is', () => {
      const of = (...services: readonly string[]): SourceTrace => ({ summary: { services } }) as unknown as SourceTrace;
      assert.deepEqual([isOwn(of('jaeger'), undefined), isOwn(of('jaeger', 'shop'), undefined), isOwn(of(), undefined), isOwn(of('jaeger'), 'jaeger'), isOwn(of('jaeger'), 'shop')], [true, false, false, false, true]);
    });
  });

  it('conditions hold where all attributes are on one span, its resource or its events', async () => {
    const [trace] = await wholeTraces([decodeOtlpJson(JSON.parse(recordedText('jaeger-v3/trace.body')))], signal);
    const is = (...pairs: readonly (readonly [string, string])[]): boolean => holds(trace!, { window: { startNs: 0n, endNs: 1n }, limit: 1, attributes: pairs.map(([key, value]) => ({ key, value })) });
    assert.deepEqual(
      [is(['http.route', '/chat']), is(['http.route', '/chat'], ['service.name', 'api-gateway']), is(['http.route', '/chat'], ['code.line.number', '88']), is(['http.response.status_code', '200']), is(['exception.type', 'json.decoder.JSONDecodeError']), is(['http.route', '/']), is()],
      [true, true, false, true, true, false, true],
    );
    assert.equal(holds({ ...trace!, summary: { ...trace!.summary, errors: 0 } }, { window: { startNs: 0n, endNs: 1n }, limit: 1, errorsOnly: true }), false);
  });

  it('a choice is remembered, left when it is gone, and made anew', async () => {
    const served = new Set(['b']);
    const asked: string[] = [];
    const choice = new Choice<'a' | 'b'>();
    const call = (name: 'a' | 'b') => [name, async () => {
      asked.push(name);
      return served.has(name) ? ('nothing' as const) : ('notServed' as const);
    }] as const;
    const ask = async (): Promise<string> => (await choice.first([call('a'), call('b')])).name;
    assert.deepEqual([await ask(), await ask(), asked.splice(0).join('')], ['b', 'b', 'abb']);
    served.clear();
    served.add('a');
    assert.deepEqual([await ask(), await ask(), asked.splice(0).join('')], ['a', 'a', 'baa']);
    served.clear();
    await assert.rejects(ask(), { kind: 'unsupported' });
    assert.equal(choice.made, undefined);
  });
});
