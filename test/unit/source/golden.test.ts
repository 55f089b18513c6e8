// Golden table: spans of a shop in nine languages → the line that must be found, and how sure the ladder may be.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { locate } from '../../../src/source/ladder.ts';
import type { Confidence } from '../../../src/source/sourceResult.ts';
import type { HintParts } from './memoryWorkspace.ts';
import { fixtureWorkspace, hintsOf } from './memoryWorkspace.ts';

interface Golden {
  readonly span: HintParts;
  /** A mark of the fixture; undefined: nothing may be found. */
  readonly at: string | undefined;
  readonly sure: Confidence | readonly Confidence[];
}

const js = (service: string, name: string, code: Record<string, string> = {}): HintParts => ({ service, name, language: 'nodejs', code });
const py = (service: string, name: string, code: Record<string, string> = {}): HintParts => ({ service, name, language: 'python', code });
const go = (name: string, code: Record<string, string> = {}): HintParts => ({ service: 'pricing', name, language: 'go', code });
const java = (name: string, code: Record<string, string> = {}): HintParts => ({ service: 'order-service', name, language: 'java', code });

const LITERALS: readonly Golden[] = [
  { span: js('gateway', 'handle request'), at: 'handle request', sure: 'high' },
  { span: js('storefront-bff', 'handle request'), at: 'handle request', sure: 'high' },
  { span: js('gateway', 'authenticate'), at: 'authenticate', sure: 'high' },
  { span: js('checkout', 'load basket'), at: 'load basket', sure: 'high' },
  { span: js('checkout', 'reserve stock'), at: 'reserve stock', sure: 'high' },
  { span: js('checkout', 'capture payment'), at: 'capture payment', sure: 'high' },
  { span: js('checkout', 'confirm order'), at: 'confirm order', sure: 'high' },
  { span: js('checkout', 'ship order'), at: 'ship order', sure: 'high' },
  { span: js('job-runner', 'run job'), at: 'run job.worker', sure: 'medium' },
  { span: js('batch', 'run job'), at: 'run job.batch', sure: 'medium' },
  { span: js('checkout', 'nor this'), at: undefined, sure: 'low' },
  { span: js('checkout', 'GET /cart'), at: undefined, sure: 'low' },
  { span: py('catalog', 'load product'), at: 'load product', sure: 'high' },
  { span: py('catalog', 'rank products'), at: 'rank products', sure: 'high' },
  { span: py('catalog', 'describe shoe list'), at: 'describe pattern', sure: 'medium' },
  { span: py('catalog', 'warm cache'), at: 'warm cache', sure: 'high' },
  { span: py('catalog', 'reindex'), at: 'reindex', sure: 'high' },
  { span: py('catalog', 'expire rows'), at: 'expire rows', sure: 'high' },
  { span: py('reviews', 'moderate'), at: 'moderate', sure: 'high' },
  { span: py('reviews', 'handle request'), at: undefined, sure: 'low' },
  { span: go('quote price'), at: 'quote price', sure: 'high' },
  { span: go('apply discount'), at: 'apply discount', sure: 'high' },
  { span: go('store.Get'), at: 'store.Get', sure: 'high' },
  { span: java('validate order'), at: 'validate order', sure: 'high' },
  { span: java('check stock'), at: 'check stock', sure: 'high' },
  { span: java('OrderController.audit'), at: 'OrderController.audit', sure: 'high' },
  { span: java('notify customer'), at: 'notify customer', sure: 'high' },
  { span: { service: 'billing', name: 'create invoice', language: 'dotnet' }, at: 'create invoice', sure: 'high' },
  { span: { service: 'billing', name: 'RenderAsync', language: 'dotnet' }, at: 'RenderAsync', sure: 'high' },
  { span: { service: 'search', name: 'query index', language: 'rust' }, at: 'query index', sure: 'high' },
  { span: { service: 'search', name: 'score hits', language: 'rust' }, at: 'score hits', sure: 'high' },
  { span: { service: 'search', name: 'lookup', language: 'rust' }, at: 'Index.lookup', sure: 'high' },
  { span: { service: 'legacy', name: 'render cart', language: 'php' }, at: 'render cart', sure: 'high' },
  { span: { service: 'mailer', name: 'send welcome', language: 'ruby' }, at: 'send welcome', sure: 'high' },
  { span: { service: 'mailer', name: 'smtp deliver', language: 'ruby' }, at: 'smtp deliver', sure: 'high' },
];

const FUNCTIONS: readonly Golden[] = [
  { span: java('POST /orders', { 'code.function.name': 'com.acme.orders.OrderController.create' }), at: 'OrderController.create', sure: 'high' },
  { span: java('POST /orders', { 'code.namespace': 'com.acme.orders.OrderController', 'code.function': 'create' }), at: 'OrderController.create', sure: 'high' },
  { span: java('create', { 'code.namespace': 'com.acme.inventory.OrderController', 'code.function': 'create' }), at: 'inventory.create', sure: ['high', 'medium'] },
  { span: java('map', { 'code.function.name': 'com.acme.orders.OrderRepository$Mapper.map' }), at: 'Mapper.map', sure: 'high' },
  { span: java('audit', { 'code.function.name': 'com.acme.orders.OrderController$$Lambda/0x00007f.audit' }), at: 'OrderController.audit', sure: 'high' },
  { span: java('audit', { 'code.function.name': 'com.acme.orders.OrderController$$SpringCGLIB$$0.audit' }), at: 'OrderController.audit', sure: 'high' },
  { span: java('notify', { 'code.function.name': 'com.acme.orders.Notifier.notify' }), at: 'Notifier.notify', sure: 'high' },
  { span: java('topLevel', { 'code.function.name': 'com.acme.orders.NotifierKt.topLevel' }), at: 'NotifierKt.topLevel', sure: 'high' },
  { span: java('save', { 'code.function.name': 'org.springframework.data.OrderRepository.save' }), at: undefined, sure: 'low' },
  { span: go('x', { 'code.function.name': 'github.com/acme/shop/pricing/internal/store.(*Store).Get' }), at: 'Store.Get', sure: 'high' },
  { span: go('x', { 'code.function.name': 'github.com/acme/shop/pricing/internal/store.(*Cache).Get' }), at: 'Cache.Get', sure: 'high' },
  { span: go('x', { 'code.function.name': 'main.quote.func1' }), at: 'pricing.quote', sure: ['medium', 'high'] },
  { span: go('x', { 'code.function.name': 'net/http.(*conn).serve' }), at: undefined, sure: 'low' },
  { span: py('catalog', 'x', { 'code.function.name': 'catalog.store.Store.find' }), at: 'Store.find', sure: 'high' },
  { span: py('catalog', 'x', { 'code.namespace': 'catalog.main', 'code.function': 'product' }), at: 'catalog.product', sure: 'high' },
  { span: { service: 'legacy', language: 'php', code: { 'code.function.name': 'App\\Http\\CartController::show' } }, at: 'CartController.show', sure: 'high' },
  { span: { service: 'mailer', language: 'ruby', code: { 'code.namespace': 'WelcomeJob', 'code.function': 'perform' } }, at: 'WelcomeJob.perform', sure: ['high', 'medium'] },
  { span: { service: 'billing', language: 'dotnet', code: { 'code.function.name': 'Acme.Invoicing.InvoiceService.CreateAsync' } }, at: 'InvoiceService.CreateAsync', sure: 'high' },
  { span: { service: 'search', name: 'lookup', language: 'rust', code: { 'code.namespace': 'search_engine::index' } }, at: 'Index.lookup', sure: ['high', 'medium'] },
  { span: js('checkout', 'x', { 'code.function.name': 'Basket.add' }), at: 'Basket.add', sure: ['high', 'medium'] },
];

const ts = (name: string, code: Record<string, string> = {}): HintParts => js('rag-api', name, code);
const ingest = (name: string, code: Record<string, string> = {}): HintParts => py('document-ingest', name, code);
const ranker = (name: string): HintParts => ({ service: 'hit-ranker', name, language: 'go' });
const billing = (name: string): HintParts => ({ service: 'billing', name, language: 'java' });
const exporter = (name: string): HintParts => ({ service: 'exporter', name, language: 'dotnet' });

/** Wrappers under any name, constants in other files, templates, decorators of AI frameworks. */
const PIPELINE: readonly Golden[] = [
  { span: ts('rewrite query'), at: 'rewrite query', sure: 'high' },
  { span: ts('rag.embed'), at: 'rag.embed', sure: 'high' },
  { span: ts('vector search'), at: 'vector search', sure: 'high' },
  { span: ts('assemble context'), at: 'assemble context', sure: 'high' },
  { span: ts('documents.upload'), at: 'documents.upload', sure: 'high' },
  { span: ts('DocumentsController.remove'), at: 'DocumentsController.remove', sure: 'high' },
  { span: ts('documents.parse'), at: undefined, sure: 'low' },
  { span: ts('x', { 'code.function.name': 'answer' }), at: 'api.answer', sure: 'medium' },
  { span: js('api-gateway', 'x', { 'code.function.name': 'answer' }), at: 'gateway.answer', sure: 'medium' },
  { span: js('api-gateway', 'route request'), at: 'route request', sure: 'high' },
  { span: js('api-gateway', 'GET /v1/answers/:id'), at: undefined, sure: 'low' },
  { span: ingest('parse document'), at: 'parse document', sure: 'high' },
  { span: ingest('ingest.chunk'), at: 'ingest.chunk', sure: 'high' },
  { span: ingest('ingest.store'), at: 'ingest.store', sure: 'high' },
  { span: ingest('e5-large embed'), at: 'embed pattern', sure: 'medium' },
  { span: ingest('Pipeline.store'), at: 'Pipeline.store', sure: 'high' },
  { span: ingest('upsert {count} vectors'), at: 'upsert vectors', sure: 'high' },
  { span: ingest('upsert 12 vectors'), at: 'upsert vectors', sure: 'medium' },
  { span: ingest('nightly_sync.workflow'), at: 'nightly_sync', sure: 'high' },
  { span: ingest('fetch sources'), at: 'fetch sources', sure: 'high' },
  { span: ingest('plan'), at: 'plan', sure: 'high' },
  { span: ingest('clean text'), at: 'clean text', sure: 'high' },
  { span: ingest('tokenize'), at: 'tokenize', sure: 'high' },
  { span: ingest('run/ingest.pipeline.nightly'), at: 'nightly', sure: 'medium' },
  { span: ingest('ingest.pipeline.missing'), at: undefined, sure: 'low' },
  { span: ingest('redis.get'), at: undefined, sure: 'low' },
  { span: billing('Meter.charge'), at: 'Meter.charge', sure: 'medium' },
  { span: exporter('Worker.ExecuteAsync'), at: 'Worker.ExecuteAsync', sure: 'medium' },
  { span: billing('Statement.execute'), at: undefined, sure: 'low' },
  { span: ingest('summarize'), at: 'summarize', sure: 'high' },
  { span: ranker('rank'), at: 'rank', sure: 'high' },
  { span: ranker('normalize scores'), at: 'normalize scores', sure: 'high' },
  { span: ranker('score pdf document'), at: 'score pattern', sure: 'medium' },
  { span: billing('billing.charge'), at: 'billing.charge', sure: 'high' },
  { span: billing('record usage'), at: 'record usage', sure: 'high' },
  { span: billing('check quota'), at: 'check quota', sure: 'high' },
  { span: billing('post invoice'), at: 'post invoice', sure: 'high' },
  { span: billing('sync eu ledger'), at: 'sync pattern', sure: 'medium' },
  { span: exporter('write batch'), at: 'write batch', sure: 'high' },
  { span: exporter('flush file'), at: 'flush file', sure: 'high' },
  { span: exporter('consume exports'), at: 'consume pattern', sure: 'medium' },
  { span: exporter('FlushAsync'), at: 'Worker.StartActivity', sure: 'high' },
  { span: { service: 'rag-api', name: 'ai.generateText', language: 'nodejs', code: { 'ai.telemetry.functionId': 'answer-question' } }, at: 'functionId', sure: 'medium' },
];

for (const [title, workspace, table] of [
  ['span names as literals', 'shop', LITERALS],
  ['function names', 'shop', FUNCTIONS],
  ['wrappers, constants, templates', 'rag', PIPELINE],
] as const) {
  describe(`source golden table: ${title}`, () => {
    const shop = fixtureWorkspace(workspace);
    for (const { span, at, sure } of table) {
      it(`${span.service}: ${span.name} ${JSON.stringify(span.code ?? {})}`, async () => {
        const result = await locate(hintsOf(span), shop.files);
        const first = result.candidates[0];
        if (at === undefined) {
          assert.deepEqual(result.candidates, [], `nothing expected: ${first?.reason}`);
          assert.ok(result.why !== undefined && result.why.length > 20 && result.fix !== undefined);
          return;
        }
        assert.ok(first, `expected ${shop.mark(at)}: ${result.why}`);
        assert.equal(`${first.file}:${first.line}`, shop.mark(at), first.reason);
        assert.ok([sure].flat().includes(first.confidence), `${first.confidence}, expected ${[sure].flat().join(' or ')}: ${first.reason}`);
        assert.match(first.reason, /\.$/);
        assert.equal(result.best, first);
      });
    }
  });
}
