// Servers that are broken, mean or not there (reliability.md R13): every fault × every kind of the registry that asks a network. Each ends in
// the right kind of error and one sentence without the secret, which the server repeats wherever it can; cancelled at once; no socket left.
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LookupFunction } from 'node:net';
import tls, { type SecureContext } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { BackendError, type BackendErrorKind } from '../../src/engine/backends/backend.ts';
import { backendKinds } from '../../src/engine/backends/registry.ts';
import type { BackendKind, TraceSource } from '../../src/engine/backends/source.ts';
import { undiciTransport } from '../../src/engine/http.ts';
import { ConnectionClient, type Transport } from '../../src/engine/network/connectionClient.ts';
import { makeCertificate, type Certificate } from '../support/certificates.ts';
import { startStub, type StubOptions, type StubServer } from '../support/stubServer.ts';

const CANARY = 'canary-5e1f-secret-token';
const TIMEOUTS = { connectMs: 1_000, headersMs: 5_000, idleMs: 5_000 };
/** Of a whole request that stalls: undici's own limits count in whole seconds, which http.test.ts waits for once. */
const STALL_MS = 150;
const MAX_BYTES = 1 << 20;
const HOUR_NS = 3_600_000_000_000n;

/** The least a source can be, so that the machinery is tried even where the registry is empty. */
const plain: BackendKind = {
  kind: 'plain', label: 'Plain', needsUrl: true, localUrls: [], fields: [], auth: ['bearer'], metered: false,
  source: ({ http }) => ({
    capabilities: { filters: [], order: 'newest', maxLimit: 10, timeUnitNs: 1n, wholeTraces: false, cohortLimit: 1 },
    probe: async (signal) => ({ notes: [String(await http.json({ path: '/probe' }, signal))] }),
    services: async (signal) => (await http.json({ path: '/services' }, signal)) as string[],
    operations: async () => [],
    page: async (_query, signal) => ({ traces: (await http.json({ path: '/traces', query: [['limit', '10']] }, signal)) as [], full: false, notes: [] }),
    trace: async ({ traceId }, signal) => ({ batches: (await http.json({ path: `/traces/${traceId}` }, signal)) as [], notes: [] }),
  }),
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Fault {
  readonly what: string;
  readonly kinds: readonly BackendErrorKind[];
  /** Of the sentence, where all kinds say it alike: problems on the way there. */
  readonly says?: RegExp;
  readonly answer?: Answer;
  readonly totalMs?: number;
  /** Where not at the plain stub. */
  readonly at?: () => string;
}

/** What hostile or careless servers do: repeat what proves who asked. */
const echo = ({ headers }: IncomingMessage): string => `${headers.authorization ?? ''} ${JSON.stringify(headers)}`;
const status = (code: number, more: Readonly<Record<string, string>> = {}): Answer => (request, response) => {
  response.writeHead(code, { 'content-type': 'application/json', 'x-echo': request.headers.authorization ?? '', ...more }).end(JSON.stringify({ message: `for you: ${echo(request)}` }));
};
const json = (body: string | Buffer, more: Readonly<Record<string, string>> = {}): Answer => (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', ...more }).end(body);
};

describe('backend faults (R13)', function () {
  this.timeout(30_000);
  let [stub, expired, selfSigned, wrongName]: StubServer[] = [];
  let sixOnly: StubServer | undefined;

  before(async () => {
    const over = ({ certPem, keyPem }: Certificate): StubOptions => ({ tls: { cert: certPem, key: keyPem } });
    const authority = makeCertificate({ name: 'authority', authority: true });
    const answer = status(200);
    stub = await startStub(answer);
    const old = makeCertificate({ name: 'expired', hosts: ['127.0.0.1'], notBefore: new Date(0), notAfter: new Date(86_400_000) });
    expired = await startStub(answer, over(old));
    selfSigned = await startStub(answer, over(makeCertificate({ name: 'alone', hosts: ['127.0.0.1'] })));
    wrongName = await startStub(answer, over(makeCertificate({ name: 'other', hosts: ['other.test'], issuer: authority })));
    contexts.set(wrongName.origin, tls.createSecureContext({ ca: authority.certPem }));
    // Trusted, so that its age is all that is wrong.
    contexts.set(expired.origin, tls.createSecureContext({ ca: old.certPem }));
    // A machine without IPv6 has nothing to show here.
    sixOnly = await startStub(status(401), { host: '::1' }).catch(() => undefined);
  });
  after(() => Promise.all([stub, expired, selfSigned, wrongName, sixOnly].map((one) => one?.close())));

  const contexts = new Map<string, SecureContext | undefined>();

  const faults: readonly Fault[] = [
    { what: '401', kinds: ['auth'], answer: status(401) },
    { what: '403', kinds: ['auth'], answer: status(403) },
    { what: '404', kinds: ['notFound', 'unsupported', 'badData'], answer: status(404) },
    { what: '429, seconds', kinds: ['rateLimit'], answer: status(429, { 'retry-after': '3' }) },
    { what: '429, date', kinds: ['rateLimit'], answer: (request, response) => status(429, { 'retry-after': new Date(Date.now() + 5_000).toUTCString() })(request, response) },
    { what: '500', kinds: ['server'], answer: status(500) },
    { what: '502', kinds: ['server'], answer: status(502) },
    { what: '503', kinds: ['server'], answer: status(503, { 'retry-after': '1' }) },
    { what: 'reset in the middle', kinds: ['network'], says: /broke \(/, answer: (request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"data":', () => request.socket.resetAndDestroy());
    } },
    { what: 'half JSON', kinds: ['badData'], answer: json('{"data":[{"traceID":"') },
    { what: 'a web page', kinds: ['badData', 'unsupported'], answer: (request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Log in</title>${echo(request)}`) },
    { what: 'gzip garbage', kinds: ['badData'], says: /cannot be unpacked/, answer: json(Buffer.from('this is no gzip'), { 'content-encoding': 'gzip' }) },
    { what: 'a stall', kinds: ['timeout'], says: /No answer in time from/, totalMs: STALL_MS, answer: () => undefined },
    { what: 'a stall in the middle', kinds: ['timeout'], says: /No answer in time from/, totalMs: STALL_MS, answer: (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":') },
    { what: 'a body without end', kinds: ['tooLarge'], says: /larger than/, answer: (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(64 << 10, ' ')));
      };
      response.on('drain', more);
      more();
    } },
    { what: 'a gzip bomb', kinds: ['tooLarge'], says: /larger than/, answer: json(gzipSync(Buffer.alloc(8 << 20, ' ')), { 'content-encoding': 'gzip' }) },
    { what: 'redirects without end', kinds: ['unsupported'], says: /more than 3 times|redirected/, answer: (request, response) => void response.writeHead(302, { location: `/again${request.url}` }).end() },
    { what: 'TLS: expired', kinds: ['network'], says: /has expired/, at: () => expired!.origin },
    { what: 'TLS: self-signed', kinds: ['network'], says: /self-signed/, at: () => selfSigned!.origin },
    { what: 'TLS: another name', kinds: ['network'], says: /is for another name/, at: () => wrongName!.origin },
    { what: 'a name nobody knows', kinds: ['network'], says: /is not known to the network/, at: () => 'http://nowhere.test' },
    { what: 'nobody there', kinds: ['network'], says: /Nothing answers/, at: () => 'http://127.0.0.1:9' },
    { what: 'IPv6 only: is reached', kinds: ['auth'], at: () => (sixOnly === undefined ? `${stub!.origin}` : `http://six.test:${sixOnly.port}`), answer: status(401) },
  ];

  const lookup: LookupFunction = (name, options, callback) => {
    const address = { 'six.test': '::1' }[name];
    if (address === undefined) callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), []);
    else if (options.all === true) callback(null, [{ address, family: 6 }]);
    else callback(null, address, 6);
  };

  interface Tried {
    readonly source: TraceSource;
    readonly close: () => Promise<void>;
  }

  /** A source whose every request ends at `base`, whatever address its kind is of. */
  function sourceAt(kind: BackendKind, base: string, { realWaits = false, totalMs = 60_000 }: { readonly realWaits?: boolean; readonly totalMs?: number | undefined } = {}): Tried {
    const inner = undiciTransport({ env: {}, timeouts: TIMEOUTS, lookup, secureContext: async () => contexts.get(base) });
    const transport: Transport = {
      send: (request, signal) => inner.send({ ...request, url: new URL(`${request.url.pathname}${request.url.search}`, base), maxBytes: Math.min(request.maxBytes, MAX_BYTES), timeoutMs: Math.min(request.timeoutMs, totalMs) }, signal),
      close: () => inner.close(),
    };
    const http = new ConnectionClient({
      base,
      transport,
      authorizer: { headers: async () => ({ authorization: `Bearer ${CANARY}` }), refresh: async () => false },
      provesWholeAddresses: true,
      ...(realWaits ? {} : { wait: async () => undefined }),
    });
    const options = Object.fromEntries(kind.fields.filter(({ required }) => required).map(({ key }) => [key, 'eu-west-1']));
    const source = kind.source({ config: { id: 'c', kind: kind.kind, name: 'c', url: base, options }, http, now: Date.now, changed: () => undefined });
    return { source, close: async () => {
      await source.close?.();
      await transport.close();
    } };
  }

  const query = (): Parameters<TraceSource['page']>[0] => ({ window: { startNs: BigInt(Date.now()) * 1_000_000n - HOUR_NS, endNs: BigInt(Date.now()) * 1_000_000n }, limit: 10 });
  const traceRef = (): Parameters<TraceSource['trace']>[0] => {
    const { window } = query();
    return { traceId: '6d8a1b2c3d4e5f60718293a4b5c6d7e8', startUnixNano: String(window.startNs), endUnixNano: String(window.endNs) };
  };
  const calls: readonly { readonly what: string; readonly call: (source: TraceSource, signal: AbortSignal) => Promise<unknown> }[] = [
    { what: 'probe', call: (source, signal) => source.probe(signal) },
    { what: 'page', call: (source, signal) => source.page(query(), signal) },
    { what: 'trace', call: (source, signal) => source.trace(traceRef(), signal) },
  ];

  const networked = [plain, ...backendKinds().filter(({ needsUrl, auth }) => needsUrl || auth.some((type) => type !== 'none'))];

  async function noSocketLeft(what: string): Promise<void> {
    const all = (): number => [stub, expired, selfSigned, wrongName, sixOnly].reduce((sum, one) => sum + (one?.openSockets() ?? 0), 0);
    for (let k = 0; k < 50 && all() > 0; k++) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(all(), 0, `${what}: sockets left open`);
  }

  let tried = 0;
  for (const kind of networked) {
    it(`${kind.kind}: ${faults.length} faults`, async () => {
      for (const fault of faults) {
        stub!.answer = fault.answer ?? status(500);
        await Promise.all(calls.map(async ({ what, call }) => {
          const where = `${kind.kind}, ${fault.what}, ${what}`;
          const { source, close } = sourceAt(kind, fault.at?.() ?? stub!.origin, { totalMs: fault.totalMs });
          const error = await call(source, AbortSignal.timeout(5_000)).then((answer) => answer, (thrown: unknown) => thrown).finally(close);
          tried++;
          if (!(error instanceof Error)) {
            // A list may name what is missing instead.
            const notes = (error as { notes?: readonly string[] }).notes ?? [];
            assert.ok(what !== 'trace' && notes.length > 0, `${where}: it answered ${JSON.stringify(error, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))?.slice(0, 300)}`);
            assert.ok(!notes.join(' ').includes(CANARY), `${where}: the secret is in ${notes.join(' ')}`);
            return;
          }
          assert.ok(error instanceof BackendError, `${where}: ${error.stack}`);
          assert.ok(fault.kinds.includes(error.kind), `${where}: ${error.kind}, not ${fault.kinds.join(' or ')}: ${error.message}`);
          assert.match(error.message, /^[^\n\r]{10,600}\.$/, `${where}: no sentence: ${JSON.stringify(error.message)}`);
          assert.ok(!`${error.message}${error.stack}`.includes(CANARY), `${where}: the secret is in ${error.message}`);
          if (fault.says !== undefined) assert.match(error.message, fault.says, where);
        }));
        await noSocketLeft(`${kind.kind}, ${fault.what}`);
      }
    });
  }

  it('cancelled at once: while nothing comes, in the middle of a body, while it waits to ask again', async () => {
    const waits: readonly (readonly [string, Answer])[] = [
      ['a stall', () => undefined],
      ['a stall in the middle', faults.find(({ what }) => what === 'a stall in the middle')!.answer!],
      ['Retry-After', status(429, { 'retry-after': '30' })],
    ];
    let [slowest, cancels] = [0, 0];
    for (const kind of networked) {
      for (const [what, answer] of waits) {
        stub!.answer = answer;
        const { source, close } = sourceAt(kind, stub!.origin, { realWaits: true });
        const controller = new AbortController();
        const running = source.trace(traceRef(), controller.signal).then(() => undefined, (thrown: unknown) => thrown);
        await new Promise((resolve) => setTimeout(resolve, 40));
        const from = performance.now();
        controller.abort();
        const error = await running;
        const ms = performance.now() - from;
        assert.ok(error instanceof BackendError && error.kind === 'aborted', `${kind.kind}, ${what}: ${String(error)}`);
        assert.ok(ms <= 100, `${kind.kind}, ${what}: ${ms.toFixed(0)} ms`);
        [slowest, cancels] = [Math.max(slowest, ms), cancels + 1];
        await close();
        await noSocketLeft(`${kind.kind}, ${what}, cancelled`);
      }
    }
    console.log(`        ${faults.length} faults × ${networked.length} kinds (${networked.map(({ kind }) => kind).join(', ')}): ${tried} calls, 0 secrets said, 0 sockets left`);
    console.log(`        ${cancels} cancelled within ${slowest.toFixed(1)} ms (at most 100)${sixOnly === undefined ? '; this machine has no IPv6' : ''}`);
  });
});
