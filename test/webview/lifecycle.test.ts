// What happens around the rows: more spans, restarts, hiding, restoring, failing, settings, pins.
import assert from 'node:assert/strict';
import { decodeOtlpJson } from '../../src/formats/otlpJson.ts';
import { pages, reopen, savedState, type Waterfall } from './harness.ts';
import { gridOf, names, rangeText, rowNamed, selectedName, settled, useTheme } from './look.ts';
import { generated, pictured, supportChat } from './scenes.ts';
import { THEMES } from './themes.ts';

describe('lifecycle', function () {
  this.timeout(60_000);
  const harness = pages();
  let open: Waterfall;

  it('more spans are announced, and taken only when asked, without losing the place', async () => {
    open = await harness.open({ batches: generated({ seed: 6, spansPerTrace: 300 }) });
    await gridOf(open.frame).focus();
    for (let k = 0; k < 40; k++) await open.page.keyboard.press('ArrowDown');
    await settled(open.frame);
    const before = { names: await names(open.frame), selected: await selectedName(open.frame), calls: open.host.countOf('reload') };
    open.host.emit('changed', { spans: 303 });
    await open.frame.getByText('3 more arrived').waitFor();
    assert.deepEqual(await names(open.frame), before.names, 'nothing moved');
    assert.equal(open.host.countOf('reload'), before.calls);
    await open.frame.getByText('Update', { exact: true }).click();
    await open.frame.getByText('3 more arrived').waitFor({ state: 'hidden' });
    await settled(open.frame);
    assert.equal(open.host.countOf('reload'), 1);
    assert.deepEqual(await names(open.frame), before.names);
    assert.equal(await selectedName(open.frame), before.selected);
    assert.equal(await open.frame.evaluate(() => document.activeElement?.getAttribute('role')), 'treegrid', 'the link is gone: the rows have the keyboard');
  });

  it('rows come to where their room was kept, and the toolkit after them', async () => {
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    open = await harness.open({ batches: generated({ seed: 6, spansPerTrace: 300 }), rowless: true, before: (method) => (method === 'ready' ? asked : undefined) });
    const places = (): Promise<string[]> =>
      open.frame.evaluate(() => ['.why', '.toolbar', '.axis', '.grid', 'footer'].map((part) => JSON.stringify(document.querySelector(part)!.getBoundingClientRect())));
    const toolkit = open.frame.locator('vscode-text-field');
    await open.frame.getByText('Opening the trace …').waitFor();
    await settled(open.frame);
    const before = await places();
    assert.equal(await toolkit.count(), 0);
    answer();
    await gridOf(open.frame).locator('.row:not([hidden])').first().waitFor();
    assert.deepEqual(await places(), before);
    await toolkit.waitFor();
    assert.deepEqual(open.host.calls.slice(0, 1).map(({ method }) => method), ['ready']);
  });

  it('what cannot be worked out beside the rows is said, and the rows stay of use', async () => {
    const fails = new Set(['overlay', 'why']);
    open = await harness.open({
      ...pictured(),
      before: (method) => {
        if (fails.has(method)) throw new Error(`${method} took longer than 30000 ms.`);
      },
    });
    await open.frame.getByText('Why it was slow is not known: why took longer than 30000 ms.').first().waitFor();
    await rowNamed(open.frame, 'parse_answer').locator('.row-name').click();
    await open.frame.locator('.details .raw').waitFor({ state: 'attached' });
    assert.equal(await open.frame.getByText('could not be opened').count(), 0);
  });

  it('a span that was selected is selected again although its row moved', async () => {
    const all = supportChat();
    open = await harness.open(pictured());
    await rowNamed(open.frame, 'parse_answer').locator('.row-name').click();
    await open.frame.locator('.details .raw').waitFor({ state: 'attached' });
    open.host.options = { ...open.host.options, batches: [...all, ...generated({ seed: 1, spansPerTrace: 30 })].slice(0, 1) };
    open.host.emit('restarted', {});
    await settled(open.frame);
    await open.page.waitForTimeout(200);
    assert.equal(open.host.countOf('reload'), 1);
    assert.equal(await selectedName(open.frame), 'parse_answer');
    await open.frame.locator('.details .raw').waitFor({ state: 'attached' });
  });

  it('after Reload Window it is where it was: selection, zoom, collapse, toggles, widths, query', async () => {
    open = await harness.open(pictured());
    // It pushes the rows down when it comes: before it, a click may land on their neighbours.
    await open.frame.locator('.why:not(.quiet)').waitFor();
    await rowNamed(open.frame, 'chat gpt-5-mini').locator('.row-name').click();
    await settled(open.frame);
    assert.equal(await selectedName(open.frame), 'chat gpt-5-mini');
    // Moves the rows below up: nothing may be clicked there before they stand.
    await rowNamed(open.frame, 'auth.verify').locator('.twistie').click();
    await settled(open.frame);
    await gridOf(open.frame).focus();
    await open.page.keyboard.press('Shift+ArrowUp');
    await open.frame.getByRole('button', { name: 'critical path' }).click();
    await open.frame.getByRole('separator', { name: 'Width of the details' }).focus();
    await open.page.keyboard.press('ArrowLeft');
    open.host.emit('command', { name: 'find' });
    await settled(open.frame);
    await open.page.keyboard.type('chat');
    await open.frame.locator('.row.match').first().waitFor();
    await open.page.waitForTimeout(400);
    const before = { names: await names(open.frame), range: await rangeText(open.frame), width: (await open.frame.locator('.details').boundingBox())!.width };
    await reopen(open);
    await open.frame.locator('.row.match').first().waitFor();
    await settled(open.frame);
    assert.deepEqual({ names: await names(open.frame), range: await rangeText(open.frame), width: (await open.frame.locator('.details').boundingBox())!.width }, before);
    assert.equal(await selectedName(open.frame), 'chat gpt-5-mini');
    assert.equal(await open.frame.getByRole('button', { name: 'critical path' }).getAttribute('aria-pressed'), 'false');
  });

  it('is restored within 150 ms of its answer, 10,000 rows deep', async () => {
    open = await harness.open({ batches: generated({ seed: 8, spansPerTrace: 10_000 }) });
    await gridOf(open.frame).focus();
    await open.page.keyboard.press('End');
    await open.page.waitForTimeout(500);
    const at = await open.frame.locator('.row.selected').getAttribute('aria-rowindex');
    const marks = open.host.painted.length;
    await reopen(open);
    await open.page.waitForTimeout(800);
    const [first, all] = open.host.painted.slice(marks);
    assert.equal(await open.frame.locator('.row.selected').getAttribute('aria-rowindex'), at);
    assert.ok(all!.atMs - first!.atMs < 150 * 5, `all rows ${all!.atMs - first!.atMs} ms after the first`);
  });

  for (const [what, saved] of [
    ['nonsense', { version: 1, traceId: 7, view: 'all', collapsed: 'x' }],
    ['another version', { version: 99, traceId: '4bf92f3577b34da6a3ce929d0e0e4736', row: 3 }],
    ['a prototype', JSON.parse('{"__proto__":{"version":1},"version":1,"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","row":1e99,"top":-5,"view":{"start":"x"},"collapsed":[null,-1,1e9,"3"],"panelWidth":1e9}') as unknown],
  ] as const) {
    it(`saved state that is ${what} does no harm`, async () => {
      open = await harness.open({ ...pictured(), saved });
      await settled(open.frame);
      assert.equal((await names(open.frame)).length, 14);
      assert.equal(await rangeText(open.frame), '0 s – 8.96 s');
    });
  }

  it('keeps no data of the trace in what it saves', async () => {
    open = await harness.open(pictured());
    await rowNamed(open.frame, 'retrieval product-kb').locator('.row-name').click();
    let saved = '';
    for (let looks = 0; looks < 100 && !saved.includes('a1b2c3d4e5f60008'); looks++) {
      await open.page.waitForTimeout(100);
      saved = JSON.stringify(await savedState(open)) ?? '';
    }
    assert.match(saved, /a1b2c3d4e5f60008/);
    for (const word of ['retrieval', 'product-kb', 'orchestrator', 'qdrant']) assert.equal(saved.includes(word), false, word);
    assert.ok(saved.length < 1_000, `${saved.length} characters`);
  });

  it('answers lost while hidden are asked for again when it is shown', async () => {
    let lost = true;
    open = await harness.open({
      ...pictured(),
      before: async (method, signal) => {
        // Hidden: the answer never comes.
        if (method === 'overlay' && lost) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cancelled'))));
      },
    });
    await open.page.waitForTimeout(300);
    await open.frame.locator('.why.quiet').getByText('Comparing with').waitFor();
    lost = false;
    await open.frame.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await open.frame.locator('.why:not(.quiet)').waitFor();
  });

  it('loading, failed and retried are said', async () => {
    let fail = true;
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    open = await harness.open({
      ...pictured(),
      rowless: true,
      before: async (method) => {
        if (method !== 'ready') return;
        await gate;
        if (fail) throw new Error('The store could not be read: the disk said no.');
      },
    });
    await open.frame.getByText('Opening the trace …').waitFor();
    release();
    await open.frame.getByText('The trace could not be opened. The store could not be read: the disk said no.').first().waitFor();
    assert.equal(await open.frame.locator('header .chip').isVisible(), false, 'no empty box where a service would stand');
    fail = false;
    await open.frame.getByText('Try again').click();
    await open.frame.waitForSelector('[role=row]:not([hidden])');
    assert.equal(await open.frame.locator('.notice.state').isVisible(), false);
  });

  it('failing details and badges cost only themselves', async () => {
    open = await harness.open({
      ...pictured(),
      before: (method) => {
        if (method === 'details' || method === 'codeOfRows') throw new Error(`The engine could not answer ${method}.`);
      },
    });
    await open.frame.getByText('The details could not be read: The engine could not answer details.').waitFor();
    assert.equal((await names(open.frame)).length, 14);
    await open.frame.locator('.why:not(.quiet)').waitFor();
  });

  it('pins, and shows what another view pinned', async () => {
    open = await harness.open(pictured());
    await open.frame.getByRole('button', { name: 'Pin this trace' }).click();
    await open.frame.getByRole('button', { name: 'Unpin this trace' }).waitFor();
    assert.equal(open.host.pinned, true);
    open.host.emit('pinned', { pinned: true, note: 'before the fix' });
    await open.frame.getByRole('button', { name: 'Unpin this trace (before the fix)' }).waitFor();
    open.host.emit('pinned', { pinned: false, note: '' });
    await open.frame.getByRole('button', { name: 'Pin this trace' }).waitFor();
  });

  it('says where it comes from, as that is called now', async () => {
    // A page that only such tests use: its size changes.
    open = await harness.open({ ...pictured(), width: 1201 });
    const origin = open.frame.locator('footer .connection');
    assert.equal(await origin.textContent(), 'Team Zipkin');
    const long = 'Renamed \u202e to something that has no room here '.repeat(10);
    open.host.emit('settings', { compactRows: false, origin: long });
    await settled(open.frame);
    const shown = (await origin.textContent())!;
    assert.match(shown, /^Renamed /);
    assert.equal(shown.includes('\u202e'), false);
    for (const width of [1200, 660, 500]) {
      await open.page.setViewportSize({ width, height: 700 });
      await settled(open.frame);
      const { right, cut } = await origin.evaluate((element) => ({ right: element.getBoundingClientRect().right, cut: getComputedStyle(element).textOverflow }));
      assert.ok(right <= width && right > 100 && cut === 'ellipsis', `${width}: ${right} ${cut}`);
    }
  });

  it('no fact of the header is cut in two, whatever room there is', async () => {
    // A page that only such tests use: its size changes.
    open = await harness.open({ ...pictured(), width: 1201 });
    for (let width = 1200; width >= 320; width -= 40) {
      await open.page.setViewportSize({ width, height: 700 });
      await settled(open.frame);
      const facts = await open.frame.evaluate(() => {
        const all = document.querySelector('header .facts')!.getBoundingClientRect();
        return [...document.querySelectorAll('header .facts > *')].map((fact) => ({ text: fact.textContent, box: fact.getBoundingClientRect().toJSON() as DOMRect, isCut: fact.scrollWidth > fact.clientWidth + 1 })).filter(({ box }) => box.width > 0).map(({ text, box, isCut }) => ({ text, isSeen: box.top < all.bottom, isWhole: !isCut && box.right <= all.right + 0.5 && box.top >= all.top - 4 }));
      });
      assert.ok(facts[0]!.isSeen, `${width}: how long it took is said`);
      if (width >= 720) assert.ok(facts.find(({ text }) => /1 error/.test(text))?.isSeen, `${width}: the error is said`);
      assert.deepEqual(facts.filter(({ isSeen, isWhole }) => isSeen && !isWhole), [], `at ${width}`);
    }
  });

  it('a name of 300 characters leaves room for how long it took and what failed', async () => {
    const span = { traceId: 'cd'.repeat(16), spanId: '00000000000000aa', name: `GET /${'customers/'.repeat(30)}`, startTimeUnixNano: '1795221079000000000', endTimeUnixNano: '1795221079240000000', status: { code: 2 } };
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'recommendation-service-with-a-really-long-name' } }] };
    open = await harness.open({ batches: [decodeOtlpJson({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] })], width: 1000 });
    await settled(open.frame);
    const seen = await open.frame.evaluate(() => {
      const bottom = document.querySelector('header .facts')!.getBoundingClientRect().bottom;
      return [...document.querySelectorAll('header .facts > *')].filter((fact) => fact.getBoundingClientRect().top < bottom).map((fact) => fact.textContent).join('');
    });
    assert.match(seen, /^240 ms1 span · 1 service · 1 error/);
  });

  it('compact rows are 22 pixels, others 24; a change applies at once', async () => {
    open = await harness.open(pictured());
    const height = async (): Promise<number> => (await open.frame.locator('.row:not([hidden])').first().boundingBox())!.height;
    assert.equal(await height(), 24);
    open.host.emit('settings', { compactRows: true, origin: '' });
    await settled(open.frame);
    await settled(open.frame);
    assert.equal(await height(), 22);
  });

  it('a change of sizes is none of the theme, which would be read anew for every pixel of a drag', async () => {
    open = await harness.open(pictured());
    await settled(open.frame);
    await open.frame.evaluate(() => {
      const counted = window as unknown as { themesRead: number };
      const matchMedia = window.matchMedia.bind(window);
      counted.themesRead = 0;
      window.matchMedia = (query) => (counted.themesRead++, matchMedia(query));
    });
    const before = await open.frame.locator('.cell-name').first().boundingBox();
    await open.frame.getByRole('separator', { name: 'Width of the operation names' }).focus();
    for (let k = 0; k < 5; k++) {
      await open.page.keyboard.press('ArrowLeft');
      await settled(open.frame);
    }
    assert.equal((await open.frame.locator('.cell-name').first().boundingBox())!.width, before!.width - 80);
    assert.equal(await open.frame.evaluate(() => (window as unknown as { themesRead: number }).themesRead), 0);
  });

  it('a drag that ends outside of the page has ended', async () => {
    open = await harness.open(pictured());
    await settled(open.frame);
    await gridOf(open.frame).focus();
    for (let k = 0; k < 6; k++) await open.page.keyboard.press('Shift+ArrowUp');
    await settled(open.frame);
    const zoomed = await rangeText(open.frame);
    const box = (await gridOf(open.frame).boundingBox())!;
    await open.page.mouse.move(box.x + box.width - 200, box.y + 60);
    await open.page.mouse.down();
    await open.page.mouse.move(box.x + box.width - 260, box.y + 60, { steps: 4 });
    await settled(open.frame);
    const dragged = await rangeText(open.frame);
    assert.notEqual(dragged, zoomed);
    await open.frame.evaluate(() => {
      for (const clientX of [500, 400, 300]) window.dispatchEvent(new PointerEvent('pointermove', { clientX, buttons: 0 }));
    });
    await settled(open.frame);
    assert.equal(await rangeText(open.frame), dragged);
    await open.page.mouse.up();
  });

  it('a change of theme repaints bars and marks', async () => {
    open = await harness.open(pictured());
    const mark = (): Promise<string> => open.frame.locator('.row .mark').first().evaluate((element) => getComputedStyle(element).backgroundColor);
    const dark = await mark();
    await useTheme(open.frame, THEMES[1]!);
    assert.notEqual(await mark(), dark);
  });

  it('rows of a large trace arrive behind the first screen, and it says how many', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    open = await harness.open({ batches: generated({ seed: 7, spansPerTrace: 60_000 }), before: (method) => (method === 'chunk' ? gate : undefined) });
    await open.frame.getByText('100 of 60,000 spans loaded …').waitFor();
    assert.ok((await names(open.frame)).length > 10, 'the first rows are there');
    open.host.emit('reveal', { spanId: 'ffffffffffffffff' });
    await open.frame.getByText('That span is not in this trace.').first().waitFor();
    release();
    await open.frame.getByText('spans loaded …').waitFor({ state: 'hidden' });
    assert.equal(await gridOf(open.frame).getAttribute('aria-rowcount'), '60000');
    const sizes = open.host.calls.filter((call) => call.method === 'chunk').length;
    assert.ok(sizes >= 2, `${sizes} chunks`);
  });
});
