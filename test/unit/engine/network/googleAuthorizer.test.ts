// Google's credentials: every kind of file, the machine's account and impersonation, each over the connection's transport alone, against token
// endpoints that verify what they are given.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { googleAuthorizer, type GoogleEnvironment } from '../../../../src/engine/network/googleAuthorizer.ts';
import type { Authorizer, WireRequest } from '../../../../src/engine/network/connectionClient.ts';
import type { ConnectionAuth, ConnectionConfig } from '../../../../src/protocol/connections.ts';
import { CLOUD_SCOPE, fakeGoogleTokens, KEY_EMAIL, REFRESH, TARGET_EMAIL, TRACE_SCOPE, type FakeGoogleTokens } from '../../../support/fakes/googleTokens.ts';
import { rewriting, type RewritingTransport } from '../../../support/fakes/rewrite.ts';

const signal = new AbortController().signal;
const REQUEST: WireRequest = { method: 'GET', url: new URL('https://cloudtrace.googleapis.com/v1/projects/shop-prod/traces'), headers: {}, timeoutMs: 1000, maxBytes: 1000 };
const USER = { type: 'authorized_user', ...REFRESH };

describe('engine/network/googleAuthorizer', () => {
  let tokens: FakeGoogleTokens;
  let transport: RewritingTransport;
  let home: string;

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'tracefall-google-'));
    mkdirSync(join(home, '.config', 'gcloud'), { recursive: true });
    tokens = await fakeGoogleTokens();
    transport = rewriting(tokens.hosts);
  });
  afterEach(async () => {
    await tokens.close();
    await transport.close();
    rmSync(home, { recursive: true });
  });

  const file = (name: string, content: unknown): string => {
    const path = join(home, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const made = (auth: Partial<ConnectionAuth> = {}, env: GoogleEnvironment['env'] = {}, now?: () => number): Authorizer => {
    const config: ConnectionConfig = { id: 'g', kind: 'cloudTrace', name: 'G', options: { project: 'shop-prod' }, auth: { type: 'google', ...auth } };
    return googleAuthorizer(config, transport, { env, home, platform: 'linux' }, now);
  };
  const scopes = (headers: Readonly<Record<string, string>>): readonly string[] | undefined => tokens.scopesOf(headers['authorization']!.replace('Bearer ', ''));
  const refused = (says: RegExp) => (error: unknown): boolean => {
    assert.ok(error instanceof BackendError, String(error));
    assert.equal(error.kind, 'auth');
    assert.match(error.message, says);
    assert.ok(!/BEGIN PRIVATE|secret-of-gcloud|1\/\/refresh/.test(error.message), 'no secret in it');
    return true;
  };

  it('a service account\'s key file: a signed JWT, for reading traces only', async () => {
    const headers = await made({ credentialsFile: file('key.json', tokens.serviceAccountKey) }).headers(REQUEST, signal);
    assert.deepEqual(scopes(headers), [TRACE_SCOPE]);
    assert.deepEqual(Object.keys(headers), ['authorization'], 'a service account\'s requests are counted for its own project');
    assert.deepEqual(transport.sent.map(({ url }) => url.href), ['https://oauth2.googleapis.com/token']);
  });

  it('application default credentials: the environment\'s file, then gcloud\'s', async () => {
    file('.config/gcloud/application_default_credentials.json', USER);
    await made().headers(REQUEST, signal);
    await made({}, { GOOGLE_APPLICATION_CREDENTIALS: file('env.json', tokens.serviceAccountKey) }).headers(REQUEST, signal);
    mkdirSync(join(home, 'other'));
    file('other/application_default_credentials.json', USER);
    await made({}, { CLOUDSDK_CONFIG: join(home, 'other') }).headers(REQUEST, signal);
    assert.deepEqual(tokens.granted, ['user', 'key', 'user']);
  });

  it('a person\'s requests name the project they are counted for', async () => {
    for (const [user, env, project] of [[USER, {}, 'shop-prod'], [{ ...USER, quota_project_id: 'billing' }, {}, 'billing'], [{ ...USER, quota_project_id: 'billing' }, { GOOGLE_CLOUD_QUOTA_PROJECT: 'mine' }, 'mine']] as const) {
      const headers = await made({ credentialsFile: file('user.json', user) }, env).headers(REQUEST, signal);
      assert.equal(headers['x-goog-user-project'], project);
    }
    const key = { ...tokens.serviceAccountKey, quota_project_id: 'billing' };
    assert.equal((await made({ credentialsFile: file('key.json', key) }).headers(REQUEST, signal))['x-goog-user-project'], 'billing');
  });

  describe('impersonation', () => {
    it('by the connection: of a service account by a person or by a key', async () => {
      for (const credentials of [USER, tokens.serviceAccountKey]) assert.deepEqual(scopes(await made({ credentialsFile: file('c.json', credentials), impersonate: TARGET_EMAIL }).headers(REQUEST, signal)), [TRACE_SCOPE]);
      assert.deepEqual(tokens.granted, ['user', 'impersonated', 'key', 'impersonated']);
    });
    it('by the file', async () => {
      const credentials = { type: 'impersonated_service_account', service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET_EMAIL}:generateAccessToken`, source_credentials: USER, delegates: [] };
      assert.deepEqual(scopes(await made({ credentialsFile: file('c.json', credentials) }).headers(REQUEST, signal)), [TRACE_SCOPE]);
    });
    it('that is not allowed names the role', async () => {
      await assert.rejects(made({ credentialsFile: file('c.json', USER), impersonate: 'other@x.iam.gserviceaccount.com' }).headers(REQUEST, signal), refused(/Acting as other@x.* roles\/iam\.serviceAccountTokenCreator/));
    });
    it('in a file without end is refused', async () => {
      let credentials: object = USER;
      for (let k = 0; k < 8; k++) credentials = { type: 'impersonated_service_account', service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET_EMAIL}:generateAccessToken`, source_credentials: credentials };
      await assert.rejects(made({ credentialsFile: file('c.json', credentials) }).headers(REQUEST, signal), refused(/in a way that is not understood/));
    });
  });

  it('without any file the machine\'s own account is asked for', async () => {
    await tokens.close();
    tokens = await fakeGoogleTokens({ machine: true });
    transport = rewriting(tokens.hosts);
    assert.deepEqual(scopes(await made().headers(REQUEST, signal)), [CLOUD_SCOPE]);
    assert.equal(transport.sent[0]!.headers['metadata-flavor'], 'Google');
  });

  it('and where there is none, it says what to do', async () => {
    await assert.rejects(made().headers(REQUEST, signal), refused(/no Google credentials on this machine\. Run "gcloud auth application-default login"/));
  });

  it('a token is asked for once, before its end again, and after a refusal', async () => {
    let at = Date.now();
    const authorizer = made({ credentialsFile: file('key.json', tokens.serviceAccountKey) }, {}, () => at);
    await Promise.all([authorizer.headers(REQUEST, signal), authorizer.headers(REQUEST, signal)]);
    await authorizer.headers(REQUEST, signal);
    assert.equal(tokens.granted.length, 1);
    at += 3_590_000;
    await authorizer.headers(REQUEST, signal);
    assert.equal(tokens.granted.length, 2);
    assert.equal(await authorizer.refresh(signal), true);
    await authorizer.headers(REQUEST, signal);
    assert.equal(tokens.granted.length, 3);
  });

  for (const [what, content, says] of [
    ['no JSON', 'hello', /is no JSON object/],
    ['a list', '[]', /is no JSON object/],
    ['an unknown type', { type: 'gdch_service_account' }, /type "gdch_service_account"/],
    ['a revoked login', { ...USER, refresh_token: 'x' }, /Google gives no access token: .*Sign in again/],
    ['a key that is none', { type: 'service_account', client_email: KEY_EMAIL, private_key: 'x' }, /Google gives no access token/],
  ] as const) {
    it(`a file with ${what} is refused in a sentence`, async () => {
      await assert.rejects(made({ credentialsFile: file('c.json', content) }).headers(REQUEST, signal), refused(says));
    });
  }

  it('a key signed by somebody else is refused by Google, and said', async () => {
    const other = await fakeGoogleTokens({ stranger: true });
    await other.close();
    await assert.rejects(made({ credentialsFile: file('c.json', other.serviceAccountKey) }).headers(REQUEST, signal), refused(/invalid_grant: Invalid JWT Signature/));
  });

  it('a file that is not there is named', async () => {
    await assert.rejects(made({ credentialsFile: join(home, 'none.json') }).headers(REQUEST, signal), refused(/none\.json cannot be read \(ENOENT\)/));
    await assert.rejects(made({}, { GOOGLE_APPLICATION_CREDENTIALS: join(home, 'gone.json') }).headers(REQUEST, signal), refused(/gone\.json cannot be read/));
  });
});
