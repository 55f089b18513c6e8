// Headers that a program prints: real programs (this Node), what they print, how they fail; nothing of it in a sentence.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import type { WireRequest } from '../../../../src/engine/network/connectionClient.ts';
import { headersCommandAuthorizer, headersOf, type HeadersCommand } from '../../../../src/engine/network/headersCommand.ts';

const CANARY = 'canary-from-a-program';
const REQUEST: WireRequest = { method: 'GET', url: new URL('http://a.test'), headers: {}, timeoutMs: 1, maxBytes: 1 };
const signal = (): AbortSignal => new AbortController().signal;
const given = { command: ['get-token'], name: 'Team' };
const program = (script: string, ...args: readonly string[]): readonly string[] => [process.execPath, '-e', script, ...args];
const authorizer = (command: readonly string[], more: Partial<HeadersCommand> = {}): ReturnType<typeof headersCommandAuthorizer> => headersCommandAuthorizer({ command, name: 'Team', restricted: false, ...more });
const refused = (says: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof BackendError && error.kind === 'auth', String(error));
  assert.match(error.message, says);
  assert.match(error.message, /^The program ".*" for the headers of the connection "Team" .*\.$/);
  assert.ok(!error.message.includes(CANARY), error.message);
  return true;
};

describe('engine/network/headersCommand', () => {
  it('lines or one JSON object', () => {
    const table: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ['Authorization: Bearer a:b=\n', { authorization: 'Bearer a:b=' }],
      ['\uFEFFX-One:1\r\n\r\nX-Two:\t2 \r\n', { 'x-one': '1', 'x-two': '2' }],
      [' {"Authorization": "Bearer x", "X-Two": "2"}\n', { authorization: 'Bearer x', 'x-two': '2' }],
    ];
    for (const [output, headers] of table) assert.deepEqual(headersOf(output, given), headers);
  });

  it('what is no header is refused and not quoted', () => {
    const table: readonly (readonly [string, RegExp])[] = [
      ['', /printed no headers/],
      [CANARY, /printed no headers/],
      [`{"a": "${CANARY}"`, /printed no headers/],
      [`{"a": ["${CANARY}"]}`, /printed no headers/],
      [`["${CANARY}"]`, /printed no headers/],
      [`x y: ${CANARY}`, /printed no headers/],
      [`{"a b": "${CANARY}"}`, /no header;/],
      [`{"a": "${CANARY}\\nHost: x"}`, /no header;/],
      [`{"a": "${CANARY}☃"}`, /no header;/],
      [`Host: ${CANARY}`, /the header host, which is not for it to set/],
      [`Content-Length: ${CANARY}`, /the header content-length/],
      [`{"__proto__": "${CANARY}"}`, /__proto__, which is not/],
      [Array.from({ length: 40 }, (_, k) => `X-${k}: ${CANARY}`).join('\n'), /more than 32/],
    ];
    for (const [output, says] of table) assert.throws(() => headersOf(output, given), refused(says), output);
  });

  it('runs the program as it stands, without a shell, in the home folder, once for all', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tracefall-headers-'));
    const counter = join(folder, 'runs');
    try {
      await writeFile(counter, '');
      const asked = authorizer(program(`require('fs').appendFileSync(process.argv[1], 'x'); console.log(JSON.stringify({'X-Args': process.argv.slice(2).join('|'), 'X-Cwd': process.cwd()}))`, counter, '$HOME; echo "$(id)"', '`x`'));
      const [first, second] = await Promise.all([asked.headers(REQUEST, signal()), asked.headers(REQUEST, signal())]);
      assert.deepEqual(first, { 'x-args': '$HOME; echo "$(id)"|`x`', 'x-cwd': homedir() });
      assert.equal(second, first);
      assert.equal(await asked.headers(REQUEST, signal()), first);
      assert.equal(await readFile(counter, 'utf8'), 'x');
      assert.equal(await asked.refresh(signal(), { authorization: 'older' }), true);
      await asked.headers(REQUEST, signal());
      assert.equal(await readFile(counter, 'utf8'), 'x', 'others’ older headers were refused, not these');
      assert.equal(await asked.refresh(signal(), first), true);
      await asked.headers(REQUEST, signal());
      assert.equal(await readFile(counter, 'utf8'), 'xx', 'run again after a 401');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('programs that fail: why, and never what they said', async () => {
    const table: readonly (readonly [readonly string[], RegExp, number?])[] = [
      [program(`console.log('${CANARY}'); console.error('${CANARY}'); process.exit(3)`), /failed \(exit code 3\); run it in a terminal/],
      [program(`console.log('X: ${CANARY}'.repeat(20000))`), /printed more than 64 kB/],
      [program(`setInterval(() => console.log('${CANARY}'), 50)`), /took longer than 0\.3 s/, 300],
      [['/no/such/program'], /was not found/],
      [['no-such-program-anywhere'], /was not found/],
      [['./script.sh'], /relative path/],
      [[fileURLToPath(import.meta.url)], /may not be run/],
      [[], /names no program/],
    ];
    for (const [command, says, timeoutMs] of table) await assert.rejects(authorizer(command, timeoutMs === undefined ? {} : { timeoutMs }).headers(REQUEST, signal()), refused(says), command.join(' '));
  });

  it('is never run in Restricted Mode', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tracefall-headers-'));
    const trace = join(folder, 'ran');
    try {
      await assert.rejects(authorizer(program(`require('fs').writeFileSync(process.argv[1], ''); console.log('X: 1')`, trace), { restricted: true }).headers(REQUEST, signal()), refused(/not run while the workspace is not trusted/));
      await assert.rejects(readFile(trace), { code: 'ENOENT' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('cancelled at once; the program ends with the last who waits, and the next runs it anew', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tracefall-headers-'));
    const file = join(folder, 'runs');
    try {
      await writeFile(file, '');
      const asked = authorizer(program(`const fs = require('fs'); fs.appendFileSync(process.argv[1], process.pid + '\\n'); if (fs.readFileSync(process.argv[1], 'utf8').split('\\n').length > 2) console.log('X: 1'); else setInterval(() => {}, 1000)`, file));
      const [one, two] = [new AbortController(), new AbortController()];
      const waiting = [asked.headers(REQUEST, one.signal), asked.headers(REQUEST, two.signal)].map((running) => running.then(() => 'answered', (error: unknown) => (error instanceof BackendError ? error.kind : String(error))));
      for (let k = 0; k < 200 && (await readFile(file, 'utf8')) === ''; k++) await new Promise((resolve) => setTimeout(resolve, 10));
      const pid = Number((await readFile(file, 'utf8')).trim());
      one.abort();
      assert.equal(await waiting[0], 'aborted');
      process.kill(pid, 0);
      const from = performance.now();
      two.abort();
      assert.equal(await waiting[1], 'aborted');
      assert.ok(performance.now() - from < 100);
      let alive = true;
      for (let k = 0; k < 200 && alive; k++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        try {
          process.kill(pid, 0);
        } catch (error) {
          assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
          alive = false;
        }
      }
      assert.equal(alive, false, 'the program still runs');
      assert.deepEqual(await asked.headers(REQUEST, signal()), { x: '1' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
