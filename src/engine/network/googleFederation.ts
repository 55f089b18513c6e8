// Workload identity federation: another system's token, from a file or an address, exchanged for Google's (RFC 8693 at Google's STS), and where the
// credentials file says so for a service account's with it. Asked here and not by google-auth-library: that exchanges tokens past the transport it
// is given (11.3: BaseExternalAccountClient makes its StsCredentials without it). A file may come from anywhere: what it names goes to Google's
// STS and nowhere else (everybody can have a bucket on googleapis.com), and of link-local addresses nothing but a cloud's token is asked.
import { readFile, stat } from 'node:fs/promises';
import { BackendError } from '../backends/backend.ts';
import type { Transport } from './connectionClient.ts';
import { impersonated, type GoogleToken } from './googleTokens.ts';
import { parsedJson } from './httpClient.ts';

/** The credentials file, as JSON. */
type Json = { readonly [key: string]: unknown };

const ALL_OF_CLOUD = 'https://www.googleapis.com/auth/cloud-platform';
const STS = 'https://sts.googleapis.com/v1/token';
/** Also with client certificates, and of one region (the endpoints of sts.v1 in Google's discovery). */
const STS_ADDRESS = /^https:\/\/sts(?:\.mtls|\.[a-z0-9-]{1,40}\.rep)?\.googleapis\.com\/v1\/token$/;
/** Where clouds give a machine its token, and the header that they want to see, so that nobody is made to ask by accident. */
const MACHINE_TOKENS = [
  { path: '/metadata/identity/oauth2/token', header: 'metadata', value: 'true' },
  { path: '/computeMetadata/v1/instance/service-accounts/', header: 'metadata-flavor', value: 'google' },
] as const;
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 1024 * 1024;
/** Where the answer does not say when its token ends. */
const HALF_AN_HOUR_MS = 30 * 60_000;

/** Throws BackendError auth with a sentence for what is not supported or not granted. */
export async function federatedToken(key: Json, transport: Transport, scope: string, signal: AbortSignal, now: () => number = Date.now): Promise<GoogleToken> {
  const target = targetOf(key);
  const url = exchangeAddress(text(key['token_url']) || STS);
  const from = await exchanged(url, key, await subjectToken(key, transport, signal), target === undefined ? scope : ALL_OF_CLOUD, transport, signal, now);
  return target === undefined ? from : impersonated(transport, target.account, from, [scope], signal, now, [], target.lifetimeS);
}

/** The service account to act as. */
function targetOf(key: Json): { readonly account: string; readonly lifetimeS: number } | undefined {
  const url = text(key['service_account_impersonation_url']);
  if (url === '') return undefined;
  const account = /^https:\/\/iamcredentials\.googleapis\.com\/v1\/projects\/-\/serviceAccounts\/([^/:]{1,200}):generateAccessToken$/.exec(url)?.[1];
  if (account === undefined) throw new BackendError('auth', 'The Google credentials file acts as a service account by an address that is not the IAM Credentials API; make it again with gcloud iam workload-identity-pools create-cred-config.');
  const lifetime = object(key['service_account_impersonation'])['token_lifetime_seconds'];
  return { account: decodeURIComponent(account), lifetimeS: typeof lifetime === 'number' && lifetime >= 600 && lifetime <= 43_200 ? Math.floor(lifetime) : 3600 };
}

async function subjectToken(key: Json, transport: Transport, signal: AbortSignal): Promise<string> {
  const source = object(key['credential_source']);
  const refuse = (what: string): BackendError => new BackendError('auth', `The Google credentials file gets its token ${what}, which is not supported here; a token from a file or an address is. Use one of those, or "gcloud auth application-default login".`);
  if (source['environment_id'] !== undefined) throw refuse('from an AWS account');
  if (source['executable'] !== undefined) throw refuse('from a program, and no program is run for a credentials file');
  if (source['certificate'] !== undefined) throw refuse('by a client certificate');
  const [file, url] = [text(source['file']), text(source['url'])];
  if ((file === '') === (url === '')) throw new BackendError('auth', 'The Google credentials file names no file or address that the token of its external account comes from; make it again with gcloud.');
  const content = file === '' ? await askedFor(url, object(source['headers']), transport, signal) : await readToken(file, signal);
  return tokenIn(content, object(source['format']), file === '' ? `the address ${originOf(url)}` : `the file ${file}`);
}

async function readToken(file: string, signal: AbortSignal): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_BYTES) return await readFile(file, { encoding: 'utf8', signal });
  } catch (error) {
    if (signal.aborted) throw new BackendError('aborted', 'It was cancelled.');
    throw new BackendError('auth', `The token of the external account cannot be read from ${file} (${error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? 'unknown') : 'unknown'}).`);
  }
  throw new BackendError('auth', `The file ${file}, which the token of the external account comes from, is too large for a token.`);
}

async function askedFor(address: string, headers: Json, transport: Transport, signal: AbortSignal): Promise<string> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new BackendError('auth', 'The address that the token of the external account comes from is no http or https address; make the Google credentials file again.');
  const given = Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  const answer = await transport.send({ method: 'GET', url, headers: given, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, credentialStep: asksMachineToken(url, given) }, signal);
  // What stands in a refusal is a stranger's, and may repeat the headers.
  if (answer.status !== 200) throw new BackendError('auth', `The address ${url.origin}, which the token of the external account comes from, answered ${answer.status}.`);
  return new TextDecoder().decode(answer.body);
}

function asksMachineToken({ pathname }: URL, headers: Readonly<Record<string, string>>): boolean {
  const given = Object.entries(headers).map(([name, value]) => `${name}: ${value}`.toLowerCase());
  return MACHINE_TOKENS.some(({ path, header, value }) => pathname.startsWith(path) && given.includes(`${header}: ${value}`));
}

/** Plain text, or a field of a JSON object. */
function tokenIn(content: string, format: Json, where: string): string {
  const type = text(format['type']) || 'text';
  let token: unknown = content;
  if (type === 'json') {
    try {
      token = object(JSON.parse(content))[text(format['subject_token_field_name'])];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      token = undefined;
    }
  } else if (type !== 'text') throw new BackendError('auth', `The Google credentials file describes its token as ${JSON.stringify(type.slice(0, 40))}; text and json are known.`);
  const trimmed = text(token).trim();
  if (trimmed === '') throw new BackendError('auth', `There is no token of the external account in ${where}${type === 'json' ? `: the field ${JSON.stringify(text(format['subject_token_field_name']).slice(0, 60))} is missing` : ''}.`);
  return trimmed;
}

async function exchanged(url: URL, key: Json, subject: string, scope: string, transport: Transport, signal: AbortSignal, now: () => number): Promise<GoogleToken> {
  const [clientId, workforceProject] = [text(key['client_id']), text(key['workforce_pool_user_project'])];
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: text(key['audience']),
    scope,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: subject,
    subject_token_type: text(key['subject_token_type']),
    ...(clientId === '' && workforceProject !== '' ? { options: JSON.stringify({ userProject: workforceProject }) } : {}),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...(clientId === '' ? {} : { authorization: `Basic ${Buffer.from(`${clientId}:${text(key['client_secret'])}`).toString('base64')}` }) };
  const answer = await transport.send({ method: 'POST', url, headers, body: body.toString(), timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }, signal);
  const parsed = object(answer.status === 200 ? parsedJson(answer, "Google's token exchange") : quietly(answer.body));
  const token = text(parsed['access_token']);
  if (answer.status !== 200 || token === '') {
    const says = [text(parsed['error']), text(parsed['error_description'])].filter((part) => part !== '').join(': ').replaceAll(subject, '…').replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 300).replace(/[.\s]+$/, '');
    throw new BackendError('auth', `Google does not take the token of the external account (${answer.status}${says === '' ? '' : `, ${says}`}). Check the audience and the provider that the credentials file names, and that the token has not ended.`);
  }
  const seconds = parsed['expires_in'];
  return { token, expiresMs: now() + (typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : HALF_AN_HOUR_MS) };
}

/** A crafted file would have the token sent elsewhere. */
function exchangeAddress(address: string): URL {
  if (STS_ADDRESS.test(address)) return new URL(address);
  throw new BackendError('auth', `The Google credentials file has its token exchanged at ${JSON.stringify(address.slice(0, 80))}, which is not where Google exchanges tokens; nothing was sent there.`);
}

function quietly(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body.subarray(0, 65_536)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

const originOf = (address: string): string => (URL.canParse(address) ? new URL(address).origin : 'of it');
const object = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
