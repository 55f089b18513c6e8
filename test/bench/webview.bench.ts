// The waterfall in real Chromium over the real engine methods in this process: open request → first rows painted, → all rows there
// and searchable, wheel and zoom frames, collapse, 1M spans. Engine work (decode, build, cut) is included, as is a loopback bridge in
// place of VS Code's own pipe, which costs more a message (DESIGN §9).
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { generateTraces } from '../support/traceGenerator.ts';
import { Harness, type Waterfall } from '../webview/harness.ts';

interface Opened {
  readonly waterfall: Waterfall;
  /** ms from the open request. */
  readonly firstRows: number;
  readonly allRows: number;
  readonly searchable: number;
  /** ms from the frame's navigation. */
  readonly fromNavigation: number;
  readonly longestTask: number;
  readonly heapMb: number;
  /** Processor time, which a busy machine does not change: this thread until the first answer, the page until it was searchable. */
  readonly engineCpu: number;
  readonly pageCpu: number;
}

const harness = await Harness.start();
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const percentile = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

function print(what: string, ms: number, target?: number, more = ''): void {
  const verdict = target === undefined ? '' : `   target ≤ ${target} ms ${ms <= target ? '✓' : '✗'}`;
  console.log(`${what.padEnd(58)} ${ms.toFixed(1).padStart(8)} ms${verdict}${more}`);
}

async function openOnce(bytes: Uint8Array, spans: number): Promise<Opened> {
  globalThis.gc?.();
  const traceId = '0'.repeat(32);
  let asked = process.threadCpuUsage();
  let engineCpu = 0;
  const before = (method: string): void => {
    if (method === 'ready') asked = process.threadCpuUsage();
    else if (engineCpu === 0) {
      const used = process.threadCpuUsage(asked);
      engineCpu = (used.user + used.system) / 1000;
    }
  };
  const waterfall = await harness.open({ load: () => [decodeOtlpProto(bytes)], traceId, before, rowless: true });
  const inspector = await waterfall.page.context().newCDPSession(waterfall.page);
  await inspector.send('Performance.enable', { timeDomain: 'threadTicks' });
  await waterfall.frame.evaluate(() => {
    const longest = { ms: 0 };
    (window as unknown as { longest: typeof longest }).longest = longest;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longest.ms = Math.max(longest.ms, entry.duration);
    }).observe({ type: 'longtask', buffered: true });
  });
  const painted = async (what: 'firstRows' | 'allRows'): Promise<number> => {
    for (;;) {
      const mark = waterfall.host.painted.find((candidate) => candidate.what === what);
      if (mark !== undefined) return mark.atMs;
      await waterfall.page.waitForTimeout(5);
    }
  };
  const first = await painted('firstRows');
  const all = await painted('allRows');
  const askedAt = await waterfall.frame.evaluate(() => performance.getEntriesByName('asked')[0]!.startTime);
  // All columns are there: a query over them answers, and its marks are painted.
  const from = performance.now();
  waterfall.host.emit('command', { name: 'find' });
  await waterfall.frame.locator('.text-field').click();
  await waterfall.page.keyboard.type('e');
  await waterfall.frame.locator('.find-count:not(.busy)').filter({ hasText: 'match' }).waitFor();
  const searched = performance.now() - from;
  const { metrics } = await inspector.send('Performance.getMetrics');
  const pageCpu = (metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? 0) * 1000;
  const { longestTask, heapMb } = await waterfall.frame.evaluate(() => ({
    longestTask: (window as unknown as { longest: { ms: number } }).longest.ms,
    heapMb: (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 2 ** 20,
  }));
  const rows = await waterfall.frame.locator('.grid').getAttribute('aria-rowcount');
  if (rows !== String(spans)) throw new Error(`${rows} rows of ${spans} are there.`);
  return { waterfall, firstRows: first - askedAt, allRows: all - askedAt, searchable: all - askedAt + searched, fromNavigation: first, longestTask, heapMb, engineCpu, pageCpu };
}

/** Intervals between frames and script time in them while `step` is done 300 times. */
async function frames(waterfall: Waterfall, kind: 'wheel' | 'zoom'): Promise<{ readonly interval: readonly number[]; readonly script: readonly number[] }> {
  return waterfall.frame.evaluate(async (what) => {
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

async function collapseMs(waterfall: Waterfall): Promise<number> {
  return waterfall.frame.evaluate(async () => {
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
  for (let run = 0; run < runs; run++) {
    await opened.at(-1)?.waterfall.close();
    opened.push(await openOnce(bytes, spans));
  }
  const last = opened.at(-1)!;
  const of = (pick: (one: Opened) => number): number => median(opened.map(pick));
  print(`${label}: open request → first rows painted`, of((one) => one.firstRows), first, `   from navigation ${of((one) => one.fromNavigation).toFixed(0)} ms`);
  print(`${label}: open request → all rows there`, of((one) => one.allRows));
  print(`${label}: open request → searched, marks painted`, of((one) => one.searchable), search, '   (150 ms of it debounce and typing)');
  console.log(`${label}: processor time of it`.padEnd(58) + ` engine ${of((one) => one.engineCpu).toFixed(0)} ms to the first answer, page ${of((one) => one.pageCpu).toFixed(0)} ms to searchable`);
  print(`${label}: longest task in the page`, of((one) => one.longestTask), undefined, `   heap ${last.heapMb.toFixed(0)} MB`);
  for (const kind of ['wheel', 'zoom'] as const) {
    const { interval, script } = await frames(last.waterfall, kind);
    print(`${label}: ${kind} frame p95`, percentile(interval, 0.95), spans === 100_000 ? 20 : undefined, `   p50 ${percentile(interval, 0.5).toFixed(1)}   script p50 ${percentile(script, 0.5).toFixed(1)}, p99 ${percentile(script, 0.99).toFixed(1)} ms`);
  }
  print(`${label}: collapse or expand the root → painted`, await collapseMs(last.waterfall), collapse);
  await last.waterfall.close();
}
await harness.stop();
