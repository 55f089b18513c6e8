// Commands on connections that need few words: reorder, colour, remove, allow, open the settings. Adding and editing is wizard/.
import * as vscode from 'vscode';
import { visibleLine } from '../analysis/visibleText.ts';
import { COMMANDS } from './commandIds.ts';
import type { ConnectionHost } from './connectionHost.ts';
import type { ConnectionBook, ShownConnection } from './connections/connectionBook.ts';
import { movedConnection, withConnection, withoutConnection } from './connections/connectionList.ts';
import { CONNECTION_COLOURS } from './connections/connectionRows.ts';
import { targetOf } from './connections/connectionTarget.ts';
import { askModal } from './notices.ts';
import { localPath } from './openFile.ts';
import { withoutIcons } from './plainText.ts';
import { saveConnectionSettings } from './settings.ts';
import type { TreeNode } from './treeNodes.ts';
import type { ConnectionWizard } from './wizard/connectionWizard.ts';

export interface ConnectionCommandParts {
  readonly book: ConnectionBook;
  readonly host: ConnectionHost;
  readonly selected: () => readonly TreeNode[];
  readonly register: (id: string, run: (...args: never[]) => unknown) => void;
  /** Loaded when it is first needed. */
  readonly wizard: () => Promise<ConnectionWizard>;
}

export function registerConnectionCommands({ book, host, selected, register, wizard }: ConnectionCommandParts): void {
  /** The clicked connection, else the selected one, else the one that is picked. */
  const on = (id: string, run: (connection: ShownConnection) => Promise<void>): void =>
    register(id, async (node?: TreeNode) => {
      const clicked = (node ?? selected()[0])?.connection;
      const connection = (clicked === undefined ? undefined : own(book).find(({ config }) => config.id === clicked)) ?? (await pickConnection(ownOrNone(book)));
      if (connection !== undefined) await run(connection);
    });
  register(COMMANDS.addConnection, async (folder?: unknown) => (folder instanceof vscode.Uri ? (await wizard()).addFolder(localPath(folder)) : (await wizard()).add()));
  on(COMMANDS.editConnection, async (connection) => (await wizard()).edit(connection));
  on(COMMANDS.duplicateConnection, async (connection) => (await wizard()).duplicate(connection));
  on(COMMANDS.moveConnectionUp, ({ config }) => saveConnectionSettings((raw) => movedConnection(raw, config.id, -1)));
  on(COMMANDS.moveConnectionDown, ({ config }) => saveConnectionSettings((raw) => movedConnection(raw, config.id, 1)));
  on(COMMANDS.colourConnection, (connection) => pickColour(connection));
  on(COMMANDS.removeConnection, (connection) => remove(book, connection));
  register(COMMANDS.allowConnections, () => host.askWorkspace(true));
  register(COMMANDS.openConnectionSettings, () => vscode.commands.executeCommand('workbench.action.openSettings', 'tracefall.connections'));
}

/** Only the user's own can be changed here; a workspace's are in its settings. */
function own(book: ConnectionBook): ShownConnection[] {
  return book.all.filter(({ from }) => from === 'user');
}

function ownOrNone(book: ConnectionBook): ShownConnection[] {
  const connections = own(book);
  if (connections.length === 0) throw new Error('There is no connection in your settings yet. "Tracefall: Add Connection…" makes one.');
  return connections;
}

export async function pickConnection(connections: readonly ShownConnection[]): Promise<ShownConnection | undefined> {
  const items = connections.map((connection) => ({ label: withoutIcons(visibleLine(connection.config.name, 80)), description: visibleLine(targetOf(connection.config), 120), connection }));
  return (await vscode.window.showQuickPick(items, { title: 'Which connection' }))?.connection;
}

async function pickColour({ config }: ShownConnection): Promise<void> {
  const items = [{ label: 'None', colour: undefined, iconPath: new vscode.ThemeIcon('server') }, ...CONNECTION_COLOURS.map(({ label, colour }) => ({ label, colour, iconPath: new vscode.ThemeIcon('server', new vscode.ThemeColor(colour)) }))];
  const picked = await vscode.window.showQuickPick(items.map((item) => ({ ...item, description: item.colour === config.colour ? 'now' : '' })), { title: `Colour of ${visibleLine(config.name, 80)}` });
  if (picked === undefined) return;
  const { colour: _before, ...rest } = config;
  await saveConnectionSettings((raw) => withConnection(raw, picked.colour === undefined ? rest : { ...rest, colour: picked.colour }));
}

async function remove(book: ConnectionBook, { config }: ShownConnection): Promise<void> {
  const detail = 'It goes from your settings, and its secrets from this machine. The tracing system itself and its traces are not touched.';
  const answer = await askModal('warning', `Remove the connection "${visibleLine(config.name, 80)}"?`, detail, 'Remove');
  if (answer !== 'Remove') return;
  await saveConnectionSettings((raw) => withoutConnection(raw, config.id));
  await book.forgetSecrets(config);
}
