// A source that holds itself back is seen to: the connection's state says so while it waits, and what its calls cost is read anew each time.
import assert from 'node:assert/strict';
import { Connections } from '../../../src/engine/connections.ts';
import type { ConnectionState } from '../../../src/protocol/connections.ts';

it('engine/connections: a wait is shown while it lasts, with the cost as it is now', async () => {
  const states: ConnectionState[] = [];
  const body = new TextEncoder().encode('{"access_token":"t","expires_in":3600}');
  const connections = new Connections({
    transport: () => ({ send: async () => ({ status: 200, headers: { 'metadata-flavor': 'Google' }, body, wireBytes: body.length }), close: async () => undefined }),
    slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }),
    stateChanged: (state) => states.push(state),
    tracesChanged: () => undefined,
  });
  const { backend, close } = connections.connect({ id: 'g', kind: 'cloudTrace', name: 'G', url: 'http://127.0.0.1:1', options: { project: 'shop-prod' } });
  const stop = new AbortController();
  for (let k = 0; k < 4; k++) await backend.probe(stop.signal);
  assert.deepEqual(states.map(({ health }) => health), ['healthy', 'healthy', 'healthy', 'healthy']);
  assert.deepEqual(states.map(({ cost }) => cost?.slice(0, 4)), ['1 of', '2 of', '3 of', '4 of']);
  const waiting = backend.probe(stop.signal);
  for (let k = 0; k < 100 && states.length === 4; k++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.match(states[4]?.why ?? '', /^Waiting \d+ s for Google's quota/);
  stop.abort();
  await assert.rejects(waiting, /cancelled/);
  await close();
});
