// The editor tests: a suite inside a real extension host (code-server + Chromium), then tests from outside at the same workbench
// (reload, Restricted Mode). Ends with `N passed, N failed, N skipped`; arguments are parts to run: `host`, `user`.
import { appendFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { projectEnv, root, run } from '../../scripts/install.mjs';
import { runHostSuite } from './hostSuite.ts';

const parts = process.argv.slice(2);
const wanted = (part) => parts.length === 0 || parts.includes(part);
if (!existsSync(path.join(root, 'dist/extension.cjs'))) throw new Error('The extension is not built. Run `npm run build` first.');

/** Each answers whether all was well. */
async function hostTests() {
  const counts = await runHostSuite();
  if (process.env.TRACEFALL_COUNTS !== undefined) appendFileSync(process.env.TRACEFALL_COUNTS, `${JSON.stringify(counts)}\n`);
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed === 0;
}

async function userTests() {
  try {
    await run('mocha', ['--reporter', 'scripts/countingReporter.cjs', '--parallel', '--jobs', '2', 'test/editor/user/*.test.ts'], { env: projectEnv() });
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
}

// One after the other: three workbenches at a time leave the demo no processor, and its slow conversations are slow no more.
let isGood = true;
if (wanted('host')) isGood = await hostTests();
if (wanted('user')) isGood = (await userTests()) && isGood;
process.exitCode = isGood ? 0 : 1;
