// Typed reads of the user's settings and what the engine is told of them. No other file asks VS Code for configuration.
import * as vscode from 'vscode';
import type { EngineConfig, SlowRule, WebviewSettings } from '../protocol/messages.ts';
import { settingOr } from './settingKeys.ts';
import type { SettingTypes } from './settingKeys.ts';

const SECTION = 'tracefall';
const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

export function setting<K extends keyof SettingTypes>(key: K): SettingTypes[K] {
  return settingOr(key, vscode.workspace.getConfiguration(SECTION).get<unknown>(key));
}

export function engineConfig(): EngineConfig {
  const path = setting('store.path').trim();
  return {
    storePath: path === '' ? undefined : path,
    maxStoreBytes: setting('store.maxSizeMb') * MIB,
    maxAgeMs: setting('store.maxAgeDays') * DAY_MS,
    port: setting('collector.port'),
    grpcPort: setting('collector.grpcPort') || -1,
    host: '127.0.0.1',
    ...(setting('collector.forwardTo').trim() === '' ? {} : { forwardTo: setting('collector.forwardTo').trim() }),
    allowedOrigins: setting('collector.allowedOrigins'),
    allowedHosts: setting('collector.allowedHosts'),
    maxBodyBytes: setting('collector.maxBodyMb') * MIB,
    fullSync: setting('store.fullSync'),
    slow: slowRule(),
  };
}

export function slowRule(): SlowRule {
  return { minSamples: setting('slow.minSamples'), percentile: setting('slow.percentile'), factor: setting('slow.factor') };
}

export function webviewSettings(): WebviewSettings {
  return { compactRows: setting('waterfall.compactRows') };
}

/** Calls back with what changed, once a change. */
export function onSettingsChanged(listener: (changed: (prefix: string) => boolean) => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(SECTION)) listener((prefix) => event.affectsConfiguration(`${SECTION}.${prefix}`));
  });
}
