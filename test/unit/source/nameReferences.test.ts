// Identifiers given to span-creating calls: which function wraps them, which constant holds them.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { constantIn, wrapperAround } from '../../../src/source/nameReferences.ts';

const WRAPPERS: readonly (readonly [text: string, wrapper: string | undefined])[] = [
  ['function step(name: string, fn: () => void) {\n  return startSpan(¦name)', 'step'],
  ['export const step = async <T>(name: string, fn: () => T): Promise<T> =>\n  startSpan(¦name)', 'step'],
  ['const step = (kind) => (name, fn) =>\n  startSpan(¦kind)', 'step'],
  ['  async run<T>(op: number, name: string): Promise<T> {\n    return startSpan(¦name)', 'run'],
  ['export function step({ name, attributes }: Options) {\n  return startSpan(¦name)', 'step'],
  ['def step(name, **kwargs):\n    with start_span(¦name)', 'step'],
  ['def step(self, name: str = "x") -> None:\n    with start_span(¦name)', 'step'],
  ['def traced(name):\n    def decorator(func):\n        def wrapper(*args):\n            with start_span(¦name)', 'traced'],
  ['func Begin(ctx context.Context, name string) {\n\ttracer.Start(ctx, ¦name)', 'Begin'],
  ['func (t *T) Begin(ctx context.Context, name string, opts ...Option) {\n\ttracer.Start(ctx, ¦name)', 'Begin'],
  ['    public static <T> T timed(final String name, Callable<T> body) throws Exception {\n        spanBuilder(¦name)', 'timed'],
  ['    public static Activity? Begin(string name, ActivityKind kind = ActivityKind.Internal) => Source.StartActivity(¦name)', 'Begin'],
  ['fun <T> timed(name: String, body: () -> T): T {\n    spanBuilder(¦name)', 'timed'],
  ['function step(label, fn) {\n  return startSpan(¦name)', undefined],
  ['function step(rename, fn) {\n  return startSpan(¦name)', undefined],
  ['def f(x):\n    y = 1\n    getattr(x, name)\n    start_span(¦name)', undefined],
  ['function f(x) {\n  log(x, name);\n  startSpan(¦name)', undefined],
  ['void f(int x) {\n  return call(x, name);\n  startSpan(¦name)', undefined],
  ['if (name) {\n  startSpan(¦name)', undefined],
];

const CONSTANTS: readonly (readonly [text: string, name: string, parts: readonly string[] | undefined])[] = [
  ["const NAME = 'a';\n¦startSpan(NAME)", 'NAME', ['a']],
  ["const NAMES = { embed: 'a' } as const;\n¦startSpan(NAMES.embed)", 'embed', ['a']],
  ['NAME: Final[str] = "a"\n¦start_span(NAME)', 'NAME', ['a']],
  ['private static final String NAME = "a";\n¦spanBuilder(NAME)', 'NAME', ['a']],
  ['const NAME string = "a"\n¦tracer.Start(ctx, NAME)', 'NAME', ['a']],
  ['const (\n\tname = "a"\n)\n¦tracer.Start(ctx, name)', 'name', ['a']],
  ['name := "a"\nstart(name)\nname := "b"\n¦start(name)\nname := "c"', 'name', ['b']],
  ["¦startSpan(NAME)\nconst NAME = 'later';", 'NAME', ['later']],
  ["const RENAME = 'a';\n¦startSpan(NAME)", 'NAME', undefined],
  ['const NAME = compute();\n¦startSpan(NAME)', 'NAME', undefined],
  ['std::string span_name = "a";\n¦StartSpan(span_name)', 'span_name', ['a']],
  ['static constexpr char kName[] = "a";\n¦StartSpan(kName)', 'kName', ['a']],
  ['  @span_name "a"\n  ¦with_span @span_name do', 'span_name', ['a']],
];

describe('source: names of span-creating calls', () => {
  for (const [text, wrapper] of WRAPPERS) {
    it(`wrapper: ${text.replaceAll('\n', '⏎')}`, () => {
      const at = text.indexOf('¦');
      const clean = text.replace('¦', '');
      assert.equal(wrapperAround(clean, at, /^\w+/.exec(clean.slice(at))![0]), wrapper);
    });
  }
  for (const [text, name, parts] of CONSTANTS) {
    it(`constant: ${text.replaceAll('\n', '⏎')}`, () => assert.deepEqual(constantIn(text.replace('¦', ''), name, text.indexOf('¦'))?.parts, parts));
  }
});
