// What the engine does where nobody configured it: the command line's values, the same as the extension's default settings.
import type { EngineConfig } from '../protocol/messages.ts';

export const DEFAULT_CONFIG: EngineConfig = {
  storePath: undefined,
  maxStoreBytes: 512 * 1024 * 1024,
  maxAgeMs: 14 * 86_400_000,
  port: 4318,
  grpcPort: 4317,
  host: '127.0.0.1',
  allowedOrigins: [],
  allowedHosts: [],
  maxBodyBytes: 64 * 1024 * 1024,
  fullSync: false,
  slow: { minSamples: 20, percentile: 90, factor: 1.5 },
};
