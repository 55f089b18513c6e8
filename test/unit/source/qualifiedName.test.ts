// Spans that frameworks and helpers name after what they run, and names that only look so.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { locate } from '../../../src/source/ladder.ts';
import { hintsOf, memoryWorkspace } from './memoryWorkspace.ts';

const FILES = {
  'app/jobs/receipt_job.rb': 'class ReceiptJob < ApplicationJob\n  queue_as :mail\n  def perform(id)\n  end\nend\n',
  'app/jobs/admin/purge_job.rb': 'module Admin\n  class PurgeJob\n    def perform\n    end\n  end\nend\n',
  'app/Http/Controllers/CartController.php': '<?php\nnamespace App\\Http\\Controllers;\nclass CartController\n{\n    public function show($id) {}\n}\n',
  'app/Jobs/SyncCart.php': '<?php\nnamespace App\\Jobs;\nclass SyncCart\n{\n    public function handle(): void {}\n}\n',
  'lib/shop/mailer.ex': 'defmodule Shop.Mailer do\n  use Oban.Worker\n\n  def perform(%Oban.Job{}) do\n    :ok\n  end\nend\n',
  'lib/shop_web/cart_live.ex': 'defmodule ShopWeb.CartLive do\n  def mount(_, _, socket), do: {:ok, socket}\n\n  def handle_event("add", _, socket) do\n    {:noreply, socket}\n  end\nend\n',
  'agents/tools.py': 'from agents import function_tool\n\n@function_tool\ndef get_weather(city):\n    ...\n\ndef twice():\n    ...\n',
  'agents/more.py': 'def twice():\n    ...\n',
  'go.mod': 'module acme.dev/shop\n',
  'internal/audit/audit.go': 'package audit\n\nfunc (a *Auditor) Record(ctx context.Context) {\n}\n\nfunc Flush(ctx context.Context) {\n}\n',
};

const ROWS: readonly (readonly [language: string, spanName: string, at: string | undefined])[] = [
  ['ruby', 'ReceiptJob process', 'app/jobs/receipt_job.rb:3'],
  ['ruby', 'Admin::PurgeJob process', 'app/jobs/admin/purge_job.rb:3'],
  ['ruby', 'ReceiptJob publish', undefined],
  ['ruby', 'mail process', undefined],
  ['php', 'App\\Http\\Controllers\\CartController@show', 'app/Http/Controllers/CartController.php:5'],
  ['php', 'App\\Jobs\\SyncCart process', 'app/Jobs/SyncCart.php:5'],
  ['php', 'App\\Http\\Controllers\\CartController@destroy', undefined],
  ['erlang', 'Shop.Mailer process', 'lib/shop/mailer.ex:4'],
  ['erlang', 'ShopWeb.CartLive.handle_event#add', 'lib/shop_web/cart_live.ex:4'],
  ['erlang', 'ShopWeb.CartLive.mount', 'lib/shop_web/cart_live.ex:2'],
  ['go', 'acme.dev/shop/internal/audit.(*Auditor).Record', 'internal/audit/audit.go:3'],
  ['go', 'acme.dev/shop/internal/audit.Flush', 'internal/audit/audit.go:6'],
  ['go', 'acme.dev/shop/internal/audit.(*Other).Record', undefined],
  ['go', 'net/http.(*conn).serve', undefined],
  ['go', '/acme.Cart/Get', undefined],
  ['python', 'execute_tool get_weather', 'agents/tools.py:4'],
  ['python', 'execute_tool twice', undefined],
  ['python', 'execute_tool missing', undefined],
];

describe('source: spans named after a function', () => {
  for (const [language, name, at] of ROWS) {
    it(`${language}: ${name} → ${at ?? 'nothing'}`, async () => {
      const { candidates } = await locate(hintsOf({ name, language, service: 'agents' }), memoryWorkspace(FILES).files);
      assert.deepEqual(candidates.map((c) => [`${c.file}:${c.line}`, c.confidence]), at === undefined ? [] : [[at, 'medium']]);
    });
  }

  it('a job whose class alone is told leads to what runs it', async () => {
    const { best } = await locate(hintsOf({ name: 'ReceiptJob process', language: 'ruby', code: { 'code.namespace': 'ReceiptJob' } }), memoryWorkspace(FILES).files);
    assert.deepEqual([best?.file, best?.line, best?.confidence], ['app/jobs/receipt_job.rb', 3, 'medium']);
  });

  it('the operation that otelhttp is given is the program’s name', async () => {
    const { files } = memoryWorkspace({ 'main.go': 'package main\n\nfunc main() {\n\tmux.Handle("/x", otelhttp.NewHandler(h, "legacy"))\n\ttracer.Start(ctx, "other")\n}\n' });
    const scope = 'go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp';
    const sure = async (name: string): Promise<string | undefined> => (await locate(hintsOf({ name, language: 'go', scope }), files)).best?.confidence;
    assert.deepEqual([await sure('legacy'), await sure('other')], ['high', 'low']);
  });

  it('what Bazel links to its output is a copy', async () => {
    const text = 'package a\n\nfunc f() {\n\ttracer.Start(ctx, "x")\n}\n';
    const { best } = await locate(hintsOf({ name: 'x', language: 'go' }), memoryWorkspace({ 'bazel-out/k8-fastbuild/bin/a/a.go': text, 'bazel-bin/a/a.go': text, 'a/a.go': text }).files);
    assert.deepEqual([best?.file, best?.confidence], ['a/a.go', 'high']);
  });
});

describe('source: of several places', () => {
  it('of overloads, the one around the line', async () => {
    const text = 'package p;\nclass A {\n  void f(int a) {\n  }\n\n  void f(String a) {\n    int x = 1;\n  }\n}\n';
    const at = async (line: string): Promise<unknown> => {
      const { best } = await locate(hintsOf({ name: 'x', language: 'java', code: { 'code.function.name': 'p.A.f', 'code.line.number': line } }), memoryWorkspace({ 'p/A.java': text }).files);
      return [best?.line, best?.confidence];
    };
    assert.deepEqual([await at('7'), await at('4'), await at('9')], [[7, 'high'], [4, 'high'], [3, 'medium']]);
  });

  it('examples count where nothing tells the places apart, last', async () => {
    const text = "tracer.startSpan('x');\n";
    const at = async (files: Record<string, string>, service = ''): Promise<unknown> => {
      const { best } = await locate(hintsOf({ name: 'x', service, language: 'nodejs' }), memoryWorkspace(files).files);
      return [best?.file, best?.confidence];
    };
    assert.deepEqual(await at({ 'examples/usage.ts': text, 'src/a.ts': text }), ['src/a.ts', 'medium']);
    assert.deepEqual(await at({ 'examples/shop/index.ts': text, 'src/a.ts': text }, 'shop'), ['examples/shop/index.ts', 'medium']);
    assert.deepEqual(await at({ 'examples/usage.ts': text }), ['examples/usage.ts', 'high']);
  });
});
