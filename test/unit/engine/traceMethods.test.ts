// What is asked of one trace, without a worker: an opened trace that nobody learns of is closed again.
import assert from 'node:assert/strict';
import { Backends } from '../../../src/engine/backends/registry.ts';
import { BackendError } from '../../../src/engine/backends/backend.ts';
import { OpenTraces } from '../../../src/engine/openTraces.ts';
import { traceMethods } from '../../../src/engine/traceMethods.ts';
import { batchOf, TRACE_ID } from '../../support/batches.ts';

const KEY = { connection: 'collector', traceId: TRACE_ID };
const NOT_PINNED = { pinned: false, note: '' };

describe('openTrace', () => {
  const backends = new Backends({ store: () => Promise.reject(new Error('not asked')), connect: () => assert.fail('no connection is configured') });
  const opening = (pinOf: () => Promise<typeof NOT_PINNED>, signal = new AbortController().signal): { traces: OpenTraces; answer: Promise<unknown> } => {
    const traces = new OpenTraces(async () => ({ batches: [batchOf([{ id: '1', end: 100 }])], notes: [] }));
    return { traces, answer: Promise.resolve(traceMethods({ traces, backends, load: () => assert.fail('nothing is loaded'), pinOf }).openTrace({ key: KEY, firstRows: 60 }, signal)) };
  };

  it('stays open until it is closed', async () => {
    const { traces, answer } = opening(async () => NOT_PINNED);
    await answer;
    assert.equal(traces.size, 1);
  });

  it('where its pin cannot be read, it is closed', async () => {
    const { traces, answer } = opening(() => Promise.reject(new BackendError('badData', 'The pins are damaged.')));
    await assert.rejects(answer, /The pins are damaged/);
    assert.equal(traces.size, 0);
  });

  it('cancelled after it was built, it is closed', async () => {
    const controller = new AbortController();
    const { traces, answer } = opening(async () => {
      controller.abort();
      return NOT_PINNED;
    }, controller.signal);
    await assert.rejects(answer, (error) => error instanceof BackendError && error.kind === 'aborted');
    assert.equal(traces.size, 0);
  });
});
