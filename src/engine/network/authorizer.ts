// A connection's credentials as headers. The simple kinds are here; what needs a library or a program of its own is loaded when it is used.
// Must not know any system.
import type { ConnectionConfig, ConnectionSecrets } from '../../protocol/connections.ts';
import { BackendError } from '../backends/backend.ts';
import { awsAuthorizer } from './awsAuthorizer.ts';
import { NO_AUTHORIZER, type Authorizer, type Transport } from './connectionClient.ts';
import { googleAuthorizer } from './googleAuthorizer.ts';

export interface AuthorizerContext {
  /** For what a cloud's credentials are asked of: STS, SSO, token servers. */
  readonly transport: Transport;
}

export function authorizerOf(config: ConnectionConfig, secrets: ConnectionSecrets, { transport }: AuthorizerContext): Authorizer {
  const { auth, name } = config;
  const fixed = (headers: Readonly<Record<string, string>>): Authorizer => ({ headers: async () => headers, refresh: async () => false });
  const secret = (): string => {
    if (secrets.secret === undefined || secrets.secret === '') throw new BackendError('auth', `The secret of the connection ${JSON.stringify(name)} is not known on this machine; edit the connection.`);
    return secrets.secret;
  };
  switch (auth?.type ?? 'none') {
    case 'none':
    case 'clientCertificate':
      return NO_AUTHORIZER;
    case 'bearer':
      return { headers: async () => ({ authorization: `Bearer ${secret()}` }), refresh: async () => false };
    case 'basic':
      return { headers: async () => ({ authorization: `Basic ${Buffer.from(`${auth?.user ?? ''}:${secret()}`).toString('base64')}` }), refresh: async () => false };
    case 'apiKey':
      return { headers: async () => ({ [(auth?.header ?? 'authorization').toLowerCase()]: `${auth?.prefix ?? ''}${secret()}` }), refresh: async () => false };
    case 'headers':
      return fixed(Object.fromEntries(Object.entries(secrets.headers ?? {}).map(([header, value]) => [header.toLowerCase(), value])));
    case 'aws':
      return awsAuthorizer(config, secrets, transport);
    case 'google':
      return googleAuthorizer(config, transport);
    default:
      return { headers: async () => Promise.reject(new BackendError('unsupported', `Authentication by ${auth?.type} is not possible for this connection.`)), refresh: async () => false };
  }
}
