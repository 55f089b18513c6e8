// The product's story at the real workbench with the real demo, once with the mouse and once with the keyboard alone: the slow group,
// its trace, the line that says why, the span, the line of code with the missing filter, the fix, and the next ones are fast.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { formatDuration } from '../../../src/model/time.ts';
import { DemoPipeline } from '../demoPipeline.ts';
import type { Conversation } from '../demoPipeline.ts';
import type { User } from '../user.ts';
import { again, eventually, rowsHave } from '../wait.ts';
import { startWorkbench } from '../workbench.ts';
import type { Workbench } from '../workbench.ts';

const FAULT = 'filter: {} ';
const FAULTY = 'return searchIndex(index, query, { limit: MAX_ARTICLES, filter: {} });';
const FIX = 'return searchIndex(index, query, { limit: MAX_ARTICLES, filter: { product: question.product! } });';
/** As the slow group shows it. */
const slowRow = ({ durationNs }: Conversation): string => `${formatDuration(durationNs)}, usually `;

describe('The story, walked by a newcomer', function () {
  this.timeout(240_000);
  let demo: DemoPipeline;
  let workbench: Workbench;
  let user: User;
  let page: Page;
  let slow: Conversation;

  before(async () => {
    demo = new DemoPipeline();
    // Beside all that VS Code brings, as newcomers have it.
    workbench = await startWorkbench({ whole: true, folder: demo.folder });
    ({ user, page } = workbench);
    await workbench.open();
  });
  after(async () => {
    await workbench?.stop();
    await demo?.stop();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await user.screenshot(`story-failed-${this.currentTest.title.replaceAll(/\W+/g, '-').slice(0, 20)}`);
  });

  const activeLine = (): Promise<string> => page.locator('.editor-group-container.active .margin-view-overlays .active-line-number').first().innerText();
  const faultyLine = (): number => readFileSync(demo.retriever, 'utf8').split('\n').findIndex((line) => line.includes(FAULT)) + 1;
  const selectedSpan = async (): Promise<string> => (await user.waterfallRows()).find(({ selected }) => selected)?.text ?? '';
  const focusedTraceRow = (): Promise<string> => page.locator('.sidebar .monaco-list-row.focused').first().innerText();

  async function codeIsOpen(line: number): Promise<void> {
    await eventually('the code', () => user.tabs(), (tabs) => tabs.some(({ label, active }) => active && label === 'retriever.ts'));
    await eventually('its line', activeLine, (text) => text === String(line));
    assert.equal(await page.locator('.editor-group-container').count(), 2, 'beside the waterfall');
    await eventually('the mark on the line', () => page.locator('.editor-group-container.active .view-overlays .cdr[class*="ced-"]').count(), (marks) => marks > 0);
  }

  const inWaterfall = (): Promise<string> => eventually('the keyboard is in the waterfall', () => user.waterfallFocus(), (focus) => focus.includes('treegrid') || focus.includes('row'));

  /** The whole line anew, and saved. As one input: an editor completes brackets for who types them one by one. */
  async function rewriteLine(text: string): Promise<void> {
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+Home');
    await eventually('the selected line', () => user.statusBar(), (text) => /Ln \d+, Col \d+ \([1-9]\d* selected\)/.test(text));
    await page.keyboard.insertText(text);
    await page.keyboard.press('Control+S');
    await eventually('the saved file', () => readFileSync(demo.retriever, 'utf8'), (saved) => saved.includes(text));
  }

  /** What was saved is taken up, and who asks for a product now is answered as fast as everybody. */
  async function fastAfter(restarts: number): Promise<void> {
    await demo.restartedSince(restarts);
    let next = await demo.lookupAfter(Date.now());
    // A busy machine makes one slow for no reason of the program's; before the fix none was fast.
    for (let more = 3; more > 0 && next.durationNs >= slow.durationNs / 2; more--) next = await demo.lookupAfter(next.startMs);
    assert.ok(next.durationNs < slow.durationNs / 2, `${formatDuration(next.durationNs)} after the fix, ${formatDuration(slow.durationNs)} before`);
  }

  async function commandByKeys(title: string): Promise<void> {
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget input.input').waitFor();
    await page.keyboard.type(title);
    await eventually('the command', () => page.locator('.quick-input-list .monaco-list-row.focused').innerText(), (text) => text.includes(title));
    await page.keyboard.press('Enter');
    await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  async function walkTo(what: string, key: string, look: () => Promise<string>, found: (text: string) => boolean, most: number): Promise<void> {
    for (let step = 0; step < most; step++) {
      if (found(await look().catch(() => ''))) return;
      await page.keyboard.press(key);
      await page.waitForTimeout(30);
    }
    assert.fail(`${most} × ${key} did not reach ${what}; the last seen is: ${await look()}`);
  }

  it('with the mouse: from the slow group to the line with the missing filter, and fast after the fix', async () => {
    await user.showTraces();
    await eventually('the collector', () => user.welcome(), (text) => text.includes('No trace yet'), 60_000);
    demo.start(workbench.endpoint, path.join(workbench.scratch, 'traces.db'));
    slow = await demo.firstSlow();
    await eventually(`${slowRow(slow)} in the slow group`, () => user.rows(), rowsHave('Slow | ', slowRow(slow)), 20_000);
    await user.screenshot('story-1-tree');

    await user.clickRow(slowRow(slow));
    const why = await eventually('why it was slow', () => user.waterfallText(), (text) => /retrieve: 500 retrieval documents, usually 20/.test(text), 20_000);
    assert.match(why, /slower than usual/);
    await user.screenshot('story-2-open');
    await user.clickInWaterfall('.why button', 'retrieve');
    await eventually('the span', selectedSpan, (text) => text.startsWith('retrieve'));
    await eventually('its code', () => user.waterfallText(), (text) => text.includes(FAULT.trim()), 20_000);
    await user.screenshot('story-2-why');

    const line = faultyLine();
    await user.clickInWaterfall('.details button', `services/retriever.ts:${line}`);
    await codeIsOpen(line);
    await user.screenshot('story-3-code');

    const restarts = demo.restarts;
    await rewriteLine(FIX);
    await user.screenshot('story-4-fixed');
    await fastAfter(restarts);
    await user.screenshot('story-5-fast');
  });

  it('with the keyboard alone, and back to the waterfall where it was', async () => {
    const before = demo.restarts;
    // The keyboard is still on the fixed line.
    await rewriteLine(FAULTY);
    await demo.restartedSince(before);
    slow = await demo.lookupAfter(Date.now());
    const line = faultyLine();
    await commandByKeys('View: Close All Editors');
    await eventually('no editor', () => user.tabs(), (tabs) => tabs.length === 0);

    await commandByKeys('Tracefall: Focus on Traces View');
    await page.keyboard.press('Home');
    await walkTo('the slow trace', 'ArrowDown', focusedTraceRow, (row) => row.includes(slowRow(slow)), 120);
    // Traces arrive all the time, and a tree that is drawn anew while the waterfall opens takes the keyboard back (user.ts, #untilAsked).
    await again(async () => {
      await page.keyboard.press('Enter');
      await inWaterfall();
    });
    await eventually('why it was slow', () => user.waterfallText(), (text) => text.includes('usually 20'), 20_000);
    await walkTo('the span', 'ArrowDown', selectedSpan, (text) => text.startsWith('retrieve'), 40);
    await user.screenshot('story-6-keys');

    await eventually('its code', () => user.waterfallText(), (text) => text.includes(FAULT.trim()), 20_000);
    await page.keyboard.press('Enter');
    await codeIsOpen(line);
    const restarts = demo.restarts;
    await rewriteLine(FIX);
    await page.keyboard.press('Control+Alt+W');
    await eventually('the waterfall again', () => page.locator('.editor-group-container.active .tab.active').innerText(), (label) => label.startsWith('POST'));
    await eventually('with the same span', selectedSpan, (text) => text.startsWith('retrieve'));
    await inWaterfall();
    assert.deepEqual((await user.tabs()).map(({ label, active }) => [label.startsWith('POST'), active]), [[true, true], [false, true]], 'where it was, beside its code');
    await user.screenshot('story-7-back');
    await fastAfter(restarts);
  });
});
