// Where functions are defined and how far they reach, in every language's usual shapes. `>` marks lines that belong to f, `*` its name.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { familyOf, findDefinitions } from '../../../src/source/definitions.ts';

interface Shape {
  readonly file: string;
  readonly owner?: string;
  readonly text: string;
}

const SHAPES: readonly Shape[] = [
  { file: 'a.ts', text: '  const x = f(1);\n* function f(a: string): void {\n>   g();\n> }\n  f(2);' },
  { file: 'a.ts', text: '* export async function* f<T>(\n>   a: T,\n> ): AsyncGenerator<T> {\n>   yield a;\n> }\n  await f(1);' },
  { file: 'a.ts', text: '* export const f = async (a: string): Promise<void> => {\n>   await a;\n> };\n  const g = 1;' },
  { file: 'a.ts', text: '* const f = withRetry(async () => {\n>   await 1;\n> });\n  f();' },
  { file: 'a.ts', owner: 'Store', text: '  class Store {\n    a = f();\n>   @Span()\n*   async f(a: number): Promise<void> {\n>     if (a) {\n>       g();\n>     }\n>   }\n\n    other() {\n      return this.f(1);\n    }\n  }' },
  { file: 'a.ts', owner: 'Store', text: '  class Store {\n*   private f = (a) => {\n>     g();\n>   };\n  }' },
  { file: 'a.ts', owner: 'Store', text: '  export class Store extends Base<\n    Order\n  > {\n*   protected f(): string {\n>     return 1;\n>   }\n  }' },
  { file: 'a.kt', owner: 'Store', text: '  class Store(\n    val repo: Repo,\n  ) : Base(repo) {\n*   fun f(a: Int): Int {\n>     return a\n>   }\n  }' },
  { file: 'a.js', text: '* exports.f = function (a) {\n>   return a;\n> };\n  module.exports.g = f(1);' },
  { file: 'a.js', text: '  const api = {\n*   f(a) {\n>     return a;\n>   },\n    g: f(1),\n  };' },
  { file: 'a.js', text: '* function f() {\n>   return `\n> left\n> `;\n> }\n  x();' },
  { file: 'a.py', text: '> @app.get("/x")\n> @traced(\n>     "x",\n> )\n* async def f(a):\n>     if a:\n>         return 1\n> \n>     return 2\n  \n  f(1)' },
  { file: 'a.py', owner: 'Store', text: '  class Store:\n*     def f(self):\n>         return 1\n  \n      def g(self):\n          return self.f()' },
  { file: 'a.py', text: '* def f(\n>     a,\n>     b,\n> ) -> int:\n>     return a\n  x = 1' },
  { file: 'a.go', owner: 'Store', text: '  func f2() {}\n* func (s *Store) f(ctx context.Context) error {\n> \treturn s.g()\n> }\n  \n  func g() { f() }' },
  { file: 'a.go', text: '* func f[T any](a T) (int, error) {\n> \treturn 1, nil\n> }' },
  { file: 'a.java', owner: 'Store', text: '  class Store {\n    void g() {\n      this.f(1);\n      return f(2);\n    }\n  \n>   @Override\n>   @WithSpan("x")\n*   public List<Map<String, Integer>> f(final int a, String b) throws IOException {\n>     return null;\n>   }\n  }' },
  { file: 'a.java', owner: 'Store', text: '  class Store {\n*   Store f(\n>       int a,\n>       int b) {\n>     return new Store(f(1, 2));\n>   }\n  }' },
  { file: 'a.java', owner: 'f', text: '  public class f {\n>   @Inject\n*   public f(Repo repo) {\n>     this.repo = repo;\n>   }\n  }' },
  { file: 'a.java', owner: 'f', text: '  class f {\n*   f(Repo repo) {\n>     this.repo = new f(repo) {};\n>   }\n  }' },
  { file: 'a.java', owner: 'Store', text: '  class Store {\n    void g() {\n      f(1);\n    }\n*   <T extends Order> void f(T order) {\n>     g();\n>   }\n  }' },
  { file: 'a.kt', owner: 'Store', text: '  class Store {\n>   @WithSpan\n*   override suspend fun f(a: Int): Int {\n>     return a\n>   }\n  }' },
  { file: 'a.kt', text: '* fun Store.f(a: Int) = a + 1\n  val x = f(1)' },
  { file: 'a.cs', owner: 'Store', text: '  public class Store\n  {\n>     [HttpGet("x")]\n*     public async Task<Order> f(int a)\n>     {\n>         return await g(f(1));\n>     }\n  \n      public int g => 1;\n  }' },
  { file: 'a.cs', owner: 'Store', text: '  class Store\n  {\n*     private static decimal f(Order o) => o.Sum(l => l.Price);\n      int x = f(1);\n  }' },
  { file: 'a.rs', owner: 'Index', text: '  impl Index {\n>     #[instrument(skip(self))]\n*     pub(crate) async fn f(&self, a: &str) -> Vec<Hit> {\n>         self.g()\n>     }\n  }' },
  { file: 'a.php', owner: 'Cart', text: '  class Cart\n  {\n>     #[WithSpan]\n*     public function f(int $a): int\n>     {\n>         return $this->f($a);\n>     }\n  }' },
  { file: 'a.rb', owner: 'Cart', text: '  class Cart\n*   def self.f(a)\n>     a\n>   end\n  \n    def g = f(1)\n  end' },
  { file: 'a.ex', text: '  defmodule Shop.Cart do\n*   def f(a) do\n>     a\n>   end\n  end' },
  { file: 'a.scala', text: '  object Cart {\n*   def f(a: Int): Int = {\n>     a\n>   }\n  }' },
  { file: 'a.swift', text: '  struct Cart {\n*   func f(_ a: Int) -> Int {\n>     a\n>   }\n  }' },
  { file: 'a.cpp', text: '* std::string Cart::f(int a) {\n>   return g(a);\n> }\n  int x = f(1);' },
];

describe('source: definitions', () => {
  for (const { file, owner, text } of SHAPES) {
    it(`${file}: ${text.split('\n').find((line) => line.startsWith('*'))?.slice(2).trim()}`, () => {
      const marks = text.split('\n').map((line) => line.charAt(0));
      const lines = text.split('\n').map((line) => line.slice(2));
      const found = findDefinitions(lines, 'f', familyOf(file)!).filter((d) => marks[d.line - 1] === '*');
      const all = findDefinitions(lines, 'f', familyOf(file)!).map((d) => d.line);
      assert.equal(found.length, 1, `found at ${all.join(', ')}`);
      const inside = marks.flatMap((mark, k) => (mark === '>' || mark === '*' ? [k + 1] : []));
      assert.deepEqual([found[0]!.firstLine, found[0]!.endLine], [inside[0], inside.at(-1)]);
      if (owner !== undefined) assert.equal(found[0]!.owner, owner);
      assert.deepEqual(all.filter((line) => marks[line - 1] === ' ' && !/class f/.test(lines[line - 1]!)), []);
    });
  }

  it('interface methods have no body, comments and calls are no definitions', () => {
    const java = ['interface Store {', '  Order f(int a);', '}', '// void f(int a) {', ' * void f(int a) {', 'return f(1);', 'x.f(2);', 'new f(3) {', '};'];
    const found = findDefinitions(java, 'f', 'c');
    assert.deepEqual(found.map((d) => [d.line, d.body]), [[2, false]]);
    for (const line of ['f();', 'await f(() => {', 'if (f(1)) {', 'return f({', 'const a = await f({', 'x.f(1, () => {']) assert.deepEqual(findDefinitions([line, '});'], 'f', 'js'), [], line);
  });

  it('names are matched whole and literally', () => {
    assert.deepEqual(findDefinitions(['def find_all(self):', 'def find(self):', 'def refind(self):'], 'find', 'python').map((d) => d.line), [2]);
    assert.deepEqual(findDefinitions(['function $a(x) {', '}', 'function ba(x) {', '}'], '$a', 'js').map((d) => d.line), [1]);
    assert.deepEqual(findDefinitions(['function aXb() {}'], 'a.b', 'js'), []);
    assert.equal(familyOf('x.constructor'), undefined);
    assert.equal(familyOf('README.md'), undefined);
  });
});
