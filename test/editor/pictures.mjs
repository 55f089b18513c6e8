// Makes the README's pictures again: `npm run pictures`. The real workbench and the real demo, at its first slow conversation;
// the icon from media/tracefall.svg. Writes media/*.png; options are names of pictures (default: all).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../src/model/time.ts';
import { DemoPipeline } from './demoPipeline.ts';
import { eventually, rowsHave } from './wait.ts';
import { ROOT, startWorkbench } from './workbench.ts';

const MEDIA = path.join(ROOT, 'media');
/** Where pictures go; TRACEFALL_PICTURES is for looking at themes that the README does not show. */
const OUT = process.env.TRACEFALL_PICTURES ?? MEDIA;
const SIDEBAR = 360;
const QUIET = { 'chat.commandCenter.enabled': false, 'editor.minimap.enabled': false, 'workbench.layoutControl.enabled': false };
const THEMES = process.env.TRACEFALL_PICTURES === undefined
  ? { dark: 'Dark Modern', light: 'Light Modern' }
  : { dark: 'Dark Modern', light: 'Light Modern', 'hc-dark': 'Default High Contrast', 'hc-light': 'Default High Contrast Light' };
const MAX_BYTES = 320_000;

function useTheme(folder, theme) {
  mkdirSync(path.join(folder, '.vscode'), { recursive: true });
  writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify({ ...QUIET, 'workbench.colorTheme': theme }));
  return sleep(3000);
}

async function picture(page, name, clip) {
  // No hover card and no flashing cursor is part of a picture.
  await page.mouse.move(260, 10);
  await sleep(1200);
  const file = path.join(OUT, `${name}.png`);
  const { length } = await page.screenshot({ path: file, caret: 'hide', ...(clip === undefined ? {} : { clip }) });
  console.log(`${path.relative(ROOT, file)}: ${(length / 1000).toFixed(0)} kB`);
  if (length > MAX_BYTES) throw new Error(`${name}.png has ${length} bytes, more than ${MAX_BYTES}.`);
}

async function icon(page) {
  const svg = readFileSync(path.join(MEDIA, 'tracefall.svg'), 'utf8').replace(/fill="[^"]*"/, 'fill="#7cb7ff"').replace('<svg ', '<svg style="position:absolute;inset:20px;width:88px;height:88px" ');
  await page.setViewportSize({ width: 128, height: 128 });
  await page.setContent(`<body style="margin:0;background:transparent"><div style="position:absolute;inset:0;border-radius:26px;background:linear-gradient(160deg,#262c36,#161a20)"></div>${svg}</body>`);
  await page.screenshot({ path: path.join(OUT, 'icon.png'), omitBackground: true });
}

const wanted = process.argv.slice(2);
const wants = (name) => wanted.length === 0 || wanted.some((one) => name.startsWith(one));
mkdirSync(OUT, { recursive: true });
const demo = new DemoPipeline();
await useTheme(demo.folder, THEMES.dark);
const workbench = await startWorkbench({ whole: true, folder: demo.folder, settings: QUIET });
try {
  const { user, page } = workbench;
  if (wants('icon')) await icon(await page.context().newPage());
  await page.setViewportSize({ width: 1440, height: 820 });
  await workbench.open();
  await user.showTraces();
  await eventually('the collector', () => user.welcome(), (text) => text.includes('No trace yet'), 60_000);
  const sash = await page.locator('.sidebar').boundingBox();
  await page.mouse.move(sash.x + sash.width, 450);
  await page.mouse.down();
  await page.mouse.move(SIDEBAR + 46, 450, { steps: 5 });
  await page.mouse.up();
  demo.start(workbench.endpoint, path.join(workbench.scratch, 'traces.db'));
  const slow = await demo.firstSlow();
  const row = `${formatDuration(slow.durationNs)}, usually `;
  const rows = await eventually('it is in the slow group', () => user.rows(), rowsHave(row), 30_000);
  if (rows.filter((text) => text.includes(row)).length > 1) throw new Error('Two slow conversations took the same time, so one cannot be told by its row. Try again.');
  // Nothing moves in a picture.
  await sleep(12_000);
  await demo.stopTalking();
  await sleep(2000);
  await user.rowActionAsks(row, 'Pin Trace');
  await user.answer('before the fix');
  await user.doubleClickRow(row);
  await eventually('why it was slow', () => user.waterfallText(), (text) => text.includes('usually 20'), 30_000);
  await user.clickInWaterfall('.why button', 'retrieve');
  await eventually('its code', () => user.waterfallText(), (text) => text.includes('filter: {}'), 30_000);
  for (const [name, theme] of Object.entries(THEMES)) {
    await useTheme(demo.folder, theme);
    if (wants(`waterfall-${name}`)) await picture(page, `waterfall-${name}`);
    if (wants(`tree-${name}`) && (name === 'dark' || OUT !== MEDIA)) await picture(page, `tree-${name}`, { x: 0, y: 36, width: SIDEBAR + 52, height: 500 });
  }
  await user.clickInWaterfall('.details button', 'services/retriever.ts');
  await eventually('the code', () => user.tabs(), (tabs) => tabs.some(({ label, active }) => active && label === 'retriever.ts'));
  for (const [name, theme] of Object.entries(THEMES).toReversed()) {
    if (!wants(`code-${name}`) || (name !== 'dark' && OUT === MEDIA)) continue;
    await useTheme(demo.folder, theme);
    await picture(page, `code-${name}`);
  }
} finally {
  await workbench.stop();
  await demo.stop();
}
