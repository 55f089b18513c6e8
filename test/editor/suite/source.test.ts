// Span → code in the editor: the line beside the waterfall, back again with the selection, a choice, a reason, nothing outside.
import assert from 'node:assert/strict';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { otlpRequest, send } from '../otlp.ts';
import { endpoint, eventually, user } from './world.ts';

const activeFile = (): string => vscode.window.activeTextEditor?.document.uri.path ?? '';
const open = (suffix: string): Promise<string> => eventually(`${suffix} in the editor`, activeFile, (file) => file.endsWith(suffix));

describe('span to code', () => {
  before(async () => {
    await vscode.commands.executeCommand('tracefall.clearFilter');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const spans = [
      { name: 'GET /code', service: 'shop', ms: 200 },
      { name: 'mapped', parent: 0, attributes: { 'code.file.path': '/app/src/retriever.ts', 'code.line.number': 4 } },
      { name: 'twofold', parent: 0, attributes: { 'code.file.path': '/srv/index.ts', 'code.line.number': 1 } },
      { name: 'nowhere', parent: 0, attributes: { 'code.file.path': '/app/src/missing.ts', 'code.line.number': 1 } },
      { name: 'escape', parent: 0, attributes: { 'code.file.path': '../../../../../../etc/passwd', 'code.line.number': 1 } },
      { name: 'linked', parent: 0, attributes: { 'code.file.path': 'src/outside.ts', 'code.line.number': 1 } },
      { name: 'invented later', parent: 0 },
      { name: 'commanded', parent: 0, attributes: { 'code.file.path': 'command:workbench.action.closeAllEditors' } },
    ];
    const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
    const outside = path.join(folder, '..', 'outside.ts');
    writeFileSync(outside, 'export const secret = 1;\n');
    symlinkSync(outside, path.join(folder, 'src/outside.ts'));
    await send(endpoint(), otlpRequest({ spans }));
    await eventually('the trace', () => user.rows(), (rows) => rows.some((row) => row.includes('GET /code')));
    await user.doubleClickRow('GET /code');
    await eventually('its rows', () => user.waterfallRows(), (list) => list.length === spans.length);
  });

  it('opens the line beside the waterfall by Enter', async () => {
    await user.clickWaterfallRow('mapped');
    await user.press('Enter');
    await open('/src/retriever.ts');
    const editor = vscode.window.activeTextEditor!;
    assert.equal(editor.selection.active.line, 3);
    assert.equal(editor.viewColumn, vscode.ViewColumn.Two);
    await user.screenshot('source');
  });

  it('goes back to the waterfall with the same selection', async () => {
    await vscode.commands.executeCommand('tracefall.backToWaterfall');
    await eventually('the waterfall', () => vscode.window.tabGroups.activeTabGroup.activeTab?.input, (input) => input instanceof vscode.TabInputCustom && input.viewType === 'tracefall.waterfall');
    assert.match((await user.waterfallRows()).find(({ selected }) => selected)?.text ?? '', /mapped/);
    const columns = vscode.window.tabGroups.all.flatMap(({ tabs, viewColumn }) => tabs.filter(({ input }) => input instanceof vscode.TabInputCustom).map(() => viewColumn));
    assert.deepEqual(columns, [vscode.ViewColumn.One], 'where it was, and nowhere else');
  });

  it('opens it by a double click too', async () => {
    await vscode.commands.executeCommand('workbench.action.closeOtherEditors');
    await vscode.commands.executeCommand('workbench.action.closeEditorsInOtherGroups');
    await user.doubleClickWaterfallRow('mapped');
    await open('/src/retriever.ts');
  });

  it('asks where two files fit equally', async () => {
    await user.doubleClickWaterfallRow('twofold');
    const rows = await eventually('the choice', () => user.quickPickRows(), (list) => list.length === 2);
    assert.ok(rows.every((row) => row.includes('index.ts')), rows.join('\n'));
    await user.quickPick('src/web/index.ts');
    await open('/src/web/index.ts');
  });

  it('says why where there is none', async () => {
    await user.doubleClickWaterfallRow('nowhere');
    await eventually('the reason', () => user.waterfallText(), (text) => /missing\.ts|no file|nothing in the workspace/i.test(text));
  });

  it('finds code that comes, changes and goes while the trace is open', async () => {
    const late = path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'src/late.ts');
    const shows = (what: RegExp): Promise<string> =>
      eventually(`the details show ${what}`, async () => {
        await user.clickWaterfallRow('mapped');
        await user.clickWaterfallRow('invented later');
        await new Promise((resolve) => setTimeout(resolve, 300));
        return user.waterfallText();
      }, (text) => what.test(text));
    await shows(/no span-creating call/);
    writeFileSync(late, "\nstartSpan('invented later');\n");
    await shows(/src\/late\.ts:2/);
    writeFileSync(late, "\n\n\nstartSpan('invented later');\n");
    await shows(/src\/late\.ts:4/);
    rmSync(late);
    await shows(/no span-creating call/);
  });

  for (const name of ['escape', 'linked', 'commanded']) {
    it(`opens nothing outside the workspace: ${name}`, async () => {
      const before = activeFile();
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).length;
      await user.clickWaterfallRow(name);
      await user.press('Enter');
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.ok(!/passwd|outside\.ts/.test(activeFile()), activeFile());
      assert.ok(activeFile() === before || activeFile() === '');
      assert.equal(vscode.window.tabGroups.all.flatMap((group) => group.tabs).length, tabs);
    });
  }

  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));
});
