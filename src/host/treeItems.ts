// TreeItems of the tree's nodes: labels as plain text, icons and colours of the theme, tooltips as plain text: Markdown
// of data breaks its words anywhere. The trace's item opens its tracefall: address, as a file's item opens the file.
import * as vscode from 'vscode';
import { countText } from '../analysis/numberText.ts';
import { visibleLine } from '../analysis/visibleText.ts';
import { formatDuration } from '../model/time.ts';
import { assertNever } from '../protocol/rpc.ts';
import type { CollectorState, ListedTrace, SlowRule } from '../protocol/messages.ts';
import { COMMANDS } from './commandIds.ts';
import type { ConnectionBranch } from './connectionBranch.ts';
import type { ShownConnection } from './connections/connectionBook.ts';
import { connectionRow, connectionTooltip } from './connections/connectionRows.ts';
import type { TraceLists } from './traceLists.ts';
import { connectionDescription, DEFAULT_LOOKBACK_HOURS, emptyGroupText, groupRow, slowRuleText, slowThresholdDescription, traceRow, traceTooltipLines } from './traceRows.ts';
import { COLLECTOR, rowIdOf, traceUriParts } from './traceUri.ts';
import type { DeepNode, GroupNode, MoreNode, OfferNode, TextNode, TraceNode, TreeNode } from './treeNodes.ts';

export interface TreeSettings {
  readonly slow: SlowRule;
}

/** What a node's row is made of. `branch` is absent where the connection has just gone. */
export interface ItemContext {
  readonly branch: ConnectionBranch | undefined;
  /** undefined for the collector. */
  readonly connection: ShownConnection | undefined;
  readonly collector: CollectorState;
  readonly settings: TreeSettings;
  readonly nowMs: number;
}

export function traceUri(trace: ListedTrace): vscode.Uri {
  return vscode.Uri.from(traceUriParts(trace.key, trace.summary.rootName));
}

export function itemOf(node: TreeNode, context: ItemContext): vscode.TreeItem {
  switch (node.kind) {
    case 'connection':
      return context.connection === undefined ? collectorItem(context) : connectionItem(context.connection, context);
    case 'group':
      return groupItem(node, context);
    case 'trace':
      return traceItem(node, context.nowMs);
    case 'more':
      return moreItem(node, context);
    case 'text':
      return textItem(node, context);
    case 'offer':
      return offerItem(node);
    case 'deep':
      return deepItem(node, context);
    default:
      return assertNever(node);
  }
}

const NO_LISTS: Pick<TraceLists, 'group' | 'filtered' | 'known'> = { group: () => ({ traces: [], total: undefined, known: undefined, more: false, notes: [], problem: undefined }), filtered: false, known: undefined };
const listsOf = ({ branch }: ItemContext): Pick<TraceLists, 'group' | 'filtered' | 'known'> => branch?.lists ?? NO_LISTS;
const warning = (): vscode.ThemeIcon => new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));

function collectorItem(context: ItemContext): vscode.TreeItem {
  const { collector } = context;
  const lists = listsOf(context);
  const item = new vscode.TreeItem('Collector', vscode.TreeItemCollapsibleState.Expanded);
  item.id = COLLECTOR;
  const known = lists.known ?? collector.traces;
  item.description = connectionDescription({ ...collector, traces: known }) + (lists.filtered ? ' · filtered' : '');
  item.contextValue = collector.endpoint === undefined ? 'collector' : 'collector.listening';
  item.iconPath = collector.problem === undefined ? new vscode.ThemeIcon('radio-tower') : warning();
  const where = collector.endpoint === undefined ? 'The collector does not listen.' : `OTLP over HTTP is received at ${collector.endpoint}${collector.role === 'reader' ? ' by another window' : ''}.`;
  item.tooltip = [where, ...(collector.storePath === undefined ? [] : [`Stored in ${collector.storePath} (${(collector.bytes / 1_048_576).toFixed(1)} MB).`])].join('\n');
  // Else the tooltip is all that is read out.
  item.accessibilityInformation = { label: `Collector, ${item.description.replaceAll(' · ', ', ')}` };
  return item;
}

function connectionItem(connection: ShownConnection, context: ItemContext): vscode.TreeItem {
  const { config, kind, state, from } = connection;
  const item = new vscode.TreeItem(visibleLine(config.name, 120), context.branch?.expanded === true ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed);
  item.id = config.id;
  item.description = connectionRow(connection, listsOf(context).filtered, context.nowMs);
  item.contextValue = `connection${from === 'user' ? '' : '.workspace'}${kind?.dependencies === true ? '.calls' : ''}`;
  const colour = config.colour === undefined ? undefined : new vscode.ThemeColor(config.colour);
  item.iconPath = state?.health === 'failing' ? warning() : new vscode.ThemeIcon(config.url === undefined ? 'cloud' : 'server', colour);
  item.tooltip = linesText(connectionTooltip(connection, context.nowMs));
  item.accessibilityInformation = { label: `Connection ${visibleLine(config.name, 120)}, ${item.description.replaceAll(' · ', ', ')}` };
  return item;
}

function groupItem(node: GroupNode, context: ItemContext): vscode.TreeItem {
  const { branch, settings, connection } = context;
  const loaded = listsOf(context).group(node.group);
  const { label, description } = groupRow(node.group, { loaded: loaded.traces.length, total: loaded.total, known: loaded.known }, settings.slow.percentile);
  const item = new vscode.TreeItem(label, branch?.isClosed(node.group) === true ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded);
  item.id = `${node.connection}/${node.group}`;
  const threshold = connection?.config.slowThresholdMs;
  const said = node.group === 'slow' && threshold !== undefined && description !== '' ? slowThresholdDescription(description, threshold) : description;
  item.description = loaded.problem === undefined ? said : 'could not be loaded';
  if (node.group === 'slow') {
    item.tooltip = threshold === undefined ? slowRuleText(settings.slow) : `A trace is slow when it takes at least ${formatDuration(threshold * 1e6)}, as the connection's settings say.`;
    // Else the tooltip is all that is read out.
    item.accessibilityInformation = { label: `${label}, ${item.description}. ${item.tooltip}` };
  }
  item.contextValue = `group.${node.group}`;
  return item;
}

function traceItem(node: TraceNode, nowMs: number): vscode.TreeItem {
  const { trace, group } = node;
  const row = traceRow(trace, group, nowMs);
  const item = new vscode.TreeItem(row.label, vscode.TreeItemCollapsibleState.None);
  item.id = `${node.connection}/${group}/${rowIdOf(trace.key)}`;
  item.description = row.description;
  item.iconPath = new vscode.ThemeIcon(row.icon, row.colour === undefined ? undefined : new vscode.ThemeColor(row.colour));
  item.accessibilityInformation = { label: row.spoken };
  // Only what the collector holds can be deleted.
  item.contextValue = `trace${trace.pinned ? '.pinned' : ''}${node.connection === COLLECTOR ? '.own' : ''}`;
  item.tooltip = linesText(traceTooltipLines(trace));
  item.command = { command: 'vscode.open', title: 'Open Trace', arguments: [traceUri(trace)] };
  return item;
}

const linesText = (lines: readonly string[]): string => lines.filter((line) => line !== '').join('\n');

function moreItem(node: MoreNode, context: ItemContext): vscode.TreeItem {
  const loaded = listsOf(context).group(node.group);
  const of = loaded.total === undefined ? '' : ` of ${countText(loaded.total)}`;
  const item = new vscode.TreeItem('Load more', vscode.TreeItemCollapsibleState.None);
  item.id = `${node.connection}/${node.group}/more`;
  item.description = loaded.traces.length === 0 && loaded.total === undefined ? 'look further back' : `${countText(loaded.traces.length)}${of} loaded`;
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.command = { command: COMMANDS.loadMore, title: 'Load More', arguments: [node] };
  return item;
}

function textItem(node: TextNode, context: ItemContext): vscode.TreeItem {
  const text = textOf(node, context);
  const item = new vscode.TreeItem(visibleLine(text, 300), vscode.TreeItemCollapsibleState.None);
  item.id = `${node.connection ?? ''}/${node.group ?? ''}/${node.role}/${node.text}`;
  item.tooltip = node.role === 'empty' && node.group === 'slow' ? slowRuleText(context.settings.slow) : visibleLine(text, 2000);
  if (node.role === 'problem' || node.role === 'setting') item.iconPath = warning();
  if (node.role === 'note') item.iconPath = new vscode.ThemeIcon('info');
  if (node.role === 'loading') item.iconPath = new vscode.ThemeIcon('loading~spin');
  if (node.role === 'refused') item.iconPath = new vscode.ThemeIcon('shield');
  if (node.role === 'off') item.command = { command: COMMANDS.startCollector, title: 'Start the Collector' };
  if (node.role === 'setting') item.command = { command: COMMANDS.openConnectionSettings, title: 'Open Settings' };
  if (node.role === 'refused') item.command = { command: COMMANDS.allowConnections, title: 'Allow…' };
  return item;
}

function textOf({ role, text, group }: TextNode, context: ItemContext): string {
  if (role === 'empty') return group === undefined ? 'No trace yet' : emptyGroupText(group, listsOf(context).filtered, context.connection === undefined ? undefined : (context.connection.config.lookbackHours ?? DEFAULT_LOOKBACK_HOURS));
  if (role === 'loading') return `Asking ${context.connection === undefined ? 'the collector' : visibleLine(context.connection.config.name, 80)} …`;
  return role === 'off' ? 'Start the collector to receive traces here' : text;
}

function offerItem(node: OfferNode): vscode.TreeItem {
  const item = new vscode.TreeItem(`Listen on port ${node.port} instead`, vscode.TreeItemCollapsibleState.None);
  item.id = `${node.connection}/offer`;
  item.iconPath = new vscode.ThemeIcon('plug');
  item.tooltip = `Programs must then send to port ${node.port}; the endpoint to copy says so.`;
  item.contextValue = 'offeredPort';
  item.command = { command: COMMANDS.useOfferedPort, title: 'Listen on the Offered Port' };
  return item;
}

function deepItem(node: DeepNode, { connection }: ItemContext): vscode.TreeItem {
  const { label = 'more', costNote = '' } = connection?.state?.deepSearch ?? {};
  const item = new vscode.TreeItem(`Search ${visibleLine(label, 80)}…`, vscode.TreeItemCollapsibleState.None);
  item.id = `${node.connection}/deep`;
  item.description = visibleLine(costNote, 80);
  item.iconPath = new vscode.ThemeIcon('search');
  item.tooltip = `It costs ${visibleLine(costNote, 300)}. It asks for which time first, and is never run by itself.`;
  // Else the tooltip is all that is read out.
  item.accessibilityInformation = { label: `${typeof item.label === 'string' ? item.label : ''} ${item.tooltip}` };
  item.contextValue = 'deepSearch';
  item.command = { command: COMMANDS.deepSearch, title: 'Search', arguments: [node] };
  return item;
}
