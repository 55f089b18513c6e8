// No secret leaves the engine but to whom it is for (reliability.md R20): every way of proving oneself × every place where something is written,
// shown or kept, after a session of successes and failures with servers that repeat what they are sent. The engine is the real one in its
// thread, behind a real proxy with a password and real TLS; the waterfall's conversation, the settings and the command line are the product's.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectionBook } from '../../src/host/connections/connectionBook.ts';
import { withConnection } from '../../src/host/connections/connectionList.ts';
import { connectionRow, connectionSummary, connectionTooltip } from '../../src/host/connections/connectionRows.ts';
import { SecretKeeper } from '../../src/host/connections/secretKeeper.ts';
import { WorkspaceConsent } from '../../src/host/connections/workspaceConsent.ts';
import { EarlyTrace, type TraceOpener } from '../../src/host/earlyTrace.ts';
import { WebviewSession } from '../../src/host/webviewSession.ts';
import { runWizard } from '../../src/host/wizard/wizardRun.ts';
import { newWizard } from '../../src/host/wizard/wizardState.ts';
import type { AuthType, ConnectionConfig, NetworkConfig } from '../../src/protocol/connections.ts';
import { PROTOCOL_VERSION, type HostEvents, type HostMethods, type TraceKey, type WebviewEvents, type WebviewMethods } from '../../src/protocol/messages.ts';
import { Rpc } from '../../src/protocol/rpc.ts';
import { makeCertificate } from '../support/certificates.ts';
import { startProxy, type ConnectProxy } from '../support/connectProxy.ts';
import { carelessServers, FAILURES, TRACE_ID, type CarelessServers, type Mood } from '../support/fakes/carelessServers.ts';
import { authCases, PROXY_PASSWORD, REGION, type AuthCase } from '../support/secretSessions.ts';
import { secretTrap, spellingsOf, type SecretTrap } from '../support/secretTrap.ts';
import { startTlsFront, type TlsFront } from '../support/tlsFront.ts';
import { runCli } from '../unit/cli/runCli.ts';
import { startEngine, type TestEngine } from '../unit/engine/engineWorker.ts';
import { portPair } from '../unit/host/fakeEngine.ts';

const AUTHS: readonly AuthType[] = ['none', 'bearer', 'basic', 'apiKey', 'headers', 'headersCommand', 'clientCertificate', 'aws', 'google'];
const MOODS: readonly Mood[] = ['fine', ...FAILURES.map(([name]) => name), 'no token', 'fine'];
/** Every which mood: each kind of system is asked then, the way a test of one is. */
const DETECTED = 4;
const PLACES = ['errors', 'answers', 'states', 'tooltips', 'log', 'files', 'exports', 'webview', 'settings', 'command line'] as const;
const ADDRESS = 'https://traces.test';
const KEY: TraceKey = { connection: 'c', traceId: TRACE_ID };
const HOSTS = ['traces.test', `sts.${REGION}.amazonaws.com`, 'oauth2.googleapis.com'];
const PROXY_AUTHORIZATION = `Basic ${Buffer.from(`me:${PROXY_PASSWORD}`).toString('base64')}`;

describe('secret hygiene (R20)', function () {
  this.timeout(120_000);
  let folder: string;
  let cases: ReadonlyMap<AuthType, AuthCase>;
  let servers: CarelessServers;
  let front: TlsFront;
  let proxy: ConnectProxy;
  let caFile: string;
  let network: NetworkConfig;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracefall-secrets-'));
    const authority = makeCertificate({ name: 'Tracefall test authority', authority: true });
    cases = authCases(folder, authority);
    servers = await carelessServers();
    const certificate = makeCertificate({ name: 'front', hosts: HOSTS, issuer: authority });
    front = await startTlsFront({ cert: certificate.certPem, key: certificate.keyPem, ca: authority.certPem }, Object.fromEntries(HOSTS.map((host) => [host, servers.url])));
    proxy = await startProxy({ names: Object.fromEntries(HOSTS.map((host) => [host, front.port])), authorization: PROXY_AUTHORIZATION });
    caFile = join(folder, 'ca.pem');
    await writeFile(caFile, authority.certPem);
    network = { noProxy: [], proxyStrictSSL: true, systemCertificates: false, proxy: proxy.uri, proxyAuthorization: PROXY_AUTHORIZATION };
  });
  after(async () => {
    await Promise.all([servers.close(), front.close(), proxy.close()]);
    await rm(folder, { recursive: true });
  });

  const configOf = ({ auth }: AuthCase): ConnectionConfig => ({ id: 'c', kind: 'zipkin', name: 'Team', url: ADDRESS, caFile, auth, options: { region: REGION } });

  it('the trap finds every spelling', () => {
    for (const [name, bytes] of spellingsOf(PROXY_PASSWORD)) {
      for (const around of ['', 'x', 'xy']) {
        const trap = secretTrap([PROXY_PASSWORD]);
        const text = name.startsWith('base64') ? Buffer.from(`${around}${PROXY_PASSWORD}tail`).toString(name === 'base64' ? 'base64' : 'base64url') : Buffer.concat([Buffer.from(around), bytes, Buffer.from('tail')]);
        trap.saw('here', [{ deep: text }]);
        assert.ok(trap.found().length > 0, `${name} behind ${JSON.stringify(around)}`);
      }
    }
  });

  for (const type of AUTHS) {
    it(`${type}: ${MOODS.length} moods of a server, ${PLACES.length} places`, async () => {
      const one = cases.get(type)!;
      const trap = secretTrap([...one.hidden, PROXY_PASSWORD]);
      servers.heard.length = front.clients.length = 0;
      await session(one, trap);
      await wizard(one, trap);
      await commandLine(one, trap);
      assert.deepEqual(trap.found(), []);
      for (const place of PLACES) assert.ok((trap.bytes.get(place) ?? 0) > 0 || (place === 'command line' && one.cli === undefined), `nothing was seen at ${place}`);
      const heard = servers.heard.join('\n');
      for (const secret of one.travels) assert.ok(spellingsOf(secret).some(([, bytes]) => heard.includes(bytes.toString())), `${secret} did not travel, so nothing is shown by its absence`);
      assert.equal(front.clients.includes('a developer'), type === 'clientCertificate');
      console.log(`        ${PLACES.map((place) => `${place} ${trap.bytes.get(place) ?? 0}`).join(', ')} bytes looked through`);
    });
  }

  /** What the editor does with a connection, in every mood of its server. */
  async function session(one: AuthCase, trap: SecretTrap): Promise<void> {
    const engine = await startEngine();
    const config = configOf(one);
    const { book, log } = bookOf(config, trap);
    await book.writeSecrets(config, one.secrets);
    const ask: TraceOpener['call'] = async (method, params, signal, timeoutMs) => {
      try {
        const answer = await engine.rpc.call(method, params as never, signal, timeoutMs);
        trap.saw(method === 'exportTrace' ? 'exports' : 'answers', answer);
        return answer as never;
      } catch (error) {
        trap.saw('errors', error);
        throw error;
      }
    };
    const tried = (...call: Parameters<typeof ask>): Promise<unknown> => ask(...call).catch(() => undefined);
    try {
      await ask('startCollector', {});
      book.takeKinds(await ask('connectionKinds', {}));
      for (const [turn, mood] of MOODS.entries()) {
        servers.mood = mood;
        const forEngine = await book.forEngine();
        // Another connection every time: what the last one learned (a token, a closed circuit) is gone.
        await ask('setConnections', { ...forEngine, connections: forEngine.connections.map((known) => ({ ...known, lookbackHours: turn + 1 })) });
        const listed = await tried('list', { connection: 'c', group: 'recent', sort: 'newest', limit: 10 });
        const detect = turn % DETECTED === 0 ? [tried('detectConnection', { address: ADDRESS, draft: { auth: one.auth, caFile }, secrets: one.secrets })] : [];
        await Promise.all([tried('services', { connection: 'c' }), tried('testConnection', { connection: { ...config, id: 'draft' }, secrets: one.secrets }), ...detect]);
        if (mood === 'fine') {
          assert.equal((listed as { traces: unknown[] }).traces.length, 1, 'a server in a good mood is listed');
          await ask('pin', { key: KEY, note: 'slow' });
        }
        await waterfall(ask, trap);
        await tried('exportTrace', { key: KEY });
        for (const state of engine.connections.splice(0)) {
          trap.saw('states', state);
          book.takeState(state);
          for (const shown of book.all) trap.saw('tooltips', [connectionRow(shown, false, Date.now()), ...connectionTooltip(shown, Date.now())]);
          trap.saw('tooltips', connectionSummary(book.all, Date.now()));
        }
      }
      // A proxy that is not there, with its password in its address.
      const away = { ...network, proxy: `http://me:${encodeURIComponent(PROXY_PASSWORD)}@127.0.0.1:9` };
      await ask('setConnections', { ...(await book.forEngine()), network: away });
      await tried('list', { connection: 'c', group: 'recent', sort: 'newest', limit: 10 });
      await waterfall(ask, trap);
      trap.saw('states', engine.connections);
      trap.saw('log', [...engine.logs, ...log, 'the end']);
      await filesOf(engine, trap);
      await ask('shutdown', {});
      await filesOf(engine, trap);
    } finally {
      await engine.close();
    }
  }

  /** Opens the trace as the editor shows it; everything that is posted to the webview is looked through. */
  async function waterfall(ask: TraceOpener['call'], trap: SecretTrap): Promise<void> {
    const [near, far] = portPair();
    const spied = { post: (message: unknown, transfer?: readonly ArrayBuffer[]) => {
      trap.saw('webview', message);
      near.post(message, transfer);
    }, listen: near.listen };
    const log = (_level: unknown, message: string): void => trap.saw('log', message);
    const opener: TraceOpener = { call: ask };
    const session = new WebviewSession(spied, opener, new EarlyTrace(opener, KEY, (message) => log('warn', message)), {
      source: { badges: async (hints) => hints.map(() => 'none'), preview: async () => ({ why: 'none' }), open: async () => ({ opened: false }) },
      settings: () => ({ compactRows: false, origin: 'Collector' }), copy: async (text) => trap.saw('exports', text), openUrl: async () => undefined, openTrace: async () => ({ opened: false }),
      setPinned: async (_key, pinned) => ({ pinned, note: '' }), exportTrace: async (key) => void (await ask('exportTrace', { key })), typing: () => undefined, painted: () => undefined, log,
    });
    const webview = new Rpc<WebviewMethods, HostMethods, WebviewEvents, HostEvents>(far, { handlers: {}, events: {} as never });
    try {
      const { head } = await webview.call('ready', { version: PROTOCOL_VERSION });
      const { openId } = head;
      await Promise.all([
        ...Array.from({ length: head.rows }, (_, row) => webview.call('details', { openId, row })), webview.call('why', { openId }), webview.call('search', { openId, query: 'chat' }),
        webview.call('overlay', { openId, page: 0 }), webview.call('copy', { openId, row: 0, what: 'spanJson' }), webview.call('exportTrace', { openId }),
      ]);
    } catch (error) {
      trap.saw('errors', error);
    } finally {
      session.dispose();
      webview.dispose();
    }
  }

  async function filesOf({ folder: kept }: TestEngine, trap: SecretTrap): Promise<void> {
    const files = (await readdir(kept, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    assert.ok(files.some(({ name }) => name.endsWith('.db')) && files.some(({ name }) => name.includes('.pins')), 'there is a database, and one of pins');
    for (const { parentPath, name } of files) trap.saw('files', await readFile(join(parentPath, name)));
  }

  function bookOf(config: ConnectionConfig, trap: SecretTrap): { readonly book: ConnectionBook; readonly log: string[] } {
    const storage = new Map<string, string>();
    const log: string[] = [];
    const memory = { get: () => undefined, update: async () => undefined };
    const secrets = new SecretKeeper({ get: async (key) => storage.get(key), store: async (key, value) => void storage.set(key, value), delete: async (key) => void storage.delete(key) });
    const book = new ConnectionBook({ settings: () => ({ user: [config, { ...config, id: 'twin', url: ADDRESS.replace('//', `//me:${encodeURIComponent(PROXY_PASSWORD)}@`) }], workspace: undefined, trusted: true }), secrets, consent: new WorkspaceConsent(memory), network: () => network, log: (message) => log.push(message) });
    assert.equal(book.all.length, 1, 'an address with a password in it is refused');
    trap.saw('log', book.problems);
    return { book, log };
  }

  /** Walks the wizard to its end, where the server is in a bad mood and then saved all the same: what it writes to the settings, what it says. */
  async function wizard({ auth, secrets }: AuthCase, trap: SecretTrap): Promise<void> {
    const engine = await startEngine();
    try {
      servers.mood = FAILURES[0][0];
      await engine.rpc.call('setConnections', { connections: [], secrets: {}, network });
      const kinds = (await engine.rpc.call('connectionKinds', {})).filter(({ kind }) => kind === 'zipkin').map((kind) => ({ ...kind, auth: AUTHS }));
      const given: Readonly<Record<string, unknown>> = { ...auth, ...secrets, ...Object.fromEntries(Object.entries(secrets.headers ?? {}).map(([name, value]) => [`header:${name}`, value])), headerNames: auth.headerNames?.join(','), command: auth.command?.map((word) => `"${word}"`).join(' ') };
      const answers: Readonly<Record<string, string>> = { address: ADDRESS, kind: 'zipkin', url: ADDRESS, auth: auth.type, name: 'Team', failed: 'anyway' };
      let asked = 0;
      const result = await runWizard(newWizard(kinds), {
        ask: async (question) => {
          assert.ok(asked++ < 30, `the wizard goes round: ${question.name}`);
          trap.saw('settings', [question.title, question.kind === 'pick' ? question.items : question.prompt]);
          const known = answers[question.name] ?? given[question.name.replace(/^auth:/, '')];
          return { value: String(known ?? '') };
        },
        busy: (_says, work) => work(new AbortController().signal),
        detect: (address, { draft, secrets: known }, signal) => engine.rpc.call('detectConnection', { address, draft: { ...draft, caFile }, secrets: known }, signal, 60_000),
        test: (config, known, signal) => engine.rpc.call('testConnection', { connection: { id: 'draft', ...config, caFile }, secrets: known }, signal, 60_000),
      });
      assert.deepEqual([result?.config.auth?.type ?? 'none', result?.secrets], [auth.type, secrets]);
      trap.saw('settings', JSON.stringify(withConnection([], { id: 'c', ...result!.config }), undefined, 2));
    } finally {
      await engine.close();
    }
  }

  async function commandLine({ cli }: AuthCase, trap: SecretTrap): Promise<void> {
    if (cli === undefined) return;
    const env = { HTTPS_PROXY: proxy.uri.replace('//', `//me:${encodeURIComponent(PROXY_PASSWORD)}@`), HTTP_PROXY: '', NO_PROXY: '', NODE_EXTRA_CA_CERTS: caFile, ...cli.env };
    const run = async (mood: Mood, code: number, ...args: readonly string[]): Promise<void> => {
      servers.mood = mood;
      const result = await runCli([...args, '--backend', ADDRESS, ...cli.args], { env });
      trap.saw('command line', [result.stdout, result.stderr]);
      assert.equal(result.code, code, `${args.join(' ')}, ${mood}: ${result.stderr}`);
    };
    await run('fine', 0, 'list', '--kind', 'zipkin', '--json');
    await run('fine', 0, 'show', TRACE_ID, '--kind', 'zipkin');
    await run('fine', 0, 'export', TRACE_ID, '--kind', 'zipkin');
    await run('401 in JSON', 1, 'show', TRACE_ID, '--kind', 'zipkin');
    await run('403 as text', 2, 'list');
    if (cli.args.includes('aws') || cli.args.includes('google')) await run('no token', 1, 'list', '--kind', 'zipkin');
  }

  it('the command line repeats no password of an address', async () => {
    const trap = secretTrap([PROXY_PASSWORD]);
    for (const scheme of ['http', 'ftp']) {
      const result = await runCli(['list', '--backend', `${scheme}://me:${encodeURIComponent(PROXY_PASSWORD)}@127.0.0.1:9`]);
      trap.saw('command line', [result.stdout, result.stderr]);
      assert.notEqual(result.code, 0);
    }
    assert.deepEqual(trap.found(), []);
  });
});
