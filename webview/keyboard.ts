// Keys of the treegrid and the editor's commands → actions. VS Code forwards every keydown to the workbench, so single letters
// are its keybindings and arrive as commands: none is handled here. Text fields keep all their keys but Escape.
import { assertNever } from '../src/protocol/rpc.ts';
import type { WaterfallCommand } from '../src/protocol/messages.ts';
import type { Actions } from './actions.ts';

const ZOOM_STEP = 0.7;
const PAN_STEP = 0.2;

export interface GridKeys {
  readonly grid: HTMLElement;
  readonly actions: Actions;
  /** Rows a page holds. */
  readonly page: () => number;
}

export function listenToKeys({ grid, actions, page }: GridKeys): void {
  grid.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = event.shiftKey ? shifted(event.key, actions) : plain(event.key, actions, page);
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}

function plain(key: string, actions: Actions, page: () => number): (() => void) | undefined {
  switch (key) {
    case 'ArrowDown':
      return () => actions.moveBy(1);
    case 'ArrowUp':
      return () => actions.moveBy(-1);
    case 'PageDown':
      return () => actions.moveBy(page());
    case 'PageUp':
      return () => actions.moveBy(-page());
    case 'Home':
      return () => actions.moveTo('first');
    case 'End':
      return () => actions.moveTo('last');
    case 'ArrowLeft':
      return () => actions.collapseOrParent();
    case 'ArrowRight':
      return () => actions.expandOrChild();
    case 'Enter':
      return () => void actions.ask.openSource();
    case 'Escape':
      return () => actions.escape();
    default:
      return undefined;
  }
}

function shifted(key: string, actions: Actions): (() => void) | undefined {
  switch (key) {
    case 'ArrowUp':
      return () => actions.time.zoom(ZOOM_STEP);
    case 'ArrowDown':
      return () => actions.time.zoom(1 / ZOOM_STEP);
    case 'ArrowLeft':
      return () => actions.time.pan(-PAN_STEP);
    case 'ArrowRight':
      return () => actions.time.pan(PAN_STEP);
    default:
      return undefined;
  }
}

export interface CommandTargets {
  readonly actions: Actions;
  readonly focusFind: () => void;
  readonly toggleHelp: () => void;
}

export function runCommand(name: WaterfallCommand, { actions, focusFind, toggleHelp }: CommandTargets): void {
  switch (name) {
    case 'openSource':
      void actions.ask.openSource();
      return;
    case 'find':
      focusFind();
      return;
    case 'nextError':
      actions.stepError(1);
      return;
    case 'previousError':
      actions.stepError(-1);
      return;
    case 'nextMatch':
      actions.stepMatch(1);
      return;
    case 'previousMatch':
      actions.stepMatch(-1);
      return;
    case 'toggleCriticalPath':
      actions.toggleCriticalPath();
      return;
    case 'focusSubtree':
      actions.focusSubtree();
      return;
    case 'zoomToSpan':
      actions.time.zoomToSpan();
      return;
    case 'resetZoom':
      actions.time.resetZoom();
      return;
    case 'collapseAll':
      actions.collapseAll();
      return;
    case 'expandAll':
      actions.expandAll();
      return;
    case 'help':
      toggleHelp();
      return;
    default:
      assertNever(name);
  }
}
