// Which service calls which, as rows of a quick pick. Pure.
import { plural } from '../analysis/numberText.ts';
import { visibleLine } from '../analysis/visibleText.ts';
import type { ServiceDependency } from '../protocol/connections.ts';
import { withoutIcons } from './plainText.ts';

export interface DependencyRow {
  readonly label: string;
  readonly description: string;
  /** What the lists are filtered by when it is picked: the one that is called, as traces that hold the call have it. */
  readonly service: string;
}

export function dependencyRows(dependencies: readonly ServiceDependency[]): readonly DependencyRow[] {
  return dependencies.map(({ parent, child, calls, errors = 0 }) => ({
    label: withoutIcons(`${visibleLine(parent, 80)} → ${visibleLine(child, 80)}`),
    description: [plural(calls, 'call'), ...(errors === 0 ? [] : [plural(errors, 'error')])].join(', '),
    service: child,
  }));
}
