// How a live test gets at the running servers. What could not be had or started is counted by `npm run test:live` itself, so a suite
// whose server is not there is simply not defined.
import type { LiveServer } from './servers/server.ts';
import { row } from './report.ts';

/** Of TRACEFALL_LIVE, in the order in which they started. */
export function liveServers(): readonly LiveServer[] {
  return JSON.parse(process.env.TRACEFALL_LIVE ?? '[]') as readonly LiveServer[];
}

/** On machines with little memory servers run in turns; what needs none of them runs in the first, if it was asked for. */
export const withFakes = (): boolean => process.env.TRACEFALL_LIVE_FAKES === 'true';

export function liveServer(system: string): LiveServer | undefined {
  return liveServers().find((server) => server.system === system);
}

/** Slow machines, first requests of a Java server: minutes would be a fault, seconds are not. */
const TIMEOUT_MS = 60_000;

/** A suite against one running server; each of its tests is counted for the table. */
export function describeLive(system: string, define: (server: LiveServer) => void): void {
  const server = liveServer(system);
  if (server === undefined) return;
  describe(`${system} ${server.version}`, function () {
    this.timeout(TIMEOUT_MS);
    let [passed, failed] = [0, 0];
    afterEach(function () {
      if (this.currentTest?.state === 'passed') passed++;
      else failed++;
    });
    after(() => row({ system, version: server.version, how: 'live', passed, failed }));
    define(server);
  });
}

/** For requests of a test; ends with its own time limit. */
export function deadline(): AbortSignal {
  return AbortSignal.timeout(TIMEOUT_MS);
}

/** Asks until the answer is what it should be in the end: servers take a moment to index. Throws the last problem. */
export async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 20_000): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
