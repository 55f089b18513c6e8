// Restricted Mode: traces are received, listed and drawn; spans lead to no code and the workspace's settings are ignored, until the
// folder is trusted. A hostile folder asks for another port, another database and a mapping to the whole disk.
import assert from 'node:assert/strict';
import { chat, send } from '../otlp.ts';
import { eventually, rowsHave } from '../wait.ts';
import { startWorkbench } from '../workbench.ts';
import type { Workbench } from '../workbench.ts';

describe('Restricted Mode', function () {
  this.timeout(180_000);
  let workbench: Workbench;

  before(async () => {
    workbench = await startWorkbench({
      workspaceTrust: true,
      workspaceSettings: { 'tracefall.collector.port': 1, 'tracefall.store.path': '/etc/passwd', 'tracefall.collector.autoStart': 'never', 'tracefall.source.pathMap': [{ from: '/', to: '/' }] },
    });
    await workbench.open();
  });
  after(() => workbench?.stop());

  it('is where the window starts', async () => {
    await eventually('the mark in the status bar', () => workbench.user.statusBar(), (text) => text.includes('Restricted Mode'), 60_000);
  });

  it('ignores the settings of the folder: the collector starts where the user wants it', async () => {
    const { user, endpoint } = workbench;
    await user.showTraces();
    await eventually('the collector', () => user.welcome(), (text) => text.includes('No trace yet'), 60_000);
    assert.ok((await user.statusBar()).includes(endpoint.slice('http://'.length)));
  });

  it('lists and draws traces, and leads to no code', async () => {
    const { user, endpoint } = workbench;
    await send(endpoint, chat({ ms: 500 }));
    await eventually('the trace', () => user.rows(), rowsHave('POST /chat'));
    await user.doubleClickRow('POST /chat');
    await eventually('its rows', () => user.waterfallRows(), (rows) => rows.length === 6);
    await user.clickWaterfallRow('retrieve');
    await user.press('Enter');
    await eventually('the reason', () => user.waterfallText(), (text) => /Restricted Mode/.test(text));
    assert.deepEqual((await user.tabs()).map(({ label }) => label), ['POST ∕chat']);
    await user.screenshot('restricted');
  });

  it('leads to code as soon as the folder is trusted, inside the folder only', async () => {
    const { user } = workbench;
    await user.command('Workspaces: Manage Workspace Trust');
    await user.trustFolder();
    await eventually('trust', () => user.statusBar(), (text) => !text.includes('Restricted Mode'));
    await user.closeModal();
    await eventually('the waterfall', () => user.waterfallRows(), (rows) => rows.length === 6, 60_000);
    await user.clickWaterfallRow('retrieve');
    await user.press('Enter');
    await eventually('the code', () => user.tabs(), (tabs) => tabs.some(({ label }) => label === 'retriever.ts'), 30_000);
  });
});
