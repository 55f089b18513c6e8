// Every system and every way of signing in, from "Add Connection…" to the line of code, at one real workbench: the wizard asks what is missing and
// nothing else, the connection is tested and listed, its trace opens and leads to the source, and no secret is in any file.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ConnectionConfig } from '../../../src/protocol/connections.ts';
import { startClouds, type Clouds } from '../clouds.ts';
import { chatAt, CODE, SYSTEMS, type RunningSystem } from '../systems.ts';
import { SIGN_INS } from '../signIns.ts';
import { ThemeShots } from '../themeShots.ts';
import { eventually, rowsHave } from '../wait.ts';
import { addConnection } from '../wizard.ts';
import { startWorkbench, type Workbench } from '../workbench.ts';

const SETTING = 'tracefall.connections';
const LINES = 60;
/** Of these, pictures of every question are taken. */
const PICTURED: readonly string[] = ['Grafana Tempo through Grafana', 'AWS X-Ray at an endpoint of one’s own'];

describe('every system', function () {
  this.timeout(120_000);
  let workbench: Workbench;
  let clouds: Clouds;
  let shots: ThemeShots;
  const running: { close(): Promise<void> }[] = [];
  const secrets = new Set<string>();

  const settingsFile = (): string => path.join(workbench.scratch, 'server/data/Machine/settings.json');
  const settings = (): Record<string, unknown> => JSON.parse(readFileSync(settingsFile(), 'utf8')) as Record<string, unknown>;
  const saved = (): readonly ConnectionConfig[] => (settings()[SETTING] ?? []) as ConnectionConfig[];

  before(async () => {
    clouds = await startClouds();
    workbench = await startWorkbench({ env: clouds.env });
    shots = new ThemeShots(workbench);
    writeFileSync(path.join(workbench.folder, CODE), `${Array.from({ length: LINES }, (_, k) => `export const line${k + 1} = ${k + 1};`).join('\n')}\n`);
    await workbench.open();
    await workbench.user.showTraces();
    await eventually('the collector', () => workbench.user.welcome(), (text) => text.includes('No trace yet'), 60_000);
  });
  after(async () => {
    await workbench?.stop();
    for (const one of running) await one.close();
    await clouds?.close();
  });
  afterEach(async function () {
    const { user } = workbench;
    if (this.currentTest?.state === 'failed') {
      await user.screenshot(`systems-failed-${this.currentTest.title.replaceAll(/\W+/g, '-').slice(0, 30)}`);
      await user.press('Escape');
    }
    if ((await user.tabs()).length > 0) {
      await user.press('Control+k');
      await user.press('Control+w');
    }
    await eventually('no editor', () => user.tabs(), (tabs) => tabs.length === 0);
    writeFileSync(settingsFile(), JSON.stringify({ ...settings(), [SETTING]: [] }));
    await eventually('the tree without it', () => user.welcome(), (text) => text.includes('No trace yet'));
  });

  /** Through the wizard; answers when it is saved as expected. */
  async function added({ address, steps, saved: expected, secrets: its }: Pick<RunningSystem, 'address' | 'steps' | 'saved' | 'secrets'>, picture?: string): Promise<void> {
    for (const secret of its) secrets.add(secret);
    let page = 0;
    await addConnection(workbench.user, address, steps, async () => picture === undefined ? undefined : shots.take(`${picture}-${++page}`));
    await eventually('it is saved', saved, (all) => all.length === 1);
    const [{ id, ...rest }] = saved() as [ConnectionConfig];
    assert.match(id, /^[a-z0-9-]+$/);
    assert.deepEqual(rest, expected);
    const text = readFileSync(settingsFile(), 'utf8');
    for (const secret of its) assert.ok(!text.includes(secret), 'a secret is in the settings');
  }

  for (const [k, system] of SYSTEMS.entries()) {
    it(`${system.what}: from its address to the code`, async () => {
      const { user } = workbench;
      const line = k + 11;
      const chat = chatAt(`POST /chat${k}`, line);
      const one = await system.start(chat, clouds);
      running.push(one);
      await added(one, PICTURED.includes(system.what) ? `wizard-${one.saved.kind}` : undefined);

      const row = system.row ?? chat.name;
      await eventually('its trace', () => user.rows(), rowsHave(one.saved.name, row));
      await user.clickRow(row);
      const names = system.spans ?? [chat.name, 'chat_turn', 'retrieve'];
      const rows = await eventually('the waterfall', () => user.waterfallRows(), (shown) => shown.length === names.length);
      for (const [at, name] of names.entries()) assert.ok(rows[at]!.text.startsWith(name) && rows[at]!.level === at + 1, JSON.stringify(rows));
      await user.clickWaterfallRow(names.at(-1)!);
      await user.press('Enter');
      await eventually('the code', () => user.tabs(), (tabs) => tabs.some(({ label, active }) => active && label === path.basename(CODE)));
      await eventually('its line', () => user.statusBar(), (text) => text.includes(`Ln ${line}, `));
    });
  }

  for (const signIn of SIGN_INS) {
    it(`${signIn.what}: asked for, tested, and seen by the server`, async () => {
      const server = await signIn.start(clouds);
      running.push(server);
      await added(server);
      await eventually('its trace', () => workbench.user.rows(), rowsHave(server.saved.name, server.row));
      assert.deepEqual(server.strangers(), [], 'after it was signed in, nothing was asked without');
    });
  }

  it('no secret is in any file that the editor wrote', () => {
    const files = readdirSync(workbench.scratch, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
    assert.ok(files.includes(settingsFile()) && files.some((file) => file.includes('/History/')) && secrets.size > 5, files.join('\n'));
    for (const file of files) {
      const text = readFileSync(file, 'latin1');
      for (const secret of secrets) assert.ok(!text.includes(secret), `${JSON.stringify(secret)} is in ${file}`);
    }
  });

  it('the clouds were asked by their own addresses', () => {
    for (const host of ['xray.eu-central-1.amazonaws.com', 'oauth2.googleapis.com', 'cloudtrace.googleapis.com']) assert.ok(clouds.proxied.includes(`CONNECT ${host}:443`), host);
  });
});
