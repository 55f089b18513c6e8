// Every setting of the extension with its type, once: package.json must declare exactly these (a unit test compares both ways).
import type { WebviewSettings } from '../protocol/messages.ts';
import type { PathMapRule } from '../source/workspaceFiles.ts';

export type AutoStart = 'onViewOrDebug' | 'onView' | 'onDebug' | 'never';

export interface SettingTypes {
  /** Entries are read one by one (connections/readConnections.ts), so that a bad one costs no other. */
  connections: readonly unknown[];
  'collector.autoStart': AutoStart;
  'collector.port': number;
  /** 0: not served. */
  'collector.grpcPort': number;
  /** Empty: nowhere. */
  'collector.forwardTo': string;
  'collector.allowedOrigins': readonly string[];
  'collector.allowedHosts': readonly string[];
  'collector.maxBodyMb': number;
  'store.path': string;
  'store.maxSizeMb': number;
  'store.maxAgeDays': number;
  'store.fullSync': boolean;
  'slow.minSamples': number;
  'slow.percentile': number;
  'slow.factor': number;
  'source.pathMap': readonly PathMapRule[];
  'waterfall.compactRows': WebviewSettings['compactRows'];
}

export const SETTING_DEFAULTS: Readonly<SettingTypes> = {
  connections: [],
  'collector.autoStart': 'onViewOrDebug',
  'collector.port': 4318,
  'collector.grpcPort': 4317,
  'collector.forwardTo': '',
  'collector.allowedOrigins': [],
  'collector.allowedHosts': [],
  'collector.maxBodyMb': 64,
  'store.path': '',
  'store.maxSizeMb': 512,
  'store.maxAgeDays': 14,
  'store.fullSync': false,
  'slow.minSamples': 20,
  'slow.percentile': 90,
  'slow.factor': 1.5,
  'source.pathMap': [],
  'waterfall.compactRows': false,
};

/** A hand-edited settings.json holds anything: a value of another kind than its default is refused for the default. */
export function settingOr<K extends keyof SettingTypes>(key: K, value: unknown): SettingTypes[K] {
  return fits(key, value) ? (value as SettingTypes[K]) : SETTING_DEFAULTS[key];
}

function fits(key: keyof SettingTypes, value: unknown): boolean {
  if (key === 'source.pathMap') return Array.isArray(value) && value.every(isRule);
  if (key === 'connections') return Array.isArray(value);
  const fallback = SETTING_DEFAULTS[key];
  if (Array.isArray(fallback)) return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
  if (key === 'collector.autoStart') return value === 'onViewOrDebug' || value === 'onView' || value === 'onDebug' || value === 'never';
  return typeof value === typeof fallback && !(typeof value === 'number' && !(value >= 0));
}

function isRule(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const { from, to, service } = entry as Record<string, unknown>;
  return typeof from === 'string' && from !== '' && typeof to === 'string' && (service === undefined || typeof service === 'string');
}
