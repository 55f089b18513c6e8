// Pins and notes from the tree and from the waterfall.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { chat, send } from '../otlp.ts';
import { endpoint, eventually, rowsHave, user } from './world.ts';

describe('pins', () => {
  before(async () => {
    await vscode.commands.executeCommand('tracefall.clearFilter');
    await send(endpoint(), chat({ name: 'POST /pinned', ms: 777 }));
    await eventually('the trace', () => user.rows(), rowsHave('POST /pinned'));
  });

  it('pins from the tree, with a note', async () => {
    await user.rowActionAsks('POST /pinned', 'Pin Trace');
    await user.answer('before the fix');
    await eventually('the pinned group', () => user.rows(), rowsHave('Pinned | 1', 'POST /pinned | 777 ms · "before the fix"'));
  });

  it('changes the note', async () => {
    await user.contextMenuAsks('POST /pinned', 'Edit Note');
    await user.answer('after the fix');
    await eventually('the new note', () => user.rows(), rowsHave('"after the fix"'));
    await user.screenshot('tree-pinned');
  });

  it('unpins, and the empty group goes', async () => {
    await user.rowAction('POST /pinned', 'Unpin Trace');
    const rows = await eventually('no pinned group', () => user.rows(), (list) => !list.some((row) => row.trim().startsWith('Pinned')));
    assert.ok(rowsHave('POST /pinned')(rows));
  });
});
