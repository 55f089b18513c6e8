// The rows of a large trace on their way into the page, without a browser: all of them, in order, and not drawn with every message.
import assert from 'node:assert/strict';
import type { HostEvents, HostMethods, WebviewEvents, WebviewMethods } from '../../src/protocol/messages.ts';
import { Rpc } from '../../src/protocol/rpc.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { Actions } from '../../webview/actions.ts';
import { initialState } from '../../webview/initialState.ts';
import { Store } from '../../webview/store.ts';
import { TraceLoader } from '../../webview/traceLoader.ts';
import { generateTraces } from '../support/traceGenerator.ts';
import { portPair } from '../unit/host/fakeEngine.ts';
import { FakeHost } from './fakeHost.ts';
import { firstTraceId } from './harness.ts';

const SPANS = 20_000;

describe('trace loader', () => {
  const kept = [globalThis.requestAnimationFrame, globalThis.cancelAnimationFrame] as const;
  before(() => {
    globalThis.requestAnimationFrame = (callback) => {
      setImmediate(() => callback(0));
      return 1;
    };
    globalThis.cancelAnimationFrame = () => undefined;
  });
  after(() => void ([globalThis.requestAnimationFrame, globalThis.cancelAnimationFrame] = kept));

  /** How many rows there were, each time that they were shown; `waitMs` before every message. */
  async function shown(waitMs: number): Promise<{ readonly loaded: readonly number[]; readonly chunks: number }> {
    const batch = decodeOtlpProto(generateTraces({ seed: 5, traces: 1, spansPerTrace: SPANS }));
    const [near, far] = portPair();
    const fake = new FakeHost(near, { batches: [batch], traceId: firstTraceId([batch]), before: (method) => (method === 'chunk' ? new Promise((resolve) => setTimeout(resolve, waitMs)) : undefined) });
    const host = new Rpc<WebviewMethods, HostMethods, WebviewEvents, HostEvents>(far, { handlers: {}, events: {} as never });
    const store = new Store(initialState(undefined, {} as never));
    const actions = new Actions(store, host);
    const loaded: number[] = [];
    const showRows = actions.showRows.bind(actions);
    actions.showRows = (change) => {
      if (change?.data !== undefined) loaded.push(change.data.loaded);
      showRows(change);
    };
    const nothing = (): void => undefined;
    await new TraceLoader({ store, host, actions, onOpened: nothing, onDrawn: nothing, onPainted: nothing, onComplete: nothing }).open();
    host.dispose();
    fake.dispose();
    return { loaded, chunks: fake.countOf('chunk') };
  }

  it('messages that come at once are shown once, with all that is in them', async () => {
    const { loaded, chunks } = await shown(0);
    assert.ok(chunks >= 8, `${chunks} messages`);
    assert.ok(loaded.length <= chunks / 2 + 1, `${chunks} messages were shown ${loaded.length} times`);
    assert.equal(loaded.at(-1), SPANS);
  });

  it('what comes slowly is shown while it comes', async () => {
    const { loaded } = await shown(110);
    assert.ok(loaded.length >= 4, loaded.join());
    assert.deepEqual(loaded, loaded.toSorted((a, b) => a - b));
    assert.equal(loaded.at(-1), SPANS);
  });
});
