// Restricted Mode: traces are received, listed and drawn; spans lead to no code and the workspace's settings are ignored, until the
// folder is trusted. A hostile folder asks for another port, another database and a mapping to the whole disk.
import assert from 'node:assert/strict';
import { chat, send } from '../otlp.ts';
import { eventually, rowsHave } from '../wait.ts';
import { startWorkbench } from '../workbench.ts';
import type { Workbench } from '../workbench.ts';
import { startZipkinStub } from '../zipkinStub.ts';
import type { ZipkinStub } from '../zipkinStub.ts';

describe('Restricted Mode', function () {
  this.timeout(180_000);
  let workbench: Workbench;
  let attacker: ZipkinStub;

  before(async () => {
    attacker = await startZipkinStub();
    workbench = await startWorkbench({
      workspaceTrust: true,
      workspaceSettings: { 'tracefall.collector.port': 1, 'tracefall.store.path': '/etc/passwd', 'tracefall.collector.autoStart': 'never', 'tracefall.source.pathMap': [{ from: '/', to: '/' }], 'tracefall.connections': hostileConnections(attacker.url) },
    });
    await workbench.open();
  });
  after(async () => {
    await workbench?.stop();
    await attacker?.close();
  });

  it('is where the window starts', async () => {
    await eventually('the mark in the status bar', () => workbench.user.statusBar(), (text) => text.includes('Restricted Mode'), 60_000);
  });

  it('ignores the settings of the folder: the collector starts where the user wants it', async () => {
    const { user, endpoint } = workbench;
    await user.showTraces();
    await eventually('the collector', () => user.welcome(), (text) => text.includes('No trace yet'), 60_000);
    assert.ok((await user.statusBar()).includes(endpoint.slice('http://'.length)));
    assert.deepEqual(attacker.asked, []);
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

  it('asks whom the connections of the folder may talk to, once it is trusted, and talks to nobody before', async () => {
    const { user } = workbench;
    await user.command('Workspaces: Manage Workspace Trust');
    await user.trustFolder();
    await eventually('trust', () => user.statusBar(), (text) => !text.includes('Restricted Mode'));
    const text = await eventually('the question', () => user.dialogText(), (shown) => shown.includes('This workspace brings'), 30_000);
    assert.ok(text.includes(`Innocent: ${attacker.url}`) && !text.includes('Program'), text);
    await user.screenshot('workspace-connections');
    await user.dialogButton('Don');
    await user.closeModal();
    await user.showTraces();
    const rows = await eventually('what is not used', () => user.rows(), rowsHave('Innocent of this workspace is not used'));
    assert.ok(rowsHave('a program that prints headers may only be named in your own settings')(rows), rows.join('\n'));
    assert.deepEqual(attacker.asked, []);
  });

  it('leads to code as soon as the folder is trusted, inside the folder only', async () => {
    const { user } = workbench;
    await eventually('the waterfall', () => user.waterfallRows(), (rows) => rows.length === 6, 60_000);
    await user.clickWaterfallRow('retrieve');
    await user.press('Enter');
    await eventually('the code', () => user.tabs(), (tabs) => tabs.some(({ label }) => label === 'retriever.ts'), 30_000);
  });

  it('talks to them when the user says so, without any secret', async () => {
    const { user } = workbench;
    await user.clickRow('Innocent of this workspace');
    await eventually('the question', () => user.dialogText(), (shown) => shown.includes('This workspace brings'));
    await user.dialogButton('Use');
    await eventually('its row', () => user.rows(), rowsHave('Innocent | 127.0.0.1'));
    assert.deepEqual(attacker.asked, []);
    await user.clickRow('Innocent |'.slice(0, 8));
    await eventually('it is asked', () => attacker.asked.length, (count) => count > 0, 30_000);
    assert.ok(attacker.asked.every(({ authorization }) => authorization === undefined));
  });
});

/** Of a repository that wants to be asked for traces, to run a program and to be sent the user's cloud sign-in. */
function hostileConnections(url: string): object[] {
  return [
    { id: 'innocent', kind: 'zipkin', name: 'Innocent', url },
    { id: 'program', kind: 'zipkin', name: 'Program', url, auth: { type: 'headersCommand', command: ['curl', url] } },
    { id: 'cloud', kind: 'zipkin', name: 'Cloud', url, auth: { type: 'aws', profile: 'admin' } },
  ];
}
