// A team's tracing system, from its address to the line of code: the wizard finds out what it is, the tree lists it when it is opened, the
// trace opens as a waterfall and leads to the source. What is saved holds no secret, and nobody is asked unasked, least of all what costs.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { listening } from '../../support/listening.ts';
import { startSearchedAws, type SearchedAws } from '../searchedAws.ts';
import { ThemeShots } from '../themeShots.ts';
import { again, eventually, rowsHave } from '../wait.ts';
import { startWorkbench } from '../workbench.ts';
import type { Workbench } from '../workbench.ts';
import { startZipkinStub } from '../zipkinStub.ts';
import type { ZipkinStub } from '../zipkinStub.ts';

/** As the stub has it. */
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TOKEN = 't0p-s3cret-token';

describe('a connection', function () {
  this.timeout(240_000);
  let workbench: Workbench;
  let open: ZipkinStub;
  let locked: ZipkinStub;
  let aws: SearchedAws;

  const settingsFile = (): string => path.join(workbench.scratch, 'server/data/Machine/settings.json');
  const saved = (): { id: string; name: string; kind: string; url: string }[] => (JSON.parse(readFileSync(settingsFile(), 'utf8')) as { 'tracefall.connections'?: never[] })['tracefall.connections'] ?? [];
  const hostOf = ({ url }: ZipkinStub): string => url.slice('http://'.length);
  const title = (text: string): Promise<string> => eventually(`the question "${text}"`, () => workbench.user.quickInputTitle(), (shown) => shown.includes(text), 30_000);
  const shots = (name: string): Promise<void> => new ThemeShots(workbench).take(name);

  before(async () => {
    [open, locked] = [await startZipkinStub(), await startZipkinStub()];
    locked.token = TOKEN;
    aws = await startSearchedAws();
    workbench = await startWorkbench({ env: aws.env });
    mkdirSync(path.join(workbench.folder, 'orchestrator'));
    writeFileSync(path.join(workbench.folder, 'orchestrator/turn.py'), `${Array.from({ length: 60 }, (_, n) => (n === 40 ? 'def run_turn(question):' : `# line ${n + 1}`)).join('\n')}\n`);
    await workbench.open();
    await workbench.user.showTraces();
    await eventually('the collector', () => workbench.user.welcome(), (text) => text.includes('No trace yet'), 60_000);
  });
  after(async () => {
    await workbench?.stop();
    await open?.close();
    await locked?.close();
    await aws?.close();
  });

  it('an empty view has a link that opens a trace file; VS Code lets nothing be dropped on it', async () => {
    const { user, folder } = workbench;
    const file = path.join(folder, 'kept.json');
    const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'GET /kept', startTimeUnixNano: '1795221079000000000', endTimeUnixNano: '1795221079500000000' };
    writeFileSync(file, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
    await user.dropOnWelcome(file);
    await workbench.page.waitForTimeout(1_500);
    assert.deepEqual(await user.tabs(), [], 'were it to open, the README and the link would say too little');
    await user.welcomeLink('open a trace file');
    await title('Open trace file');
    await user.answerFileDialog(file);
    await eventually('its rows', () => user.waterfallRows(), (rows) => rows.length === 1 && rows[0]!.text.includes('GET /kept'));
    await user.command('View: Close All Editors');
    await eventually('no tab', () => user.tabs(), (tabs) => tabs.length === 0);
  });

  it('is added by its address alone, where nothing else is to be known', async () => {
    const { user } = workbench;
    await user.welcomeButton('Add a Connection');
    await title('Add a connection');
    await eventually('the kinds', () => user.quickPickRows(), rowsHave('Zipkin'));
    await shots('wizard-first');
    await user.answer(hostOf(open));
    await title('Name of the connection');
    await user.answer('Team Zipkin');
    const rows = await eventually('its trace', () => user.rows(), rowsHave(`Team Zipkin | ${hostOf(open)}`, 'post /chat | api-gateway', 'Erroring | 1'), 30_000);
    assert.ok(rows[0]!.startsWith('Collector |'), rows.join('\n'));
    assert.deepEqual(saved().map(({ id, ...rest }) => (assert.match(id, /^[a-z0-9-]+$/), rest)), [{ kind: 'zipkin', name: 'Team Zipkin', url: open.url }]);
    assert.match(await user.statusBar(), /Team Zipkin/);
    await shots('connection-tree');
  });

  it('leads from its trace to the code', async () => {
    const { user } = workbench;
    await user.doubleClickRow('post /chat');
    await eventually('the waterfall', () => user.waterfallRows(), (rows) => rows.length >= 10, 60_000);
    await user.clickWaterfallRow('chat_turn');
    await user.press('Enter');
    await eventually('the code', () => user.tabs(), (tabs) => tabs.some(({ label }) => label === 'turn.py'), 30_000);
    await user.screenshot('connection-code');
  });

  it('has a trace opened by the address of its page', async () => {
    const { user } = workbench;
    await user.command('View: Close All Editors');
    await user.commandAsks('Open Trace by Id');
    await eventually('the connections', () => user.quickPickRows(), rowsHave('Team Zipkin'));
    await user.answer('Team Zipkin');
    await title('Open a trace by its id');
    await eventually('the box for the id', () => user.quickPickRows(), (rows) => rows.length === 0);
    await user.answer(`${open.url}/zipkin/traces/${TRACE}`);
    await eventually('the waterfall', () => user.waterfallRows(), (rows) => rows.some(({ text }) => text.includes('chat_turn')), 60_000);
  });

  it('is added by the page of a trace, which opens then', async () => {
    const { user } = workbench;
    const before = readFileSync(settingsFile(), 'utf8');
    await user.command('View: Close All Editors');
    await user.commandAsks('Add Connection');
    await title('Add a connection');
    await user.answer(`${open.url}/zipkin/traces/${TRACE}`);
    await title('Name of the connection');
    await user.answer('By a Page');
    await eventually('the waterfall', () => user.waterfallRows(), (rows) => rows.some(({ text }) => text.includes('chat_turn')), 60_000);
    assert.deepEqual(saved().map(({ name, url }) => [name, url]), [['Team Zipkin', open.url], ['By a Page', `${open.url}/zipkin`]]);
    writeFileSync(settingsFile(), before);
    await eventually('it is gone again', () => user.rows(), (rows) => !rowsHave('By a Page')(rows));
  });

  it('is asked for nothing before somebody opens it in the tree', async () => {
    const { user } = workbench;
    await user.command('View: Close All Editors');
    open.asked.length = 0;
    await user.command('Developer: Reload Window');
    await workbench.page.locator('.monaco-workbench .activitybar').waitFor({ timeout: 90_000 });
    await user.showTraces();
    await eventually('its row', () => user.rows(), rowsHave('Team Zipkin'), 60_000);
    await workbench.page.waitForTimeout(1500);
    assert.equal(open.asked.length, 0);
    await user.clickRow('Team Zipkin');
    await eventually('its trace', () => user.rows(), rowsHave('post /chat'), 30_000);
    assert.ok(open.asked.length > 0 && open.asked.length <= 6, open.asked.map((one) => one.path).join('\n'));
  });

  it('its services can be picked by the keyboard, though another connection never answers, which is named', async () => {
    const { user } = workbench;
    const silent = createServer(() => undefined);
    const { url, close } = await listening(silent);
    const before = readFileSync(settingsFile(), 'utf8');
    writeFileSync(settingsFile(), JSON.stringify({ ...(JSON.parse(before) as object), 'tracefall.connections': [...saved(), { id: 'silent', kind: 'zipkin', name: 'Silent', url }] }));
    try {
      await eventually('the other connection', () => user.rows(), rowsHave('Silent'));
      await user.toggleRow('Silent');
      const names = await again(async () => {
        await user.commandAsks('Filter Traces');
        await eventually('the menu', () => user.quickPickActive(), (row) => row.includes('Service'), 5_000);
        await user.press('Enter');
        return eventually('the services', () => user.quickPickRows(), rowsHave('orchestrator'), 12_000);
      }, () => user.press('Escape'));
      assert.match(names[0]!, /^Any\s*Without Silent: no answer$/);
      for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await user.press(key);
      await eventually('the menu again', () => user.quickPickRows(), rowsHave('Minimum duration', 'api-gateway'));
      await user.press('Escape');
      await eventually('what is filtered by', () => user.viewMessage(), (text) => text.includes('api-gateway'));
      await user.command('Clear the Filter');
      await eventually('no filter', () => user.viewMessage(), (text) => !text.includes('api-gateway'));
    } finally {
      writeFileSync(settingsFile(), before);
      silent.closeAllConnections();
      await close();
    }
    await eventually('it is gone again', () => user.rows(), (rows) => !rowsHave('Silent')(rows));
  });

  it('is refreshed by its button, and only then', async () => {
    const { user } = workbench;
    const before = open.asked.length;
    await workbench.page.waitForTimeout(6000);
    assert.equal(open.asked.length, before);
    await user.rowAction('Team Zipkin', 'Refresh This Connection');
    await eventually('it was asked', () => open.asked.length, (count) => count > before);
  });

  it('is not refreshed while it is closed', async () => {
    const { user } = workbench;
    await user.toggleRow('Team Zipkin');
    await eventually('no rows of it', () => user.rows(), (rows) => !rowsHave('post /chat')(rows));
    const before = open.asked.length;
    await user.viewAction('Refresh');
    await workbench.page.waitForTimeout(1000);
    assert.equal(open.asked.length, before);
    await user.toggleRow('Team Zipkin');
    await eventually('its trace again', () => user.rows(), rowsHave('post /chat'), 30_000);
  });

  it('shows which service calls which, and filters by the one that is picked', async () => {
    const { user } = workbench;
    open.asked.length = 0;
    await user.contextMenuAsks('Team Zipkin', 'Show Service Dependencies');
    await title('Which service calls which · Team Zipkin, the last 24 hours');
    await eventually('the pairs', () => user.quickPickRows(), rowsHave('api-gateway → auth', '1 call'));
    await shots('connection-dependencies');
    await user.quickPick('api-gateway → orchestrator');
    await eventually('the filter', () => open.asked.map((one) => one.path), (asked) => asked.some((one) => one.includes('/api/v2/traces') && one.includes('serviceName=orchestrator')), 30_000);
    await eventually('its row says so', () => user.rows(), rowsHave('filtered'));
    await user.command('Tracefall: Clear the Filter');
    await eventually('it is gone', () => user.rows(), (rows) => !rowsHave('filtered')(rows));
  });

  it('with a token is added step by step, tested, and the token is in no settings', async () => {
    const { user } = workbench;
    await user.commandAsks('Tracefall: Add Connection…');
    await title('Add a connection');
    await user.answer(hostOf(locked));
    await title('Which system is it?');
    await shots('wizard-kind');
    await user.quickPick('Zipkin');
    await title('Address of Zipkin');
    await user.press('Enter');
    await title('Sign in to Zipkin');
    await user.quickPick('Bearer token');
    await title('Bearer token');
    await user.answer('wrong');
    await title('does not work yet');
    await shots('wizard-failed');
    await user.quickPick('Sign in differently');
    await title('Sign in to Zipkin');
    await user.quickPick('Bearer token');
    await title('Bearer token');
    await user.answer(TOKEN);
    await title('Name of the connection');
    await user.answer('Locked');
    await eventually('its traces', () => user.rows(), rowsHave(`Locked | ${hostOf(locked)}`), 30_000);
    // Given up while they are loaded, they would be asked for again.
    await eventually('its rows', () => user.rows(), (rows) => rowsHave('post /chat')(rows.slice(rows.findIndex((row) => row.startsWith('Locked |')))), 30_000);
    await eventually('it is saved', () => saved().map(({ name }) => name), (names) => names.join() === 'Team Zipkin,Locked');
    await eventually('the token came along', () => locked.asked.filter(({ path: asked, authorization }) => asked.startsWith('/api/v2/traces') && authorization === `Bearer ${TOKEN}`).length, (count) => count > 0, 30_000);
    assert.doesNotMatch(readFileSync(settingsFile(), 'utf8'), new RegExp(TOKEN));
    assert.ok(open.asked.every(({ authorization }) => authorization === undefined), 'nobody else was told');
    await shots('connection-two');
  });

  it('says why where its token is no longer good, and the other goes on', async () => {
    const { user } = workbench;
    locked.token = 'another';
    await user.rowAction('Locked', 'Refresh This Connection');
    await eventually('the reason', () => user.rows(), rowsHave('Locked | ', 'failing', 'could not be loaded'), 30_000);
    assert.match(await user.statusBar(), /Locked: failing/);
    await shots('connection-failing');
    assert.ok(rowsHave('post /chat')(await user.rows()));
  });

  it('has no token for another address, whoever changed it', async () => {
    const attacker = await startZipkinStub();
    try {
      const settings = JSON.parse(readFileSync(settingsFile(), 'utf8')) as { 'tracefall.connections': { name: string; url: string }[] };
      for (const one of settings['tracefall.connections']) if (one.name === 'Locked') one.url = attacker.url;
      writeFileSync(settingsFile(), JSON.stringify(settings));
      await eventually('the new address', () => workbench.user.rows(), rowsHave(`Locked | ${hostOf(attacker)}`), 30_000);
      await eventually('the reason', () => workbench.user.rows(), rowsHave('is not known on this machine'), 30_000);
      assert.deepEqual(attacker.asked, [], 'without its token there is nothing to ask');
    } finally {
      await attacker.close();
    }
  });

  it('moves up, gets a colour, and is removed', async () => {
    const { user } = workbench;
    await user.contextMenu('Locked', 'Move Connection Up');
    await eventually('the order', () => saved().map(({ name }) => name), (names) => names.join() === 'Locked,Team Zipkin');
    await user.contextMenuAsks('Locked', 'Colour of the Connection');
    await user.quickPick('Blue');
    await eventually('the colour', () => readFileSync(settingsFile(), 'utf8'), (text) => text.includes('charts.blue'));
    await user.contextMenuAsks('Locked', 'Remove Connection');
    await eventually('the question', () => user.dialogText(), (text) => text.includes('Remove the connection "Locked"?'));
    await user.dialogButton('Remove');
    await eventually('it is gone', () => user.rows(), (rows) => !rows.some((row) => row.includes('Locked')));
  });

  it('that is written wrong is named, and costs no other', async () => {
    const { user } = workbench;
    const settings = JSON.parse(readFileSync(settingsFile(), 'utf8')) as { 'tracefall.connections': unknown[] };
    settings['tracefall.connections'].unshift({ id: 'bad', kind: 'zipkin', name: 'Bad', url: 'file:///etc/passwd' });
    writeFileSync(settingsFile(), JSON.stringify(settings));
    const rows = await eventually('the problem', () => user.rows(), rowsHave('is not used'), 30_000);
    assert.ok(rowsHave('Team Zipkin', 'tracefall.connections[0] (Bad) is not used: "url" must be an http or https address.')(rows), rows.join('\n'));
    await shots('connection-bad');
  });

  // Offered where spans are kept in logs; runs for the time that is picked, and only then.
  describe('with a search that costs', () => {
    before(() => {
      const settings = JSON.parse(readFileSync(settingsFile(), 'utf8')) as Record<string, unknown>;
      writeFileSync(settingsFile(), JSON.stringify({ ...settings, 'tracefall.connections': [aws.connection] }));
    });

    it('is offered below the lists, with its price', async () => {
      const { user } = workbench;
      await eventually('the connection', () => user.rows(), rowsHave('Production'), 60_000);
      await user.clickRow('Production');
      await eventually('its list and the search', () => user.rows(), rowsHave('GET /cart | api', 'the list holds 1 % of the traces', 'Search all spans in aws/spans… | about $0.005 per GB'), 60_000);
      assert.deepEqual(aws.fake.logs.asked, []);
      await user.screenshot('deep-offered');
    });

    it('asks for which time first; Escape searches nothing', async () => {
      const { user } = workbench;
      await user.clickRowAsks('Search all spans');
      await eventually('the question', () => user.quickInputTitle(), (title) => title.includes('Search all spans in aws/spans · Production · about $0.005 per GB scanned'));
      await eventually('the times', () => user.quickPickRows(), rowsHave('The last 15 minutes', 'The last 24 hours'));
      await user.screenshot('deep-question');
      await user.press('Escape');
      await workbench.page.waitForTimeout(1000);
      assert.deepEqual(aws.fake.logs.asked, []);
    });

    it('finds what no list shows, says what it scanned, and its row opens', async () => {
      const { user } = workbench;
      await user.clickRowAsks('Search all spans');
      await eventually('the question', () => user.quickInputTitle(), (title) => title.includes('Search all spans'));
      await user.quickPick('The last hour');
      await eventually('what was found', () => user.rows(), rowsHave('Found | 1', 'GET /cart | worker', 'in 1 spans scanned, about $0.0000'), 60_000);
      await user.screenshot('deep-found');
      const [start] = aws.fake.logs.asked;
      assert.ok(Math.abs(Number(start!.body['endTime']) - Number(start!.body['startTime']) - 3660) <= 1, JSON.stringify(start));
      await user.doubleClickRow('GET /cart', 1);
      await eventually('the waterfall', () => user.waterfallRows(), (rows) => rows.length === 2, 60_000);
    });

    it('is never run by a refresh', async () => {
      const { user } = workbench;
      const before = aws.fake.logs.asked.length;
      const lists = aws.fake.asked.length;
      await user.rowAction('Production', 'Refresh This Connection');
      await eventually('it was asked', () => aws.fake.asked.length, (count) => count > lists);
      await workbench.page.waitForTimeout(2000);
      assert.equal(aws.fake.logs.asked.length, before);
      assert.ok(rowsHave('Found | 1')(await user.rows()));
    });
  });
});
