// When the collector starts by itself: as the view opens, as a debug session starts, or never (tracefall.collector.autoStart).
import * as vscode from 'vscode';
import { DisposableStore } from './disposables.ts';
import type { EngineClient } from './engineClient.ts';
import { sentence } from './engineClient.ts';
import { setting } from './settings.ts';

export interface AutoStart extends vscode.Disposable {
  /** The view was shown for the first time. */
  onView(): void;
  /** A trace is opened: its store is needed. False when the user wants no collector by itself. */
  onTrace(): void;
}

export function autoStart(engine: EngineClient, log: (message: string) => void): AutoStart {
  const parts = new DisposableStore();
  const start = (): void => {
    engine.startCollector().catch((error: unknown) => log(`The collector could not be started: ${sentence(error)}`));
  };
  const onDebug = (): void => {
    const when = setting('collector.autoStart');
    if (when === 'onViewOrDebug' || when === 'onDebug') start();
  };
  parts.add(vscode.debug.onDidStartDebugSession(onDebug));
  if (vscode.debug.activeDebugSession !== undefined) onDebug();
  return {
    onView: () => {
      const when = setting('collector.autoStart');
      if (when === 'onViewOrDebug' || when === 'onView') start();
    },
    onTrace: () => {
      if (setting('collector.autoStart') !== 'never') start();
    },
    dispose: () => parts.dispose(),
  };
}
