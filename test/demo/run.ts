// Runs the support chat: every service a process of its own, restarted when its source changes, and people who ask things.
// node test/demo/run.ts (OTEL_EXPORTER_OTLP_ENDPOINT says where the spans go; default http://127.0.0.1:4318)
//   --conversations N   stop after N conversations   --interval MS   time between two (default 700)
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { watch } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TIME_SCALE } from './lib/pace.ts';
import { conversations, SEED } from './traffic.ts';

const SERVICES = ['queue', 'auth', 'cache', 'preprocessor', 'retriever', 'llm', 'postprocessor', 'analytics', 'gateway'];
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const { values } = parseArgs({ options: { conversations: { type: 'string' }, interval: { type: 'string' }, seed: { type: 'string' } } });
const limit = Number(values.conversations ?? Infinity);
const intervalMs = Number(values.interval ?? 700);

const running = new Map<string, ChildProcess>();
let stopping = false;

/** None that the system gives to outgoing connections: one of those could take it before its service listens. */
async function freePort(taken: readonly number[]): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    if (taken.includes(port)) continue;
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer().once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

function startService(name: string, ports: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', ...process.env, DEMO_PORTS: ports };
    const child = fork(here(`services/${name}.ts`), [], { env, execArgv: ['--enable-source-maps', '--disable-warning=ExperimentalWarning'] });
    running.set(name, child);
    child.once('message', () => resolve());
    child.once('exit', (code) => {
      if (running.get(name) === child) running.delete(name);
      reject(new Error(`${name} ended before it was ready (exit code ${code}).`));
    });
  });
}

function stopService(name: string): Promise<void> {
  const child = running.get(name);
  if (child === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const hard = setTimeout(() => child.kill('SIGKILL'), 3000);
    child.once('exit', () => {
      clearTimeout(hard);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** A saved file restarts the service it belongs to: the fix is live in the next conversation. */
function restartOnChange(ports: string): void {
  let pending = Promise.resolve();
  const due = new Map<string, NodeJS.Timeout>();
  watch(here('services'), (_, file) => {
    const name = (file ?? '').replace(/\.ts$/, '');
    if (!SERVICES.includes(name)) return;
    clearTimeout(due.get(name));
    due.set(name, setTimeout(() => {
      pending = pending
        .then(() => stopService(name))
        .then(() => startService(name, ports))
        .then(() => console.log(`${name} was changed and restarted`), (error: Error) => console.error(`${error.message} Save a working version to try again.`));
    }, 150));
  });
}

/** A few conversations whose trace context says "not sampled": cold processes are no story of anybody's. */
async function warmUp(gateway: string): Promise<void> {
  for (let n = 0; n < 12; n++) {
    const id = randomBytes(24).toString('hex');
    const body = JSON.stringify({ conversation: `warm-up-${n}`, message: `What about shipping? (warm-up ${n})`, token: 'token-0000' });
    await fetch(`${gateway}/chat`, { method: 'POST', headers: { traceparent: `00-${id.slice(0, 32)}-${id.slice(32)}-00` }, body }).then((response) => response.text());
  }
}

async function talk(gateway: string): Promise<void> {
  let n = 0;
  const inFlight = new Set<Promise<unknown>>();
  for (const message of conversations(Number(values.seed ?? SEED))) {
    if (stopping || n >= limit) break;
    n++;
    const body = JSON.stringify({ conversation: `c-${n}`, message, token: `token-${1000 + (n % 37)}` });
    const conversation = fetch(`${gateway}/chat`, { method: 'POST', body })
      .then((response) => response.text())
      .catch((error: Error) => {
        if (!stopping) console.error(`conversation ${n} was not answered: ${error.message}`);
      });
    inFlight.add(conversation);
    void conversation.finally(() => inFlight.delete(conversation));
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
  await Promise.all(inFlight);
}

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  // Who waits for the queue goes before the queue.
  await stopService('analytics');
  await Promise.all(SERVICES.map(stopService));
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(0));
const ports: Record<string, number> = {};
for (const name of SERVICES) ports[name] = await freePort(Object.values(ports));
try {
  // The queue first: its consumer asks it at once.
  for (const group of [SERVICES.slice(0, 1), SERVICES.slice(1)]) await Promise.all(group.map((name) => startService(name, JSON.stringify(ports))));
  await warmUp(`http://127.0.0.1:${ports['gateway']}`);
} catch (error) {
  console.error((error as Error).message);
  await stop(1);
}
restartOnChange(JSON.stringify(ports));
console.log(`Support chat: ${SERVICES.length - 1} services and a queue; times are those of real life divided by ${TIME_SCALE}. The first slow conversation comes after 25 normal ones.`);
await talk(`http://127.0.0.1:${ports['gateway']}`);
// The asynchronous step trails behind, and exporters batch for 200 ms.
await new Promise((resolve) => setTimeout(resolve, 1000));
await stop(0);
