// `npm run bench`: prints every figure of the issue with its target and, where there is one, the peer in the same run.
// Not a test: it gates nothing. `npm run bench -- decode ingest` runs only the named ones.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { ensureChromium } from '../../scripts/chromium.mjs';
import { ensureInstalled, projectEnv, root, run } from '../../scripts/install.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
await ensureInstalled();
const names = readdirSync(here).filter((file) => /\.bench\.(ts|mjs)$/.test(file)).sort();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !names.some((file) => file.startsWith(`${name}.bench.`)));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${names.map((file) => file.split('.')[0]).join(', ')}.`);
  process.exit(2);
}
await run('node', ['esbuild.mjs'], { env: projectEnv() });
const chromium = await ensureChromium();
const env = projectEnv(chromium.executable === undefined ? {} : { TRACEFALL_CHROMIUM: chromium.executable });
for (const file of names.filter((name) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(`${prefix}.bench.`)))) {
  console.log(`\n━━ ${file}`);
  await new Promise((resolve) => {
    const child = spawn('node', ['--expose-gc', `${here}${file}`], { cwd: root, env, stdio: 'inherit' });
    child.once('exit', (code) => {
      if (code !== 0) process.exitCode = 1;
      resolve();
    });
  });
}
