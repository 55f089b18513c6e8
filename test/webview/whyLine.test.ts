// The line above the rows: the answer, its clicks, what stands there before and instead of it, and that nothing moves when it comes.
import assert from 'node:assert/strict';
import type { WhyReport } from '../../src/protocol/messages.ts';
import { pages, type Waterfall } from './harness.ts';
import { rowNamed, selectedName, settled } from './look.ts';
import { pictured, RETRIEVAL } from './scenes.ts';

const report = (cohort: number) => (): WhyReport => ({ traceId: '', cohort, durationNs: '10', medianNs: '1500000', findings: [] });

describe('why line', function () {
  this.timeout(60_000);
  const harness = pages();
  let open: Waterfall;

  it('says why it was slow; its parts select the span, its code opens', async () => {
    open = await harness.open(pictured());
    const why = open.frame.locator('.why:not(.quiet)');
    await why.waitFor();
    assert.match((await why.textContent()) ?? '', /7\.20 s slower than usual \(median of 200 like it: 1\.21 s\)\. retrieval product-kb: 500 returned rows, usually 18–20/);
    await why.getByRole('button', { name: 'chat gpt-5-mini' }).click();
    await settled(open.frame);
    assert.equal(await selectedName(open.frame), 'chat gpt-5-mini');
    assert.match((await open.frame.locator('.details').textContent()) ?? '', /Unusual here.*gen_ai\.usage\.input_tokens.*48,711 usually 2,310/s);
    await why.getByRole('button', { name: 'src/retriever.ts:58' }).click();
    await settled(open.frame);
    assert.deepEqual(open.host.calls.filter((call) => call.method === 'openSource').map((call) => (call.params as { row: number }).row), [7]);
  });

  for (const [place, width, height] of [['a wide column', 1180, 760], ['a narrow one', 640, 760], ['a low panel', 1180, 400]] as const) {
    it(`nothing moves when the answer comes: ${place}`, async () => {
      let answer = (): void => undefined;
      const asked = new Promise<void>((resolve) => (answer = resolve));
      open = await harness.open({ ...pictured(), width, height, before: (method) => (method === 'why' ? asked : undefined) });
      const places = (): Promise<number[]> => open.frame.evaluate(() => ['.notices', '.toolbar', '.grid', '.row:not([hidden])', 'footer'].map((part) => document.querySelector(part)!.getBoundingClientRect().top));
      await open.frame.getByText('Comparing with other traces of POST /chat …').waitFor();
      await settled(open.frame);
      const before = await places();
      answer();
      await open.frame.locator('.why').getByText('src/retriever.ts:58').waitFor({ state: 'attached' });
      await settled(open.frame);
      assert.deepEqual(await places(), before);
    });
  }

  it('what does not fit is shown when asked for, and put away again', async () => {
    open = await harness.open({ ...pictured(), width: 640 });
    const height = (): Promise<number> => open.frame.locator('.why').evaluate((why) => why.getBoundingClientRect().height);
    const code = open.frame.locator('.why').getByText('src/retriever.ts:58');
    await code.waitFor({ state: 'attached' });
    const inside = (): Promise<boolean> => code.evaluate((link) => link.getBoundingClientRect().bottom <= link.closest('.why')!.getBoundingClientRect().bottom);
    const before = await height();
    assert.equal(await inside(), false);
    await open.frame.getByRole('button', { name: 'Show all of it' }).click();
    assert.ok((await height()) > before);
    assert.equal(await inside(), true);
    await open.frame.getByRole('button', { name: 'Show less of it' }).click();
    assert.equal(await height(), before);
  });

  it('a sentence that fits has nothing to unfold', async () => {
    open = await harness.open(pictured());
    await open.frame.locator('.why:not(.quiet)').waitFor();
    await settled(open.frame);
    assert.equal(await open.frame.getByRole('button', { name: 'Show all of it' }).count(), 0);
  });

  for (const [cohort, words] of [
    [0, 'Nothing to compare with: no other trace of POST /chat is known.'],
    [1, 'Too few to compare with: 1 other trace of POST /chat is known, and it takes 20 to say what is usual.'],
    [19, 'Too few to compare with: 19 other traces of POST /chat are known, and it takes 20 to say what is usual.'],
    [200, 'Nothing unusual found beside 200 other traces of POST /chat (median 1.50 ms).'],
  ] as const) {
    it(`nothing to say beside ${cohort}: said quietly`, async () => {
      open = await harness.open({ ...pictured(), why: report(cohort) });
      await open.frame.locator('.why.quiet').getByText(words, { exact: true }).waitFor();
      assert.equal(await open.frame.locator('.badge.slow').count(), 0);
    });
  }

  it('says nothing about slowness under 20 traces, whatever was found', async () => {
    const finding = { spanId: RETRIEVAL, row: 7, service: '', name: 'x', deltaNs: '9' };
    open = await harness.open({ ...pictured(), why: () => ({ ...report(19)(), findings: [finding] }) });
    await open.frame.locator('.why.quiet').getByText('Too few to compare with').waitFor();
    assert.equal(await open.frame.locator('.badge.slow').count(), 0);
  });

  it('a comparison that failed is said in its place; a line of code that was not found leaves the answer', async () => {
    open = await harness.open({ ...pictured(), before: (method) => void (method === 'why' ? assert.fail('The store is gone.') : undefined) });
    await open.frame.locator('.why.quiet').getByText('Why it was slow is not known: The store is gone.', { exact: true }).waitFor();
    const lost = await harness.open({ ...pictured(), before: (method) => void (method === 'sourceOf' ? assert.fail('No workspace.') : undefined) });
    await lost.frame.locator('.notice.message').getByText('The line of code to look at is not known: No workspace.').waitFor();
    assert.match((await lost.frame.locator('.why:not(.quiet)').textContent()) ?? '', /7\.20 s slower than usual/);
    await rowNamed(lost.frame, 'parse_answer').waitFor();
  });
});
