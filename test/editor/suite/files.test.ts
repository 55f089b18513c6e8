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
  after(() => rmSync(folder, { recursive: true }));
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
});
