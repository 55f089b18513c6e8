// How clouds' credentials are asked for (reliability.md R14): every kind of them, by the product's own connections, behind a proxy with a password
// that alone knows the clouds' names. The proxy's log proves the way; what a machine is asked by itself (169.254.169.254, 169.254.170.2) never
// goes through it; no library opens a socket of its own, all are undici's.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connections } from '../../src/engine/connections.ts';
import { connectionTransport } from '../../src/engine/network/connectionTransport.ts';
import type { ConnectionAuth, ConnectionSecrets } from '../../src/protocol/connections.ts';
import { makeCertificate } from '../support/certificates.ts';
import { startProxy, type ConnectProxy } from '../support/connectProxy.ts';
import { fakeAwsCredentials, OIDC, ROLE, ROLE_KEYS, SSO_TOKEN, WEB_IDENTITY, type FakeAwsCredentials } from '../support/fakes/awsCredentials.ts';
import { CONTAINER_PATH, CONTAINER_TOKEN, fakeAwsMachine, MACHINE_KEYS, type FakeAwsMachine } from '../support/fakes/awsMachine.ts';
import { AUDIENCE, fakeGoogleTokens, REFRESH, SUBJECT, TARGET_EMAIL, type FakeGoogleTokens } from '../support/fakes/googleTokens.ts';
import { watchSockets, type SocketWatch } from '../support/socketWatch.ts';
import { startStub, type StubServer } from '../support/stubServer.ts';
import { startTlsFront, type TlsFront } from '../support/tlsFront.ts';

const REGION = 'eu-central-1';
const PASSWORD = 'canary-of-the-proxy';
const PROXY_AUTHORIZATION = `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`;
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret-of-hand' };
const [STS, PORTAL, OIDC_HOST] = [`sts.${REGION}.amazonaws.com`, `portal.sso.${REGION}.amazonaws.com`, `oidc.${REGION}.amazonaws.com`];
const INSTANCE = ['PUT 169.254.169.254/latest/api/token', 'GET 169.254.169.254/latest/meta-data/iam/security-credentials/', 'GET 169.254.169.254/latest/meta-data/iam/security-credentials/traces-reader'];
const ROLE_PROFILE = (name: string, source: string): string => `[profile ${name}]\nrole_arn=${ROLE}\nregion=${REGION}\n${source}\n`;
const CONFIG = [
  ROLE_PROFILE('chained', 'source_profile=team'), ROLE_PROFILE('on-instance', 'credential_source=Ec2InstanceMetadata'), ROLE_PROFILE('in-container', 'credential_source=EcsContainer'), ROLE_PROFILE('twice', 'source_profile=bare'),
  '[profile bare]\ncredential_source=Ec2InstanceMetadata\n',
  `[profile sso]\nsso_start_url=https://acme.awsapps.com/start\nsso_region=${REGION}\nsso_account_id=123456789012\nsso_role_name=Reader\n`,
  `[profile renewed]\nsso_session=acme\nsso_account_id=123456789012\nsso_role_name=Reader\n[sso-session acme]\nsso_start_url=https://acme.awsapps.com/start\nsso_region=${REGION}\nsso_registration_scopes=sso:account:access\n`,
].join('\n');

interface Row {
  readonly what: string;
  readonly auth: ConnectionAuth;
  readonly secrets?: ConnectionSecrets;
  readonly env?: Readonly<Record<string, string>>;
  /** Hosts that were asked through the proxy, before the target. */
  readonly proxied?: readonly string[];
  /** What the machine itself was asked, without the proxy. */
  readonly machine?: readonly string[];
  /** What the target saw. */
  readonly proof: RegExp;
}

describe('credentials on the wire (R14)', function () {
  this.timeout(30_000);
  let folder: string;
  let [aws, google, googleMachine, awsMachine]: [FakeAwsCredentials, FakeGoogleTokens, FakeGoogleTokens, FakeAwsMachine] = [] as never;
  let target: StubServer;
  let front: TlsFront;
  let proxy: ConnectProxy;
  let before_: NodeJS.ProcessEnv;
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  before(async () => {
    before_ = { ...process.env };
    for (const name of Object.keys(process.env)) if (/^(?:AWS_|GOOGLE_|GCE_|CLOUDSDK_)|_proxy$/i.test(name)) delete process.env[name];
    folder = mkdtempSync(join(tmpdir(), 'tracefall-sockets-'));
    mkdirSync(join(folder, '.aws', 'sso', 'cache'), { recursive: true });
    Object.assign(process.env, { HOME: folder, USERPROFILE: folder, AWS_CONFIG_FILE: file('config', CONFIG), AWS_SHARED_CREDENTIALS_FILE: file('credentials', `[team]\naws_access_key_id=${KEYS.accessKeyId}\naws_secret_access_key=${KEYS.secretAccessKey}\n`), CLOUDSDK_CONFIG: join(folder, 'gcloud') });
    const cached = (name: string, token: object): void => writeFileSync(join(folder, '.aws', 'sso', 'cache', `${createHash('sha1').update(name).digest('hex')}.json`), JSON.stringify({ region: REGION, startUrl: 'https://acme.awsapps.com/start', ...token }));
    cached('https://acme.awsapps.com/start', { accessToken: SSO_TOKEN, expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    cached('acme', { accessToken: 'ended', expiresAt: new Date(Date.now() - 60_000).toISOString(), ...OIDC, registrationExpiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    [aws, google, googleMachine, awsMachine] = await Promise.all([fakeAwsCredentials({ keys: KEYS, region: REGION, more: [MACHINE_KEYS] }), fakeGoogleTokens(), fakeGoogleTokens({ machine: true }), fakeAwsMachine()]);
    target = await startStub((_request, response) => response.end('[]'));
    const authority = makeCertificate({ name: 'Tracefall test authority', authority: true });
    const hosts = { ...aws.hosts, ...google.hosts, 'target.test': target.origin };
    const certificate = makeCertificate({ name: 'clouds', hosts: Object.keys(hosts), issuer: authority });
    front = await startTlsFront({ cert: certificate.certPem, key: certificate.keyPem }, hosts);
    proxy = await startProxy({ names: { ...Object.fromEntries(Object.keys(hosts).map((host) => [host, front.port])), '169.254.169.254': front.port, '169.254.170.2': front.port }, authorization: PROXY_AUTHORIZATION });
    file('ca.pem', authority.certPem);
  });
  after(async () => {
    for (const name of Object.keys(process.env)) if (before_[name] === undefined) delete process.env[name];
    Object.assign(process.env, before_);
    await Promise.all([aws, google, googleMachine, awsMachine, target, front, proxy].map((one) => one.close()));
    rmSync(folder, { recursive: true });
  });

  const signedBy = (id: string): RegExp => new RegExp(`^AWS4-HMAC-SHA256 Credential=${id}/`);
  const rows = (): readonly Row[] => [
    { what: 'AWS: keys given by hand', auth: { type: 'aws' }, secrets: KEYS, proof: signedBy(KEYS.accessKeyId) },
    { what: 'AWS: a role with them (STS)', auth: { type: 'aws', roleArn: ROLE }, secrets: KEYS, proxied: [STS], proof: signedBy(ROLE_KEYS.accessKeyId) },
    { what: 'AWS: a role, while the SDK would look for its region at the instance', auth: { type: 'aws', roleArn: ROLE }, secrets: KEYS, env: { AWS_DEFAULTS_MODE: 'auto' }, proxied: [STS], proof: signedBy(ROLE_KEYS.accessKeyId) },
    { what: 'AWS: a profile\'s role (STS)', auth: { type: 'aws', profile: 'chained' }, proxied: [STS], proof: signedBy(ROLE_KEYS.accessKeyId) },
    { what: 'AWS: SSO', auth: { type: 'aws', profile: 'sso' }, proxied: [PORTAL], proof: signedBy(ROLE_KEYS.accessKeyId) },
    { what: 'AWS: SSO, whose token is renewed first', auth: { type: 'aws', profile: 'renewed' }, proxied: [OIDC_HOST, PORTAL], proof: signedBy(ROLE_KEYS.accessKeyId) },
    { what: 'AWS: a web identity (STS)', auth: { type: 'aws' }, env: { AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: file('web', WEB_IDENTITY), AWS_ROLE_SESSION_NAME: 'me' }, proxied: [STS], proof: signedBy(ROLE_KEYS.accessKeyId) },
    { what: 'AWS: a container\'s (ECS)', auth: { type: 'aws' }, env: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: CONTAINER_PATH, AWS_CONTAINER_AUTHORIZATION_TOKEN: CONTAINER_TOKEN }, machine: [`GET 169.254.170.2${CONTAINER_PATH}`], proof: signedBy(MACHINE_KEYS.accessKeyId) },
    { what: 'AWS: a container\'s (EKS)', auth: { type: 'aws' }, env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://169.254.170.23${CONTAINER_PATH}`, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file('token', CONTAINER_TOKEN) }, machine: [`GET 169.254.170.23${CONTAINER_PATH}`], proof: signedBy(MACHINE_KEYS.accessKeyId) },
    { what: 'AWS: an instance\'s (EC2)', auth: { type: 'aws' }, machine: INSTANCE, proof: signedBy(MACHINE_KEYS.accessKeyId) },
    { what: 'AWS: a profile\'s role with an instance\'s', auth: { type: 'aws', profile: 'on-instance' }, machine: INSTANCE, proxied: [STS], proof: signedBy(ROLE_KEYS.accessKeyId) },
    { what: 'AWS: a profile\'s role with a container\'s', auth: { type: 'aws', profile: 'in-container' }, env: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: CONTAINER_PATH, AWS_CONTAINER_AUTHORIZATION_TOKEN: CONTAINER_TOKEN }, machine: [`GET 169.254.170.2${CONTAINER_PATH}`], proxied: [STS], proof: signedBy(ROLE_KEYS.accessKeyId) },
    { what: 'AWS: a profile\'s role by another profile with an instance\'s', auth: { type: 'aws', profile: 'twice' }, machine: INSTANCE, proxied: [STS], proof: signedBy(ROLE_KEYS.accessKeyId) },
    { what: 'Google: a service account\'s key', auth: { type: 'google', credentialsFile: file('key.json', JSON.stringify(google.serviceAccountKey)) }, proxied: ['oauth2.googleapis.com'], proof: /^Bearer ya29\.key-/ },
    { what: 'Google: a person\'s sign-in, acting as a service account', auth: { type: 'google', credentialsFile: file('user.json', JSON.stringify({ type: 'authorized_user', ...REFRESH })), impersonate: TARGET_EMAIL }, proxied: ['oauth2.googleapis.com', 'iamcredentials.googleapis.com'], proof: /^Bearer ya29\.impersonated-/ },
    {
      what: 'Google: a federated account',
      auth: { type: 'google', credentialsFile: file('federated.json', JSON.stringify({ type: 'external_account', audience: AUDIENCE, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt', token_url: 'https://sts.googleapis.com/v1/token', credential_source: { file: file('subject', SUBJECT) } })) },
      proxied: ['sts.googleapis.com'], proof: /^Bearer ya29\.federated-/,
    },
    { what: 'Google: the machine\'s own account', auth: { type: 'google' }, machine: ['metadata.google.internal'], proof: /^Bearer ya29\.machine-/ },
    { what: 'a program that prints headers', auth: { type: 'headersCommand', command: [process.execPath, '-p', '"Authorization: Bearer printed"'] }, proof: /^Bearer printed$/ },
  ];

  /** One request to the target, with what was opened for it. */
  async function ask({ auth, secrets = {}, env = {} }: Row): Promise<SocketWatch['opened']> {
    const portOf = ({ url }: { readonly url: string }): number => Number(new URL(url).port);
    const watch = watchSockets({ ...Object.fromEntries(['169.254.169.254', '169.254.170.2', '169.254.170.23'].map((host) => [host, portOf(awsMachine)])), 'metadata.google.internal': portOf(googleMachine) });
    Object.assign(process.env, env);
    const connections = new Connections({ transport: (config, network, known) => connectionTransport(config, network, known, { env: {} }), slow: () => ({ minSamples: 1, percentile: 90, factor: 2 }), stateChanged: () => undefined, tracesChanged: () => undefined });
    connections.configure({ connections: [], secrets: {}, network: { noProxy: [], proxyStrictSSL: true, systemCertificates: false, proxy: proxy.uri, proxyAuthorization: PROXY_AUTHORIZATION } });
    const { client, close } = connections.open({ id: 'c', kind: 'xray', name: 'c', url: 'https://target.test', auth, options: { region: REGION }, caFile: join(folder, 'ca.pem') }, secrets);
    try {
      const { status } = await client.request({ path: '/x' }, new AbortController().signal);
      assert.equal(status, 200);
      return watch.opened;
    } finally {
      watch.stop();
      for (const name of Object.keys(env)) delete process.env[name];
      await close();
    }
  }

  it('every kind asks as it should, through the proxy or not, by undici alone', async () => {
    let sockets = 0;
    for (const row of rows()) {
      for (const seen of [proxy.log, proxy.credentials, awsMachine.asked, target.requests]) seen.length = 0;
      const opened = await ask(row).catch((error: unknown) => assert.fail(`${row.what}: ${String(error)}`));
      assert.deepEqual(proxy.log, [...(row.proxied ?? []), 'target.test'].map((host) => `CONNECT ${host}:443`), row.what);
      assert.ok(proxy.credentials.every((value) => value === PROXY_AUTHORIZATION), `${row.what}: the proxy's password`);
      const machines = new Set((row.machine ?? []).map((asked) => asked.replace(/^\w+ |\/.*$/g, '')));
      if (!machines.has('metadata.google.internal')) assert.deepEqual(awsMachine.asked, row.machine ?? [], row.what);
      assert.deepEqual(new Set(opened.map(({ host }) => host)), new Set([...machines, '127.0.0.1']), `${row.what}: where sockets went`);
      for (const { host, port, stack } of opened) {
        assert.match(stack, /node_modules[/\\]undici[/\\]/, `${row.what}: ${host}:${port} was opened by ${stack}`);
        assert.ok(machines.has(host) || port === proxy.port, `${row.what}: ${host}:${port} is neither the proxy nor what was meant`);
      }
      const headers = target.requests[0]!.headers;
      assert.match(headers['authorization'] ?? '', row.proof, row.what);
      assert.equal(headers['proxy-authorization'], undefined);
      sockets += opened.length;
    }
    console.log(`        ${rows().length} kinds of credentials, ${sockets} sockets: all undici's; none of what a machine was asked by itself went through the proxy`);
  });
});
