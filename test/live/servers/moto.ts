// AWS X-Ray as far as moto knows it (PyPI): signing, shapes, listing and reading by id, no filters and no paging (recorded/README 9).
// Its virtual environment also has botocore, the vendor's own signer and API model, for senders and for judges of signatures.
import { join } from 'node:path';
import { VERSIONS } from '../versions.ts';
import { installOnce } from './cache.ts';
import { answers, startProcess } from './processes.ts';
import { freePorts } from '../../support/ports.ts';
import { installPython, pythonOf } from './python.ts';
import type { ServerKind } from './server.ts';
import { missingTool } from './toolchain.ts';

const VERSION = VERSIONS.moto;
const REQUIREMENTS = [`moto[server,xray]==${VERSION}`, `botocore==${VERSIONS.botocore}`];
const READY_MS = 120_000;

export const moto: ServerKind = {
  system: 'xray',
  version: `moto ${VERSION}`,
  memoryMb: 120,
  available: () => missingTool('python3'),
  install: (log, signal) => installOnce(`moto-${VERSION}-${VERSIONS.botocore}`, (directory) => installPython(directory, REQUIREMENTS, signal), { signal, log }),
  // It compares times of its own zone with times of UTC.
  start: async (home, { dataDir, signal }) => {
    const [port] = (await freePorts(1)) as [number];
    const { command, env } = pythonOf(home);
    const server = startProcess(command, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { name: 'moto', logFile: join(dataDir, 'log'), cwd: dataDir, env: { ...env, TZ: 'UTC' } });
    const url = `http://127.0.0.1:${port}`;
    await server.ready(() => answers(`${url}/moto-api/data.json`), READY_MS, signal);
    return { live: { system: 'xray', version: `moto ${VERSION}`, url, python: { command, env } }, stop: server.stop };
  },
};
