// Servers of the live tests end with whoever started them: at stop, with all they started, and when the starter is killed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../support/ports.ts';
import { runToEnd, startProcess } from '../../live/servers/processes.ts';
import { temporaryDirectory, until } from '../../support/collectorFixture.ts';

const MODULE = fileURLToPath(new URL('../../live/servers/processes.ts', import.meta.url));
const signal = (): AbortSignal => AbortSignal.timeout(5_000);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // What was killed and is not yet waited for is still there by name.
  return process.platform !== 'linux' || !/^State:\s+Z/m.test(existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : 'State: Z');
}

(process.platform === 'win32' ? describe.skip : describe)('processes of live servers', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  const logFile = (): string => join(directory.path, 'log');
  const grandchild = (): Promise<number> => until('it wrote the pid', () => existsSync(join(directory.path, 'pid')) && readFileSync(join(directory.path, 'pid'), 'utf8').trim() !== '').then(() => Number(readFileSync(join(directory.path, 'pid'), 'utf8')));

  beforeEach(async () => (directory = await temporaryDirectory()));
  afterEach(() => directory.remove());

  it('kills the whole group at stop', async () => {
    const server = startProcess('sh', ['-c', `sleep 60 & echo $! > ${directory.path}/pid; wait`], { name: 'Test', logFile: logFile() });
    const pid = await grandchild();
    await server.stop();
    await until('both are gone', () => !isAlive(server.pid) && !isAlive(pid));
  });

  it('kills what does not hear SIGTERM', async () => {
    const server = startProcess('sh', ['-c', `trap '' TERM; echo $$ > ${directory.path}/pid; while :; do sleep 1; done`], { name: 'Test', logFile: logFile(), graceMs: 200 });
    await grandchild();
    await server.stop();
    assert.equal(isAlive(server.pid), false);
  });

  it('kills it when the starter is killed', async () => {
    const script = `import { startProcess } from ${JSON.stringify(MODULE)}; startProcess('sh', ['-c', 'echo $$ > ${directory.path}/pid; sleep 60'], { name: 'Test', logFile: '${logFile()}' }); setInterval(() => undefined, 1000);`;
    const starter = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    const pid = await grandchild();
    assert.equal(isAlive(pid), true);
    starter.kill('SIGKILL');
    await until('the server is gone too', () => !isAlive(pid));
  });

  it('is ready when the question says so', async () => {
    let asked = 0;
    const server = startProcess('sleep', ['60'], { name: 'Test', logFile: logFile() });
    await server.ready(() => Promise.resolve(++asked === 2), 5_000, signal());
    assert.equal(isAlive(server.pid), true);
    await server.stop();
  });

  for (const { what, command, args, timeoutMs, message } of [
    { what: 'ends before it is ready', command: 'sh', args: ['-c', 'echo no license >&2; exit 3'], timeoutMs: 5_000, message: /^Test ended with exit code 3\. It last said:\nno license$/ },
    { what: 'is not ready in time', command: 'sleep', args: ['60'], timeoutMs: 50, message: /^Test was not ready within 0\.05 s/ },
    { what: 'is not there', command: 'no-such-command-of-ours', args: [], timeoutMs: 5_000, message: /^Test ended with exit code 127\. It last said:\n.*no-such-command-of-ours.*not found/ },
  ]) {
    it(`says why when it ${what}, and leaves nothing running`, async () => {
      const server = startProcess(command, args, { name: 'Test', logFile: logFile() });
      await assert.rejects(server.ready(() => Promise.resolve(false), timeoutMs, signal()), { message });
      if (server.pid > 0) assert.equal(isAlive(server.pid), false);
    });
  }

  it('runs a command to its end, or says what it said', async () => {
    assert.equal(await runToEnd('sh', ['-c', 'echo yes'], { signal: signal() }), 'yes\n');
    await assert.rejects(runToEnd('sh', ['-c', 'echo wrong >&2; exit 2'], { signal: signal() }), /ended with exit code 2:\nwrong/);
    const started = performance.now();
    await assert.rejects(runToEnd('sleep', ['60'], { signal: AbortSignal.timeout(50) }), /SIGKILL/);
    assert.ok(performance.now() - started < 5_000);
  });

  it('finds ports that differ, none of which an outgoing connection may take meanwhile', async () => {
    const ports = await freePorts(8);
    assert.equal(new Set(ports).size, 8);
    assert.ok(ports.every((port) => port >= 20_000 && port < 30_000), ports.join());
  });
});
