// STS (AssumeRole, AssumeRoleWithWebIdentity, query protocol), the SSO portal (GetRoleCredentials) and SSO OIDC (CreateToken) as their service models
// describe them: STS checks the signature of the keys that assume the role, or the web identity; the portal the token of the SSO cache.
import type { FakeAnswer, FakeRequest, FakeServer } from './jsonServer.ts';
import { jsonServer } from './jsonServer.ts';
import { signatureProblem, type AwsKeys } from './sigv4.ts';

export interface FakeAwsCredentials extends FakeServer {
  readonly hosts: Readonly<Record<string, string>>;
  /** Roles assumed, "sso" for the portal, "oidc" for a token that was renewed, in order. */
  readonly granted: readonly string[];
}

export const ROLE = 'arn:aws:iam::123456789012:role/reader';
export const SSO_TOKEN = 'sso-access-token';
export const OIDC = { clientId: 'client-id', clientSecret: 'client-secret', refreshToken: 'sso-refresh' };
export const WEB_IDENTITY = 'web.identity.token';
export const ROLE_KEYS = { accessKeyId: 'ASIAROLE', secretAccessKey: 'secret-of-role', sessionToken: 'token-of-role' };

/** `more`: others that may assume the role. */
export async function fakeAwsCredentials({ keys, region, expiresMs = Date.now() + 3_600_000, more = [] }: { readonly keys: AwsKeys; readonly region: string; readonly expiresMs?: number; readonly more?: readonly AwsKeys[] }): Promise<FakeAwsCredentials> {
  const granted: string[] = [];
  const server = await jsonServer((request) => {
    const host = request.headers['host'] ?? '';
    return host.startsWith('sts.') ? assumed(request, [keys, ...more], region, expiresMs, granted) : host.startsWith('portal.sso.') ? signedIn(request, expiresMs, granted) : host.startsWith('oidc.') ? renewed(request, granted) : { status: 404, body: {} };
  });
  return { ...server, granted, hosts: { [`sts.${region}.amazonaws.com`]: server.url, [`portal.sso.${region}.amazonaws.com`]: server.url, [`oidc.${region}.amazonaws.com`]: server.url } };
}

function assumed(request: FakeRequest, keys: readonly AwsKeys[], region: string, expiresMs: number, granted: string[]): FakeAnswer {
  const xml = (status: number, body: string): FakeAnswer => ({ status, headers: { 'content-type': 'text/xml' }, body });
  const failed = (code: string, message: string): FakeAnswer => xml(403, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`);
  const form = new URLSearchParams(new TextDecoder().decode(request.body));
  const web = form.get('Action') === 'AssumeRoleWithWebIdentity';
  if (web && form.get('WebIdentityToken') !== WEB_IDENTITY) return failed('InvalidIdentityToken', 'The web identity token is invalid.');
  const problems = web ? [] : keys.map((one) => signatureProblem(request, one, { region, service: 'sts' }, Date.now()));
  const problem = problems.every((each) => each !== undefined) ? problems[0] : undefined;
  if (problem !== undefined) return failed(problem, 'The security token included in the request is invalid.');
  if ((form.get('Action') !== 'AssumeRole' && !web) || form.get('Version') !== '2011-06-15') return failed('InvalidAction', 'no such action');
  if (form.get('RoleArn') !== ROLE) return failed('AccessDenied', `User: arn:aws:iam::1:user/dev is not authorized to perform: sts:AssumeRole on resource: ${form.get('RoleArn')}`);
  if (!/^[\w+=,.@-]{2,64}$/.test(form.get('RoleSessionName') ?? '')) return failed('ValidationError', 'RoleSessionName');
  granted.push(form.get('RoleArn')!);
  const { accessKeyId, secretAccessKey, sessionToken } = ROLE_KEYS;
  const action = form.get('Action')!;
  return xml(200, `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><AssumedRoleUser><AssumedRoleId>A:t</AssumedRoleId><Arn>${ROLE}/t</Arn></AssumedRoleUser><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${new Date(expiresMs).toISOString()}</Expiration></Credentials></${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`);
}

function signedIn(request: FakeRequest, expiresMs: number, granted: string[]): FakeAnswer {
  if (request.headers['x-amz-sso_bearer_token'] !== SSO_TOKEN) return { status: 401, headers: { 'x-amzn-errortype': 'UnauthorizedException' }, body: { message: 'Session token not found or invalid' } };
  if (request.url.pathname !== '/federation/credentials' || request.url.searchParams.get('role_name') !== 'Reader' || request.url.searchParams.get('account_id') !== '123456789012') return { status: 404, headers: { 'x-amzn-errortype': 'ResourceNotFoundException' }, body: { message: 'no role' } };
  granted.push('sso');
  return { status: 200, body: { roleCredentials: { ...ROLE_KEYS, expiration: expiresMs } } };
}

function renewed(request: FakeRequest, granted: string[]): FakeAnswer {
  const asked = JSON.parse(new TextDecoder().decode(request.body)) as Readonly<Record<string, string>>;
  if (request.url.pathname !== '/token' || asked['grantType'] !== 'refresh_token' || Object.entries(OIDC).some(([name, value]) => asked[name] !== value)) return { status: 400, headers: { 'x-amzn-errortype': 'InvalidGrantException' }, body: { error: 'invalid_grant', error_description: 'no such token' } };
  granted.push('oidc');
  return { status: 200, body: { accessToken: SSO_TOKEN, expiresIn: 3600, refreshToken: OIDC.refreshToken, tokenType: 'Bearer' } };
}
