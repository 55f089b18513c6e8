// One waterfall's conversation: what is asked reaches the engine, what is wished reaches a service, and a hostile webview reaches
// nothing (R17: 100,000 random and forged messages).
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { EarlyTrace } from '../../../src/host/earlyTrace.ts';
import type { TraceOpener } from '../../../src/host/earlyTrace.ts';
import { WebviewSession } from '../../../src/host/webviewSession.ts';
import type { SessionServices } from '../../../src/host/webviewSession.ts';
import type { HostEvents, HostMethods, OpenedTrace, WebviewEvents, WebviewMethods, WireSpanDetails } from '../../../src/protocol/messages.ts';
import { PROTOCOL_VERSION } from '../../../src/protocol/messages.ts';
import type { EventHandlers } from '../../../src/protocol/rpc.ts';
import { Rpc, RpcError } from '../../../src/protocol/rpc.ts';
import { portPair } from './fakeEngine.ts';
import { summary } from './listedTraces.ts';

const KEY = { connection: 'collector', traceId: summary().traceId };
const DETAILS = {
  row: 0, traceId: KEY.traceId, spanId: 'b7ad6b7169203331', raw: '{"spanId":"b7"}',
  attributes: [{ key: 'http.url', type: 'string', text: 'https://shop.test/p' }, { key: 'evil', type: 'string', text: 'command:workbench.action.quit' }],
  resource: [{ key: 'docs', type: 'string', text: 'http://docs.test/' }], links: [{ traceId: 'f'.repeat(32), spanId: '1'.repeat(16), attributes: [] }], events: [],
} as unknown as WireSpanDetails;

function opened(openId: number): OpenedTrace {
  return { head: { openId, key: KEY, summary: summary(), rows: 1, chunks: 1, rootRow: 0, notes: [], pinned: false, note: '' }, first: new ArrayBuffer(8) };
}

interface Stage {
  readonly session: WebviewSession;
  readonly webview: Rpc<WebviewMethods, HostMethods, WebviewEvents, HostEvents>;
  readonly post: (message: unknown) => void;
  readonly done: string[];
  readonly engineCalls: string[];
  readonly told: unknown[];
}

function stage(engine: Partial<Record<string, (params: never) => unknown>> = {}): Stage {
  const [done, engineCalls, told]: [string[], string[], unknown[]] = [[], [], []];
  let opens = 0;
  const answers: Record<string, (params: never) => unknown> = { openTrace: () => opened(++opens), closeTrace: () => undefined, details: () => DETAILS, chunk: () => new ArrayBuffer(4), sourceHints: () => [{ spanName: 'x' }], ...engine };
  const opener: TraceOpener = {
    call: async (method, params) => {
      engineCalls.push(`${method} ${JSON.stringify(params)}`);
      return (await answers[method]!(params as never)) as never;
    },
  };
  const services: SessionServices = {
    source: {
      badges: async (hints) => hints.map(() => 'certain'),
      preview: async () => ({ why: 'none' }),
      open: async () => {
        done.push('openSource');
        return { opened: true };
      },
    },
    settings: () => ({ compactRows: false, origin: 'Collector' }),
    copy: async (text) => void done.push(`copy ${text}`),
    openUrl: async (url) => void done.push(`url ${url}`),
    openTrace: async (key, spanId) => {
      done.push(`trace ${key.connection} ${key.traceId} ${spanId}`);
      return { opened: true };
    },
    setPinned: async (_key, pinned) => {
      done.push(`pin ${pinned}`);
      return { pinned, note: '' };
    },
    exportTrace: async () => void done.push('export'),
    typing: (active) => void done.push(`typing ${active}`),
    painted: () => undefined,
    log: () => undefined,
  };
  const [near, far] = portPair();
  const session = new WebviewSession(near, opener, new EarlyTrace(opener, KEY, () => undefined), services);
  const events = Object.fromEntries(['command', 'reveal', 'changed', 'pinned', 'settings', 'restarted'].map((name) => [name, (payload: unknown) => told.push([name, payload])])) as unknown as EventHandlers<WebviewEvents>;
  return { session, webview: new Rpc(far, { handlers: {}, events }), post: (message) => far.post(message), done, engineCalls, told };
}

const ready = { version: PROTOCOL_VERSION };

describe('host/webviewSession', () => {
  it('answers ready with the trace whose opening began with the click', async () => {
    const { webview, engineCalls, session } = stage();
    assert.deepEqual(engineCalls.map((call) => call.split(' ')[0]), ['openTrace']);
    const answer = await webview.call('ready', ready);
    assert.equal(answer.head.openId, 1);
    assert.equal(answer.first.byteLength, 8);
    assert.deepEqual(answer.settings, { compactRows: false, origin: 'Collector' });
    assert.equal(engineCalls.length, 1);
    session.dispose();
    assert.equal(engineCalls.at(-1), 'closeTrace {"openId":1}');
  });

  it('asked again before it answered: one trace stays open, that of the last answer, and the others are closed', async () => {
    for (const giveUp of [false, true]) {
      let opens = 0;
      const { webview, engineCalls, session } = stage({
        openTrace: async () => {
          const openId = ++opens;
          await sleep(5);
          return opened(openId);
        },
      });
      const controller = new AbortController();
      const first = webview.call('ready', ready, controller.signal).catch(() => undefined);
      if (giveUp) controller.abort();
      const answers = await Promise.all([webview.call('ready', ready), webview.call('reload', {})]);
      await first;
      await webview.call('details', { openId: answers[1].head.openId, row: 0 });
      session.dispose();
      await sleep(1);
      const closed = engineCalls.filter((call) => call.startsWith('closeTrace')).map((call) => Number(/\d+/.exec(call)![0]));
      assert.deepEqual(closed.toSorted(), [1, 2, 3]);
      assert.equal(closed.at(-1), answers[1].head.openId);
    }
  });

  it('refuses a webview of another version with one sentence', async () => {
    await assert.rejects(stage().webview.call('ready', { version: 999 }), /another version/);
  });

  it('passes the kind of the engine\'s error on', async () => {
    const { webview } = stage({ openTrace: () => Promise.reject(new RpcError('handler', 'This trace is no longer stored.', 'notFound')) });
    await assert.rejects(webview.call('ready', ready), { message: 'This trace is no longer stored.', code: 'notFound' });
  });

  it('hands the engine\'s buffers on', async () => {
    const { webview } = stage();
    await webview.call('ready', ready);
    assert.equal((await webview.call('chunk', { openId: 1, index: 0 })).byteLength, 4);
  });

  it('reaches only the trace it opened', async () => {
    const { webview, engineCalls } = stage();
    await assert.rejects(webview.call('details', { openId: 1, row: 0 }), /no longer open/);
    await webview.call('ready', ready);
    await assert.rejects(webview.call('details', { openId: 2, row: 0 }), /no longer open/);
    await assert.rejects(webview.call('setPinned', { openId: 2, pinned: true }), /no longer open/);
    assert.equal(engineCalls.length, 1);
  });

  it('gives the old trace back when it is loaded anew', async () => {
    const { webview, engineCalls } = stage();
    await webview.call('ready', ready);
    const again = await webview.call('reload', {});
    assert.equal(again.head.openId, 2);
    assert.equal(engineCalls.at(-1), 'closeTrace {"openId":1}');
  });

  it('opens what a row names, by its place', async () => {
    const { webview, done } = stage();
    await webview.call('ready', ready);
    const at = { openId: 1, row: 0 };
    await webview.call('openSource', at);
    await webview.call('openLink', { ...at, link: 0 });
    await webview.call('openUrl', { ...at, group: 'attributes', index: 0 });
    await webview.call('openUrl', { ...at, group: 'resource', index: 0 });
    await webview.call('copy', { ...at, what: 'spanId' });
    await webview.call('copy', { ...at, what: 'attribute', index: 1 });
    await webview.call('setPinned', { openId: 1, pinned: true });
    assert.deepEqual(done, ['openSource', `trace collector ${'f'.repeat(32)} ${'1'.repeat(16)}`, 'url https://shop.test/p', 'url http://docs.test/', 'copy b7ad6b7169203331', 'copy command:workbench.action.quit', 'pin true']);
  });

  it('opens no address that is not of the web, and no link that is not there', async () => {
    const { webview, done } = stage();
    await webview.call('ready', ready);
    await assert.rejects(webview.call('openUrl', { openId: 1, row: 0, group: 'attributes', index: 1 }), /not an http or https address/);
    await assert.rejects(webview.call('openUrl', { openId: 1, row: 0, group: 'attributes', index: 99 }), /not an http/);
    assert.equal((await webview.call('openLink', { openId: 1, row: 0, link: 5 })).opened, false);
    assert.deepEqual(done, []);
  });

  it('reveals a span at once, or as soon as there are rows', async () => {
    const { session, webview, told } = stage();
    session.reveal('early');
    await webview.call('ready', ready);
    await sleep(10);
    session.reveal('late');
    await sleep(10);
    assert.deepEqual(told, [['reveal', { spanId: 'early' }], ['reveal', { spanId: 'late' }]]);
  });

  it('keeps what is selected and whether somebody types', async () => {
    const { session, webview, done } = stage();
    webview.emit('selected', { row: 7, spanId: 'abc' });
    webview.emit('typing', { active: true });
    await sleep(10);
    assert.deepEqual(session.selected, { row: 7, spanId: 'abc' });
    assert.deepEqual(done, ['typing true']);
  });

  it('has the webview ask anew after the engine died', async () => {
    const { session, webview, told } = stage();
    await webview.call('ready', ready);
    session.engineRestarted();
    await assert.rejects(webview.call('details', { openId: 1, row: 0 }), /no longer open/);
    assert.equal((await webview.call('reload', {})).head.openId, 2);
    assert.deepEqual(told, [['restarted', {}]]);
  });

  it('closes a trace that was ready only after its tab had been closed', async () => {
    const late = Promise.withResolvers<OpenedTrace>();
    const { session, webview, engineCalls } = stage({ openTrace: () => late.promise });
    const answer = webview.call('ready', ready, undefined, 200).catch((error: Error) => error.message);
    await sleep(10);
    session.dispose();
    late.resolve(opened(9));
    await answer;
    assert.equal(engineCalls.at(-1), 'closeTrace {"openId":9}');
  });

  it('survives 100,000 forged messages without doing anything for them', async function () {
    this.timeout(60_000);
    const { post, webview, done, engineCalls, session } = stage();
    await webview.call('ready', ready);
    const before = engineCalls.length;
    const random = mulberry(20261121);
    const started = process.cpuUsage();
    for (let n = 0; n < 100_000; n++) {
      post(forged(random));
      if (n % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await sleep(50);
    const cpu = process.cpuUsage(started);
    assert.deepEqual(done, []);
    assert.deepEqual(engineCalls.slice(before), []);
    assert.equal((await webview.call('details', { openId: 1, row: 0 })).spanId, DETAILS.spanId, 'and the next honest message is answered');
    console.log(`        ${((cpu.user + cpu.system) / 1000).toFixed(0)} ms of CPU for 100,000 forged messages, both ends`);
    assert.ok(cpu.user + cpu.system < 25_000_000);
    session.dispose();
  });
});

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Never right: an unknown name, a missing, added or ill-typed field, or a trace that is not this session's. */
function forged(random: () => number): unknown {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const junk = (): unknown => pick<unknown>([undefined, null, -1, 1e308, '../../etc/passwd', 'command:workbench.action.quit', '\u0000', [], {}, { __proto__: 1 }, true, 'x'.repeat(500), [[[]]], 2 ** 40]);
  const id = pick<unknown>([1, 2, -1, 'a', undefined, null, 3.5, {}]);
  switch (Math.floor(random() * 5)) {
    case 0:
      return junk();
    case 1:
      return { k: 'q', id, name: pick(['openFile', 'executeCommand', 'constructor', '__proto__', 'valueOf', 'hasOwnProperty', '']), body: junk() };
    case 2:
      return { k: 'q', id, name: pick(['openSource', 'openUrl', 'copy', 'openLink', 'details', 'setPinned', 'exportTrace']), body: { openId: 1, row: junk(), path: '/etc/passwd', command: 'x', url: 'file:///etc/passwd' } };
    case 3:
      return { k: 'q', id, name: pick(['openSource', 'copy', 'details', 'setPinned', 'exportTrace', 'why']), body: { openId: pick([2, 999, 0]), row: 0, what: 'spanJson', pinned: true } };
    default:
      return { k: pick(['e', 'r', 'x', 'c', 'qq', '']), id, name: pick(['typing', 'selected', 'painted', 'command', 'then']), body: pick<unknown>([{ active: 'yes' }, { row: 'x' }, junk()]), code: junk() };
  }
}
