// "Open with Tracefall": a file with one trace opens at once, one with several asks, one with none says why.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { eventually, user } from './world.ts';

const document = (...names: readonly string[]): string =>
  JSON.stringify({ resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 'filed' } }] }, scopeSpans: [{ spans: names.map((name, k) => ({
    traceId: `${k + 1}`.padStart(32, '0'), spanId: `${k + 1}`.padStart(16, '0'), name, kind: 2, startTimeUnixNano: `${1_795_221_079_000_000_000n + BigInt(k)}`, endTimeUnixNano: `${1_795_221_079_500_000_000n}`,
  })) }] }] });

describe('trace files', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tracefall-files-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    // Showing a connection scrolled the tree.
    await vscode.commands.executeCommand('tracefall.traces.focus');
    await user.press('Home');
  });
  const file = (name: string, text: string): vscode.Uri => {
    writeFileSync(path.join(folder, name), text);
    return vscode.Uri.file(path.join(folder, name));
  };

  it('one trace opens at once', async () => {
    await vscode.commands.executeCommand('tracefall.openFile', file('one.otlp.json', document('GET /from-a-file')));
    const rows = await eventually('its row', () => user.waterfallRows(), (found) => found.some((row) => row.text.includes('GET /from-a-file')));
    assert.equal(rows.length, 1);
  });

  it('of several one is picked', async () => {
    void vscode.commands.executeCommand('tracefall.openFile', file('two.json', document('first of two', 'second of two')));
    await user.answer('second of two');
    await eventually('the picked one', () => user.waterfallRows(), (rows) => rows.some((row) => row.text.includes('second of two')));
  });

  it('a dropped file opens, a dropped folder becomes a connection once its name is confirmed', async () => {
    await user.showTraces();
    await eventually('the tree', () => user.rows(), (rows) => rows.length > 0);
    await user.dropOnTraces(file('dropped #1.json', document('GET /dropped')).fsPath);
    await eventually('the dropped one', () => user.waterfallRows(), (rows) => rows.some((row) => row.text.includes('GET /dropped')));
    await user.showTraces();
    await user.dropOnTraces(folder);
    await eventually('the question for its name', () => user.quickInputTitle(), (title) => title.includes('Name of the connection'), 30_000);
    assert.deepEqual(vscode.workspace.getConfiguration('tracefall').get('connections'), []);
    await user.answer('Dropped traces');
    await eventually('its row', () => user.rows(), (rows) => rows.some((row) => row.includes('Dropped traces')), 30_000);
    const [saved] = vscode.workspace.getConfiguration('tracefall').get<{ readonly name: string; readonly options: object }[]>('connections') ?? [];
    assert.deepEqual([saved?.name, saved?.options], ['Dropped traces', { path: folder }]);
    await vscode.workspace.getConfiguration('tracefall').update('connections', undefined, vscode.ConfigurationTarget.Global);
    await eventually('the tree without it', () => user.rows(), (rows) => rows.length > 0 && !rows.some((row) => row.includes('Dropped traces')));
  });

  for (const [what, drop, reason] of [
    ['is gone', () => user.dropOnTraces(path.join(folder, 'gone.json')), /gone\.json cannot be read/],
    ['holds no traces', () => user.dropOnTraces(file('none.json', '{"a":1}').fsPath), /none\.json: line 1: this JSON holds no traces/],
    ['is of another machine', () => user.dropFromOutside('far.json', document('GET /far')), /is no file of this machine/],
  ] as const) {
    it(`what ${what} is not opened, and says why`, async () => {
      await user.showTraces();
      await drop();
      await vscode.commands.executeCommand('notifications.showList');
      await eventually('the reason', () => user.notifications(), (text) => reason.test(text));
      await vscode.commands.executeCommand('notifications.clearAll');
    });
  }
});
