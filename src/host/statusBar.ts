// The collector in the status bar, once it was started: where it really listens, or what is wrong. A click shows the traces.
import * as vscode from 'vscode';
import { VIEW_ID } from './commandIds.ts';
import { DisposableStore } from './disposables.ts';
import type { EngineClient } from './engineClient.ts';
import { withoutIcons } from './plainText.ts';
import { collectorLines, hostOf } from './traceRows.ts';

export function statusBar(engine: EngineClient): vscode.Disposable {
  const parts = new DisposableStore();
  const item = parts.add(vscode.window.createStatusBarItem('tracefall.collector', vscode.StatusBarAlignment.Right, 50));
  item.name = 'Tracefall collector';
  item.command = `${VIEW_ID}.focus`;
  const draw = (): void => {
    const { status, collector } = engine;
    const problem = status.kind === 'failed' || status.kind === 'restarting' ? `The engine stopped: ${status.why}` : collector.problem;
    if (collector.role === 'off' && problem === undefined) return item.hide();
    item.text = withoutIcons(collector.endpoint === undefined ? 'Tracefall' : hostOf(collector.endpoint));
    item.text = `$(${problem === undefined ? 'pulse' : 'warning'}) ${item.text}`;
    item.tooltip = collectorLines(collector, problem).join('\n');
    item.accessibilityInformation = { label: `Tracefall collector, ${problem ?? collector.endpoint ?? 'not listening'}` };
    item.backgroundColor = problem === undefined ? undefined : new vscode.ThemeColor('statusBarItem.warningBackground');
    item.show();
  };
  parts.add(engine.onStatus.on(draw));
  parts.add(engine.onCollectorState.on(draw));
  return parts;
}
