// The wanted port belongs to a stranger: the next free one is offered in the tree, taken only when the user says so, and then shown.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chat, send } from '../otlp.ts';
import { eventually, rowsHave } from '../wait.ts';
import { startWorkbench } from '../workbench.ts';
import type { Workbench } from '../workbench.ts';

describe('a port that is taken', function () {
  this.timeout(120_000);
  const stranger = createServer((_, response) => response.writeHead(404).end('somebody else'));
  let workbench: Workbench;
  let port = 0;

  before(async () => {
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    port = (stranger.address() as AddressInfo).port;
    workbench = await startWorkbench({ settings: { 'tracefall.collector.port': port } });
    await workbench.open();
  });
  after(async () => {
    await workbench?.stop();
    await new Promise((resolve) => stranger.close(resolve));
  });

  it('is named, with another one offered and not taken', async () => {
    const { user } = workbench;
    await user.showTraces();
    const rows = await eventually('the offer', () => user.rows(), rowsHave('instead'), 60_000);
    assert.ok(rows.some((row) => row.includes(String(port))), rows.join('\n'));
    await user.screenshot('port-taken');
  });

  it('is replaced by the offered one at a click', async () => {
    const { user } = workbench;
    await user.clickRow('instead');
    const status = await eventually('the new endpoint', () => user.statusBar(), (text) => /127\.0\.0\.1:\d+/.test(text));
    const chosen = /127\.0\.0\.1:(\d+)/.exec(status)![1]!;
    assert.notEqual(chosen, String(port));
    await send(`http://127.0.0.1:${chosen}`, chat());
    await eventually('a trace', () => user.rows(), rowsHave(`Collector | 127.0.0.1:${chosen} · 1 trace`, 'POST /chat'));
  });
});
