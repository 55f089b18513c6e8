// Which way requests take (reliability.md R14): every proxy setting against a real proxy and real TLS on this machine. The proxy's log proves
// the path; names are known to the proxy alone, so a client that resolves them itself would fail; credentials never reach the target. How clouds' credentials are asked for is credentialSockets.test.ts.
import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { BackendError } from '../../src/engine/backends/backend.ts';
import { connectionTransport, type TransportNeeds } from '../../src/engine/network/connectionTransport.ts';
import type { WireAnswer } from '../../src/engine/network/connectionClient.ts';
import { hostFetch } from '../../src/host/hostFetch.ts';
import type { ConnectionAuth, ConnectionConfig, ConnectionSecrets, NetworkConfig } from '../../src/protocol/connections.ts';
import { encryptedKeyPem, makeCertificate } from '../support/certificates.ts';
import { startProxy, type ConnectProxy } from '../support/connectProxy.ts';
import { startSocksProxy, type SocksProxy } from '../support/socksProxy.ts';
import { startStub, type StubServer } from '../support/stubServer.ts';

const PASSWORD = 'canary-proxy-password';
const PROXY_AUTHORIZATION = `Basic ${Buffer.from(`user:${PASSWORD}`).toString('base64')}`;
const NETWORK: NetworkConfig = { noProxy: [], proxyStrictSSL: true, systemCertificates: true };

interface Asked {
  readonly url: string;
  readonly network?: Partial<NetworkConfig>;
  readonly config?: Partial<ConnectionConfig>;
  readonly secrets?: ConnectionSecrets;
  readonly env?: TransportNeeds['env'];
  readonly askHost?: TransportNeeds['askHost'];
}

interface Row extends Asked {
  readonly what: string;
  /** What the open or the strict proxy's log then holds. */
  readonly path: readonly string[];
  /** The sentence of a refusal; absent: it is answered. */
  readonly refused?: RegExp;
}

describe('proxy matrix (R14)', function () {
  this.timeout(20_000);
  let folder: string;
  let [plain, secure, selfSigned, wantsClient]: StubServer[] = [];
  let [open, strict, overTls]: ConnectProxy[] = [];
  let [socks, strictSocks]: SocksProxy[] = [];
  let clientAuth: ConnectionAuth;
  let caFile: string;
  const shownNames: (string | undefined)[] = [];
  const seenAtTargets = (): StubServer[] => [plain!, secure!, selfSigned!, wantsClient!];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracefall-proxy-'));
    const authority = makeCertificate({ name: 'Tracefall test authority', authority: true });
    const target = makeCertificate({ name: 'target', hosts: ['target.test', 'client.test', '127.0.0.1'], issuer: authority });
    const alone = makeCertificate({ name: 'alone', hosts: ['alone.test', '127.0.0.1'] });
    const client = makeCertificate({ name: 'a developer', issuer: authority });
    caFile = join(folder, 'ca.pem');
    clientAuth = { type: 'clientCertificate', certificateFile: join(folder, 'client.pem'), keyFile: join(folder, 'client.key') };
    await Promise.all([writeFile(caFile, authority.certPem), writeFile(clientAuth.certificateFile!, client.certPem), writeFile(clientAuth.keyFile!, encryptedKeyPem(client, PASSWORD))]);
    const tls = { cert: target.certPem, key: target.keyPem };
    plain = await startStub((_request, response) => response.end('plain'));
    secure = await startStub((_request, response) => response.end('secure'), { tls });
    selfSigned = await startStub((_request, response) => response.end('self-signed'), { tls: { cert: alone.certPem, key: alone.keyPem } });
    wantsClient = await startStub((request, response) => {
      shownNames.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN as string | undefined);
      response.end('client');
    }, { tls: { ...tls, ca: authority.certPem, requestCert: true, rejectUnauthorized: true } });
    const names = { 'target.test': secure.port, 'plain.test': plain.port, 'alone.test': selfSigned.port, 'client.test': wantsClient.port };
    open = await startProxy({ names });
    strict = await startProxy({ names, authorization: PROXY_AUTHORIZATION });
    overTls = await startProxy({ names, tls });
    socks = await startSocksProxy({ names });
    strictSocks = await startSocksProxy({ names, login: `user:${PASSWORD}` });
  });

  after(async () => {
    await Promise.all([...seenAtTargets(), open!, strict!, overTls!, socks!, strictSocks!].map((one) => one.close()));
    await rm(folder, { recursive: true });
  });

  /** Direct connections find every made-up name on this machine. */
  const lookup: LookupFunction = (_name, options, callback) => (options.all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4));

  async function ask({ url, network = {}, config = {}, secrets = {}, env = {}, askHost }: Asked): Promise<WireAnswer> {
    const transport = connectionTransport({ id: 'c', kind: 'jaeger', name: 'c', url, ...config }, { ...NETWORK, ...network }, secrets, { env, askHost, lookup });
    try {
      return await transport.send({ method: 'GET', url: new URL(url), headers: { authorization: 'Bearer target-token' }, timeoutMs: 5_000, maxBytes: 1_000 }, new AbortController().signal);
    } finally {
      await transport.close();
    }
  }

  function rows(): readonly Row[] {
    const [proxy, withPassword] = [open!.uri, strict!.uri.replace('//', `//user:${PASSWORD}@`)];
    const ca = { caFile };
    return [
      { what: 'no proxy, http', url: `http://plain.test:${plain!.port}/x`, path: [] },
      { what: 'no proxy, https with a custom authority', url: `https://target.test:${secure!.port}/x`, config: ca, path: [] },
      { what: 'no proxy, https of an authority nobody knows', url: `https://target.test:${secure!.port}/x`, path: [], refused: /authority that this machine does not trust|caFile/ },
      { what: 'http.proxy, http: the whole address is forwarded', url: 'http://plain.test/x?a=1', network: { proxy }, path: ['GET http://plain.test/x?a=1'] },
      { what: 'http.proxy, https: a tunnel', url: 'https://target.test/x', network: { proxy }, config: ca, path: ['CONNECT target.test:443'] },
      { what: 'a proxy that is written without a scheme', url: 'https://target.test/x', network: { proxy: proxy.replace('http://', '') }, config: ca, path: ['CONNECT target.test:443'] },
      { what: 'a proxy over TLS, https', url: 'https://target.test/x', network: { proxy: overTls!.uri }, config: ca, path: ['CONNECT target.test:443'] },
      { what: 'a proxy over TLS, http', url: 'http://plain.test/x', network: { proxy: overTls!.uri }, config: ca, path: ['GET http://plain.test/x'] },
      { what: 'a proxy over TLS that nobody trusts', url: 'https://target.test/x', network: { proxy: overTls!.uri }, path: [], refused: /certificate of .* does not trust/ },
      { what: 'HTTPS_PROXY', url: 'https://target.test/x', env: { HTTPS_PROXY: proxy }, config: ca, path: ['CONNECT target.test:443'] },
      { what: 'http_proxy', url: 'http://plain.test/x', env: { http_proxy: proxy, https_proxy: 'http://127.0.0.1:9' }, path: ['GET http://plain.test/x'] },
      { what: 'http.proxy goes before the environment', url: 'http://plain.test/x', network: { proxy }, env: { HTTP_PROXY: 'http://127.0.0.1:9' }, path: ['GET http://plain.test/x'] },
      { what: 'http.noProxy', url: `https://target.test:${secure!.port}/x`, network: { proxy, noProxy: ['.test'] }, config: ca, path: [] },
      { what: 'NO_PROXY', url: `http://plain.test:${plain!.port}/x`, env: { HTTP_PROXY: proxy, NO_PROXY: `other.test, plain.test:${plain!.port}` }, path: [] },
      { what: 'NO_PROXY of another port', url: 'http://plain.test/x', env: { HTTP_PROXY: proxy, NO_PROXY: 'plain.test:81' }, path: ['GET http://plain.test/x'] },
      { what: 'this machine is never asked through a proxy', url: `http://127.0.0.1:${plain!.port}/x`, network: { proxy }, path: [] },
      { what: 'credentials by http.proxyAuthorization, https', url: 'https://target.test/x', network: { proxy: strict!.uri, proxyAuthorization: PROXY_AUTHORIZATION }, config: ca, path: ['CONNECT target.test:443'] },
      { what: 'credentials by http.proxyAuthorization, http', url: 'http://plain.test/x', network: { proxy: strict!.uri, proxyAuthorization: PROXY_AUTHORIZATION }, path: ['GET http://plain.test/x'] },
      { what: 'credentials in the proxy’s address', url: 'https://target.test/x', network: { proxy: withPassword }, config: ca, path: ['CONNECT target.test:443'] },
      { what: 'credentials in HTTP_PROXY', url: 'http://plain.test/x', env: { HTTP_PROXY: withPassword }, path: ['GET http://plain.test/x'] },
      { what: 'a proxy that wants credentials and gets none, https', url: 'https://target.test/x', network: { proxy: strict!.uri }, config: ca, path: ['CONNECT target.test:443'], refused: /wants credentials \(407\); set http\.proxyAuthorization/ },
      { what: 'a proxy that wants credentials and gets none, http', url: 'http://plain.test/x', network: { proxy: strict!.uri }, path: ['GET http://plain.test/x'], refused: /wants credentials \(407\); set http\.proxyAuthorization/ },
      { what: 'a proxy that does not know the name', url: 'https://nowhere.test/x', network: { proxy }, path: ['CONNECT nowhere.test:443'], refused: /does not lead to https:\/\/nowhere\.test\/x \(502\)/ },
      { what: 'a proxy that is not there', url: 'https://target.test/x', network: { proxy: 'http://127.0.0.1:9' }, path: [], refused: /Nothing answers at .* through the proxy http:\/\/127\.0\.0\.1:9/ },
      { what: 'a SOCKS5 proxy, https', url: 'https://target.test/x', network: { proxy: socks!.uri }, config: ca, path: ['CONNECT target.test:443'] },
      { what: 'a SOCKS5 proxy, http', url: 'http://plain.test/x', network: { proxy: socks!.uri.replace('socks5:', 'socks:') }, path: ['CONNECT plain.test:80'] },
      { what: 'a SOCKS5 proxy of the environment', url: 'https://target.test/x', env: { HTTPS_PROXY: socks!.uri.replace('socks5:', 'socks5h:') }, config: ca, path: ['CONNECT target.test:443'] },
      { what: 'a SOCKS5 proxy with credentials in its address', url: 'https://target.test/x', network: { proxy: strictSocks!.uri.replace('//', `//user:${PASSWORD}@`) }, config: ca, path: ['CONNECT target.test:443'] },
      { what: 'a SOCKS5 proxy that wants credentials and gets none', url: 'https://target.test/x', network: { proxy: strictSocks!.uri }, config: ca, path: [], refused: /wants a user and a password, or other ones \(UND_ERR_SOCKS5_AUTH_REJECTED\)/ },
      { what: 'a SOCKS5 proxy that gets wrong ones', url: 'https://target.test/x', network: { proxy: strictSocks!.uri.replace('//', '//user:guess@') }, config: ca, path: [], refused: /wants a user and a password, or other ones \(UND_ERR_SOCKS5_AUTH_FAILED\)/ },
      { what: 'a SOCKS5 proxy that does not know the name', url: 'https://nowhere.test/x', network: { proxy: socks!.uri }, config: ca, path: ['CONNECT nowhere.test:443'], refused: /does not lead to https:\/\/nowhere\.test\/x \(UND_ERR_SOCKS5_REPLY_4\)/ },
      { what: 'a SOCKS5 proxy that is not there', url: 'https://target.test/x', network: { proxy: 'socks5://127.0.0.1:9' }, config: ca, path: [], refused: /Nothing answers at .* through the proxy socks5:\/\/127\.0\.0\.1:9/ },
      { what: 'a SOCKS5 proxy that is none', url: 'https://target.test/x', network: { proxy: open!.uri.replace('http:', 'socks5:') }, config: ca, path: [], refused: /does not speak SOCKS5 \(UND_ERR_SOCKS5_VERSION\)/ },
      { what: 'a self-signed server through a SOCKS5 proxy', url: 'https://alone.test/x', network: { proxy: socks!.uri }, path: ['CONNECT alone.test:443'], refused: /is self-signed/ },
      { what: 'strictSSL off: a self-signed server through a SOCKS5 proxy', url: 'https://alone.test/x', network: { proxy: socks!.uri, proxyStrictSSL: false }, path: ['CONNECT alone.test:443'] },
      { what: 'a client certificate, through a SOCKS5 proxy', url: 'https://client.test/x', network: { proxy: socks!.uri }, config: { ...ca, auth: clientAuth }, secrets: { secret: PASSWORD }, path: ['CONNECT client.test:443'] },
      { what: 'http.noProxy goes before a SOCKS5 proxy', url: `http://plain.test:${plain!.port}/x`, network: { proxy: socks!.uri, noProxy: ['.test'] }, path: [] },
      { what: 'a SOCKS4 proxy', url: 'https://target.test/x', network: { proxy: 'socks4://127.0.0.1:9' }, path: [], refused: /kind socks4, .* transport to vscode/ },
      { what: 'strictSSL on: a self-signed server through a proxy', url: 'https://alone.test/x', network: { proxy }, path: ['CONNECT alone.test:443'], refused: /is self-signed/ },
      { what: 'strictSSL off: a self-signed server through a proxy', url: 'https://alone.test/x', network: { proxy, proxyStrictSSL: false }, path: ['CONNECT alone.test:443'] },
      { what: 'strictSSL off: a proxy over TLS that nobody trusts', url: 'https://alone.test/x', network: { proxy: overTls!.uri, proxyStrictSSL: false }, path: ['CONNECT alone.test:443'] },
      { what: 'strictSSL off is no excuse for a server asked directly', url: `https://alone.test:${selfSigned!.port}/x`, network: { proxyStrictSSL: false }, path: [], refused: /is self-signed .* caFile/ },
      { what: 'a client certificate, directly', url: `https://client.test:${wantsClient!.port}/x`, config: { ...ca, auth: clientAuth }, secrets: { secret: PASSWORD }, path: [] },
      { what: 'a client certificate, through a proxy', url: 'https://client.test/x', network: { proxy }, config: { ...ca, auth: clientAuth }, secrets: { secret: PASSWORD }, path: ['CONNECT client.test:443'] },
      { what: 'no client certificate where one is wanted', url: `https://client.test:${wantsClient!.port}/x`, config: ca, path: [], refused: /wants? a client certificate/ },
      { what: 'a client certificate is not shown to another origin', url: `https://client.test:${wantsClient!.port}/x`, config: { ...ca, auth: clientAuth, url: 'https://target.test' }, secrets: { secret: PASSWORD }, path: [], refused: /wants? a client certificate/ },
      { what: 'a wrong passphrase', url: 'https://client.test/x', network: { proxy }, config: { ...ca, auth: clientAuth }, secrets: { secret: 'wrong' }, path: [], refused: /check that the key belongs to the certificate and that the passphrase is right/ },
      { what: 'a caFile that is not there', url: 'https://target.test/x', network: { proxy }, config: { caFile: join(folder, 'none.pem') }, path: [], refused: /none\.pem" cannot be read \(ENOENT\)/ },
      { what: 'transport: vscode asks the editor, whatever our settings say', url: `http://127.0.0.1:${plain!.port}/x`, network: { proxy: 'http://127.0.0.1:9' }, config: { transport: 'vscode' }, askHost: hostFetch, path: [] },
    ];
  }

  it('every case reaches or refuses as stated, by the way stated', async () => {
    const names = new Set<string>();
    for (const row of rows()) {
      names.add(row.what);
      for (const { log } of [open!, strict!, overTls!, socks!, strictSocks!]) log.length = 0;
      for (const server of seenAtTargets()) server.requests.length = 0;
      const answered = await ask(row).then(({ status }) => `answered ${status}`, (error: unknown) => error);
      if (row.refused === undefined) assert.equal(answered, 'answered 200', row.what);
      else {
        assert.ok(answered instanceof BackendError, `${row.what}: ${String(answered)}`);
        assert.equal(answered.kind, 'network', `${row.what}: ${answered.message}`);
        assert.match(answered.message, row.refused, row.what);
        assert.doesNotMatch(answered.message, new RegExp(`${PASSWORD}|target-token|${PROXY_AUTHORIZATION.slice(6)}`), row.what);
      }
      assert.deepEqual([open!, strict!, overTls!, socks!, strictSocks!].flatMap(({ log }) => log), row.path, row.what);
      const seen = seenAtTargets().flatMap(({ requests }) => requests);
      assert.equal(seen.length, row.refused === undefined ? 1 : 0, `${row.what}: requests at the target`);
      for (const { headers } of seen) {
        assert.equal(headers['proxy-authorization'], undefined, `${row.what}: the proxy's credentials at the target`);
        assert.equal(headers['authorization'], 'Bearer target-token', row.what);
      }
    }
    assert.deepEqual(shownNames, ['a developer', 'a developer', 'a developer']);
    assert.ok([...open!.credentials, ...overTls!.credentials].every((value) => value === undefined), 'credentials went to a proxy that they are not of');
    console.log(`        ${names.size} ways tried against a real proxy, all as stated`);
    console.log('        (PAC files: only VS Code can read them; unverified here. transport: vscode reached its server by the host’s fetch)');
  });
});
