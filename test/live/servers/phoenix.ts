// Arize Phoenix from PyPI: OTLP over HTTP and its REST API on one port, OTLP over gRPC on another, SQLite in the data directory.
import { join } from 'node:path';
import { VERSIONS } from '../versions.ts';
import { installOnce } from './cache.ts';
import { answers, startProcess } from './processes.ts';
import { freePorts } from '../../support/ports.ts';
import { installPython, pythonOf } from './python.ts';
import type { ServerKind } from './server.ts';
import { missingTool } from './toolchain.ts';

const VERSION = VERSIONS.phoenix;
const READY_MS = 180_000;

export const phoenix: ServerKind = {
  system: 'phoenix',
  version: VERSION,
  memoryMb: 600,
  available: () => missingTool('python3'),
  install: (log, signal) => installOnce(`phoenix-${VERSION}`, (directory) => installPython(directory, [`arize-phoenix==${VERSION}`], signal), { signal, log }),
  start: async (home, { dataDir, signal }) => {
    const [port, grpcPort] = (await freePorts(2)) as [number, number];
    const { command, env } = pythonOf(home);
    const server = startProcess(command, ['-m', 'phoenix.server.main', 'serve'], {
      name: 'Phoenix', logFile: join(dataDir, 'log'), cwd: dataDir,
      env: { ...env, PHOENIX_WORKING_DIR: dataDir, PHOENIX_HOST: '127.0.0.1', PHOENIX_PORT: String(port), PHOENIX_GRPC_PORT: String(grpcPort), PHOENIX_TELEMETRY_ENABLED: 'false' },
    });
    const url = `http://127.0.0.1:${port}`;
    await server.ready(() => answers(`${url}/v1/projects`), READY_MS, signal);
    return { live: { system: 'phoenix', version: VERSION, url, otlpUrl: url, otlpGrpcUrl: `http://127.0.0.1:${grpcPort}` }, stop: server.stop };
  },
};
