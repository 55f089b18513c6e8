// The opening that began with the click: whoever takes it owns it, nobody's trace stays open, and a failure is only its taker's.
import assert from 'node:assert/strict';
import { EarlyTrace, FIRST_ROWS, type TraceOpener } from '../../../src/host/earlyTrace.ts';
import type { OpenedTrace } from '../../../src/protocol/messages.ts';
import { summary } from './listedTraces.ts';

const KEY = { connection: 'collector', traceId: summary().traceId };
const opened = (openId: number): OpenedTrace => ({ head: { openId, key: KEY, summary: summary(), rows: 1, chunks: 1, rootRow: 0, notes: [], pinned: false, note: '' }, first: new ArrayBuffer(8) });

interface Engine {
  readonly opener: TraceOpener;
  readonly calls: { readonly method: string; readonly params: unknown; readonly timeoutMs: number | undefined }[];
  readonly warned: string[];
  readonly warn: (message: string) => void;
  failOpen: boolean;
  failClose: boolean;
}

function engine(): Engine {
  let opens = 0;
  const made: Engine = {
    calls: [],
    warned: [],
    warn: (message) => made.warned.push(message),
    failOpen: false,
    failClose: false,
    opener: {
      call: async (method, params, _signal, timeoutMs) => {
        made.calls.push({ method, params, timeoutMs });
        if (method === 'openTrace') {
          if (made.failOpen) throw new Error('no such trace');
          return opened(++opens) as never;
        }
        if (made.failClose) throw new Error('the engine is gone');
        return undefined as never;
      },
    },
  };
  return made;
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const closed = (made: Engine): unknown[] => made.calls.filter(({ method }) => method === 'closeTrace').map(({ params }) => params);

describe('host/earlyTrace', () => {
  it('asks at once for a screen of rows and waits long for a large trace', () => {
    const made = engine();
    assert.equal(new EarlyTrace(made.opener, KEY, made.warn).key, KEY);
    assert.deepEqual(made.calls, [{ method: 'openTrace', params: { key: KEY, firstRows: FIRST_ROWS }, timeoutMs: 120_000 }]);
  });

  it('gives what was begun to the first, and opens anew for every other', async () => {
    const made = engine();
    const early = new EarlyTrace(made.opener, KEY, made.warn);
    const taken = await Promise.all([early.take(), early.take(), early.take()]);
    assert.deepEqual(taken.map(({ head }) => head.openId), [1, 2, 3]);
    early.dispose();
    await turn();
    assert.deepEqual(closed(made), [], 'what was taken is the taker’s to close');
  });

  it('closes what nobody took', async () => {
    const made = engine();
    const early = new EarlyTrace(made.opener, KEY, made.warn);
    early.dispose();
    early.dispose();
    await turn();
    assert.deepEqual(closed(made), [{ openId: 1 }]);
  });

  it('a failure that nobody waits for is no unhandled one, and its taker sees it', async () => {
    const made = engine();
    made.failOpen = true;
    const unhandled: unknown[] = [];
    const listen = (error: unknown): number => unhandled.push(error);
    process.prependListener('unhandledRejection', listen);
    const early = new EarlyTrace(made.opener, KEY, made.warn);
    await turn();
    await turn();
    process.off('unhandledRejection', listen);
    assert.deepEqual(unhandled, []);
    await assert.rejects(early.take(), /no such trace/);
    made.failOpen = false;
    assert.equal((await early.take()).head.openId, 1, 'the next one tries again');
    const never = new EarlyTrace(Object.assign(made, { failOpen: true }).opener, KEY, made.warn);
    never.dispose();
    await turn();
    assert.deepEqual([closed(made), made.warned], [[], []]);
  });

  it('what an engine that died had begun is neither taken nor closed', async () => {
    const made = engine();
    const early = new EarlyTrace(made.opener, KEY, made.warn);
    early.forget();
    assert.equal((await early.take()).head.openId, 2);
    early.forget();
    early.dispose();
    await turn();
    assert.deepEqual(closed(made), []);
  });

  it('a close that fails is a line in the log', async () => {
    const made = engine();
    made.failClose = true;
    new EarlyTrace(made.opener, KEY, made.warn).close(7);
    await turn();
    assert.equal(made.warned.length, 1);
    assert.match(made.warned[0]!, /could not be closed in the engine: Error: the engine is gone/);
  });
});
