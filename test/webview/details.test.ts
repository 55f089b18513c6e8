// The panel of the selected span: its code, groups, folding, events, links, status, raw, and what can be done with a value.
import assert from 'node:assert/strict';
import { decodeOtlpJson } from '../../src/formats/otlpJson.ts';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import { pages, type Waterfall } from './harness.ts';
import { rowNamed, settled } from './look.ts';
import { pictured } from './scenes.ts';

const TRACE = 'cd'.repeat(16);

/** One span that has something of everything. */
function oneSpan(attributes: readonly object[]): readonly SpanBatch[] {
  const span = { traceId: TRACE, spanId: '00000000000000aa', name: 'only', startTimeUnixNano: '1795221079000000000', endTimeUnixNano: '1795221079100000000', attributes };
  return [decodeOtlpJson({ resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 's' } }] }, scopeSpans: [{ scope: {}, spans: [span] }] }] })];
}

describe('details', function () {
  this.timeout(60_000);
  const harness = pages();
  let open: Waterfall;

  const select = async (name: string): Promise<void> => {
    await rowNamed(open.frame, name).locator('.row-name').click();
    await open.frame.locator('.details .raw').waitFor({ state: 'attached' });
    await settled(open.frame);
  };
  const groups = (): Promise<string[]> => open.frame.evaluate(() => [...document.querySelectorAll('.details .group summary span:nth-child(2)')].map((title) => title.textContent));
  const textOf = async (group: string): Promise<string> => (await open.frame.locator('.details .group').filter({ has: open.frame.locator('summary', { hasText: group }) }).textContent()) ?? '';

  it('groups attributes; empty groups are absent; raw is last and closed', async () => {
    open = await harness.open(pictured());
    await select('retrieval product-kb');
    assert.deepEqual(await groups(), ['Unusual here', 'GenAI', 'Database', 'Resource', 'Span', 'Raw']);
    await select('events process');
    assert.deepEqual(await groups(), ['Messaging', 'Code', 'Links', 'Resource', 'Span', 'Raw']);
    assert.equal(await open.frame.locator('.details .raw').isVisible(), false);
  });

  it('keys that begin alike are told apart: they are shown to their ends', async () => {
    const key = (end: string): object => ({ key: `langfuse.observation.metadata.of.a.graph.${end}`, value: { stringValue: end } });
    open = await harness.open({ batches: oneSpan([key('node'), key('step')]) });
    await select('only');
    const cut = await open.frame.evaluate(() => [...document.querySelectorAll('.details .attribute dt')].filter((dt) => dt.scrollWidth > dt.clientWidth).map((dt) => dt.textContent));
    assert.deepEqual(cut, []);
  });

  it('a span without a service has no place for one', async () => {
    const span = { traceId: TRACE, spanId: '00000000000000aa', name: 'only', startTimeUnixNano: '1795221079000000000', endTimeUnixNano: '1795221079100000000' };
    open = await harness.open({ batches: [decodeOtlpJson({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })] });
    await select('only');
    assert.equal(await open.frame.locator('.details-title .dim').textContent(), '+0 ns · 100 ms · self 100 ms');
    assert.equal((await open.frame.locator('header .facts').textContent())!.includes('service'), false);
  });

  it('of a span that has not ended says so, nowhere that it took no time', async () => {
    const span = (spanId: string, more: object): object => ({ traceId: TRACE, spanId, name: `span ${spanId.at(-1)}`, startTimeUnixNano: '1795221079000000000', ...more });
    const batch = (...spans: readonly object[]): SpanBatch[] => [decodeOtlpJson({ resourceSpans: [{ scopeSpans: [{ spans }] }] })];
    const root = span('00000000000000aa', {});
    open = await harness.open({ batches: batch(root) });
    await select('span a');
    assert.equal(await open.frame.locator('.details-title .dim').textContent(), '+0 ns · in progress');
    assert.match((await open.frame.locator('header .facts').textContent())!, /^in progress1 span/);
    const row = rowNamed(open.frame, 'span a');
    assert.deepEqual([await row.locator('.cell-time').getAttribute('title'), await row.locator('.remark').textContent()], ['starts at 0 ns\nin progress when it was sent', 'in progress']);
    assert.doesNotMatch((await row.getAttribute('aria-label'))!, /takes/);
    open = await harness.open({ batches: batch(root, span('00000000000000ab', { parentSpanId: '00000000000000aa', endTimeUnixNano: '1795221079405000000' })) });
    await select('span b');
    assert.equal(await open.frame.locator('.details-title .dim').textContent(), '+0 ns · 405 ms · self 405 ms');
    assert.match((await open.frame.locator('header .facts').textContent())!, /^in progress405 ms so far2 spans/);
  });

  it('says what failed, with the exception and its time', async () => {
    open = await harness.open(pictured());
    await select('parse_answer');
    assert.match(await textOf('Status'), /\S/);
    assert.match(await textOf('Events'), /Events1\+\d+(\.\d+)? ms exception.*exception\.type.*exception\.stacktrace.*Traceback/s);
  });

  it('says when it started by the clock and after its trace, and copies it to the nanosecond', async () => {
    open = await harness.open(pictured());
    await select('auth.v1.Auth/Verify');
    const started = open.frame.locator('.details .attribute').filter({ has: open.frame.locator('dt', { hasText: /^started$/ }) });
    // The page's clock stands in UTC (harness.ts).
    assert.equal(await started.locator('dd').textContent(), '2026-11-21 00:31:19.002 +2.70 ms');
    const exact = await started.locator('[data-exact]').evaluateAll((values) =>
      values.map((value) => {
        getSelection()!.selectAllChildren(value);
        const event = new ClipboardEvent('copy', { clipboardData: new DataTransfer(), bubbles: true, cancelable: true });
        value.dispatchEvent(event);
        return [(value as HTMLElement).title, event.clipboardData!.getData('text/plain')];
      }),
    );
    assert.deepEqual(exact, [
      ['2026-11-21T00:31:19.002Z (1795221079002700000 ns since 1970)', '1795221079002700000'],
      ['2,700,000 ns', '2,700,000 ns'],
    ]);
  });

  it('a group that was closed stays closed at the next span', async () => {
    open = await harness.open(pictured());
    await select('retrieval product-kb');
    await open.frame.locator('.details summary', { hasText: 'GenAI' }).click();
    await select('chat gpt-5-mini');
    assert.equal(await open.frame.locator('.details .group', { hasText: 'GenAI' }).first().evaluate((group) => (group as HTMLDetailsElement).open), false);
  });

  it('the line of code, how it was found, and a click that opens it by its row', async () => {
    open = await harness.open(pictured());
    await select('retrieval product-kb');
    const source = open.frame.locator('.details .source');
    assert.match((await source.locator('.source-head').textContent()) ?? '', /src\/retriever\.ts:58\s*mapped from \/app · certain/);
    assert.equal(await source.locator('.source-line').count(), 3);
    assert.match((await source.locator('.meant').textContent()) ?? '', /^58\s+limit: MAX, filter: \{\},\s*$/);
    await source.locator('.meant').click();
    await settled(open.frame);
    assert.deepEqual(open.host.calls.filter((call) => call.method === 'openSource').map((call) => call.params), [{ openId: 1, row: 7 }]);
  });

  it('where there is no code: why, and the one-line fix', async () => {
    open = await harness.open({ ...pictured(), source: () => ({ why: 'No attribute of this span names its code.', fix: "span.setAttribute('code.file.path', …)" }) });
    await select('cache.lookup');
    assert.match((await open.frame.locator('.source-none').textContent()) ?? '', /No attribute of this span names its code\.span\.setAttribute/);
    assert.equal(await open.frame.locator('.details .source').count(), 0);
  });

  it('a long value has the width of the panel; JSON is laid out over lines, a stack trace keeps its own', async () => {
    const messages = JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'How do I descale it? '.repeat(9) }] }]);
    open = await harness.open({ batches: oneSpan([{ key: 'gen_ai.input.messages', value: { stringValue: messages } }, { key: 'exception.stacktrace', value: { stringValue: `Error\n    at f (a.js:1:1)\n${'    at g (b.js:1:1)\n'.repeat(12)}` } }, { key: 'short', value: { stringValue: '{"a":1}' } }]) });
    await select('only');
    for (const name of ['show all 2', 'show all 2']) await open.frame.getByRole('button', { name }).first().click();
    const shown = await open.frame.evaluate(() =>
      Object.fromEntries([...document.querySelectorAll('.details .attribute')].map((attribute) => [attribute.querySelector('dt')!.textContent, { text: attribute.querySelector('.value')?.textContent ?? '', isBelow: attribute.querySelector('dd')!.getBoundingClientRect().top > attribute.querySelector('dt')!.getBoundingClientRect().top + 8 }])),
    );
    assert.match(shown['gen_ai.input.messages']!.text, /^\[\n {2}\{\n {4}"role": "user",\n {4}"parts": \[\n {6}\{\n {8}"type": "text",\n {8}"content": "How/);
    assert.match(shown['exception.stacktrace']!.text, /^Error\n {4}at f/);
    assert.deepEqual([shown['gen_ai.input.messages']!.isBelow, shown['exception.stacktrace']!.isBelow, shown['short']], [true, true, { text: '{"a":1}', isBelow: false }]);
  });

  it('a narrow panel has values below their keys, not beside them letter by letter', async () => {
    open = await harness.open({ batches: oneSpan([{ key: 'gen_ai.response.model', value: { stringValue: 'gpt-5-mini-2026-01-01' } }]) });
    await select('only');
    await open.frame.evaluate(() => document.querySelector<HTMLElement>('.details')!.style.setProperty('--panel-width', '220px'));
    const lines = await open.frame.evaluate(() => [...document.querySelectorAll('.details .attribute dd')].filter((dd) => dd.checkVisibility()).map((dd) => dd.getClientRects()[0]!.height / parseFloat(getComputedStyle(dd).lineHeight)));
    assert.deepEqual(lines.filter((count) => count > 2.5), []);
  });

  it('a long value is folded, a very long one says how long it was', async () => {
    const long = `start ${'x'.repeat(100_000)} end`;
    open = await harness.open({ batches: oneSpan([{ key: 'long', value: { stringValue: long } }, { key: 'short', value: { stringValue: 'y' } }]), traceId: TRACE });
    await select('only');
    const value = open.frame.locator('.details .attribute', { hasText: 'long' }).locator('.value').first();
    assert.ok(((await value.textContent()) ?? '').length < 300);
    await value.getByRole('button').click();
    assert.match((await value.textContent()) ?? '', /cut here: 100,010 characters in all/);
    await value.getByRole('button', { name: 'show less' }).click();
    assert.ok(((await value.textContent()) ?? '').length < 300);
  });

  it('values keep their type: 64-bit exactly, empty as such, bytes, lists and maps', async () => {
    open = await harness.open(pictured());
    await select('orphaned flush');
    const other = await textOf('Other');
    assert.match(other, /9223372036854775807/);
    assert.match(other, /empty\(empty\)/);
    assert.match(other, /<img src=x onerror=alert\(1\)>/);
    assert.match(other, /nested\{/);
  });

  it('copying and opening name a place, never a text', async () => {
    open = await harness.open({ batches: oneSpan([{ key: 'plain', value: { stringValue: 'no link' } }, { key: 'link', value: { stringValue: 'https://example.com/a?b=c' } }, { key: 'bad', value: { stringValue: 'javascript:alert(1)' } }]), traceId: TRACE });
    await select('only');
    assert.equal(await open.frame.getByRole('button', { name: /^Open / }).count(), 1, 'only the http address can be opened');
    await open.frame.getByRole('button', { name: 'Open https://example.com/a?b=c' }).click();
    await open.frame.getByRole('button', { name: 'Copy link' }).click();
    await open.frame.getByRole('button', { name: 'Copy the span id' }).click();
    await open.frame.getByRole('button', { name: 'Copy this span as JSON' }).click();
    await settled(open.frame);
    assert.deepEqual(
      open.host.calls.filter((call) => call.method === 'openUrl' || call.method === 'copy').map((call) => call.params),
      [
        { openId: 1, row: 0, group: 'attributes', index: 1 },
        { openId: 1, row: 0, what: 'attribute', index: 1 },
        { openId: 1, row: 0, what: 'spanId' },
        { openId: 1, row: 0, what: 'spanJson' },
      ],
    );
  });

  it('a link opens by its place, and says why not', async () => {
    open = await harness.open(pictured());
    await select('events process');
    await open.frame.locator('.details .plain-list .link').first().click();
    await open.frame.getByText('That trace is not here.').first().waitFor();
    assert.deepEqual(open.host.calls.findLast((call) => call.method === 'openLink')?.params, { openId: 1, row: 12, link: 0 });
  });

  it('holding an arrow key asks for where it stops, not for every row passed', async () => {
    open = await harness.open(pictured());
    await open.frame.locator('.details .raw').waitFor({ state: 'attached' });
    const before = open.host.countOf('details');
    await open.frame.evaluate(() => {
      const grid = document.querySelector('.grid')!;
      for (let k = 0; k < 12; k++) grid.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }));
    });
    await open.page.waitForTimeout(300);
    assert.equal(open.host.countOf('details') - before, 1);
  });
});
