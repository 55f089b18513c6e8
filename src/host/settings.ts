// Typed reads of the user's settings and what the engine is told of them. No other file asks VS Code for configuration.
import * as vscode from 'vscode';
import type { NetworkConfig } from '../protocol/connections.ts';
import type { EngineConfig, SlowRule, WebviewSettings } from '../protocol/messages.ts';
import { settingOr } from './settingKeys.ts';
import type { SettingTypes } from './settingKeys.ts';

const SECTION = 'tracefall';
const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

export function setting<K extends keyof SettingTypes>(key: K): SettingTypes[K] {
  return settingOr(key, configuration(SECTION).get<unknown>(key));
}

const configuration = (section: string): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration(section);

/** As they were written: the user's own, and what the workspace and its folders add. */
export function connectionSettings(): { readonly user: unknown; readonly workspace: unknown; readonly trusted: boolean } {
  const at = configuration(SECTION).inspect<unknown>('connections');
  const brought = [at?.workspaceValue, at?.workspaceFolderValue].filter((value) => value !== undefined);
  const workspace = brought.length === 0 ? undefined : brought.every((value) => Array.isArray(value)) ? brought.flat() : brought[0];
  return { user: at?.globalValue, workspace, trusted: vscode.workspace.isTrusted };
}

/** Into the user's own settings, of this machine in a remote window. */
export async function saveConnectionSettings(change: (raw: unknown) => readonly unknown[]): Promise<void> {
  const config = configuration(SECTION);
  await config.update('connections', change(config.inspect<unknown>('connections')?.globalValue), vscode.ConfigurationTarget.Global);
}

/** What the editor knows of the network; the engine adds the environment. */
export function networkConfig(): NetworkConfig {
  const http = configuration('http');
  const text = (key: string): string | undefined => {
    const value = http.get<unknown>(key);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const [proxy, proxyAuthorization] = [text('proxy'), text('proxyAuthorization')];
  const noProxy = http.get<unknown>('noProxy');
  return {
    ...(proxy === undefined || http.get<unknown>('proxySupport') === 'off' ? {} : { proxy }),
    noProxy: Array.isArray(noProxy) ? noProxy.filter((entry): entry is string => typeof entry === 'string') : [],
    proxyStrictSSL: http.get<unknown>('proxyStrictSSL') !== false,
    ...(proxyAuthorization === undefined ? {} : { proxyAuthorization }),
    systemCertificates: http.get<unknown>('systemCertificates') !== false,
    ...(vscode.workspace.isTrusted ? {} : { restricted: true }),
  };
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

export function webviewSettings(): Omit<WebviewSettings, 'origin'> {
  return { compactRows: setting('waterfall.compactRows') };
}

/** Calls back with what changed, once a change. */
export function onSettingsChanged(listener: (changed: (prefix: string) => boolean) => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(SECTION)) listener((prefix) => event.affectsConfiguration(`${SECTION}.${prefix}`));
  });
}

/** Other connections, another proxy, or a workspace that is trusted from now on. */
export function onConnectionSettingsChanged(listener: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeConfiguration((event) => (event.affectsConfiguration(`${SECTION}.connections`) || event.affectsConfiguration('http')) && listener()),
    vscode.workspace.onDidGrantWorkspaceTrust(listener),
  );
}
