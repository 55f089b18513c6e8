// Which service calls which, of Jaegers of three ages and of a recorded one: by v3 where it is served, else by v1, told by content.
import assert from 'node:assert/strict';
import { BackendError } from '../../../../../src/engine/backends/backend.ts';
import { jaeger } from '../../../../../src/engine/backends/jaeger.ts';
import type { TraceSource } from '../../../../../src/engine/backends/source.ts';
import { httpFake, json, page, type HttpFake } from '../../../../support/fakes/httpFake.ts';
import { fakeJaeger, type FakeJaegerOptions } from '../../../../support/fakes/jaeger.ts';
import { replay } from '../../../../support/recordedReplay.ts';

const signal = new AbortController().signal;
const NOW_MS = Date.UTC(2026, 10, 29, 12);
const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
const DAY_NS = 86_400_000_000_000n;
const DAY = { startNs: NOW_NS - DAY_NS, endNs: NOW_NS };
const CALLS: FakeJaegerOptions['calls'] = [['gateway', 'auth', 5, NOW_NS - 1000n], ['gateway', 'shop', 7, NOW_NS - DAY_NS + 1000n], ['shop', 'db', 9, NOW_NS - 2n * DAY_NS]];
const WITHIN_A_DAY = [{ parent: 'gateway', child: 'auth', calls: 5 }, { parent: 'gateway', child: 'shop', calls: 7 }];

describe('engine/backends/jaeger: dependencies', () => {
  const open: HttpFake[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((fake) => fake.close()));
  });

  async function sourceOf(making: Promise<HttpFake>): Promise<{ fake: HttpFake; source: TraceSource }> {
    const fake = await making;
    open.push(fake);
    return { fake, source: jaeger.source({ config: { id: 'j', kind: 'jaeger', name: 'j', url: fake.url }, http: fake.client, now: () => NOW_MS, changed: () => undefined }) };
  }

  for (const [what, options, paths] of [
    ['v1 only', { age: 'old' }, ['/api/v3/dependencies', '/api/dependencies']],
    ['2.13, where v3 has none', { age: 'middle' }, ['/api/v3/dependencies', '/api/dependencies']],
    ['the newest without it', { age: 'newest' }, ['/api/v3/dependencies', '/api/dependencies']],
    ['the newest with it', { age: 'newest', v3Dependencies: true }, ['/api/v3/dependencies']],
  ] as const) {
    it(what, async () => {
      const { fake, source } = await sourceOf(fakeJaeger({ traces: [], calls: CALLS, ...options }));
      assert.deepEqual(await source.dependencies!(DAY, signal), WITHIN_A_DAY);
      assert.deepEqual(fake.asked.map((asked) => asked.split('?')[0]), paths);
      assert.deepEqual(await source.dependencies!({ startNs: 1_000_000n, endNs: DAY_NS }, signal), [], 'nothing is a list without entries');
    });
  }

  it('as 2.13 really answered', async () => {
    const { source } = await sourceOf(replay([{ path: /^\/api\/v3\//, name: 'jaeger-v3/summaries' }, { path: /^\/api\/dependencies$/, name: 'jaeger-v1/dependencies' }]));
    assert.deepEqual((await source.dependencies!(DAY, signal))[0], { parent: 'orchestrator', child: 'analytics', calls: 1 });
  });

  it('a server without either says so, and a storage that fails says what it says', async () => {
    const none = await sourceOf(httpFake(() => page()));
    await assert.rejects(none.source.dependencies!(DAY, signal), (error: unknown) => error instanceof BackendError && error.kind === 'unsupported' && /does not serve the list/.test(error.message));
    const failing = await sourceOf(httpFake((url) => (url.pathname.startsWith('/api/v3') ? page() : json({ data: null, errors: [{ code: 500, msg: 'no spark job ran' }] }, 500))));
    await assert.rejects(failing.source.dependencies!(DAY, signal), (error: unknown) => error instanceof BackendError && error.kind === 'server' && /no spark job ran/.test(error.message));
  });
});
