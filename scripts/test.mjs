// `npm test`: everything; types, lint and build first, as they fail fastest. Ends with `N passed, N failed, N skipped`.
// `npm test -- unit webview` runs only the named steps.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { colours, ensureInstalled, projectEnv, root } from './install.mjs';
import { ensureChromium } from './chromium.mjs';

const isCi = process.env.CI === 'true';
const scratch = mkdtempSync(path.join(os.tmpdir(), 'tracefall-test-'));
const countsFile = path.join(scratch, 'counts');
const total = { passed: 0, failed: 0, skipped: 0 };
const notRun = [];
const failures = [];

/** Test files that run beside each other: more than the two cores that are promised, as most wait for something; with six, some wait too long for a core. */
const FILES_AT_A_TIME = 4;
/** They begin first: what takes long is not to be alone at the end. */
const LONGEST = [
  'test/fault/secretHygiene.test.ts', 'test/webview/searchAndZoom.test.ts', 'test/demo/demo.test.ts', 'test/unit/analysis/why.test.ts', 'test/unit/engine/backends/elasticsearch.test.ts',
  'test/unit/engine/backends/xray/spanSearch.test.ts',
];
/** The test files of the `folders` of all wanted steps are run by one Mocha: each step alone leaves a core idle at its end. */
const STEPS = [
  { name: 'typecheck', commands: [['tsc', ['-p', 'tsconfig.json']], ['tsc', ['-p', 'webview/tsconfig.json']], ['tsc', ['-p', 'test/webview/tsconfig.json']]] },
  { name: 'lint', commands: [['oxlint', ['--deny-warnings']]] },
  { name: 'build', commands: [['node', ['esbuild.mjs']]] },
  { name: 'fuzz', folders: ['test/fault', 'test/demo', 'test/fuzz'] },
  { name: 'webview', folders: ['test/webview'], browser: true },
  { name: 'unit', folders: ['test/unit'] },
  { name: 'editor', commands: [['node', ['test/editor/run.mjs']]], counts: true, browser: true },
];

/** By a file of options, as their names are more than a command line of Windows takes. */
function inOneMocha(steps) {
  const gone = LONGEST.find((file) => !existsSync(path.join(root, file)));
  if (gone !== undefined) throw new Error(`There is no ${gone}, which scripts/test.mjs would begin with.`);
  const files = steps.flatMap(({ folders }) => folders).flatMap((folder) => readdirSync(path.join(root, folder), { recursive: true }).filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`));
  const spec = [...LONGEST.filter((file) => files.includes(file)), ...files.filter((file) => !LONGEST.includes(file))];
  const options = path.join(scratch, 'mocha.json');
  writeFileSync(options, JSON.stringify({ ...JSON.parse(readFileSync(path.join(root, '.mocharc.json'), 'utf8')), reporter: 'scripts/countingReporter.cjs', parallel: true, jobs: FILES_AT_A_TIME, spec }));
  return { name: steps.map(({ name }) => name).join(', '), commands: [['mocha', ['--config', options]]], counts: true };
}

/** With the steps of test files as one, in place of the first of them. */
function merged(steps) {
  const ofFiles = steps.filter(({ folders }) => folders !== undefined);
  return steps.flatMap((step) => (step.folders === undefined ? [step] : step === ofFiles[0] ? [inOneMocha(ofFiles)] : []));
}

function execute([command, args], env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env, shell: process.platform === 'win32' });
    child.once('error', (error) => resolve(`${command} could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(code === 0 ? undefined : `${command} ended with ${signal ?? `exit code ${code}`}`));
  });
}

function takeCounts() {
  if (!existsSync(countsFile)) return { passed: 0, failed: 0, skipped: 0, any: false };
  const sum = { passed: 0, failed: 0, skipped: 0, any: true };
  for (const line of readFileSync(countsFile, 'utf8').trim().split('\n')) {
    const counts = JSON.parse(line);
    for (const key of ['passed', 'failed', 'skipped']) sum[key] += counts[key];
    failures.push(...(counts.failures ?? []));
  }
  rmSync(countsFile);
  return sum;
}

async function runStep(step, env) {
  const started = Date.now();
  console.log(`\n━━ ${step.name}`);
  let problem = (await Promise.all(step.commands.map((command) => execute(command, env)))).find((each) => each !== undefined);
  const counts = takeCounts();
  for (const key of ['passed', 'failed', 'skipped']) total[key] += counts[key];
  if (step.counts !== true) total[problem === undefined ? 'passed' : 'failed'] += 1;
  else if (problem !== undefined && counts.failed === 0) total.failed += 1;
  else if (!counts.any) {
    total.failed += 1;
    problem = 'it reported no counts';
  }
  if (problem !== undefined) failures.push(`${step.name}: ${problem}`);
  console.log(`━━ ${step.name}: ${problem ?? 'ok'} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

await ensureInstalled();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`There is no test step ${unknown.join(', ')}. Steps: ${STEPS.map((step) => step.name).join(', ')}.`);
  process.exit(2);
}
const steps = STEPS.filter((step) => wanted.length === 0 || wanted.includes(step.name));
const chromium = steps.some((step) => step.browser) ? await ensureChromium() : {};
// What Node compiled is kept: a command line that a test runs begins in a third of the time.
const compiled = process.env.NODE_COMPILE_CACHE ?? path.join(root, 'node_modules', '.cache', 'tracefall-compiled');
const env = projectEnv({ NODE_COMPILE_CACHE: compiled, TRACEFALL_COUNTS: countsFile, ...colours(), ...(chromium.executable === undefined ? {} : { TRACEFALL_CHROMIUM: chromium.executable }) });
try {
  const runnable = steps.filter(({ name, browser }) => {
    if (browser !== true || chromium.executable !== undefined) return true;
    notRun.push(`${name}: ${chromium.why}`);
    total.skipped += 1;
    return false;
  });
  for (const step of merged(runnable)) await runStep(step, env);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const line of notRun) console.log(`\n!!! NOT RUN !!! ${line}`);
if (total.skipped > 0) console.log(`\n!!! ${total.skipped} skipped${isCi ? ': under CI=true that fails' : ''} !!!`);
if (failures.length > 0) console.log(`\n━━ failed\n${failures.join('\n\n')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || (isCi && total.skipped > 0) ? 1 : 0;
