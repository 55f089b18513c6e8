// What programs hand to frameworks, language by language: routes, what stands in front of them, topics; and calls that look alike.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Family } from '../../../src/source/definitions.ts';
import { registrationsIn } from '../../../src/source/registrations.ts';
import { inFrontOf, normalRoute, saysPlace } from '../../../src/source/routePath.ts';

const found = (family: Family, text: string): string[] => registrationsIn(text, family).map(({ verb, path }) => `${verb} ${path}`);

const REGISTERING: readonly (readonly [Family, text: string, ...found: string[]])[] = [
  ['js', "app.get('/users/:id', (req, res) => {})", 'GET users/*'],
  ['js', "userRouter.post('/', create);", 'POST '],
  ['js', "router.route('/:id').delete(clear)", 'ANY *'],
  ['js', "router.patch(\n  '/:id',\n  update)", 'PATCH *'],
  ['js', "app.use('/api/v1', router)", 'PREFIX api/v1'],
  ['js', "app.setGlobalPrefix('api')", 'PREFIX api'],
  ['js', "app.register(routes, { prefix: '/v2' })", 'PREFIX v2'],
  ['js', "fastify.route({ method: 'GET', url: '/users/:id', handler })", 'GET users/*'],
  ['js', "{ method: ['PUT', 'PATCH'], path: '/books/{id}', handler }", 'PUT books/*', 'PATCH books/*'],
  ['js', "api.get('/users', async (c) => c.json([]))", 'GET users'],
  ['js', "@Controller('users')\nexport class A {\n  @Get(':id')\n  one() {}\n  @Post()\n  add() {}\n}", 'PREFIX users', 'GET *', 'POST '],
  ['js', "@EventPattern('user.created')\nf() {}", 'TOPIC user.created'],
  ['js', "new Worker<Job>('emails', async () => {})", 'TOPIC emails'],
  ['js', "await consumer.subscribe({ topic: 'a.b', fromBeginning: true })", 'TOPIC a.b'],
  ['python', '@router.get("/{user_id}", response_model=User)\nasync def f(): ...', 'GET *'],
  ['python', '@bp.route("/report/<int:year>", methods=["POST"])\ndef f(): ...', 'POST report/*'],
  ['python', '@bp.route("/x", methods=["GET", "POST"])\ndef f(): ...', 'GET x', 'POST x'],
  ['python', 'router = APIRouter(prefix="/users")', 'PREFIX users'],
  ['python', 'Blueprint("a", __name__, url_prefix="/old")', 'PREFIX old'],
  ['python', 'path("<slug:slug>/", views.detail)', 'ANY *'],
  ['python', 're_path(r"^archive/(?P<year>[0-9]{4})/$", views.archive)', 'ANY archive/*'],
  ['python', 'path("api/", include("api.urls"))', 'PREFIX api'],
  ['python', 'router.register(r"carts", CartViewSet)', 'ANY carts', 'ANY carts/*', 'ANY carts/*/edit', 'ANY carts/new'],
  ['python', 'consumer.subscribe(["a", "b"])', 'TOPIC a', 'TOPIC b'],
  ['c', '@RestController\n@RequestMapping("/orders")\npublic class A {\n  @GetMapping("/{id}")\n  void f() {}\n  @PostMapping\n  void g() {}\n}', 'PREFIX orders', 'GET *', 'POST '],
  ['c', '@RequestMapping(path = "/x", method = RequestMethod.PUT)\nvoid f() {}', 'PUT x'],
  ['c', '@RequestMapping(value = "/x", method = {RequestMethod.PUT, RequestMethod.POST})\nvoid f() {}', 'PUT x', 'POST x'],
  ['c', '@KafkaListener(topics = {"a", "b"}, groupId = "g")\nvoid f() {}', 'TOPIC a', 'TOPIC b'],
  ['c', '@RabbitListener(id = "x", queues = "a")\nvoid f() {}', 'TOPIC a'],
  ['c', '[Route("api/[controller]")]\npublic class ItemsController : ControllerBase\n{\n    [HttpGet]\n    [Authorize, HttpDelete("{id:guid}")]', 'PREFIX api/items', 'DELETE *', 'GET '],
  ['c', 'app.MapGet("/orders/{id:int}", (int id) => id);', 'GET orders/*'],
  ['c', 'var g = app.MapGroup("/todos").RequireAuthorization();', 'PREFIX todos'],
  ['kotlin', 'route("/shipments") {\n    get("/{id}") { }\n    post {\n    }\n}', 'PREFIX shipments', 'GET *', 'POST '],
  ['go', 'r.GET("/users/:id", getUser)', 'GET users/*'],
  ['go', 'v1 := r.Group("/v1")', 'PREFIX v1'],
  ['go', 'r.Route("/items", func(r chi.Router) {', 'PREFIX items'],
  ['go', 'r.With(admin).Delete("/{itemID}", remove)', 'DELETE *'],
  ['go', 'mux.HandleFunc("GET /status/{name}", status)', 'GET status/*'],
  ['php', "Route::get('monthly/{month}', 'ReportController@monthly');", 'GET monthly/*'],
  ['php', "#[Route('/{slug}', name: 'show', methods: ['GET'])]\npublic function f() {}", 'GET *'],
  ['ruby', 'get "/hello/:name" do\n', 'GET hello/*'],
  ['elixir', 'scope "/api", Web do\n  post "/hooks/:id", HookController, :run\nend', 'PREFIX api', 'POST hooks/*'],
  ['rust', '.route("/payments/{id}", get(show))', 'ANY payments/*'],
  ['rust', '#[post("/quote")]\nasync fn quote() {}', 'POST quote'],
  ['scala', 'case GET -> Root / "prices" / LongVar(id) => Ok()', 'GET prices/*'],
  ['swift', 'app.get("devices", ":id") { req in', 'GET devices/*'],
];

const NOT_REGISTERING: readonly (readonly [Family, text: string])[] = [
  ['js', "axios.get('/users/:id', { params })"], ['js', "api.post('/users', body)"], ['js', "cache.get('/users')"], ['js', "app.get('view engine')"], ['js', "http.get('/users', () => HttpResponse.json({}))"],
  ['js', "app.get('/users')"], ['js', "http.request({ method: 'GET', path: '/stock', hostname })"], ['js', "router.get('https://other/users', f)"], ['js', "params.get('id')"], ['js', "map.get('/a', b)"], ['python', 'httpx.get("/teams", timeout=1)'], ['python', 'redis.get("/users/1", 2)'],
  ['go', 'client.Get("/users/:id")'], ['go', 'cache.Get("/users", &v)'], ['ruby', "settings.cache.get '/hello'"], ['c', 'map.get("/users");'],
  ['c', '@FeignClient(name = "stock")\npublic interface A {\n  @GetMapping("/stock/{sku}")\n  Stock get();\n}'],
];

describe('source: what programs hand to frameworks', () => {
  for (const [family, text, ...expected] of REGISTERING) it(`${family}: ${text.replaceAll('\n', '⏎')}`, () => assert.deepEqual(found(family, text), expected));
  for (const [family, text] of NOT_REGISTERING) it(`not: ${family}: ${text.replaceAll('\n', '⏎')}`, () => assert.deepEqual(found(family, text), []));

  it('the place is the called name', () => {
    assert.equal(registrationsIn("\n  router\n    .get(\n      '/a', f)", 'js')[0]?.at, '\n  router\n    .'.length);
  });

  it('costs no more than its size, for the worst of texts', () => {
    for (const family of ['js', 'python', 'ruby', 'c', 'kotlin', 'go', 'scala', 'swift'] as const) {
      for (const unit of ['(', '( ', '(["', "('/", 'method: ', 'prefix = ', '@Get(', 'case GET -> Root / "a"', '.get("/', 'get "/a" ', '[ ', '{ ', 'subscribe("', '(?P<a>']) {
        const text = unit.repeat(Math.ceil(50_000 / unit.length));
        const { user } = process.cpuUsage();
        registrationsIn(text, family);
        assert.ok(process.cpuUsage().user - user < 1_000_000, `${JSON.stringify(unit)} in ${family}`);
      }
    }
  });
});

describe('source: routes in one spelling', () => {
  for (const [route, expected] of [
    ['/users/:id', 'users/*'], ['users/<int:id>/', 'users/*'], ['/Users/{id:int}', 'users/*'], ['^users/(?P<id>[0-9]+)/$', 'users/*'], ['api/v1/^carts/$', 'api/v1/carts'], ['/products/[slug]', 'products/*'], ['/docs/[...all]', 'docs/*'],
    ['/legacy/$id<[^/]+>', 'legacy/*'], ['/files/*path', 'files/*'], ['/a/{b}-{c}', 'a/*'], ['api/v{version:apiVersion}/Items', 'api/*/items'], ['/', ''], ['', ''], ['//a//', 'a'],
  ] as const) it(`${route} → ${expected}`, () => assert.equal(normalRoute(route), expected));

  it('ends with another at whole segments only', () => {
    assert.equal(inFrontOf('*', 'api/users/*'), 'api/users');
    assert.equal(inFrontOf('', 'api'), 'api');
    assert.equal(inFrontOf('api', 'api'), '');
    assert.equal(inFrontOf('sers/*', 'api/users/*'), undefined);
    assert.equal(saysPlace('*/*'), false);
    assert.equal(saysPlace('*/a'), true);
  });

  it('hostile routes are read in time', () => {
    const { user } = process.cpuUsage();
    for (const unit of ['(?P<a>', '(?P<a>(', '{', '[', '<', '$a<', '/', '((', '[['] ) normalRoute(unit.repeat(100_000));
    assert.ok(process.cpuUsage().user - user < 1_000_000);
  });
});
