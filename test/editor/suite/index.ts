// The suite inside the extension host: mocha over the test files, results to the runner outside. Bundled by run.ts;
// @vscode/test-electron and code-server both call run().
import Mocha from 'mocha';
import { report } from './world.ts';

export async function run(): Promise<void> {
  const grep = process.env['TRACEFALL_TEST_GREP'];
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, ...(grep === undefined ? {} : { fgrep: grep }) });
  mocha.suite.emit('pre-require', globalThis, 'suite', mocha);
  // After the globals exist; in this order: the first needs an extension that is not active yet, the last leaves a stopped engine.
  await import('./activation.test.ts');
  await import('./tree.test.ts');
  await import('./treeRows.test.ts');
  await import('./waterfall.test.ts');
  await import('./source.test.ts');
  await import('./pins.test.ts');
  await import('./files.test.ts');
  await import('./engine.test.ts');
  const reports: Promise<void>[] = [];
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('suite', (suite) => suite.title !== '' && reports.push(report({ kind: 'suite', title: suite.title })));
    runner.on('pass', (test) => reports.push(report({ kind: 'pass', title: test.title, ms: test.duration ?? 0 })));
    runner.on('fail', (test, error: Error) => reports.push(report({ kind: 'fail', title: test.fullTitle(), detail: error.stack ?? error.message })));
    runner.on('pending', (test) => reports.push(report({ kind: 'skip', title: test.fullTitle() })));
  });
  await Promise.all(reports);
  await report({ kind: 'end', title: '' });
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}
