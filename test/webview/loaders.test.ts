// What is asked while the user types and walks: only the latest question counts, nothing is asked for rows passed by. No browser,
// and a clock that is turned by hand.
import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { TraceColumns } from '../../src/model/trace.ts';
import { RpcError } from '../../src/protocol/rpc.ts';
import { Actions } from '../../webview/actions.ts';
import type { Host } from '../../webview/hostApi.ts';
import { SearchLoader } from '../../webview/searchLoader.ts';
import { SpanLoader } from '../../webview/spanLoader.ts';
import { NO_SEARCH, Store, type State } from '../../webview/store.ts';
import { NONE_COLLAPSED, NO_ROWS } from '../../webview/visibleRows.ts';

const N = 500;
const columns = {
  count: N, parent: new Int32Array(N).fill(-1), subtreeEnd: Int32Array.from({ length: N }, (_, row) => row + 1), depth: new Int32Array(N).fill(1), start: new Float64Array(N), duration: new Float64Array(N).fill(1), service: new Uint32Array(N), name: new Uint32Array(N), flags: new Uint16Array(N), kind: new Uint8Array(N), strings: [''],
} as TraceColumns;

interface Question {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal | undefined;
  readonly answer: (value: unknown) => void;
  readonly fail: (error: unknown) => void;
}

describe('loaders of the page', () => {
  const kept = [globalThis.requestAnimationFrame, globalThis.cancelAnimationFrame] as const;
  let asked: Question[];
  let emitted: unknown[];
  let store: Store;
  let actions: Actions;
  let search: SearchLoader;
  let spans: SpanLoader;
  before(() => {
    globalThis.requestAnimationFrame = () => 1;
    globalThis.cancelAnimationFrame = () => undefined;
  });
  after(() => void ([globalThis.requestAnimationFrame, globalThis.cancelAnimationFrame] = kept));
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    asked = [];
    emitted = [];
    const host = {
      call: (method: string, params: Readonly<Record<string, unknown>>, signal?: AbortSignal) => new Promise((answer, fail) => asked.push({ method, params, signal, answer, fail })),
      emit: (name: string, payload: unknown) => emitted.push([name, payload]),
    } as unknown as Host;
    store = new Store({
      phase: { kind: 'ready' }, head: { openId: 7, rows: N, rootRow: 0, summary: { durationNs: '1000' } }, data: { columns, self: new Float64Array(N), loaded: N, criticalPath: undefined, events: undefined }, rows: NO_ROWS, collapsed: NONE_COLLAPSED, focusRoot: -1, selected: -1,
      revealed: 0, view: { start: 0, end: 1000 }, matchesOnly: false, errorsOnly: false, search: NO_SEARCH, details: undefined, panelOpen: true, code: new Map(), message: undefined, top: 0, layout: { rowHeight: 20, gridHeight: 100 },
    } as unknown as State);
    actions = new Actions(store, host);
    actions.showRows();
    search = new SearchLoader(store, host, actions);
    spans = new SpanLoader(store, host);
  });
  afterEach(() => mock.timers.reset());
  const settle = async (): Promise<void> => {
    for (let k = 0; k < 5; k++) await Promise.resolve();
  };
  const rowsAnswer = (...rows: readonly number[]): object => ({ rows: Uint32Array.from(rows).buffer });

  describe('search', () => {
    it('asks once for the text that stands when typing pauses', () => {
      for (const text of ['s', 'st', 'status=error']) {
        search.type(text);
        mock.timers.tick(100);
      }
      assert.deepEqual([asked.length, store.state.search.busy, store.state.search.query], [0, true, 'status=error']);
      mock.timers.tick(20);
      assert.deepEqual(asked.map(({ method, params }) => [method, params]), [['search', { openId: 7, query: 'status=error' }]]);
    });

    it('marks what was found', async () => {
      search.type('q');
      mock.timers.tick(120);
      asked[0]!.answer(rowsAnswer(2, 5));
      await settle();
      const { busy, rows, marks, problem } = store.state.search;
      assert.deepEqual([busy, [...rows!], [...marks!].flatMap((mark, row) => (mark === 1 ? [row] : [])), problem], [false, [2, 5], [2, 5], undefined]);
    });

    it('an answer that was overtaken is none, in any order', async () => {
      search.type('old');
      mock.timers.tick(120);
      search.type('new');
      assert.equal(asked[0]!.signal?.aborted, true);
      mock.timers.tick(120);
      asked[1]!.answer(rowsAnswer(9));
      await settle();
      asked[0]!.answer(rowsAnswer(1));
      await settle();
      assert.deepEqual([store.state.search.query, [...store.state.search.rows!]], ['new', [9]]);
    });

    it('an empty text ends the search at once and asks nothing', async () => {
      search.type('q');
      mock.timers.tick(120);
      search.type('  ');
      asked[0]!.answer(rowsAnswer(1));
      await settle();
      mock.timers.tick(1_000);
      assert.deepEqual([asked.length, store.state.search], [1, { ...NO_SEARCH, query: '  ' }]);
    });

    for (const [what, act, problem] of [
      ['a query that cannot be read', (q: Question) => q.answer({ rows: new ArrayBuffer(0), problem: 'A quote is not closed.' }), 'A quote is not closed.'],
      ['an engine that fails', (q: Question) => q.fail(new RpcError('handler', 'Out of memory.')), 'Out of memory.'],
      ['a host that is gone: nobody is told', (q: Question) => q.fail(new RpcError('disposed', 'Closed.')), undefined],
    ] as const) {
      it(`${what}`, async () => {
        search.type('q');
        mock.timers.tick(120);
        act(asked[0]!);
        await settle();
        assert.equal(store.state.search.problem, problem);
      });
    }

    it('is repeated where the trace was loaded anew, and only if there is one', () => {
      search.repeat();
      assert.equal(asked.length, 0);
      actions.showRows({ search: { ...NO_SEARCH, query: 'q' } });
      search.repeat();
      assert.equal(asked.length, 1);
    });
  });

  describe('spans', () => {
    const show = (change: Partial<State>): void => {
      const before = store.state;
      store.update(change);
      spans.render(store.state, before);
    };

    it('rows that are only passed are not asked for', () => {
      for (let selected = 0; selected < 50; selected++) {
        show({ selected });
        mock.timers.tick(30);
      }
      assert.deepEqual(asked.filter(({ method }) => method === 'details'), []);
      mock.timers.tick(40);
      assert.deepEqual(asked.filter(({ method }) => method === 'details').map(({ params }) => params), [{ openId: 7, row: 49 }]);
      assert.deepEqual(emitted.at(-1), ['selected', { row: 49, spanId: '' }]);
    });

    it('details first, then the code; who moved on in between is not disturbed', async () => {
      show({ selected: 3 });
      mock.timers.tick(40);
      asked[0]!.answer({ spanId: 'abc' });
      await settle();
      assert.deepEqual([store.state.details?.span, emitted.at(-1)], [{ spanId: 'abc' }, ['selected', { row: 3, spanId: 'abc' }]]);
      const source = asked.find(({ method }) => method === 'sourceOf')!;
      show({ selected: 4 });
      assert.equal(source.signal?.aborted, true);
      source.answer({ why: 'late' });
      await settle();
      assert.equal(store.state.details?.source, undefined);
    });

    it('details that fail are said beside what is known', async () => {
      show({ selected: 3 });
      mock.timers.tick(40);
      asked[0]!.answer({ spanId: 'abc' });
      await settle();
      asked.find(({ method }) => method === 'sourceOf')!.fail(new Error('No workspace.'));
      await settle();
      assert.deepEqual([store.state.details?.span, store.state.details?.problem], [{ spanId: 'abc' }, 'No workspace.']);
    });

    it('only rows on screen are asked for their code, each once', async () => {
      show({ top: 40 });
      mock.timers.tick(120);
      const code = asked.filter(({ method }) => method === 'codeOfRows');
      assert.deepEqual(code.map(({ params }) => params['rows']), [[2, 3, 4, 5, 6]]);
      code[0]!.answer(['certain', 'none', 'low', 'high']);
      await settle();
      assert.deepEqual([...store.state.code], [[2, 'certain'], [3, 'none'], [4, 'low'], [5, 'high'], [6, 'none']]);
      show({ top: 60 });
      mock.timers.tick(120);
      assert.deepEqual(asked.filter(({ method }) => method === 'codeOfRows').at(-1)?.params['rows'], [7]);
      show({ top: 60, layout: { ...store.state.layout, gridHeight: 1e6 } });
      mock.timers.tick(120);
      assert.equal((asked.at(-1)!.params['rows'] as number[]).length, 200, 'never more than the host answers');
    });

    it('what is waited for is not asked again while one of its rows is on screen, and is given up when none is', async () => {
      const code = (): Question[] => asked.filter(({ method }) => method === 'codeOfRows');
      const ask = (change: Partial<State>): void => {
        show(change);
        mock.timers.tick(120);
      };
      ask({ top: 40 });
      ask({ top: 60 });
      assert.deepEqual([code().map(({ params }) => params['rows']), code().map(({ signal }) => signal?.aborted)], [[[2, 3, 4, 5, 6], [7]], [false, false]]);
      code()[1]!.answer(['high']);
      code()[0]!.answer(['certain', 'none', 'low', 'high', 'none']);
      await settle();
      assert.deepEqual([...store.state.code.keys()].toSorted((a, b) => a - b), [2, 3, 4, 5, 6, 7], 'in any order');

      ask({ top: 400 });
      ask({ top: 2_000 });
      assert.deepEqual(code().map(({ signal }) => signal?.aborted), [false, false, true, false]);
      ask({ top: 400 });
      assert.deepEqual(code().at(-1)?.params['rows'], [20, 21, 22, 23, 24], 'what was given up is asked again');
      code()[2]!.answer(['low', 'low', 'low', 'low', 'low']);
      await settle();
      assert.equal(store.state.code.has(20), false, 'and its answer is none');
      show({ head: { ...store.state.head!, openId: 8 } });
      mock.timers.tick(120);
      assert.deepEqual([code().at(-2)?.signal?.aborted, code().at(-1)?.params['openId']], [true, 8], 'nor is one of another trace');
    });

    it('a trace that is not shown asks nothing', () => {
      show({ phase: { kind: 'failed', message: 'x' }, selected: 3 });
      mock.timers.tick(1_000);
      assert.deepEqual([asked, emitted], [[], []]);
    });
  });
});
