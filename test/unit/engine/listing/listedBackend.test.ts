// Lists over sources that answer in every way servers do: every trace once, lies found out, and always said how far was looked.
import assert from 'node:assert/strict';
import type { Backend, SearchPage, SearchQuery } from '../../../../src/engine/backends/backend.ts';
import { listedBackend, type ListedOptions } from '../../../../src/engine/listing/listedBackend.ts';
import { fakeSource, NOW_MS, shuffled, type FakeSource, type FakeTrace } from './fakeSource.ts';

const signal = new AbortController().signal;
const HOUR_NS = 3_600_000_000_000n;
const RULE = { minSamples: 20, percentile: 90, factor: 1.5 };

function backendOf(source: FakeSource, more: Partial<ListedOptions> = {}): Backend {
  return listedBackend({ source, now: () => NOW_MS, slow: () => RULE, lookbackNs: 24n * HOUR_NS, received: () => 0, ...more });
}

const ask = (backend: Backend, query: Partial<SearchQuery> = {}): Promise<SearchPage> => backend.search({ group: 'recent', sort: 'newest', limit: 20, ...query }, signal);
const ids = (page: SearchPage): number[] => page.traces.map(({ summary }) => Number.parseInt(summary.traceId, 16));

async function pages(backend: Backend, query: Partial<SearchQuery> = {}): Promise<{ ids: number[]; pages: number; notes: string[] }> {
  const all: number[] = [];
  const notes = new Set<string>();
  let cursor: string | undefined;
  for (let count = 1; ; count++) {
    const page = await ask(backend, { ...query, ...(cursor === undefined ? {} : { cursor }) });
    all.push(...ids(page));
    for (const note of page.notes) notes.add(note);
    cursor = page.next;
    if (cursor === undefined || count > 2000) return { ids: all, pages: count, notes: [...notes] };
  }
}

describe('engine/listing/listedBackend', () => {
  const spread = (count: number, everyMs: number): FakeTrace[] => Array.from({ length: count }, (_, k) => ({ id: k + 1, agoMs: (k + 1) * everyMs }));

  describe('2,000 shuffled traces, limit 20: paging to the end yields every id once', () => {
    // Every other runs for an hour: it is among others that began long after it.
    const traces = shuffled(spread(2000, 40_000).map((trace) => (trace.id % 2 === 0 ? { ...trace, ms: 3_600_000 } : trace)));
    for (const [what, options] of [
      ['an ordered API', {}],
      ['an ordered API with small pages', { maxLimit: 30 }],
      ['an unordered API', { order: 'unordered', pick: (all: readonly never[], limit: number) => shuffled(all).slice(0, limit) }],
      ['an unordered API that answers the oldest', { order: 'unordered', maxLimit: 100, pick: (all: readonly never[], limit: number) => all.slice(-limit) }],
      ['an API with cursors', { cursors: true, maxLimit: 50 }],
      ['an unordered API with cursors', { order: 'unordered', cursors: true, maxLimit: 50 }],
      ['an API that goes by when a trace last ran', { running: true, maxLimit: 50 }],
      ['windows of an hour at most', { maxWindowNs: HOUR_NS }],
      ['a time unit of a second', { timeUnitNs: 1_000_000_000n }],
    ] as const) {
      it(what, async () => {
        const source = fakeSource(traces, options as Parameters<typeof fakeSource>[1]);
        const read = await pages(backendOf(source));
        assert.deepEqual(read.ids.toSorted((a, b) => a - b), Array.from({ length: 2000 }, (_, k) => k + 1));
        if (!('order' in options)) assert.deepEqual(read.ids, Array.from({ length: 2000 }, (_, k) => k + 1), 'newest first over all pages');
      });
    }
  });

  it('a server whose clock is ahead of ours is listed up to its own time, and that is said', async () => {
    const traces = [...spread(3, 60_000), { id: 9, agoMs: -8 * 60_000 }];
    for (const [aheadMs, listed, says] of [[600_000, [9, 1, 2, 3], /^The server's clock is 10 min ahead of this machine's: one of them is wrong\.$/], [59_000, [1, 2, 3], /^$/], [-600_000, [1, 2, 3], /^$/], [undefined, [1, 2, 3], /^$/], [25 * 3_600_000, [1, 2, 3], /^$/]] as const) {
      const page = await ask(backendOf(fakeSource(traces), { aheadMs: () => aheadMs }));
      assert.deepEqual(ids(page), listed, String(aheadMs));
      assert.match(page.notes.join(), says);
    }
  });

  it('more traces in one unit of time than the API answers: said, and what is older is still listed', async () => {
    const traces = [...Array.from({ length: 50 }, (_, k) => ({ id: k + 1, agoMs: 1000 })), ...spread(5, 60_000).map(({ id, agoMs }) => ({ id: id + 50, agoMs: agoMs + 5000 }))];
    const read = await pages(backendOf(fakeSource(traces, { maxLimit: 10 })));
    assert.deepEqual(read.ids.filter((id) => id > 50), [51, 52, 53, 54, 55]);
    assert.ok(read.notes.some((note) => /the rest of them was not searched/.test(note)), read.notes.join('\n'));
  });

  it('a quiet system is searched in few requests, back to the lookback', async () => {
    const source = fakeSource([{ id: 1, agoMs: 20 * 3_600_000 }]);
    const page = await ask(backendOf(source));
    assert.deepEqual([ids(page), page.total, page.next], [[1], 1, undefined]);
    assert.ok(source.asked.length <= 4, `${source.asked.length} requests`);
    assert.ok(source.asked.every(({ window }) => window.startNs >= BigInt(NOW_MS) * 1_000_000n - 24n * HOUR_NS));
  });

  it('a window is no longer than the API takes, also after its bounds were rounded outward', async () => {
    const unit = 1_000_000_000n;
    const source = fakeSource([], { maxWindowNs: 6n * HOUR_NS, timeUnitNs: unit });
    await ask(backendOf(source, { now: () => NOW_MS + 123 }));
    const rounded = source.asked.map(({ window: { startNs, endNs } }) => (endNs + unit - 1n) / unit - startNs / unit);
    assert.ok(rounded.some((seconds) => seconds > 3600n * 5n) && rounded.every((seconds) => seconds <= 3600n * 6n), rounded.join());
  });

  it('the same list asked for again at once asks no server', async () => {
    const source = fakeSource(spread(100, 1000));
    const backend = backendOf(source);
    const first = await ask(backend);
    const before = source.asked.length;
    assert.deepEqual(ids(await ask(backend)), ids(first));
    assert.equal(source.asked.length, before);
    await ask(backend, { askedAtMs: NOW_MS + 1 });
    assert.ok(source.asked.length > before, 'but what was read before the user asked anew does not count');
  });

  describe('errors', () => {
    const traces = spread(200, 10_000).map((trace) => ({ ...trace, errors: trace.id % 40 === 0 ? 2 : 0 }));
    const failing = [40, 80, 120, 160, 200];

    it('are the server’s where its filter tells the truth, which a look at the latest shows', async () => {
      const source = fakeSource(traces);
      const backend = backendOf(source);
      const page = await ask(backend, { group: 'errors' });
      assert.deepEqual([ids(page), page.notes], [failing, []]);
      const before = source.asked.length;
      assert.ok(source.asked.some(({ errorsOnly }) => errorsOnly !== true));
      await ask(backend, { group: 'errors', askedAtMs: NOW_MS + 1 });
      assert.ok(source.asked.length > before && source.asked.slice(before).every(({ errorsOnly }) => errorsOnly === true), 'and is not shown again');
    });

    for (const [what, options] of [
      ['is ignored', { ignores: ['errorsOnly'] }],
      ['finds nothing', { hidesErrors: true }],
      ['finds some of them', { findsErrorsTo: 20 }],
      ['does not exist', { filters: ['service'] }],
    ] as const) {
      it(`are found by us where the filter ${what}, and it is said how far was looked`, async () => {
        const source = fakeSource(traces, options);
        const backend = backendOf(source);
        const page = await ask(backend, { group: 'errors' });
        assert.deepEqual(ids(page), failing);
        assert.match(page.notes.join(), /Errors among the latest 200 traces \(since 2026-11-2\d \d\d:\d\d UTC\)/);
        const before = source.asked.length;
        await ask(backend, { group: 'errors', service: 'shop' });
        assert.ok(source.asked.slice(before).every(({ errorsOnly }) => errorsOnly === undefined), 'the broken filter is not asked for again');
      });
    }

    it('a filter that is wrong beside another one is believed without it', async () => {
      // As servers do that hold all conditions against one span: the failing span is of another service.
      const source = fakeSource(traces);
      const { page } = source;
      const backend = backendOf({ ...source, page: async (query, aborted) => (query.errorsOnly === true && query.service !== undefined ? { traces: [], full: false, notes: [] } : page(query, aborted)) });
      const ofService = await ask(backend, { group: 'errors', service: 'shop' });
      assert.deepEqual(ids(ofService), failing);
      assert.match(ofService.notes.join(), /Errors among the latest 200 traces/);
      const before = source.asked.length;
      assert.deepEqual((await ask(backend, { group: 'errors' })).notes, []);
      assert.ok(source.asked.slice(before).some(({ errorsOnly }) => errorsOnly === true));
    });

    it('what came between two questions proves nothing', async () => {
      // Found by the second, not by the first: it had ended a moment ago.
      const source = fakeSource([...traces, { id: 999, agoMs: 1000, errors: 1 }], { findsErrorsTo: 200 });
      assert.deepEqual((await ask(backendOf(source), { group: 'errors' })).notes, []);
    });

    it('nor does the first of all; where it is hidden still, that is found out at the next look', async () => {
      const source = fakeSource([...spread(200, 10_000), { id: 999, agoMs: 1000, errors: 1 }], { findsErrorsTo: 200 });
      let now = NOW_MS;
      const backend = backendOf(source, { now: () => now });
      const first = await ask(backend, { group: 'errors' });
      assert.deepEqual([ids(first), first.notes], [[], []]);
      now += 60_000;
      assert.deepEqual(ids(await ask(backend, { group: 'errors' })), [999]);
    });

    for (const [what, given, metered, looks] of [
      ['where there is none', spread(200, 10_000), false, 2],
      ['where the latest hold none', [...spread(200, 10_000), { id: 999, agoMs: 7_200_000, errors: 1 }], false, 2],
      ['but never where every request counts', spread(200, 10_000), true, 0],
    ] as const) {
      it(`the latest are looked at once in ten minutes, ${what}`, async () => {
        const source = fakeSource(given);
        let now = NOW_MS;
        const backend = backendOf(source, { now: () => now, metered });
        let looked = 0;
        for (let minute = 0; minute < 20; minute++, now += 60_000) {
          const before = source.asked.length;
          assert.equal((await ask(backend, { group: 'errors', askedAtMs: now })).traces.length, given.length - 200);
          if (source.asked.slice(before).some(({ errorsOnly }) => errorsOnly !== true)) looked++;
        }
        assert.equal(looked, looks);
      });
    }

    it('are looked for to a bounded depth', async () => {
      const source = fakeSource(spread(5000, 1000), { filters: [] });
      const page = await ask(backendOf(source), { group: 'errors' });
      assert.deepEqual(ids(page), []);
      assert.match(page.notes.join(), /Errors among the latest 400 traces/);
      assert.notEqual(page.next, undefined, 'and can be looked for further');
    });
  });

  describe('slow', () => {
    const traces = spread(60, 10_000).map((trace) => ({ ...trace, ms: trace.id === 7 ? 9000 : trace.id === 9 ? 400 : 100 + (trace.id % 5) }));

    it('by the rule: above p90 and 1.5 × the median of at least 20, and the sample is named', async () => {
      const page = await ask(backendOf(fakeSource(traces)), { group: 'slow' });
      assert.deepEqual([ids(page), page.traces.map(({ usualNs }) => usualNs! / 1e6)], [[7, 9], [102, 102]]);
      assert.match(page.notes.join(), /among the latest 60 traces .* needs 20/);
    });

    it('by the user’s own threshold, asked of the server and checked here', async () => {
      const source = fakeSource(traces);
      const page = await ask(backendOf(source, { slowThresholdNs: 1e9 }), { group: 'slow' });
      assert.deepEqual([ids(page), source.asked[0]?.minDurationNs], [[7], 1e9]);
      assert.deepEqual(ids(await ask(backendOf(fakeSource(traces, { ignores: ['minDurationNs'] }), { slowThresholdNs: 1e9 }), { group: 'slow' })), [7]);
    });
  });

  it('text, service and duration filters are checked on what came', async () => {
    const traces = [{ id: 1, agoMs: 1000, service: 'auth', name: 'login' }, { id: 2, agoMs: 2000, service: 'shop', name: 'buy' }, { id: 3, agoMs: 3000, service: 'shop', name: 'LOGIN page', ms: 5000 }];
    assert.deepEqual(ids(await ask(backendOf(fakeSource(traces)), { text: 'login' })), [1, 3]);
    assert.deepEqual(ids(await ask(backendOf(fakeSource(traces, { ignores: ['service'] })), { service: 'shop' })), [2, 3]);
    assert.deepEqual(ids(await ask(backendOf(fakeSource(traces, { filters: [] })), { minDurationNs: 1e9 })), [3]);
  });

  it('sorted by duration over the latest, and said so', async () => {
    const page = await ask(backendOf(fakeSource(spread(300, 1000).map((trace) => ({ ...trace, ms: (trace.id * 7919) % 1000 })))), { sort: 'slowest', limit: 3 });
    const durations = page.traces.map(({ summary }) => Number(summary.durationNs));
    assert.deepEqual(durations, durations.toSorted((a, b) => b - a));
  });

  for (const order of ['newest', 'unordered'] as const) {
    it(`100 traces are one request where there are no more, ${order}`, async () => {
      const source = fakeSource(spread(100, 1000), { order });
      assert.equal((await ask(backendOf(source), { limit: 100, window: { startNs: BigInt(NOW_MS - 3_600_000) * 1_000_000n, endNs: BigInt(NOW_MS) * 1_000_000n } })).traces.length, 100);
      assert.equal(source.asked.length, 1);
    });
  }

  it('the latest 100 of many are one request, where the server has an order', async () => {
    const source = fakeSource(spread(300, 1000));
    assert.equal((await ask(backendOf(source), { limit: 100 })).traces.length, 100);
    assert.equal(source.asked.length, 1);
  });

  describe('a source whose lists move whole traces', () => {
    const whole = (bytesATrace: number, options: Partial<ListedOptions> = {}): { source: FakeSource; backend: Backend } => {
      let bytes = 0;
      const source = fakeSource(spread(5000, 1000), { wholeTraces: true });
      const { page } = source;
      const counted: FakeSource = { ...source, page: async (query, aborted) => {
        const answer = await page(query, aborted);
        bytes += answer.traces.length * bytesATrace;
        return answer;
      } };
      return { source, backend: backendOf(counted, { received: () => bytes, ...options }) };
    };

    it('starts with 10 and asks for more only while they are small', async () => {
      const small = whole(2_000);
      await ask(small.backend, { limit: 100 });
      assert.equal(small.source.asked[0]?.limit, 10);
      assert.deepEqual(small.source.asked.map(({ limit }) => limit), [10, 100]);
      const large = whole(2_000_000);
      await ask(large.backend, { limit: 100 });
      assert.ok(large.source.asked.slice(1).every(({ limit }) => limit <= 2), JSON.stringify(large.source.asked.map(({ limit }) => limit)));
    });

    it('stops at 32 MiB, says so, and goes on when asked', async () => {
      const { backend } = whole(2_000_000);
      const page = await ask(backend, { limit: 100 });
      assert.ok(page.traces.length >= 16 && page.traces.length < 30, `${page.traces.length}`);
      assert.match(page.notes.join(), /stopped after 32 MB/);
      const more = await ask(backend, { limit: 100, cursor: page.next! });
      assert.ok(more.traces.length > 0 && !ids(more).includes(ids(page).at(-1)!));
    });

    it('is never asked again by a refresh that nobody made', async () => {
      let now = NOW_MS;
      const { source, backend } = whole(2_000, { now: () => now });
      await ask(backend);
      const before = source.asked.length;
      now += 600_000;
      assert.equal((await ask(backend, { background: true })).traces.length, 20);
      assert.equal(source.asked.length, before);
      await ask(backend);
      assert.ok(source.asked.length > before);
    });
  });

  it('a source that must find out first what its server can do is waited for', async () => {
    const source = fakeSource(spread(300, 1000), { filters: [] });
    const before = { ...source.capabilities, wholeTraces: true };
    let ready = false;
    const late: FakeSource = { ...source, get capabilities() {
      return ready ? source.capabilities : before;
    }, prepare: async () => void (ready = true) };
    await ask(backendOf(late), { limit: 20 });
    assert.equal(source.asked[0]?.limit, 101, 'a list of summaries is asked for in full pages from the first');
    ready = false;
    await backendOf(late).cohort('shop', 'GET /', 20, signal);
    assert.equal(ready, true);
  });

  it('a query in the source’s own language is the source’s to answer; elsewhere it is text like any other', async () => {
    const own = fakeSource(spread(3, 1000), { filters: ['text'] });
    const page = await ask(backendOf(own), { text: ' { status = error }' });
    assert.deepEqual([ids(page), page.notes, own.asked[0]?.text], [[1, 2, 3], [], ' { status = error }']);
    const before = own.asked.length;
    assert.deepEqual(ids(await ask(backendOf(own), { text: 'nothing' })), [], 'what begins otherwise is a part of a name');
    assert.ok(own.asked.slice(before).every(({ text }) => text === undefined));
    const none = fakeSource([{ id: 1, agoMs: 1000, name: 'GET {id}' }, { id: 2, agoMs: 2000 }]);
    assert.deepEqual([ids(await ask(backendOf(none), { text: '{id}' })), none.asked[0]?.text], [[1], undefined]);
  });

  it('the cohort of a root: only its own, as many as the source allows', async () => {
    const traces = spread(120, 1000).map((trace) => ({ ...trace, name: trace.id % 2 === 0 ? 'even' : 'odd' }));
    const cohort = await backendOf(fakeSource(traces, { filters: [], cohortLimit: 30 })).cohort('shop', 'even', 201, signal);
    assert.equal(cohort.length, 30);
    assert.ok(cohort.every(({ traceId }) => Number.parseInt(traceId, 16) % 2 === 0));
  });

  it('a place in a list that is gone, or never was, is said so', async () => {
    const backend = backendOf(fakeSource([]));
    await assert.rejects(ask(backend, { cursor: '99.20' }), /too old/);
    await assert.rejects(ask(backend, { cursor: '../x' }), /no place/);
  });
});
