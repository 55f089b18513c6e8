// Zipkin from Maven Central: one jar with everything in it, memory storage. The Maven client fetches it where there is one; so that a
// machine with Java alone can run it too, nothing but the jar is needed at start.
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { VERSIONS } from '../versions.ts';
import { installOnce } from './cache.ts';
import { answers, runToEnd, startProcess } from './processes.ts';
import { freePorts } from '../../support/ports.ts';
import type { ServerKind } from './server.ts';
import { missingTool } from './toolchain.ts';

const VERSION = VERSIONS.zipkin;
const READY_MS = 120_000;

export const zipkin: ServerKind = {
  system: 'zipkin',
  version: VERSION,
  memoryMb: 450,
  available: () => missingTool('java') ?? missingTool('mvn'),
  install: (log, signal) => installOnce(`zipkin-${VERSION}`, (directory) => download(directory, signal), { signal, log }),
  start: async (home, { dataDir, signal }) => {
    const [port] = (await freePorts(1)) as [number];
    const server = startProcess('java', ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-jar', join(home, 'zipkin.jar')], {
      name: 'Zipkin', logFile: join(dataDir, 'log'), cwd: dataDir,
      env: { QUERY_PORT: String(port), STORAGE_TYPE: 'mem', MEM_MAX_SPANS: '500000' },
    });
    const url = `http://127.0.0.1:${port}`;
    await server.ready(() => answers(`${url}/health`), READY_MS, signal);
    return { live: { system: 'zipkin', version: VERSION, url }, stop: server.stop };
  },
};

async function download(directory: string, signal: AbortSignal): Promise<void> {
  await runToEnd('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=io.zipkin:zipkin-server:${VERSION}:jar:exec`, `-DoutputDirectory=${directory}`], { cwd: directory, signal });
  const jar = (await readdir(directory)).find((name) => name.endsWith('.jar'));
  if (jar === undefined) throw new Error('Maven ended well but copied no jar of Zipkin.');
  await rename(join(directory, jar), join(directory, 'zipkin.jar'));
}
