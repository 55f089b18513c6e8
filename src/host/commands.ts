// Commands that are not the view's own: on traces, on the collector, on the active waterfall. A failure is one sentence to the user.
import * as vscode from 'vscode';
import type { ListedTrace, TraceKey } from '../protocol/messages.ts';
import { padHex } from '../model/ids.ts';
import { COMMANDS, WATERFALL_COMMANDS, waterfallCommandId } from './commandIds.ts';
import { DisposableStore } from './disposables.ts';
import type { EngineClient } from './engineClient.ts';
import { sentence } from './engineClient.ts';
import type { TraceActions } from './traceActions.ts';
import type { TracesView } from './tracesView.ts';
import { COLLECTOR } from './traceUri.ts';
import { traceUri } from './treeItems.ts';
import type { TreeNode } from './treeNodes.ts';
import type { WaterfallEditors } from './waterfallEditor.ts';

export interface CommandParts {
  readonly engine: EngineClient;
  readonly view: TracesView;
  readonly actions: TraceActions;
  readonly waterfalls: WaterfallEditors;
  readonly log: vscode.LogOutputChannel;
  readonly openTrace: (key: TraceKey) => Promise<void>;
}

export function registerCommands({ engine, view, actions, waterfalls, log, openTrace }: CommandParts): vscode.Disposable {
  const parts = new DisposableStore();
  const register = (id: string, run: (...args: never[]) => unknown): void => {
    parts.add(
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          return await (run as (...args: unknown[]) => unknown)(...args);
        } catch (error) {
          log.error(`${id}: ${sentence(error)}`);
          void vscode.window.showErrorMessage(sentence(error));
          return undefined;
        }
      }),
    );
  };
  const onTraces = (id: string, run: (traces: readonly ListedTrace[]) => Promise<unknown>): void =>
    register(id, async (node?: TreeNode, nodes?: readonly TreeNode[]) => {
      const traces = view.selected(node, nodes).flatMap((selected) => (selected.kind === 'trace' ? [selected.trace] : []));
      if (traces.length > 0) await run(traces);
    });
  const each = (traces: readonly ListedTrace[], run: (trace: ListedTrace) => Promise<void>): Promise<unknown> => Promise.all(traces.map(run));
  const changing = async (done: Promise<unknown>): Promise<void> => {
    await done.finally(() => view.refresh());
  };

  onTraces(COMMANDS.openTrace, async (traces) => {
    for (const trace of traces) await vscode.commands.executeCommand('vscode.open', traceUri(trace), { preview: false });
  });
  onTraces(COMMANDS.pinTrace, (traces) => changing(actions.pin(traces.map(({ key }) => key))));
  onTraces(COMMANDS.unpinTrace, (traces) => changing(each(traces, ({ key }) => actions.unpin(key))));
  onTraces(COMMANDS.editNote, (traces) => changing(actions.editNote(traces[0]!.key, traces[0]!.note)));
  onTraces(COMMANDS.copyTraceId, (traces) => actions.copyIds(traces));
  onTraces(COMMANDS.copyTraceJson, (traces) => actions.copyJson(traces));
  onTraces(COMMANDS.exportTrace, (traces) => actions.export(traces[0]!.key, traces[0]!.summary.rootName));
  onTraces(COMMANDS.deleteTrace, (traces) => changing(actions.delete(traces)));
  register(COMMANDS.openById, async () => {
    const key = await askTraceId();
    if (key !== undefined) await openTrace(key);
  });

  register(COMMANDS.startCollector, () => engine.startCollector());
  register(COMMANDS.useOfferedPort, async () => {
    const port = engine.collector.offeredPort;
    if (port !== undefined) await engine.startCollector(port);
  });
  register(COMMANDS.copyEndpoint, async () => {
    const { endpoint } = await engine.startCollector();
    if (endpoint === undefined) throw new Error(engine.collector.problem ?? 'The collector does not listen, so there is no endpoint to copy.');
    await vscode.env.clipboard.writeText(`OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`);
    vscode.window.setStatusBarMessage(`Copied OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`, 5000);
  });
  register(COMMANDS.sendSample, async () => {
    await engine.startCollector();
    await engine.call('sendSample', {});
    view.refresh();
  });
  register(COMMANDS.restartEngine, () => engine.restart());
  register(COMMANDS.showLog, () => log.show());

  for (const name of WATERFALL_COMMANDS) register(waterfallCommandId(name), () => waterfalls.command(name));
  register(COMMANDS.backToWaterfall, () => {
    if (!waterfalls.goBack()) vscode.window.setStatusBarMessage('No waterfall is open.', 5000);
  });
  return parts;
}

async function askTraceId(): Promise<TraceKey | undefined> {
  const typed = await vscode.window.showInputBox({
    title: 'Open a trace by its id',
    prompt: '32 hexadecimal digits, as your log lines show it.',
    validateInput: (value) => (value.trim() === '' || padHex(value.trim(), 32) !== undefined ? undefined : 'A trace id is up to 32 hexadecimal digits, not all of them 0.'),
  });
  const traceId = padHex(typed?.trim() ?? '', 32);
  return traceId === undefined ? undefined : { connection: COLLECTOR, traceId };
}
