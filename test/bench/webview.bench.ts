// The waterfall in real Chromium over the real engine methods: open request → first rows painted, → all rows there and searchable,
// wheel and zoom frames, collapse, 1M spans. Host and engine run on a thread of their own (webviewHost.ts), as in the product, so
// that Playwright, which drives the page from here, is not what is measured. Included: the page's request, decoding, building and
// cutting in the engine, the loopback bridge in place of VS Code's own pipe (which costs more a message, DESIGN §9), and the page.
// Not included: reading the store (openTrace.bench.ts). The page asks before it is built, so its building is in it. "From the click" is
// what the editor does: the engine opens the trace while the frame loads, and both are in it, from the frame's navigation on.
// Beside each median stands the least: other work on the machine only ever adds. TRACEFALL_BENCH_RUNS: more runs where there is much.
import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { launchChromium } from '../support/chromium.ts';
import { generateTraces } from '../support/traceGenerator.ts';
import { DIST, newPage, openIn, type OpenedPage } from '../webview/harness.ts';
import type { HostOrder, HostReport } from './webviewHost.ts';

interface Opened {
  readonly waterfall: OpenedPage;
  /** ms from the open request. */
  readonly firstRows: number;
  readonly allRows: number;
  readonly searchable: number;
  /** ms from the frame's navigation. */
  readonly fromNavigation: number;
  readonly longestTask: number;
  readonly heapMb: number;
  /** Until the first answer was handed to the bridge: processor time, which a busy machine does not change, and the clock. */
  readonly engineCpu: number;
  readonly engineClock: number;
  /** Processor time of the page until its first rows were painted, and until it was searchable. */
  readonly pageCpuFirst: number;
  readonly pageCpu: number;
}

/** The thread with host and engine. */
class HostThread {
  readonly #worker = new Worker(new URL('./webviewHost.ts', import.meta.url), { env: { ...process.env, TRACEFALL_WEBVIEW_DIST: DIST } });
  readonly #reports: HostReport[] = [];
  #woken: () => void = () => undefined;

  constructor() {
    this.#worker.on('message', (report: HostReport) => {
      this.#reports.push(report);
      this.#woken();
    });
    this.#worker.on('error', (error) => {
      throw error;
    });
  }

  order(order: HostOrder): void {
    if (order.kind === 'open') this.#reports.length = 0;
    this.#worker.postMessage(order);
  }

  /** The first report of a kind that fits, since the session was opened; waits for it. */
  async report<K extends HostReport['kind']>(kind: K, fits: (report: Extract<HostReport, { kind: K }>) => boolean = () => true): Promise<Extract<HostReport, { kind: K }>> {
    for (;;) {
      const found = this.#reports.find((report): report is Extract<HostReport, { kind: K }> => report.kind === kind && fits(report as Extract<HostReport, { kind: K }>));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.#woken = resolve));
    }
  }
}

const host = new HostThread();
const browser = await launchChromium();
const { origin } = await host.report('listening');
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const percentile = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

function print(what: string, ms: number, target?: number, more = ''): void {
  const verdict = target === undefined ? '' : `   target ≤ ${target} ms ${ms <= target ? '✓' : '✗'}`;
  console.log(`${what.padEnd(58)} ${ms.toFixed(1).padStart(8)} ms${verdict}${more}`);
}

async function openOnce(bytes: Uint8Array, spans: number, early: boolean): Promise<Opened> {
  globalThis.gc?.();
  const session = randomUUID();
  host.order({ kind: 'open', session, bytes, early });
  const waterfall = await openIn(await newPage(browser), origin, session, { rowless: true });
  const frame = waterfall.frameNow();
  const inspector = await waterfall.page.context().newCDPSession(waterfall.page);
  await inspector.send('Performance.enable', { timeDomain: 'threadTicks' });
  const cpu = async (): Promise<number> => {
    const { metrics } = await inspector.send('Performance.getMetrics');
    return (metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? 0) * 1000;
  };
  const painted = async (what: 'firstRows' | 'allRows'): Promise<number> => {
    const { mark } = await host.report('painted', ({ mark: { what: seen } }) => seen === what);
    return mark.atMs;
  };
  const first = await painted('firstRows');
  const pageCpuFirst = await cpu();
  const all = await painted('allRows');
  const { cpuMs, clockMs } = await host.report('answered');
  const askedAt = await frame.evaluate(() => performance.getEntriesByName('asked')[0]!.startTime);
  // All columns are there: a query over them answers, and its marks are painted.
  const from = performance.now();
  host.order({ kind: 'command', name: 'find' });
  await frame.locator('.text-field').click();
  await waterfall.page.keyboard.type('e');
  await frame.locator('.find-count:not(.busy)').filter({ hasText: 'match' }).waitFor();
  const searched = performance.now() - from;
  const pageCpu = await cpu();
  const { longestTask, heapMb } = await frame.evaluate(async () => ({
    longestTask: await new Promise<number>((resolve) => {
      // Buffered: what happened before somebody looked is told too; where there was no long task nothing is.
      new PerformanceObserver((list) => resolve(Math.max(...list.getEntries().map((entry) => entry.duration)))).observe({ type: 'longtask', buffered: true });
      setTimeout(() => resolve(0), 500);
    }),
    heapMb: (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 2 ** 20,
  }));
  const rows = await frame.locator('.grid').getAttribute('aria-rowcount');
  if (rows !== String(spans)) throw new Error(`${rows} rows of ${spans} are there.`);
  return { waterfall, firstRows: first - askedAt, allRows: all - askedAt, searchable: all - askedAt + searched, fromNavigation: first, longestTask, heapMb, engineCpu: cpuMs, engineClock: clockMs, pageCpuFirst, pageCpu };
}

/** Intervals between frames and script time in them while `step` is done 300 times. */
async function frames(waterfall: OpenedPage, kind: 'wheel' | 'zoom'): Promise<{ readonly interval: readonly number[]; readonly script: readonly number[] }> {
  return waterfall.frameNow().evaluate(async (what) => {
    const grid = document.querySelector<HTMLElement>('.grid')!;
    const interval: number[] = [];
    const script: number[] = [];
    const box = grid.getBoundingClientRect();
    let before = await new Promise<number>(requestAnimationFrame);
    for (let k = 0; k < 300; k++) {
      // 1,009 rows at a time and back: every row on screen is another one.
      if (what === 'wheel') grid.scrollTop = ((k * 24_216) % grid.scrollHeight) + (k % 24);
      else grid.dispatchEvent(new WheelEvent('wheel', { deltaY: k % 60 < 30 ? -120 : 120, ctrlKey: true, clientX: box.left + box.width * 0.7, clientY: box.top + 100, bubbles: true, cancelable: true }));
      const started = performance.now();
      const now = await new Promise<number>(requestAnimationFrame);
      // This callback was asked for before the page's own of this frame: its end is seen by the next task.
      const busyFrom = performance.now();
      await new Promise<void>((resolve) => {
        const channel = new MessageChannel();
        channel.port1.addEventListener('message', () => resolve());
        channel.port1.start();
        channel.port2.postMessage(0);
      });
      script.push(performance.now() - busyFrom);
      interval.push(now - before);
      before = now;
      if (started > now + 10_000) break;
    }
    return { interval: interval.slice(5), script: script.slice(5) };
  }, kind);
}

async function collapseMs(waterfall: OpenedPage): Promise<number> {
  return waterfall.frameNow().evaluate(async () => {
    const grid = document.querySelector<HTMLElement>('.grid')!;
    grid.focus();
    const times: number[] = [];
    for (let k = 0; k < 8; k++) {
      grid.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home', bubbles: true }));
      await new Promise(requestAnimationFrame);
      const from = performance.now();
      grid.dispatchEvent(new KeyboardEvent('keydown', { key: k % 2 === 0 ? 'ArrowLeft' : 'ArrowRight', bubbles: true }));
      await new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
      times.push(performance.now() - from);
    }
    return times.toSorted((a, b) => a - b)[4]!;
  });
}

const TARGETS: readonly { readonly spans: number; readonly runs: number; readonly first?: number; readonly search?: number; readonly collapse?: number }[] = [
  { spans: 10_000, runs: 5, first: 150 },
  { spans: 100_000, runs: 5, first: 350, search: 1_000, collapse: 16 },
  { spans: 1_000_000, runs: 1, first: 2_500, collapse: 33 },
];
const wanted = process.env['TRACEFALL_BENCH_SPANS']?.split(',').map(Number);
for (const { spans, runs, first, search, collapse } of TARGETS) {
  if (wanted !== undefined && !wanted.includes(spans)) continue;
  const label = spans >= 1_000_000 ? `${spans / 1_000_000}M` : `${spans / 1000}k`;
  const bytes = generateTraces({ seed: 42, traces: 1, spansPerTrace: spans, ...(spans >= 1_000_000 ? { attributes: 2 } : {}) });
  const opened: Opened[] = [];
  const clicked: number[] = [];
  for (let run = 0; run < Number(process.env['TRACEFALL_BENCH_RUNS'] ?? runs); run++) {
    const early = await openOnce(bytes, spans, true);
    clicked.push(early.fromNavigation);
    await early.waterfall.page.context().close();
    await opened.at(-1)?.waterfall.page.context().close();
    opened.push(await openOnce(bytes, spans, false));
  }
  const last = opened.at(-1)!;
  const of = (pick: (one: Opened) => number): number => median(opened.map(pick));
  const least = (values: readonly number[]): string => `   least ${Math.min(...values).toFixed(0)} ms`;
  print(`${label}: open request → first rows painted`, of((one) => one.firstRows), first, least(opened.map((one) => one.firstRows)));
  print(`${label}: click → first rows painted, engine beside`, median(clicked), undefined, least(clicked));
  print(`${label}: open request → all rows there`, of((one) => one.allRows));
  print(`${label}: open request → searched, marks painted`, of((one) => one.searchable), search, '   (150 ms of it debounce and typing)');
  const ms = (pick: (one: Opened) => number): string => `${of(pick).toFixed(0)} ms`;
  console.log(`${label}: of it, the engine to its first answer`.padEnd(58) + ` ${ms((one) => one.engineClock)}, ${ms((one) => one.engineCpu)} of it processor time`);
  console.log(`${label}: processor time of the page since its navigation`.padEnd(58) + ` ${ms((one) => one.pageCpuFirst)} to the first rows, ${ms((one) => one.pageCpu)} to searchable`);
  print(`${label}: longest task in the page`, of((one) => one.longestTask), undefined, `   heap ${last.heapMb.toFixed(0)} MB`);
  for (const kind of ['wheel', 'zoom'] as const) {
    const { interval, script } = await frames(last.waterfall, kind);
    print(`${label}: ${kind} frame p95`, percentile(interval, 0.95), spans === 100_000 ? 20 : undefined, `   p50 ${percentile(interval, 0.5).toFixed(1)}   script p50 ${percentile(script, 0.5).toFixed(1)}, p99 ${percentile(script, 0.99).toFixed(1)} ms`);
  }
  print(`${label}: collapse or expand the root → painted`, await collapseMs(last.waterfall), collapse);
  await last.waterfall.page.context().close();
}
await browser.close();
host.order({ kind: 'end' });
