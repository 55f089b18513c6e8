// Sixteen pipelines unlike each other, for the "why" engine's judging: what they do, how long it takes and what can go
// wrong in each, with what a good answer names. None resembles the demo's names. Must not know the engine.
import type { Pipeline, Step } from './pipelines.ts';

type Attributes = NonNullable<Step['attributes']>;

export function step(service: string, name: string, own: number, attributes: Attributes = {}, children: readonly Step[] = [], more: Partial<Step> = {}): Step {
  return { service, name, own, attributes, children, ...more };
}

/** client span → server span in another service. */
function call(from: string, to: string, name: string, hop: number, server: Step): Step {
  return step(from, name, hop, { 'server.address': to, 'http.request.method': 'POST', 'http.response.status_code': 200 }, [server], { kind: 3 });
}

const helpdesk: Pipeline = {
  name: 'helpdesk answers over documents',
  faults: {
    unfiltered: { spans: ['llm.complete', 'kb.lookup'], attributes: ['kb.hits', 'kb.filter', 'prompt.characters'] },
    biggerModel: { spans: ['llm.complete'], attributes: ['llm.model'] },
    longHistory: { spans: ['llm.complete'], attributes: ['chat.turns', 'prompt.characters', 'llm.prompt_tokens'] },
    slowUpstream: { spans: ['llm.complete'], attributes: [] },
  },
  make(r, fault) {
    const hits = fault === 'unfiltered' ? r.int(480, 520) : r.int(18, 22);
    const turns = fault === 'longHistory' ? r.int(60, 80) : r.int(1, 6);
    const model = fault === 'biggerModel' ? 'omni-large' : r.chance(0.7) ? 'omni-mini' : 'omni-nano';
    const prompt = 300 + hits * 95 + turns * 400 + r.int(0, 200);
    const think = r.around(500 + prompt * 0.11, 0.08) * (fault === 'biggerModel' ? 4 : 1) + (fault === 'slowUpstream' ? r.around(4000) : 0);
    return step('edge', 'POST /ask', r.around(4), { 'http.route': '/ask', 'chat.turns': turns }, [
      step('edge', 'session.check', r.around(6)),
      call('edge', 'brain', 'POST', r.around(3), step('brain', 'answer', r.around(12), {}, [
        step('brain', 'embed', r.around(35), { 'embed.dims': 768, 'embed.model': 'e5' }),
        step('brain', 'kb.lookup', r.around(20 + hits * 0.6), { 'kb.hits': hits, 'kb.filter': fault === 'unfiltered' ? '{}' : `{"product":"p-${r.int(1, 90)}"}`, 'kb.query': r.words(12) }),
        step('brain', 'prompt.build', r.around(5 + hits * 0.2), { 'prompt.characters': prompt * 4 }),
        step('brain', 'llm.complete', think, { 'llm.model': model, 'llm.prompt_tokens': prompt, 'llm.output_tokens': r.int(80, 260), 'llm.latency_ms': Math.round(think) }),
        step('brain', 'reply.parse', r.around(9)),
      ], { kind: 2 })),
    ], { kind: 2 });
  },
};

const shop: Pipeline = {
  name: 'shop checkout',
  faults: {
    nPlusOne: { spans: ['SELECT stock'], attributes: ['cart.items', 'count'] },
    paymentSlow: { spans: ['authorize'], attributes: [] },
    release: { spans: ['price cart'], attributes: ['service.version'] },
    flag: { spans: ['price cart'], attributes: ['feature.tax_v2'] },
  },
  make(r, fault) {
    const lines = fault === 'nPlusOne' ? r.int(38, 46) : r.int(1, 3);
    const slowPrice = fault === 'release' || fault === 'flag';
    return step('storefront', 'POST /checkout', r.around(9), { 'http.route': '/checkout', 'feature.tax_v2': fault === 'flag', 'cart.currency': r.pick(['EUR', 'EUR', 'USD', 'GBP']) }, [
      call('storefront', 'cart', 'GET cart', r.around(2), step('cart', 'load cart', r.around(7), {}, Array.from({ length: lines }, () =>
        step('cart', 'SELECT stock', r.around(11, 0.2), { 'db.system': 'postgresql', 'db.statement': 'SELECT qty FROM stock WHERE sku = ?' }, [], { kind: 3 })), { kind: 2 })),
      call('storefront', 'pricing', 'POST price', r.around(2), step('pricing', 'price cart', r.around(slowPrice ? 900 : 40), { 'tax.rules': r.int(10, 14) }, [], {
        kind: 2,
        resource: { 'service.version': fault === 'release' ? '8.0.0' : '7.9.2' },
      })),
      call('storefront', 'pay', 'POST authorize', r.around(3), step('pay', 'authorize', r.around(fault === 'paymentSlow' ? 2600 : 180), { 'card.network': r.pick(['visa', 'mc', 'amex']), 'amount': r.int(5, 900) }, [], { kind: 2 })),
      step('storefront', 'publish order', r.around(2), { 'messaging.system': 'kafka', 'messaging.kafka.offset': r.int(1, 1e6) }, [
        step('mailer', 'send receipt', r.around(700), {}, [], { kind: 5, detached: true }),
      ], { kind: 4 }),
    ], { kind: 2 });
  },
};

const images: Pipeline = {
  name: 'image resizing, parallel',
  faults: {
    hugeImage: { spans: ['decode'], attributes: ['image.pixels', 'http.request.body.size'] },
    noGpu: { spans: ['enhance'], attributes: ['gpu.used'] },
    branch: { spans: ['watermark'], attributes: ['watermark.font'] },
  },
  make(r, fault) {
    const pixels = fault === 'hugeImage' ? r.int(90, 120) * 1e6 : Math.round(r.around(4e6, 0.3));
    return step('media', 'PUT /image', r.around(8), { 'http.request.body.size': Math.round(pixels * r.around(0.4, 0.2)) }, [
      step('media', 'decode', r.around(20 + pixels / 60_000), { 'image.pixels': pixels, 'image.format': r.pick(['jpeg', 'png', 'webp']) }),
      step('media', 'variants', r.around(2), {}, [
        step('media', 'thumbnail', r.around(60), { 'thumb.width': 200 }),
        step('media', 'enhance', r.around(fault === 'noGpu' ? 1500 : 120), { 'gpu.used': fault !== 'noGpu', 'gpu.index': r.int(0, 3) }),
        step('media', 'watermark', r.around(fault === 'branch' ? 1100 : 90), { 'watermark.font': fault === 'branch' ? 'NotoSansCJK' : r.pick(['Inter', 'Roboto']) }),
      ], { parallel: true }),
      step('store', 'put object', r.around(45), { 'object.bytes': Math.round(r.around(3e5, 0.4)), 'object.key': r.hex(40) }, [], { kind: 3 }),
    ], { kind: 2 });
  },
};

const shards: Pipeline = {
  name: 'sharded search',
  faults: {
    wildcard: { spans: ['shard scan', 'merge'], attributes: ['query.kind', 'shard.hits'] },
    coldShard: { spans: ['shard scan'], attributes: ['cache.warm'] },
    deepPage: { spans: ['merge'], attributes: ['page.offset'] },
  },
  make(r, fault) {
    const cold = fault === 'coldShard' ? r.int(0, 5) : -1;
    const hits = fault === 'wildcard' ? 90_000 : r.int(200, 900);
    return step('search-front', 'GET /search', r.around(5), { 'page.offset': fault === 'deepPage' ? 12_000 : r.pick([0, 0, 0, 20, 40]), 'query.length': r.int(4, 30) }, [
      step('search-front', 'parse query', r.around(3), { 'query.kind': fault === 'wildcard' ? 'wildcard' : r.pick(['match', 'match', 'phrase']), 'query.text': r.words(4) }),
      step('search-front', 'scatter', r.around(3), {}, Array.from({ length: 6 }, (_, i) =>
        step('search-node', 'shard scan', r.around(30 + hits / 150) + (i === cold ? r.around(800) : 0), { 'shard.index': i, 'shard.hits': Math.round(r.around(hits / 6)), 'cache.warm': i !== cold }, [], { kind: 2 })), { parallel: true }),
      step('search-front', 'merge', r.around(14) + (fault === 'deepPage' ? r.around(500) : 0)),
    ], { kind: 2 });
  },
};

const reports: Pipeline = {
  name: 'report job with an asynchronous tail',
  faults: {
    fullScan: { spans: ['query ledger'], attributes: ['db.plan', 'db.rows_examined'] },
    wholeYear: { spans: ['query ledger', 'render'], attributes: ['report.days', 'db.rows_examined'] },
    gap: { spans: ['build report'], attributes: [] },
  },
  make(r, fault) {
    const days = fault === 'wholeYear' ? 365 : r.pick([1, 7, 7, 30]);
    const rows = (fault === 'fullScan' ? 60 : 1) * days * r.int(90, 110);
    return step('cron', 'run job', r.around(15), { 'job.name': 'ledger', 'job.run': r.int(1e5, 9e5) }, [
      step('reporter', 'build report', r.around(fault === 'gap' ? 4500 : 60), { 'report.days': days }, [
        step('reporter', 'query ledger', r.around(40 + rows / 20), { 'db.rows_examined': rows, 'db.plan': fault === 'fullScan' ? 'seq scan' : 'index scan' }, [], { kind: 3 }),
        step('reporter', 'render', r.around(90 + days * 5), { 'render.pages': Math.ceil(days / 3) }),
      ]),
      step('cron', 'notify', r.around(3), {}, [step('notifier', 'fan out mails', r.around(2500, 0.6), { 'mail.count': r.int(1, 500) }, [], { kind: 5, detached: true })], { kind: 4 }),
    ]);
  },
};

const agent: Pipeline = {
  name: 'agent with tools',
  faults: {
    loops: { spans: ['chat step', 'tool web'], attributes: ['agent.max_steps', 'count'] },
    tool: { spans: ['tool web'], attributes: ['tool.depth'] },
    region: { spans: ['chat step'], attributes: ['cloud.region'] },
  },
  make(r, fault) {
    const rounds = fault === 'loops' ? r.int(12, 16) : r.int(2, 3);
    const region = fault === 'region' ? 'ap-south-2' : r.pick(['eu-west-1', 'eu-west-1', 'us-east-1']);
    const children: Step[] = [];
    for (let i = 0; i < rounds; i++) {
      children.push(step('agent', 'chat step', r.around(fault === 'region' ? 2400 : 420), { 'usage.in': r.int(800, 1800), 'usage.out': r.int(40, 160), 'cloud.region': region }, [], { kind: 3 }));
      if (i < rounds - 1) children.push(step('tools', 'tool web', r.around(fault === 'tool' ? 3200 : 210), { 'tool.depth': fault === 'tool' ? 5 : 1, 'tool.arguments': `{"q":"${r.words(4)}"}` }));
    }
    return step('agent', 'run agent', r.around(20), { 'agent.max_steps': fault === 'loops' ? 50 : 4, 'conversation.id': r.hex(24) }, children, { kind: 2 });
  },
};

const graph: Pipeline = {
  name: 'graphql gateway',
  faults: {
    resolvers: { spans: ['resolve author'], attributes: ['count', 'query.first'] },
    cacheMiss: { spans: ['load profile', 'db.find'], attributes: ['cache.hit'] },
    lockWait: { spans: ['commit'], attributes: [] },
  },
  make(r, fault) {
    const authors = fault === 'resolvers' ? r.int(60, 80) : r.int(4, 6);
    return step('gql', 'query Feed', r.around(10), { 'query.first': fault === 'resolvers' ? 70 : 5, 'query.hash': r.hex(12) }, [
      step('gql', 'cache.get', r.around(2), { 'cache.hit': fault !== 'cacheMiss', 'cache.key': `feed:${r.hex(10)}` }, [], { kind: 3 }),
      ...(fault === 'cacheMiss' ? [step('gql', 'load profile', r.around(15), {}, [step('gql', 'db.find', r.around(900), { 'db.collection': 'profiles' }, [], { kind: 3 })])] : []),
      ...Array.from({ length: authors }, () => step('gql', 'resolve author', r.around(9), { 'author.id': r.int(1, 1e6) })),
      step('gql', 'commit', r.around(fault === 'lockWait' ? 1800 : 25), { 'tx.isolation': 'serializable' }, [], { kind: 3 }),
    ], { kind: 2 });
  },
};

const booking: Pipeline = {
  name: 'booking with retries',
  faults: {
    retries: { spans: ['POST /seats', 'reserve', 'backoff'], attributes: ['retry.count', 'http.resend_count', 'error.type', 'http.status', 'count'] },
    hintMissing: { spans: ['find flights'], attributes: ['db.index'] },
    tenant: { spans: ['find flights'], attributes: ['tenant.plan'] },
  },
  make(r, fault) {
    const tries = fault === 'retries' ? 3 : 1;
    const slowFind = fault === 'hintMissing' || fault === 'tenant';
    const seats = Array.from({ length: tries }, (_, i) =>
      step('seats', 'POST /seats', i < tries - 1 ? r.around(1000, 0.02) : r.around(90), i < tries - 1 ? { 'http.status': 504, 'error.type': 'timeout', 'http.resend_count': i } : { 'http.status': 200, ...(i > 0 ? { 'http.resend_count': i } : {}) }, [], { kind: 3, error: i < tries - 1 }));
    return step('booking', 'book', r.around(11), { 'tenant.plan': fault === 'tenant' ? 'legacy' : r.pick(['basic', 'plus']), 'tenant.id': r.int(1, 400) }, [
      step('flights', 'find flights', r.around(slowFind ? 1500 : 110), fault === 'hintMissing' ? { 'db.name': 'fl' } : { 'db.name': 'fl', 'db.index': 'route_day' }, [], { kind: 2 }),
      step('booking', 'reserve', r.around(6), { 'retry.count': tries - 1 }, seats),
      step('booking', 'confirm', r.around(20)),
    ], { kind: 2 });
  },
};

const serving: Pipeline = {
  name: 'model serving with pods',
  faults: {
    coldPod: { spans: ['infer'], attributes: ['k8s.pod.name', 'service.instance.id', 'process.pid', 'k8s.node.name'] },
    batch: { spans: ['infer'], attributes: ['batch.size'] },
    queue: { spans: ['enqueue'], attributes: ['queue.depth'] },
  },
  make(r, fault) {
    const pod = fault === 'coldPod' ? 9 : r.int(0, 4);
    const batch = fault === 'batch' ? 256 : r.pick([4, 8, 8, 16]);
    return step('api', '/v2/models/rank/infer', r.around(6), { 'model.name': r.pick(['rank-a', 'rank-b']) }, [
      step('api', 'tokenize', r.around(12), { 'tokens': r.int(20, 400) }),
      step('api', 'enqueue', r.around(fault === 'queue' ? 1400 : 15), { 'queue.depth': fault === 'queue' ? r.int(300, 400) : r.int(0, 6) }),
      step('gpu', 'infer', r.around(60 + batch * 4) * (fault === 'coldPod' ? 8 : 1), { 'batch.size': batch, 'tensor.shape': `[${batch},128]` }, [], {
        kind: 2,
        resource: { 'k8s.pod.name': `gpu-${pod}`, 'service.instance.id': `9a8b7c6d-0000-4000-8000-00000000000${pod}`, 'process.pid': 4000 + pod, 'k8s.node.name': `node-${pod}` },
      }),
      step('api', 'postprocess', r.around(8)),
    ], { kind: 2 });
  },
};

const strings: Pipeline = {
  name: 'zipkin style, every value a string',
  faults: {
    rows: { spans: ['fetch-rows', 'format'], attributes: ['sql.rows'] },
    dbIndex: { spans: ['redis-get'], attributes: ['redis.db'] },
    codec: { spans: ['format'], attributes: ['codec'] },
  },
  make(r, fault) {
    const rows = fault === 'rows' ? r.int(9000, 9900) : Math.round(r.around(120, 0.3));
    return step('portal', 'get /export', r.around(7), { 'http.path': `/export/${r.int(1, 1e6)}`, 'http.status_code': '200' }, [
      step('portal', 'redis-get', r.around(fault === 'dbIndex' ? 700 : 3), { 'redis.db': fault === 'dbIndex' ? '7' : r.pick(['0', '0', '1']), 'peer.ipv4': `10.0.0.${r.int(1, 6)}` }, [], { kind: 3 }),
      step('sqlproxy', 'fetch-rows', r.around(15 + rows * 0.02), { 'sql.rows': String(rows), 'sql.query': `select * from t where id in (${r.int(1, 1e5)})` }, [], { kind: 2 }),
      step('portal', 'format', r.around(20 + rows * 0.3) + (fault === 'codec' ? r.around(1200) : 0), { codec: fault === 'codec' ? 'xlsx' : 'csv' }),
    ], { kind: 2 });
  },
};

const speech: Pipeline = {
  name: 'speech to text, noisy times',
  faults: {
    language: { spans: ['transcribe'], attributes: ['audio.language'] },
    length: { spans: ['transcribe'], attributes: ['audio.seconds', 'audio.bytes'] },
    fallback: { spans: ['remote fallback'], attributes: ['local.model_loaded'] },
  },
  make(r, fault) {
    const seconds = fault === 'length' ? r.int(500, 700) : Math.round(r.around(20, 0.4));
    return step('voice', 'transcribe request', r.around(10, 0.3), { 'audio.bytes': seconds * 16_000 + r.int(0, 9000) }, [
      step('voice', 'probe', r.around(12, 0.3), { 'audio.seconds': seconds, 'audio.codec': 'opus', 'local.model_loaded': fault !== 'fallback' }),
      ...(fault === 'fallback' ? [step('voice', 'remote fallback', r.around(5), {}, [step('cloud-stt', 'recognize', r.around(6000, 0.2), { 'vendor.tier': 'batch' }, [], { kind: 2 })])] : []),
      step('voice', 'transcribe', r.around(200 + seconds * 15, 0.3) * (fault === 'language' ? 6 : 1), { 'audio.language': fault === 'language' ? 'is' : r.pick(['en', 'en', 'de', 'fr']) }),
      step('voice', 'punctuate', r.around(40, 0.4)),
    ], { kind: 2 });
  },
};

const bank: Pipeline = {
  name: 'deep service chain',
  faults: {
    deepCause: { spans: ['score'], attributes: ['rules.loaded'] },
    deepTime: { spans: ['score'], attributes: [] },
    limit: { spans: ['history', 'score'], attributes: ['history.limit', 'history.entries'] },
  },
  make(r, fault) {
    const limit = fault === 'limit' ? 10_000 : 50;
    const entries = fault === 'limit' ? r.int(4000, 6000) : r.int(30, 50);
    const slow = fault === 'deepCause' ? r.around(1300) : fault === 'deepTime' ? r.around(1100) : 0;
    const score = step('risk', 'score', r.around(25 + entries * 0.3) + slow, { 'rules.loaded': fault === 'deepCause' ? 4200 : r.int(118, 124), 'score.value': r.next() }, [], { kind: 2 });
    const history = step('risk-db', 'history', r.around(9 + entries * 0.05), { 'history.limit': limit, 'history.entries': entries }, [], { kind: 2 });
    return step('app', 'POST /transfer', r.around(5), { 'enduser.id': `u${r.int(1, 60)}` }, [
      call('app', 'core', 'call core', r.around(2), step('core', 'transfer', r.around(8), {}, [
        call('core', 'limits', 'call limits', r.around(2), step('limits', 'check', r.around(6), {}, [
          call('limits', 'risk', 'call risk', r.around(2), step('risk', 'assess', r.around(5), {}, [call('risk', 'risk-db', 'call history', r.around(1), history), score], { kind: 2 })),
        ], { kind: 2 })),
        step('core', 'ledger write', r.around(18), { 'ledger.shard': r.int(0, 7) }, [], { kind: 3 }),
      ], { kind: 2 })),
    ], { kind: 2 });
  },
};

const lists: Pipeline = {
  name: 'lists, maps and indexed keys',
  faults: {
    documents: { spans: ['rerank', 'fetch docs'], attributes: ['docs', 'doc.ids'] },
    scope: { spans: ['fetch docs'], attributes: ['where'] },
    stops: { spans: ['write answer'], attributes: ['stop'] },
  },
  make(r, fault) {
    const n = fault === 'documents' ? r.int(180, 220) : r.int(8, 10);
    const docs: Record<string, string> = {};
    for (let i = 0; i < n; i++) docs[`docs.${i}.id`] = r.hex(8);
    return step('rag', 'ask', r.around(7), {}, [
      step('rag', 'fetch docs', r.around(25 + n * 0.4) + (fault === 'scope' ? r.around(900) : 0), { ...docs, 'doc.ids': Array.from({ length: n }, () => r.hex(6)), where: fault === 'scope' ? '' : `tenant = '${r.hex(6)}'` }),
      step('rag', 'rerank', r.around(10 + n * 9), { 'rerank.model': 'ce-1' }),
      step('rag', 'write answer', r.around(fault === 'stops' ? 3000 : 350), { stop: fault === 'stops' ? ['length'] : ['stop'], seed: r.int(1, 1e9) }),
    ], { kind: 2 });
  },
};

const modes: Pipeline = {
  name: 'two honest modes',
  faults: {
    export: { spans: ['serialize'], attributes: ['format'] },
  },
  make(r, fault) {
    const detailed = r.chance(0.45);
    return step('crm', 'GET /customer', r.around(6), { detail: detailed }, [
      step('crm', 'load', r.around(20)),
      ...(detailed ? [step('crm', 'load orders', r.around(90), { 'orders.count': r.int(3, 60) })] : []),
      step('crm', 'serialize', r.around(fault === 'export' ? 1600 : 12), { format: fault === 'export' ? 'pdf' : 'json' }),
    ], { kind: 2 });
  },
};

const names: Pipeline = {
  name: 'names with ids in them',
  faults: {
    big: { spans: ['GET /files/#', 'GET /files/'], attributes: ['file.size'] },
  },
  make(r, fault) {
    const size = fault === 'big' ? r.int(5e8, 6e8) : Math.round(r.around(2e6, 0.4));
    return step('drive', 'open file', r.around(5), {}, [
      step('drive', `job ${r.hex(8)}`, r.around(30), {}),
      step('blob', `GET /files/${r.int(1000, 999_999)}`, r.around(40 + size / 2e5), { 'file.size': size }, [], { kind: 3 }),
      step('drive', `user-${r.int(1, 9999)} quota`, r.around(70), {}),
    ], { kind: 2 });
  },
};

const tiny: Pipeline = {
  name: 'quick in-process work, heavy tails',
  faults: {
    regex: { spans: ['match rules'], attributes: ['rules.version'] },
  },
  make(r, fault) {
    return step('filter', 'classify', r.around(1, 0.3), {}, [
      step('filter', 'normalize', r.around(2, 0.5), { 'text.length': r.int(10, 900) }),
      step('filter', 'match rules', r.around(fault === 'regex' ? 70 : 4, 0.4), { 'rules.version': fault === 'regex' ? 18 : 17 }),
      step('filter', 'store verdict', r.around(3, 0.6)),
    ]);
  },
};

export const PIPELINES: readonly Pipeline[] = [helpdesk, shop, images, shards, reports, agent, graph, booking, serving, strings, speech, bank, lists, modes, names, tiny];

