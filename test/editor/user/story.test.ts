// The story the project exists for, walked at a real workbench with the real demo: the slow group, one click, the line that says why,
// one click, the span, Enter, the line of code with the missing filter, the fix, and the next conversations are fast.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { eventually, rowsHave } from '../wait.ts';
import { ROOT, startWorkbench } from '../workbench.ts';
import type { Workbench } from '../workbench.ts';

const exec = promisify(execFile);

const slowOf = (rows: readonly string[]): { slow: number; all: number } => {
  const match = rows.map((row) => /Slow \| ([\d,]+) of ([\d,]+)/.exec(row)).find((found) => found !== null);
  const [slow, all] = [match?.[1], match?.[2]].map((text) => Number((text ?? '0').replaceAll(',', '')));
  return { slow: slow!, all: all! };
};

describe('the story', function () {
  this.timeout(180_000);
  let workbench: Workbench;
  let dir = '';
  let demo: ChildProcess | undefined;

  before(async () => {
    // A copy inside the checkout: it finds node_modules, and the fix touches no file of ours.
    mkdirSync(path.join(ROOT, 'out'), { recursive: true });
    dir = mkdtempSync(path.join(ROOT, 'out', 'story-'));
    const folder = path.join(dir, 'support-chat');
    cpSync(path.join(ROOT, 'test/demo'), folder, { recursive: true, filter: (file) => !file.endsWith('.test.ts') });
    workbench = await startWorkbench({ folder });
    await workbench.open();
    await workbench.user.showTraces();
    await eventually('the collector', () => workbench.user.welcome(), (text) => text.includes('No trace yet'), 60_000);
    demo = spawn(process.execPath, [path.join(folder, 'run.ts'), '--interval', '300'], { stdio: 'ignore', env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: workbench.endpoint } });
  });

  after(async () => {
    const running = demo;
    if (running !== undefined) {
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGTERM');
      await ended;
    }
    await workbench?.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });

  it('leads from the slow group to the line with the missing filter', async () => {
    const { user } = workbench;
    // The twenty-sixth is the first that is slow for a reason; a busy machine makes others slow for none.
    await eventually('slow conversations', () => user.rows(), (rows) => rowsHave('slower than their p90', 'usually')(rows) && slowOf(rows).all >= 27, 90_000);
    const isWhy = (text: string): boolean => /slower than usual/.test(text) && /500/.test(text) && /usually 20/.test(text);
    let found = false;
    for (let nth = 0; nth < 12 && !found; nth++) {
      const count = (await user.rows()).filter((row) => row.includes('usually')).length;
      await user.clickRow('usually', nth % count);
      found = await eventually('the line that says why', () => user.waterfallText(), isWhy, 6000).then(() => true, () => false);
    }
    assert.ok(found, 'no slow conversation said why');
    await user.screenshot('story-why');
    await user.pressInWaterfall('retrieve');
    await eventually('the span', () => user.waterfallRows(), (rows) => rows.some(({ selected, text }) => selected && /retriev/.test(text)));
    await user.clickWaterfallSelected();
    await user.press('Enter');
    await eventually('the code', () => user.tabs(), (tabs) => tabs.some(({ label, active }) => active && label === 'retriever.ts'), 30_000);
    const source = readFileSync(path.join(workbench.folder, 'services/retriever.ts'), 'utf8').split('\n');
    const line = source.findIndex((text) => text.includes('filter: {} ')) + 1;
    await eventually('the line', () => user.statusBar(), (text) => text.includes(`Ln ${line},`));
    await user.screenshot('story-code');
  });

  it('is fast again after the fix', async () => {
    const { user, folder } = workbench;
    const file = path.join(folder, 'services/retriever.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace('filter: {} ', 'filter: { product: question.product! } '));
    const fixedAt = Date.now() + 3000;
    const before = slowOf(await eventually('the groups', () => user.rows(), (rows) => slowOf(rows).all > 0));
    // About one conversation in twenty asks for a product.
    await eventually('sixty more conversations', () => user.rows(), (rows) => slowOf(rows).all >= before.all + 60, 120_000);
    const tracefall = async (...args: string[]): Promise<Record<string, unknown>[]> => {
      const { stdout } = await exec(process.execPath, [path.join(ROOT, 'dist/cli.mjs'), ...args, '--db', path.join(workbench.scratch, 'traces.db'), '--json']);
      return stdout.split('\n').filter((text) => text !== '').map((text) => JSON.parse(text) as Record<string, unknown>);
    };
    // A busy machine makes traces slow for no reason of the program's; none has the old reason.
    const late = (await tracefall('list', '--slow', '--limit', '100')).filter(({ startUnixNano }) => Number(String(startUnixNano).slice(0, -6)) > fixedAt);
    for (const { traceId } of late) {
      const [why] = await tracefall('why', String(traceId));
      assert.ok(!JSON.stringify(why).includes('"500"'), JSON.stringify(why));
    }
    await user.screenshot('story-fixed');
  });
});
