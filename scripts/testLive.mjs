// `npm run test:live`: the contract with every real server that this machine can have (go, java, python3), installed once into a cache
// outside the clone. Ends with `N passed, N failed, N skipped`. `npm run test:live -- jaeger zipkin` runs only the named ones.
import { spawn } from 'node:child_process';
import { colours, ensureInstalled, projectEnv, projectNode, root } from './install.mjs';

await ensureInstalled();
const child = spawn(projectNode(), ['test/live/run.ts', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit', env: projectEnv(colours()) });
// A terminal's Ctrl-C reaches the child by itself; it stops its servers, and we wait for it.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('error', (error) => {
  console.error(`The live tests could not be started: ${error.message}`);
  process.exitCode = 1;
});
child.once('exit', (code) => (process.exitCode = code ?? 1));
