// Commands that are not the view's own: on traces, on the collector, on the active waterfall. A failure is one sentence to the user.
import * as vscode from 'vscode';
import { visibleLine } from '../analysis/visibleText.ts';
import type { ListedTrace, OpenedTrace, TraceKey } from '../protocol/messages.ts';
import { COMMANDS, WATERFALL_COMMANDS, waterfallCommandId } from './commandIds.ts';
import { registerConnectionCommands } from './connectionCommands.ts';
import type { ConnectionHost } from './connectionHost.ts';
import type { ConnectionBook } from './connections/connectionBook.ts';
import { targetOf } from './connections/connectionTarget.ts';
import { DisposableStore } from './disposables.ts';
import type { EngineClient } from './engineClient.ts';
import { sentence } from './engineClient.ts';
import { askModal, askText, tellError, withProgress } from './notices.ts';
import { findTrace, idProblem, isLink, normalId } from './openById.ts';
import { withoutIcons } from './plainText.ts';
import { pickFromFile } from './openFile.ts';
import type { TraceActions } from './traceActions.ts';
import type { TracesView } from './tracesView.ts';
import { COLLECTOR } from './traceUri.ts';
import { traceUri } from './treeItems.ts';
import type { TreeNode } from './treeNodes.ts';
import type { WaterfallEditors } from './waterfallEditor.ts';
import type { ConnectionWizard } from './wizard/connectionWizard.ts';

/** Some systems search through everything for an id. */
const OPEN_TIMEOUT_MS = 120_000;

export interface CommandParts {
  readonly engine: EngineClient;
  readonly view: TracesView;
  readonly actions: TraceActions;
  readonly waterfalls: WaterfallEditors;
  readonly book: ConnectionBook;
  readonly connections: ConnectionHost;
  readonly log: vscode.LogOutputChannel;
  /** `keep`: in a tab that the next one does not take. `rootName`: for the tab, where it is known. */
  readonly openTrace: (key: TraceKey, how?: { readonly keep?: boolean; readonly rootName?: string }) => Promise<void>;
}

export function registerCommands({ engine, view, actions, waterfalls, book, connections, log, openTrace }: CommandParts): vscode.Disposable {
  const parts = new DisposableStore();
  const register = (id: string, run: (...args: never[]) => unknown): void => {
    parts.add(
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          return await (run as (...args: unknown[]) => unknown)(...args);
        } catch (error) {
          log.error(`${id}: ${sentence(error)}`);
          tellError(error);
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
  /** Of the collector: other systems' traces are not ours to delete. */
  const owned = (traces: readonly ListedTrace[]): ListedTrace[] => traces.filter(({ key }) => key.connection === COLLECTOR);
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
  onTraces(COMMANDS.deleteTrace, (traces) => changing(actions.delete(owned(traces))));
  const openInEngine = async (key: TraceKey, signal: AbortSignal): Promise<OpenedTrace['head']> => {
    const { head } = await engine.call('openTrace', { key, firstRows: 1 }, signal, OPEN_TIMEOUT_MS);
    await engine.call('closeTrace', { openId: head.openId });
    return head;
  };
  register(COMMANDS.openById, async () => {
    const asked = await askTraceId(book, engine);
    if (asked !== undefined) await find(asked);
  });
  const find = async (asked: { readonly connection: string; readonly traceId: string }): Promise<void> => {
    const look = (token: vscode.CancellationToken): Promise<TraceKey | undefined> => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      return findTrace(asked.connection, asked.traceId, Date.now(), { open: (key) => openInEngine(key, controller.signal), askFurther });
    };
    const key = await withProgress({ location: vscode.ProgressLocation.Notification, title: 'Looking for the trace …', cancellable: true }, look);
    if (key !== undefined) await openTrace(key);
  };
  register(COMMANDS.openFile, async (file?: vscode.Uri, how?: { readonly keep?: boolean }) => {
    const trace = await pickFromFile(engine, file);
    if (trace !== undefined) await openTrace(trace.key, { keep: how?.keep === true, rootName: trace.summary.rootName });
  });
  const wizard = async (): Promise<ConnectionWizard> => {
    const { ConnectionWizard } = await import('./wizard/connectionWizard.ts');
    const saved = async (id: string, traceId: string | undefined): Promise<void> => {
      await view.reveal(id);
      if (traceId !== undefined) await find({ connection: id, traceId: normalId(id, traceId) });
    };
    return new ConnectionWizard({ engine, book, saved });
  };
  registerConnectionCommands({ book, host: connections, selected: () => view.selected(undefined, undefined), register, wizard });

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

/** Of which connection, where there are several; then the id. */
async function askTraceId(book: ConnectionBook, engine: EngineClient): Promise<{ readonly connection: string; readonly traceId: string } | undefined> {
  const items = [{ label: 'Collector', description: 'this machine', connection: COLLECTOR, system: COLLECTOR }, ...book.all.map(({ config }) => ({ label: withoutIcons(visibleLine(config.name, 80)), description: visibleLine(targetOf(config), 120), connection: config.id, system: config.kind }))];
  const picked = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title: 'Open a trace by its id', placeHolder: 'Of which connection' });
  if (picked === undefined) return undefined;
  const { connection, system } = picked;
  const typed = await askText({
    title: 'Open a trace by its id',
    prompt: connection === COLLECTOR ? '32 hexadecimal digits, as your log lines show it.' : `As ${visibleLine(picked.label, 60)} or your log lines show it, or the address of its page.`,
    validateInput: (value) => (value.trim() === '' ? undefined : idProblem(connection, value)),
  });
  if (typed === undefined || idProblem(connection, typed) !== undefined) return undefined;
  if (!isLink(typed)) return { connection, traceId: normalId(connection, typed) };
  const { traceId } = await engine.call('traceOfLink', { kind: system, address: typed });
  if (traceId === undefined) throw new Error(`That address is no page of a trace that ${visibleLine(picked.label, 60)} is known to have; copy the trace's id instead.`);
  return { connection, traceId: normalId(connection, traceId) };
}

async function askFurther(lookedIn: string, next: string): Promise<boolean> {
  const answer = await askModal('information', `There is no such trace in ${lookedIn}. Look through ${next}?`, 'The further back, the longer it takes, and where searching costs, the more it costs.', 'Look Further');
  return answer === 'Look Further';
}
