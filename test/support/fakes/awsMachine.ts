// The credential services of a machine in AWS: the container agent's of ECS and EKS (its path, its token) and an instance's (IMDSv2: a session
// token by PUT with a lifetime, nothing without it, nothing for what came through a proxy), as their user guides describe them.
import { jsonServer, type FakeAnswer, type FakeRequest, type FakeServer } from './jsonServer.ts';

export interface FakeAwsMachine extends FakeServer {
  /** `GET host/path`, in order. */
  readonly asked: string[];
  /** What answers there now; 0: as it should. */
  status: number;
  /** Of an instance: '' has none. */
  role: string;
  token: string;
  keys: Readonly<Record<string, unknown>>;
}

export const MACHINE_KEYS = { accessKeyId: 'ASIAMACHINE', secretAccessKey: 'secret-of-machine', sessionToken: 'token-of-machine' };
export const CONTAINER_PATH = '/v2/credentials/6f1c';
export const CONTAINER_TOKEN = 'Basic container-token';
const SESSION = 'imds-session-1==';

export async function fakeAwsMachine(expiresMs = Date.now() + 3_600_000): Promise<FakeAwsMachine> {
  const asked: string[] = [];
  const { accessKeyId, secretAccessKey, sessionToken } = MACHINE_KEYS;
  const server = await jsonServer((request) => {
    asked.push(`${request.method} ${request.headers['host']}${request.target}`);
    if (machine.status !== 0) return { status: machine.status, body: 'out of order' };
    return request.target.startsWith('/latest/') ? instance(request, machine) : container(request, machine);
  });
  const machine: FakeAwsMachine = { ...server, asked, status: 0, role: 'traces-reader', token: CONTAINER_TOKEN, keys: { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken, Expiration: new Date(expiresMs).toISOString() } };
  return machine;
}

function container({ method, target, headers }: FakeRequest, { token, keys }: FakeAwsMachine): FakeAnswer {
  if (method !== 'GET' || target !== CONTAINER_PATH) return { status: 404, body: { code: 'InvalidIdInRequest' } };
  if ((headers['authorization'] ?? '') !== token) return { status: 401, body: { code: 'AccessDenied' } };
  return { status: 200, body: { RoleArn: 'arn:aws:iam::1:role/task', ...keys } };
}

function instance({ method, target, headers }: FakeRequest, { role, keys }: FakeAwsMachine): FakeAnswer {
  if (target === '/latest/api/token') {
    const seconds = Number(headers['x-aws-ec2-metadata-token-ttl-seconds']);
    if (method !== 'PUT') return { status: 405, body: '' };
    // A proxy between would lend the instance's credentials to others.
    if (headers['x-forwarded-for'] !== undefined) return { status: 403, body: '' };
    return seconds >= 1 && seconds <= 21_600 ? { status: 200, headers: { 'content-type': 'text/plain' }, body: SESSION } : { status: 400, body: '' };
  }
  if (headers['x-aws-ec2-metadata-token'] !== SESSION || method !== 'GET') return { status: 401, body: '' };
  if (target === '/latest/meta-data/placement/availability-zone') return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'eu-central-1a' };
  const roles = '/latest/meta-data/iam/security-credentials/';
  if ((target === roles || target === roles.slice(0, -1)) && role !== '') return { status: 200, headers: { 'content-type': 'text/plain' }, body: role };
  if (target === `${roles}${encodeURIComponent(role)}` && role !== '') return { status: 200, headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ Code: 'Success', Type: 'AWS-HMAC', LastUpdated: new Date().toISOString(), ...keys }) };
  return { status: 404, body: '' };
}
