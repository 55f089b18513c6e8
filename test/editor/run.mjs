// The editor tests: a suite inside a real extension host (code-server + Chromium), and tests from outside at the same workbench
// (reload, Restricted Mode). Ends with `N passed, N failed, N skipped`; arguments are parts to run: `host`, `user`.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { projectEnv, root } from '../../scripts/install.mjs';
import { runHostSuite } from './hostSuite.ts';

const USER = 'test/editor/user';
/** While the demo runs, one workbench is open beside its own, and three after it: with two beside it, its conversations are slow for another reason. */
const STORY = 'storyWalk.test.ts';
/** The longest first, so that nothing long is alone at the end. */
const LONGEST = ['systems.test.ts', 'connections.test.ts', 'reload.test.ts'];

const parts = process.argv.slice(2);
const wanted = (part) => parts.length === 0 || parts.includes(part);
if (!existsSync(path.join(root, 'dist/extension.cjs'))) throw new Error('The extension is not built. Run `npm run build` first.');
let isGood = true;

async function hostTests() {
  const counts = await runHostSuite();
  if (process.env.TRACEFALL_COUNTS !== undefined) appendFileSync(process.env.TRACEFALL_COUNTS, `${JSON.stringify(counts)}\n`);
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed === 0;
}

/** What it says comes in one piece, as others run meanwhile. */
function userTests(file) {
  return new Promise((resolve) => {
    const said = [];
    const child = spawn('mocha', ['--reporter', 'scripts/countingReporter.cjs', file], { cwd: root, env: projectEnv(), shell: process.platform === 'win32', stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => said.push(data));
    const done = (problem) => {
      console.log(Buffer.concat(said).toString());
      if (problem !== undefined) console.error(`${file} ${problem}`);
      resolve(problem === undefined);
    };
    child.once('error', (error) => done(`could not be run: ${error.message}`));
    child.once('close', (code, signal) => done(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`));
  });
}

const others = readdirSync(path.join(root, USER)).filter((name) => name.endsWith('.test.ts') && name !== STORY && !LONGEST.includes(name));
const tasks = [...(wanted('host') ? [hostTests] : []), ...(wanted('user') ? [...LONGEST, ...others].map((name) => () => userTests(`${USER}/${name}`)) : [])];

async function lane(own = tasks) {
  for (let task = own.shift(); task !== undefined; task = own.shift()) {
    await task().then((good) => (isGood &&= good), (error) => {
      // The others go on.
      console.error(error);
      isGood = false;
    });
  }
}

const story = wanted('user') ? [() => userTests(`${USER}/${STORY}`)] : [];
await Promise.all([lane(), lane(story).then(() => Promise.all([lane(), lane()]))]);
process.exitCode = isGood ? 0 : 1;
