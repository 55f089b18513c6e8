// More pipelines for the "why" engine's judging, each built around one difficulty: hops between services, work nobody waits
// for, parallelism lost, two faults at once, low numbers, decoys after the fact, small but clear faults.
import { step } from './pipelineCatalogue.ts';
import type { Pipeline, Random, Step } from './pipelines.ts';

function hop(from: string, to: string, r: Random, server: Step): Step {
  return step(from, 'HTTP POST', r.around(2.5), { 'server.address': to, 'http.response.status_code': 200, 'http.request.method': 'POST' }, [{ ...server, kind: 2 }], { kind: 3 });
}

const hops: Pipeline = {
  name: 'every stage behind HTTP, one name for all clients',
  faults: {
    noFilter: { spans: ['inference', 'vector.query', 'POST /retrieve'], attributes: ['vector.returned', 'vector.where'] },
    retriever: { spans: ['vector.query'], attributes: ['index.segments'] },
    network: { spans: ['HTTP POST'], attributes: [] },
  },
  make(r, fault) {
    const returned = fault === 'noFilter' ? 500 : 20;
    const tokens = 250 + returned * 96 + r.int(0, 150);
    const think = r.around(350 + tokens * 0.12, 0.06);
    const server = (service: string, name: string, own: number, attributes: NonNullable<Step['attributes']>, children: Step[] = []): Step => step(service, name, own, attributes, children);
    const lookup = step('finder', 'vector.query', r.around(18 + returned * 0.5) + (fault === 'retriever' ? r.around(900) : 0), {
      'vector.returned': returned,
      'vector.where': fault === 'noFilter' ? '{}' : JSON.stringify({ product: `p${r.int(1, 60)}` }),
      'index.segments': fault === 'retriever' ? 310 : r.int(11, 13),
    }, [], { kind: 3 });
    return step('gw', 'POST /v1/talk', r.around(4), { 'conversation.id': r.hex(16), 'http.response.body.size': r.int(900, 4000) }, [
      hop('gw', 'authz', r, server('authz', 'POST /verify', r.around(5), { 'authz.scheme': 'jwt' })),
      hop('gw', 'prep', r, server('prep', 'POST /prepare', r.around(9), { 'input.characters': r.int(20, 400) })),
      hop('gw', 'finder', r, server('finder', 'POST /retrieve', r.around(6), {}, [step('finder', 'embed', r.around(25), { 'embed.model': 'm1' }), lookup])),
      step('gw', 'HTTP POST', r.around(2.5) + (fault === 'network' ? r.around(1500) : 0), { 'server.address': 'gen', 'http.response.status_code': 200, 'http.request.method': 'POST' }, [
        step('gen', 'POST /generate', r.around(4), {}, [step('gen', 'inference', think, { 'tokens.prompt': tokens, 'tokens.completion': r.int(60, 240), 'ttft_seconds': think * 0.0004 })], { kind: 2 }),
      ], { kind: 3 }),
      step('gw', 'queue publish', r.around(1.5), { 'messaging.message.id': r.hex(20) }, [step('stats', 'stats consume', r.around(180, 0.5), { 'batch': r.int(1, 9) }, [], { kind: 5, detached: true })], { kind: 4 }),
    ], { kind: 2 });
  },
};

const background: Pipeline = {
  name: 'background work outlives the request',
  faults: {
    disk: { spans: ['write row'], attributes: ['volume.class'] },
    render: { spans: ['render page'], attributes: ['page.widgets'] },
  },
  make(r, fault) {
    const widgets = fault === 'render' ? 640 : r.int(8, 14);
    return step('web', 'GET /page', r.around(6), {}, [
      step('web', 'start refresh', r.around(1), {}, [step('worker', 'refresh cache', r.around(9000, 0.5), { 'refresh.items': r.int(10, 9000) }, [step('worker', 'scan', r.around(3000, 0.5))], { detached: true })]),
      step('web', 'write row', r.around(fault === 'disk' ? 1700 : 30), { 'volume.class': fault === 'disk' ? 'cold' : r.pick(['ssd', 'ssd', 'nvme']) }, [], { kind: 3 }),
      step('web', 'render page', r.around(20 + widgets * 3), { 'page.widgets': widgets }),
    ], { kind: 2 });
  },
};

const fanOut: Pipeline = {
  name: 'parallel fetches that become sequential',
  faults: {
    serial: { spans: ['fetch part'], attributes: ['pool.size'] },
    onePart: { spans: ['fetch part'], attributes: ['origin'] },
  },
  make(r, fault) {
    const bad = fault === 'onePart' ? r.int(0, 4) : -1;
    const parts = Array.from({ length: 5 }, (_, i) => step('assets', 'fetch part', r.around(120) + (i === bad ? r.around(900) : 0), { 'part.number': i, origin: i === bad ? 'glacier' : r.pick(['edge', 'edge', 'regional']) }, [], { kind: 3 }));
    return step('assets', 'GET /bundle', r.around(8), { 'pool.size': fault === 'serial' ? 1 : 8 }, [
      step('assets', 'collect', r.around(4), {}, parts, { parallel: fault !== 'serial' }),
      step('assets', 'zip', r.around(35), { 'zip.level': r.pick([6, 6, 9]) }),
    ], { kind: 2 });
  },
};

const two: Pipeline = {
  name: 'two faults at once',
  faults: {
    both: { spans: ['collect rows', 'compose'], attributes: ['rows.read', 'template.engine'] },
    workers: { spans: ['compose'], attributes: ['worker.count'] },
  },
  make(r, fault) {
    const rows = fault === 'both' ? r.int(8000, 9000) : r.int(90, 160);
    return step('letters', 'produce', r.around(9), {}, [
      step('letters', 'collect rows', r.around(20 + rows * 0.12), { 'rows.read': rows, 'rows.cursor': r.hex(18) }, [], { kind: 3 }),
      step('letters', 'compose', r.around(130) + (fault === 'both' ? r.around(1400) : 0) + (fault === 'workers' ? r.around(700) : 0), { 'template.engine': fault === 'both' ? 'legacy' : 'fast', 'worker.count': fault === 'workers' ? 1 : 16 }),
      step('letters', 'mail', r.around(40, 0.3), { 'mail.to': `u${r.int(1, 1e6)}@x.test` }),
    ]);
  },
};

const decoys: Pipeline = {
  name: 'decoys: outcomes, clocks and later spans',
  faults: {
    lock: { spans: ['update balance'], attributes: ['lock.mode'] },
    plain: { spans: ['update balance'], attributes: [] },
  },
  make(r, fault) {
    const slow = fault === undefined ? 0 : r.around(2100);
    const took = r.around(45) + slow;
    return step('ledger', 'post entry', r.around(7), { 'http.server.duration_ms': Math.round(took + 60), 'request.sequence': r.int(1, 5000) }, [
      step('ledger', 'validate', r.around(12), { 'rule.set': r.pick(['a', 'a', 'b']) }),
      step('ledger', 'update balance', took, { 'lock.mode': fault === 'lock' ? 'table' : 'row', 'db.duration': took / 1000, 'elapsed': `${Math.round(took)}` }, [], { kind: 3 }),
      step('ledger', 'audit', r.around(20), { 'audit.late': slow > 0, 'audit.bucket': slow > 0 ? 'over-1s' : 'under-1s' }),
    ], { kind: 2 });
  },
};

const modest: Pipeline = {
  name: 'small but clear faults',
  faults: {
    compression: { spans: ['compress'], attributes: ['zstd.level'] },
    replica: { spans: ['read replica'], attributes: ['db.replica.lag_state'] },
  },
  make(r, fault) {
    return step('files', 'save', r.around(20, 0.05), {}, [
      step('files', 'read replica', r.around(fault === 'replica' ? 190 : 100, 0.06), { 'db.replica.lag_state': fault === 'replica' ? 'lagging' : 'fresh' }, [], { kind: 3 }),
      step('files', 'compress', r.around(fault === 'compression' ? 170 : 80, 0.06), { 'zstd.level': fault === 'compression' ? 19 : 3 }),
    ]);
  },
};

const failing: Pipeline = {
  name: 'timeouts and fallbacks',
  faults: {
    timeout: { spans: ['lookup rate'], attributes: ['error.type', 'rpc.code', 'rate.provider'] },
    breaker: { spans: ['slow path'], attributes: ['breaker.state'] },
  },
  make(r, fault) {
    const failed = fault === 'timeout';
    return step('fx', 'quote', r.around(6), { pair: r.pick(['EURUSD', 'EURUSD', 'GBPUSD', 'USDJPY']) }, [
      step('fx', 'check breaker', r.around(1), { 'breaker.state': fault === 'breaker' ? 'open' : 'closed' }),
      step('fx', 'lookup rate', failed ? r.around(3000, 0.01) : r.around(60), { 'rpc.code': failed ? 4 : 0, 'rate.provider': failed ? 'backup-2' : 'primary', ...(failed ? { 'error.type': 'DEADLINE_EXCEEDED' } : {}) }, [], { kind: 3, error: failed }),
      ...(fault === 'breaker' ? [step('fx', 'slow path', r.around(900), {}, [step('fx', 'recompute', r.around(300)), step('fx', 'lookup rate', r.around(60), { 'rpc.code': 0, 'rate.provider': 'primary' }, [], { kind: 3 })])] : []),
      step('fx', 'round', r.around(2)),
    ], { kind: 2 });
  },
};

const clocks: Pipeline = {
  name: 'machines whose clocks disagree',
  faults: {
    index: { spans: ['walk graph'], attributes: ['graph.nodes'] },
    request: { spans: ['walk graph'], attributes: ['stops.asked'] },
  },
  make(r, fault) {
    const walk = step('solver', 'walk graph', r.around(fault === undefined ? 90 : 2600), { 'graph.nodes': fault === 'index' ? 4_000_000 : r.int(20_000, 40_000) });
    return step('nav', 'GET /route', r.around(5), {}, [
      step('nav', 'read request', r.around(8), { 'stops.asked': fault === 'request' ? 260 : r.int(2, 6) }),
      // Many times as long as a normal trace, either way.
      step('nav', 'POST', r.around(3), {}, [step('solver', 'solve', r.around(5), {}, [walk], { kind: 2, skewMs: r.pick([-1700, 1700]) })], { kind: 3 }),
      step('nav', 'write answer', r.around(7)),
    ], { kind: 2 });
  },
};

export const ODDITIES: readonly Pipeline[] = [clocks, hops, background, fanOut, two, decoys, modest, failing];
