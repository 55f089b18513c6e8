// AWS credentials of the machine itself, asked over the connection's transport: of a container (ECS, EKS) where the environment says that there
// are some, else of an EC2 instance by IMDSv2 (the SDK reference guide's "Container credential provider" and "IMDS credential provider").
// In place of the SDK's own providers, which open sockets of their own. IMDSv1, which asks for no token, is not spoken.
import { readFile } from 'node:fs/promises';
import { BackendError } from '../backends/backend.ts';
import type { Transport, WireAnswer, WireRequest } from './connectionClient.ts';
import { parsedJson } from './httpClient.ts';
import type { Environment } from './proxyChoice.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type AwsProvider = () => Promise<AwsCredentials>;

/** Whoever is there answers at once. */
const TIMEOUT_MS = 1_000;
const MAX_BYTES = 64 * 1024;
const ECS = 'http://169.254.170.2';
/** Besides 127.0.0.0/8, where a token may go without TLS: ECS, EKS, and this machine. */
const CONTAINER_HOSTS: ReadonlySet<string> = new Set(['169.254.170.2', '169.254.170.23', '[fd00:ec2::23]', 'localhost', '[::1]']);
const INSTANCE = 'http://169.254.169.254';
const INSTANCE_V6 = 'http://[fd00:ec2::254]';
const ROLES = '/latest/meta-data/iam/security-credentials/';
const TOKEN_TTL_S = 21_600;

export const machineCredentials = (transport: Transport, env: Environment): AwsProvider => (containerAddress(env) === undefined ? instanceCredentials : containerCredentials)(transport, env);

export const containerCredentials = (transport: Transport, env: Environment): AwsProvider => async () => {
  const address = containerAddress(env);
  if (address === undefined) throw new Error('the environment names no credentials of a container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI)');
  const url = containerUrl(address);
  const token = await containerToken(env);
  // The path names whose credentials they are: it is in no sentence.
  const where = `the container's credentials at ${url.host}`;
  const answer = await asked(transport, { url, headers: token === undefined ? {} : { authorization: token } });
  if (answer === undefined) throw new Error(`${where} do not answer`);
  return credentialsIn(answer, where);
};

export const instanceCredentials = (transport: Transport, env: Environment): AwsProvider => async () => {
  const nothing = 'neither the environment, a profile nor this machine has any';
  if ((env['AWS_EC2_METADATA_DISABLED'] ?? 'false').toLowerCase() !== 'false') throw new Error(nothing);
  const base = env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? ((env['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE'] ?? '').toLowerCase() === 'ipv6' ? INSTANCE_V6 : INSTANCE);
  if (!URL.canParse(base)) throw new Error('AWS_EC2_METADATA_SERVICE_ENDPOINT is no address');
  const where = `the metadata service at ${new URL(base).host}`;
  const given = await asked(transport, { method: 'PUT', url: new URL('/latest/api/token', base), headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_TTL_S) } });
  if (given === undefined) throw new Error(nothing);
  const token = textOf(given);
  if (given.status !== 200 || !/^[\x21-\x7e]{1,4096}$/.test(token)) throw new Error(`${where} gives no session token (${given.status})`);
  const headers = { 'x-aws-ec2-metadata-token': token };
  const roles = await asked(transport, { url: new URL(ROLES, base), headers });
  const role = roles?.status === 200 ? textOf(roles).split(/\r?\n/)[0]! : '';
  if (role === '') throw new Error(`this instance has no role (${where} answered ${roles?.status ?? 'nothing'})`);
  const answer = await asked(transport, { url: new URL(`${ROLES}${encodeURIComponent(role)}`, base), headers });
  if (answer === undefined) throw new Error(`${where} no longer answers`);
  return credentialsIn(answer, where);
};

const filled = (text: string | undefined): string | undefined => (text === undefined || text.trim() === '' ? undefined : text.trim());

function containerAddress(env: Environment): string | undefined {
  const relative = filled(env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']);
  return relative === undefined ? filled(env['AWS_CONTAINER_CREDENTIALS_FULL_URI']) : `${ECS}${relative}`;
}

/** Throws where a token would go to somebody else. */
function containerUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const allowed = url !== undefined && url.username === '' && url.password === '' && (url.protocol === 'https:' || (url.protocol === 'http:' && (CONTAINER_HOSTS.has(url.hostname) || /^127(?:\.\d+){3}$/.test(url.hostname))));
  if (!allowed) throw new Error('the environment names an address for the container\'s credentials that may not be asked: it must be https, this machine (127.0.0.1) or the container agent\'s (169.254.170.2, 169.254.170.23)');
  return url;
}

/** Read anew every time: it is replaced before it ends. */
async function containerToken(env: Environment): Promise<string | undefined> {
  const file = filled(env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']);
  let token = filled(env['AWS_CONTAINER_AUTHORIZATION_TOKEN']);
  try {
    if (file !== undefined) token = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new Error(`the token file ${file} of the container's credentials cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause: error });
  }
  if (token !== undefined && !/^[\t\x20-\x7e]+$/.test(token)) throw new Error('the token of the container\'s credentials holds characters that no header can carry');
  return token;
}

/** undefined: nobody is there. */
async function asked(transport: Transport, request: Pick<WireRequest, 'url' | 'headers'> & { readonly method?: 'GET' | 'PUT' }): Promise<WireAnswer | undefined> {
  try {
    return await transport.send({ method: 'GET', timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, ...request }, new AbortController().signal);
  } catch (error) {
    if (error instanceof BackendError && (error.kind === 'network' || error.kind === 'timeout')) return undefined;
    throw error;
  }
}

const textOf = ({ body }: WireAnswer): string => new TextDecoder().decode(body).trim();

/** Both services answer alike; a container's has no Code. */
function credentialsIn(answer: WireAnswer, where: string): AwsCredentials {
  if (answer.status !== 200) throw new Error(`${where} answered ${answer.status}`);
  const { AccessKeyId, SecretAccessKey, Token, Expiration, Code } = (parsedJson(answer, where) ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof Code === 'string' && Code !== 'Success') throw new Error(`${where} answered ${JSON.stringify(Code.slice(0, 60))}`);
  const expiration = new Date(typeof Expiration === 'string' ? Expiration : Number.NaN);
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string' || typeof Token !== 'string' || Number.isNaN(expiration.getTime())) throw new Error(`${where} answered something that is no set of credentials`);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token, expiration };
}
