// What assistive technology reads, and what eyes need: roles and states, axe on four themes, contrast of what is drawn, zoom.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { contrast, over, parseColour } from '../../src/analysis/colour.ts';
import { pages, type OpenOptions, type Waterfall } from './harness.ts';
import { gridOf, rowNamed, settled, useTheme } from './look.ts';
import { generated, pictured, RETRIEVAL } from './scenes.ts';
import { THEMES } from './themes.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

describe('accessibility', function () {
  this.timeout(120_000);
  const harness = pages();
  let open: Waterfall;

  /** axe in the frame; evaluated by the debugger, so the page's policy stays as it is. */
  async function violations(rules: 'all' | 'of colour'): Promise<readonly Violation[]> {
    if (!(await open.frame.evaluate(() => 'axe' in window))) await open.frame.evaluate(AXE);
    return open.frame.evaluate(async (some) => {
      const axe = (window as unknown as { axe: { run: (context: unknown, options: unknown) => Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe;
      // The page itself has no say over landmarks and titles of the editor around it.
      const { violations: found } = await axe.run(document, { resultTypes: ['violations'], ...(some === 'all' ? { rules: { region: { enabled: false } } } : { runOnly: ['color-contrast', 'link-in-text-block'] }) });
      return found
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary.replaceAll(/\s+/g, ' ').slice(0, 220)}`) }));
    }, rules);
  }

  const STATES: readonly { readonly name: string; readonly options: () => OpenOptions; readonly arrange: () => Promise<void> }[] = [
    {
      name: 'a span selected, its details open, the reason above',
      options: pictured,
      arrange: async () => {
        open.host.emit('reveal', { spanId: RETRIEVAL });
        await open.frame.locator('.details .raw').waitFor({ state: 'attached' });
        await open.frame.locator('.why:not(.quiet)').waitFor();
        await gridOf(open.frame).focus();
      },
    },
    {
      name: 'matches only, collapsed, zoomed',
      options: pictured,
      arrange: async () => {
        open.host.emit('command', { name: 'find' });
        await settled(open.frame);
        await open.page.keyboard.type('chat');
        await open.frame.locator('.row.match').first().waitFor();
        await open.frame.getByRole('button', { name: 'matches only' }).click();
        await gridOf(open.frame).focus();
        await open.page.keyboard.press('Shift+ArrowUp');
      },
    },
    {
      name: 'more arrived, a message, the keys shown',
      options: pictured,
      arrange: async () => {
        open.host.emit('changed', { spans: 20 });
        await rowNamed(open.frame, 'POST').locator('.row-name').dblclick();
        open.host.emit('command', { name: 'help' });
        await open.frame.locator('dialog').waitFor();
      },
    },
    {
      name: 'a query that cannot be read',
      options: pictured,
      arrange: async () => {
        open.host.emit('command', { name: 'find' });
        await settled(open.frame);
        await open.page.keyboard.type('duration>fast');
        await open.frame.locator('.find-count.problem').waitFor();
      },
    },
    { name: 'gone', options: () => ({ batches: [], rowless: true }), arrange: () => open.frame.getByText('This trace is gone.').first().waitFor() },
  ];

  for (const state of STATES) {
    it(`axe finds nothing serious in any theme: ${state.name}`, async () => {
      open = await harness.open(state.options());
      await state.arrange();
      for (const [k, theme] of THEMES.entries()) {
        await useTheme(open.frame, theme);
        await open.page.waitForTimeout(150);
        // A theme changes no element, name or size: only colours can fail in the others.
        assert.deepEqual(await violations(k === 0 ? 'all' : 'of colour'), [], theme.name);
      }
    });
  }

  for (const theme of THEMES) {
    it(`bars stand out 3:1 and what is written on them 4.5:1 in ${theme.name}, plain and selected`, async () => {
      open = await harness.open({ batches: generated({ seed: 12, spansPerTrace: 60, services: 12 }), theme, height: 1600 });
      await gridOf(open.frame).focus();
      await open.page.keyboard.press('ArrowDown');
      await settled(open.frame);
      const ground = parseColour(theme.tokens['editor-background']!)!;
      const rows = await open.frame.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('.row:not([hidden])')].map((row) => ({
          selected: row.classList.contains('selected'),
          mark: getComputedStyle(row.querySelector('.mark')!).backgroundColor,
          text: getComputedStyle(row.querySelector('.row-name')!).color,
          ground: getComputedStyle(row).backgroundColor,
        })),
      );
      assert.ok(rows.length > 40);
      assert.equal(rows.filter((row) => row.selected).length, 1);
      for (const row of rows) {
        const under = over(parseColour(row.ground)!, ground);
        assert.ok(contrast(parseColour(row.mark)!, under) >= 3, `${row.mark} on ${row.ground}`);
        assert.ok(contrast(parseColour(row.text)!, under) >= 4.5, `${row.text} on ${row.ground}`);
      }
      assert.equal(new Set(rows.filter((row) => !row.selected).map((row) => row.mark)).size, 8, 'eight hues');
      assert.ok((await open.frame.locator('.mark.round-1').count()) > 0, 'the ninth service has the first hue and a notch');
    });
  }

  it('is a treegrid: counts, levels, expansion, selection, the active row, and rows that say what they are', async () => {
    open = await harness.open(pictured());
    await gridOf(open.frame).focus();
    await open.page.keyboard.press('Home');
    await settled(open.frame);
    assert.equal(await gridOf(open.frame).getAttribute('aria-rowcount'), '14');
    const rows = await open.frame.evaluate(() =>
      [...document.querySelectorAll('.row:not([hidden])')].map((row) => ['aria-rowindex', 'aria-level', 'aria-expanded', 'aria-selected'].map((name) => row.getAttribute(name) ?? '-').join(' ')),
    );
    assert.deepEqual(rows.slice(0, 4), ['1 1 true true', '2 2 true false', '3 3 - false', '4 2 - false']);
    const active = await gridOf(open.frame).getAttribute('aria-activedescendant');
    assert.equal(await open.frame.locator(`#${active}`).getAttribute('aria-selected'), 'true');
    assert.equal(await rowNamed(open.frame, 'parse_answer').getAttribute('aria-label'), 'parse_answer, orchestrator, starts at 8.30 s, takes 88.0 ms, error, has code (Enter opens it)');
    assert.equal(await open.frame.evaluate(() => [...document.querySelectorAll('.row:not([hidden])')].every((row) => row.querySelectorAll('[role=gridcell]').length === 2)), true);
  });

  it('the active row is the selected one through 200 random moves', async () => {
    open = await harness.open({ batches: generated({ seed: 14, spansPerTrace: 3_000 }) });
    await gridOf(open.frame).focus();
    const wrong = await open.frame.evaluate(async () => {
      const grid = document.querySelector<HTMLElement>('.grid')!;
      const keys = ['ArrowDown', 'ArrowDown', 'ArrowDown', 'PageDown', 'ArrowUp', 'PageUp', 'End', 'Home', 'ArrowLeft', 'ArrowRight'];
      const bad: string[] = [];
      let seed = 7;
      for (let k = 0; k < 200; k++) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        const key = keys[seed % keys.length]!;
        grid.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        const active = document.getElementById(grid.getAttribute('aria-activedescendant') ?? '');
        const box = active?.getBoundingClientRect();
        const frame = grid.getBoundingClientRect();
        if (active?.getAttribute('aria-selected') !== 'true' || document.querySelectorAll('.row[aria-selected=true]:not([hidden])').length !== 1) bad.push(`${k} ${key}: ${active?.outerHTML.slice(0, 120)}`);
        else if (box!.top < frame.top - 1 || box!.bottom > frame.bottom + 1) bad.push(`${k} ${key}: not on screen`);
      }
      return bad;
    });
    assert.deepEqual(wrong, []);
  });

  for (const [what, width, height, scale] of [
    ['200 % zoom', 590, 380, 2],
    ['a narrow column', 360, 700, 1],
    ['a low panel', 1180, 300, 1],
  ] as const) {
    it(`nothing is cut off or unreachable at ${what}`, async () => {
      open = await harness.open({ ...pictured(), width, height, scale });
      open.host.emit('reveal', { spanId: RETRIEVAL });
      await open.frame.locator('.details .raw').waitFor({ state: 'attached' });
      await settled(open.frame);
      const outside = await open.frame.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('.toolbar button, .toolbar .find, header .icon-button, .details-name button')]
          .filter((control) => control.offsetParent !== null)
          .filter((control) => {
            const box = control.getBoundingClientRect();
            return box.left < -1 || box.right > document.documentElement.clientWidth + 1 || box.top < -1 || box.bottom > document.body.scrollHeight + 1;
          })
          .map((control) => control.outerHTML.slice(0, 100)),
      );
      assert.deepEqual(outside, []);
      assert.ok((await gridOf(open.frame).boundingBox())!.height >= 44, 'there is room for rows');
      assert.equal(await open.frame.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), true);
    });
  }

  it('forced colours and reduced motion are respected', async () => {
    open = await harness.open({ ...pictured(), forcedColors: true });
    await gridOf(open.frame).focus();
    await open.page.keyboard.press('Home');
    await settled(open.frame);
    assert.equal(await open.frame.locator('.row.selected').evaluate((row) => getComputedStyle(row).outlineStyle), 'solid');
    await open.frame.evaluate(() => document.body.append(Object.assign(document.createElement('span'), { className: 'codicon codicon-loading probe' })));
    assert.equal(await open.frame.locator('.probe').evaluate((element) => getComputedStyle(element).animationName), 'none');
  });

  it('says matches, problems and messages aloud, once', async () => {
    open = await harness.open(pictured());
    open.host.emit('command', { name: 'find' });
    await settled(open.frame);
    await open.page.keyboard.type('auth');
    await open.frame.locator('.row.match').first().waitFor();
    assert.equal(await open.frame.getByRole('status').textContent(), '2 matches');
  });
});
