// Google's credentials: every kind of file, the machine's account and impersonation, each over the connection's transport alone, against token
// endpoints that verify what they are given.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { CLOUD_SCOPE, fakeGoogleTokens, KEY_EMAIL, REFRESH, TARGET_EMAIL, TRACE_SCOPE } from '../../../support/fakes/googleTokens.ts';
import { googleGround, IMPERSONATION, refused, TRACE_REQUEST, type GoogleGround } from '../../../support/googleGround.ts';

const signal = new AbortController().signal;
const USER = { type: 'authorized_user', ...REFRESH };

describe('engine/network/googleAuthorizer', () => {
  let ground: GoogleGround;
  beforeEach(async () => {
    ground = await googleGround();
  });
  afterEach(() => ground.close());
  const file: GoogleGround['file'] = (...given) => ground.file(...given);
  const made: GoogleGround['authorizer'] = (...given) => ground.authorizer(...given);
  const scopes: GoogleGround['scopes'] = (...given) => ground.scopes(...given);

  it('a service account\'s key file: a signed JWT, for reading traces only', async () => {
    const headers = await made({ credentialsFile: file('key.json', ground.tokens.serviceAccountKey) }).headers(TRACE_REQUEST, signal);
    assert.deepEqual(scopes(headers), [TRACE_SCOPE]);
    assert.deepEqual(Object.keys(headers), ['authorization'], 'a service account\'s requests are counted for its own project');
    assert.deepEqual(ground.asked(), ['POST https://oauth2.googleapis.com/token']);
  });

  it('application default credentials: the environment\'s file, then gcloud\'s', async () => {
    file('.config/gcloud/application_default_credentials.json', USER);
    await made().headers(TRACE_REQUEST, signal);
    await made({}, { GOOGLE_APPLICATION_CREDENTIALS: file('env.json', ground.tokens.serviceAccountKey) }).headers(TRACE_REQUEST, signal);
    file('other/application_default_credentials.json', USER);
    await made({}, { CLOUDSDK_CONFIG: join(ground.home, 'other') }).headers(TRACE_REQUEST, signal);
    assert.deepEqual(ground.tokens.granted, ['user', 'key', 'user']);
  });

  it('a person\'s requests name the project they are counted for', async () => {
    for (const [user, env, project] of [[USER, {}, 'shop-prod'], [{ ...USER, quota_project_id: 'billing' }, {}, 'billing'], [{ ...USER, quota_project_id: 'billing' }, { GOOGLE_CLOUD_QUOTA_PROJECT: 'mine' }, 'mine']] as const) {
      const headers = await made({ credentialsFile: file('user.json', user) }, env).headers(TRACE_REQUEST, signal);
      assert.equal(headers['x-goog-user-project'], project);
    }
    const key = { ...ground.tokens.serviceAccountKey, quota_project_id: 'billing' };
    assert.equal((await made({ credentialsFile: file('key.json', key) }).headers(TRACE_REQUEST, signal))['x-goog-user-project'], 'billing');
  });

  describe('impersonation', () => {
    it('by the connection: of a service account by a person or by a key', async () => {
      for (const credentials of [USER, ground.tokens.serviceAccountKey]) assert.deepEqual(scopes(await made({ credentialsFile: file('c.json', credentials), impersonate: TARGET_EMAIL }).headers(TRACE_REQUEST, signal)), [TRACE_SCOPE]);
      assert.deepEqual(ground.tokens.granted, ['user', 'impersonated', 'key', 'impersonated']);
    });
    it('by the file', async () => {
      const credentials = { type: 'impersonated_service_account', service_account_impersonation_url: IMPERSONATION, source_credentials: USER, delegates: [] };
      assert.deepEqual(scopes(await made({ credentialsFile: file('c.json', credentials) }).headers(TRACE_REQUEST, signal)), [TRACE_SCOPE]);
    });
    it('that is not allowed names the role', async () => {
      await assert.rejects(made({ credentialsFile: file('c.json', USER), impersonate: 'other@x.iam.gserviceaccount.com' }).headers(TRACE_REQUEST, signal), refused(/Acting as other@x.* roles\/iam\.serviceAccountTokenCreator/));
    });
    it('in a file without end is refused', async () => {
      let credentials: object = USER;
      for (let k = 0; k < 8; k++) credentials = { type: 'impersonated_service_account', service_account_impersonation_url: IMPERSONATION, source_credentials: credentials };
      await assert.rejects(made({ credentialsFile: file('c.json', credentials) }).headers(TRACE_REQUEST, signal), refused(/in a way that is not understood/));
    });
  });

  it('without any file the machine\'s own account is asked for', async () => {
    await ground.close();
    ground = await googleGround({ machine: true });
    assert.deepEqual(scopes(await made().headers(TRACE_REQUEST, signal)), [CLOUD_SCOPE]);
    assert.equal(ground.transport.sent[0]!.headers['metadata-flavor'], 'Google');
  });

  it('and where there is none, it says what to do', async () => {
    await assert.rejects(made().headers(TRACE_REQUEST, signal), refused(/no Google credentials on this machine\. Run "gcloud auth application-default login"/));
  });

  it('a token is asked for once, before its end again, and after a refusal', async () => {
    let at = Date.now();
    const authorizer = made({ credentialsFile: file('key.json', ground.tokens.serviceAccountKey) }, {}, () => at);
    await Promise.all([authorizer.headers(TRACE_REQUEST, signal), authorizer.headers(TRACE_REQUEST, signal)]);
    await authorizer.headers(TRACE_REQUEST, signal);
    assert.equal(ground.tokens.granted.length, 1);
    at += 3_590_000;
    await authorizer.headers(TRACE_REQUEST, signal);
    assert.equal(ground.tokens.granted.length, 2);
    assert.equal(await authorizer.refresh(signal), true);
    await authorizer.headers(TRACE_REQUEST, signal);
    assert.equal(ground.tokens.granted.length, 3);
  });

  for (const [what, content, says] of [
    ['no JSON', 'hello', /is no JSON object/],
    ['a list', '[]', /is no JSON object/],
    ['an unknown type', { type: 'gdch_service_account' }, /type "gdch_service_account"/],
    ['a revoked login', { ...USER, refresh_token: 'x' }, /Google gives no access token: .*Sign in again/],
    ['a key that is none', { type: 'service_account', client_email: KEY_EMAIL, private_key: 'x' }, /Google gives no access token/],
  ] as const) {
    it(`a file with ${what} is refused in a sentence`, async () => {
      await assert.rejects(made({ credentialsFile: file('c.json', content) }).headers(TRACE_REQUEST, signal), refused(says));
    });
  }

  it('a key signed by somebody else is refused by Google, and said', async () => {
    const other = await fakeGoogleTokens({ stranger: true });
    await other.close();
    await assert.rejects(made({ credentialsFile: file('c.json', other.serviceAccountKey) }).headers(TRACE_REQUEST, signal), refused(/invalid_grant: Invalid JWT Signature/));
  });

  it('a file that is not there is named', async () => {
    await assert.rejects(made({ credentialsFile: join(ground.home, 'none.json') }).headers(TRACE_REQUEST, signal), refused(/none\.json cannot be read \(ENOENT\)/));
    await assert.rejects(made({}, { GOOGLE_APPLICATION_CREDENTIALS: join(ground.home, 'gone.json') }).headers(TRACE_REQUEST, signal), refused(/gone\.json cannot be read/));
  });
});
