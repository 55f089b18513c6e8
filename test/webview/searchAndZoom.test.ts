// Finding spans, filtering to them, and moving in time.
import assert from 'node:assert/strict';
import { pages, type Waterfall } from './harness.ts';
import { gridOf, names, rangeText, selectedName, settled } from './look.ts';
import { generated, pictured } from './scenes.ts';

describe('search and zoom', function () {
  this.timeout(60_000);
  const harness = pages();
  let open: Waterfall;

  async function find(query: string): Promise<void> {
    const { calls } = open.host;
    const before = calls.length;
    open.host.emit('command', { name: 'find' });
    await settled(open.frame);
    await open.page.keyboard.type(query);
    for (let k = 0; k < 50 && !calls.slice(before).some((call) => call.method === 'search' && (call.params as { query: string }).query === query); k++) await open.page.waitForTimeout(40);
    await settled(open.frame);
  }

  const matches = (): Promise<(string | null)[]> => open.frame.locator('.row.match .row-name').allTextContents();

  const QUERIES: readonly { readonly query: string; readonly found: readonly string[] }[] = [
    { query: 'auth', found: ['auth.verify', 'auth.v1.Auth/Verify'] },
    { query: 'service:analytics', found: ['events process', 'orphaned flush'] },
    { query: 'db.response.returned_rows=500', found: ['retrieval product-kb'] },
    { query: 'duration>8.4s', found: ['POST /chat'] },
    { query: 'nothing-like-it', found: [] },
  ];
  for (const { query, found } of QUERIES) {
    it(`finds ${query}`, async () => {
      open = await harness.open(pictured());
      await find(query);
      assert.deepEqual((await matches()).toSorted(), found.toSorted());
      assert.equal(await open.frame.locator('.find-count').textContent(), found.length === 0 ? 'no match' : found.length === 1 ? '1 match' : `${found.length} matches`);
    });
  }

  it('steps through the matches by Enter, and round', async () => {
    open = await harness.open(pictured());
    await find('auth');
    const steps: (string | null)[] = [];
    for (const key of ['Enter', 'Enter', 'Enter', 'Shift+Enter']) {
      await open.page.keyboard.press(key);
      await settled(open.frame);
      steps.push(await selectedName(open.frame));
    }
    assert.deepEqual(steps, ['auth.verify', 'auth.v1.Auth/Verify', 'auth.verify', 'auth.v1.Auth/Verify']);
  });

  it('a match inside a collapsed row is opened when it is stepped to', async () => {
    open = await harness.open(pictured());
    open.host.emit('command', { name: 'collapseAll' });
    await settled(open.frame);
    await find('parse_answer');
    await open.page.keyboard.press('Enter');
    await settled(open.frame);
    assert.equal(await selectedName(open.frame), 'parse_answer');
  });

  it('matches only: the matches and, dimmed, their ancestors', async () => {
    open = await harness.open(pictured());
    await find('auth.v1.Auth/Verify');
    await open.frame.getByRole('button', { name: 'matches only' }).click();
    await settled(open.frame);
    assert.deepEqual(await names(open.frame), ['POST /chat', 'auth.verify', 'auth.v1.Auth/Verify']);
    assert.deepEqual(await open.frame.locator('.row.context .row-name').allTextContents(), ['POST /chat', 'auth.verify']);
    await open.frame.getByRole('button', { name: 'errors' }).click();
    await settled(open.frame);
    assert.deepEqual(await names(open.frame), [], 'no match has an error');
    await open.frame.getByRole('button', { name: 'matches only' }).click();
    await settled(open.frame);
    assert.deepEqual(await names(open.frame), ['POST /chat', 'POST', 'chat_turn', 'parse_answer']);
  });

  it('an unreadable query says what is wrong, and nothing is marked', async () => {
    open = await harness.open(pictured());
    await find('duration>fast');
    const problem = await open.frame.locator('.find-count.problem').textContent();
    assert.match(problem ?? '', /duration/i);
    assert.deepEqual(await matches(), []);
  });

  for (const width of [440, 640, 900, 1180]) {
    it(`the rows stay where they are, whatever is found, wrong or zoomed to, at ${width} pixels`, async () => {
      open = await harness.open({ ...pictured(), width });
      const seen = (): Promise<{ top: number; cut: (string | null)[] }> =>
        open.frame.evaluate(() => ({
          top: document.querySelector('.grid')!.getBoundingClientRect().top,
          cut: [...document.querySelectorAll('.toolbar button:not([hidden]), .find-count')].filter((each) => each.checkVisibility() && (each.scrollWidth > each.clientWidth + 1 || each.getBoundingClientRect().right > document.querySelector('.toolbar')!.getBoundingClientRect().right)).map((each) => each.textContent),
        }));
      const before = await seen();
      assert.deepEqual(before.cut, []);
      for (const query of ['auth', 'nothing-like-it', 'duration>fast']) {
        await find(query);
        await open.frame.locator('.find-count', { hasText: /match|duration/ }).waitFor();
        assert.deepEqual(await seen(), before, query);
      }
      await find('auth');
      await open.page.keyboard.press('Enter');
      for (const name of ['zoomToSpan', 'focusSubtree'] as const) open.host.emit('command', { name });
      await settled(open.frame);
      assert.deepEqual(await seen(), before);
    });
  }

  it('asks once for a word, not for each of its letters', async () => {
    open = await harness.open(pictured());
    await find('retrieval');
    assert.ok(open.host.countOf('search') <= 2, `${open.host.countOf('search')} searches`);
  });

  it('a value in the details finds the spans that have it too', async () => {
    open = await harness.open(pictured());
    await open.frame.getByRole('button', { name: 'Find spans with this http.request.method' }).first().click();
    await open.frame.locator('.row.match').first().waitFor();
    assert.ok((await matches()).includes('POST /chat'));
  });

  it('dragging over the axis zooms into that part; the button shows all again', async () => {
    open = await harness.open(pictured());
    const axis = (await open.frame.locator('.axis-time').boundingBox())!;
    await drag(axis.x + axis.width * 0.25, axis.y + 10, axis.x + axis.width * 0.5);
    assert.match((await rangeText(open.frame)) ?? '', /^2\.2\d s – 4\.[45]\d s$/);
    await open.frame.getByRole('button', { name: 'Show all of the time' }).click();
    await settled(open.frame);
    assert.equal(await rangeText(open.frame), '0 s – 8.96 s');
  });

  it('the minimap zooms by a drag, pans by its mark, stretches by its edges', async () => {
    open = await harness.open(pictured());
    const map = (await open.frame.locator('.minimap').boundingBox())!;
    const y = map.y + 20;
    await drag(map.x + map.width * 0.5, y, map.x + map.width * 0.75);
    assert.match((await rangeText(open.frame)) ?? '', /^4\.[45]\d s – 6\.[67]\d s$/);
    await drag(map.x + map.width * 0.6, y, map.x + map.width * 0.02);
    assert.match((await rangeText(open.frame)) ?? '', /^0 s – 2\.2\d s$/);
    const edge = (await open.frame.locator('.minimap-edge.to').boundingBox())!;
    await drag(edge.x + 3, y, edge.x + 3 + map.width * 0.25);
    assert.match((await rangeText(open.frame)) ?? '', /^0 s – 4\.[45]\d s$/);
    await open.page.mouse.dblclick(map.x + map.width * 0.9, y);
    await settled(open.frame);
    assert.equal(await rangeText(open.frame), '0 s – 8.96 s');
  });

  it('Ctrl and the wheel zoom around the pointer, down to a floor, and back to all', async () => {
    open = await harness.open(pictured());
    const bars = (await open.frame.locator('canvas.bars').boundingBox())!;
    await open.page.mouse.move(bars.x + bars.width / 2, bars.y + 100);
    await open.page.keyboard.down('Control');
    for (let k = 0; k < 80; k++) await open.page.mouse.wheel(0, -500);
    await settled(open.frame);
    const deep = await rangeText(open.frame);
    assert.notEqual(deep, '0 s – 8.96 s');
    assert.doesNotMatch(deep ?? '', /NaN|Infinity/);
    const [from, to] = (deep ?? '').split(' – ');
    assert.notEqual(from, to, 'the ends can be told apart');
    assert.match(from!, /^4\.4/, 'what was under the pointer stayed there');
    for (let k = 0; k < 90; k++) await open.page.mouse.wheel(0, 500);
    await open.page.keyboard.up('Control');
    await settled(open.frame);
    assert.equal(await rangeText(open.frame), '0 s – 8.96 s');
  });

  it('Shift and the wheel, and dragging the bars, move in time', async () => {
    open = await harness.open(pictured());
    await gridOf(open.frame).focus();
    for (let k = 0; k < 4; k++) await open.page.keyboard.press('Shift+ArrowUp');
    await settled(open.frame);
    const before = await rangeText(open.frame);
    const bars = (await open.frame.locator('canvas.bars').boundingBox())!;
    await drag(bars.x + 200, bars.y + 200, bars.x + 100);
    const dragged = await rangeText(open.frame);
    assert.notEqual(dragged, before);
    await open.page.keyboard.down('Shift');
    await open.page.mouse.wheel(0, -100);
    await open.page.keyboard.up('Shift');
    await settled(open.frame);
    assert.notEqual(await rangeText(open.frame), dragged);
  });

  it('a million rows: the wheel, the scroll bar and End reach the very last', async () => {
    open = await harness.open({ batches: generated({ seed: 9, spansPerTrace: 1_000_000, shape: 'star', attributes: 0, errorRate: 0 }), scale: 2 });
    await open.frame.getByText(/of 1,000,000 spans loaded/).waitFor({ state: 'hidden', timeout: 50_000 });
    await open.frame.evaluate(() => {
      const grid = document.querySelector('.grid')!;
      grid.scrollTo(0, grid.scrollHeight);
    });
    await settled(open.frame);
    const last = (): Promise<number> => open.frame.evaluate(() => Math.max(...[...document.querySelectorAll('.row:not([hidden])')].map((row) => Number(row.getAttribute('aria-rowindex')))));
    assert.equal(await last(), 1_000_000);
    const bars = (await open.frame.locator('canvas.bars').boundingBox())!;
    await open.page.mouse.move(bars.x + 50, bars.y + 50);
    await open.frame.evaluate(() => {
      addEventListener('wheel', (event) => void (document.body.dataset['moved'] = String(event.deltaY)), { capture: true });
    });
    await open.page.mouse.wheel(0, -480);
    await settled(open.frame);
    const moved = Number(await open.frame.evaluate(() => document.body.dataset['moved']));
    assert.ok(moved <= -240, `the wheel turned by ${moved} px`);
    assert.equal(await last(), 1_000_000 + moved / 24, 'the wheel moves by rows, not by the scale of the bar');
    await gridOf(open.frame).focus();
    await open.page.keyboard.press('Home');
    await open.page.keyboard.press('End');
    await settled(open.frame);
    assert.equal(await open.frame.locator('.row.selected').getAttribute('aria-rowindex'), '1000000');
  }).timeout(120_000);

  async function drag(fromX: number, y: number, toX: number): Promise<void> {
    await open.page.mouse.move(fromX, y);
    await open.page.mouse.down();
    await open.page.mouse.move((fromX + toX) / 2, y, { steps: 4 });
    await open.page.mouse.move(toX, y, { steps: 4 });
    await open.page.mouse.up();
    await settled(open.frame);
  }
});
