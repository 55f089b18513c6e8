import assert from 'node:assert/strict';
import { guardRequest, LOCAL_ORIGINS, type GuardRules, type RequestHead, type Verdict } from '../../../../src/engine/collector/requestGuard.ts';

const RULES: GuardRules = { port: 4318, allowedHosts: [], allowedOrigins: [...LOCAL_ORIGINS, 'https://app.example'], maxBodyBytes: 1000 };
const PATHS = new Set(['/v1/traces', '/v1/logs']);

function guard(headers: Readonly<Record<string, string | readonly string[]>>, more: Partial<RequestHead> & { readonly rules?: Partial<GuardRules> } = {}): Verdict {
  const all = { host: 'localhost:4318', 'content-type': 'application/x-protobuf', ...headers };
  const rawHeaders = Object.entries(all).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one]));
  return guardRequest({ method: 'POST', url: '/v1/traces', rawHeaders, ...more }, { ...RULES, ...more.rules }, PATHS);
}

const outcome = (verdict: Verdict): string | number => (verdict.kind === 'refuse' ? verdict.status : verdict.kind);

describe('requestGuard: Host', () => {
  const allowed = ['127.0.0.1:4318', 'localhost:4318', '[::1]:4318', 'LOCALHOST:4318', 'LocalHost:4318'];
  const refused = [
    '', ' ', 'localhost', '127.0.0.1', '[::1]', 'localhost:', 'localhost:80', 'localhost:43180', 'localhost:4318 ', ' localhost:4318', 'localhost.:4318', 'localhost..:4318',
    'localhost:4318.', 'localhost:04318', 'localhost:+4318', 'localhost:4318:4318', 'evil.example', 'evil.example:4318', 'localhost.evil.example:4318', 'evil.localhost:4318',
    'evil.example#localhost:4318', 'localhost:4318@evil.example', 'user@localhost:4318', 'localhost:4318/evil', 'localhost:4318,evil.example', 'localhost:4318, localhost:4318',
    '127.1:4318', '127.0.1:4318', '127.0.0.2:4318', '0x7f.1:4318', '0x7f000001:4318', '2130706433:4318', '017700000001:4318', '0177.0.0.1:4318', '127.000.000.001:4318',
    '0.0.0.0:4318', '0:4318', '[::]:4318', '::1:4318', '[0:0:0:0:0:0:0:1]:4318', '[::ffff:127.0.0.1]:4318', '[::ffff:7f00:1]:4318', '[::1%25lo]:4318', '127.0.0.1.nip.io:4318',
    'localtest.me:4318', 'lоcalhost:4318', 'localhost\u0000:4318', 'localhost\t:4318', 'http://localhost:4318', '127。0。0。1:4318',
  ];
  for (const host of allowed) it(`takes ${host}`, () => assert.equal(outcome(guard({ host })), 'accept'));
  for (const host of refused) it(`refuses ${JSON.stringify(host)}`, () => assert.equal(outcome(guard({ host })), 403));
  it('refuses a missing and a repeated one', () => {
    assert.equal(outcome(guard({ host: [] })), 403);
    assert.equal(outcome(guard({ host: ['localhost:4318', 'localhost:4318'] })), 403);
    assert.equal(outcome(guard({ host: ['localhost:4318', 'evil.example'] })), 403);
  });
  it('takes configured names: without a port any port, with one that one', () => {
    const rules = { allowedHosts: ['host.docker.internal', 'Devbox:9000'] };
    for (const [host, expected] of [
      ['host.docker.internal:4318', 'accept'], ['HOST.docker.internal:14318', 'accept'], ['host.docker.internal', 'accept'], ['host.docker.internal:x', 403], ['xhost.docker.internal:4318', 403],
      ['devbox:9000', 'accept'], ['devbox:9001', 403], ['devbox', 403], ['devbox:90000', 403],
    ] as const) assert.equal(outcome(guard({ host }, { rules })), expected, host);
  });
  it('is the first thing asked, so that a rebinding page learns nothing', () => {
    assert.equal(outcome(guard({ host: 'evil.example' }, { method: 'GET', url: '/nothing' })), 403);
    assert.equal(outcome(guard({ host: 'evil.example', 'access-control-request-method': 'POST', origin: 'http://localhost:3000' }, { method: 'OPTIONS' })), 403);
  });
});

describe('requestGuard: Origin', () => {
  const allowed = ['http://localhost', 'http://localhost:3000', 'http://127.0.0.1:5173', 'http://[::1]:8080', 'https://app.example'];
  const refused = [
    'null', '*', '', 'https://localhost:3000', 'http://localhost:', 'http://localhost:x', 'http://localhost:123456', 'http://localhost.evil.example', 'http://localhost.evil.example:3000',
    'http://evil.example', 'http://evil.example:3000', 'https://app.example:444', 'https://app.example.evil', 'http://app.example', 'vscode-webview://abc', 'file://', 'http://localhost:3000/', 'http://user@localhost:3000',
  ];
  for (const origin of allowed) {
    it(`takes ${origin} and answers it by name`, () => {
      const verdict = guard({ origin });
      assert.equal(verdict.kind, 'accept');
      assert.deepEqual(verdict.headers, { Vary: 'Origin', 'Access-Control-Allow-Origin': origin });
    });
  }
  for (const origin of refused) {
    it(`refuses ${JSON.stringify(origin)} without naming it`, () => {
      const verdict = guard({ origin });
      assert.equal(outcome(verdict), 403);
      assert.equal('Access-Control-Allow-Origin' in verdict.headers, false);
    });
  }
  it('takes exporters, which send none, and refuses two', () => {
    assert.deepEqual(guard({}).headers, { Vary: 'Origin' });
    assert.equal(outcome(guard({ origin: ['http://localhost:1', 'http://localhost:1'] })), 403);
  });
  it('gives every answer to an allowed page its CORS header, errors too', () => {
    for (const verdict of [guard({ origin: 'http://localhost:3000' }, { url: '/x' }), guard({ origin: 'http://localhost:3000' }, { method: 'GET' }), guard({ origin: 'http://localhost:3000', 'content-type': 'text/plain' })]) {
      assert.equal(verdict.kind, 'refuse');
      assert.equal(verdict.headers['Access-Control-Allow-Origin'], 'http://localhost:3000');
    }
  });
});

describe('requestGuard: preflight', () => {
  const preflight = (headers: Readonly<Record<string, string>>): Verdict => guard({ origin: 'http://localhost:3000', 'access-control-request-method': 'POST', ...headers }, { method: 'OPTIONS' });
  it('grants POST and the headers of exporters, and no credentials', () => {
    const verdict = preflight({ 'access-control-request-headers': 'Content-Type, X-Api-Key,cookie, x-b@d, Authorization' });
    assert.deepEqual(verdict, {
      kind: 'preflight',
      headers: {
        Vary: 'Origin', 'Access-Control-Allow-Origin': 'http://localhost:3000', 'Access-Control-Allow-Methods': 'POST',
        'Access-Control-Allow-Headers': 'content-type, x-api-key, authorization', 'Access-Control-Max-Age': '600',
      },
    });
    assert.equal('Access-Control-Allow-Headers' in preflight({}).headers, false);
  });
  it('is refused to strangers, and plain OPTIONS is no preflight', () => {
    assert.equal(outcome(guard({ origin: 'http://evil.example', 'access-control-request-method': 'POST' }, { method: 'OPTIONS' })), 403);
    assert.equal(outcome(guard({}, { method: 'OPTIONS' })), 405);
    assert.equal(outcome(guard({ origin: 'http://localhost:3000' }, { method: 'OPTIONS' })), 405);
  });
});

describe('requestGuard: path, method, type, encoding, length', () => {
  const cases: readonly (readonly [string, Verdict, string | number])[] = [
    ['a query is no part of the path', guard({}, { url: '/v1/traces?x=1' }), 'accept'],
    ['another signal', guard({}, { url: '/v1/logs' }), 'accept'],
    ['the root', guard({}, { url: '/' }), 404],
    ['a slash behind it', guard({}, { url: '/v1/traces/' }), 'accept'],
    ['a slash and a query behind it', guard({}, { url: '/v1/traces/?x=/' }), 'accept'],
    ['two slashes behind it', guard({}, { url: '/v1/traces//' }), 404],
    ['a longer path', guard({}, { url: '/v1/traces/x' }), 404],
    ['two slashes before it', guard({}, { url: '//v1/traces' }), 404],
    ['a path that climbs', guard({}, { url: '/v1/../v1/traces' }), 404],
    ['a target as proxies write it', guard({}, { url: 'http://localhost:4318/v1/traces?x=1' }), 'accept'],
    ['such a target of somebody else', guard({}, { url: 'http://evil.example/v1/traces' }), 403],
    ['such a target with a name before the host', guard({}, { url: 'http://localhost:4318@evil.example/v1/traces' }), 403],
    ['such a target of nobody', guard({}, { url: 'http:///v1/traces' }), 403],
    ['such a target without a path', guard({}, { url: 'http://localhost:4318' }), 404],
    ['a target of another scheme', guard({}, { url: 'https://localhost:4318/v1/traces' }), 404],
    ['GET', guard({}, { method: 'GET' }), 405],
    ['HEAD', guard({}, { method: 'HEAD' }), 405],
    ['PUT', guard({}, { method: 'PUT' }), 405],
    ['DELETE', guard({}, { method: 'DELETE' }), 405],
    ['protobuf with parameters, any case', guard({ 'content-type': 'Application/X-Protobuf; charset=utf-8' }), 'accept'],
    ['JSON', guard({ 'content-type': 'application/json;charset=UTF-8' }), 'accept'],
    ['text/plain, which pages may send unasked', guard({ 'content-type': 'text/plain' }), 415],
    ['a form', guard({ 'content-type': 'application/x-www-form-urlencoded' }), 415],
    ['a multipart form', guard({ 'content-type': 'multipart/form-data; boundary=x' }), 415],
    ['no content type', guard({ 'content-type': [] }), 415],
    ['an empty content type', guard({ 'content-type': '' }), 415],
    ['two content types', guard({ 'content-type': ['application/json', 'text/plain'] }), 415],
    ['gzip', guard({ 'content-encoding': 'GZIP' }), 'accept'],
    ['identity', guard({ 'content-encoding': 'identity' }), 'accept'],
    ['deflate', guard({ 'content-encoding': 'deflate' }), 415],
    ['gzip twice', guard({ 'content-encoding': 'gzip, gzip' }), 415],
    ['gzip in two headers', guard({ 'content-encoding': ['gzip', 'gzip'] }), 415],
    ['x-gzip', guard({ 'content-encoding': 'x-gzip' }), 'accept'],
    ['an encoding of no name', guard({ 'content-encoding': '' }), 'accept'],
    ['zstd', guard({ 'content-encoding': 'zstd' }), 415],
    ['chunked', guard({ 'transfer-encoding': 'Chunked' }), 'accept'],
    ['compressed in transfer', guard({ 'transfer-encoding': 'gzip, chunked' }), 501],
    ['compressed in transfer, in two headers', guard({ 'transfer-encoding': ['gzip', 'chunked'] }), 501],
    ['just small enough', guard({ 'content-length': '1000' }), 'accept'],
    ['too large by its own word', guard({ 'content-length': '1001' }), 413],
  ];
  for (const [what, verdict, expected] of cases) it(`${what}: ${expected}`, () => assert.equal(outcome(verdict), expected));

  it('names what is usually meant', () => {
    for (const [verdict, says] of [
      [guard({}, { url: '/v1/traces/v1/traces' }), /goes to POST \/v1\/traces, \/v1\/logs\. Exporters put it behind OTEL_EXPORTER_OTLP_ENDPOINT themselves: set that to http:\/\/127\.0\.0\.1:4318, without a path\.$/],
      [guard({}, { url: '/otlp/v1/traces' }), /without a path/],
      [guard({}, { url: '/' }), /goes to POST \/v1\/traces, \/v1\/logs\.$/],
      [guard({ 'content-type': 'application/grpc+proto' }), /or application\/json\. gRPC has a port of its own, 4317/],
      [guard({ 'content-type': 'application/grpc' }), /gRPC has a port/],
      [guard({ 'content-type': 'application/grpcx' }), /or application\/json\.$/],
      [guard({ 'transfer-encoding': 'gzip, chunked' }), /compress by Content-Encoding: gzip/],
    ] as const) assert.match(verdict.kind === 'refuse' ? verdict.message : verdict.kind, says);
  });
  it('says what was accepted', () => {
    const odd = guard({ 'content-encoding': 'X-GZip' }, { url: 'HTTP://LOCALHOST:4318/v1/logs/' });
    assert.ok(odd.kind === 'accept' && odd.path === '/v1/logs' && odd.encoding === 'gzip');
    assert.deepEqual(guard({ 'content-encoding': 'gzip', 'content-length': '17' }), { kind: 'accept', path: '/v1/traces', type: 'protobuf', encoding: 'gzip', length: 17, headers: { Vary: 'Origin' } });
    const chunked = guard({ 'content-type': 'application/json' });
    assert.ok(chunked.kind === 'accept' && chunked.type === 'json' && chunked.encoding === 'identity' && chunked.length === undefined);
  });
  it('answers errors in the encoding of the request and says what is allowed', () => {
    const method = guard({}, { method: 'GET' });
    assert.ok(method.kind === 'refuse' && method.type === 'protobuf' && method.headers['Allow'] === 'POST, OPTIONS');
    const encoding = guard({ 'content-type': 'application/json', 'content-encoding': 'br' });
    assert.ok(encoding.kind === 'refuse' && encoding.type === 'json' && encoding.headers['Accept-Encoding'] === 'gzip, identity');
    const type = guard({ 'content-type': 'text/plain' });
    assert.ok(type.kind === 'refuse' && type.headers['Accept-Post'] === 'application/x-protobuf, application/json');
  });
});
