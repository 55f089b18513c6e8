// Two of Google's tokens that take one plain request each, so they are asked here: another service account's (IAM Credentials API) and the
// machine's own (metadata server). Through the connection's transport. Must not know who asks.
import { BackendError } from '../backends/backend.ts';
import type { Transport } from './connectionClient.ts';
import { answerProblem, parsedJson } from './httpClient.ts';

export interface GoogleToken {
  readonly token: string;
  /** Epoch ms. */
  readonly expiresMs: number;
}

const TIMEOUT_MS = 20_000;
const METADATA_TIMEOUT_MS = 3_000;
const MAX_BYTES = 1024 * 1024;

export async function impersonated(transport: Transport, account: string, from: GoogleToken, scope: readonly string[], signal: AbortSignal, now: () => number, delegates: readonly string[] = [], lifetimeS = 3600): Promise<GoogleToken> {
  const url = new URL(`https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`);
  const body = JSON.stringify({ scope, lifetime: `${lifetimeS}s`, ...(delegates.length === 0 ? {} : { delegates }) });
  const answer = await transport.send({ method: 'POST', url, headers: { authorization: `Bearer ${from.token}`, 'content-type': 'application/json' }, body, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }, signal);
  const what = `Acting as ${account}`;
  if (answer.status === 403 || answer.status === 404) throw new BackendError('auth', `${what} is not allowed: these credentials need the role roles/iam.serviceAccountTokenCreator on it (${answer.status}).`);
  if (answer.status !== 200) throw answerProblem(answer, what);
  const parsed = parsedJson(answer, what) as { readonly accessToken?: unknown; readonly expireTime?: unknown };
  if (typeof parsed?.accessToken !== 'string') throw new BackendError('badData', `${what} was answered without a token.`);
  const expires = typeof parsed.expireTime === 'string' ? Date.parse(parsed.expireTime) : Number.NaN;
  return { token: parsed.accessToken, expiresMs: Number.isNaN(expires) ? now() + 30 * 60_000 : expires };
}

/** Compute Engine, Cloud Run, GKE. Elsewhere nobody answers there, and that is the end of the search for credentials. */
export async function machineToken(transport: Transport, host: string | undefined, signal: AbortSignal): Promise<GoogleToken> {
  const url = new URL(`http://${host ?? 'metadata.google.internal'}/computeMetadata/v1/instance/service-accounts/default/token`);
  const nowhere = 'There are no Google credentials on this machine. Run "gcloud auth application-default login", or give the connection a key file.';
  try {
    const answer = await transport.send({ method: 'GET', url, headers: { 'metadata-flavor': 'Google' }, timeoutMs: METADATA_TIMEOUT_MS, maxBytes: MAX_BYTES }, signal);
    if (answer.status !== 200 || answer.headers['metadata-flavor'] !== 'Google') throw new BackendError('auth', nowhere);
    const parsed = parsedJson(answer, 'The metadata server') as { readonly access_token?: unknown; readonly expires_in?: unknown };
    if (typeof parsed?.access_token !== 'string') throw new BackendError('auth', nowhere);
    return { token: parsed.access_token, expiresMs: Date.now() + (typeof parsed.expires_in === 'number' ? parsed.expires_in : 300) * 1000 };
  } catch (error) {
    if (error instanceof BackendError && (error.kind === 'network' || error.kind === 'timeout')) throw new BackendError('auth', nowhere);
    throw error;
  }
}
