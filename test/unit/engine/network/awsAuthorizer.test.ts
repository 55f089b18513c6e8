// AWS credentials of every kind, and the signature that comes of them, verified by code that shares nothing with what signs. What the vendor's
// library asks for goes through the connection's transport: another host than the table's would fail the test.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { awsAuthorizer } from '../../../../src/engine/network/awsAuthorizer.ts';
import { authorizerOf } from '../../../../src/engine/network/authorizer.ts';
import { ConnectionClient, type Authorizer, type WireRequest } from '../../../../src/engine/network/connectionClient.ts';
import type { ConnectionConfig, ConnectionSecrets } from '../../../../src/protocol/connections.ts';
import { fakeAwsCredentials, ROLE, ROLE_KEYS, SSO_TOKEN, type FakeAwsCredentials } from '../../../support/fakes/awsCredentials.ts';
import { rewriting, type RewritingTransport } from '../../../support/fakes/rewrite.ts';
import { signatureProblem, type AwsKeys } from '../../../support/fakes/sigv4.ts';

const signal = new AbortController().signal;
const REGION = 'eu-central-1';
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const BODY = '{"StartTime":1,"EndTime":2,"FilterExpression":"service(\\"käse\\")"}';
const SSO_URL = 'https://acme.awsapps.com/start';

function request(url = `https://xray.${REGION}.amazonaws.com/TraceSummaries`, body: string | Uint8Array | undefined = BODY): WireRequest {
  return { method: body === undefined ? 'GET' : 'POST', url: new URL(url), headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' }, ...(body === undefined ? {} : { body }), timeoutMs: 1000, maxBytes: 1000 };
}

/** undefined: the signature is good for these keys. */
async function problem(authorizer: Authorizer, keys: AwsKeys, wire = request(), scope = { region: REGION, service: 'xray' }): Promise<string | undefined> {
  const headers = { ...wire.headers, host: wire.url.host, ...(await authorizer.headers(wire, signal)) };
  return signatureProblem({ method: wire.method, target: `${wire.url.pathname}${wire.url.search}`, headers, body: typeof wire.body === 'string' ? new TextEncoder().encode(wire.body) : (wire.body ?? new Uint8Array()) }, keys, scope, Date.now());
}

describe('engine/network/awsAuthorizer', () => {
  let home: string;
  let fake: FakeAwsCredentials;
  let transport: RewritingTransport;
  let before: NodeJS.ProcessEnv;

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'tracefall-aws-'));
    mkdirSync(join(home, '.aws', 'sso', 'cache'), { recursive: true });
    before = { ...process.env };
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
    // The library reads these by itself.
    Object.assign(process.env, { HOME: home, USERPROFILE: home, AWS_CONFIG_FILE: join(home, '.aws', 'config'), AWS_SHARED_CREDENTIALS_FILE: join(home, '.aws', 'credentials'), AWS_EC2_METADATA_DISABLED: 'true' });
    fake = await fakeAwsCredentials({ keys: KEYS, region: REGION });
    transport = rewriting(fake.hosts);
  });
  afterEach(async () => {
    // One by one: another object in its place would leave the process's own environment as it was set here.
    for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name];
    Object.assign(process.env, before);
    await fake.close();
    await transport.close();
    rmSync(home, { recursive: true });
  });

  const file = (name: string, text: string): void => writeFileSync(join(home, '.aws', name), text);
  const made = (auth: Partial<ConnectionConfig['auth']> = {}, secrets: ConnectionSecrets = {}, more: Partial<ConnectionConfig> = {}, now?: () => number): Authorizer =>
    awsAuthorizer({ id: 'x', kind: 'xray', name: 'X', options: { region: REGION }, auth: { type: 'aws', ...auth }, ...more }, secrets, transport, { signedAs: 'xray', ...(now === undefined ? {} : { now }) });
  const refused = (says: RegExp) => (error: unknown): boolean => {
    assert.ok(error instanceof BackendError, String(error));
    assert.equal(error.kind, 'auth', error.message);
    assert.match(error.message, says);
    assert.ok(!error.message.includes(KEYS.secretAccessKey), 'no secret in it');
    return true;
  };

  it('keys given by hand, with and without a session, sign every request anew', async () => {
    for (const keys of [KEYS, { ...KEYS, sessionToken: 'IQoJ//==' }]) {
      const authorizer = made({}, keys);
      assert.equal(await problem(authorizer, keys), undefined);
      assert.equal(await problem(authorizer, keys, request(undefined, new TextEncoder().encode(BODY))), undefined);
      assert.equal(await problem(authorizer, { ...keys, secretAccessKey: 'x' }), 'SignatureDoesNotMatch', 'the judge judges');
      const { authorization } = await authorizer.headers(request(), signal);
      assert.match(authorization!, /SignedHeaders=host;x-amz-date(?:;x-amz-security-token)?, /);
    }
    assert.deepEqual(transport.sent, []);
  });

  it('is what authorizerOf makes of a connection', async () => {
    assert.equal(await problem(authorizerOf({ id: 'x', kind: 'xray', name: 'X', auth: { type: 'aws' } }, KEYS, { transport, restricted: false }), KEYS), undefined);
  });

  it('region and service are the address\'s where it is AWS\', else the connection\'s', async () => {
    for (const [url, config, scope] of [
      [`https://xray.us-west-2.amazonaws.com/Traces`, {}, { region: 'us-west-2', service: 'xray' }],
      ['https://search-traces-abc.eu-west-1.es.amazonaws.com/_search?a=1&b=x%20y', {}, { region: 'eu-west-1', service: 'es' }],
      ['https://logs.eu-central-1.amazonaws.com/', {}, { region: REGION, service: 'logs' }],
      ['https://logs.eu-central-1.amazonaws.com/', { auth: { type: 'aws', region: 'ap-south-1', service: 'xray' } }, { region: REGION, service: 'logs' }],
      ['https://xray.cn-north-1.amazonaws.com.cn/Traces', {}, { region: 'cn-north-1', service: 'xray' }],
      ['https://vpce-0a1b-2c3d.xray.eu-central-1.vpce.amazonaws.com/Traces', { auth: { type: 'aws', region: REGION, service: 'xray' } }, { region: REGION, service: 'xray' }],
      ['http://127.0.0.1:5000/Traces', {}, { region: REGION, service: 'xray' }],
      ['http://127.0.0.1:5000/Traces', { auth: { type: 'aws', region: 'ap-south-1', service: 'aoss' } }, { region: 'ap-south-1', service: 'aoss' }],
    ] as const) {
      assert.equal(await problem(made({}, KEYS, config), KEYS, request(url), scope), undefined, url);
    }
  });

  it('AWS\'s own headers are signed, as it demands, and no others', async () => {
    const wire = { ...request('https://logs.eu-central-1.amazonaws.com/'), headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.StartQuery', 'x-other': '1' } };
    const authorizer = made({}, KEYS);
    assert.equal(await problem(authorizer, KEYS, wire, { region: REGION, service: 'logs' }), undefined);
    assert.match((await authorizer.headers(wire, signal))['authorization']!, /SignedHeaders=host;x-amz-date;x-amz-target, /);
  });

  it('the environment\'s keys', async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey });
    assert.equal(await problem(made(), KEYS), undefined);
  });

  it('the environment\'s keys, where the profile is named by nothing', async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDENV', AWS_SECRET_ACCESS_KEY: 'env-secret', AWS_PROFILE: '' });
    for (const auth of [{}, { profile: '' }]) assert.equal(await problem(made(auth), { accessKeyId: 'AKIDENV', secretAccessKey: 'env-secret' }), undefined);
  });

  it('a profile\'s keys, and new ones after five minutes', async () => {
    file('credentials', `[team]\naws_access_key_id=${KEYS.accessKeyId}\naws_secret_access_key=${KEYS.secretAccessKey}\n`);
    let at = Date.now();
    const authorizer = made({ profile: 'team' }, {}, {}, () => at);
    assert.equal(await problem(authorizer, KEYS), undefined);
    file('credentials', '[team]\naws_access_key_id=AKIDNEW\naws_secret_access_key=new\n');
    assert.equal(await problem(authorizer, KEYS), undefined);
    at += 301_000;
    assert.equal(await problem(authorizer, { accessKeyId: 'AKIDNEW', secretAccessKey: 'new' }), undefined);
  });

  describe('a role', () => {
    it('of the connection, assumed with keys or a profile', async () => {
      file('credentials', `[team]\naws_access_key_id=${KEYS.accessKeyId}\naws_secret_access_key=${KEYS.secretAccessKey}\n`);
      for (const authorizer of [made({ roleArn: ROLE }, KEYS), made({ roleArn: ROLE, profile: 'team' })]) {
        assert.equal(await problem(authorizer, ROLE_KEYS), undefined);
        assert.equal(await problem(authorizer, ROLE_KEYS), undefined);
      }
      assert.deepEqual(fake.granted, [ROLE, ROLE]);
      assert.ok(transport.sent.every(({ url }) => url.hostname === `sts.${REGION}.amazonaws.com`));
    });
    it('of a profile', async () => {
      file('config', `[profile reader]\nrole_arn=${ROLE}\nsource_profile=team\nregion=${REGION}\n`);
      file('credentials', `[team]\naws_access_key_id=${KEYS.accessKeyId}\naws_secret_access_key=${KEYS.secretAccessKey}\n`);
      assert.equal(await problem(made({ profile: 'reader' }), ROLE_KEYS), undefined);
      assert.deepEqual(fake.granted, [ROLE]);
    });
    it('that may not be assumed is said', async () => {
      await assert.rejects(made({ roleArn: `${ROLE}2` }, KEYS).headers(request(), signal), refused(/not authorized to perform: sts:AssumeRole on resource/));
    });
    it('is assumed again before it ends, and after a refusal', async () => {
      let at = Date.now();
      const authorizer = made({ roleArn: ROLE }, KEYS, {}, () => at);
      await authorizer.headers(request(), signal);
      at += 301_000;
      await authorizer.headers(request(), signal);
      assert.equal(fake.granted.length, 2);
      assert.equal(await authorizer.refresh(signal), true);
      await Promise.all([authorizer.headers(request(), signal), authorizer.headers(request(), signal)]);
      assert.equal(fake.granted.length, 3);
    });
  });

  describe('SSO', () => {
    const cache = (expiresAt: number): void => writeFileSync(join(home, '.aws', 'sso', 'cache', `${createHash('sha1').update(SSO_URL).digest('hex')}.json`), JSON.stringify({ accessToken: SSO_TOKEN, expiresAt: new Date(expiresAt).toISOString(), region: REGION, startUrl: SSO_URL }));
    beforeEach(() => file('config', `[profile sso]\nsso_start_url=${SSO_URL}\nsso_region=${REGION}\nsso_account_id=123456789012\nsso_role_name=Reader\n`));

    it('uses the session that "aws sso login" left', async () => {
      cache(Date.now() + 3_600_000);
      assert.equal(await problem(made({ profile: 'sso' }), ROLE_KEYS), undefined);
      assert.deepEqual(transport.sent.map(({ url }) => url.hostname), [`portal.sso.${REGION}.amazonaws.com`]);
    });
    it('says to sign in where it has ended, or never was', async () => {
      await assert.rejects(made({ profile: 'sso' }).headers(request(), signal), refused(/run aws sso login/));
      cache(Date.now() - 1000);
      await assert.rejects(made({ profile: 'sso' }).headers(request(), signal), refused(/has expired\. To refresh this SSO session run aws sso login/));
    });
  });

  it('keys that have expired are looked for again, as AWS itself says so and never by 401', async () => {
    const keys = (id: string): void => file('credentials', `[default]\naws_access_key_id=${id}\naws_secret_access_key=${KEYS.secretAccessKey}\naws_session_token=t\n`);
    keys('OLD');
    const seen: string[] = [];
    const answers = { OLD: [403, '{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}'], NEW: [200, '{}'] } as const;
    const client = new ConnectionClient({
      base: `https://xray.${REGION}.amazonaws.com`,
      authorizer: made(),
      transport: {
        send: async ({ headers }) => {
          const id = /Credential=(\w+)\//.exec(headers['authorization']!)![1] as keyof typeof answers;
          seen.push(id);
          // Somebody signs in again meanwhile.
          keys('NEW');
          return { status: answers[id][0], headers: {}, body: new TextEncoder().encode(answers[id][1]), wireBytes: 0 };
        },
        close: async () => undefined,
      },
    });
    assert.equal((await client.request({ method: 'POST', path: '/Traces', body: '{}' }, signal)).status, 200);
    assert.deepEqual(seen, ['OLD', 'NEW']);
  });

  it('which refusals are about the credentials', () => {
    const { isRefusal } = made();
    const says = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): boolean => isRefusal!({ status, headers, body: new TextEncoder().encode(body) });
    for (const [status, body, headers] of [
      [403, '{"__type":"com.amazon.coral.service#ExpiredTokenException"}'],
      [400, '{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}'],
      [403, '{"message":"The security token included in the request is expired"}'],
      [403, '{"message":"The security token included in the request is invalid."}', { 'x-amzn-errortype': 'UnrecognizedClientException' }],
      [401, ''],
    ] as const) assert.ok(says(status, body, headers), body);
    assert.ok(!says(403, '{"__type":"AccessDeniedException","message":"User is not authorized to perform: xray:BatchGetTraces"}'));
    assert.ok(!says(403, '{"__type":"InvalidSignatureException","message":"Signature expired: 20261129T000000Z is now earlier than 20261129T000100Z"}'), 'a clock, and no key, is wrong');
    assert.ok(!says(200, '{"message":"ExpiredTokenException"}'));
  });

  it('no credentials at all, and a profile that is not there', async () => {
    await assert.rejects(made().headers(request(), signal), refused(/There are no AWS credentials for this connection: neither the environment, a profile nor this machine has any\. Sign in/));
    await assert.rejects(made({ profile: 'nobody' }).headers(request(), signal), refused(/no AWS credentials/));
  });

  it('a failure is not kept: the next request looks again', async () => {
    const authorizer = made();
    await assert.rejects(authorizer.headers(request(), signal));
    file('credentials', `[default]\naws_access_key_id=${KEYS.accessKeyId}\naws_secret_access_key=${KEYS.secretAccessKey}\n`);
    assert.equal(await problem(authorizer, KEYS), undefined);
  });

  it('what the network says stays what it is', async () => {
    await assert.rejects(awsAuthorizer({ id: 'x', kind: 'xray', name: 'X', options: { region: REGION }, auth: { type: 'aws', roleArn: ROLE } }, KEYS, rewriting({})).headers(request(), signal), (error: unknown) => error instanceof BackendError && /sts\.eu-central-1/.test(error.message));
  });
});
