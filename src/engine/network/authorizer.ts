// A connection's credentials as headers. The simple kinds are here; what needs a library or a program of its own is loaded when it is used.
// Must not know any system.
import type { ConnectionConfig, ConnectionSecrets } from '../../protocol/connections.ts';
import { BackendError } from '../backends/backend.ts';
import { awsAuthorizer } from './awsAuthorizer.ts';
import { NO_AUTHORIZER, type Authorizer, type Transport } from './connectionClient.ts';
import { googleAuthorizer } from './googleAuthorizer.ts';
import { headersCommandAuthorizer } from './headersCommand.ts';

export interface AuthorizerContext {
  /** For what a cloud's credentials are asked of (STS, SSO, token servers, the machine's own account). */
  readonly transport: Transport;
  /** The workspace is not trusted: no program is run. */
  readonly restricted: boolean;
  /** By which name AWS knows what is asked. */
  readonly signedAs?: string | undefined;
}

export function authorizerOf(config: ConnectionConfig, secrets: ConnectionSecrets, { restricted, transport, signedAs }: AuthorizerContext): Authorizer {
  const { auth, name } = config;
  const proof = (headers: () => Readonly<Record<string, string>>): Authorizer => ({ headers: async () => headers(), refresh: async () => false });
  const sendable = (value: string): string => {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new BackendError('auth', `The secret of the connection ${JSON.stringify(name)} holds characters that no header can carry (a line break, perhaps); enter it again.`);
    return value;
  };
  const secret = (): string => {
    if (secrets.secret === undefined || secrets.secret === '') throw new BackendError('auth', `The secret of the connection ${JSON.stringify(name)} is not known on this machine; edit the connection.`);
    return secrets.secret;
  };
  const { unread } = secrets;
  if (unread !== undefined) return { headers: async () => Promise.reject(new BackendError('auth', unread)), refresh: async () => false };
  switch (auth?.type ?? 'none') {
    case 'none':
    case 'clientCertificate':
      return NO_AUTHORIZER;
    case 'bearer':
      return proof(() => ({ authorization: sendable(`Bearer ${secret()}`) }));
    case 'basic':
      return proof(() => ({ authorization: `Basic ${Buffer.from(`${auth?.user ?? ''}:${secret()}`).toString('base64')}` }));
    case 'apiKey':
      return proof(() => ({ [(auth?.header ?? 'authorization').toLowerCase()]: sendable(`${auth?.prefix ?? ''}${secret()}`) }));
    case 'headers':
      return proof(() => Object.fromEntries(Object.entries(secrets.headers ?? {}).map(([header, value]) => [header.toLowerCase(), sendable(value)])));
    case 'headersCommand':
      return headersCommandAuthorizer({ command: auth?.command ?? [], name, restricted });
    case 'aws':
      return awsAuthorizer(config, secrets, transport, signedAs === undefined ? {} : { signedAs });
    case 'google':
      return googleAuthorizer(config, transport);
    default:
      return { headers: async () => Promise.reject(new BackendError('unsupported', `Authentication by ${auth?.type} is not possible for this connection.`)), refresh: async () => false };
  }
}
