// A trace as a document: preview and kept tabs, rows, keys, spans that arrive later, a trace that is gone.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { chat, newTraceId, otlpRequest, send } from '../otlp.ts';
import { endpoint, eventually, figure, user } from './world.ts';

const selectedText = async (): Promise<string> => (await user.waterfallRows()).find(({ selected }) => selected)?.text ?? '';

describe('the waterfall', () => {
  before(async () => {
    await vscode.commands.executeCommand('tracefall.clearFilter');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await send(endpoint(), chat({ name: 'POST /first', ms: 900 }), chat({ name: 'POST /second', error: 'the model refused' }));
    await eventually('both traces', () => user.rows(), (rows) => rows.some((row) => row.includes('POST /first')));
  });

  it('opens by a click as a preview, its tab named by the root', async () => {
    const clicked = performance.now();
    await user.clickRow('POST /first');
    const rows = await eventually('six rows', () => user.waterfallRows(), (list) => list.length === 6);
    await figure('click → rows, workbench and webview and all', performance.now() - clicked, 2500);
    assert.deepEqual(rows.map(({ level }) => level), [1, 2, 2, 3, 3, 3]);
    assert.match(rows[3]!.text, /retrieve/);
    assert.deepEqual((await user.tabs()).map(({ label, preview }) => [label, preview]), [['POST ∕first', true]]);
    await user.screenshot('waterfall');
  });

  it('replaces the preview by the next click and keeps it by a double click', async () => {
    await user.clickRow('POST /second');
    await eventually('one tab', () => user.tabs(), (tabs) => tabs.length === 1 && tabs[0]!.label === 'POST ∕second');
    await user.doubleClickRow('POST /second');
    await eventually('kept', () => user.tabs(), (tabs) => tabs[0]!.preview === false);
    await user.clickRow('POST /first');
    await eventually('two tabs', () => user.tabs(), (tabs) => tabs.length === 2);
  });

  it('is walked by keys alone', async () => {
    await user.clickRow('POST /second');
    await eventually('its rows', () => user.waterfallRows(), (list) => list.length === 6 && list[0]!.text.includes('/second'));
    await user.clickWaterfallRow('POST /second');
    await user.press('ArrowDown');
    await user.press('ArrowDown');
    await eventually('the third row', selectedText, (text) => text.includes('chat_turn'));
    await user.press('ArrowLeft');
    await eventually('collapsed', () => user.waterfallRows(), (list) => list.length === 3);
    await user.press('ArrowRight');
    await eventually('expanded', () => user.waterfallRows(), (list) => list.length === 6);
    await user.press('Home');
    await eventually('the first row', selectedText, (text) => text.includes('/second'));
  });

  it('obeys single letters as keybindings, but not while somebody types', async () => {
    await user.press('n');
    await eventually('the error', selectedText, (text) => text.includes('chat gpt-5-mini'));
    await user.press('/');
    await eventually('the find field', () => user.waterfallFocus(), (focus) => !focus.includes('treegrid') && !focus.includes('row'));
    await user.type('nf');
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.match(await selectedText(), /chat gpt-5-mini/, 'n moved nothing while typing');
    await user.press('Escape');
    await user.press('Escape');
  });

  it('leaves single letters alone elsewhere in the workbench', async () => {
    await user.commandAsks('Tracefall: Open Trace by Id');
    await eventually('the box', () => user.quickInputTitle(), (title) => /Open a trace by its id/.test(title));
    await user.type('cn');
    await eventually('the box stays', () => user.quickInputTitle(), (title) => /Open a trace by its id/.test(title));
    await user.press('Escape');
  });

  it('offers spans that arrived later and loads them on request', async () => {
    const early = otlpRequest({ spans: [{ name: 'POST /growing', service: 'shop', ms: 500 }] });
    await send(endpoint(), early);
    await eventually('the trace', () => user.rows(), (rows) => rows.some((row) => row.includes('POST /growing')));
    await user.clickRow('POST /growing');
    await eventually('one row', () => user.waterfallRows(), (list) => list.length === 1 && list[0]!.text.includes('/growing'));
    await send(endpoint(), otlpRequest({ traceId: early.traceId, spans: [{ name: 'late a' }, { name: 'late b' }] }));
    await eventually('the offer', () => user.waterfallText(), (text) => text.includes('2 more arrived'));
    await user.pressInWaterfall('Update');
    await eventually('three rows', () => user.waterfallRows(), (list) => list.length === 3);
  });

  it('offers them too where thousands of traces arrive with them', async () => {
    const early = otlpRequest({ spans: [{ name: 'POST /crowded', service: 'shop', ms: 500 }] });
    await send(endpoint(), early);
    await eventually('the trace', () => user.rows(), (rows) => rows.some((row) => row.includes('POST /crowded')));
    await user.clickRow('POST /crowded');
    await eventually('one row', () => user.waterfallRows(), (list) => list.length === 1 && list[0]!.text.includes('/crowded'));
    const crowd = Array.from({ length: 2_500 }, () => otlpRequest({ spans: [{ name: 'GET /crowd', service: 'crowd' }], startMs: Date.now() - 3_600_000 }));
    const late = otlpRequest({ traceId: early.traceId, spans: [{ name: 'late' }] });
    await send(endpoint(), { ...late, body: { resourceSpans: [late, ...crowd].flatMap(({ body }) => (body as { resourceSpans: object[] }).resourceSpans) } });
    await eventually('the offer', () => user.waterfallText(), (text) => text.includes('1 more arrived'));
  });

  it('says so when a trace is gone', async () => {
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.parse(`tracefall:/collector/${newTraceId()}/gone`));
    await eventually('the message', () => user.waterfallText(), (text) => text.includes('This trace is gone.'));
    await user.screenshot('waterfall-gone');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});
