// Every command the extension registers, once. package.json must contribute exactly these (a unit test compares both ways).
import type { WaterfallCommand } from '../protocol/messages.ts';

export const COMMANDS = {
  refresh: 'tracefall.refresh',
  loadMore: 'tracefall.loadMore',
  filter: 'tracefall.filter',
  clearFilter: 'tracefall.clearFilter',
  sort: 'tracefall.sort',
  deepSearch: 'tracefall.deepSearch',
  showDependencies: 'tracefall.showDependencies',
  openById: 'tracefall.openById',
  openFile: 'tracefall.openFile',
  openTrace: 'tracefall.openTrace',
  pinTrace: 'tracefall.pinTrace',
  unpinTrace: 'tracefall.unpinTrace',
  editNote: 'tracefall.editNote',
  copyTraceId: 'tracefall.copyTraceId',
  copyTraceJson: 'tracefall.copyTraceJson',
  exportTrace: 'tracefall.exportTrace',
  deleteTrace: 'tracefall.deleteTrace',
  addConnection: 'tracefall.addConnection',
  editConnection: 'tracefall.editConnection',
  duplicateConnection: 'tracefall.duplicateConnection',
  moveConnectionUp: 'tracefall.moveConnectionUp',
  moveConnectionDown: 'tracefall.moveConnectionDown',
  colourConnection: 'tracefall.colourConnection',
  removeConnection: 'tracefall.removeConnection',
  refreshConnection: 'tracefall.refreshConnection',
  allowConnections: 'tracefall.allowConnections',
  openConnectionSettings: 'tracefall.openConnectionSettings',
  startCollector: 'tracefall.startCollector',
  useOfferedPort: 'tracefall.useOfferedPort',
  copyEndpoint: 'tracefall.copyEndpoint',
  sendSample: 'tracefall.sendSample',
  restartEngine: 'tracefall.restartEngine',
  showLog: 'tracefall.showLog',
  backToWaterfall: 'tracefall.backToWaterfall',
} as const;

/** Commands that go to the active waterfall: tracefall.waterfall.<name>. */
export const WATERFALL_COMMANDS: readonly WaterfallCommand[] = [
  'openSource', 'find', 'nextError', 'previousError', 'nextMatch', 'previousMatch', 'toggleCriticalPath', 'focusSubtree', 'zoomToSpan', 'resetZoom', 'collapseAll', 'expandAll', 'help',
];

export const waterfallCommandId = (name: WaterfallCommand): string => `tracefall.waterfall.${name}`;

/** `when` keys the extension sets. */
export const CONTEXT_KEYS = {
  state: 'tracefall.state',
  filtered: 'tracefall.filtered',
  listening: 'tracefall.listening',
  offered: 'tracefall.offered',
  typing: 'tracefall.typing',
  waterfallOpen: 'tracefall.waterfallOpen',
} as const;

export const VIEW_ID = 'tracefall.traces';
export const EDITOR_ID = 'tracefall.waterfall';
