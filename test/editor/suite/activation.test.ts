// Activation: by need only, quick, and without an engine until the view is seen.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { endpoint, eventually, EXTENSION_ID, figure, report, user, workers } from './world.ts';

/** The window has settled: other extensions no longer start on this thread. */
async function quiet(): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (let calm = 0; calm < 20 && performance.now() < deadline; ) {
    const before = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 50));
    calm = performance.now() - before < 65 ? calm + 1 : 0;
  }
}

describe('activation', () => {
  const extension = vscode.extensions.getExtension(EXTENSION_ID);

  it('does not happen at editor start', () => {
    assert.ok(extension, 'the extension is installed');
    assert.equal(extension.isActive, false);
  });

  it('takes 25 ms at most, with an entry of 150 kB at most, and starts no thread', async () => {
    const before = workers.length;
    await quiet();
    const [started, cpu] = [performance.now(), process.cpuUsage()];
    await extension!.activate();
    const ms = performance.now() - started;
    const { user: ownCpu } = process.cpuUsage(cpu);
    await report({ kind: 'figure', title: `activation, CPU of the whole extension host meanwhile: ${(ownCpu / 1000).toFixed(1)} ms` });
    const bytes = statSync(path.join(extension!.extensionPath, 'dist/extension.cjs')).size;
    await report({ kind: 'figure', title: `entry bundle: ${(bytes / 1024).toFixed(0)} kB (budget 150 kB)` });
    assert.ok(bytes <= 150 * 1024);
    assert.equal(workers.length, before);
    await figure('activation', ms, 25);
  });

  it('registers every command of the manifest', async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const { contributes } = extension!.packageJSON as { contributes: { commands: { command: string }[] } };
    assert.deepEqual(contributes.commands.filter(({ command }) => !registered.has(command)), []);
  });

  it('starts the collector when the view is first seen, and says where it listens', async () => {
    await user.showTraces();
    await eventually('the welcome text', () => user.welcome(), (text) => text.includes('No trace yet'));
    await eventually('the endpoint in the status bar', () => user.statusBar(), (text) => text.includes(endpoint().slice('http://'.length)));
    assert.ok(workers.length > 0);
    await user.screenshot('tree-empty');
  });

  it('copies the endpoint as a variable', async () => {
    await user.welcomeButton('Copy OTEL_');
    await eventually('the clipboard', () => vscode.env.clipboard.readText(), (text) => text === `OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint()}`);
  });
});
