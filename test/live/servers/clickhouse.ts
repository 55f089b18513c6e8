// ClickHouse's engine from npm (chdb, prebuilt) behind its HTTP interface in small: clickhouseShim.ts, a process of its own, since the
// engine binds one data directory per process. Users: default (no password), and two that have to show one.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSIONS } from '../versions.ts';
import { installOnce } from './cache.ts';
import { answers, runToEnd, startProcess } from './processes.ts';
import { freePorts } from '../../support/ports.ts';
import type { ServerKind } from './server.ts';
import { missingTool } from './toolchain.ts';

const SHIM = fileURLToPath(new URL('clickhouseShim.ts', import.meta.url));
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
const READY_MS = 60_000;

export interface ClickHouseUser {
  readonly name: string;
  readonly password: string;
  /** As the setting of this name: 1 may read only and change no setting, 2 may change settings but not write. */
  readonly readonly?: 1 | 2;
}

/** `reader` is what administrators hand out for dashboards: settings in a request fail with Code 164. */
const CLICKHOUSE_USERS: readonly ClickHouseUser[] = [
  { name: 'default', password: '' },
  { name: 'tracefall', password: 'tracefall-secret' },
  { name: 'reader', password: 'reader-secret', readonly: 1 },
];

export const clickhouse: ServerKind = {
  system: 'clickhouse',
  version: `chdb ${VERSIONS.chdb}`,
  memoryMb: 500,
  available: () => {
    const platform = `${process.platform}-${process.arch}`;
    return PLATFORMS.includes(platform) ? missingTool('npm') : `npm has no chdb for ${platform}`;
  },
  install: (log, signal) =>
    installOnce(`chdb-${VERSIONS.chdb}`, async (directory) => {
      await writeFile(join(directory, 'package.json'), '{"private":true}');
      await runToEnd('npm', ['install', `chdb@${VERSIONS.chdb}`, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: directory, signal });
    }, { signal, log }),
  start: async (home, { dataDir, signal }) => {
    const [port] = (await freePorts(1)) as [number];
    const options = JSON.stringify({ chdb: home, data: join(dataDir, 'data'), port, users: CLICKHOUSE_USERS });
    const server = startProcess(process.execPath, [SHIM, options], { name: 'ClickHouse', logFile: join(dataDir, 'log'), cwd: dataDir });
    const url = `http://127.0.0.1:${port}`;
    await server.ready(() => answers(`${url}/ping`), READY_MS, signal);
    const version = await (await fetch(`${url}/?query=${encodeURIComponent('SELECT version()')}`, { signal })).text();
    return { live: { system: 'clickhouse', version: `${version.trim()} (chdb ${VERSIONS.chdb})`, url }, stop: server.stop };
  },
};
