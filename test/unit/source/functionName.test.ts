// Function names as each language writes them → owners and bare name.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseFunctionName } from '../../../src/source/functionName.ts';

type Row = readonly [text: string, language: string, owners: string, name: string | undefined, namespace?: string | undefined, goPackage?: string];

const ROWS: readonly Row[] = [
  // JVM
  ['com.example.MyHttpService.serveRequest', 'java', 'com/example/MyHttpService', 'serveRequest'],
  ['com.mycompany.Main$1.myMethod', 'java', 'com/mycompany/Main', 'myMethod'],
  ['com.mycompany.Main$$Lambda/0x748ae4149c00.myMethod', 'java', 'com/mycompany/Main', 'myMethod'],
  ['com.acme.Outer$Inner.run', 'java', 'com/acme/Outer/Inner', 'run'],
  ['com.acme.Foo$$SpringCGLIB$$0.bar', 'java', 'com/acme/Foo', 'bar'],
  ['com.acme.Foo$$EnhancerBySpringCGLIB$$1a2b.bar', 'java', 'com/acme/Foo', 'bar'],
  ['com.acme.Foo.lambda$bar$3', 'java', 'com/acme/Foo', 'bar'],
  ['com.acme.Foo.<init>', 'java', 'com/acme/Foo', 'Foo'],
  ['bar', 'java', 'com/acme/Foo', 'bar', 'com.acme.Foo'],
  ['Foo.bar', 'java', 'com/acme/Foo', 'bar', 'com.acme.Foo'],
  ['com.acme.Foo.bar', 'java', 'com/acme/Foo', 'bar', 'com.acme.Foo'],
  ['com.acme.NotifierKt.topLevel', 'java', 'com/acme/NotifierKt', 'topLevel'],
  ['com.acme.Foo.bar(java.lang.String)', 'java', 'com/acme/Foo', 'bar'],
  // Python
  ['app.services.Store.find', 'python', 'app/services/Store', 'find'],
  ['outer.<locals>.inner', 'python', 'outer', 'inner'],
  ['handler.<locals>.<lambda>', 'python', '', 'handler'],
  ['<module>', 'python', '', undefined],
  ['app.main.<module>', 'python', 'app/main', undefined],
  ['find', 'python', 'app/store', 'find', 'app.store'],
  // Go
  ['github.com/my/repo/pkg.foo.func5', 'go', '', 'foo', undefined, 'github.com/my/repo/pkg'],
  ['github.com/acme/shop/cart.(*Store).Get', 'go', 'Store', 'Get', undefined, 'github.com/acme/shop/cart'],
  ['github.com/acme/shop/cart.Store.Get', 'go', 'Store', 'Get', undefined, 'github.com/acme/shop/cart'],
  ['github.com/acme/shop/cart.(*List[...]).Push-fm', 'go', 'List', 'Push', undefined, 'github.com/acme/shop/cart'],
  ['gopkg.in/yaml%2ev3.Unmarshal', 'go', '', 'Unmarshal', undefined, 'gopkg.in/yaml.v3'],
  ['main.main', 'go', '', 'main', undefined, 'main'],
  ['main.handler.func1.2', 'go', '', 'handler', undefined, 'main'],
  ['main.handler.gowrap1', 'go', '', 'handler', undefined, 'main'],
  ['Get', 'go', '', 'Get', 'github.com/acme/shop/cart', 'github.com/acme/shop/cart'],
  ['Get', 'go', 'Store', 'Get', 'github.com/acme/shop/cart.(*Store)', 'github.com/acme/shop/cart'],
  ['(*Store).Get', 'go', 'Store', 'Get', 'github.com/acme/shop/cart', 'github.com/acme/shop/cart'],
  ['Store.Get', 'go', 'Store', 'Get', 'github.com/acme/shop/cart', 'github.com/acme/shop/cart'],
  ['cart.Get', 'go', '', 'Get', 'github.com/acme/shop/cart', 'github.com/acme/shop/cart'],
  ['main.main', 'go', '', 'main', 'main', 'main'],
  ['github.com/acme/shop/cart.Get', 'go', '', 'Get', 'github.com/acme/shop/cart', 'github.com/acme/shop/cart'],
  ['(*Store).Get', 'go', 'Store', 'Get'],
  ['github.com/acme/shop/cart.(*Store).Get', '', 'Store', 'Get', undefined, 'github.com/acme/shop/cart'],
  // .NET
  ['Acme.Invoicing.InvoiceService.CreateAsync', 'dotnet', 'Acme/Invoicing/InvoiceService', 'CreateAsync'],
  ['Acme.InvoiceService.<CreateAsync>d__3.MoveNext()', 'dotnet', 'Acme/InvoiceService', 'CreateAsync'],
  ['Acme.InvoiceService.<Create>b__0_1(Order o)', 'dotnet', 'Acme/InvoiceService', 'Create'],
  ['Acme.InvoiceService.<Create>g__Local|0_0(Int32 n)', 'dotnet', 'Acme/InvoiceService', 'Local'],
  ['Program.<<Main>$>g__Handle|0_0(HttpContext c)', 'dotnet', 'Program', 'Handle'],
  ['Acme.Outer+Inner.Run', 'dotnet', 'Acme/Outer/Inner', 'Run'],
  ['Acme.List`1.Add', 'dotnet', 'Acme/List', 'Add'],
  ['Acme.Foo..ctor', 'dotnet', 'Acme/Foo', 'Foo'],
  // PHP, Ruby, Rust, Elixir, JS
  ['GuzzleHttp\\Client::transfer', 'php', 'GuzzleHttp/Client', 'transfer'],
  ['App\\Foo->bar', 'php', 'App/Foo', 'bar'],
  ['App\\Foo::{closure}', 'php', 'App', 'Foo'],
  ['Shop::OrdersController#create', 'ruby', 'Shop/OrdersController', 'create'],
  ['block in perform', 'ruby', '', 'perform'],
  ['rescue in Foo#valid?', 'ruby', 'Foo', 'valid?'],
  ['playground::my_module::my_cool_func', 'rust', 'playground/my_module', 'my_cool_func'],
  ['shop::store::find::{{closure}}', 'rust', 'shop/store', 'find'],
  ['OpenTelemetry.Ctx.new', '', 'OpenTelemetry/Ctx', 'new'],
  ['opentelemetry_ctx:new', '', 'opentelemetry_ctx', 'new'],
  ['MyApp.Cart.add/2', '', 'MyApp/Cart', 'add'],
  ['Basket.add', 'nodejs', 'Basket', 'add'],
  ['async Basket.add', 'nodejs', 'Basket', 'add'],
  ['new Basket', 'nodejs', '', 'Basket'],
  ['Layer.handle [as handle_request]', 'nodejs', 'Layer', 'handle'],
  ['Object.<anonymous>', 'nodejs', 'Object', undefined],
  ['Object.login', 'nodejs', '', 'login'],
  ['<anonymous>', 'nodejs', '', undefined],
  ['', 'nodejs', '', undefined],
  ['...', 'nodejs', '', undefined],
];

describe('source: function names', () => {
  for (const [text, language, owners, name, namespace, goPackage] of ROWS) {
    it(`${language || 'any'}: ${namespace === undefined ? '' : `${namespace} + `}${text}`, () => {
      const parsed = parseFunctionName(text, language, namespace);
      assert.equal(parsed.name, name);
      if (name !== undefined) assert.equal(parsed.owners.join('/'), owners);
      assert.equal(parsed.goPackage, goPackage);
    });
  }
});
