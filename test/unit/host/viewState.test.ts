// Which state the view is in, and what it says above its rows.
import assert from 'node:assert/strict';
import type { EngineStatus } from '../../../src/host/engineClient.ts';
import { filterText, viewMessage, viewState } from '../../../src/host/viewState.ts';
import type { ViewState } from '../../../src/host/viewState.ts';
import { collectorState } from './listedTraces.ts';

const running: EngineStatus = { kind: 'running' };
const stopped: EngineStatus = { kind: 'stopped' };
const restarting: EngineStatus = { kind: 'restarting', why: 'out of memory' };
const failed: EngineStatus = { kind: 'failed', why: 'three times' };
const off = collectorState({ role: 'off', endpoint: undefined });

describe('host/viewState', () => {
  const cases: readonly [string, EngineStatus, typeof off, boolean, boolean, ViewState][] = [
    ['nothing was started', stopped, off, false, false, 'off'],
    ['the engine runs without its collector', running, off, false, false, 'off'],
    ['the collector starts', running, collectorState({ role: 'starting' }), false, false, 'starting'],
    ['nothing is loaded yet', running, collectorState(), false, false, 'starting'],
    ['there is nothing', running, collectorState(), true, false, 'empty'],
    ['there are traces', running, collectorState(), true, true, 'ready'],
    ['another window owns the store', running, collectorState({ role: 'reader' }), true, true, 'ready'],
    ['it restarts', restarting, off, true, true, 'starting'],
    ['it gave up', failed, off, true, true, 'failed'],
  ];
  for (const [what, engine, collector, loaded, any, state] of cases) it(`is ${state} when ${what}`, () => assert.equal(viewState(engine, collector, loaded, any), state));

  it('says that the engine restarts while rows are shown', () => {
    assert.equal(viewMessage(restarting, {}, true), 'The engine stopped (out of memory) and is being restarted.');
  });

  it('says nothing above an empty view: the welcome text would be hidden', () => {
    assert.equal(viewMessage(restarting, { text: 'x' }, false), '');
    assert.equal(viewMessage(failed, { text: 'x' }, true), '');
    assert.equal(viewMessage(running, {}, true), '');
  });

  it('says what is filtered', () => {
    assert.equal(viewMessage(running, { service: 'auth', errorsOnly: true }, true), 'Filtered: service auth, only errors');
    assert.equal(filterText({ operation: 'GET /', text: 'a\u202eb', minDurationNs: 250_000_000 }), String.raw`operation GET /, text "a\u202eb", at least 250 ms`);
    assert.equal(filterText({ text: '', errorsOnly: false }), '');
  });
});
