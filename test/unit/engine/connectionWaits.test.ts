// What is told of a connection while its source or its own pace holds requests back: for what and until when; that it is no slowness; what its
// calls cost, and that a search which costs is offered.
import assert from 'node:assert/strict';
import type { BackendKind, SourceContext } from '../../../src/engine/backends/source.ts';
import { Connections } from '../../../src/engine/connections.ts';
import type { ConnectionState } from '../../../src/protocol/connections.ts';

const BODY = new TextEncoder().encode('{"access_token":"t","expires_in":3600}');
const never = new AbortController().signal;

describe('engine/connections: waiting', () => {
  let states: ConnectionState[];
  beforeEach(() => {
    states = [];
  });

  function connections(more: Partial<ConstructorParameters<typeof Connections>[0]> = {}): Connections {
    return new Connections({
      transport: () => ({ send: async () => ({ status: 200, headers: { 'metadata-flavor': 'Google' }, body: BODY, wireBytes: BODY.length }), close: async () => undefined }),
      slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }),
      stateChanged: (state) => states.push(state),
      tracesChanged: () => undefined,
      ...more,
    });
  }

  it('for Google\'s quota, while it lasts, with the cost as it is now', async () => {
    const { backend, close } = connections().connect({ id: 'g', kind: 'cloudTrace', name: 'G', url: 'http://127.0.0.1:1', options: { project: 'shop-prod' } });
    const stop = new AbortController();
    for (let k = 0; k < 4; k++) await backend.probe(stop.signal);
    assert.ok(states.length === 4 && states.every(({ health, waiting }) => health === 'healthy' && waiting === undefined));
    assert.deepEqual(states.map(({ cost }) => cost?.slice(0, 4)), ['1 of', '2 of', '3 of', '4 of']);
    const held = backend.probe(stop.signal);
    for (let k = 0; k < 100 && states.length === 4; k++) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(states[4]?.waiting?.why, "Google's quota: 4 lists a minute are used of the project's 12");
    const left = states[4].waiting.untilMs - Date.now();
    assert.ok(left > 50_000 && left <= 60_000, String(left));
    stop.abort();
    await assert.rejects(held, /cancelled/);
    assert.deepEqual([states.at(-1)?.waiting, states.at(-1)?.health], [undefined, 'healthy'], 'given up, it is as it was');
    await close();
  });

  /** Every call of its takes what the test says, of which it says itself that it waits so much. */
  function timed(): { readonly backend: ReturnType<Connections['connect']>['backend']; take(ms: number, heldMs: number): void } {
    let now = 1_000_000;
    let [takes, held] = [0, 0];
    const call = async ({ hold }: SourceContext): Promise<void> => {
      await Promise.resolve();
      const goesOn = hold?.('a quota', held);
      now += held;
      goesOn?.();
      now += takes;
    };
    const kind: BackendKind = {
      kind: 'timed', label: 'Timed', needsUrl: false, localUrls: [], fields: [], auth: ['none'], metered: false,
      source: (context) => ({
        capabilities: { filters: [], order: 'newest', maxLimit: 10, timeUnitNs: 1n, wholeTraces: false, cohortLimit: 1, deepSearch: { label: 'all of it', costNote: 'a coin' } },
        probe: async () => call(context).then(() => ({ notes: [] })),
        services: async () => [],
        operations: async () => [],
        page: async () => ({ traces: [], full: false, notes: [] }),
        deepSearch: async () => call(context).then(() => ({ traces: [], full: false, notes: [] })),
        trace: async () => ({ batches: [], notes: [] }),
      }),
    };
    const { backend } = connections({ kindOf: () => kind, now: () => now }).connect({ id: 't', kind: 'timed', name: 'T' });
    return { backend, take: (ms, heldMs) => void ([takes, held] = [ms, heldMs]) };
  }

  for (const [what, takes, held, health, why] of [
    ['a long wait for a quota is no slowness', 100, 45_000, 'healthy', undefined],
    ['a slow server is slow', 5_001, 0, 'slow', 'The last answer took 5.0 s.'],
    ['also after a wait, which is not counted', 7_000, 45_000, 'slow', 'The last answer took 7.0 s.'],
  ] as const) {
    it(what, async () => {
      const { backend, take } = timed();
      take(takes, held);
      await backend.probe(never);
      const last = states.at(-1)!;
      assert.deepEqual([last.health, last.why, last.waiting], [health, why, undefined]);
      assert.equal(states.filter(({ waiting }) => waiting?.why === 'a quota').length, held > 0 ? 1 : 0);
    });
  }

  it('a search which costs is offered with the state, and takes the time it takes', async () => {
    const { backend, take } = timed();
    take(90_000, 0);
    await backend.deepSearch!({ window: { startNs: 0n, endNs: 1n } }, never);
    assert.deepEqual([states.at(-1)?.health, states.at(-1)?.deepSearch], ['healthy', { label: 'all of it', costNote: 'a coin' }]);
  });

  it('what is refused besides the lists does not make the connection a failing one', async () => {
    const { backend, take } = timed();
    take(0, 0);
    await backend.probe(never);
    await assert.rejects(backend.dependencies!({ startNs: 0n, endNs: 1n }, never), { kind: 'unsupported' });
    assert.deepEqual(states.map(({ health }) => health), ['healthy']);
  });
});
