// Installs, starts and stops the real servers and runs the live tests against them; scripts/testLive.mjs starts it. A server that the
// machine cannot have is a skipped row, one that does not install or start is a failed row: nothing is left out silently.
// Arguments are systems to run (all without any); "fakes" is what needs no server.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableMemory } from 'node:process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTurns } from './inTurns.ts';
import { lossList, mergeRows, readRows, table, type ReportRow } from './report.ts';
import { SERVERS } from './servers/all.ts';
import type { RunningServer, ServerKind } from './servers/server.ts';
import { missingTool, TOOLCHAINS } from './servers/toolchain.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** For mocha, our own collector and everybody else. */
const SPARE_MB = 1_000;
/** The collector, fakes and recorded answers. */
const NO_SERVER = 'fakes';

const stop = new AbortController();
const scratch = mkdtempSync(join(tmpdir(), 'tracefall-live-'));
const reportFile = join(scratch, 'report');
const countsFile = join(scratch, 'counts');
const log = (line: string): void => console.log(line);
const seconds = (from: number): string => `${((performance.now() - from) / 1000).toFixed(1)} s`;
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const rows: ReportRow[] = [];

interface Installed {
  readonly kind: ServerKind;
  readonly home: string;
}

function fail({ system, version }: ServerKind, what: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`${system}: ${what}: ${message}`);
  totals.failed++;
  failures.push(`${system}: ${what}: ${message}`);
  rows.push({ system, version, how: 'live', passed: 0, failed: 1, skippedWhy: `FAILED, ${what}: ${message.slice(0, 200)}` });
}

/** One after the other: two builds at once are slower than two in a row. */
async function installAll(kinds: readonly ServerKind[]): Promise<readonly Installed[]> {
  const installed: Installed[] = [];
  for (const kind of kinds) {
    const why = kind.available();
    if (why !== undefined) {
      console.log(`!!! NOT RUN !!! ${kind.system}: ${why}`);
      totals.skipped++;
      rows.push({ system: kind.system, version: kind.version, how: 'live', passed: 0, failed: 0, skippedWhy: why });
      continue;
    }
    try {
      installed.push({ kind, home: await kind.install(log, stop.signal) });
    } catch (error) {
      stop.signal.throwIfAborted();
      fail(kind, 'could not be installed', error);
    }
  }
  return installed;
}

async function start({ kind, home }: Installed): Promise<RunningServer | undefined> {
  const dataDir = join(scratch, kind.system);
  mkdirSync(dataDir, { recursive: true });
  const started = performance.now();
  try {
    const server = await kind.start(home, { dataDir, signal: stop.signal });
    log(`${kind.system} ${server.live.version}: ready in ${seconds(started)}${server.live.url === undefined ? '' : ` at ${server.live.url}`}`);
    return server;
  } catch (error) {
    stop.signal.throwIfAborted();
    fail(kind, 'did not start', error);
    return undefined;
  }
}

/** Answers whether mocha ended as it should; the counts are in its file. */
function runTests(servers: readonly RunningServer[], fakes: boolean): Promise<void> {
  const env = { ...process.env, TRACEFALL_LIVE: JSON.stringify(servers.map(({ live }) => live)), TRACEFALL_LIVE_FAKES: String(fakes), TRACEFALL_LIVE_REPORT: reportFile, TRACEFALL_COUNTS: countsFile };
  return new Promise((resolve) => {
    const child = spawn('mocha', ['--reporter', 'scripts/countingReporter.cjs', 'test/live/**/*.live.ts'], { cwd: ROOT, stdio: 'inherit', env, signal: stop.signal });
    const done = (problem?: string): void => {
      const failed = takeCounts();
      if (problem !== undefined && failed === 0 && !stop.signal.aborted) {
        console.error(`mocha ${problem}`);
        failures.push(`mocha ${problem}`);
        totals.failed++;
      }
      resolve();
    };
    child.once('error', (error) => done(`could not be run: ${error.message}`));
    child.once('exit', (code, signal) => done(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`));
  });
}

function takeCounts(): number {
  if (!existsSync(countsFile)) return 0;
  const counts = readFileSync(countsFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as typeof totals & { failures: string[] });
  failures.push(...counts.flatMap((each) => each.failures));
  rmSync(countsFile);
  for (const { passed, failed, skipped } of counts) [totals.passed, totals.failed, totals.skipped] = [totals.passed + passed, totals.failed + failed, totals.skipped + skipped];
  return counts.reduce((sum, { failed }) => sum + failed, 0);
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const names = [...SERVERS.map(({ system }) => system), NO_SERVER];
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`There is no live server ${unknown.join(', ')}. There are ${names.join(', ')}.`);
  const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
  const installed = await installAll(SERVERS.filter(({ system }) => isWanted(system)));
  const turns = inTurns(installed, ({ kind }) => kind.memoryMb, availableMemory() / 1e6 - SPARE_MB);
  // What needs no server runs where none can be had, too.
  for (const [k, turn] of (turns.length === 0 ? [[]] : turns).entries()) {
    const running = (await Promise.allSettled(turn.map(start))).flatMap((result) => (result.status === 'fulfilled' && result.value !== undefined ? [result.value] : []));
    try {
      stop.signal.throwIfAborted();
      await runTests(running, isWanted(NO_SERVER) && k === 0);
      stop.signal.throwIfAborted();
    } finally {
      await Promise.all(running.map((server) => server.stop()));
    }
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(message);
  failures.push(message);
  totals.failed++;
} finally {
  const found = [...rows, ...readRows(reportFile)];
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  const mustHaveAll = process.env.CI === 'true' && TOOLCHAINS.every((tool) => missingTool(tool) === undefined);
  if (totals.skipped > 0) console.log(`\n!!! ${totals.skipped} skipped${mustHaveAll ? ': go, java and python3 are here and CI=true, so that fails' : ''} !!!`);
  const merged = mergeRows(found);
  console.log(`\n${lossList(merged)}\n\n${table(merged)}\n${failures.length === 0 ? '' : `\n━━ failed\n${failures.join('\n\n')}\n`}\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  process.exitCode = totals.failed > 0 || (mustHaveAll && totals.skipped > 0) ? 1 : 0;
}
