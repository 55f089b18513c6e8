// What outlives a reload of the window: pins with their notes, open waterfalls with their rows, and a trace that is gone says so.
import assert from 'node:assert/strict';
import { chat, newTraceId, send } from '../otlp.ts';
import { eventually, rowsHave } from '../wait.ts';
import { startWorkbench } from '../workbench.ts';
import type { Workbench } from '../workbench.ts';

describe('Reload Window', function () {
  this.timeout(180_000);
  let workbench: Workbench;

  before(async () => {
    workbench = await startWorkbench();
    await workbench.open();
    await workbench.user.showTraces();
    await eventually('the collector', () => workbench.user.welcome(), (text) => text.includes('No trace yet'), 60_000);
    await send(workbench.endpoint, chat({ name: 'POST /kept', ms: 600 }), chat({ name: 'POST /doomed', ms: 700 }));
    await eventually('the traces', () => workbench.user.rows(), rowsHave('POST /kept', 'POST /doomed'));
  });
  after(() => workbench?.stop());

  it('keeps a pin with its note, restores the waterfall, and names a trace that was deleted meanwhile', async () => {
    const { user, page } = workbench;
    await user.rowAction('POST /kept', 'Pin Trace');
    await user.answer('look at this');
    await eventually('the pin', () => user.rows(), rowsHave('POST /kept | 600 ms · "look at this"'));
    await user.doubleClickRow('POST /kept');
    await eventually('its rows', () => user.waterfallRows(), (rows) => rows.length === 6);
    await user.clickWaterfallRow('retrieve');
    await user.doubleClickRow('POST /doomed');
    await eventually('two tabs', () => user.tabs(), (tabs) => tabs.length === 2);
    // A waterfall takes the focus when it comes, which would close a menu.
    await eventually('its rows too', () => user.waterfallRows(), (rows) => rows.length === 6 && rows[0]!.text.includes('/doomed'));
    await user.contextMenu('POST /doomed', 'Delete Trace');
    await user.dialogButton('Delete');
    await eventually('it is gone from the tree', () => user.rows(), (rows) => !rowsHave('POST /doomed')(rows));

    const reloaded = page.waitForEvent('load', { timeout: 60_000 });
    await user.command('Developer: Reload Window');
    await reloaded;
    await page.locator('.monaco-workbench .activitybar').waitFor({ timeout: 60_000 });
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
    await user.command('Tracefall: Open Trace by Id');
    await user.answer(request.traceId);
    await eventually('its rows', () => user.waterfallRows(), (rows) => rows.length === 6 && rows[0]!.text.includes('/by-id'));
    await user.command('Tracefall: Open Trace by Id');
    await user.answer(newTraceId());
    await eventually('the message', () => user.waterfallText(), (text) => text.includes('This trace is gone.'));
  });
});
