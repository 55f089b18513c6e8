// TreeItems of the tree's nodes: labels as plain text, icons and colours of the theme, tooltips as Markdown that is never trusted
// and takes data only by appendText. The trace's item opens its tracefall: address, as a file's item opens the file.
import * as vscode from 'vscode';
import { visibleLine } from '../analysis/visibleText.ts';
import { formatDuration } from '../model/time.ts';
import { assertNever } from '../protocol/rpc.ts';
import type { CollectorState, ListedTrace, SlowRule } from '../protocol/messages.ts';
import { COMMANDS } from './commandIds.ts';
import { counted, groupedNumber } from './plainText.ts';
import type { TraceLists } from './traceLists.ts';
import { connectionDescription, emptyGroupText, groupRow, slowRuleText, startMs, traceName, traceRow } from './traceRows.ts';
import { traceUriParts } from './traceUri.ts';
import type { GroupNode, MoreNode, OfferNode, TextNode, TraceNode, TreeNode } from './treeNodes.ts';

export interface TreeSettings {
  readonly slow: SlowRule;
}

export function traceUri(trace: ListedTrace): vscode.Uri {
  return vscode.Uri.from(traceUriParts(trace.key, trace.summary.rootName));
}

export function itemOf(node: TreeNode, lists: TraceLists, collector: CollectorState, settings: TreeSettings, nowMs: number): vscode.TreeItem {
  switch (node.kind) {
    case 'connection':
      return connectionItem(collector, lists);
    case 'group':
      return groupItem(node, lists, settings);
    case 'trace':
      return traceItem(node, nowMs);
    case 'more':
      return moreItem(node, lists);
    case 'text':
      return textItem(node, lists, settings);
    case 'offer':
      return offerItem(node);
    default:
      return assertNever(node);
  }
}

function connectionItem(collector: CollectorState, lists: TraceLists): vscode.TreeItem {
  const item = new vscode.TreeItem('Collector', vscode.TreeItemCollapsibleState.Expanded);
  item.id = 'collector';
  const known = lists.known ?? collector.traces;
  item.description = connectionDescription({ ...collector, traces: known }) + (lists.filtered ? ' · filtered' : '');
  item.contextValue = collector.endpoint === undefined ? 'connection' : 'connection.listening';
  item.iconPath = new vscode.ThemeIcon(collector.problem === undefined ? 'radio-tower' : 'warning', collector.problem === undefined ? undefined : new vscode.ThemeColor('list.warningForeground'));
  const tooltip = new vscode.MarkdownString();
  tooltip.appendText(collector.endpoint === undefined ? 'The collector does not listen.' : `OTLP over HTTP is received at ${collector.endpoint}${collector.role === 'reader' ? ' by another window' : ''}.`);
  if (collector.storePath !== undefined) tooltip.appendText(`\nStored in ${collector.storePath}`).appendText(` (${(collector.bytes / 1_048_576).toFixed(1)} MB).`);
  item.tooltip = tooltip;
  return item;
}

function groupItem(node: GroupNode, lists: TraceLists, settings: TreeSettings): vscode.TreeItem {
  const loaded = lists.group(node.group);
  const { label, description } = groupRow(node.group, { loaded: loaded.traces.length, total: loaded.total, known: loaded.known }, settings.slow.percentile);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `collector/${node.group}`;
  item.description = loaded.problem === undefined ? description : 'could not be loaded';
  if (node.group === 'slow') {
    item.tooltip = slowRuleText(settings.slow);
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
  item.id = `collector/${group}/${trace.key.traceId}`;
  item.description = row.description;
  item.iconPath = new vscode.ThemeIcon(row.icon, row.colour === undefined ? undefined : new vscode.ThemeColor(row.colour));
  item.accessibilityInformation = { label: row.spoken };
  item.contextValue = trace.pinned ? 'trace.pinned' : 'trace';
  item.tooltip = traceTooltip(trace);
  item.command = { command: 'vscode.open', title: 'Open Trace', arguments: [traceUri(trace)] };
  return item;
}

function traceTooltip(trace: ListedTrace): vscode.MarkdownString {
  const { summary } = trace;
  const tooltip = new vscode.MarkdownString('', false);
  tooltip.isTrusted = false;
  tooltip.supportHtml = false;
  const errors = summary.errors === 0 ? [] : [counted(summary.errors, 'error')];
  const orphans = summary.orphans === 0 ? [] : [counted(summary.orphans, 'orphan')];
  const usual = trace.usualNs === undefined ? '' : `, usually ${formatDuration(trace.usualNs)}`;
  const shown = summary.services.slice(0, 8).map((service) => visibleLine(service, 60));
  const hidden = summary.services.length - shown.length;
  const lines = [
    `${traceName(trace)}`,
    `${formatDuration(Number(summary.durationNs))} (${groupedNumber(Number(summary.durationNs))} ns)${usual}`,
    [counted(summary.spans, 'span'), counted(summary.services.length, 'service'), ...errors, ...orphans].join(' · '),
    shown.join(', ') + (hidden > 0 ? ` and ${hidden} more` : ''),
    `Started ${new Date(startMs(trace)).toLocaleString()}`,
    `Trace id ${visibleLine(summary.traceId, 64)}`,
    ...(trace.note === '' ? [] : [`Note: ${visibleLine(trace.note, 500)}`]),
    ...summary.warnings.map((warning) => visibleLine(warning, 300)),
  ];
  tooltip.appendText(lines.filter((line) => line !== '').join('\n'));
  return tooltip;
}

function moreItem(node: MoreNode, lists: TraceLists): vscode.TreeItem {
  const loaded = lists.group(node.group);
  const of = loaded.total === undefined ? '' : ` of ${groupedNumber(loaded.total)}`;
  const item = new vscode.TreeItem('Load more', vscode.TreeItemCollapsibleState.None);
  item.id = `collector/${node.group}/more`;
  item.description = `${groupedNumber(loaded.traces.length)}${of} loaded`;
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.command = { command: COMMANDS.loadMore, title: 'Load More', arguments: [node] };
  return item;
}

function textItem(node: TextNode, lists: TraceLists, settings: TreeSettings): vscode.TreeItem {
  const text = node.role === 'empty' && node.group !== undefined ? emptyGroupText(node.group, lists.filtered) : node.text;
  const item = new vscode.TreeItem(visibleLine(text, 300), vscode.TreeItemCollapsibleState.None);
  item.id = `collector/${node.group ?? ''}/${node.role}/${text}`;
  item.tooltip = node.role === 'empty' && node.group === 'slow' ? slowRuleText(settings.slow) : visibleLine(text, 2000);
  if (node.role === 'problem') item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  if (node.role === 'note') item.iconPath = new vscode.ThemeIcon('info');
  return item;
}

function offerItem(node: OfferNode): vscode.TreeItem {
  const item = new vscode.TreeItem(`Listen on port ${node.port} instead`, vscode.TreeItemCollapsibleState.None);
  item.id = 'collector/offer';
  item.iconPath = new vscode.ThemeIcon('plug');
  item.tooltip = `Programs must then send to port ${node.port}; the endpoint to copy says so.`;
  item.contextValue = 'offeredPort';
  item.command = { command: COMMANDS.useOfferedPort, title: 'Listen on the Offered Port' };
  return item;
}
