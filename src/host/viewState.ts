// Which of its states the view is in and the sentence above the rows. Pure: the view's welcome texts (package.json) hang on the state.
import type { CollectorState } from '../protocol/messages.ts';
import { visibleLine } from '../analysis/visibleText.ts';
import { formatDuration } from '../model/time.ts';
import type { EngineStatus } from './engineClient.ts';
import type { TraceFilterValues } from './traceLists.ts';

export type ViewState = 'off' | 'starting' | 'empty' | 'ready' | 'failed';

export function viewState(engine: EngineStatus, collector: CollectorState, loaded: boolean, anyTrace: boolean): ViewState {
  if (engine.kind === 'failed') return 'failed';
  if (engine.kind === 'restarting' || collector.role === 'starting') return 'starting';
  if (collector.role === 'off') return 'off';
  if (!loaded) return 'starting';
  return anyTrace ? 'ready' : 'empty';
}

/** The sentence above the rows. The editor hides the welcome text while there is one, so there is none while there are no rows. */
export function viewMessage(engine: EngineStatus, filter: TraceFilterValues, hasRows: boolean): string {
  if (!hasRows || engine.kind === 'failed') return '';
  if (engine.kind === 'restarting') return `The engine stopped (${visibleLine(engine.why, 120)}) and is being restarted.`;
  const filtered = filterText(filter);
  return filtered === '' ? '' : `Filtered: ${filtered}`;
}

/** `service auth, text "chat", at least 250 ms, only errors`; "" without a filter. */
export function filterText(filter: TraceFilterValues): string {
  const { service, operation, text, minDurationNs, errorsOnly } = filter;
  return [
    service === undefined ? '' : `service ${visibleLine(service, 60)}`,
    operation === undefined ? '' : `operation ${visibleLine(operation, 60)}`,
    text === undefined || text === '' ? '' : `text "${visibleLine(text, 60)}"`,
    minDurationNs === undefined ? '' : `at least ${formatDuration(minDurationNs)}`,
    errorsOnly === true ? 'only errors' : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}
