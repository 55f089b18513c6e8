// Opening VS Code from `npm start`, against a stand-in that keeps its rules: it is a process group of its own, which outlives `code`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installDesktop } from '../../support/desktop/install.ts';

interface DesktopEditor {
  readonly ready: Promise<string | undefined>;
  readonly ended: Promise<string | undefined>;
  stop(): Promise<void>;
}

interface DesktopEditorScript {
  findDesktopEditor(): string | undefined;
  startDesktopEditor(options: { readonly code: string; readonly userDataDir: string; readonly extensionPath: string; readonly workspace: string; readonly patience?: { readonly startMs: number; readonly handedOverMs: number } }): DesktopEditor;
}

const ROOT = path.resolve(import.meta.dirname, '../../..');
const { findDesktopEditor, startDesktopEditor } = (await import(path.join(ROOT, 'scripts/desktopEditor.mjs'))) as DesktopEditorScript;

/** One that ended and that nobody asked for its exit code is gone too. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && (process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
  } catch {
    return false;
  }
}

describe('scripts/desktopEditor', function () {
  this.timeout(30_000);
  let dir: string;
  let code: string;
  let before: NodeJS.ProcessEnv;
  const editors: DesktopEditor[] = [];

  beforeEach(() => {
    before = { ...process.env };
    dir = mkdtempSync(path.join(os.tmpdir(), 'tracefall-desktop-'));
    ({ code } = installDesktop(path.join(dir, 'bin')));
    Object.assign(process.env, { DISPLAY: ':99', STAND_IN_WINDOW: 'none', PATH: [path.dirname(code), before['PATH']].join(path.delimiter) });
    delete process.env['VSCODE_IPC_HOOK_CLI'];
    delete process.env['WSL_DISTRO_NAME'];
  });

  afterEach(async () => {
    await Promise.all(editors.splice(0).map((editor) => editor.stop()));
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
    rmSync(dir, { recursive: true, force: true });
  });

  const userDataDir = (): string => path.join(dir, 'data of a user');
  const lock = (): string => path.join(userDataDir(), 'code.lock');

  function start({ extensionPath = ROOT, program = code, patience = { startMs: 20_000, handedOverMs: 20_000 } } = {}): DesktopEditor {
    const workspace = path.join(dir, 'work space');
    mkdirSync(workspace, { recursive: true });
    const editor = startDesktopEditor({ code: program, userDataDir: userDataDir(), extensionPath, workspace, patience });
    editors.push(editor);
    return editor;
  }

  async function started(): Promise<{ readonly editor: DesktopEditor; readonly pid: number }> {
    const editor = start();
    await editor.ready;
    assert.ok(existsSync(lock()), (await Promise.race([editor.ended, sleep(1)])) ?? 'it is not ready');
    return { editor, pid: Number(readFileSync(lock(), 'utf8')) };
  }

  it('is found on the PATH where there is a display', () => assert.equal(findDesktopEditor(), code));

  const NOT_FOUND: readonly (readonly [string, () => void])[] = [
    ['without a display', () => Object.assign(process.env, { DISPLAY: '', WAYLAND_DISPLAY: '' })],
    ['below WSL', () => Object.assign(process.env, { WSL_DISTRO_NAME: 'Debian' })],
    ['in a terminal of a remote window', () => Object.assign(process.env, { VSCODE_IPC_HOOK_CLI: '/run/vscode.sock' })],
    ['where code is a folder', () => {
      rmSync(code);
      mkdirSync(code);
      process.env['PATH'] = path.dirname(code);
    }],
  ];
  for (const [where, prepare] of NOT_FOUND) {
    it(`is not found ${where}`, function () {
      if (process.platform !== 'linux') this.skip();
      prepare();
      assert.equal(findDesktopEditor(), undefined);
    });
  }

  it('runs VS Code on its own data, and is ended with it', async () => {
    const { editor, pid } = await started();
    assert.ok(isAlive(pid));
    await editor.stop();
    assert.equal(isAlive(pid), false, 'VS Code outlived us');
    assert.equal(await editor.ended, undefined);
  });

  it('ends it also where it is asked before VS Code runs', async () => {
    const editor = start();
    await editor.stop();
    assert.equal(await editor.ended, undefined, 'it ran, and is gone');
    assert.equal(existsSync(lock()), false);
  });

  it('ends when VS Code does', async () => {
    const { editor, pid } = await started();
    process.kill(pid, 'SIGTERM');
    assert.equal(await editor.ended, undefined);
  });

  it('leaves an instance alone that it did not start, and says that there is one', async () => {
    const { editor, pid } = await started();
    const past = new Date(Date.now() - 60_000);
    utimesSync(lock(), past, past);
    const second = start({ patience: { startMs: 20_000, handedOverMs: 300 } });
    assert.match((await second.ended) ?? '', /^VS Code opened no window of its own\. Is one open already with .*data of a user\? Close it, or name another --profile; a window that comes later is to be closed by hand\.$/);
    await second.stop();
    assert.ok(isAlive(pid), 'the first is gone');
    await editor.stop();
    assert.equal(isAlive(pid), false);
  });

  it('does not take a process for VS Code that the lock of a crash names', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    try {
      mkdirSync(userDataDir(), { recursive: true });
      writeFileSync(lock(), String(other.pid));
      const past = new Date(Date.now() - 60_000);
      utimesSync(lock(), past, past);
      const editor = start();
      await editor.ready;
      const pid = Number(readFileSync(lock(), 'utf8'));
      assert.notEqual(pid, other.pid);
      await editor.stop();
      assert.deepEqual([isAlive(pid), isAlive(other.pid!)], [false, true]);
    } finally {
      other.kill();
    }
  });

  const FAILING: readonly (readonly [string, () => DesktopEditor, RegExp])[] = [
    ['VS Code does not come', () => start({ extensionPath: path.join(dir, 'nothing'), patience: { startMs: 300, handedOverMs: 20_000 } }), /^VS Code did not start within a minute\./],
    ['a program that cannot be run', () => start({ program: path.join(dir, 'no code') }), /^VS Code could not be started: /],
    ['a program that fails', () => {
      const failing = path.join(dir, 'failing');
      writeFileSync(failing, '#!/bin/sh\nexit 7\n', { mode: 0o755 });
      return start({ program: failing });
    }, /failing ended with exit code 7\.$/],
  ];
  for (const [what, begin, sentence] of FAILING) {
    it(`says why there is no window: ${what}`, async () => {
      const editor = begin();
      assert.match((await editor.ready) ?? '', sentence);
      assert.match((await editor.ended) ?? '', sentence);
    });
  }
});
