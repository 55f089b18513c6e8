// The client of a connection against real servers: what is repeated, followed, proved and to whom, held back, counted, and never said.
import assert from 'node:assert/strict';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { undiciTransport } from '../../../../src/engine/http.ts';
import { ConnectionClient, NO_AUTHORIZER, type Authorizer, type ConnectionClientOptions, type Transport } from '../../../../src/engine/network/connectionClient.ts';
import { LostConnection } from '../../../../src/engine/network/networkFaults.ts';
import { Redactor } from '../../../../src/engine/network/redactor.ts';
import { startStub, type StubServer } from '../../../support/stubServer.ts';

const CANARY = 'canary-of-a-client';
const signal = (): AbortSignal => new AbortController().signal;

/** What a test may change of the parts. */
type Change = Partial<ConnectionClientOptions>;

describe('engine/network/connectionClient', () => {
  let [own, other]: StubServer[] = [];
  const transports: Transport[] = [];
  const waits: number[] = [];
  before(async () => {
    [own, other] = await Promise.all([startStub(() => undefined), startStub((_request, response) => response.end('other'))]);
  });
  beforeEach(() => {
    own!.requests.length = other!.requests.length = waits.length = 0;
  });
  after(() => Promise.all([...transports, own!, other!].map((one) => one.close())));

  const bearer: Authorizer = { headers: async () => ({ authorization: `Bearer ${CANARY}` }), refresh: async () => false };
  const client = (change: Change = {}): ConnectionClient => {
    const transport = undiciTransport({ env: {} });
    transports.push(transport);
    return new ConnectionClient({ base: `${own!.origin}/base/`, transport, authorizer: bearer, random: () => 0.5, wait: async (ms) => void waits.push(ms), ...change });
  };
  const kindOf = (running: Promise<unknown>): Promise<string> => running.then(() => 'answered', (error: unknown) => (error instanceof BackendError ? error.kind : String(error)));

  it('an address that was copied with what stands behind it is asked without that', async () => {
    own!.answer = (_request, response) => response.end();
    for (const behind of ['', '/', '//', '?orgId=1', '/?orgId=1&x=/y', '#/traces', '/?a#b']) await client({ base: `${own!.origin}/base${behind}` }).request({ path: '/api', query: [['q', 'x y']] }, signal());
    assert.deepEqual(new Set(own!.requests.map(({ url }) => url)), new Set(['/base/api?q=x+y']));
  });

  it('knows by how much the server\'s clock is ahead, where an answer of its own says the time', async () => {
    for (const [headers, least, most] of [[{ date: new Date(Date.now() + 600_000).toUTCString() }, 590_000, 601_000], [{ date: new Date(Date.now() - 600_000).toUTCString() }, -610_000, -590_000], [{ date: 'noon' }, undefined, undefined], [{ date: new Date(Date.now() + 600_000).toUTCString(), age: '7' }, undefined, undefined]] as const) {
      own!.answer = (_request, response) => response.writeHead(200, headers).end();
      const made = client();
      assert.equal(made.aheadMs, undefined);
      await made.request({ path: '/' }, signal());
      if (least === undefined) assert.equal(made.aheadMs, undefined, JSON.stringify(headers));
      else assert.ok(made.aheadMs! >= least && made.aheadMs! <= most, String(made.aheadMs));
    }
  });

  describe('repeats', () => {
    const table: readonly (readonly [what: string, request: { method?: 'GET' | 'POST'; readOnly?: boolean }, status: number, retryAfter: string | undefined, tries: number, waited: readonly number[]])[] = [
      ['a GET at 503', {}, 503, undefined, 3, [600, 1_500]],
      ['a GET at 502', {}, 502, undefined, 3, [600, 1_500]],
      ['a GET at 504', {}, 504, undefined, 3, [600, 1_500]],
      ['a GET at 429, as long as asked', {}, 429, '7', 3, [7_000, 7_000]],
      ['a GET at 429 that asks for more than a minute: not', {}, 429, '61', 1, []],
      ['a GET at 500: not', {}, 500, undefined, 1, []],
      ['a POST: not', { method: 'POST' }, 503, undefined, 1, []],
      ['a POST that only reads', { method: 'POST', readOnly: true }, 503, undefined, 3, [600, 1_500]],
    ];
    for (const [what, request, status, retryAfter, tries, waited] of table) {
      it(what, async () => {
        own!.answer = (_request, response) => response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end();
        const made = client();
        assert.equal((await made.request({ path: '/x', ...request }, signal())).status, status);
        assert.equal(own!.requests.length, tries);
        assert.deepEqual(waits, waited);
        assert.equal(made.usage.requests, tries);
      });
    }

    it('a broken connection, but not a POST over one, nor a name that is wrong', async () => {
      let sends = 0;
      const failing = (error: BackendError): Transport => ({ send: async () => (sends++, Promise.reject(error)), close: async () => undefined });
      const tries = async (error: BackendError, method: 'GET' | 'POST' = 'GET'): Promise<number> => {
        sends = 0;
        assert.equal(await kindOf(client({ transport: failing(error) }).request({ path: '/', method }, signal())), error.kind);
        return sends;
      };
      assert.equal(await tries(new LostConnection('It broke.')), 3);
      assert.equal(await tries(new LostConnection('It broke.'), 'POST'), 1);
      assert.equal(await tries(new BackendError('network', 'Nobody.')), 1);
      assert.equal(await tries(new BackendError('timeout', 'Late.')), 1);
    });

    it('a Retry-After that is a date', async () => {
      own!.answer = (_request, response) => response.writeHead(own!.requests.length === 1 ? 503 : 200, { 'retry-after': 'Sun, 29 Nov 2026 12:00:10 GMT' }).end();
      assert.equal((await client({ now: () => Date.UTC(2026, 10, 29, 12) }).request({ path: '/' }, signal())).status, 200);
      assert.deepEqual(waits, [10_000]);
    });

    it('401: once more with new credentials, told which were refused', async () => {
      let token = 'old';
      const refused: unknown[] = [];
      const authorizer: Authorizer = { headers: async () => ({ authorization: token }), refresh: async (_signal, proof) => (refused.push(proof), (token = 'new'), true) };
      own!.answer = (request, response) => response.writeHead(request.headers.authorization === 'new' ? 200 : 401).end();
      assert.equal((await client({ authorizer }).request({ path: '/', method: 'POST' }, signal())).status, 200);
      assert.deepEqual(refused, [{ authorization: 'old' }]);
      own!.answer = (_request, response) => response.writeHead(401).end();
      own!.requests.length = 0;
      assert.equal((await client({ authorizer }).request({ path: '/' }, signal())).status, 401);
      assert.equal(own!.requests.length, 2, 'not for ever');
    });

    it('what an authorizer knows as a refusal of its credentials is one too; another 403 is not', async () => {
      let token = 'old';
      const authorizer: Authorizer = { headers: async () => ({ authorization: token }), refresh: async () => ((token = 'new'), true), isRefusal: ({ status, body }) => status === 403 && Buffer.from(body).includes('Expired') };
      own!.answer = (request, response) => (request.headers.authorization === 'new' ? response.end() : response.writeHead(403).end('Expired'));
      assert.equal((await client({ authorizer }).request({ path: '/', method: 'POST' }, signal())).status, 200);
      assert.equal(own!.requests.length, 2);
      own!.answer = (_request, response) => response.writeHead(403).end('Forbidden');
      assert.equal((await client({ authorizer }).request({ path: '/' }, signal())).status, 403);
      assert.equal(own!.requests.length, 3);
    });
  });

  describe('redirects and origins', () => {
    const leadTo = (location: string, status = 302): void => {
      own!.answer = (request, response) => (request.url === '/base/from' ? response.writeHead(status, { location }).end() : response.end('arrived'));
    };
    const authorizations = (server: StubServer): (string | undefined)[] => server.requests.map(({ headers }) => headers.authorization);
    const PROOF = `Bearer ${CANARY}`;

    it('within the origin with credentials, to another without any, also custom headers', async () => {
      leadTo('/elsewhere?a=1');
      assert.equal(Buffer.from((await client().request({ path: '/from' }, signal())).body).toString(), 'arrived');
      assert.deepEqual(own!.requests.map(({ url }) => url), ['/base/from', '/elsewhere?a=1']);
      assert.deepEqual(authorizations(own!), [PROOF, PROOF]);
      leadTo(`http://user:pass@127.0.0.1:${other!.port}/there`);
      await client().request({ path: '/from', headers: { accept: 'application/json', 'x-scope-orgid': 'tenant', cookie: 'a=b' } }, signal());
      const [{ headers }] = other!.requests as [StubServer['requests'][number]];
      assert.deepEqual([headers.authorization, headers['x-scope-orgid'], headers.cookie, headers.accept], [undefined, undefined, undefined, 'application/json']);
    });

    for (const status of [401, 403]) {
      it(`to another origin that wants credentials (${status}) is said, as they are not sent there`, async () => {
        leadTo(`http://127.0.0.1:${other!.port}/there?key=1`);
        const before = other!.answer;
        other!.answer = (_request, response) => response.writeHead(status).end('who are you?');
        try {
          await assert.rejects(client().request({ path: '/from' }, signal()), (error: unknown) => {
            assert.ok(error instanceof BackendError && error.kind === 'auth', String(error));
            assert.equal(error.message, `${own!.origin}/base/from leads to ${other!.origin}/there, where the credentials of this connection are not sent: make that the connection's address.`);
            return true;
          });
          assert.equal((await client({ authorizer: NO_AUTHORIZER }).request({ path: '/from' }, signal())).status, status, 'where there are none, it is an answer');
        } finally {
          other!.answer = before;
        }
      });
    }

    it('three are followed, a fourth is not', async () => {
      own!.answer = (request, response) => {
        const step = Number(request.url!.slice('/base/'.length) || request.url!.slice(1));
        if (step === 3) response.end('arrived');
        else response.writeHead(307, { location: `/base/${step + 1}` }).end();
      };
      assert.equal((await client().request({ path: '/0' }, signal())).status, 200);
      assert.equal(await kindOf(client().request({ path: '/-1' }, signal())), 'unsupported');
    });

    it('never to what is not the web, nor where clouds keep credentials', async () => {
      for (const location of ['file:///etc/passwd', 'data:text/plain,x', 'http://169.254.169.254/latest']) {
        leadTo(location);
        assert.equal(await kindOf(client().request({ path: '/from' }, signal())), 'unsupported', location);
      }
    });

    it('never from https to http', async () => {
      const sent: string[] = [];
      const transport: Transport = { send: async ({ url }) => (sent.push(url.href), { status: 302, headers: { location: 'http://a.test/x' }, body: new Uint8Array(), wireBytes: 0 }), close: async () => undefined };
      assert.equal(await kindOf(client({ base: 'https://a.test', transport }).request({ path: '/' }, signal())), 'unsupported');
      assert.deepEqual(sent, ['https://a.test/']);
    });

    it('what is posted stays; what only reads is repeated within its origin where the method is kept', async () => {
      leadTo('/to', 307);
      assert.equal((await client().request({ path: '/from', method: 'POST', body: 'x' }, signal())).status, 307);
      assert.equal((await client().request({ path: '/from', method: 'POST', readOnly: true, body: 'x' }, signal())).status, 200);
      leadTo('/to', 302);
      assert.equal((await client().request({ path: '/from', method: 'POST', readOnly: true, body: 'x' }, signal())).status, 302);
      leadTo(`${other!.origin}/to`, 307);
      assert.equal((await client().request({ path: '/from', method: 'POST', readOnly: true, body: 'x' }, signal())).status, 307);
      assert.equal(other!.requests.length, 0);
    });

    it('whole addresses: proved to only where they are the connection’s origin, or a cloud’s', async () => {
      own!.answer = (_request, response) => response.end();
      await client().request({ path: `${own!.origin}/whole` }, signal());
      await client().request({ path: `${other!.origin}/whole` }, signal());
      await client({ base: undefined, provesWholeAddresses: true }).request({ path: `${other!.origin}/cloud` }, signal());
      assert.deepEqual([authorizations(own!), authorizations(other!)], [[PROOF], [undefined, PROOF]]);
      assert.equal(await kindOf(client({ base: undefined }).request({ path: '/x' }, signal())), 'unsupported');
      assert.equal(await kindOf(client({ base: `http://user:${CANARY}@127.0.0.1:${own!.port}` }).request({ path: '/x' }, signal())), 'unsupported');
      assert.equal(await kindOf(client({ base: 'http://[bad' }).request({ path: '/x' }, signal())), 'unsupported');
    });
  });

  it('holds back, and says for how long and why', async () => {
    own!.answer = (_request, response) => response.end();
    let now = 0;
    const told: string[] = [];
    const made = client({ maxRequestsPerMinute: 2, now: () => now, hold: (why, ms) => (told.push(`${ms}: ${why}`), () => told.push('goes on')), wait: async (ms) => void ((now += ms), waits.push(ms)) });
    for (let k = 0; k < 3; k++) await made.request({ path: '/' }, signal());
    assert.deepEqual([waits, told], [[60_000], ['60000: 2 requests a minute', 'goes on']]);
  });

  it('opens its circuit: asks nobody, until it is time', async () => {
    own!.answer = (request) => void request.socket.destroy();
    let now = 0;
    const made = client({ now: () => now });
    for (let k = 0; k < 5; k++) assert.equal(await kindOf(made.request({ path: '/' }, signal())), 'network');
    assert.equal(own!.requests.length, 15, 'three tries each');
    await assert.rejects(made.request({ path: '/' }, signal()), /asked again in 30 s/);
    assert.equal(own!.requests.length, 15);
    own!.answer = (_request, response) => response.end();
    now = 30_001;
    assert.equal((await made.request({ path: '/' }, signal())).status, 200);
  });

  it('never repeats a secret that a server repeats: bodies and headers of refusals, redirects, errors of a transport', async () => {
    const redacted = client({ redactor: new Redactor([CANARY]) });
    own!.answer = (request, response) => response.writeHead(403, { 'x-echo': request.headers.authorization }).end(`no ${request.headers.authorization}`);
    const answer = await redacted.request({ path: '/' }, signal());
    assert.deepEqual([answer.headers['x-echo'], Buffer.from(answer.body).toString()], ['•••', 'no •••']);
    await assert.rejects(redacted.json({ path: '/' }, signal()), (error: Error) => !error.message.includes(CANARY) && error.message.includes('•••'));
    own!.answer = (request, response) => response.writeHead(302, { location: `/${encodeURIComponent(request.headers.authorization ?? '')}` }).end();
    await assert.rejects(redacted.request({ path: '/' }, signal()), (error: Error) => !error.message.includes(CANARY));
    const leaky: Transport = { send: async ({ headers }) => Promise.reject(new Error(`bad header ${headers['authorization']}`)), close: async () => undefined };
    await assert.rejects(client({ transport: leaky }).request({ path: '/' }, signal()), { message: 'bad header •••' });
    own!.answer = (request, response) => response.end(`data ${request.headers.authorization}`);
    assert.equal(Buffer.from((await redacted.request({ path: '/' }, signal())).body).toString(), `data Bearer ${CANARY}`, 'data is data');
  });

  it('repeats what a proof says besides who asks', async () => {
    own!.answer = (_request, response) => response.writeHead(403).end(`shop-prod may not list: ${CANARY}`);
    const made = client({ authorizer: { headers: async () => ({ authorization: `Bearer ${CANARY}`, 'x-goog-user-project': 'shop-prod' }), refresh: async () => false } });
    assert.equal(Buffer.from((await made.request({ path: '/' }, signal())).body).toString(), 'shop-prod may not list: •••');
  });

  it('cancelled at once, whatever does not listen', async () => {
    const never = (): Promise<never> => new Promise(() => undefined);
    const deaf: readonly Change[] = [
      { authorizer: { headers: never, refresh: never } },
      { transport: { send: never, close: async () => undefined } },
      { authorizer: { headers: async () => ({}), refresh: never }, transport: { send: async () => ({ status: 401, headers: {}, body: new Uint8Array(), wireBytes: 0 }), close: async () => undefined } },
    ];
    for (const change of deaf) {
      const controller = new AbortController();
      const running = kindOf(client(change).request({ path: '/' }, controller.signal));
      setTimeout(() => controller.abort(), 5);
      assert.equal(await running, 'aborted');
    }
  });
});
