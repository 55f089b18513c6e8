// Which calls make spans and under which name, and which look alike and do not. Also literals and their holes.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { fitsParts, nameExpression, saysEnough, splitArguments } from '../../../src/source/literal.ts';
import { mayMakeSpans } from '../../../src/source/spanCallees.ts';
import { findSpanCalls } from '../../../src/source/spanCalls.ts';

const names = (text: string): string[] => [...new Set(findSpanCalls(text).calls.map((call) => call.parts.join('…')))];

const MAKING: readonly (readonly [text: string, ...names: string[]])[] = [
  ["tracer.startActiveSpan('a', (span) => {})", 'a'],
  ["tracer.startActiveSpan('a', { kind: 1 }, ctx, async (span) => {})", 'a'],
  ["const span = trace.getTracer('not this').startSpan(\n  'a',\n)", 'a'],
  ['Sentry.startSpan({ op: "http", name: "a" }, () => {})', 'a'],
  ["withSpan('a', fn)", 'a'],
  ["await runInSpan(ctx, 'a', fn)", 'a'],
  ["await withTracing(tracer, 'a', fn)", 'a'],
  ["traced('a')(fn)", 'a'],
  ["startActiveObservation('a', async () => {})", 'a'],
  ["const f = observe(g, { name: 'a' })", 'a'],
  ["const f = traceable(async () => {}, { name: 'a', run_type: 'llm' })", 'a'],
  ["experimental_telemetry: { functionId: 'a' }", 'a'],
  ["Effect.withSpan('a')", 'a'],
  ["const f = Effect.fn('a')(function* () {})", 'a'],
  ["tracer.trace('a', fn)", 'a'],
  ["tracer.trace('a', { resource: 'b', type: 'web' }, fn)", 'a', 'b'],
  ['with tracer.trace("a", service="s", resource="b"):', 'a', 'b'],
  ["const f = tracer.wrap('a', g)", 'a'],
  ["const span = tracer?.startSpan?.('a')", 'a'],
  ["ai.defineFlow({ name: 'a', inputSchema: s }, async () => {})", 'a'],
  ['import opik\n@opik.track(name="a")\ndef f():\n', 'a'],
  ['from opik import track\n@track\ndef f():\n', 'f'],
  ['@weave.op(name="a")\ndef f():\n', 'a'],
  ['startSpan(`GET ${route}`)', 'GET …'],
  ["startSpan('GET ' + route)", 'GET …'],
  ["startSpan(isRead ? 'a' : 'b')", 'a', 'b'],
  ["startSpan(n > 1 ? 'a' : n > 0 ? `b ${n}` : A?.c ?? 'c')", 'a', 'b …', 'c'],
  ["startSpan(options?.name ?? 'a', { kind: x ? 1 : 2 }, (s) => (s ? 'b' : 'c'))", 'a'],
  ["startSpan('a?b:c')", 'a?b:c'],
  ['with tracer.start_as_current_span("a" if hit else "b" if warm else f"c {x}"):', 'a', 'b', 'c …'],
  ['with tracer.start_as_current_span(name or "a"):', 'a'],
  ['tracer.spanBuilder(if (hit) "a" else "b").startSpan()', 'a', 'b'],
  ['tracer.spanBuilder(name ?: "a").startSpan()', 'a'],
  ['tracer.spanBuilder(hit ? "a" : Names.B)', 'a'],
  ['tracer.spanBuilder(spanName: "a").startSpan()', 'a'],
  ["const span = tracer.startSpan('a');\nspan?.updateName('b');\nuser.updateName('c');", 'a', 'b'],
  ['span.set_name("c")\nspan.update_name("a")', 'a'],
  ['span.SetName("a")', 'a'],
  ['activity.DisplayName = $"a {id}";\nuser.DisplayName = "b";\nif (activity.DisplayName == "c") {}', 'a …'],
  ['tracer.build(SpanBuilder::from_name("a"));\nUser::from_name("b");', 'a'],
  ['with tracer.start_as_current_span("a") as span:', 'a'],
  ['with tracer.start_as_current_span(\n    name="a",\n    kind=SpanKind.CLIENT,\n):', 'a'],
  ['span = tracer.start_span(f"read {table}")', 'read …'],
  ['with tracer.start_as_current_span("read %s" % table):', 'read …'],
  ['with tracer.start_as_current_span("read {}".format(table)):', 'read …'],
  ['@tracer.start_as_current_span("a")\ndef f():\n', 'a'],
  ['@observe(name="a", as_type="generation")\ndef f():\n', 'a'],
  ['@observe()\nasync def f(x):\n    pass\n', 'f'],
  ['@traceable\ndef f(x):\n    pass\n', 'f'],
  ['from traceloop.sdk.decorators import task\n@task(name="a")\ndef f():\n', 'a'],
  ['with logfire.span("read {count}", count=1):', 'read {count}', 'read …'],
  ['ctx, span := tracer.Start(ctx, "a")', 'a'],
  ['ctx, span := otel.Tracer("not this").Start(r.Context(), "a", trace.WithSpanKind(x))', 'a'],
  ['_, span := tracer.Start(ctx, fmt.Sprintf("read %s", table))', 'read …'],
  ['span, ctx := opentracing.StartSpanFromContext(ctx, "a")', 'a'],
  ['Span span = tracer.spanBuilder("a").setParent(c).startSpan();', 'a'],
  ['@WithSpan("a")\npublic void f() {\n', 'a'],
  ['@WithSpan(value = "a", kind = SpanKind.CLIENT)\npublic void f() {\n', 'a'],
  ['_, span := tracer.Start(ctx, string("a"))', 'a'],
  ['class A {\n  @WithSpan\n  public void f(int x) {\n  }\n}', 'f', 'A.f', 'A::f'],
  ['Observation.createNotStarted("a", registry)', 'a'],
  ['using var activity = Source.StartActivity("a", ActivityKind.Client);', 'a'],
  ['using var activity = Source.StartActivity($"read {table}");', 'read …'],
  ['class A {\n    public async Task<int> FooAsync(int x)\n    {\n        using var a = Source.StartActivity();\n', 'FooAsync'],
  ['let s = info_span!("a", id = 1);', 'a'],
  ['#[tracing::instrument(name = "a", skip(self))]\npub async fn f() {}', 'a'],
  ['#[instrument]\nasync fn f() {}', 'f'],
  ['#[instrument(skip_all)]\npub(crate) async fn f(\n    a: A,\n) {}', 'f'],
  ['#[instrument(\n    skip(self, query),\n    fields(\n        a = %self.a,\n    )\n)]\nasync fn f(&self) {}', 'f'],
  ['class A {\n  @Traced(\n    options(1),\n  )\n  async f(x) {\n  }\n}', 'f', 'A.f', 'A::f'],
  ["tracer.in_span('a') do |span|", 'a'],
  ["tracer.in_span 'a' do |span|", 'a'],
  ['Tracer.with_span "a" do', 'a'],
  ["tracer.in_span :a do |span|", 'a'],
  ['OpenTelemetry.Tracer.start_span(:a)', 'a'],
  ['Tracer[F].span(s"read $table rows").surround(f)', 'read … rows'],
  ['let span = tracer.startSpan("read \\(table.name) rows")', 'read … rows'],
  ['auto span = tracer->StartSpan(absl::StrCat("read ", table));', 'read …'],
  ['auto span = tracer->StartSpan(fmt::format("read {} rows", table));', 'read … rows'],
  ['mux.Handle("/x", otelhttp.NewHandler(http.HandlerFunc(x), "a"))', 'a'],
  ["$span = $tracer->spanBuilder('a')->startSpan();", 'a'],
  ['auto span = tracer->StartSpan("a");', 'a'],
];

const NOT_MAKING: readonly string[] = [
  "const f = lodash.wrap('a', g)", "analytics.track('a')", '@analytics.track("a")\ndef f():\n', "Schema.fn('a')", "tracker?.('a')", "defineTool({ name: 'a' })",
  "console.trace('a')", "logger.trace('a')", 'log.trace("a")', 'LOGGER.trace("a")', "trace.getTracer('a')", 'trace.get_tracer("a")', 'otel.Tracer("a")', "getSpan('a')", "findSpan('a')", "expectSpan('a')", "span.setAttribute('a', 1)",
  "span.addEvent('a')", "setSpanAttribute('a', 1)", "span.recordException('a')", "function startSpan('a')", 'def start_span("a"):', 'func StartSpan("a")', 'server.Start("a")', "new TraceId('a')", "formatTraceparent('a')",
  "setStatus('a')", "traceback.print_exc('a')", "registerInstrumentations('a')", "app.get('a')", 'print_stacktrace("a")', "parseTraceHeader('a')", "isSpanName('a')", "extract('a')", "createContract('a')", '@abstractmethod\ndef f(self):\n', 'new TimeSpan("a")', "colSpan('a')", "backtrace('a')",
];

describe('source: span-creating calls', () => {
  for (const [text, ...expected] of MAKING) it(text.replaceAll('\n', '⏎'), () => assert.deepEqual(names(text), expected));
  it('the place is the called name', () => {
    const { calls } = findSpanCalls("\n\n  tracer\n    .startActiveSpan(\n      'a',\n    )");
    assert.equal(calls[0]?.at, '\n\n  tracer\n    .'.length);
  });
  for (const text of NOT_MAKING) it(`not: ${text}`, () => assert.deepEqual(names(text), []));
  it('references to constants and parameters are told apart from context arguments', () => {
    assert.deepEqual(findSpanCalls('tracer.startSpan(SPANS.embed)').references.map((r) => [r.identifier, r.own]), [['embed', true]]);
    assert.deepEqual(findSpanCalls('tracer.Start(ctx, spanScore)').references.map((r) => r.identifier), ['spanScore']);
    assert.deepEqual(findSpanCalls('tracer.startActiveSpan(name, (span) => {})').references.map((r) => [r.identifier, r.own]), [['name', false]]);
    assert.deepEqual(findSpanCalls('tracer.startSpan(ctx)').references, []);
    assert.deepEqual(findSpanCalls('_, span := tracer.Start(ctx, string(OpClose))').references.map((r) => r.identifier), ['OpClose']);
    assert.deepEqual(findSpanCalls('class A {\n  @WithSpan(SPAN_NAME)\n  void f() {\n  }\n}'), { calls: [], references: [{ at: 'class A {\n  @'.length, callee: 'WithSpan', kind: 'api', identifier: 'SPAN_NAME', own: true }] });
    assert.deepEqual(names('@instrument(options)\ndef f():\n'), ['f']);
    assert.deepEqual(findSpanCalls("tracer.startSpan(names['EMBED'])").references.map((r) => r.identifier), ['EMBED']);
    assert.deepEqual(findSpanCalls('Tracer.with_span @span_name do').references.map((r) => r.identifier), ['span_name']);
    assert.deepEqual(findSpanCalls('tracer.in_span SPAN_NAME, kind: :client do').references.map((r) => r.identifier), ['SPAN_NAME']);
  });
  it('skips texts that cannot make spans', () => {
    assert.equal(mayMakeSpans('const a = 1; // track'), false);
    assert.equal(mayMakeSpans('tracer.start()'), true);
  });
});

describe('source: literals', () => {
  const parts = (text: string): readonly string[] | string | undefined => {
    const name = nameExpression(text);
    return name === undefined ? undefined : 'parts' in name ? name.parts : name.identifier;
  };
  const rows: readonly (readonly [string, readonly string[] | string | undefined])[] = [
    ["'a'", ['a']], ['"a"', ['a']], ['`a`', ['a']], ['"""a"""', ['a']], ["r'a'", ['a']], ['@"a"', ['a']], ['"a\\"b"', ['a"b']], [' /* x */ "a"', ['a']],
    ['`a ${b} c`', ['a ', ' c']], ['f"a {b}"', ['a ', '']], ['$"a {b}"', ['a ', '']], ['"a #{b}"', ['a ', '']], ['"a $b c"', ['a ', ' c']], ["'a $b'", ['a $b']], ['"a" + b', ['a', '']], ["'a' . $b", ['a', '']],
    ['b + "a"', ['', 'a']], ['fmt.Sprintf("a %d b", 1)', ['a ', ' b']], ['String.format("a %s", b)', ['a ', '']], ['format!("a {}", b)', ['a ', '']], ['"a {}".format(b)', ['a ', '']], ['"a %s" % b', ['a ', '']],
    ['nameof(Render)', ['Render']], ['NAME', 'NAME'], ['Spans.EMBED', 'EMBED'], ['SpanName::Embed.as_str()', 'Embed'], ['name.toUpperCase().x()', undefined], ['1', undefined], ['"a', undefined], ['', undefined], ['(x) => y', undefined], ['"a".to_string()', ['a']],
  ];
  for (const [text, expected] of rows) it(text, () => assert.deepEqual(parts(text), expected));

  it('fills holes with something, in order', () => {
    assert.equal(fitsParts('GET /a', ['GET ', '']), true);
    assert.equal(fitsParts('GET ', ['GET ', '']), false);
    assert.equal(fitsParts('a1b2c', ['a', 'b', 'c']), true);
    assert.equal(fitsParts('abc', ['a', 'b', 'c']), false);
    assert.equal(fitsParts('a1c2b3c', ['a', 'b', 'c']), true);
    assert.equal(fitsParts('xGET /a', ['GET ', '']), false);
    assert.equal(saysEnough(['', ' ', '']), false);
    assert.equal(saysEnough(['read ', '']), true);
  });

  it('splits arguments at the top level only', () => {
    assert.deepEqual(splitArguments("('a, b', { c: [1, 2] }, f(1, 2)) + g(3)", 0).map((a) => a.trim()), ["'a, b'", '{ c: [1, 2] }', 'f(1, 2)']);
    assert.deepEqual(splitArguments('(ctx, // a, b\n "x")', 0).map((a) => a.trim().split('\n').at(-1)?.trim()), ['ctx', '"x"']);
    assert.equal(splitArguments(`(${'a,'.repeat(10_000)}`, 0).length <= 6, true);
  });
});
