// Federated accounts: another system's token from a file or an address, exchanged and impersonated with over the connection's transport alone, against
// an STS that checks every parameter; what is not supported, and what is crafted, is refused in a sentence before anything is sent.
import assert from 'node:assert/strict';
import { undiciTransport } from '../../../../src/engine/http.ts';
import type { WireRequest } from '../../../../src/engine/network/connectionClient.ts';
import { credentialTransport } from '../../../../src/engine/network/credentialTransport.ts';
import { federatedToken } from '../../../../src/engine/network/googleFederation.ts';
import { Redactor } from '../../../../src/engine/network/redactor.ts';
import { AUDIENCE, CLOUD_SCOPE, ISSUER_HOST, SUBJECT, SUBJECT_TYPE, TARGET_EMAIL, TRACE_SCOPE } from '../../../support/fakes/googleTokens.ts';
import { googleGround, IMPERSONATION, refused, TRACE_REQUEST, type GoogleGround } from '../../../support/googleGround.ts';

const signal = new AbortController().signal;

describe('engine/network/googleFederation', () => {
  let ground: GoogleGround;
  beforeEach(async () => {
    ground = await googleGround();
  });
  afterEach(() => ground.close());
  const file: GoogleGround['file'] = (name, content) => ground.file(name, content);
  const key = (source: object, more: object = {}): Readonly<Record<string, unknown>> => ({ type: 'external_account', audience: AUDIENCE, subject_token_type: SUBJECT_TYPE, token_url: 'https://sts.googleapis.com/v1/token', credential_source: source, ...more });
  const address = (path: string, more: object = {}): object => ({ url: `https://${ISSUER_HOST}${path}`, headers: { Authorization: 'Bearer run-1' }, ...more });
  for (const [what, source] of [
    ['a file', () => ({ file: file('token', `${SUBJECT}\n`) })],
    ['a field of a JSON file', () => ({ file: file('token.json', { access: SUBJECT }), format: { type: 'json', subject_token_field_name: 'access' } })],
    ['an address', () => address('/plain')],
    ['a field of what an address answers', () => address('/json', { format: { type: 'json', subject_token_field_name: 'value' } })],
  ] as const) {
    it(`a token from ${what} becomes Google's, for reading traces only`, async () => {
      const headers = await ground.authorizer({ credentialsFile: file('c.json', key(source())) }).headers(TRACE_REQUEST, signal);
      assert.deepEqual(ground.scopes(headers), [TRACE_SCOPE]);
      assert.deepEqual(ground.asked().at(-1), 'POST https://sts.googleapis.com/v1/token');
      assert.equal(headers['x-goog-user-project'], undefined, 'the pool has a project by itself');
    });
  }

  it('acts as a service account where the file says so, with a token for that alone', async () => {
    const from = Date.now();
    const { token, expiresMs } = await federatedToken(key({ file: file('token', SUBJECT) }, { service_account_impersonation_url: IMPERSONATION, service_account_impersonation: { token_lifetime_seconds: 900 } }), ground.transport, TRACE_SCOPE, signal);
    assert.deepEqual([ground.tokens.granted, ground.tokens.scopesOf(token)], [['federated', 'impersonated'], [TRACE_SCOPE]]);
    assert.ok(expiresMs > from + 3_000_000);
    assert.deepEqual(ground.tokens.scopesOf('ya29.federated-1'), [CLOUD_SCOPE]);
    assert.match(String(ground.transport.sent.at(-1)!.body), /"lifetime":"900s"/);
  });

  it('a token ends when STS says, and a workforce pool names the project it is counted for', async () => {
    const { expiresMs } = await federatedToken(key({ file: file('token', SUBJECT) }, { audience: '//iam.googleapis.com/locations/global/workforcePools/p/providers/o', workforce_pool_user_project: 'workforce-1' }), ground.transport, TRACE_SCOPE, signal, () => 1000);
    assert.equal(expiresMs, 3_601_000);
  });

  for (const [what, source, more, says] of [
    ['AWS', { environment_id: 'aws1', url: 'http://169.254.169.254/latest' }, {}, /gets its token from an AWS account, which is not supported here; a token from a file or an address is/],
    ['a program', { executable: { command: '/bin/true' } }, {}, /from a program, and no program is run for a credentials file/],
    ['a client certificate', { certificate: { use_default_certificate_config: true } }, {}, /by a client certificate/],
    ['nothing', {}, {}, /names no file or address/],
    ['two sources', { file: '/x', url: 'https://x.example' }, {}, /names no file or address/],
    ['a file that is not there', { file: '/nonexistent/token' }, {}, /cannot be read from \/nonexistent\/token \(ENOENT\)/],
    ['an address of another kind', { url: 'file:///etc/passwd' }, {}, /is no http or https address/],
    ['an unknown format', { file: '/dev/null', format: { type: 'xml' } }, {}, /as "xml"; text and json/],
    ['an empty file', { file: '/dev/null' }, {}, /no token of the external account in the file \/dev\/null/],
    ['an impersonation elsewhere', { file: '/dev/null' }, { service_account_impersonation_url: `https://evil.example/v1/projects/-/serviceAccounts/${TARGET_EMAIL}:generateAccessToken` }, /is not the IAM Credentials API/],
  ] as const) {
    it(`${what} is refused, and nobody is asked`, async () => {
      await assert.rejects(federatedToken(key(source, more), ground.transport, TRACE_SCOPE, signal), refused(says));
      assert.deepEqual(ground.asked(), []);
    });
  }

  for (const url of ['https://evil.example/v1/token', 'https://sts.googleapis.com.evil.example/v1/token', 'http://sts.googleapis.com/v1/token', 'https://sts.googleapis.com:8443/v1/token', 'nowhere',
    // Anybody has a bucket there, and its name may be "sts".
    'https://storage.googleapis.com/upload/storage/v1/b/loot/o?uploadType=media&name=x', 'https://loot.storage.googleapis.com/v1/token', 'https://sts.storage.googleapis.com/v1/token', 'https://www.googleapis.com/v1/token',
    'https://sts.googleapis.com/v1/token?key=x', 'https://sts.googleapis.com/v1/other', 'https://a.b.sts.googleapis.com/v1/token', 'https://sts.a.b.rep.googleapis.com/v1/token', 'https://me@sts.googleapis.com/v1/token']) {
    it(`sends no token to ${url}`, async () => {
      await assert.rejects(federatedToken(key(address('/plain'), { token_url: url }), ground.transport, TRACE_SCOPE, signal), refused(/not where Google exchanges tokens; nothing was sent there/));
      assert.deepEqual(ground.asked(), []);
    });
  }

  for (const host of ['sts.googleapis.com', 'sts.mtls.googleapis.com', 'sts.europe-west1.rep.googleapis.com']) {
    it(`sends it to ${host}`, async () => {
      const sent: string[] = [];
      const sts = { send: async ({ url }: WireRequest) => (sent.push(url.href), { status: 200, headers: {}, body: new TextEncoder().encode('{"access_token":"t"}'), wireBytes: 0 }), close: async () => undefined };
      assert.equal((await federatedToken(key({ file: file('token', SUBJECT) }, { token_url: `https://${host}/v1/token` }), sts, TRACE_SCOPE, signal)).token, 't');
      assert.deepEqual(sent, [`https://${host}/v1/token`]);
    });
  }

  const METADATA = 'http://169.254.169.254';
  for (const [what, url, headers, step] of [
    ["Azure's token", `${METADATA}/metadata/identity/oauth2/token?resource=x`, { Metadata: 'True' }, true],
    ["Google's token", 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=x', { 'Metadata-Flavor': 'Google' }, true],
    ["what AWS gives whoever asks", `${METADATA}/latest/user-data`, {}, false],
    ['it with a header that AWS does not read', `${METADATA}/latest/user-data`, { Metadata: 'true', 'Metadata-Flavor': 'Google' }, false],
    ['a way around the path', `${METADATA}/metadata/identity/../../latest/user-data`, { Metadata: 'true' }, false],
    ["Azure's token without the header", `${METADATA}/metadata/identity/oauth2/token`, {}, false],
    ['a name, which may lead anywhere', 'https://ground.tokens.ci.example/x', { Authorization: 'a' }, false],
  ] as const) {
    it(`${step ? 'may ask link-local addresses for' : 'asks no link-local address for'} ${what}`, async () => {
      const sent: WireRequest[] = [];
      const spy = credentialTransport({ send: async (request) => (sent.push(request), { status: 404, headers: {}, body: new Uint8Array(), wireBytes: 0 }), close: async () => undefined }, new Redactor([]));
      await assert.rejects(federatedToken(key({ url, headers }), spy, TRACE_SCOPE, signal), refused(/answered 404/));
      assert.deepEqual(sent.map(({ credentialStep }) => credentialStep), [step]);
    });
  }

  it('a link-local address that is asked for no token is refused by its name', async () => {
    const real = undiciTransport();
    await assert.rejects(federatedToken(key({ url: `${METADATA}/latest/user-data` }), credentialTransport(real, new Redactor([])), TRACE_SCOPE, signal), { kind: 'unsupported', message: /^169\.254\.169\.254 is an address/ });
    await real.close();
  });

  it('what an issuer or Google refuse is said, without the token', async () => {
    await assert.rejects(federatedToken(key(address('/plain', { headers: { Authorization: 'Bearer stranger' } })), ground.transport, TRACE_SCOPE, signal), (error) => refused(/tokens\.ci\.example, which the token of the external account comes from, answered 401\./)(error) && !String(error).includes('stranger'));
    await assert.rejects(federatedToken(key(address('/json', { format: { type: 'json', subject_token_field_name: 'id_token' } })), ground.transport, TRACE_SCOPE, signal), refused(/in the address https:\/\/tokens\.ci\.example: the field "id_token" is missing/));
    await assert.rejects(federatedToken(key({ file: file('token', SUBJECT) }, { audience: '//other' }), ground.transport, TRACE_SCOPE, signal), refused(/\(400, invalid_target: The target service .* invalid\)\. Check the audience/));
    await assert.rejects(federatedToken(key({ file: file('token', 'another-token-0123') }), ground.transport, TRACE_SCOPE, signal), (error) => refused(/invalid_grant: The given credential … is rejected/)(error) && !String(error).includes('another-token-0123'));
  });

  it('a cancelled look ends', async () => {
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(federatedToken(key({ file: file('token', SUBJECT) }), ground.transport, TRACE_SCOPE, stop.signal), { kind: 'aborted' });
  });
});
