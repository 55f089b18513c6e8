// A pasted id: an hour, a day, and further only when the user says so; the address it opens has the trace's own times.
import assert from 'node:assert/strict';
import { findTrace, idProblem, isLink, normalId } from '../../../src/host/openById.ts';
import type { OpenedTrace, TraceKey } from '../../../src/protocol/messages.ts';
import { RpcError } from '../../../src/protocol/rpc.ts';
import { summary } from './listedTraces.ts';

const NOW = 1_790_000_000_000;
const HOUR = 3_600_000;
const gone = new RpcError('handler', 'There is no such trace.', 'notFound');

/** A backend whose trace began `ageMs` ago; answers the hours looked through and the questions asked. */
async function find(ageMs: number, further: readonly boolean[], over: { readonly scope?: string; readonly fail?: Error } = {}): Promise<{ key: TraceKey | undefined; looked: (number | undefined)[]; asked: string[] }> {
  const looked: (number | undefined)[] = [];
  const asked: string[] = [];
  const answers = [...further];
  const key = await findTrace('team', 'abc', NOW, {
    open: async (of) => {
      assert.equal(of.within, true, 'no further than said');
      const hours = of.startUnixNano === undefined ? undefined : (NOW - Number(BigInt(of.startUnixNano) / 1_000_000n)) / HOUR;
      looked.push(hours);
      if (over.fail !== undefined) throw over.fail;
      if (hours !== undefined && hours * HOUR < ageMs) throw gone;
      return { key: { ...of, ...(over.scope === undefined ? {} : { scope: over.scope }) }, summary: summary({ startUnixNano: '1789999000000000000', durationNs: '5000' }) } as unknown as OpenedTrace['head'];
    },
    askFurther: async (before, next) => {
      asked.push(`${before} → ${next}`);
      return answers.shift() ?? false;
    },
  });
  return { key, looked, asked };
}

describe('host/openById', () => {
  it('finds a fresh one within an hour, and opens it by its own times', async () => {
    const { key, looked, asked } = await find(HOUR / 2, []);
    assert.deepEqual([key, looked, asked], [{ connection: 'team', traceId: 'abc', startUnixNano: '1789999000000000000', endUnixNano: '1789999000000005000' }, [1], []]);
  });
  it('looks through a day unasked, and keeps the scope it was found in', async () => {
    const { key, looked, asked } = await find(20 * HOUR, [], { scope: 'project-a' });
    assert.deepEqual([key?.scope, looked, asked], ['project-a', [1, 24], []]);
  });
  it('asks before it goes further, each time', async () => {
    const { looked, asked } = await find(20 * 24 * HOUR, [true, true]);
    assert.deepEqual([looked, asked], [[1, 24, 168, 720], ['the last 24 hours → the last 7 days', 'the last 7 days → the last 30 days']]);
  });
  it('stops when the user has enough', async () => {
    const { key, looked } = await find(1e15, [true, false]);
    assert.deepEqual([key, looked], [undefined, [1, 24, 168]]);
  });
  it('says what the backend says where it is nowhere', async () => {
    await assert.rejects(find(0, [true, true, true], { fail: gone }), /There is no such trace/);
  });
  it('goes no further for any other failure', async () => {
    await assert.rejects(find(0, [true, true], { fail: new RpcError('handler', 'The token was refused.', 'auth') }), /refused/);
    await assert.rejects(find(0, [true, true], { fail: new RpcError('timeout', 'No answer.') }), /No answer/);
  });
  it('does not look for a trace of the collector: its store has it or not', async () => {
    const key = await findTrace('collector', 'abc', NOW, { open: () => Promise.reject(new Error('asked')), askFurther: async () => true });
    assert.deepEqual(key, { connection: 'collector', traceId: 'abc' });
  });

  it('an address of a page may stand for an id, of systems that have such pages', () => {
    const link = 'https://jaeger.example/trace/0af7651916cd43dd8448eb211c80319c?uiFind=a b';
    assert.deepEqual([isLink(` ${link}`), isLink('https-1'), isLink('0af7651916cd43dd')], [true, false, false]);
    assert.deepEqual([idProblem('team', link), idProblem('team', `https://x/${'a'.repeat(20_000)}`)], [undefined, 'A trace id has no blanks, slashes or question marks.']);
    assert.match(idProblem('collector', link)!, /32 hexadecimal digits/);
  });

  const ids: readonly (readonly [connection: string, typed: string, fine: boolean, normal: string])[] = [
    ['collector', ' 0AF7651916CD43DD8448EB211C80319C ', true, '0af7651916cd43dd8448eb211c80319c'], ['collector', 'abc', true, `${'0'.repeat(29)}abc`], ['collector', '1-5759e988-bd862e3fe1be46a994272793', false, ''], ['collector', '', false, ''],
    ['team', '1-5759e988-bd862e3fe1be46a994272793', true, '1-5759e988-bd862e3fe1be46a994272793'], ['team', 'ABCDEF0123456789', true, 'abcdef0123456789'], ['team', 'Run-A', true, 'Run-A'], ['team', '', false, ''], ['team', 'a b', false, ''],
    ['collector', '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', true, '0af7651916cd43dd8448eb211c80319c'], ['team', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true, '0af7651916cd43dd8448eb211c80319c'],
    ['team', '../x', false, ''], ['team', 'a?b', false, ''], ['team', 'a\u0007', false, ''], ['team', 'a'.repeat(300), false, ''],
  ];
  for (const [connection, typed, fine, normal] of ids) {
    it(`${connection}: ${JSON.stringify(typed.slice(0, 40))} is ${fine ? normal : 'no id'}`, () => {
      assert.equal(idProblem(connection, typed) === undefined, fine);
      if (fine) assert.equal(normalId(connection, typed), normal);
    });
  }
});
