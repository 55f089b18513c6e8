// Bundles the suite and runs it inside the extension host of a real workbench; prints what it reports.
import path from 'node:path';
import { build } from 'esbuild';
import { startUserServer } from './userServer.ts';
import type { SuiteReport } from './userServer.ts';
import { ROOT, startWorkbench } from './workbench.ts';

const TIMEOUT_MS = 8 * 60_000;

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed and why, for the end of a whole run. */
  readonly failures: string[];
}

/** Answers the bundle's path: the extension host requires it. */
export async function bundleSuite(entry = 'index'): Promise<string> {
  const outfile = path.join(ROOT, `out/editor-${entry}.cjs`);
  await build({ entryPoints: [path.join(ROOT, `test/editor/suite/${entry}.ts`)], outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node22', external: ['vscode', 'mocha'], sourcemap: 'inline', logLevel: 'warning' });
  return outfile;
}

export function printReport(report: SuiteReport, counts: Counts): void {
  const ms = report.ms === undefined || report.ms < 75 ? '' : ` (${report.ms}ms)`;
  switch (report.kind) {
    case 'suite':
      console.log(`\n  ${report.title}`);
      return;
    case 'pass':
      counts.passed++;
      console.log(`    ✔ ${report.title}${ms}`);
      return;
    case 'fail':
      counts.failed++;
      counts.failures.push(`${report.title}\n${report.detail ?? ''}`);
      console.log(`    ✖ ${report.title}\n${(report.detail ?? '').replace(/^/gm, '        ')}`);
      return;
    case 'skip':
      counts.skipped++;
      console.log(`    - ${report.title}`);
      return;
    case 'figure':
      console.log(`      ${report.title}`);
      return;
    case 'end':
      return;
  }
}

export async function runHostSuite(): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const testsPath = await bundleSuite();
  const users = await startUserServer(() => workbench.user, (report) => {
    printReport(report, counts);
    if (report.kind === 'fail') workbench.user.screenshot(`failure-${counts.failed}`).catch((error: unknown) => console.log(String(error)));
  });
  const workbench = await startWorkbench({ testsPath, env: { TRACEFALL_TEST_USER: users.url } });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), TIMEOUT_MS);
  });
  try {
    await workbench.open();
    if ((await Promise.race([users.ended, late])) === 'late') {
      printReport({ kind: 'fail', title: `the suite in the extension host did not end within ${TIMEOUT_MS / 60_000} minutes` }, counts);
    }
  } finally {
    clearTimeout(timer);
    await workbench.stop();
    users.close();
  }
  return counts;
}
