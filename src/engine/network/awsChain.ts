// Where AWS credentials come from: keys given by hand, or what the vendor's own chain looks through (environment, profile, SSO, process, web
// identity), in its order, with the machine's own at the end; and a role assumed with them. What the library asks (STS, SSO) goes through the
// connection's transport; where it would open sockets of its own (a profile's credential_source, defaultsMode auto) it is not asked.
import type { ConnectionConfig, ConnectionSecrets } from '../../protocol/connections.ts';
import { containerCredentials, instanceCredentials, machineCredentials, type AwsCredentials, type AwsProvider } from './awsMachine.ts';
import { awsRequestHandler, type AwsRequestHandler } from './awsRequestHandler.ts';
import type { Transport } from './connectionClient.ts';

const SESSION_NAME = 'tracefall';

interface ClientConfig {
  readonly requestHandler: AwsRequestHandler;
  readonly defaultsMode: 'standard';
  readonly region?: string;
}

/** Of ~/.aws: what is written under a profile's name. */
type Profile = Readonly<Record<string, string | undefined>>;

export async function awsProvider({ auth, options }: ConnectionConfig, secrets: ConnectionSecrets, transport: Transport): Promise<AwsProvider> {
  const { accessKeyId, secretAccessKey, sessionToken } = secrets;
  const given = accessKeyId !== undefined && secretAccessKey !== undefined ? async (): Promise<AwsCredentials> => ({ accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }) : undefined;
  if (given !== undefined && auth?.roleArn === undefined) return given;
  const region = auth?.region ?? options?.['region'];
  const clientConfig: ClientConfig = { requestHandler: awsRequestHandler(transport), defaultsMode: 'standard', ...(region === undefined ? {} : { region }) };
  const own = given ?? (await chain(auth?.profile, clientConfig, transport));
  return auth?.roleArn === undefined ? own : assumed(own, { RoleArn: auth.roleArn, RoleSessionName: SESSION_NAME }, clientConfig);
}

async function chain(named: string | undefined, clientConfig: ClientConfig, transport: Transport): Promise<AwsProvider> {
  // Bundled, a CommonJS package has only a default export.
  const { fromEnv, fromIni, fromProcess, fromTokenFile, propertyProviderChain } = (await import('@aws-sdk/credential-providers')).default;
  const { env } = process;
  // Empty is none, as it is for the vendor's own chain.
  const profile = named || env['AWS_PROFILE'] || undefined;
  const init = { ...(profile === undefined ? {} : { profile }), clientConfig, ignoreCache: true };
  const ini: AwsProvider = async () => ((await profileOfMachine(profile ?? 'default', clientConfig, transport)) ?? fromIni(init))();
  return propertyProviderChain(...(profile === undefined ? [fromEnv()] : []), ini, fromProcess(init), fromTokenFile(init), machineCredentials(transport, env));
}

async function assumed(masterCredentials: AwsProvider, params: { readonly RoleArn: string; readonly RoleSessionName: string; readonly ExternalId?: string; readonly DurationSeconds?: number }, clientConfig: ClientConfig): Promise<AwsProvider> {
  const { fromTemporaryCredentials } = (await import('@aws-sdk/credential-providers')).default;
  const provider = fromTemporaryCredentials({ masterCredentials, params, clientConfig });
  return () => provider();
}

/** A profile that begins with the machine's credentials, by itself or by its source profiles; undefined: it does not, and is the library's. */
async function profileOfMachine(name: string, clientConfig: ClientConfig, transport: Transport): Promise<AwsProvider | undefined> {
  const { parseKnownFiles } = await import('@smithy/core/config');
  const profiles: Readonly<Record<string, Profile | undefined>> = await parseKnownFiles({ ignoreCache: true });
  const roles: Profile[] = [];
  for (let [at, visited] = [name, new Set<string>()]; Object.hasOwn(profiles, at) && !visited.has(at); at = profiles[at]!['source_profile'] ?? '') {
    const profile = profiles[at]!;
    visited.add(at);
    if (profile['role_arn'] !== undefined) roles.unshift(profile);
    const source = { EcsContainer: containerCredentials, Ec2InstanceMetadata: instanceCredentials }[profile['credential_source'] ?? ''];
    if (source === undefined) continue;
    if (roles.some(({ mfa_serial: serial }) => serial !== undefined)) throw new Error(`the profile ${JSON.stringify(name)} wants a code of a second factor, which is not asked for here`);
    let provider = source(transport, process.env);
    for (const role of roles) provider = await assumed(provider, paramsOf(role), role['region'] === undefined ? clientConfig : { ...clientConfig, region: role['region'] });
    return provider;
  }
  return undefined;
}

function paramsOf({ role_arn: RoleArn, role_session_name: session, external_id: ExternalId, duration_seconds: seconds }: Profile): Parameters<typeof assumed>[1] {
  return { RoleArn: RoleArn!, RoleSessionName: session ?? SESSION_NAME, ...(ExternalId === undefined ? {} : { ExternalId }), ...(seconds === undefined ? {} : { DurationSeconds: Number(seconds) }) };
}
