// Hostile text in every string field of a trace: shown literally, never executed, never fetched, under the product's own policy.
import assert from 'node:assert/strict';
import { decodeOtlpJson } from '../../src/formats/otlpJson.ts';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import { pages, type Waterfall } from './harness.ts';
import { gridOf, settled } from './look.ts';

const SENTINEL = 'window.__executed=1';
const PAYLOADS: readonly string[] = [
  `<script>${SENTINEL}</script>`,
  `<img src=x onerror="${SENTINEL}">`,
  `<svg onload="${SENTINEL}">`,
  `"><svg/onload=${SENTINEL}>`,
  `'"><img src=http://evil.example/x onerror=${SENTINEL}>`,
  `<iframe srcdoc="<script>parent.${SENTINEL}</script>">`,
  `<a href="javascript:${SENTINEL}">x</a>`,
  `javascript:${SENTINEL}`,
  `</title></style></script><script>${SENTINEL}</script>`,
  `<style>@import url(http://evil.example/y);</style>`,
  `<link rel=stylesheet href=http://evil.example/z>`,
  `<base href=http://evil.example/>`,
  `<meta http-equiv=refresh content="0;url=http://evil.example/">`,
  `<form action=http://evil.example/><input name=q autofocus onfocus=${SENTINEL}>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${SENTINEL}>`,
  `<details open ontoggle=${SENTINEL}>`,
  `<video><source onerror=${SENTINEL}></video>`,
  `{{constructor.constructor('${SENTINEL}')()}}`,
  '${' + SENTINEL + '}',
  `command:workbench.action.files.newUntitledFile`,
  `vscode://file/etc/passwd`,
  `../../../../etc/passwd`,
  `\\\\host\\share\\x`,
  `__proto__`,
  `constructor`,
  `\u202egnp.exe\u202c`,
  `\u001b[31mred\u001b[0m`,
  `zero\u200bwidth`,
  `\ud800lone`,
  `a\u0000b`,
  `${'x'.repeat(70_000)}<img src=x onerror=${SENTINEL}>`,
  `url(http://evil.example/css)`,
  `expression(${SENTINEL})`,
];

/** One span a payload, the payload in every text there is. */
function hostileTrace(): readonly SpanBatch[] {
  const traceId = 'ab'.repeat(16);
  const id = (n: number): string => (n + 1).toString(16).padStart(16, '0');
  const attributes = (text: string): object[] => [
    { key: text, value: { stringValue: text } },
    { key: 'list', value: { arrayValue: { values: [{ stringValue: text }] } } },
    { key: 'map', value: { kvlistValue: { values: [{ key: text, value: { stringValue: text } }] } } },
    { key: 'db.statement', value: { stringValue: text } },
  ];
  const start = 1_795_221_079_000_000_000n;
  return [
    decodeOtlpJson({
      resourceSpans: PAYLOADS.map((text, n) => ({
        resource: { attributes: [{ key: 'service.name', value: { stringValue: text } }, ...attributes(text)] },
        scopeSpans: [
          {
            scope: { name: text, version: text },
            spans: [
              {
                traceId,
                spanId: id(n),
                parentSpanId: n === 0 ? '' : id(0),
                traceState: text,
                name: text,
                kind: 2,
                startTimeUnixNano: (start + BigInt(n) * 1000n).toString(),
                endTimeUnixNano: (start + BigInt(n) * 1000n + 90_000n).toString(),
                attributes: attributes(text),
                events: [{ timeUnixNano: (start + 5n).toString(), name: text, attributes: attributes(text) }],
                links: [{ traceId, spanId: id(0), traceState: text, attributes: attributes(text) }],
                status: { code: 2, message: text },
              },
            ],
          },
        ],
      })),
    }),
  ];
}

describe('hostile text', function () {
  this.timeout(120_000);
  const harness = pages();
  let open: Waterfall;

  const executed = (): Promise<unknown> => open.frame.evaluate(() => (window as unknown as { __executed?: number }).__executed);

  it(`nothing of ${PAYLOADS.length} payloads in every field is executed, fetched or reported`, async () => {
    const everywhere = (row: number): string => PAYLOADS[row % PAYLOADS.length]!;
    open = await harness.open({
      batches: hostileTrace(),
      notes: PAYLOADS,
      code: () => 'certain',
      source: (row) => ({
        preview: { confidence: 'low', label: everywhere(row), reason: everywhere(row), candidates: 2, firstLine: 1, line: 1, lines: PAYLOADS },
        why: everywhere(row),
        fix: everywhere(row),
      }),
      why: (rowOf) => ({
        traceId: '',
        cohort: 50,
        durationNs: '90000',
        medianNs: '1',
        findings: PAYLOADS.map((text, n) => ({ spanId: n.toString(16), row: rowOf('1'), service: text, name: text, deltaNs: '7', attribute: text, value: text, usual: text })),
      }),
    });
    await gridOf(open.frame).focus();
    await open.page.keyboard.press('Home');
    for (let row = 0; row < PAYLOADS.length; row++) {
      await open.frame.locator('.details .raw').waitFor({ state: 'attached' });
      await open.frame.evaluate(() => {
        for (const group of document.querySelectorAll('details')) group.open = true;
        for (const fold of document.querySelectorAll<HTMLElement>('.value .link')) fold.click();
      });
      assert.equal(await executed(), undefined, `row ${row}: ${PAYLOADS[row]}`);
      await open.page.keyboard.press('ArrowDown');
      await settled(open.frame);
    }
    const dom = await open.frame.evaluate(() => ({
      foreign: [...document.body.querySelectorAll('script, img, iframe, svg, a, form, link, style, base, meta, video, object, embed')].map((element) => element.outerHTML.slice(0, 80)),
      styled: [...document.body.querySelectorAll('*')].flatMap((element) => element.getAttributeNames().filter((name) => name.startsWith('on') || name === 'href' || name === 'src' || name === 'srcdoc')),
    }));
    // The only script is the page's own.
    assert.deepEqual(dom.foreign.filter((html) => !html.includes('main.js')), []);
    assert.deepEqual(dom.styled.filter((name) => name !== 'src'), []);
  });

  it('control, bidirectional and zero-width characters are visible escapes', async () => {
    open = await harness.open({ batches: hostileTrace(), height: 1200 });
    const shown = await open.frame.evaluate(() => [...document.querySelectorAll('.row-name')].map((name) => name.textContent));
    for (const escape of ['\\u202egnp.exe\\u202c', '\\x1b[31mred\\x1b[0m', 'zero\\u200bwidth', 'a\\x00b']) assert.ok(shown.includes(escape), `${escape} in ${JSON.stringify(shown)}`);
    assert.equal(shown.some((name) => /[\u0000-\u0008\u202a-\u202e\u200b]/.test(name)), false);
  });

  it('errors of the other side are text too', async () => {
    open = await harness.open({
      batches: hostileTrace(),
      rowless: true,
      before: (method) => {
        if (method === 'ready') throw new Error(PAYLOADS[1]);
      },
    });
    await open.frame.getByText('The trace could not be opened.').first().waitFor();
    assert.match((await open.frame.locator('.notice.state').textContent()) ?? '', /<img src=x onerror=/);
    assert.equal(await executed(), undefined);
  });
});
