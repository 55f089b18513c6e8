// The engine's thread dies: it restarts within two seconds, the tree says so, open waterfalls go on; the third death stops it.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { chat, otlpRequest, send } from '../otlp.ts';
import { endpoint, eventually, figure, rowsHave, user, workers } from './world.ts';

async function killEngine(): Promise<void> {
  await workers.at(-1)!.terminate();
}

describe('an engine that dies', () => {
  before(async () => {
    await vscode.commands.executeCommand('tracefall.clearFilter');
    // A connection of another test was revealed below all rows: what is out of sight is no row of the page.
    await vscode.commands.executeCommand('tracefall.traces.focus');
    await vscode.commands.executeCommand('list.focusFirst');
    await send(endpoint(), chat({ name: 'POST /survivor', ms: 500 }));
    await eventually('the trace', () => user.rows(), rowsHave('POST /survivor'));
    await user.doubleClickRow('POST /survivor');
    await eventually('its rows', () => user.waterfallRows(), (list) => list.length === 6);
  });

  it('restarts within two seconds and receives again at the same place', async () => {
    const threads = workers.length;
    const killed = performance.now();
    await killEngine();
    await eventually('the collector again', () => fetch(`${endpoint()}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"resourceSpans":[]}' }).then(({ status }) => status), (status) => status === 200);
    await figure('engine killed → collector answers', performance.now() - killed, 2000);
    assert.equal(workers.length, threads + 1);
    await send(endpoint(), otlpRequest({ spans: [{ name: 'GET /after' }] }));
    await eventually('a new row', () => user.rows(), rowsHave('GET /after', 'POST /survivor'));
  });

  it('lets an open waterfall go on', async () => {
    await user.clickWaterfallRow('retrieve');
    await eventually('the details of the span', () => user.waterfallText(), (text) => text.includes('db.response.returned_rows'));
  });

  it('stops after the third death, says so, and starts by the button', async () => {
    for (let death = 2; death <= 3; death++) {
      const threads = workers.length;
      await killEngine();
      if (death < 3) await eventually('a new thread', () => workers.length, (count) => count === threads + 1);
      if (death < 3) await eventually('its answer', () => fetch(`${endpoint()}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"resourceSpans":[]}' }).then(({ status }) => status), (status) => status === 200);
    }
    await eventually('the welcome text', () => user.welcome(), (text) => text.includes('has stopped'));
    await user.screenshot('tree-failed');
    await user.welcomeButton('Restart the Engine');
    await eventually('the rows again', () => user.rows(), rowsHave('POST /survivor'));
  });

  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));
});
