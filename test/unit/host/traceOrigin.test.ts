import assert from 'node:assert/strict';
import { OPENED_FILE as ENGINE_FILE } from '../../../src/engine/backends/registry.ts';
import { traceOrigin } from '../../../src/host/traceOrigin.ts';
import { COLLECTOR, OPENED_FILE } from '../../../src/host/traceUri.ts';

describe('host/traceOrigin', () => {
  const names = new Map([['zipkin-1', 'Team Zipkin']]);
  for (const [key, says] of [
    [{ connection: COLLECTOR }, 'Collector'],
    [{ connection: OPENED_FILE, scope: '/home/ann/traces/slow one.json' }, 'slow one.json'],
    [{ connection: OPENED_FILE, scope: 'C:\\traces\\slow.json' }, 'slow.json'],
    [{ connection: OPENED_FILE }, 'a file'],
    [{ connection: 'zipkin-1', scope: 'tenant' }, 'Team Zipkin'],
    [{ connection: 'gone' }, 'gone · no longer in the settings'],
  ] as const) {
    it(`${JSON.stringify(key)}: ${says}`, () => assert.equal(traceOrigin({ traceId: 'a', ...key }, (id) => names.get(id)), says));
  }
  it('calls files as the engine does', () => assert.equal(OPENED_FILE, ENGINE_FILE));
});
