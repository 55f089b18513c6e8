import assert from 'node:assert/strict';
import { onOneClock } from '../../../src/analysis/oneClock.ts';
import { profileOf } from '../../../src/analysis/traceProfile.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { batchOf, type SpanSpec, TRACE_ID } from '../../support/batches.ts';

const MS = 1_000_000;
const SKEW = 5_000 * MS;
const trace = (specs: readonly SpanSpec[]): Trace => buildTrace(TRACE_ID, [{ batch: batchOf(specs) }]);
const span = (id: string, parent: string | undefined, service: string, kind: number, start: number, end: number): SpanSpec => ({ id, ...(parent === undefined ? {} : { parent }), name: `s${id}`, service, kind, start: start * MS, end: end * MS });
const startsOf = (of: Trace): Record<string, number> => {
  const { start } = onOneClock(of);
  return Object.fromEntries([...of.name].map((name, row) => [of.strings[name]!, (start[row]! - start[of.rootRow]!) / MS]));
};

/** A call of 100 ms at 10 whose server's half took 80, with its own call inside. `ms`: how far the server's clock is ahead. */
const call = (ms: number, more: { readonly serverKind?: number; readonly clientKind?: number; readonly service?: string; readonly longer?: number } = {}): readonly SpanSpec[] => [
  span('1', undefined, 'web', 2, 0, 200),
  span('2', '1', 'web', more.clientKind ?? 3, 10, 110),
  span('3', '2', more.service ?? 'solver', more.serverKind ?? 2, 20 + ms, 100 + ms + (more.longer ?? 0)),
  span('4', '3', more.service ?? 'solver', 1, 30 + ms, 90 + ms),
  span('5', '1', 'web', 1, 120, 150),
];

describe('one clock', () => {
  for (const ms of [-5000, -60, 60, 5000, 3_600_000]) {
    it(`moves what a server did ${ms} ms away into the call that waited for it`, () => {
      assert.deepEqual(startsOf(trace(call(ms))), { s1: 0, s2: 10, s3: 20, s4: 30, s5: 120 });
      const skewed = trace(call(ms));
      const byName = ({ name, strings }: Trace, column: Float64Array): Record<string, number> => Object.fromEntries([...name].map((at, row) => [strings[at]!, column[row]!]));
      assert.deepEqual(byName(skewed, profileOf(skewed).path), byName(trace(call(0)), profileOf(trace(call(0))).path));
      assert.deepEqual(profileOf(skewed).detached, undefined);
    });
  }

  it('follows a third machine with a clock of its own', () => {
    const specs = [...call(5000), span('6', '4', 'store', 3, 5040, 5080), span('7', '6', 'disk', 2, 1045, 1065)];
    const { s6, s7 } = startsOf(trace(specs));
    assert.deepEqual([s6, s7], [40, 50]);
  });

  for (const [what, specs] of [
    ['clocks that agree', call(0)],
    ['clocks that differ by their grain', call(1)],
    ['work behind a queue', call(5000, { clientKind: 4, serverKind: 5 })],
    ['work of the same service', call(-5000, { service: 'web' })],
    ['a server that took longer than its call', call(-500, { longer: 300 })],
    ['internal work that runs on', call(5000, { serverKind: 1 })],
  ] as const) {
    it(`leaves ${what} alone`, () => {
      const whole = trace(specs);
      assert.equal(onOneClock(whole), whole);
    });
  }

  it('does not change the trace', () => {
    const whole = trace(call(SKEW / MS));
    const before = whole.start.slice();
    onOneClock(whole);
    assert.deepEqual(whole.start, before);
  });
});
