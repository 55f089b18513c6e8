// Lines of stack traces, one by one: what is a frame, of which language, and what of it is read. stacks.test.ts has whole traces.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isRuntimeFrame } from '../../../src/source/libraryPath.ts';
import { parseStack, type StackFrame } from '../../../src/source/stackTrace.ts';

type Frame = readonly [language: StackFrame['language'], kind: StackFrame['kind'], path: string, line: number | undefined, functionText: string, column?: number];
const shown = ({ language, kind, path, line, functionText, column }: StackFrame): Frame => (column === undefined ? [language, kind, path, line, functionText] : [language, kind, path, line, functionText, column]);

const LINES: readonly (readonly [string, Frame | undefined])[] = [
  // JavaScript: V8 and Gecko
  ['    at login (/app/src/server.ts:12:34)', ['js', 'path', '/app/src/server.ts', 12, 'login', 34]],
  ['    at async Promise.all (/app/a.js:1:2)', ['js', 'path', '/app/a.js', 1, 'Promise.all', 2]],
  ['    at /app/src/server.ts:12:34', ['js', 'path', '/app/src/server.ts', 12, '', 34]],
  ['    at file:///app/src/server.mjs:12:34', ['js', 'path', 'file:///app/src/server.mjs', 12, '', 34]],
  ['    at Object.<anonymous> (C:\\app\\a b\\x.js:5:6)', ['js', 'path', 'C:\\app\\a b\\x.js', 5, 'Object.<anonymous>', 6]],
  ['    at new Cart (webpack://shop/./src/cart.ts:7:8)', ['js', 'path', 'webpack://shop/./src/cart.ts', 7, 'new Cart', 8]],
  ['    at handle [as get] (/app/routes.js:3:4)', ['js', 'path', '/app/routes.js', 3, 'handle [as get]', 4]],
  ['    at page (/app/(shop)/page.tsx:3:4)', ['js', 'path', '/app/(shop)/page.tsx', 3, 'page', 4]],
  ['    at eval (eval at render (/app/src/views.js:9:14), <anonymous>:3:7)', ['js', 'path', '/app/src/views.js', 9, 'render', 14]],
  ['    at eval (eval at <anonymous> (eval at load (C:\\app\\a b.js:2:3)), <anonymous>:1:1)', ['js', 'path', 'C:\\app\\a b.js', 2, 'load', 3]],
  ['    at <anonymous>', undefined],
  ['    at native', undefined],
  ['login@http://localhost:3000/src/a.js:5:6', ['js', 'path', 'http://localhost:3000/src/a.js', 5, 'login', 6]],
  ['@/app/a.js:5:6', ['js', 'path', '/app/a.js', 5, '', 6]],
  ['someone@example.com wrote', undefined],
  // Python
  ['  File "/app/shop/views.py", line 42, in checkout', ['python', 'path', '/app/shop/views.py', 42, 'checkout']],
  ['  File "<frozen importlib._bootstrap>", line 1', ['python', 'path', '<frozen importlib._bootstrap>', 1, '']],
  ['  | File "/app/group.py", line 5, in run', ['python', 'path', '/app/group.py', 5, 'run']],
  ['  File "C:\\shop\\views.py", line 42, in <module>', ['python', 'path', 'C:\\shop\\views.py', 42, '<module>']],
  ['    return checkout(cart)', undefined],
  // JVM
  ['\tat com.acme.shop.Cart.add(Cart.java:17)', ['jvm', 'class', 'Cart.java', 17, 'com.acme.shop.Cart.add']],
  ['\tat app//com.acme.Cart$Line.<init>(Cart.kt:3)', ['jvm', 'class', 'Cart.kt', 3, 'com.acme.Cart$Line.<init>']],
  ['\tat java.base@21/java.util.List.of(List.java:5)', ['jvm', 'class', 'List.java', 5, 'java.util.List.of']],
  ['\t... 23 more', undefined],
  // Go
  ['\t/app/internal/cart/store.go:88 +0x1d', ['go', 'go', '/app/internal/cart/store.go', 88, '']],
  ['\t/usr/local/go/src/runtime/asm_amd64.s:1700 +0x1', ['go', 'go', '/usr/local/go/src/runtime/asm_amd64.s', 1700, '']],
  // .NET
  ['   at Acme.Shop.Cart.Add(String sku) in /src/Shop/Cart.cs:line 31', ['dotnet', 'path', '/src/Shop/Cart.cs', 31, 'Acme.Shop.Cart.Add(String sku)']],
  ['   at Acme.Shop.Cart.Add(String sku)', ['dotnet', 'class', '', undefined, 'Acme.Shop.Cart.Add(String sku)']],
  ['   at Acme.Shop.<Main>d__0.MoveNext() in C:\\src\\Program.cs:line 5', ['dotnet', 'path', 'C:\\src\\Program.cs', 5, 'Acme.Shop.<Main>d__0.MoveNext()']],
  // Ruby, PHP, Rust, Elixir
  ["\tfrom /app/lib/cart.rb:9:in `add'", ['ruby', 'path', '/app/lib/cart.rb', 9, 'add']],
  ["/app/lib/cart.rb:9:in 'Cart#add'", ['ruby', 'path', '/app/lib/cart.rb', 9, 'Cart#add']],
  ['#0 /app/src/Cart.php(12): Cart->add(1)', ['php', 'path', '/app/src/Cart.php', 12, '']],
  ['PHP Fatal error: Uncaught Exception: no in /app/src/Cart.php:12', ['php', 'path', '/app/src/Cart.php', 12, '']],
  ['#1 {main}', undefined],
  ['             at ./src/cart.rs:10:5', ['rust', 'path', './src/cart.rs', 10, '', 5]],
  ["thread 'main' panicked at src/cart.rs:10:5:", ['rust', 'path', 'src/cart.rs', 10, '', 5]],
  ["thread 'main' panicked at 'no', src/cart.rs:10:5", ['rust', 'path', 'src/cart.rs', 10, '', 5]],
  ['    (shop 0.1.0) lib/shop/cart.ex:14: Shop.Cart.add/2', ['elixir', 'path', 'lib/shop/cart.ex', 14, 'Shop.Cart.add']],
  ['    (shop 0.1.0-dev+a1b) lib/shop/cart.ex:14: anonymous fn/1 in Shop.Cart.add!/2', ['elixir', 'path', 'lib/shop/cart.ex', 14, 'Shop.Cart.add!']],
  ['    (shop 0.1.0) lib/shop/cart.ex:14: Shop.Cart.add(nil, %{sku: "a/1"})', ['elixir', 'path', 'lib/shop/cart.ex', 14, 'Shop.Cart.add']],
  ['    lib/shop/cart.ex:2: (module)', ['elixir', 'path', 'lib/shop/cart.ex', 2, '']],
  ['    (stdlib 5.2) lists.erl:1706: :lists.foreach_1/2', undefined],
  // No frames
  ['', undefined], ['Error: no token', undefined], ['at', undefined], ['    at ', undefined], ['12:34', undefined], ['see http://example.com/a.js', undefined], ['x'.repeat(5_000), undefined], [`    at f (/${'x'.repeat(5_000)}.js:1:2)`, undefined],
  ['    at login (/app/src/server.ts:0:0)', ['js', 'path', '/app/src/server.ts', undefined, 'login', 0]],
  ['\u001b[31m    at login (/app/a.ts:1:2)\u001b[0m', ['js', 'path', '/app/a.ts', 1, 'login', 2]],
];

describe('parseStack, line by line', () => {
  for (const [line, expected] of LINES) {
    it(`${JSON.stringify(line).slice(0, 70)} is ${expected === undefined ? 'no frame' : expected[0]}`, () => assert.deepEqual(parseStack(line).map(shown), expected === undefined ? [] : [expected]));
  }

  const js = (name: string): string => `    at ${name} (/app/${name}.js:1:1)`;
  const order = (text: string): string[] => parseStack(text).map(({ functionText, path }) => functionText || path);
  const orders: readonly (readonly [string, string, readonly string[]])[] = [
    ['JS: the deepest cause first', ['Error: a', js('outer'), 'Caused by: Error: b', js('middle'), 'Caused by: Error: c', js('inner')].join('\n'), ['inner', 'middle', 'outer']],
    ['JS: [cause]: is one, indented', ['Error: a', js('outer'), '  [cause]: Error: b', js('inner')].join('\n'), ['inner', 'outer']],
    ['JVM: suppressed ones last, with their own causes', ['E: a', '\tat a.B.c(B.java:1)', '\tSuppressed: E: s', '\t\tat a.S.s(S.java:1)', '\tCaused by: E: x', '\t\tat a.X.x(X.java:1)', 'Caused by: E: d', '\tat a.D.d(D.java:1)'].join('\n'), ['a.D.d', 'a.B.c', 'a.S.s', 'a.X.x']],
    ['Python: the most recent call last, the last exception first', ['Traceback:', '  File "a.py", line 1, in a', '  File "b.py", line 2, in b', 'E', 'During handling of the above exception, another exception occurred:', '  File "c.py", line 3, in c', '  File "d.py", line 4, in d'].join('\n'), ['d', 'c', 'b', 'a']],
    ['Go: below the last panic, then the deferred, then who began it', ['goroutine 1 [running]:', 'main.deferred()', '\t/a/d.go:1', 'panic({0x1, 0x2})', '\t/go/panic.go:2', 'main.(*S).Get(0xc0, {0x1, 0x2})', '\t/a/s.go:3', 'created by main.main in goroutine 1', '\t/a/m.go:4'].join('\n'), ['main.(*S).Get', 'main.deferred', 'panic', 'created by main.main']],
    ['Go: the first goroutine only', ['goroutine 1 [running]:', 'a.A()', '\t/a/a.go:1', 'goroutine 2 [chan receive]:', 'b.B()', '\t/b/b.go:1'].join('\n'), ['a.A']],
    ['.NET: as it stands', ['E: a', ' ---> E: inner', '   at A.Inner() in /a.cs:line 1', '   --- End of inner exception stack trace ---', '   at A.Outer() in /a.cs:line 2'].join('\n'), ['A.Inner()', 'A.Outer()']],
    ['Windows line ends', [js('a'), js('b')].join('\r\n'), ['a', 'b']],
  ];
  for (const [what, text, expected] of orders) it(what, () => assert.deepEqual(order(text), expected));

  it('a trace of a megabyte keeps both its ends', () => {
    const text = `${js('first')}\n${`${js('x')}\n`.repeat(40_000)}${js('last')}`;
    const frames = order(text);
    assert.deepEqual([frames[0], frames.at(-1)], ['first', 'last']);
    assert.ok(frames.length < 12_000);
  });

  it('any text at all gives frames with a path of its own, and no more than it has lines', () => {
    const piece = fc.oneof(fc.constantFrom(...LINES.map(([line]) => line)), fc.string({ maxLength: 60 }), fc.constantFrom('Caused by: x', 'goroutine 1 [running]:', 'Suppressed: y', 'panic(1)'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (lines) => {
        const text = lines.join('\n');
        const frames = parseStack(text);
        assert.ok(frames.length <= text.split('\n').length);
        const plain = text.replace(/\u001b\[[0-9;]*m/g, '');
        for (const { path, line } of frames) assert.ok(plain.includes(path) && (line === undefined || line > 0));
      }),
      { numRuns: 300 },
    );
  });
});

describe('runtime frames', () => {
  for (const path of ['node:internal/process/task_queues', 'internal/main.js', '<anonymous>', '<frozen runpy>', 'native', '(native)', 'bun:wrap', 'deno:core', 'ext:deno_node', 'evalmachine.<anonymous>', 'eval at x', '[native code]']) {
    it(`${path} is nobody’s file`, () => assert.equal(isRuntimeFrame(path), true));
  }
  for (const path of ['/app/node/internal.js', 'src/internal/a.ts', 'internals/a.js', 'nodes/a.js', './bundle.js', 'evaluation/a.py', 'extensions/a.ts']) it(`${path} may be somebody’s`, () => assert.equal(isRuntimeFrame(path), false));
});
