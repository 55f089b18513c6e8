// Which way a connection's requests take, from its settings: our own sockets with their proxy, trust and client certificate, or the editor's fetch.
// Also what of it must never be said (secretsOf). Must not know what is asked over it.
import type { ConnectionConfig, ConnectionSecrets, NetworkConfig } from '../../protocol/connections.ts';
import { undiciTransport, type TransportOptions } from '../http.ts';
import { secureContextOf } from './certificates.ts';
import type { Transport } from './connectionClient.ts';
import { editorTransport, type AskHost } from './editorTransport.ts';
import { proxySecrets, type Environment } from './proxyChoice.ts';

export interface TransportNeeds extends Pick<TransportOptions, 'timeouts' | 'lookup' | 'env'> {
  readonly askHost?: AskHost | undefined;
}

export function connectionTransport(config: ConnectionConfig, network: NetworkConfig, secrets: ConnectionSecrets, { askHost, ...needs }: TransportNeeds): Transport {
  if (config.transport === 'vscode') return editorTransport(askHost);
  const { auth, caFile, url } = config;
  const shown = auth?.type === 'clientCertificate' && auth.certificateFile !== undefined
    ? { certificateFile: auth.certificateFile, ...(auth.keyFile === undefined ? {} : { keyFile: auth.keyFile }), ...(secrets.secret === undefined ? {} : { passphrase: secrets.secret }) }
    : {};
  return undiciTransport({
    ...needs,
    network,
    ...(url !== undefined && URL.canParse(url) ? { ownOrigin: new URL(url).origin } : {}),
    secureContext: (own, signal) => secureContextOf({ systemCertificates: network.systemCertificates, ...(caFile === undefined ? {} : { caFile }), ...(own ? shown : {}) }, signal),
  });
}

/** Everything secret that a sentence about this connection could repeat. */
export function secretsOf({ auth }: ConnectionConfig, secrets: ConnectionSecrets, network: NetworkConfig, env: Environment = process.env): readonly string[] {
  const { secret, headers, accessKeyId, secretAccessKey, sessionToken } = secrets;
  const all = [secret, ...Object.values(headers ?? {}), accessKeyId, secretAccessKey, sessionToken, ...proxySecrets(network, env)].filter((text) => text !== undefined);
  return auth?.type === 'basic' && secret !== undefined ? [...all, Buffer.from(`${auth.user ?? ''}:${secret}`).toString('base64')] : all;
}
