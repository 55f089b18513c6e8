// What outlives a reload of the window: pins with their notes, open waterfalls with their rows, and a trace that is gone says so.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chat, newTraceId, send } from '../otlp.ts';
import { eventually, rowsHave } from '../wait.ts';
import { startWorkbench } from '../workbench.ts';
import type { Workbench } from '../workbench.ts';
import { startZipkinStub, type ZipkinStub } from '../zipkinStub.ts';

describe('Reload Window', function () {
  this.timeout(180_000);
  let workbench: Workbench;
  let zipkin: ZipkinStub | undefined;

  before(async () => {
    workbench = await startWorkbench();
    await workbench.open();
    await workbench.user.showTraces();
    await eventually('the collector', () => workbench.user.welcome(), (text) => text.includes('No trace yet'), 60_000);
    await send(workbench.endpoint, chat({ name: 'POST /kept', ms: 600 }), chat({ name: 'POST /doomed', ms: 700 }));
    await eventually('the traces', () => workbench.user.rows(), rowsHave('POST /kept', 'POST /doomed'));
  });
  after(async () => {
    await workbench?.stop();
    await zipkin?.close();
  });

  const reload = async (): Promise<void> => {
    const { user, page } = workbench;
    const reloaded = page.waitForEvent('load', { timeout: 60_000 });
    await user.command('Developer: Reload Window');
    await reloaded;
    await page.locator('.monaco-workbench .activitybar').waitFor({ timeout: 60_000 });
  };

  it('keeps a pin with its note, restores the waterfall, and names a trace that was deleted meanwhile', async () => {
    const { user } = workbench;
    await user.rowActionAsks('POST /kept', 'Pin Trace');
    await user.answer('look at this');
    await eventually('the pin', () => user.rows(), rowsHave('POST /kept | 600 ms · "look at this"'));
    await user.doubleClickRow('POST /kept');
    await eventually('its rows', () => user.waterfallRows(), (rows) => rows.length === 6);
    await user.clickWaterfallRow('retrieve');
    await user.doubleClickRow('POST /doomed');
    await eventually('two tabs', () => user.tabs(), (tabs) => tabs.length === 2);
    // A waterfall takes the focus when it comes, which would close a menu.
    await eventually('its rows too', () => user.waterfallRows(), (rows) => rows.length === 6 && rows[0]!.text.includes('/doomed'));
    await user.contextMenuAsks('POST /doomed', 'Delete Trace');
    await user.dialogButton('Delete');
    await eventually('it is gone from the tree', () => user.rows(), (rows) => !rowsHave('POST /doomed')(rows));

    await reload();
    await user.showTraces();
    await eventually('the pin again', () => user.rows(), rowsHave('Pinned | 1', 'POST /kept | 600 ms · "look at this"'), 60_000);
    const tabs = await eventually('both tabs again', () => user.tabs(), (list) => list.length === 2);
    assert.deepEqual(tabs.map(({ label }) => label), ['POST ∕kept', 'POST ∕doomed']);
    await eventually('the message', () => user.waterfallText(), (text) => text.includes('This trace is gone.'), 30_000);
    await user.clickTab('POST ∕kept');
    const rows = await eventually('the rows again', () => user.waterfallRows(), (list) => list.length === 6, 30_000);
    assert.match(rows.find(({ selected }) => selected)?.text ?? '', /retrieve/, 'and what was selected');
    await user.screenshot('reloaded');
  });

  it('opens a trace by its id, and says so when there is none', async () => {
    const { user } = workbench;
    const request = chat({ name: 'POST /by-id' });
    await send(workbench.endpoint, request);
    await user.commandAnswered('Tracefall: Open Trace by Id', request.traceId);
    await eventually('its rows', () => user.waterfallRows(), (rows) => rows.length === 6 && rows[0]!.text.includes('/by-id'));
    await user.commandAnswered('Tracefall: Open Trace by Id', newTraceId());
    await eventually('the message', () => user.waterfallText(), (text) => text.includes('This trace is gone.'));
  });

  it('keeps a waterfall whose connection is renamed or removed; without it, it says what to do', async () => {
    const { user } = workbench;
    const { url } = (zipkin = await startZipkinStub());
    const file = path.join(workbench.scratch, 'server/data/Machine/settings.json');
    const connections = (...names: readonly string[]): void => writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), 'tracefall.connections': names.map((name) => ({ id: 'team-zipkin', kind: 'zipkin', name, url })) }));
    await user.command('View: Close All Editors');
    connections('Team Zipkin');
    await eventually('the connection', () => user.rows(), rowsHave('Team Zipkin'));
    await user.toggleRow('Team Zipkin');
    await eventually('its trace', () => user.rows(), rowsHave('post /chat'), 30_000);
    await user.doubleClickRow('post /chat');
    await eventually('its rows', () => user.waterfallRows(), (rows) => rows.length === 14, 30_000);
    assert.equal(await user.waterfallOrigin(), 'Team Zipkin');
    connections('The other name');
    await eventually('its name as it is now', () => user.waterfallOrigin(), (text) => text === 'The other name');
    await reload();
    await eventually('its rows again', () => user.waterfallRows(), (rows) => rows.length === 14, 30_000);
    assert.equal(await user.waterfallOrigin(), 'The other name');
    connections();
    await eventually('that it is gone', () => user.waterfallOrigin(), (text) => text === 'team-zipkin · no longer in the settings');
    await user.clickWaterfallRow('auth.verify');
    await eventually('details all the same', () => user.waterfallText(), (text) => text.includes('rpc.method'));
    await reload();
    await eventually('what to do', () => user.waterfallText(), (text) => text.includes('There is no connection "team-zipkin" any more: it was removed'), 30_000);
    connections('Back');
    await user.showTraces();
    await eventually('the connection again', () => user.rows(), rowsHave('Back'), 30_000);
    await user.pressInWaterfall('Try again');
    await eventually('its rows once more', () => user.waterfallRows(), (rows) => rows.length === 14, 30_000);
  });
});
