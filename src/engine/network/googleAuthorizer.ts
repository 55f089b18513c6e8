// Google credentials as a bearer token: a service account's key file, what `gcloud auth application-default login` left, a federated account,
// the machine's own account, and another service account impersonated with any of them. google-auth-library is loaded on first use; every
// request for a token goes through the connection's own transport. Must not know which API is behind the address.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type * as GoogleAuth from 'google-auth-library';
import type { ConnectionConfig } from '../../protocol/connections.ts';
import { BackendError } from '../backends/backend.ts';
import type { Authorizer, Transport } from './connectionClient.ts';
import { impersonated, machineToken, type GoogleToken } from './googleTokens.ts';
import { transportFetch } from './transportFetch.ts';

const READ_TRACES = 'https://www.googleapis.com/auth/trace.readonly';
/** What asking for another account's token takes. */
const ALL_OF_CLOUD = 'https://www.googleapis.com/auth/cloud-platform';
/** A token is renewed so long before it ends. */
const EARLY_MS = 60_000;
const MAX_KEY_FILE = 1024 * 1024;

export interface GoogleEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: string;
}

const thisMachine = (): GoogleEnvironment => ({ env: process.env, home: homedir(), platform: process.platform });

interface Account {
  token(scope: string, signal: AbortSignal): Promise<GoogleToken>;
  /** Whom requests are counted for. */
  readonly quotaProject: string | undefined;
}

export function googleAuthorizer(config: ConnectionConfig, transport: Transport, machine: GoogleEnvironment = thisMachine(), now: () => number = Date.now): Authorizer {
  let account: Promise<Account> | undefined;
  let asked: Promise<GoogleToken> | undefined;
  let goodUntilMs = 0;
  const target = config.auth?.impersonate;

  const token = async (signal: AbortSignal): Promise<GoogleToken> => {
    const from = await (account ??= accountOf(config, transport, machine, signal));
    const given = target === undefined ? await from.token(READ_TRACES, signal) : await impersonated(transport, target, await from.token(ALL_OF_CLOUD, signal), [READ_TRACES], signal, now);
    goodUntilMs = given.expiresMs - EARLY_MS;
    return given;
  };

  const forget = (): boolean => {
    const had = asked !== undefined;
    account = asked = undefined;
    return had;
  };

  return {
    headers: async (_request, signal) => {
      if (asked !== undefined && now() >= goodUntilMs) asked = undefined;
      if (asked === undefined) goodUntilMs = Number.POSITIVE_INFINITY;
      const mine = (asked ??= token(signal));
      try {
        const { token: bearer } = await mine;
        const quotaProject = (await account)?.quotaProject;
        return { authorization: `Bearer ${bearer}`, ...(quotaProject === undefined ? {} : { 'x-goog-user-project': quotaProject }) };
      } catch (error) {
        if (asked === mine) forget();
        throw tokenProblem(error);
      }
    },
    refresh: async () => forget(),
  };
}

type Json = { readonly [key: string]: unknown };

async function accountOf(config: ConnectionConfig, transport: Transport, machine: GoogleEnvironment, signal: AbortSignal): Promise<Account> {
  const found = await credentialsFile(config, machine, signal);
  const quotaProject = machine.env['GOOGLE_CLOUD_QUOTA_PROJECT'] ?? (typeof found?.['quota_project_id'] === 'string' ? found['quota_project_id'] : undefined);
  if (found === undefined) return { token: (_scope, aborted) => machineToken(transport, machine.env['GCE_METADATA_HOST'], aborted), quotaProject };
  const account = await accountOfKey(found, transport, 0);
  // A person's requests need a project that they are counted for; a service account has one by itself.
  return { token: account, quotaProject: quotaProject ?? (found['type'] === 'authorized_user' ? config.options?.['project'] : undefined) };
}

/** Impersonation of impersonation happens; a longer chain is crafted. */
const MAX_CHAIN = 4;

async function accountOfKey(key: Json, transport: Transport, depth: number): Promise<Account['token']> {
  // Bundled, a CommonJS package has only a default export.
  const library = (await import('google-auth-library')).default;
  const transporterOptions = { fetchImplementation: transportFetch(transport) };
  const string = (field: string): string => (typeof key[field] === 'string' ? key[field] : '');
  switch (key['type']) {
    case 'service_account':
      return (scope) => tokenOf(new library.JWT({ email: string('client_email'), key: string('private_key'), keyId: string('private_key_id'), scopes: [scope], transporterOptions }));
    case 'authorized_user': {
      const client = new library.UserRefreshClient({ clientId: string('client_id'), clientSecret: string('client_secret'), refreshToken: string('refresh_token'), transporterOptions });
      return () => tokenOf(client);
    }
    case 'impersonated_service_account': {
      const source = key['source_credentials'];
      const target = /serviceAccounts\/([^/:]{1,200}):generateAccessToken$/.exec(string('service_account_impersonation_url'))?.[1];
      if (typeof source !== 'object' || source === null || target === undefined || depth >= MAX_CHAIN) throw new BackendError('auth', 'The Google credentials file impersonates an account in a way that is not understood; make it again with gcloud.');
      const from = await accountOfKey(source as Json, transport, depth + 1);
      const delegates = Array.isArray(key['delegates']) ? key['delegates'].filter((name) => typeof name === 'string') : [];
      return async (scope, signal) => impersonated(transport, target, await from(ALL_OF_CLOUD, signal), [scope], signal, Date.now, delegates);
    }
    case 'external_account':
      return federated(key, library, transporterOptions);
    default:
      throw new BackendError('auth', `The Google credentials file has the type ${JSON.stringify(key['type'] ?? '(none)').slice(0, 60)}; service_account, authorized_user, external_account and impersonated_service_account are known.`);
  }
}

type Library = Pick<typeof GoogleAuth, 'AwsClient' | 'IdentityPoolClient' | 'PluggableAuthClient'>;
type TransporterOptions = { readonly fetchImplementation: typeof fetch };

/** An account of another provider, exchanged for a token (RFC 8693). Throws for one that would open sockets of its own. */
function federated(key: Json, library: Library, transporterOptions: TransporterOptions): Account['token'] {
  const source = (key['credential_source'] ?? {}) as Json;
  if (source['certificate'] !== undefined) throw new BackendError('auth', 'The Google credentials file proves itself by a certificate (X.509 federation), which is not supported; use another source of credentials.');
  // What fromJSON does, without its warning on the console.
  const Client = source['environment_id'] !== undefined ? library.AwsClient : source['executable'] !== undefined ? library.PluggableAuthClient : library.IdentityPoolClient;
  return (scope) => {
    const client = new Client({ ...(key as unknown as ConstructorParameters<typeof library.AwsClient>[0] & ConstructorParameters<typeof library.PluggableAuthClient>[0]), scopes: [scope], transporterOptions });
    // The library makes another one for the exchange, which asks by the global fetch.
    Object.assign(client['stsCredential'], { transporter: client.transporter });
    return tokenOf(client);
  };
}

interface TokenClient {
  getAccessToken(): Promise<{ token?: string | null | undefined }>;
  readonly credentials: { expiry_date?: number | null | undefined };
}

const HALF_AN_HOUR_MS = 30 * 60_000;

async function tokenOf(client: TokenClient): Promise<GoogleToken> {
  const { token } = await client.getAccessToken();
  if (typeof token !== 'string' || token === '') throw new BackendError('auth', 'Google answered no access token; sign in again (gcloud auth application-default login).');
  return { token, expiresMs: client.credentials.expiry_date ?? Date.now() + HALF_AN_HOUR_MS };
}

/** The named file, the environment's, or gcloud's own; undefined: the machine's account, where it has one. */
async function credentialsFile({ auth }: ConnectionConfig, { env, home, platform }: GoogleEnvironment, signal: AbortSignal): Promise<Json | undefined> {
  const named = auth?.credentialsFile ?? env['GOOGLE_APPLICATION_CREDENTIALS'];
  const gcloud = env['CLOUDSDK_CONFIG'] ?? (platform === 'win32' ? join(env['APPDATA'] ?? home, 'gcloud') : join(home, '.config', 'gcloud'));
  const path = named === undefined || named === '' ? join(gcloud, 'application_default_credentials.json') : named.replace(/^~(?=[/\\])/, home);
  let json: string;
  try {
    json = await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    if (signal.aborted) throw new BackendError('aborted', 'It was cancelled.');
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    if (code === 'ENOENT' && (named === undefined || named === '')) return undefined;
    throw new BackendError('auth', `The Google credentials file ${path} cannot be read (${code ?? 'unknown'}); edit the connection, or GOOGLE_APPLICATION_CREDENTIALS.`);
  }
  try {
    const parsed: unknown = json.length > MAX_KEY_FILE ? undefined : JSON.parse(json);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new BackendError('auth', `The Google credentials file ${path} is no JSON object; get a new one.`);
}

function tokenProblem(error: unknown): unknown {
  if (error instanceof BackendError) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof BackendError) return cause;
  const says = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').slice(0, 300).replace(/[.\s]+$/, '');
  return new BackendError('auth', `Google gives no access token: ${says}. Sign in again (gcloud auth application-default login), or edit the connection's key file.`);
}
