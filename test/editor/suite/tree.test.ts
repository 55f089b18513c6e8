// The tree of a real collector: groups, live rows, selection that stays, filter, load more, hostile names, delete.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { chat, otlpRequest, send } from '../otlp.ts';
import { endpoint, eventually, figure, rowsHave, user } from './world.ts';

describe('the traces view', () => {
  it('offers a sample trace where there is none', async () => {
    await user.welcomeButton('Send a Sample Trace');
    await eventually('the sample', () => user.rows(), rowsHave('Recent | 1', 'POST /chat | api-gateway'));
  });

  it('groups what arrives: erroring, slow, recent', async () => {
    for (let n = 0; n < 24; n++) await send(endpoint(), chat({ ms: 1000 + n * 10 }));
    await send(endpoint(), chat({ ms: 8400, documents: 500 }), chat({ error: 'the model refused' }));
    const rows = await eventually('27 traces in groups', () => user.rows(), rowsHave('27 traces', 'Erroring | 2', 'Recent | 27', 'slower than their p90', '8.40 s, usually 1.1'));
    const collector = rows.find((row) => row.startsWith('Collector'));
    assert.equal(collector, `Collector | ${endpoint().slice('http://'.length)} · 27 traces`);
    await user.screenshot('tree');
  });

  it('shows a new trace within a second of its acknowledgement', async () => {
    await send(endpoint(), otlpRequest({ spans: [{ name: 'GET /live', service: 'shop' }] }));
    const acknowledged = performance.now();
    await eventually('the new row', () => user.rows(), rowsHave('GET /live'));
    await figure('acknowledged → row in the tree', performance.now() - acknowledged, 1000);
  });

  it('keeps the selection while rows arrive above it', async () => {
    await user.clickRow('GET /live');
    const selected = await eventually('a selected row', () => user.selectedRows(), (rows) => rows.length === 1 && rows[0]!.includes('GET /live'));
    for (let n = 0; n < 5; n++) await send(endpoint(), otlpRequest({ spans: [{ name: `GET /above/${n}` }] }));
    await eventually('the rows above', () => user.rows(), rowsHave('GET /above/4'));
    assert.deepEqual(await user.selectedRows(), selected);
  });

  it('shows hostile names as text', async () => {
    await send(endpoint(), otlpRequest({ spans: [{ name: '<img src=x onerror=alert(1)> $(zap) \u202egnp.exe' }] }));
    const rows = await eventually('the hostile row', () => user.rows(), rowsHave('<img src=x'));
    assert.ok(rows.some((row) => row.includes(String.raw`<img src=x onerror=alert(1)> $(zap) \u202egnp.exe`)), rows.join('\n'));
  });

  it('filters by text, says so, and clears', async () => {
    await user.viewActionAsks('Filter Traces');
    await user.quickPick('Text');
    await user.answer('live');
    await eventually('the menu again', () => user.quickPickRows(), (rows) => rows.some((row) => row.includes('live')));
    await user.press('Escape');
    await eventually('only what matches', () => user.rows(), (rows) => rowsHave('Recent | 1', 'GET /live')(rows) && !rows.some((row) => row.includes('POST /chat')));
    assert.match(await user.viewMessage(), /Filtered: text "live"/);
    assert.ok((await user.rows())[0]!.includes('filtered'));
    await user.screenshot('tree-filtered');
    await user.viewAction('Clear the Filter');
    await eventually('everything again', () => user.rows(), rowsHave('POST /chat'));
    assert.equal(await user.viewMessage(), '');
  });

  it('loads more, and says how many of how many', async () => {
    for (let n = 0; n < 60; n += 10) await send(endpoint(), ...Array.from({ length: 10 }, (_, k) => otlpRequest({ spans: [{ name: `job ${n + k}`, service: 'worker' }] })));
    await eventually('a part of them', () => user.rows(), (rows) => rows.some((row) => /Recent \| 50 of \d+/.test(row)));
    await vscode.commands.executeCommand('tracefall.traces.focus');
    await user.press('End');
    const more = await eventually('the row that loads more', () => user.rows(), rowsHave('Load more | 50 of'));
    assert.ok(more.at(-1)!.includes('loaded'));
    await user.clickRow('Load more');
    await eventually('all of them', () => user.rows(), (rows) => !rows.some((row) => row.includes('Load more')));
    await user.press('Home');
    await eventually('the count', () => user.rows(), (rows) => rows.some((row) => /Recent \| \d+$/.test(row)));
  });
});
