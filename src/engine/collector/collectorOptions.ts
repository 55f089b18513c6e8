// What a collector is started with, and what is taken where nothing is said.
import { homedir } from 'node:os';
import type { CollectorState, EngineConfig } from '../../protocol/messages.ts';
import type { Transport } from '../network/connectionClient.ts';
import { DEFAULT_CONFIG } from '../defaultConfig.ts';
import { defaultStorePath } from '../store/storePath.ts';
import { LOCAL_ORIGINS } from './requestGuard.ts';

export interface CollectorEvents {
  readonly stateChanged?: (state: CollectorState) => void;
  /** At most four times a second. Empty: something else than new spans changed (a pin, a delete, an exact summary). */
  readonly tracesChanged?: (traceIds: readonly string[]) => void;
  readonly log?: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** undefined means the default, everywhere. */
export interface ForwardOptions {
  /** Makes what sends; undefined where nothing is sent on. */
  readonly transport?: (() => Transport) | undefined;
  /** Besides the content type: a token, say. */
  readonly forwardHeaders?: Readonly<Record<string, string>> | undefined;
}

export type CollectorOptions = ForwardOptions & CollectorEvents & { readonly [K in keyof EngineConfig]?: EngineConfig[K] | undefined } & {
  /** Traces are kept in memory only. */
  readonly memory?: boolean | undefined;
  /** Without its database it fails instead of going on in memory, where no other process could read what it collects. */
  readonly needsDatabase?: boolean | undefined;
};

export const MEMORY_MAX_BYTES = 128 << 20;
/** How long what is being received may take when a server closes; with what is sent on it must be over before the editor ends its extensions (4 s). */
export const CLOSE_GRACE_MS = 1_500;

export function completeOptions(options: CollectorOptions): Required<CollectorEvents> & ForwardOptions & EngineConfig & { readonly storePath: string; readonly memory: boolean; readonly needsDatabase: boolean } {
  return {
    storePath: options.storePath ?? defaultStorePath({ platform: process.platform, home: homedir(), env: process.env }),
    maxStoreBytes: options.maxStoreBytes ?? DEFAULT_CONFIG.maxStoreBytes,
    maxAgeMs: options.maxAgeMs ?? DEFAULT_CONFIG.maxAgeMs,
    port: options.port ?? DEFAULT_CONFIG.port,
    grpcPort: options.grpcPort ?? -1,
    ...(options.forwardTo === undefined ? {} : { forwardTo: options.forwardTo }),
    transport: options.transport,
    forwardHeaders: options.forwardHeaders,
    host: options.host ?? DEFAULT_CONFIG.host,
    // Pages of this machine may always send; the setting adds to them.
    allowedOrigins: [...LOCAL_ORIGINS, ...(options.allowedOrigins ?? [])],
    allowedHosts: options.allowedHosts ?? DEFAULT_CONFIG.allowedHosts,
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_CONFIG.maxBodyBytes,
    fullSync: options.fullSync ?? DEFAULT_CONFIG.fullSync,
    slow: options.slow ?? DEFAULT_CONFIG.slow,
    memory: options.memory ?? false,
    needsDatabase: options.needsDatabase ?? false,
    stateChanged: options.stateChanged ?? (() => undefined),
    tracesChanged: options.tracesChanged ?? (() => undefined),
    log: options.log ?? (() => undefined),
  };
}
