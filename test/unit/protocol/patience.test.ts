// Waiting that ends: by the answer, in time, or when it is cancelled; what is waited for hears of the latter two.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { patiently } from '../../../src/protocol/patience.ts';
import { RpcError } from '../../../src/protocol/rpcMessage.ts';

const never = (seen: AbortSignal[]) => (over: AbortSignal): Promise<never> => {
  seen.push(over);
  return new Promise(() => undefined);
};
const is = (kind: RpcError['kind'], message: string) => (error: unknown): boolean => error instanceof RpcError && error.kind === kind && error.message === message;

describe('protocol/patience', () => {
  it('gives the answer, or what was thrown, and tells nobody afterwards', async () => {
    const seen: AbortSignal[] = [];
    const cancel = new AbortController();
    const answer = await patiently('list', { signal: cancel.signal, timeoutMs: 20 }, async (over) => seen.push(over));
    assert.equal(answer, 1);
    await assert.rejects(patiently('list', { signal: cancel.signal, timeoutMs: 20 }, async () => Promise.reject(new Error('broken'))), /^Error: broken$/);
    await sleep(40);
    cancel.abort();
    assert.equal(seen[0]!.aborted, false);
  });

  it('ends in time', async () => {
    const seen: AbortSignal[] = [];
    await assert.rejects(patiently('list', { signal: undefined, timeoutMs: 10 }, never(seen)), is('timeout', 'list took longer than 10 ms.'));
    assert.equal(seen[0]!.aborted, true);
  });

  for (const timeoutMs of [0, Infinity, 10]) {
    it(`ends when it is cancelled, with ${timeoutMs} ms`, async () => {
      const seen: AbortSignal[] = [];
      const cancel = new AbortController();
      const waiting = patiently('list', { signal: cancel.signal, timeoutMs }, never(seen));
      cancel.abort();
      await assert.rejects(waiting, is('aborted', 'list was cancelled.'));
      assert.equal(seen[0]!.aborted, true);
    });
  }

  it('begins nothing that was cancelled before', async () => {
    const seen: AbortSignal[] = [];
    await assert.rejects(patiently('list', { signal: AbortSignal.abort(), timeoutMs: 10 }, never(seen)), is('aborted', 'list was cancelled.'));
    assert.deepEqual(seen, []);
  });

  it('leaves what fails afterwards unheard', async () => {
    const late = (over: AbortSignal): Promise<never> => new Promise((_, reject) => over.addEventListener('abort', () => reject(new Error('late'))));
    await assert.rejects(patiently('list', { signal: undefined, timeoutMs: 5 }, late), is('timeout', 'list took longer than 5 ms.'));
    await sleep(10);
  });
});
