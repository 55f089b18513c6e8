// A configured connection, from its settings to the wire: what is told of it while it waits and fails, what it never says, what it may not run.
import assert from 'node:assert/strict';
import { BackendError } from '../../../src/engine/backends/backend.ts';
import type { BackendKind } from '../../../src/engine/backends/source.ts';
import { Connections, NO_NETWORK_SETTINGS } from '../../../src/engine/connections.ts';
import type { Transport, WireRequest } from '../../../src/engine/network/connectionClient.ts';
import { connectionTransport } from '../../../src/engine/network/connectionTransport.ts';
import type { ConnectionAuth, ConnectionConfig, ConnectionSecrets, ConnectionState, NetworkConfig } from '../../../src/protocol/connections.ts';
import { startStub, type StubServer } from '../../support/stubServer.ts';
import { fakeSource } from './listing/fakeSource.ts';

const CANARY = 'canary-of-a-connection';
const CANARIES: ConnectionSecrets = { secret: CANARY, headers: { 'X-Key': `${CANARY}-header` }, accessKeyId: `${CANARY}-id`, secretAccessKey: `${CANARY}-key`, sessionToken: `${CANARY}-session` };
const signal = (): AbortSignal => new AbortController().signal;

/** Repeats in its errors whatever it was answered, as careless sources do. */
const careless: BackendKind = {
  kind: 'careless', label: 'Careless', needsUrl: true, localUrls: [], fields: [], auth: ['bearer'], metered: false,
  source: ({ http }) => {
    const answered = async (aborted: AbortSignal): Promise<string> => Buffer.from((await http.request({ path: '/' }, aborted)).body).toString();
    return {
      capabilities: { filters: [], order: 'newest', maxLimit: 10, timeUnitNs: 1n, wholeTraces: false, cohortLimit: 1, cost: 'a coin a call' },
      probe: async (aborted) => {
        const { status, headers, body } = await http.request({ path: '/' }, aborted);
        if (status === 200) return { notes: [Buffer.from(body).toString()] };
        throw new BackendError('badData', `It answered ${status} ${JSON.stringify(headers)} ${Buffer.from(body).toString()}.`);
      },
      services: async (aborted) => {
        throw new Error(`Not understood: ${await answered(aborted)}`);
      },
      operations: async () => [],
      page: async (_query, aborted) => ({ traces: [], full: false, notes: [await answered(aborted)] }),
      trace: async (_ref, aborted) => ({ batches: [], notes: [await answered(aborted)] }),
    };
  },
};

describe('engine/connections', () => {
  let stub: StubServer;
  const states: ConnectionState[] = [];
  before(async () => {
    stub = await startStub((_request, response) => response.end());
  });
  beforeEach(() => {
    states.length = 0;
  });
  after(() => stub.close());

  const connected = (config: Partial<ConnectionConfig>, secrets: ConnectionSecrets = {}, network: Partial<NetworkConfig> = {}, kind = careless): ReturnType<Connections['connect']> => {
    const connections = new Connections({
      transport: (one, settings, known) => connectionTransport(one, settings, known, { env: {} }),
      slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }),
      stateChanged: (state) => void states.push(state),
      tracesChanged: () => undefined,
      kindOf: () => kind,
    });
    const whole: ConnectionConfig = { id: 'c', kind: 'careless', name: 'Team', url: stub.origin, ...config };
    connections.configure({ connections: [whole], secrets: { c: secrets }, network: { ...NO_NETWORK_SETTINGS, ...network } });
    return connections.connect(whole);
  };

  it('a request that is held back is seen, and what was known before is shown again after', async () => {
    stub.answer = (_request, response) => response.end();
    const { backend, close } = connected({ maxRequestsPerMinute: 1 });
    await backend.probe(signal());
    const controller = new AbortController();
    const held = backend.probe(controller.signal);
    setTimeout(() => controller.abort(), 20);
    await assert.rejects(held, { kind: 'aborted' });
    const lastAnswerMs = states[0]!.lastAnswerMs!;
    const base = { connection: 'c', health: 'healthy', lastAnswerMs, requests: 1, bytes: 0, cost: 'a coin a call' };
    const { untilMs } = states[1]!.waiting!;
    assert.deepEqual(states, [base, { ...base, waiting: { why: '1 request a minute', untilMs } }, base]);
    assert.ok(Math.abs(untilMs - lastAnswerMs - 60_000) < 5_000);
    await close();
  });

  for (const metered of [false, true]) {
    it(`where every request counts (${String(metered)}), none is made to check on the filter for errors`, async () => {
      const source = fakeSource([]);
      const { backend, close } = connected({}, {}, {}, { ...careless, metered, source: () => source });
      await backend.search({ group: 'errors', sort: 'newest', limit: 1 }, signal());
      assert.equal(source.asked.some(({ errorsOnly }) => errorsOnly !== true), !metered);
      await close();
    });
  }

  it('ends what its source has running before its sockets', async () => {
    stub.answer = (_request, response) => response.end();
    stub.requests.length = 0;
    const kind: BackendKind = { ...careless, source: ({ http }) => ({ ...fakeSource([]), close: async () => void (await http.request({ path: '/stop' }, signal())) }) };
    const { backend, close } = connected({}, {}, {}, kind);
    await backend.probe(signal());
    await close();
    assert.deepEqual(stub.requests.map(({ url }) => url), ['/stop']);
  });

  it('no secret in any error, note or state, by whatever it proves itself (R20)', async () => {
    const auths: readonly ConnectionAuth[] = [{ type: 'bearer' }, { type: 'basic', user: 'me' }, { type: 'apiKey', header: 'X-Api-Key', prefix: 'Key ' }, { type: 'headers' }, { type: 'headersCommand', command: [process.execPath, '-p', `"X-Token: ${CANARY}-printed"`] }];
    const answers: readonly (readonly [string, StubServer['answer']])[] = [
      ['401', (request, response) => response.writeHead(401, { 'x-echo': JSON.stringify(request.headers).replaceAll(/[^\x20-\x7e]/g, '') }).end(JSON.stringify(request.headers))],
      ['500 of its pieces', (request, response) => response.writeHead(500).end(Object.values(request.headers).map((value) => `${String(value)} ${String(value).replace(/^\S+ /, '')} ${encodeURIComponent(String(value))}`).join('\n'))],
      ['a redirect', (request, response) => response.writeHead(302, { location: `/x?t=${encodeURIComponent(Object.values(request.headers).join(' '))}` }).end()],
      ['garbage', (request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(JSON.stringify(request.headers))],
      ['data', (request, response) => response.end(JSON.stringify(request.headers))],
    ];
    let looked = 0;
    for (const auth of auths) {
      for (const [what, answer] of answers) {
        stub.answer = answer;
        stub.requests.length = states.length = 0;
        const { backend, close } = connected({ auth, maxRequestsPerMinute: 100 }, CANARIES);
        const calls = [backend.probe(signal()), backend.services(signal()), backend.search({ group: 'recent', sort: 'newest', limit: 1 }, signal()), backend.trace({ traceId: 'a' }, signal())];
        const said = await Promise.all(calls.map((call) => call.then((answer) => JSON.stringify(answer), (error: Error) => `${error.message} ${error.stack}`)));
        await close();
        assert.ok(JSON.stringify(stub.requests[0]?.headers ?? {}).includes(auth.type === 'basic' ? Buffer.from(`me:${CANARY}`).toString('base64') : CANARY), `${auth.type}: it was sent`);
        for (const text of [...said, JSON.stringify(states)]) {
          looked++;
          for (const secret of [CANARY, Buffer.from(`me:${CANARY}`).toString('base64'), encodeURIComponent(`Bearer ${CANARY}`)]) assert.ok(!text.includes(secret), `${auth.type}, ${what}: ${text}`);
        }
      }
    }
    assert.equal(looked, auths.length * answers.length * 5);
  });

  it('what was shut in an address is refused before it is asked', async () => {
    stub.requests.length = 0;
    const { backend, close } = connected({ url: stub.origin.replace('//', `//me:${CANARY}@`) });
    await assert.rejects(backend.probe(signal()), (error) => error instanceof BackendError && error.kind === 'unsupported' && !error.message.includes(CANARY));
    assert.equal(stub.requests.length, 0);
    await close();
  });

  it('runs no program while the workspace is not trusted, and asks nobody', async () => {
    stub.requests.length = 0;
    const { backend, close } = connected({ auth: { type: 'headersCommand', command: [process.execPath, '-p', '"X: 1"'] } }, {}, { restricted: true });
    await assert.rejects(backend.probe(signal()), (error) => error instanceof BackendError && error.kind === 'auth' && /not trusted/.test(error.message));
    assert.deepEqual([stub.requests.length, states.at(-1)?.health], [0, 'failing']);
    await close();
  });

  it('a draft that is tried has the same limits', async () => {
    const sent: WireRequest[] = [];
    const transport: Transport = { send: async (request) => (sent.push(request), { status: 200, headers: {}, body: new Uint8Array(), wireBytes: 3 }), close: async () => undefined };
    const connections = new Connections({ transport: () => transport, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), stateChanged: () => undefined, tracesChanged: () => undefined });
    const { client } = connections.open({ id: 'draft', kind: 'x', name: 'draft', url: 'http://a.test/base', auth: { type: 'bearer' } }, { secret: CANARY });
    await client.request({ path: '/x' }, signal());
    await client.request({ path: 'http://b.test/x' }, signal());
    assert.deepEqual(sent.map(({ url, headers, credentialStep }) => [url.href, headers['authorization'], credentialStep]), [['http://a.test/base/x', `Bearer ${CANARY}`, undefined], ['http://b.test/x', undefined, undefined]]);
    assert.deepEqual(client.usage, { requests: 2, bytes: 6 });
  });
});
