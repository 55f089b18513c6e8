// Google's token endpoints as RFC 7523, RFC 6749, RFC 8693 (STS) and the IAM Credentials API describe them, and another system's that gives
// tokens: a JWT signed with a generated RSA key is verified, refresh tokens and impersonation are checked, the metadata server wants its header.
// Every token knows its scopes and its end.
import { createVerify, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { FakeAnswer, FakeRequest, FakeServer } from './jsonServer.ts';
import { jsonServer } from './jsonServer.ts';

export const CLOUD_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
export const TRACE_SCOPE = 'https://www.googleapis.com/auth/trace.readonly';
export const KEY_EMAIL = 'reader@shop-prod.iam.gserviceaccount.com';
export const TARGET_EMAIL = 'target@shop-prod.iam.gserviceaccount.com';
export const REFRESH = { client_id: 'client.apps.googleusercontent.com', client_secret: 'secret-of-gcloud', refresh_token: '1//refresh' };

export interface FakeGoogleTokens extends FakeServer {
  /** Hosts of Google that this stands for. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly serviceAccountKey: Readonly<Record<string, string>>;
  /** What was asked for, in order. */
  readonly granted: readonly string[];
  scopesOf(token: string): readonly string[] | undefined;
  /** Tokens given so far are good no more. */
  revoke(): void;
}

/** RSA keys take their time. */
function keyPair(): { readonly publicKey: KeyObject; readonly pem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { publicKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

const OWN = keyPair();

/** `stranger`: its keys are not the ones that others verify with. */
export async function fakeGoogleTokens(options: { readonly stranger?: boolean; readonly expiresIn?: number; readonly mayImpersonate?: readonly string[]; readonly machine?: boolean } = {}): Promise<FakeGoogleTokens> {
  const { publicKey, pem } = options.stranger === true ? keyPair() : OWN;
  const tokens = new Map<string, readonly string[]>();
  const granted: string[] = [];
  const grant = (how: string, scopes: readonly string[]): string => {
    const token = `ya29.${how}-${granted.length + 1}`;
    tokens.set(token, scopes);
    granted.push(how);
    return token;
  };
  const { expiresIn = 3600, mayImpersonate = [TARGET_EMAIL], machine = false } = options;
  const server = await jsonServer((request) => {
    const host = request.headers['host'] ?? '';
    if (host === 'oauth2.googleapis.com' && request.target === '/token') return tokenAnswer(request, publicKey, grant, expiresIn);
    if (host === 'sts.googleapis.com') return exchange(request, grant, expiresIn);
    if (host === ISSUER_HOST) {
      if (request.headers['authorization'] !== 'Bearer run-1') return { status: 401, body: `who is ${request.headers['authorization'] ?? 'nobody'}?` };
      return { status: 200, body: request.target === '/plain' ? `${SUBJECT}\n` : { value: SUBJECT, count: 1 } };
    }
    if (host === 'iamcredentials.googleapis.com') return impersonation(request, tokens, mayImpersonate, grant, expiresIn);
    if (host === 'metadata.google.internal' && machine) {
      if (request.headers['metadata-flavor'] !== 'Google') return { status: 403, body: 'Missing Metadata-Flavor:Google header.' };
      return { status: 200, headers: { 'metadata-flavor': 'Google' }, body: { access_token: grant('machine', [CLOUD_SCOPE]), expires_in: expiresIn, token_type: 'Bearer' } };
    }
    return { status: 404, body: { error: 'not_found' } };
  });
  return {
    ...server,
    granted,
    hosts: Object.fromEntries(['oauth2.googleapis.com', 'iamcredentials.googleapis.com', 'sts.googleapis.com', ISSUER_HOST, ...(machine ? ['metadata.google.internal'] : [])].map((host) => [host, server.url])),
    serviceAccountKey: { type: 'service_account', project_id: 'shop-prod', private_key_id: 'k1', private_key: pem, client_email: KEY_EMAIL, client_id: '1', token_uri: 'https://oauth2.googleapis.com/token' },
    scopesOf: (token) => tokens.get(token),
    revoke: () => tokens.clear(),
  };
}

/** Of the workload identity pool that STS knows. */
export const AUDIENCE = '//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/ci/providers/github';
export const SUBJECT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvIn0.c2lnbmVk';
export const SUBJECT_TYPE = 'urn:ietf:params:oauth:token-type:jwt';
/** Where a build system gives its jobs tokens. */
export const ISSUER_HOST = 'tokens.ci.example';

function exchange(request: FakeRequest, grant: Grant, expiresIn: number): FakeAnswer {
  if (request.target !== '/v1/token' || request.method !== 'POST' || request.headers['content-type'] !== 'application/x-www-form-urlencoded') return { status: 400, body: { error: 'invalid_request' } };
  const form = Object.fromEntries(new URLSearchParams(new TextDecoder().decode(request.body)));
  const { grant_type, audience, scope = '', requested_token_type, subject_token, subject_token_type, options, ...strange } = form;
  const refused = (error: string, error_description: string): FakeAnswer => ({ status: 400, body: { error, error_description } });
  if (Object.keys(strange).length > 0 || grant_type !== 'urn:ietf:params:oauth:grant-type:token-exchange' || requested_token_type !== 'urn:ietf:params:oauth:token-type:access_token' || subject_token_type !== SUBJECT_TYPE) return refused('invalid_request', 'bad parameters');
  if (audience !== AUDIENCE && options !== '{"userProject":"workforce-1"}') return refused('invalid_target', 'The target service indicated by the "audience" parameters is invalid.');
  if (subject_token !== SUBJECT) return refused('invalid_grant', `The given credential ${subject_token} is rejected by the attribute condition.`);
  return { status: 200, body: { access_token: grant('federated', scope.split(' ')), issued_token_type: requested_token_type, token_type: 'Bearer', expires_in: expiresIn } };
}

type Grant = (how: string, scopes: readonly string[]) => string;

function tokenAnswer(request: FakeRequest, publicKey: KeyObject, grant: Grant, expiresIn: number): FakeAnswer {
  if (!(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) return { status: 400, body: { error: 'invalid_request', error_description: 'Bad content type' } };
  const form = new URLSearchParams(new TextDecoder().decode(request.body));
  if (form.get('grant_type') === 'refresh_token') {
    for (const [name, value] of Object.entries(REFRESH)) if (form.get(name) !== value) return { status: 400, body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' } };
    return { status: 200, body: { access_token: grant('user', [CLOUD_SCOPE]), expires_in: expiresIn, token_type: 'Bearer', scope: CLOUD_SCOPE } };
  }
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return { status: 400, body: { error: 'unsupported_grant_type' } };
  const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
  const decode = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  const verified = createVerify('RSA-SHA256').update(`${header}.${claims}`).verify(publicKey, signature, 'base64url');
  const { iss, aud, exp, iat, scope } = decode(claims);
  const nowS = Date.now() / 1000;
  const good = verified && decode(header)['alg'] === 'RS256' && iss === KEY_EMAIL && aud === 'https://oauth2.googleapis.com/token' && Number(exp) - Number(iat) <= 3600 && Number(iat) <= nowS + 5 && Number(exp) > nowS;
  if (!good) return { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } };
  return { status: 200, body: { access_token: grant('key', String(scope).split(' ')), expires_in: expiresIn, token_type: 'Bearer' } };
}

function impersonation(request: FakeRequest, tokens: ReadonlyMap<string, readonly string[]>, may: readonly string[], grant: Grant, expiresIn: number): FakeAnswer {
  const target = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(request.url.pathname)?.[1];
  const scopes = tokens.get((request.headers['authorization'] ?? '').replace('Bearer ', ''));
  if (scopes === undefined) return { status: 401, body: { error: { code: 401, status: 'UNAUTHENTICATED', message: 'x' } } };
  if (target === undefined || !scopes.includes(CLOUD_SCOPE) || !may.includes(decodeURIComponent(target))) return { status: 403, body: { error: { code: 403, status: 'PERMISSION_DENIED', message: "Permission 'iam.serviceAccounts.getAccessToken' denied" } } };
  const body = JSON.parse(new TextDecoder().decode(request.body)) as { readonly scope: readonly string[]; readonly lifetime: string };
  if (!/^\d+s$/.test(body.lifetime) || Number.parseInt(body.lifetime, 10) > 43_200) return { status: 400, body: { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'lifetime' } } };
  return { status: 200, body: { accessToken: grant('impersonated', body.scope), expireTime: new Date(Date.now() + expiresIn * 1000).toISOString() } };
}
