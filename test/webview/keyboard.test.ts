// Everything by keyboard alone: twelve tasks, and the keys that must not be handled here.
import assert from 'node:assert/strict';
import { pages, type Waterfall } from './harness.ts';
import { gridOf, names, rangeText, selectedName, settled } from './look.ts';
import { generated, pictured } from './scenes.ts';

describe('keyboard', function () {
  this.timeout(60_000);
  const harness = pages();
  let open: Waterfall;

  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await open.page.keyboard.press(key);
    await settled(open.frame);
  };

  it('the rows have the keyboard from the start, in one tab stop', async () => {
    open = await harness.open(pictured());
    await open.frame.evaluate(() => window.focus());
    await settled(open.frame);
    assert.equal(await open.frame.evaluate(() => document.activeElement?.getAttribute('role')), 'treegrid');
    assert.equal(await selectedName(open.frame), 'POST /chat');
    assert.equal(await open.frame.evaluate(() => document.querySelectorAll('.grid [tabindex], .grid button').length), 0);
  });

  it('walks up and down, to both ends and by pages', async () => {
    open = await harness.open({ batches: generated({ seed: 4, spansPerTrace: 300 }) });
    await gridOf(open.frame).focus();
    const at = async (): Promise<number> => Number(await open.frame.locator('.row.selected').getAttribute('aria-rowindex'));
    await press('Home');
    assert.equal(await at(), 1);
    await press('ArrowDown', 'ArrowDown', 'ArrowUp');
    assert.equal(await at(), 2);
    await press('PageDown');
    const page = (await at()) - 2;
    assert.ok(page > 10, `a page is ${page} rows`);
    await press('PageUp');
    assert.equal(await at(), 2);
    await press('End', 'ArrowDown');
    assert.equal(await at(), 300);
    await press('Home', 'ArrowUp');
    assert.equal(await at(), 1);
  });

  it('Left and Right collapse, expand, and go to parent and child', async () => {
    open = await harness.open(pictured());
    await gridOf(open.frame).focus();
    await press('Home', 'ArrowRight');
    assert.equal(await selectedName(open.frame), 'auth.verify');
    await press('ArrowLeft');
    assert.equal((await names(open.frame)).length, 13, 'auth.verify is collapsed');
    await press('ArrowLeft');
    assert.equal(await selectedName(open.frame), 'POST /chat');
    await press('ArrowLeft');
    assert.deepEqual(await names(open.frame), ['POST /chat', 'orphaned flush']);
    await press('ArrowRight');
    assert.equal((await names(open.frame)).length, 13);
  });

  it('Enter opens the source of the selected span', async () => {
    open = await harness.open(pictured());
    await gridOf(open.frame).focus();
    await press('Home', 'ArrowDown', 'ArrowDown', 'Enter');
    assert.deepEqual(open.host.calls.filter((call) => call.method === 'openSource').map((call) => (call.params as { row: number }).row), [2]);
  });

  it('zooms and pans with Shift and arrows; Esc goes back', async () => {
    open = await harness.open(pictured());
    await gridOf(open.frame).focus();
    const whole = await rangeText(open.frame);
    await press('Shift+ArrowUp', 'Shift+ArrowUp');
    const zoomed = await rangeText(open.frame);
    assert.notEqual(zoomed, whole);
    await press('Shift+ArrowRight');
    assert.notEqual(await rangeText(open.frame), zoomed);
    await press('Shift+ArrowLeft', 'Shift+ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown');
    assert.equal(await rangeText(open.frame), whole);
    await press('Shift+ArrowUp', 'Escape');
    assert.equal(await rangeText(open.frame), whole);
  });

  it('handles no single letter: those are the editor\'s and come as commands, once', async () => {
    open = await harness.open(pictured());
    await gridOf(open.frame).focus();
    await press('Home');
    const before = await open.frame.locator('.left').innerHTML();
    const calls = open.host.calls.length;
    await press(...'abcdefghijklmnopqrstuvwxyz0123456789/?NPFC');
    assert.equal(await open.frame.locator('.left').innerHTML(), before);
    assert.equal(open.host.calls.length, calls);
  });

  it('runs every command of the editor', async () => {
    open = await harness.open(pictured());
    const command = async (name: Parameters<typeof open.host.emit<'command'>>[1]['name']): Promise<void> => {
      open.host.emit('command', { name });
      await settled(open.frame);
    };
    const toggle = open.frame.getByRole('button', { name: 'critical path' });
    await command('toggleCriticalPath');
    assert.equal(await toggle.getAttribute('aria-pressed'), 'false');
    await command('nextError');
    assert.equal(await selectedName(open.frame), 'parse_answer');
    await command('zoomToSpan');
    assert.match((await rangeText(open.frame)) ?? '', /^8\.\d+ s – 8\.\d+ s$/);
    await command('resetZoom');
    assert.equal(await rangeText(open.frame), '0 s – 8.96 s');
    await command('collapseAll');
    assert.deepEqual(await names(open.frame), ['POST /chat', 'orphaned flush']);
    assert.equal(await selectedName(open.frame), 'POST /chat', 'the ancestor stands in');
    await command('expandAll');
    assert.equal((await names(open.frame)).length, 14);
    await command('previousError');
    assert.equal(await selectedName(open.frame), 'parse_answer');
    open.host.emit('reveal', { spanId: 'a1b2c3d4e5f60006' });
    await settled(open.frame);
    await command('focusSubtree');
    assert.equal((await names(open.frame))[0], 'chat_turn');
    assert.equal(await open.frame.locator('.row.selected').getAttribute('aria-level'), '1');
    await command('focusSubtree');
    assert.equal((await names(open.frame)).length, 14);
    await command('openSource');
    assert.equal(open.host.countOf('openSource'), 1);
    await command('help');
    assert.equal(await open.frame.locator('dialog').isVisible(), true);
    await command('help');
    assert.equal(await open.frame.locator('dialog').isVisible(), false);
    await command('find');
    await open.page.keyboard.type('chat');
    await open.frame.locator('.row.match').first().waitFor();
    await gridOf(open.frame).focus();
    await press('Home');
    await command('nextMatch');
    assert.equal(await selectedName(open.frame), 'chat_turn');
    await command('previousMatch');
    await command('previousMatch');
    assert.notEqual(await selectedName(open.frame), 'chat_turn');
  });

  it('tells the host while a text field has the keyboard', async () => {
    open = await harness.open(pictured());
    await gridOf(open.frame).focus();
    open.host.emit('command', { name: 'find' });
    await settled(open.frame);
    await press('x', 'Escape', 'Escape');
    const typing = open.host.events.filter((event) => event.name === 'typing').map((event) => (event.payload as { active: boolean }).active);
    assert.deepEqual(typing.filter((active, k) => active !== typing[k - 1]), [true, false]);
    assert.equal(await open.frame.evaluate(() => document.activeElement?.getAttribute('role')), 'treegrid', 'Esc left the field');
  });

  it('Esc goes back one step at a time', async () => {
    open = await harness.open(pictured());
    await gridOf(open.frame).focus();
    await press('Home', 'ArrowDown', 'ArrowDown');
    open.host.emit('command', { name: 'focusSubtree' });
    await settled(open.frame);
    await press('Shift+ArrowUp', 'Escape');
    assert.equal((await names(open.frame)).length, 14, 'the subtree was left');
    await press('Shift+ArrowUp', 'Escape');
    assert.equal(await rangeText(open.frame), '0 s – 8.96 s', 'the zoom was left');
    assert.equal(await open.frame.locator('.details').isVisible(), true);
    await press('Escape');
    assert.equal(await open.frame.locator('.details').isVisible(), false, 'the details were closed');
    await press('ArrowDown');
    assert.equal(await open.frame.locator('.details').isVisible(), true, 'and come back with the next span');
  });

  it('Tab reaches every control and never traps', async () => {
    open = await harness.open(pictured());
    await open.frame.locator('.details .group').first().waitFor();
    await open.frame.locator('vscode-text-field').waitFor();
    await gridOf(open.frame).focus();
    const seen: string[] = [];
    for (let k = 0; k < 80; k++) {
      await open.page.keyboard.press('Tab');
      const label = await open.frame.evaluate(() => {
        const active = document.activeElement;
        return active === null || active === document.body ? '(outside)' : (active.getAttribute('aria-label') ?? active.textContent);
      });
      seen.push(label.trim());
      if (label === 'Spans of this trace') break;
    }
    assert.ok(seen.includes('Spans of this trace'), `round once: ${seen.join(' | ')}`);
    for (const wanted of ['Width of the details', 'Find spans', 'critical path', 'errors', 'Pin this trace', 'Copy the trace id', 'src/retriever.ts:58']) {
      assert.ok(seen.some((label) => label.includes(wanted)), `${wanted} in ${seen.join(' | ')}`);
    }
  });

  it('the separators move by arrow keys', async () => {
    open = await harness.open(pictured());
    const width = async (): Promise<number> => (await open.frame.locator('.details').boundingBox())!.width;
    const before = await width();
    await open.frame.getByRole('separator', { name: 'Width of the details' }).focus();
    await press('ArrowLeft', 'ArrowLeft');
    assert.equal(await width(), before + 32);
    const label = async (): Promise<number> => (await open.frame.locator('.cell-name').first().boundingBox())!.width;
    const names = await label();
    await open.frame.getByRole('separator', { name: 'Width of the operation names' }).focus();
    await press('ArrowRight');
    assert.equal(await label(), names + 16);
  });
});
