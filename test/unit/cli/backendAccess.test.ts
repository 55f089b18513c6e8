// Commands on servers: what they were told, checked before anything is asked; secrets come from the environment and are never said.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseCommand } from '../../../src/cli/arguments.ts';
import { credentialsOf, isRemote, traceIdGiven, windowOf } from '../../../src/cli/backendAccess.ts';
import { CliError } from '../../../src/cli/cliIo.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { jsonLines, runCli } from './runCli.ts';

const list = (...argv: readonly string[]): ReturnType<typeof parseCommand> => parseCommand(COMMANDS.list, argv);
const CANARY = 'canary-5f3a';

describe('cli/backendAccess', () => {
  it('a kind alone is a server too: clouds have their own address', () => {
    assert.deepEqual([isRemote(list()), isRemote(list('--backend', 'http://h')), isRemote(list('--kind', 'x'))], [false, true, true]);
  });

  it('ids of other systems are taken as they are, the store’s are hex', () => {
    assert.equal(traceIdGiven(COMMANDS.show, parseCommand(COMMANDS.show, ['my trace', '--backend', 'http://h'])), 'my trace');
    assert.throws(() => traceIdGiven(COMMANDS.show, parseCommand(COMMANDS.show, ['my trace'])), CliError);
  });

  for (const [text, ns] of [['30s', 30e9], ['15m', 900e9], ['6h', 21_600e9], ['7d', 604_800e9]] as const) {
    it(`--since ${text}`, () => {
      const window = windowOf(COMMANDS.list, list('--since', text), 1_000_000_000_000);
      assert.equal(10n ** 18n - window!.startNs, BigInt(ns));
      assert.ok(window!.endNs > 10n ** 18n);
    });
  }
  for (const text of ['1', 'h', '-1h', '1w', '1h30m', '1234567h']) {
    it(`--since ${text} is refused`, () => assert.throws(() => windowOf(COMMANDS.list, list(`--since=${text}`)), /--since wants a number and s, m, h or d/));
  }

  describe('credentials', () => {
    for (const [what, argv, env, auth, secrets] of [
      ['none', [], {}, { type: 'none' }, {}],
      ['a token', [], { TRACEFALL_TOKEN: 't' }, { type: 'bearer' }, { secret: 't' }],
      ['user and password', [], { TRACEFALL_USER: 'u', TRACEFALL_PASSWORD: 'p' }, { type: 'basic', user: 'u' }, { secret: 'p' }],
      ['headers', ['--header', 'X-A: 1', '--header=X-B:2'], {}, { type: 'headers', headerNames: ['X-A', 'X-B'] }, { headers: { 'X-A': '1', 'X-B': '2' } }],
      ['a cloud’s own', ['--auth', 'aws'], { TRACEFALL_TOKEN: 't' }, { type: 'aws' }, {}],
      ['none, where variables are empty', [], { TRACEFALL_TOKEN: '', TRACEFALL_USER: '' }, { type: 'none' }, {}],
      ['none, though there is a token', ['--auth', 'none'], { TRACEFALL_TOKEN: 't' }, { type: 'none' }, {}],
    ] as const) {
      it(what, () => assert.deepEqual(credentialsOf(COMMANDS.list, list(...argv), env), { auth, secrets }));
    }
    for (const [argv, env, says] of [
      [['--auth', 'bearer'], {}, /--auth bearer needs TRACEFALL_TOKEN in the environment/],
      [['--auth', 'basic'], { TRACEFALL_USER: 'u' }, /--auth basic needs TRACEFALL_USER and TRACEFALL_PASSWORD in the environment/],
      [[], { TRACEFALL_USER: 'u' }, /basic needs TRACEFALL_USER and TRACEFALL_PASSWORD/],
      [[], { TRACEFALL_PASSWORD: 'p' }, /basic needs TRACEFALL_USER and TRACEFALL_PASSWORD/],
    ] as const) {
      it(`${JSON.stringify([argv, env])} is half of it`, () => assert.throws(() => credentialsOf(COMMANDS.list, list(...argv), env), says));
    }
    it('an unknown kind of them, or a header without a name, is a sentence that says no value', () => {
      assert.throws(() => credentialsOf(COMMANDS.list, list('--auth', 'magic'), {}), /--auth is one of none, bearer/);
      assert.throws(() => credentialsOf(COMMANDS.list, list('--header', CANARY), {}), (error: Error) => /NAME: VALUE/.test(error.message) && !error.message.includes(CANARY));
    });
  });

  describe('the command line itself', () => {
    for (const [argv, code, says] of [
      [['list', '--backend', 'http://127.0.0.1:1', '--db', 'x'], 2, /--db or --backend, not both/],
      [['list', '--auth', 'bearer'], 2, /--auth goes with --backend/],
      [['show', 'abc', '--header', 'a: b'], 2, /--header goes with --backend/],
      [['why', 'abc', '--option', 'a=b'], 2, /--option goes with --backend/],
      [['list', '--kind', 'nosuch', '--backend', 'http://127.0.0.1:1'], 1, /no kind of connection "nosuch"/],
      [['list', '--backend', 'ftp://h'], 1, /no http or https address/],
      [['list', '--backend', `me:${CANARY}@ho st`], 1, /"ho st" is no http or https address/],
      [['serve', '--forward-to', `me:${CANARY}@ho st`], 2, /wants an http or https address, not "ho st"/],
      [['export', 'a', '--format', 'pdf', '--backend', 'http://127.0.0.1:1'], 2, /--format is otlp/],
      [['list', '--kind', 'jaeger', '--backend', '127.0.0.1:1'], 1, /Nothing answers at http:\/\/127\.0\.0\.1:1\//],
      [['list', '--kind', 'files'], 1, /names no folder or file; give it the path of one/],
      [['list', '--backend', './nosuch'], 1, /There is no .*nosuch/],
      [['list', '--backend', 'http://127.0.0.1:1'], 2, /what answers at http:\/\/127.0.0.1:1 is not known/],
    ] as const) {
      it(`tracefall ${argv.join(' ')}`, async () => {
        const result = await runCli(argv, { env: { TRACEFALL_TOKEN: CANARY } });
        assert.match(result.stderr, says);
        assert.equal(result.code, code);
        assert.ok(!result.stderr.includes(CANARY));
      });
    }
  });

  describe('trace files as a server, by paths as the caller meant them', () => {
    let folder: string;
    const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
    before(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'tf-cli-'));
      mkdirSync(path.join(folder, 'traces'));
      copyFileSync(new URL('../../fixtures/recorded/reference-trace.otlp.json', import.meta.url), path.join(folder, 'traces', 'one.json'));
    });
    after(() => rmSync(folder, { recursive: true }));

    for (const argv of [['--backend', 'traces'], ['--backend', './traces'], ['--backend', 'traces/one.json'], ['--backend', '.'], ['--kind', 'files', '--backend', 'traces']]) {
      it(`list ${argv.join(' ')}`, async () => {
        const result = await runCli(['list', ...argv, '--json'], { cwd: folder });
        assert.equal(result.stderr, '');
        assert.deepEqual(jsonLines<{ traceId: string }>(result).map(({ traceId }) => traceId), [TRACE]);
      });
    }

    it('an id may be written in capitals, and one that is not there is no trace that was', async () => {
      assert.match((await runCli(['show', TRACE.toUpperCase(), '--backend', 'traces'], { cwd: folder })).stdout, /^POST \/chat \(api-gateway\)\n/);
      const { code, stderr } = await runCli(['show', 'abc', '--backend', 'traces'], { cwd: folder });
      assert.equal(code, 1);
      assert.equal(stderr, `tracefall: There is no trace abc in ${path.join(realpathSync(folder), 'traces')}.\n`);
    });
  });
});
