// Honest paths as containers, Windows machines, bundlers and SDKs write them: each must be found, and how sure is part of it.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { locate } from '../../../src/source/ladder.ts';
import type { Confidence } from '../../../src/source/sourceResult.ts';
import { fixtureWorkspace, hintsOf, memoryWorkspace } from './memoryWorkspace.ts';

type Row = readonly [path: string, service: string, file: string, sure: Confidence];

const GATEWAY = 'services/gateway/src/server.ts';
const CHECKOUT = 'services/checkout/src/server.ts';
const STORE = 'services/catalog/catalog/store.py';
const MAIN_PY = 'services/catalog/catalog/main.py';
const REVIEWS = 'services/reviews/main.py';
const GO_STORE = 'services/pricing/internal/store/store.go';
const GO_MAIN = 'services/pricing/cmd/pricing/main.go';
const CONTROLLER = 'services/orders/src/main/java/com/acme/orders/OrderController.java';
const REPOSITORY = 'services/orders/src/main/java/com/acme/orders/OrderRepository.java';
const INVOICE = 'services/invoice/Invoicing/InvoiceService.cs';
const INDEX_RS = 'services/search/src/index.rs';
const CART = 'services/legacy/src/Http/CartController.php';
const WELCOME = 'services/mail/app/jobs/welcome_job.rb';
const CACHE = 'services/edge/src/handlers/cache.ts';

const HONEST: readonly Row[] = [
  // as given
  ['/home/me/shop/services/gateway/src/server.ts', 'gateway', GATEWAY, 'certain'],
  ['/home/me/shop/services/gateway/src/server.ts', 'somebody else', GATEWAY, 'certain'],
  ['/home/me/shop//services/./catalog/catalog/store.py', 'catalog', STORE, 'certain'],
  ['/home/me/shop/services/catalog/../catalog/catalog/store.py', 'catalog', STORE, 'certain'],
  ['file:///home/me/shop/services/pricing/internal/store/store.go', 'pricing', GO_STORE, 'certain'],
  ['file://localhost/home/me/shop/services/pricing/internal/store/store.go', 'pricing', GO_STORE, 'certain'],
  ['services/catalog/catalog/store.py', 'catalog', STORE, 'certain'],
  ['./services/catalog/catalog/store.py', 'catalog', STORE, 'certain'],
  ['services\\invoice\\Invoicing\\InvoiceService.cs', 'billing', INVOICE, 'certain'],
  ['services/mail/app/jobs/welcome_job.rb', 'mailer', WELCOME, 'certain'],
  ['services/search/src/index.rs', 'search', INDEX_RS, 'certain'],
  // relative to the service's own folder
  ['src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['src/server.ts', 'gateway', GATEWAY, 'medium'],
  ['./src/server.ts', 'checkout', CHECKOUT, 'medium'],
  ['catalog/store.py', 'catalog', STORE, 'high'],
  ['src/index.rs', 'search', INDEX_RS, 'high'],
  ['main.py', 'reviews', REVIEWS, 'medium'],
  ['app/jobs/welcome_job.rb', 'mailer', WELCOME, 'high'],
  ['src/Http/CartController.php', 'legacy', CART, 'high'],
  ['Invoicing/InvoiceService.cs', 'billing', INVOICE, 'high'],
  // containers
  ['/app/src/server.ts', 'gateway', GATEWAY, 'medium'],
  ['/app/src/server.ts', 'checkout', CHECKOUT, 'medium'],
  ['/app/src/server.ts', 'storefront-bff', GATEWAY, 'medium'],
  ['/app/src/server.ts', 'shop-checkout-service', CHECKOUT, 'medium'],
  ['/app/src/server.ts', 'CheckoutService', CHECKOUT, 'medium'],
  ['/app/src/server.ts', 'checkout-api', CHECKOUT, 'medium'],
  ['/usr/src/app/src/server.ts', 'gateway', GATEWAY, 'medium'],
  ['/usr/src/app/src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['/workspace/src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['/home/node/app/src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['/srv/edge/src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['/var/task/src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['/app/services/gateway/src/server.ts', 'gateway', GATEWAY, 'high'],
  ['/app/services/gateway/src/server.ts', 'renamed', GATEWAY, 'high'],
  ['/app/catalog/store.py', 'catalog', STORE, 'high'],
  ['/code/catalog/main.py', 'catalog', MAIN_PY, 'high'],
  ['/app/main.py', 'reviews', REVIEWS, 'medium'],
  ['/app/store.py', 'catalog', STORE, 'high'],
  ['/app/store.py', 'unknown', STORE, 'medium'],
  ['/opt/app/internal/store/store.go', 'pricing', GO_STORE, 'high'],
  ['/src/cmd/pricing/main.go', 'pricing', GO_MAIN, 'high'],
  ['/go/src/github.com/acme/shop/pricing/internal/store/store.go', 'pricing', GO_STORE, 'high'],
  ['github.com/acme/shop/pricing/internal/store/store.go', 'pricing', GO_STORE, 'high'],
  ['/build/src/main/java/com/acme/orders/OrderController.java', 'order-service', CONTROLLER, 'high'],
  ['com/acme/orders/OrderController.java', 'order-service', CONTROLLER, 'high'],
  ['com/acme/orders/OrderRepository.java', 'order-service', REPOSITORY, 'high'],
  ['OrderRepository.java', 'order-service', REPOSITORY, 'high'],
  ['OrderController.java', 'order-service', CONTROLLER, 'medium'],
  ['/app/app/jobs/welcome_job.rb', 'mailer', WELCOME, 'high'],
  ['/rails/app/jobs/welcome_job.rb', 'mailer', WELCOME, 'high'],
  ['/var/www/html/src/Http/CartController.php', 'legacy', CART, 'high'],
  ['/usr/src/search-engine/src/index.rs', 'search', INDEX_RS, 'high'],
  // .NET deterministic builds, Windows
  ['/_/Invoicing/InvoiceService.cs', 'billing', INVOICE, 'high'],
  ['/_/services/invoice/Invoicing/InvoiceService.cs', 'billing', INVOICE, 'certain'],
  ['/src/Invoicing/InvoiceService.cs', 'billing', INVOICE, 'high'],
  ['C:\\src\\shop\\services\\invoice\\Invoicing\\InvoiceService.cs', 'billing', INVOICE, 'high'],
  ['D:\\a\\1\\s\\Invoicing\\InvoiceService.cs', 'billing', INVOICE, 'high'],
  ['C:/agent/_work/1/s/Invoicing/InvoiceService.cs', 'billing', INVOICE, 'high'],
  ['c:\\build\\invoicing\\invoiceservice.cs', 'billing', INVOICE, 'medium'],
  ['C:\\Users\\me\\checkout\\src\\server.ts', 'checkout', CHECKOUT, 'high'],
  ['file:///C:/Users/me/edge/src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['\\app\\src\\handlers\\cache.ts', 'edge', CACHE, 'high'],
  // bundlers and dev servers
  ['webpack:///./src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['webpack-internal:///./src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['webpack-internal:///(rsc)/./src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['webpack://edge/./src/handlers/cache.ts?a1b2', 'edge', CACHE, 'high'],
  ['webpack://_N_E/src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['turbopack:///[project]/services/edge/src/handlers/cache.ts', 'edge', CACHE, 'certain'],
  ['file:///app/src/handlers/cache.ts', 'edge', CACHE, 'high'],
  ['file:///app/src/hand%6Cers/cache.ts', 'edge', CACHE, 'high'],
  ['file:///app/src/handlers/cache.ts?tsx-namespace=17', 'edge', CACHE, 'high'],
  ['file:///app/src/handlers/cache.ts?t=17#x:3:5', 'edge', CACHE, 'high'],
  // with a position glued on
  ['/app/src/handlers/cache.ts:3:10', 'edge', CACHE, 'high'],
  ['/app/src/handlers/cache.ts:3', 'edge', CACHE, 'high'],
  [' /app/src/handlers/cache.ts ', 'edge', CACHE, 'high'],
  // build output that is not in the workspace
  ['/app/dist/handlers/cache.js', 'edge', CACHE, 'low'],
  ['/app/build/handlers/cache.js', 'edge', CACHE, 'low'],
  ['/app/dist/src/handlers/cache.js', 'edge', CACHE, 'low'],
  ['/home/me/shop/services/edge/dist/handlers/cache.js', 'edge', CACHE, 'low'],
  ['/app/dist/server.js', 'checkout', CHECKOUT, 'low'],
  // another folder of the same name further up
  ['/work/gateway/src/server.ts', 'renamed', GATEWAY, 'high'],
  ['/builds/acme/shop/services/checkout/src/server.ts', '', CHECKOUT, 'high'],
];

describe('source paths', () => {
  const shop = fixtureWorkspace('shop');

  it(`knows at least 80 honest paths (${HONEST.length})`, () => assert.ok(HONEST.length >= 80));

  for (const [path, service, file, sure] of HONEST) {
    it(`${service || '(no service)'}: ${path}`, async () => {
      const glued = /:(\d+)(?::\d+)?$/.exec(path.trim());
      const code = glued === null ? { 'code.file.path': path, 'code.line.number': '1' } : { 'code.file.path': path };
      const result = await locate(hintsOf({ service, name: 'no such span', code }), shop.files);
      const first = result.candidates[0];
      assert.ok(first, result.why);
      assert.equal(first.file, file, first.reason);
      assert.equal(first.confidence, sure, first.reason);
      assert.equal(result.best, first);
      if (!path.includes('/dist/') && !path.includes('/build/handlers')) assert.equal(first.line, glued === null ? 1 : Number(glued[1]));
    });
  }

  it('reads deprecated and Datadog keys, and numbers as text', async () => {
    for (const code of [
      { 'code.filepath': '/app/src/handlers/cache.ts', 'code.lineno': ' 3 ', 'code.column': '2' },
      { 'code.file.path': '/app/src/handlers/cache.ts', 'code.line.number': '3.0', 'code.column.number': '2' },
      { '_dd.code_origin.frames.0.file': '/app/src/handlers/cache.ts', '_dd.code_origin.frames.0.line': '3', '_dd.code_origin.frames.0.column': '2' },
    ]) {
      const { best } = await locate(hintsOf({ service: 'edge', code }), shop.files);
      assert.equal(`${best?.file}:${best?.line}:${best?.column}`, `${CACHE}:3:2`);
    }
  });

  it('moves a stale line to the function and says so', async () => {
    for (const line of ['1', '30', '999']) {
      const { best } = await locate(hintsOf({ service: 'catalog', code: { 'code.file.path': '/home/me/shop/services/catalog/catalog/store.py', 'code.line.number': line, 'code.function.name': 'Store.find' } }), shop.files);
      assert.equal(`${best?.file}:${best?.line}`, shop.mark('Store.find'));
      assert.equal(best?.confidence, 'medium');
      assert.match(best?.reason ?? '', /stale/);
    }
  });

  it('keeps a line inside the function certain, multi-line headers and decorators included', async () => {
    const rows = [
      ['services/catalog/catalog/store.py', 'Store.keyError', 'Store.find', 0],
      ['services/catalog/catalog/main.py', 'catalog.product', 'product', -1],
      ['services/checkout/src/server.ts', 'Basket.total.body', 'Basket.total', 0],
      ['services/pricing/internal/store/store.go', 'Store.Get.lookup', 'store.(*Store).Get', 0],
      [INVOICE, 'InvoiceService.throw', 'Acme.Invoicing.InvoiceService.RenderAsync', 0],
      [CONTROLLER, 'OrderController.create', 'com.acme.orders.OrderController.create', -1],
      [CONTROLLER, 'OrderController.audit.lambda', 'com.acme.orders.OrderController.lambda$audit$0', 0],
      [INDEX_RS, 'Index.lookup', 'lookup', -1],
    ] as const;
    for (const [file, mark, name, offset] of rows) {
      const line = shop.line(mark) + offset;
      const { best } = await locate(hintsOf({ code: { 'code.file.path': `/home/me/shop/${file}`, 'code.line.number': String(line), 'code.function.name': name } }), shop.files);
      assert.deepEqual([best?.file, best?.line, best?.confidence], [file, line, 'certain'], best?.reason);
    }
  });

  it('a line of a comment is stale, also beside the span’s own call', async () => {
    const js = memoryWorkspace({ 'src/a.js': '// one\n\nfunction a() {\n  return startSpan("a");\n}\n', 'src/b.py': '# one\n#two\n\nx = 1\n', 'src/c.rs': '#[instrument]\nfn c() {}\n' });
    const rows = [['a', 'src/a.js', 1, 4, 'medium'], ['a', 'src/a.js', 2, 4, 'medium'], ['a', 'src/a.js', 3, 3, 'certain'], ['x', 'src/a.js', 1, 1, 'medium'], ['x', 'src/b.py', 2, 2, 'medium'], ['x', 'src/b.py', 4, 4, 'certain'], ['x', 'src/c.rs', 1, 1, 'certain']] as const;
    for (const [name, file, given, line, sure] of rows) {
      const { best } = await locate(hintsOf({ name, code: { 'code.file.path': file, 'code.line.number': String(given) } }), js.files);
      assert.deepEqual([best?.line, best?.confidence], [line, sure], `${file}:${given} ${best?.reason}`);
      if (sure === 'medium') assert.match(best?.reason ?? '', /stale/);
    }
  });

  it('without a line: a function that is not in the named file is looked for elsewhere', async () => {
    const moved = memoryWorkspace({ 'src/a.ts': 'export function a() {\n  return 1;\n}\n', 'src/b.ts': '\nexport function b() {\n  return 2;\n}\n' });
    const at = async (functionName: string): Promise<string> => {
      const { candidates } = await locate(hintsOf({ code: { 'code.file.path': 'src/a.ts', 'code.function.name': functionName } }), moved.files);
      return candidates.map((c) => `${c.file}:${c.line} ${c.confidence}`).join(', ');
    };
    assert.equal(await at('a'), 'src/a.ts:1 high');
    assert.equal(await at('gone'), 'src/a.ts:1 low');
    assert.equal(await at('b'), 'src/a.ts:1 low, src/b.ts:2 low');
  });

  it('a class of a Python library is not the workspace’s of that name', async () => {
    const shop = memoryWorkspace({ 'api/shop/views.py': 'class Session:\n    def request(self):\n        pass\n', 'api/shop/models/__init__.py': 'class Order:\n    def save(self):\n        pass\n', 'api/shop/types/Cart.py': 'class Cart:\n    def total(self):\n        pass\n\ndef load():\n    pass\n' });
    const rows = [
      ['shop.views.Session.request', 'api/shop/views.py:2 high'], ['views.Session.request', 'api/shop/views.py:2 high'], ['Session.request', 'api/shop/views.py:2 high'], ['__main__.Session.request', 'api/shop/views.py:2 high'],
      ['shop.types.Cart.Cart.total', 'api/shop/types/Cart.py:2 high'], ['shop.types.Cart.load', 'api/shop/types/Cart.py:5 high'], ['shop.other.Cart.total', 'api/shop/types/Cart.py:2 medium'],
      ['shop.models.Order.save', 'api/shop/models/__init__.py:2 high'], ['requests.sessions.Session.request', 'nothing'], ['django.db.models.base.Order.save', 'nothing'],
    ] as const;
    for (const [name, expected] of rows) {
      const { best } = await locate(hintsOf({ language: 'python', code: { 'code.function.name': name } }), shop.files);
      assert.equal(best === undefined ? 'nothing' : `${best.file}:${best.line} ${best.confidence}`, expected, name);
    }
  });

  it('a library’s type of the same name is not the workspace’s: Ruby, Elixir and Rust', async () => {
    const shop = memoryWorkspace({
      'app/models/base.rb': 'module Shop\n  class Base\n    def save\n    end\n  end\nend\n', 'app/jobs/admin/mail_job.rb': 'class Admin::MailJob\n  def perform\n  end\nend\n',
      'lib/shop/repo.ex': 'defmodule Shop.Repo do\n  def all(q) do\n  end\nend\n',
      'Cargo.toml': '[package]\nname = "shop-core"\n', 'src/pool/connection.rs': 'impl Pool {\n    pub fn acquire(&self) {}\n}\n', 'src/main.rs': 'fn main() {\n}\n',
    });
    const rows = [
      ['ruby', 'Shop::Base#save', 'app/models/base.rb:3'], ['ruby', 'Base#save', 'app/models/base.rb:3'], ['ruby', 'Admin::MailJob#perform', 'app/jobs/admin/mail_job.rb:2'], ['ruby', 'ActiveRecord::Base#save', 'nothing'],
      ['erlang', 'Shop.Repo.all/1', 'lib/shop/repo.ex:2'], ['erlang', 'Elixir.Shop.Repo.all/1', 'lib/shop/repo.ex:2'], ['erlang', 'Ecto.Repo.all', 'nothing'],
      ['rust', 'shop_core::pool::connection::Pool::acquire', 'src/pool/connection.rs:2'], ['rust', 'crate::pool::connection::acquire', 'src/pool/connection.rs:2'], ['rust', 'Pool::acquire', 'src/pool/connection.rs:2'],
      ['rust', 'sqlx_core::pool::Pool::acquire', 'nothing'], ['rust', 'sqlx_core::pool::connection::acquire', 'nothing'], ['rust', 'shop_core::main', 'src/main.rs:1'], ['rust', 'main', 'src/main.rs:1'],
    ] as const;
    for (const [language, name, expected] of rows) {
      const { best } = await locate(hintsOf({ language, code: { 'code.function.name': name } }), shop.files);
      assert.equal(best === undefined ? 'nothing' : `${best.file}:${best.line}`, expected, `${name}: ${best?.reason}`);
    }
  });

  it('a whole module path goes before a file that only ends like a part of it', async () => {
    const text = 'class Tracer:\n    def start(self):\n        pass\n';
    const sdk = memoryWorkspace({ 'api/src/otel/trace/__init__.py': text, 'sdk/src/otel/sdk/trace/__init__.py': `\n${text}`, 'exporter/src/otel/exporter/trace.py': text });
    const { best } = await locate(hintsOf({ language: 'python', code: { 'code.function.name': 'otel.sdk.trace.Tracer.start' } }), sdk.files);
    assert.deepEqual([`${best?.file}:${best?.line}`, best?.confidence], ['sdk/src/otel/sdk/trace/__init__.py:3', 'high'], best?.reason);
  });

  it('Kotlin’s top-level functions are in a class called after the file, with a capital', async () => {
    const kotlin = memoryWorkspace({ 'src/main/kotlin/fraud/main.kt': 'package fraud\n\nfun main() {\n}\n', 'src/main/kotlin/fraud/Rules.kt': 'package fraud\n\nfun rate(a: Int) = a\n' });
    for (const [name, expected] of [['fraud.MainKt.main', 'src/main/kotlin/fraud/main.kt:3 high'], ['fraud.RulesKt.rate', 'src/main/kotlin/fraud/Rules.kt:3 high'], ['other.MainKt.main', 'nothing']] as const) {
      const { best } = await locate(hintsOf({ language: 'java', code: { 'code.function.name': name } }), kotlin.files);
      assert.equal(best === undefined ? 'nothing' : `${best.file}:${best.line} ${best.confidence}`, expected);
    }
  });

  it('Rust’s module path is no function’s name, also where the SDK does not say its language', async () => {
    const rust = memoryWorkspace({ 'Cargo.toml': '[package]\nname = "pricing-core"\n', 'src/main.rs': '#[instrument]\nasync fn load_rates() {\n    x();\n}\n' });
    for (const language of ['rust', '']) {
      const { best } = await locate(hintsOf({ name: 'load_rates', language, code: { 'code.filepath': 'src/main.rs', 'code.lineno': '1', 'code.namespace': 'pricing_core' } }), rust.files);
      assert.deepEqual([best?.file, best?.line, best?.confidence], ['src/main.rs', 1, 'certain'], best?.reason);
    }
  });

  it('a file that was renamed: its function, with the given line where that is inside it', async () => {
    const at = async (line: number): Promise<string> => {
      const { best } = await locate(hintsOf({ service: 'catalog', language: 'python', code: { 'code.file.path': '/app/catalog/renamed.py', 'code.line.number': String(line), 'code.function.name': 'product' } }), shop.files);
      return `${best?.file}:${best?.line} ${best?.confidence}`;
    };
    assert.equal(await at(shop.line('catalog.callFind')), `${shop.mark('catalog.callFind')} medium`);
    assert.equal(await at(400), `${shop.mark('catalog.product')} medium`);
  });

  it('clamps a line past the end and is not sure of it', async () => {
    const { best } = await locate(hintsOf({ code: { 'code.file.path': 'services/edge/src/handlers/cache.ts', 'code.line.number': '4000' } }), shop.files);
    assert.equal(best?.line, 8);
    assert.equal(best?.confidence, 'low');
  });

  it('places a missing line at the function, else at the span’s own call', async () => {
    const path = { 'code.file.path': '/home/me/shop/services/edge/src/handlers/cache.ts' };
    const byFunction = await locate(hintsOf({ code: { ...path, 'code.function.name': 'readCache' } }), shop.files);
    assert.equal(`${byFunction.best?.file}:${byFunction.best?.line}`, shop.mark('edge.readCache'));
    const byName = await locate(hintsOf({ name: 'read cache', code: path }), shop.files);
    assert.equal(`${byName.best?.file}:${byName.best?.line}`, shop.mark('read cache'));
    assert.notEqual(byName.best?.confidence, 'certain');
  });

  it('leads build output that is not there to the span’s call or function in its source', async () => {
    const path = { 'code.file.path': '/app/dist/handlers/cache.js', 'code.line.number': '17' };
    const byName = await locate(hintsOf({ service: 'edge', name: 'read cache', code: path }), shop.files);
    assert.deepEqual([`${byName.best?.file}:${byName.best?.line}`, byName.best?.confidence], [shop.mark('read cache'), 'medium']);
    const byFunction = await locate(hintsOf({ service: 'edge', code: { ...path, 'code.function.name': 'readCache' } }), shop.files);
    assert.deepEqual([`${byFunction.best?.file}:${byFunction.best?.line}`, byFunction.best?.confidence], [shop.mark('edge.readCache'), 'medium']);
  });

  it('moves a stale line to the span’s own call, unless it is in the same function', async () => {
    const at = (line: number): Promise<Awaited<ReturnType<typeof locate>>> => locate(hintsOf({ service: 'catalog', name: 'load product', code: { 'code.file.path': '/home/me/shop/services/catalog/catalog/main.py', 'code.line.number': String(line) } }), shop.files);
    const stale = await at(shop.line('describe pattern'));
    assert.deepEqual([`${stale.best?.file}:${stale.best?.line}`, stale.best?.confidence], [shop.mark('load product'), 'medium']);
    const near = await at(shop.line('catalog.callFind'));
    assert.deepEqual([near.best?.line, near.best?.confidence], [shop.line('catalog.callFind'), 'certain']);
  });

  it('never takes a library’s path for a file of the workspace', async () => {
    const library = memoryWorkspace({ 'services/a/routing.py': 'x = 1\n', 'src/index.js': 'x\n', 'src/lib.rs': 'x\n', 'internal/http/server.go': 'x\n' });
    for (const path of [
      '/usr/local/lib/python3.12/site-packages/fastapi/routing.py',
      '/usr/lib/python3.11/routing.py',
      '/app/node_modules/express/src/index.js',
      '/usr/local/cargo/registry/.cargo/serde/src/lib.rs',
      '/root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/tokio-1.38.0/src/lib.rs',
      '/usr/local/go/src/internal/http/server.go',
      '/go/pkg/mod/github.com/x/y@v1.2.3/internal/http/server.go',
      '/rustc/9fc6b43126469e3858e2fe86cafb4f0fd5068869/src/lib.rs',
      '/var/www/vendor/guzzle/src/index.js',
    ]) {
      const result = await locate(hintsOf({ code: { 'code.file.path': path, 'code.line.number': '1' } }), library.files);
      assert.deepEqual(result.candidates, [], path);
      assert.match(result.why ?? '', /library/);
    }
  });

  it('does not look in the workspace for a library’s function, but for the span’s own call', async () => {
    const shop = memoryWorkspace({ 'shop/a.py': 'def execute():\n    pass\n\ntracer.start_as_current_span("pay")\n' });
    const code = { 'code.file.path': '/usr/lib/python3/site-packages/db/cursor.py', 'code.line.number': '1', 'code.function.name': 'execute' };
    const library = await locate(hintsOf({ service: 'shop', name: 'execute', code }), shop.files);
    assert.deepEqual(library.candidates, []);
    const { best } = await locate(hintsOf({ service: 'shop', name: 'pay', code }), shop.files);
    assert.equal(`${best?.file}:${best?.line}`, 'shop/a.py:4');
    // A program that was installed: the same file, in a library's place.
    const installed = await locate(hintsOf({ service: 'shop', language: 'python', code: { 'code.file.path': '/usr/lib/python3/site-packages/shop/a.py', 'code.line.number': '2', 'code.function.name': 'shop.a.execute' } }), shop.files);
    assert.deepEqual([`${installed.best?.file}:${installed.best?.line}`, installed.best?.confidence], ['shop/a.py:2', 'medium']);
  });

  it('lists equally good files, best undefined, and never as more than low', async () => {
    const { candidates, best } = await locate(hintsOf({ service: 'nobody', code: { 'code.file.path': '/app/src/server.ts', 'code.line.number': '4' } }), shop.files);
    assert.deepEqual(candidates.map((c) => c.file).sort(), [CHECKOUT, GATEWAY]);
    assert.ok(candidates.every((c) => c.confidence === 'low'));
    assert.equal(best, undefined);
  });

  it('breaks a tie by the code itself when the service does not help', async () => {
    const byFunction = await locate(hintsOf({ service: 'nobody', code: { 'code.file.path': '/app/src/server.ts', 'code.line.number': String(shop.line('Basket.add.body')), 'code.function.name': 'Basket.add' } }), shop.files);
    assert.equal(byFunction.best?.file, CHECKOUT);
    const byName = await locate(hintsOf({ service: 'nobody', name: 'authenticate', code: { 'code.file.path': '/app/src/server.ts', 'code.line.number': String(shop.line('authenticate')) } }), shop.files);
    assert.equal(byName.best?.file, GATEWAY);
    assert.equal(byName.best?.confidence, 'medium');
  });
});

describe('source paths, several packages', () => {
  const texts = { 'src/server.ts': 'x\n', 'services/a/src/server.ts': 'x\n', 'services/a/package.json': '{}', 'services/a/src/only.ts': 'x\n', 'services/b/package.json': '{}', 'services/b/src/main.ts': 'x\n' };
  const shop = memoryWorkspace(texts);
  const at = async (service: string, path: string): Promise<string> => {
    const { candidates } = await locate(hintsOf({ service, name: 'no such span', code: { 'code.file.path': path, 'code.line.number': '1' } }), shop.files);
    return `${candidates[0]?.file} ${candidates[0]?.confidence}`;
  };
  it('a relative path is the service’s own before the workspace’s', async () => {
    assert.equal(await at('a', 'src/server.ts'), 'services/a/src/server.ts medium');
    assert.equal(await at('other', 'src/server.ts'), 'src/server.ts medium');
  });
  it('the only such file is a last resort when the service has a folder of its own', async () => {
    assert.equal(await at('b', '/app/src/only.ts'), 'services/a/src/only.ts low');
    assert.equal(await at('a', '/app/src/only.ts'), 'services/a/src/only.ts high');
    assert.equal(await at('b', '/app/services/a/src/only.ts'), 'services/a/src/only.ts high');
    assert.equal(await at('unknown', '/app/src/only.ts'), 'services/a/src/only.ts high');
  });
});

describe('source path map', () => {
  const pathMap = [
    { from: '/srv/release', to: 'services/gateway' },
    { from: '/srv', to: '/home/me/shop/services' },
    { from: 'C:\\build', to: '${workspaceFolder}/services' },
    { from: '/srv/release', to: 'services/checkout', service: 'checkout' },
    { from: '/evil', to: '../../etc' },
    { from: '/away', to: '/etc' },
  ];
  const shop = fixtureWorkspace('shop', { pathMap });
  const cases: readonly Row[] = [
    ['/srv/release/src/server.ts', 'gateway', GATEWAY, 'certain'],
    ['/srv/release/src/server.ts', 'checkout', CHECKOUT, 'certain'],
    ['/srv/edge/src/handlers/cache.ts', 'edge', CACHE, 'certain'],
    ['C:\\Build\\invoice\\Invoicing\\InvoiceService.cs', 'billing', INVOICE, 'certain'],
  ];
  for (const [path, service, file, sure] of cases) {
    it(`${service}: ${path}`, async () => {
      const { best } = await locate(hintsOf({ service, code: { 'code.file.path': path, 'code.line.number': '1' } }), shop.files);
      assert.deepEqual([best?.file, best?.confidence, best?.rung], [file, sure, 'pathMap']);
    });
  }
  for (const path of ['/evil/passwd', '/away/passwd', '/srvx/edge/src/none.ts', '/srv/../srv/none.ts']) {
    it(`does not follow ${path}`, async () => {
      const result = await locate(hintsOf({ code: { 'code.file.path': path, 'code.line.number': '2' } }), shop.files);
      assert.deepEqual(result.candidates, []);
    });
  }
});

describe('source path map, rooted rules', () => {
  it('a rule for rooted paths does not apply to relative ones', async () => {
    const shop = memoryWorkspace({ 'a/x.ts': 'x\n', 'b/x.ts': 'x\n' }, { pathMap: [{ from: '/srv', to: 'a' }, { from: 'rel', to: 'b' }] });
    const rung = async (path: string): Promise<string> => {
      const { candidates } = await locate(hintsOf({ code: { 'code.file.path': path, 'code.line.number': '1' } }), shop.files);
      return `${candidates[0]?.file} ${candidates[0]?.rung}`;
    };
    assert.equal(await rung('/srv/x.ts'), 'a/x.ts pathMap');
    assert.equal(await rung('srv/x.ts'), 'undefined undefined');
    assert.equal(await rung('rel/x.ts'), 'b/x.ts pathMap');
    assert.equal(await rung('/rel/x.ts'), 'undefined undefined');
  });
});

describe('source on other platforms', () => {
  it('Windows roots and case-insensitive names', async () => {
    const shop = memoryWorkspace({ 'Services/Invoice/InvoiceService.cs': 'a\nb\n' }, { root: 'C:\\Work\\Shop', caseInsensitive: true });
    for (const path of ['C:\\Work\\Shop\\Services\\Invoice\\InvoiceService.cs', 'c:\\work\\shop\\services\\invoice\\invoiceservice.cs', 'file:///c:/Work/shop/Services/Invoice/InvoiceService.cs']) {
      const { best } = await locate(hintsOf({ code: { 'code.file.path': path, 'code.line.number': '2' } }), shop.files);
      assert.deepEqual([best?.file, best?.confidence], ['Services/Invoice/InvoiceService.cs', 'certain'], path);
    }
  });

  it('tells case twins apart where the file system does', async () => {
    const twins = memoryWorkspace({ 'src/Cart.ts': 'a\n', 'src/cart.ts': 'b\n' });
    const { best } = await locate(hintsOf({ code: { 'code.file.path': '/app/src/cart.ts', 'code.line.number': '1' } }), twins.files);
    assert.equal(best?.file, 'src/cart.ts');
  });

  it('finds names in either Unicode normal form', async () => {
    const files = memoryWorkspace({ 'src/caf\u0065\u0301.ts': 'a\n' });
    const { best } = await locate(hintsOf({ code: { 'code.file.path': '/app/src/caf\u00e9.ts', 'code.line.number': '1' } }), files.files);
    assert.equal(best?.file, 'src/caf\u0065\u0301.ts');
  });

  it('answers nothing in Restricted Mode, and reads nothing', async () => {
    const shop = fixtureWorkspace('shop', { trusted: false });
    const result = await locate(hintsOf({ service: 'gateway', name: 'handle request', code: { 'code.file.path': '/home/me/shop/services/gateway/src/server.ts' } }), shop.files);
    assert.deepEqual(result.candidates, []);
    assert.match(result.why ?? '', /Restricted Mode/);
    assert.deepEqual(shop.reads, []);
  });

  it('rejects with the signal’s reason and works again afterwards', async () => {
    const shop = fixtureWorkspace('shop');
    const stop = new AbortController();
    const asked = locate(hintsOf({ service: 'gateway', name: 'handle request' }), shop.files, stop.signal);
    stop.abort(new Error('closed'));
    await assert.rejects(asked, /closed/);
    const { best } = await locate(hintsOf({ service: 'gateway', name: 'handle request' }), shop.files);
    assert.equal(best?.file, GATEWAY);
  });
});
