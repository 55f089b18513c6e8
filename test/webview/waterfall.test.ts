// The waterfall in real Chromium over the real engine: rows, bars, collapse, selection, details.
import assert from 'node:assert/strict';
import { pages, type Waterfall } from './harness.ts';
import { generated, pictured, RETRIEVAL, supportChat } from './scenes.ts';
import { gridOf, names, rowNamed, settled } from './look.ts';

describe('waterfall', function () {
  this.timeout(60_000);
  const harness = pages();
  let open: Waterfall;

  it('shows every span of a trace, in order, with its service', async () => {
    open = await harness.open(pictured());
    assert.deepEqual(await names(open.frame), [
      'POST /chat', 'auth.verify', 'auth.v1.Auth/Verify', 'cache.lookup', 'POST', 'chat_turn', 'embeddings text-embedding-3-small', 'retrieval product-kb',
      'assemble_context', 'chat gpt-5-mini', 'parse_answer', 'events publish', 'events process', 'orphaned flush',
    ]);
    assert.equal(await rowNamed(open.frame, 'auth.verify').locator('.row-service').textContent(), 'api-gateway');
    assert.equal(await rowNamed(open.frame, 'orphaned flush').locator('.remark').textContent(), 'parent not received');
    assert.equal(await open.frame.locator('header h1').textContent(), 'POST /chat');
    assert.match((await open.frame.locator('header .facts').textContent()) ?? '', /8\.41 s.*14 spans · 4 services · 1 error · 1 orphan/);
  });

  for (const scale of [1, 1.25, 2]) {
    it(`bars lie exactly in their rows at scale ${scale}, also after scrolling by odd pixels`, async () => {
      open = await harness.open({ batches: generated({ seed: 3, spansPerTrace: 400 }), scale });
      await settled(open.frame);
      for (const top of [0, 1, 13, 577, 2_401]) {
        await open.frame.evaluate((y) => document.querySelector('.grid')!.scrollTo(0, y), top);
        await settled(open.frame);
        const { rows, wrong }: { rows: number; wrong: string[] } = await open.frame.evaluate(barsOutsideRows);
        assert.deepEqual(wrong, []);
        assert.ok(rows > 15, `${rows} rows were looked at`);
      }
    });
  }

  it('collapses and expands by the twistie, and the rows below follow', async () => {
    open = await harness.open(pictured());
    await rowNamed(open.frame, 'chat_turn').locator('.twistie').click();
    await settled(open.frame);
    assert.deepEqual((await names(open.frame)).slice(4), ['POST', 'chat_turn', 'orphaned flush']);
    assert.equal(await rowNamed(open.frame, 'chat_turn').getAttribute('aria-expanded'), 'false');
    assert.equal(await gridOf(open.frame).getAttribute('aria-rowcount'), '7');
    await rowNamed(open.frame, 'chat_turn').locator('.twistie').click();
    await settled(open.frame);
    assert.equal((await names(open.frame)).length, 14);
  });

  it('a click selects, shows the details and keeps the keyboard in the rows', async () => {
    open = await harness.open(pictured());
    await rowNamed(open.frame, 'retrieval product-kb').locator('.row-name').click();
    const panel = open.frame.locator('.details');
    await panel.getByText('db.response.returned_rows').first().waitFor();
    assert.equal(await panel.locator('h2').textContent(), 'retrieval product-kb');
    assert.match((await panel.locator('.details-title').textContent()) ?? '', /orchestrator · \+62\.0 ms · 351 ms · self 351 ms/);
    assert.equal(await open.frame.evaluate(() => document.activeElement?.getAttribute('role')), 'treegrid');
    assert.deepEqual(open.host.events.findLast((event) => event.name === 'selected')?.payload, { row: 7, spanId: RETRIEVAL });
  });

  it('double click and the code badge open the source of their row', async () => {
    open = await harness.open(pictured());
    await rowNamed(open.frame, 'auth.verify').locator('.row-name').dblclick();
    await rowNamed(open.frame, 'cache.lookup').locator('.code-certain').click();
    await settled(open.frame);
    const asked = open.host.calls.filter((call) => call.method === 'openSource').map((call) => (call.params as { row: number }).row);
    assert.deepEqual(asked, [1, 3]);
  });

  it('a refusal to open is said in a sentence', async () => {
    open = await harness.open({ ...pictured(), code: () => 'none' });
    await rowNamed(open.frame, 'auth.verify').locator('.row-name').dblclick();
    await open.frame.getByText('Nothing is known of the code of row 1.').first().waitFor();
  });

  it('asks once for the code of the rows on screen', async () => {
    open = await harness.open({ ...pictured(), batches: generated({ seed: 5, spansPerTrace: 2_000 }) });
    await open.frame.locator('.code-certain').first().waitFor();
    const before = open.host.countOf('codeOfRows');
    for (const top of [24, 48, 24, 0]) {
      await open.frame.evaluate((y) => document.querySelector('.grid')!.scrollTo(0, y), top);
      await open.page.waitForTimeout(200);
    }
    const asked = open.host.calls.filter((call) => call.method === 'codeOfRows').flatMap((call) => (call.params as { rows: number[] }).rows);
    assert.equal(new Set(asked).size, asked.length, 'no row was asked twice');
    assert.ok(open.host.countOf('codeOfRows') - before <= 2);
  });

  it('exact values are in the tooltips and on the clipboard', async () => {
    open = await harness.open(pictured());
    await rowNamed(open.frame, 'retrieval product-kb').locator('.row-name').click();
    await settled(open.frame);
    assert.match((await rowNamed(open.frame, 'retrieval product-kb').locator('.cell-time').getAttribute('title')) ?? '', /starts at 62,000,000 ns\ntakes 350,800,000 ns\nself 350,800,000 ns/);
    const copied = await open.frame.evaluate(() => {
      const value = document.querySelector('.details-title [data-exact]')!;
      document.getSelection()!.selectAllChildren(value);
      const event = new ClipboardEvent('copy', { clipboardData: new DataTransfer(), bubbles: true, cancelable: true });
      value.dispatchEvent(event);
      return event.clipboardData!.getData('text/plain');
    });
    assert.equal(copied, '62,000,000 ns');
  });

  it('draws 10,000 spans nested in each other and reaches the innermost', async () => {
    open = await harness.open({ batches: generated({ seed: 2, spansPerTrace: 10_000, shape: 'chain' }) });
    // The innermost is in the last chunk.
    await open.frame.locator('.notice-inline', { hasText: 'spans loaded' }).waitFor({ state: 'hidden' });
    await gridOf(open.frame).focus();
    await open.page.keyboard.press('End');
    await settled(open.frame);
    const last = open.frame.locator('.row.selected');
    await last.waitFor();
    assert.equal(await last.getAttribute('aria-level'), '10000');
    assert.equal(await last.getAttribute('aria-rowindex'), '10000');
    assert.equal(await last.locator('.indent').textContent(), '10000');
    assert.ok((await last.locator('.row-name').boundingBox())!.width > 40, 'its name is readable');
  });

  it('an empty batch of spans is said to be gone', async () => {
    open = await harness.open({ batches: [], rowless: true });
    await open.frame.getByText('This trace is gone.').first().waitFor();
    assert.equal(await open.frame.locator('main').isVisible(), false);
    open.host.options = { ...open.host.options, batches: supportChat() };
    await open.frame.getByText('Try again').first().click();
    await open.frame.waitForSelector('[role=row]:not([hidden])');
  });
});

/** In the page: for each row on screen, where the canvas has its bar, against where the row is. */
function barsOutsideRows(): { rows: number; wrong: string[] } {
  const canvas = document.querySelector<HTMLCanvasElement>('canvas.bars')!;
  const context = canvas.getContext('2d')!;
  const ratio = window.devicePixelRatio;
  const box = canvas.getBoundingClientRect();
  const wrong: string[] = [];
  let rows = 0;
  for (const row of document.querySelectorAll<HTMLElement>('.row:not([hidden])')) {
    const at = row.getBoundingClientRect();
    const top = at.top - box.top;
    if (top < 0 || at.bottom > box.bottom) continue;
    rows++;
    // The mark in the label tells the hue; the bar must start 6 px below the row's top and end 6 px above its end.
    const mark = getComputedStyle(row.querySelector('.mark')!).backgroundColor.match(/\d+/g)!.map(Number);
    const error = row.classList.contains('error');
    const y0 = Math.round(top * ratio);
    const height = Math.round(at.height * ratio);
    const pixels = context.getImageData(0, y0, canvas.width, height).data;
    let first = -1;
    let last = -1;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < canvas.width; x++) {
        const p = 4 * (y * canvas.width + x);
        const isHue = error ? pixels[p]! > 200 && pixels[p + 1]! < 130 && pixels[p + 2]! < 130 && pixels[p + 3] === 255 : pixels[p + 3] === 255 && Math.abs(pixels[p]! - mark[0]!) + Math.abs(pixels[p + 1]! - mark[1]!) + Math.abs(pixels[p + 2]! - mark[2]!) < 6;
        if (!isHue) continue;
        if (first < 0) first = y;
        last = y;
        break;
      }
    }
    const wanted = [6 * ratio, at.height * ratio - 6 * ratio - 1];
    if (Math.abs(first - wanted[0]!) > 1 || Math.abs(last - wanted[1]!) > 1) wrong.push(`${row.id}: bar from ${first} to ${last}, wanted ${wanted.join(' to ')}`);
  }
  return { rows, wrong };
}

