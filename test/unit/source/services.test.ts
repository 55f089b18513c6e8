// Service → folder: names, manifests, compose files, resource attributes in code; and how strongly each counts.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { codeIndexOf } from '../../../src/source/codeIndex.ts';
import { locate } from '../../../src/source/ladder.ts';
import { CLEAR, ServiceFolders, nameSimilarity, nameTokens } from '../../../src/source/serviceFolders.ts';
import { hintsOf, memoryWorkspace } from './memoryWorkspace.ts';

const similarity = (a: string, b: string): number => nameSimilarity(nameTokens(a), nameTokens(b));

describe('source: service names', () => {
  it('compare by words, without scopes, cases, plurals and words like "service"', () => {
    for (const [a, b] of [['checkout', 'checkout'], ['CheckoutService', 'checkout-service'], ['order_service', 'orders-service'], ['@acme/cart', 'cart'], ['github.com/acme/shop/cart', 'cart']] as const) assert.equal(similarity(a, b), 90, `${a} ${b}`);
    for (const [a, b] of [['checkout-service', 'checkout'], ['checkout-api', 'checkout-svc'], ['orders-worker', 'order']] as const) assert.equal(similarity(a, b), 75, `${a} ${b}`);
    for (const [a, b] of [['shop-checkout', 'checkout'], ['prod-eu-cart', 'cart']] as const) assert.ok(similarity(a, b) >= CLEAR && similarity(a, b) < 75, `${a} ${b}`);
    for (const [a, b] of [['shop-billing', 'shop'], ['ride-billing', 'rides']] as const) assert.ok(similarity(a, b) > 0 && similarity(a, b) < CLEAR, `${a} ${b}`);
    for (const [a, b] of [['checkout', 'cart'], ['api', 'service'], ['', 'cart'], ['', ''], ['!!!', '???'], ['search', 'research']] as const) assert.equal(similarity(a, b), 0, `${a} ${b}`);
  });

  it('the nearest name wins over one that contains it', async () => {
    const files = memoryWorkspace({ 'apps/api/main.py': 'x', 'apps/api/pyproject.toml': '', 'apps/api-gateway/main.py': 'x', 'apps/api-gateway/pyproject.toml': '' });
    const folders = new ServiceFolders(await files.files.index(), []);
    assert.ok(folders.score('api-gateway', 'apps/api-gateway/main.py') > folders.score('api-gateway', 'apps/api/main.py'));
    assert.ok(folders.score('api', 'apps/api/main.py') > folders.score('api', 'apps/api-gateway/main.py'));
    assert.equal(folders.score('', 'apps/api/main.py'), 0);
    assert.equal(folders.unitOf('apps/api/main.py'), 'apps/api');
    assert.equal(folders.knows('api'), true);
    assert.equal(folders.knows('nothing like it'), false);
  });

  it('several files that only share a name with a path through other folders are none of it; one may have moved', async () => {
    const site = memoryWorkspace({ 'web/app/cart/route.ts': 'x\n', 'web/app/checkout/route.ts': 'x\n', 'fn/src/handler.ts': 'x\n' });
    for (const [path, expected] of [['refund/route.ts', []], ['/app/refund/route.ts', []], ['/app/route.ts', ['web/app/cart/route.ts low', 'web/app/checkout/route.ts low']], ['route.ts', ['web/app/cart/route.ts low', 'web/app/checkout/route.ts low']], ['/app/cart/route.ts', ['web/app/cart/route.ts high']], ['/app/lib/handler.ts', ['fn/src/handler.ts low']]] as const) {
      const { candidates, why } = await locate(hintsOf({ service: 'other', name: 'no such span', code: { 'code.file.path': path, 'code.line.number': '1' } }), site.files);
      assert.deepEqual(candidates.map(({ file, confidence }) => `${file} ${confidence}`), expected, path);
      if (expected.length === 0) assert.match(why!, /no file in the workspace lies where /);
    }
  });

  it('of files that fit equally, those come first in which something stands on the line', async () => {
    const site = memoryWorkspace({ 'a/views.py': 'x\n\ny\n', 'b/views.py': 'x\n', 'c/views.py': 'x\nz\n' });
    const { best, candidates } = await locate(hintsOf({ name: 'no such span', code: { 'code.file.path': '/srv/views.py', 'code.line.number': '2' } }), site.files);
    assert.equal(best, undefined);
    assert.deepEqual(candidates.map(({ file }) => file), ['c/views.py', 'a/views.py', 'b/views.py']);
  });

  it('a path from the workspace’s top is as good where the service’s folder has nothing that begins so', async () => {
    const site = memoryWorkspace({ 'manage.py': '', 'cinema/settings.py': 'x\n', 'cinema/views/seats.py': 'x\n', 'accounts/views.py': 'x\n', 'views/old.py': 'x\n' });
    for (const [path, expected] of [['accounts/views.py', 'accounts/views.py high'], ['cinema/settings.py', 'cinema/settings.py certain'], ['views/old.py', 'views/old.py low'], ['manage.py', 'manage.py low']] as const) {
      const { candidates } = await locate(hintsOf({ service: 'cinema', name: 'no such span', code: { 'code.file.path': path, 'code.line.number': '1' } }), site.files);
      assert.equal(`${candidates[0]?.file} ${candidates[0]?.confidence}`, expected, candidates[0]?.reason);
    }
  });
});

/** Two folders with the same file; one declares the service in this way. */
const DECLARATIONS: readonly (readonly [title: string, file: string, text: string])[] = [
  ['package.json', 'x/a/package.json', '{ "name": "@acme/wanted" }'],
  ['go.mod', 'x/a/go.mod', 'module example.com/acme/wanted\n'],
  ['pyproject.toml', 'x/a/pyproject.toml', '[project]\nname = "wanted"\n'],
  ['Cargo.toml', 'x/a/Cargo.toml', '[package]\nname = "wanted"\n'],
  ['pom.xml', 'x/a/pom.xml', '<project><parent><artifactId>other</artifactId></parent><artifactId>wanted</artifactId></project>'],
  ['project file', 'x/a/Wanted.csproj', '<Project/>'],
  ['.env', 'x/a/.env', 'PORT=1\nOTEL_SERVICE_NAME=wanted\n'],
  ['Dockerfile', 'x/a/Dockerfile', 'FROM node\nENV OTEL_SERVICE_NAME=wanted\n'],
  ['resource attributes', 'x/a/run.sh', 'export OTEL_RESOURCE_ATTRIBUTES="deployment.environment=dev,service.name=wanted"\n'],
  ['application.properties', 'x/a/src/main/resources/application.properties', 'spring.application.name=wanted\n'],
  ['application.yml', 'x/a/src/main/resources/application.yml', 'spring:\n  application:\n    name: wanted\n'],
  ['compose, build', 'docker-compose.yml', 'services:\n  web:\n    build: ./x/a\n    environment:\n      OTEL_SERVICE_NAME: wanted\n'],
  ['compose, context and list', 'compose.yaml', 'services:\n  other:\n    build: ./x/b\n  web:\n    build:\n      context: .\n      dockerfile: x/a/Dockerfile\n    environment:\n      - OTEL_SERVICE_NAME=wanted\n'],
  ['compose, service key', 'docker-compose.dev.yml', 'services:\n  wanted:\n    build: x/a\n  web:\n    build: x/b\n'],
  ['start line', 'Procfile', 'web: OTEL_SERVICE_NAME=wanted node x/a/main.ts\n'],
  ['JS option', 'x/a/tracing.ts', "new NodeSDK({ serviceName: 'wanted' })"],
  ['JS attribute', 'x/a/tracing.ts', "resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'wanted' })"],
  ['JS attribute text', 'x/a/tracing.js', "new Resource({ 'service.name': 'wanted' })"],
  ['JS environment default', 'x/a/tracing.ts', "const serviceName = process.env.OTEL_SERVICE_NAME ?? 'wanted';"],
  ['JS setup', 'x/a/index.ts', "initTracing('wanted');"],
  ['Python resource', 'x/a/tracing.py', 'resource = Resource.create({SERVICE_NAME: "wanted"})'],
  ['Python resource text', 'x/a/tracing.py', 'resource = Resource.create({"service.name": "wanted"})'],
  ['Python environment default', 'x/a/tracing.py', 'name = os.getenv("OTEL_SERVICE_NAME", "wanted")'],
  ['Python setup', 'x/a/app.py', 'setup_telemetry("wanted", app)'],
  ['Go semconv', 'x/a/tracing.go', 'resource.WithAttributes(semconv.ServiceName("wanted"))'],
  ['Go semconv key', 'x/a/tracing.go', 'semconv.ServiceNameKey.String("wanted")'],
  ['Go attribute', 'x/a/tracing.go', 'attribute.String("service.name", "wanted")'],
  ['Go constant', 'x/a/main.go', 'const serviceName = "wanted"'],
  ['Go setup', 'x/a/main.go', 'shutdown := initTracer(ctx, "wanted")'],
  ['.NET', 'x/a/Program.cs', '.ConfigureResource(r => r.AddService("wanted"))'],
  ['.NET named', 'x/a/Program.cs', 'ResourceBuilder.CreateDefault().AddService(serviceName: "wanted")'],
  ['Java', 'x/a/Telemetry.java', 'Resource.create(Attributes.of(ServiceAttributes.SERVICE_NAME, "wanted"))'],
  ['deployment elsewhere, by its image', 'deploy/prod/web.yaml', 'containers:\n  - name: web\n    image: registry.example/acme/a:1.2\n    env:\n      - name: OTEL_SERVICE_NAME\n        value: wanted\n'],
  ['deployment elsewhere, by its container', 'charts/all.yaml', 'containers:\n  - name: a\n    env:\n      - name: OTEL_SERVICE_NAME\n        value: wanted\n'],
  ['deployment elsewhere, by its file', 'k8s/a.yaml', 'env:\n  - name: OTEL_SERVICE_NAME\n    value: wanted\n'],
  ['Kubernetes', 'x/a/deploy/app.yaml', 'env:\n  - name: OTEL_SERVICE_NAME\n    value: wanted\n'],
];

describe('source: services found by what folders declare', () => {
  for (const [title, file, text] of DECLARATIONS) {
    it(title, async () => {
      const shop = memoryWorkspace({ 'x/a/main.ts': 'one\ntwo\n', 'x/b/main.ts': 'one\ntwo\n', [file]: text });
      const { best } = await locate(hintsOf({ service: 'wanted', code: { 'code.file.path': '/app/main.ts', 'code.line.number': '2' } }), shop.files);
      assert.equal(best?.file, 'x/a/main.ts', best?.reason);
      assert.equal(best?.confidence, 'medium');
    });
  }
});

/** What only looks like a folder saying which service it is. */
const NO_DECLARATIONS: readonly (readonly [title: string, file: string, text: string])[] = [
  ['a test', 'x/a/handler_test.go', 'attribute.String("service.name", "wanted")'],
  ['a test folder', 'x/a/tests/conftest.py', 'Resource.create({"service.name": "wanted"})'],
  ['a comment', 'x/a/query.go', '// consider { resource.service.name = "wanted" }'],
  ['a docstring line', 'x/a/query.ts', '/* serviceName: "wanted" */'],
  ['a span', 'x/a/query.go', 'ctx, span := startTraceSpan(ctx, "wanted")'],
  ['something with traces', 'x/a/query.ts', 'createTracesQuery("wanted", builder);\nregisterTraceTable("wanted");\nnewObservabilityFilter = 1;'],
  ['something observed', 'x/a/query.ts', 'createFilterFromObservations("wanted");\nnewInstrumentList("wanted");'],
];

describe('source: services that folders do not declare', () => {
  for (const [title, file, text] of NO_DECLARATIONS) {
    it(title, async () => {
      const shop = memoryWorkspace({ 'x/a/main.ts': "startSpan('work')", 'x/b/main.ts': 'one', 'shop/package.json': '{"name":"shop"}', 'shop/main.ts': 'one', [file]: text });
      const { best } = await locate(hintsOf({ service: 'wanted', code: { 'code.file.path': '/app/main.ts', 'code.line.number': '1' } }), shop.files);
      assert.equal(best, undefined);
      const literal = await locate(hintsOf({ service: 'shop', name: 'work' }), shop.files);
      assert.deepEqual([literal.best?.file, literal.best?.confidence], ['x/a/main.ts', 'high'], literal.best?.reason ?? literal.why);
    });
  }
  for (const name of ['service.name', 'service_name', 'service.namespace', 'none', 'nil', 'undefined']) {
    it(`${name} is no service’s name`, async () => {
      const shop = memoryWorkspace({ 'x/a/names.go': `const ServiceName = "${name}"`, 'x/a/tests.yaml': `service.name = ${name}\n`, 'x/a/main.ts': 'one' });
      assert.deepEqual((await codeIndexOf(shop.files)).declarations, []);
    });
  }
});

describe('source: several services in one folder', () => {
  const file = (name: string): string => `startTelemetry('${name}');\nstartSpan('work');\nstartSpan('only ${name}');\n`;
  const shop = memoryWorkspace({ 'package.json': '{"name":"shop"}', 'services/gateway.ts': file('gateway'), 'services/auth.ts': file('auth-service'), 'services/mail.ts': "startSpan('work');\n", 'lib/shared.ts': "startSpan('shared');\n" });
  const at = async (service: string, name: string): Promise<string> => {
    const { candidates } = await locate(hintsOf({ service, name, language: 'nodejs' }), shop.files);
    return candidates.map((c) => `${c.file}:${c.line} ${c.confidence}`).join(', ');
  };
  it('each file speaks for itself', async () => {
    assert.equal(await at('gateway', 'work'), 'services/gateway.ts:2 medium');
    assert.equal(await at('auth-service', 'work'), 'services/auth.ts:2 medium');
    assert.equal(await at('gateway', 'only gateway'), 'services/gateway.ts:3 high');
    assert.equal(await at('gateway', 'shared'), 'lib/shared.ts:1 high');
  });
  it('by the file’s name where it declares nothing', async () => assert.equal(await at('mail', 'work'), 'services/mail.ts:1 medium'));
  it('another service’s file is no answer', async () => assert.equal(await at('gateway', 'only auth-service'), ''));
  it('a service that no folder knows may be another name of the one that has the call', async () => assert.equal(await at('eu-west-7', 'only auth-service'), 'services/auth.ts:3 medium'));
});

describe('source: another service’s code', () => {
  const texts = { 'orders/package.json': '{"name":"orders"}', 'orders/src/a.ts': "startSpan('take')", 'orders-api/package.json': '{}', 'orders-api/src/a.ts': "startSpan('serve')", 'mail-service/pom.xml': '', 'mail-service/src/a.ts': "startSpan('send')", 'packages/shared/package.json': '{}', 'packages/shared/src/a.ts': "startSpan('retry')" };
  const shop = memoryWorkspace(texts);
  const rows: readonly (readonly [string, string, string])[] = [
    ['orders', 'take', 'orders/src/a.ts high'], ['orders', 'send', 'nothing'], ['orders', 'retry', 'packages/shared/src/a.ts high'],
    ['orders', 'serve', 'orders-api/src/a.ts low'], ['orders-api', 'take', 'orders/src/a.ts low'], ['somebody-else', 'send', 'mail-service/src/a.ts high'], ['unknown_service:node', 'send', 'mail-service/src/a.ts high'],
  ];
  for (const [service, name, expected] of rows) {
    it(`${service}: ${name}`, async () => {
      const { best } = await locate(hintsOf({ service, name, language: 'nodejs' }), shop.files);
      assert.equal(best === undefined ? 'nothing' : `${best.file} ${best.confidence}`, expected);
    });
  }
});

describe('source: spans of instrumentation libraries', () => {
  const shop = memoryWorkspace({ 'src/a.ts': "startSpan('GET');\nstartSpan('query');\nstartSpan(`send ${topic}`);\n" });
  const rows: readonly (readonly [scope: string, name: string, string])[] = [
    ['shop', 'GET', 'src/a.ts:1 high'], ['', 'GET', 'src/a.ts:1 high'], ['@opentelemetry/instrumentation-http', 'GET', 'src/a.ts:1 low'], ['opentelemetry.instrumentation.psycopg2', 'query', 'src/a.ts:2 low'],
    ['shop', 'send orders', 'src/a.ts:3 medium'], ['@opentelemetry/instrumentation-kafkajs', 'send orders', 'nothing'],
  ];
  for (const [scope, name, expected] of rows) {
    it(`${scope}: ${name}`, async () => {
      const { best } = await locate(hintsOf({ scope, name }), shop.files);
      assert.equal(best === undefined ? 'nothing' : `${best.file}:${best.line} ${best.confidence}`, expected);
      if (best?.confidence === 'low') assert.match(best.reason, /instrumentation library/);
    });
  }
});

describe('source: names that read like a function’s', () => {
  const shop = memoryWorkspace({ 'shop/package.json': '{"name":"shop"}', 'shop/a.ts': 'export function process() {\n}\n', 'shop/media.ts': '\nexport function store() {\n}\nexport class Orders {\n  create() {\n  }\n}\n', 'shop/app/tasks.ts': '\nexport function send() {\n}\n' });
  const rows: readonly (readonly [name: string, expected: string])[] = [
    ['shop.ingest.otel.process', 'nothing'], ['shop.ingest.media.store', 'nothing'], ['app.tasks.send', 'shop/app/tasks.ts:2 medium'], ['Orders.create', 'shop/media.ts:5 medium'], ['Media.create', 'nothing'],
  ];
  for (const [name, expected] of rows) {
    it(name, async () => {
      const { best } = await locate(hintsOf({ service: 'shop', language: 'nodejs', name }), shop.files);
      assert.equal(best === undefined ? 'nothing' : `${best.file}:${best.line} ${best.confidence}`, expected, best?.reason);
    });
  }
});

describe('source: the code index', () => {
  it('says what it left out', async () => {
    const shop = memoryWorkspace({ 'a.ts': `startSpan('x')`, 'big.ts': `// ${'x'.repeat(500_000)}` });
    const { notes, filesRead } = await codeIndexOf(shop.files);
    assert.equal(filesRead, 1);
    assert.deepEqual(notes, ['1 source files were not searched: unreadable, or larger than 400 kB.']);
    const { notes: told } = await locate(hintsOf({ name: 'nothing' }), shop.files);
    assert.deepEqual(told, notes);
  });

  it('reads each file once for any number of spans, tests and generated files aside', async () => {
    const shop = memoryWorkspace({
      'src/a.ts': "startSpan('x')",
      'src/a.test.ts': "startSpan('x')",
      'dist/a.js': "startSpan('x')\n//# sourceMappingURL=a.js.map",
      'lib/min.js': `startSpan('x');${'a'.repeat(6_000)}`,
      'gen/a.go': '// Code generated by x. DO NOT EDIT.\ntracer.Start(ctx, "x")',
      'node_modules/b/index.js': "startSpan('x')",
    });
    for (let k = 0; k < 5; k++) {
      const { best } = await locate(hintsOf({ name: 'x', service: `s${k}` }), shop.files);
      assert.equal(best?.file, 'src/a.ts');
    }
    assert.ok(shop.reads.filter((file) => file === 'src/a.ts').length <= 2);
    assert.ok(!shop.reads.includes('node_modules/b/index.js'));
  });

  it('20,000 files: indexed once, then ≤ 5 ms a span', async function () {
    this.timeout(60_000);
    const texts: Record<string, string> = {};
    for (let k = 0; k < 20_000; k++) texts[`services/s${k % 40}/src/m${Math.floor(k / 40)}.ts`] = `export function f${k}() {\n  return startSpan('span ${k}');\n}\n`;
    for (let k = 0; k < 40; k++) texts[`services/s${k}/package.json`] = `{ "name": "s${k}" }`;
    const large = memoryWorkspace(texts);
    await locate(hintsOf({ name: 'span 1' }), large.files);
    const asked = [
      ...Array.from({ length: 100 }, (_, k) => hintsOf({ service: `s${(k * 37) % 40}`, name: `span ${k * 37}` })),
      ...Array.from({ length: 100 }, (_, k) => hintsOf({ service: `s${k % 40}`, code: { 'code.file.path': `/app/src/m${k}.ts`, 'code.line.number': '2' } })),
    ];
    const started = performance.now();
    for (const hints of asked) assert.ok((await locate(hints, large.files)).best !== undefined, hints.spanName);
    const each = (performance.now() - started) / asked.length;
    assert.ok(each <= 25, `${each.toFixed(2)} ms a span (figure 5 ms, 5× slack)`);
  });
});
