// AWS credentials as a signature (SigV4) on every request, renewed before they end; where they come from is awsChain.ts. The signing library is
// loaded on first use. Must not know which service is behind the address.
import { createHash } from 'node:crypto';
import type { ConnectionConfig, ConnectionSecrets } from '../../protocol/connections.ts';
import { BackendError } from '../backends/backend.ts';
import { awsProvider } from './awsChain.ts';
import type { AwsCredentials, AwsProvider } from './awsMachine.ts';
import type { Authorizer, Transport, WireRequest } from './connectionClient.ts';

/** Files and environment may be changed by other tools without a word. */
const KEPT_MS = 5 * 60_000;
/** Credentials are renewed so long before they end. */
const EARLY_MS = 5 * 60_000;

export interface AwsAuthorizerOptions {
  /** The service's name in signatures, where neither the address nor the settings say it. */
  readonly signedAs?: string;
  /** Epoch ms. */
  readonly now?: () => number;
}

export function awsAuthorizer(config: ConnectionConfig, secrets: ConnectionSecrets, transport: Transport, { signedAs, now = Date.now }: AwsAuthorizerOptions = {}): Authorizer {
  const held = new HeldCredentials(() => awsProvider(config, secrets, transport), now);
  return {
    headers: async (request, signal) => {
      const credentials = await held.get(signal);
      return signed(request, credentials, scopeOf(request.url, config, signedAs), new Date(now()));
    },
    refresh: async () => held.forget(),
    isRefusal: ({ status, headers, body }) => status === 401 || ((status === 400 || status === 403) && EXPIRED.test(`${headers['x-amzn-errortype'] ?? ''} ${new TextDecoder().decode(body.subarray(0, 2048))}`)),
  };
}

/** How AWS says that keys count no more; its services never answer 401. */
const EXPIRED = /ExpiredToken|RequestExpired|UnrecognizedClient|InvalidClientTokenId|security token included in the request is (?:expired|invalid)/;

/** One look for credentials at a time, for all requests that wait for it. */
class HeldCredentials {
  readonly #make: () => Promise<AwsProvider>;
  readonly #now: () => number;
  #provider: Promise<AwsProvider> | undefined;
  #asked: Promise<AwsCredentials> | undefined;
  #goodUntilMs = 0;

  constructor(make: () => Promise<AwsProvider>, now: () => number) {
    this.#make = make;
    this.#now = now;
  }

  async get(signal: AbortSignal): Promise<AwsCredentials> {
    if (signal.aborted) throw new BackendError('aborted', 'It was cancelled.');
    if (this.#now() >= this.#goodUntilMs) this.#asked = undefined;
    const asked = (this.#asked ??= this.#ask());
    try {
      return await asked;
    } catch (error) {
      if (this.#asked === asked) this.forget();
      throw credentialProblem(error);
    }
  }

  forget(): boolean {
    const had = this.#asked !== undefined;
    this.#asked = undefined;
    this.#provider = undefined;
    return had;
  }

  async #ask(): Promise<AwsCredentials> {
    this.#goodUntilMs = Number.POSITIVE_INFINITY;
    const provider = await (this.#provider ??= this.#make());
    const credentials = await provider();
    const ends = credentials.expiration === undefined ? Number.POSITIVE_INFINITY : credentials.expiration.getTime() - EARLY_MS;
    // Credentials shorter than that are used once.
    this.#goodUntilMs = Math.min(ends, this.#now() + KEPT_MS);
    if (credentials.expiration === undefined) this.#provider = undefined;
    return credentials;
  }
}

interface Scope {
  readonly region?: string;
  readonly service?: string;
}

const STANDARD = /^([a-z0-9-]+)\.([a-z]{2,4}(?:-[a-z]+)+-\d{1,2})\.amazonaws\.com(?:\.cn)?$/;

/** AWS's own host names say both by themselves; what the settings say is for the connection's address, not for another service asked beside it. */
function scopeOf(url: URL, { auth, options }: ConnectionConfig, signedAs: string | undefined): Scope {
  const [, standard, itsRegion] = STANDARD.exec(url.hostname) ?? [];
  if (standard !== undefined && itsRegion !== undefined) return { region: itsRegion, service: standard };
  const own = /\.amazonaws\.com(?:\.cn)?$/.test(url.hostname);
  const region = auth?.region ?? (own ? undefined : options?.['region']);
  const service = auth?.service ?? (own ? undefined : options?.['service'] || signedAs);
  return { ...(region === undefined ? {} : { region }), ...(service === undefined ? {} : { service }) };
}

/** Only what no proxy changes is signed: host, time, token, AWS's own headers (which must be) and the body. */
async function signed({ method, url, headers: given, body }: WireRequest, credentials: AwsCredentials, scope: Scope, at: Date): Promise<Readonly<Record<string, string>>> {
  const { AwsV4Signer } = await import('aws4fetch');
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  // OpenSearch Serverless wants the body's digest as a header too.
  const serverless = scope.service === 'aoss' || /\.aoss\.amazonaws\.com(?:\.cn)?$/.test(url.hostname);
  const signer = new AwsV4Signer({
    headers: Object.fromEntries(Object.entries(given).filter(([name]) => name.toLowerCase().startsWith('x-amz-'))),
    method, url: url.href, accessKeyId, secretAccessKey, datetime: at.toISOString().replaceAll(/[:-]|\.\d{3}/g, ''), ...scope,
    ...(serverless ? { headers: { 'x-amz-content-sha256': createHash('sha256').update(body ?? '').digest('hex') } } : {}),
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
  const { headers } = await signer.sign();
  return Object.fromEntries(headers);
}

/** What the vendor's chain says is a sentence of what to do ("run aws sso login"); it never holds a secret. */
function credentialProblem(error: unknown): unknown {
  if (error instanceof BackendError) return error;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof BackendError) return cause;
  const says = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').slice(0, 300).replace(/[.\s]+$/, '');
  return new BackendError('auth', `There are no AWS credentials for this connection: ${says}. Sign in (aws sso login), or edit the connection's profile, role or keys.`);
}
