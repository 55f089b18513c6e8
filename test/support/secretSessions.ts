// For every way a connection proves itself: its settings, its secrets, the files and servers behind it, and which of its texts nobody may ever
// see again. Every secret has characters that each encoding writes in its own way.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuthType, ConnectionAuth, ConnectionSecrets } from '../../src/protocol/connections.ts';
import { encryptedKeyPem, makeCertificate, type Authority } from './certificates.ts';

export interface AuthCase {
  readonly auth: ConnectionAuth;
  readonly secrets: ConnectionSecrets;
  /** Must be seen nowhere. */
  readonly hidden: readonly string[];
  /** Of those, what travels: a server must have seen it, as it is or in base64. */
  readonly travels: readonly string[];
  /** How the command line proves itself so, where it can. */
  readonly cli?: { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> };
}

export const REGION = 'eu-central-1';
const secretOf = (what: string): string => `canary "${what}"/+&=?~<>42`;

export const PROXY_PASSWORD = secretOf('proxy');
export const ROLE_SECRET = secretOf('role key');
export const ROLE_TOKEN = secretOf('role token');
export const GOOGLE_TOKEN = secretOf('google token');
const REFRESH = { client_id: 'client.apps.googleusercontent.com', client_secret: secretOf('client'), refresh_token: secretOf('refresh') };

/** Files go into `folder`; the client certificate is signed by `authority`. */
export function authCases(folder: string, authority: Authority): ReadonlyMap<AuthType, AuthCase> {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const [bearer, password, key, header, printed, passphrase, secretKey, session] = ['bearer', 'password', 'api key', 'header', 'printed', 'passphrase', 'secret key', 'session'].map(secretOf) as [string, string, string, string, string, string, string, string];
  const client = makeCertificate({ name: 'a developer', issuer: authority });
  const simple = (auth: ConnectionAuth, secrets: ConnectionSecrets, secret: string, cli?: AuthCase['cli']): AuthCase => ({ auth, secrets, hidden: [secret], travels: [secret], ...(cli === undefined ? {} : { cli }) });
  const printer = file('printHeaders.mjs', `console.log(${JSON.stringify(JSON.stringify({ 'X-Token': printed }))})`);
  const credentialsFile = file('google.json', JSON.stringify({ type: 'authorized_user', ...REFRESH }));
  return new Map<AuthType, AuthCase>([
    ['none', { auth: { type: 'none' }, secrets: {}, hidden: [], travels: [], cli: { args: ['--auth', 'none'], env: {} } }],
    ['bearer', simple({ type: 'bearer' }, { secret: bearer }, bearer, { args: [], env: { TRACEFALL_TOKEN: bearer } })],
    ['basic', simple({ type: 'basic', user: 'me' }, { secret: password }, password, { args: [], env: { TRACEFALL_USER: 'me', TRACEFALL_PASSWORD: password } })],
    ['apiKey', simple({ type: 'apiKey', header: 'X-Api-Key', prefix: 'Key ' }, { secret: key }, key)],
    ['headers', simple({ type: 'headers', headerNames: ['X-Team-Key'] }, { headers: { 'X-Team-Key': header } }, header, { args: ['--header', `X-Team-Key: ${header}`], env: {} })],
    ['headersCommand', simple({ type: 'headersCommand', command: [process.execPath, printer] }, {}, printed)],
    ['clientCertificate', {
      auth: { type: 'clientCertificate', certificateFile: file('client.pem', client.certPem), keyFile: file('client.key', encryptedKeyPem(client, passphrase)) }, secrets: { secret: passphrase },
      hidden: [passphrase, ...client.keyPem.split('\n').filter((line) => line !== '' && !line.startsWith('-'))], travels: [],
    }],
    ['aws', {
      auth: { type: 'aws', roleArn: 'arn:aws:iam::123456789012:role/reader' }, secrets: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secretKey },
      hidden: [secretKey, session, ROLE_SECRET, ROLE_TOKEN], travels: [session, ROLE_TOKEN],
      cli: { args: ['--auth', 'aws'], env: { AWS_REGION: REGION, AWS_CONFIG_FILE: file('aws', `[profile reader]\nrole_arn=arn:aws:iam::123456789012:role/reader\ncredential_source=Environment\nregion=${REGION}\n`), AWS_PROFILE: 'reader', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: secretKey, AWS_SESSION_TOKEN: session } },
    }],
    ['google', {
      auth: { type: 'google', credentialsFile }, secrets: {}, hidden: [REFRESH.client_secret, REFRESH.refresh_token, GOOGLE_TOKEN], travels: [REFRESH.client_secret, REFRESH.refresh_token, GOOGLE_TOKEN],
      cli: { args: ['--auth', 'google'], env: { GOOGLE_APPLICATION_CREDENTIALS: credentialsFile } },
    }],
  ]);
}
