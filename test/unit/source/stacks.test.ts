// Stack traces as runtimes print them → the frame that must be opened. Library frames are skipped; chains follow each language's order.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { locate } from '../../../src/source/ladder.ts';
import { parseStack } from '../../../src/source/stackTrace.ts';
import { fixtureWorkspace, hintsOf, memoryWorkspace } from './memoryWorkspace.ts';
import { cpuMs } from '../../support/cpuTime.ts';

const shop = fixtureWorkspace('shop');
const L = (mark: string): number => shop.line(mark);

interface Row {
  readonly title: string;
  readonly service: string;
  readonly language?: string;
  readonly stack: string;
  /** Mark; undefined: nothing. */
  readonly at: string | undefined;
}

const ROWS: readonly Row[] = [
  {
    title: 'JS: node internals and node_modules are skipped',
    service: 'gateway',
    stack: `Error: no token
    at Object.<anonymous> (node:internal/modules/cjs/loader:1469:14)
    at Layer.handle [as handle_request] (/app/node_modules/express/lib/router/layer.js:95:5)
    at login (/app/src/server.ts:${L('gateway.noToken')}:26)
    at async handle (/app/src/server.ts:${L('authenticate')}:18)
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`,
    at: 'gateway.noToken',
  },
  { title: 'JS: async, file URL, no parentheses', service: 'edge', stack: `TypeError: x\n    at async file:///app/src/handlers/cache.ts:${L('read cache')}:9`, at: 'read cache' },
  { title: 'JS: webpack-internal, from above the folder that was bundled', service: 'edge', stack: `Error\n    at readCache (webpack-internal:///(rsc)/../../services/edge/src/handlers/cache.ts:${L('read cache')}:9)\n    at f (webpack-internal:///(rsc)/./src/handlers/cache.ts:1:1)`, at: 'read cache' },
  { title: 'JS: webpack-internal', service: 'edge', stack: `Error\n    at readCache (webpack-internal:///(rsc)/./src/handlers/cache.ts:${L('read cache')}:9)`, at: 'read cache' },
  { title: 'JS: Firefox and Safari', service: 'edge', language: 'webjs', stack: `readCache@http://localhost:5173/src/handlers/cache.ts?t=1:${L('read cache')}:9\nasync*main@http://localhost:5173/node_modules/x/a.js:1:1`, at: 'read cache' },
  { title: 'JS: the deepest cause first', service: 'gateway', stack: `Error: outer\n    at handle (/app/src/server.ts:${L('authenticate')}:18) {\n  [cause]: Error: no token\n      at login (/app/src/server.ts:${L('gateway.noToken')}:26)\n}`, at: 'gateway.noToken' },
  { title: 'JS: a stale line moves to its function', service: 'gateway', stack: 'Error: x\n    at login (/app/src/server.ts:2:26)', at: 'gateway.login' },
  { title: 'JS: build output that is not in the workspace, by its function', service: 'gateway', stack: 'Error: x\n    at login (/app/dist/server.js:222:26)\n    at handle (/app/dist/server.js:2:1)', at: 'gateway.login' },
  { title: 'JS: only libraries', service: 'gateway', stack: 'Error: x\n    at f (/app/node_modules/a/src/server.ts:3:1)\n    at node:internal/x:1:1', at: undefined },
  {
    title: 'Python: the last frame in the workspace is the crash',
    service: 'catalog',
    stack: `Traceback (most recent call last):
  File "/usr/local/lib/python3.12/site-packages/starlette/routing.py", line 74, in app
    response = await func(request)
  File "/app/catalog/main.py", line ${L('catalog.callFind')}, in product
    return store.find(product_id)
           ^^^^^^^^^^^^^^^^^^^^^^
  File "/app/catalog/store.py", line ${L('Store.keyError')}, in find
    return self.rows[key]
  File "/usr/local/lib/python3.12/collections/__init__.py", line 1021, in __getitem__
    raise KeyError(key)
KeyError: 'p1'`,
    at: 'Store.keyError',
  },
  {
    title: 'Python: chained, the last block left the span',
    service: 'catalog',
    stack: `Traceback (most recent call last):
  File "/app/catalog/store.py", line ${L('Store.keyError')}, in find
    return self.rows[key]
KeyError: 'p1'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/catalog/main.py", line ${L('catalog.callFind')}, in product
    return store.find(product_id)
  File "/app/catalog/store.py", line ${L('Store.notFound')}, in find
    raise NotFound(key) from error
catalog.store.NotFound: p1`,
    at: 'Store.notFound',
  },
  {
    title: 'Python: the outer exception is all library, the earlier block is ours',
    service: 'catalog',
    stack: `Traceback (most recent call last):
  File "/app/catalog/store.py", line ${L('Store.keyError')}, in find
KeyError: 'p1'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/httpx/_client.py", line 10, in send
httpx.ConnectError: refused`,
    at: 'Store.keyError',
  },
  { title: 'Python: exception group gutters', service: 'reviews', stack: `  + Exception Group Traceback (most recent call last):\n  |   File "/app/main.py", line ${L('moderate')}, in moderate\n  |     x\n  | ExceptionGroup: 1 (1 sub-exception)\n  +-+---------------- 1 ----------------\n    | Traceback (most recent call last):\n    |   File "/app/main.py", line ${L('reviews.upper')}, in moderate\n    | AttributeError: x`, at: 'reviews.upper' },
  {
    title: 'Java: the deepest cause, library frames skipped, "... n more"',
    service: 'order-service',
    stack: `jakarta.servlet.ServletException: Request processing failed
	at org.springframework.web.servlet.FrameworkServlet.processRequest(FrameworkServlet.java:1022)
	at java.base/java.lang.Thread.run(Thread.java:1583)
Caused by: com.acme.orders.OrderFailedException: could not save
	at com.acme.orders.OrderController.create(OrderController.java:${L('OrderController.rethrow')})
	at app//org.springframework.aop.Invoke.invoke(Invoke.java:52)
	... 42 common frames omitted
Caused by: org.h2.jdbc.JdbcSQLException: duplicate key
	at org.h2.message.DbException.get(DbException.java:502)
	at com.acme.orders.OrderRepository.save(OrderRepository.java:${L('OrderRepository.update')})
	at com.acme.orders.OrderController.create(OrderController.java:${L('OrderController.save')})
	... 44 more`,
    at: 'OrderRepository.update',
  },
  { title: 'Java: the cause is all library and re-attached', service: 'order-service', stack: `java.lang.RuntimeException: x\n\tat com.acme.orders.OrderController.create(OrderController.java:${L('OrderController.rethrow')})\nCaused by: java.io.IOException: y\n\tat java.base/java.io.FileInputStream.open0(Native Method)\n\t... 3 more`, at: 'OrderController.rethrow' },
  { title: 'Java: suppressed comes last', service: 'order-service', stack: `java.lang.RuntimeException: x\n\tat com.acme.orders.OrderRepository.save(OrderRepository.java:${L('OrderRepository.update')})\n\tSuppressed: java.io.IOException: close\n\t\tat com.acme.orders.OrderController.create(OrderController.java:${L('OrderController.save')})\n\tCaused by: java.lang.Error: z\n\t\tat com.acme.orders.OrderController.create(OrderController.java:${L('OrderController.rethrow')})`, at: 'OrderRepository.update' },
  { title: 'Java: module and loader prefixes, lambdas, inner classes', service: 'order-service', stack: `java.lang.Error: x\n\tat app//shop@1.0/com.acme.orders.OrderController.lambda$audit$0(OrderController.java:${L('OrderController.audit.lambda')})\n\tat com.acme.orders.OrderRepository$Mapper.map(OrderRepository.java:1)`, at: 'OrderController.audit.lambda' },
  { title: 'Java: the same base name in another package', service: 'order-service', stack: `java.lang.Error: x\n\tat org.other.OrderController.create(OrderController.java:3)\n\tat com.acme.inventory.OrderController.create(OrderController.java:${L('inventory.create')})`, at: 'inventory.create' },
  { title: 'Kotlin', service: 'order-service', stack: `java.lang.IllegalStateException: x\n\tat kotlinx.coroutines.BuildersKt.launch(Builders.kt:1)\n\tat com.acme.orders.Notifier.notify(Notifier.kt:${L('Notifier.send')})\n\tat com.acme.orders.Notifier$notify$1.invokeSuspend(Notifier.kt)`, at: 'Notifier.send' },
  { title: 'Java: only libraries', service: 'order-service', stack: 'java.lang.Error: x\n\tat org.other.OrderController.create(OrderController.java:3)\n\tat java.base/java.lang.Thread.run(Thread.java:1583)', at: undefined },
  {
    title: 'Go: runtime, SDK and module cache are skipped',
    service: 'pricing',
    language: 'go',
    stack: `goroutine 34 [running]:
runtime/debug.Stack()
	/usr/local/go/src/runtime/debug/stack.go:26 +0x64
go.opentelemetry.io/otel/sdk/trace.recordStackTrace()
	/go/pkg/mod/go.opentelemetry.io/otel/sdk@v1.32.0/trace/span.go:550 +0x2c
github.com/acme/shop/pricing/internal/store.(*Store).Get(0xc000012345, {0x7ff, 0xc0000}, {0xc0000b, 0x3})
	/src/internal/store/store.go:${L('Store.Get.lookup')} +0x1d
main.quote({0x1, 0x2})
	/src/cmd/pricing/main.go:${L('pricing.callGet')} +0x99
created by net/http.(*Server).Serve in goroutine 1
	/usr/local/go/src/net/http/server.go:3360 +0x485`,
    at: 'Store.Get.lookup',
  },
  { title: 'Go: below the panic, not the deferred function', service: 'pricing', language: 'go', stack: `goroutine 1 [running]:\nmain.main.func1()\n\t/src/cmd/pricing/main.go:${L('pricing.main')} +0x1\npanic({0x1?, 0x2?})\n\t/usr/local/go/src/runtime/panic.go:785 +0x132\nmain.quote(...)\n\t/src/cmd/pricing/main.go:${L('quote price')}\ngoroutine 2 [select]:\nmain.main()\n\t/src/cmd/pricing/main.go:1`, at: 'quote price' },
  { title: 'Go: -trimpath', service: 'pricing', language: 'go', stack: `goroutine 1 [running]:\nnet/http.(*conn).serve(0x1)\n\tnet/http/server.go:2 +0x1\ngithub.com/acme/shop/pricing/internal/store.(*Store).Get(0x1)\n\tgithub.com/acme/shop/pricing/internal/store/store.go:${L('Store.Get.lookup')} +0x1`, at: 'Store.Get.lookup' },
  { title: 'Go: -trimpath with a version', service: 'pricing', language: 'go', stack: `goroutine 1 [running]:\ngithub.com/acme/shop/pricing/internal/store.New()\n\tgithub.com/acme/shop/pricing@v1.2.0/internal/store/store.go:${L('store.New')} +0x1`, at: 'store.New' },
  {
    title: '.NET: inner exception first, framework frames have no file',
    service: 'billing',
    language: 'dotnet',
    stack: `System.AggregateException: One or more errors occurred.
 ---> System.InvalidOperationException: no template
   at System.ThrowHelper.Throw()
   at Acme.Invoicing.InvoiceService.RenderAsync(Order order, Decimal total) in /_/Invoicing/InvoiceService.cs:line ${L('InvoiceService.throw')}
   at Acme.Invoicing.InvoiceService.CreateAsync(Order order) in /_/Invoicing/InvoiceService.cs:line ${L('InvoiceService.callRender')}
   --- End of inner exception stack trace ---
   at System.Threading.Tasks.Task.Wait()
   at Program.<Main>$(String[] args) in /_/Invoicing/Program.cs:line 2`,
    at: 'InvoiceService.throw',
  },
  { title: '.NET: Windows path, async state machine', service: 'billing', language: 'dotnet', stack: `System.Exception: x\r\n   at Acme.Invoicing.InvoiceService.<CreateAsync>d__3.MoveNext() in C:\\src\\shop\\Invoicing\\InvoiceService.cs:line ${L('InvoiceService.callRender')}\r\n--- End of stack trace from previous location ---`, at: 'InvoiceService.callRender' },
  { title: '.NET: no debug symbols', service: 'billing', language: 'dotnet', stack: 'System.Exception: x\n   at Npgsql.NpgsqlCommand.Execute()\n   at Acme.Invoicing.InvoiceService.RenderAsync(Order order, Decimal total)\n   at Acme.Invoicing.InvoiceService.CreateAsync(Order order)', at: 'InvoiceService.RenderAsync' },
  { title: 'PHP: dots and base names', service: 'legacy', language: 'php', stack: `Exception: x\n\tat Symfony.HttpKernel.Kernel.handle(Kernel.php:12)\n\tat App.Http.CartController.show(CartController.php:${L('CartController.render')})`, at: 'CartController.render' },
  { title: 'PHP: its own format', service: 'legacy', language: 'php', stack: `Exception: x in /var/www/html/src/Http/CartController.php:${L('CartController.render')}\nStack trace:\n#0 /var/www/html/vendor/symfony/Kernel.php(12): App\\Http\\CartController->show(1)\n#1 {main}`, at: 'CartController.render' },
  { title: 'Ruby: 3.4, ANSI, gems skipped', service: 'mailer', language: 'ruby', stack: `\u001b[1m/usr/local/bundle/gems/net-smtp-0.5/lib/net/smtp.rb:5:in 'Net::SMTP#open'\u001b[m: refused (RuntimeError)\n\tfrom /app/app/jobs/welcome_job.rb:${L('WelcomeJob.raise')}:in 'WelcomeJob#deliver'`, at: 'WelcomeJob.raise' },
  { title: 'Ruby: backtick form, block', service: 'mailer', language: 'ruby', stack: `/app/app/jobs/welcome_job.rb:${L('WelcomeJob.deliver')}:in \`block in perform': x (RuntimeError)`, at: 'WelcomeJob.deliver' },
  { title: 'Rust: backtrace', service: 'search', language: 'rust', stack: `   0: rust_begin_unwind\n             at /rustc/9fc6b43126469e3858e2fe86cafb4f0fd5068869/library/std/src/panicking.rs:665:5\n   1: search_engine::index::Index::lookup\n             at ./src/index.rs:${L('Index.unwrap')}:9`, at: 'Index.unwrap' },
  { title: 'Rust: panic message', service: 'search', language: 'rust', stack: `thread 'main' panicked at src/index.rs:${L('Index.unwrap')}:31:\ncalled \`Option::unwrap()\` on a \`None\` value`, at: 'Index.unwrap' },
];

describe('source: stack traces', () => {
  for (const { title, service, language, stack, at } of ROWS) {
    it(title, async () => {
      const result = await locate(hintsOf({ service, name: 'no such span', language: language ?? '', stacks: [stack] }), shop.files);
      const first = result.candidates[0];
      if (at === undefined) {
        assert.deepEqual(result.candidates, []);
        assert.match(result.why ?? '', /none of the \d+ frames/);
        return;
      }
      assert.ok(first, result.why);
      assert.equal(`${first.file}:${first.line}`, shop.mark(at), first.reason);
      assert.equal(first.rung, 'stack');
      assert.ok(first.confidence === 'high' || first.confidence === 'medium', first.confidence);
    });
  }

  it('the first stack with a frame in the workspace counts', async () => {
    const { best } = await locate(hintsOf({ service: 'edge', stacks: ['Error\n    at f (/app/node_modules/a.js:1:1)', `Error\n    at readCache (/app/src/handlers/cache.ts:${L('read cache')}:1)`] }), shop.files);
    assert.equal(`${best?.file}:${best?.line}`, shop.mark('read cache'));
  });

  it('the path of the span itself goes before the stack', async () => {
    const { best } = await locate(hintsOf({ service: 'edge', code: { 'code.file.path': '/app/src/handlers/cache.ts', 'code.line.number': '3' }, stacks: [`Error\n    at login (/app/src/server.ts:${L('gateway.noToken')}:1)`] }), shop.files);
    assert.equal(best?.rung, 'suffix');
  });

  it('a library frame that ends like one of our files is not ours', async () => {
    const files = memoryWorkspace({ 'src/routing.py': 'x\n'.repeat(90), 'internal/http/server.go': 'package http\n', 'go.mod': 'module acme.dev/shop\n', 'src/Thread.java': 'package ours;\nclass Thread {}\n' });
    for (const stack of [
      'Traceback (most recent call last):\n  File "/opt/venvs/x/lib/python3.11/site-packages/fastapi/routing.py", line 74, in app',
      'goroutine 1 [running]:\nnet/http.(*conn).serve(0x1)\n\tnet/http/server.go:1 +0x1',
      'java.lang.Error\n\tat java.lang.Thread.run(Thread.java:1)',
    ]) {
      const { candidates } = await locate(hintsOf({ stacks: [stack] }), files.files);
      assert.deepEqual(candidates, [], stack);
    }
  });

  it('parses what is no trace at all to no frames, in linear time', () => {
    const started = cpuMs();
    for (const text of ['', 'x', 'at', '    at ', 'File "', 'at '.repeat(50_000), 'at a('.repeat(50_000), ' '.repeat(200_000), 'at (((((((((((((((((((((((:1:1', `at ${'a.'.repeat(2_000)}b(`, 'in '.repeat(60_000), `#0 ${'x'.repeat(200_000)}`, `${'at '}${'(a) '.repeat(1_000)}:1`]) {
      assert.ok(parseStack(text).length <= 1);
    }
    assert.ok(cpuMs() - started < 2_000, `${cpuMs() - started} ms`);
  });
});
