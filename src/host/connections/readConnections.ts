// tracefall.connections as a person (or a cloned repository) wrote it → connections. Each entry is taken whole or not at all; what is
// wrong with one is a sentence that names it. A workspace's entries may less: see `workspaceProblem`. Pure; knows no kind.
import type { AuthType, ConnectionAuth, ConnectionConfig } from '../../protocol/connections.ts';
import { visibleLine } from '../../analysis/visibleText.ts';

export interface ReadConnections {
  readonly connections: readonly ConnectionConfig[];
  readonly problems: readonly string[];
}

const SETTING = 'tracefall.connections';
const MOST = 100;
const TEXT_MAX = 2_000;
/** Names its place in addresses of traces, in pins and in the keys of secrets. */
const ID = /^[A-Za-z0-9_-]{1,64}$/;
/** The embedded collector's, and the wizard's draft. */
const RESERVED: readonly string[] = ['collector', 'draft'];
const AUTH_TYPES: readonly AuthType[] = ['none', 'bearer', 'basic', 'apiKey', 'headers', 'clientCertificate', 'aws', 'google', 'headersCommand'];
const OPTION = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}$/;

type Check = (value: unknown) => string | undefined;
type Fields = Readonly<Record<string, Check>>;

const text: Check = (value) => (typeof value === 'string' && value.length <= TEXT_MAX && !/[\r\n\0]/.test(value) ? undefined : 'must be one line of text');
const filled: Check = (value) => (text(value) === undefined && value !== '' ? undefined : 'must be one line of text, not empty');
const texts: Check = (value) => (Array.isArray(value) && value.length <= MOST && value.every((entry) => filled(entry) === undefined) ? undefined : 'must be a list of texts');
const number = (least: number, most: number): Check => (value) => (typeof value === 'number' && value >= least && value <= most ? undefined : `must be a number from ${least} to ${most}`);
const oneOf = (allowed: readonly string[]): Check => (value) => (typeof value === 'string' && allowed.includes(value) ? undefined : `must be one of ${allowed.join(', ')}`);

const AUTH_FIELDS: Fields = {
  type: oneOf(AUTH_TYPES), user: text, header: (value) => (typeof value === 'string' && HEADER_NAME.test(value) ? undefined : 'must be the name of a header'), prefix: text,
  headerNames: (value) => (Array.isArray(value) && value.length <= MOST && value.every((name) => typeof name === 'string' && HEADER_NAME.test(name)) ? undefined : 'must be a list of header names'),
  certificateFile: filled, keyFile: filled, profile: text, roleArn: text, region: filled, service: filled, credentialsFile: filled, impersonate: text,
  command: (value) => (texts(value) === undefined && (value as unknown[]).length > 0 ? undefined : 'must be a program and its arguments, as a list of texts'),
};

const FIELDS: Fields = {
  id: (value) => (typeof value !== 'string' || !ID.test(value) ? 'must be 1 to 64 letters, digits, - or _' : RESERVED.includes(value) ? `may not be ${JSON.stringify(value)}, which is Tracefall's own` : undefined),
  kind: filled, name: filled, url: urlProblem,
  options: (value) => (isRecord(value) && Object.keys(value).length <= MOST && Object.entries(value).every(([key, entry]) => OPTION.test(key) && text(entry) === undefined) ? undefined : 'must be texts by name'),
  auth: (value) => (isRecord(value) ? fieldProblem(value, AUTH_FIELDS, ['type']) : 'must be an object with a "type"'),
  caFile: filled, transport: oneOf(['undici', 'vscode']), lookbackHours: number(0.01, 24 * 366), slowThresholdMs: number(0, 1e9), refreshSeconds: number(0, 86_400), maxRequestsPerMinute: number(1, 6_000), colour: filled,
};

/** `taken`: ids that are in use already; each accepted id is added. */
export function readConnections(value: unknown, from: 'user' | 'workspace', taken: Set<string> = new Set()): ReadConnections {
  if (value === undefined) return { connections: [], problems: [] };
  const where = from === 'workspace' ? `${SETTING} of this workspace` : SETTING;
  if (!Array.isArray(value)) return { connections: [], problems: [`${where} must be a list, so nothing of it is used.`] };
  const connections: ConnectionConfig[] = [];
  const problems: string[] = [];
  for (const [i, entry] of value.slice(0, MOST).entries()) {
    const called = `${where}[${i}]${isRecord(entry) && typeof entry['name'] === 'string' ? ` (${visibleLine(entry['name'], 60)})` : ''}`;
    const problem = entryProblem(entry) ?? (taken.has((entry as ConnectionConfig).id) ? `its "id" ${(entry as ConnectionConfig).id} is that of another connection` : undefined) ?? (from === 'workspace' ? workspaceProblem(entry as ConnectionConfig) : undefined);
    if (problem !== undefined) {
      problems.push(`${called} is not used: ${problem}.`);
      continue;
    }
    const config = onlyKnown(entry as ConnectionConfig);
    taken.add(config.id);
    connections.push(config);
  }
  if (value.length > MOST) problems.push(`${where} has ${value.length} entries; those after the first ${MOST} are not used.`);
  return { connections, problems };
}

/** One sentence's end: what is wrong with it. */
export function entryProblem(entry: unknown): string | undefined {
  return isRecord(entry) ? fieldProblem(entry, FIELDS, ['id', 'kind', 'name']) : 'it must be an object';
}

function fieldProblem(record: Readonly<Record<string, unknown>>, fields: Fields, required: readonly string[]): string | undefined {
  const missing = required.find((key) => !Object.hasOwn(record, key));
  if (missing !== undefined) return `"${missing}" is missing`;
  for (const [key, value] of Object.entries(record)) {
    const check = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (check === undefined) return `there is no "${visibleLine(key, 40)}"`;
    const problem = check(value);
    if (problem !== undefined) return key === 'auth' && isRecord(value) ? `in "auth", ${problem}` : `"${key}" ${problem}`;
  }
  return undefined;
}

export function urlProblem(value: unknown): string | undefined {
  const url = typeof value === 'string' && value.length <= TEXT_MAX && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return 'must be an http or https address';
  return url.username === '' && url.password === '' ? undefined : 'may hold no user name and no password: they are kept apart, by "Edit Connection…"';
}

/** A workspace is somebody else's: it runs no program, names no key file, and lends no sign-in of this machine to an address of its choice. */
function workspaceProblem({ auth, url, caFile, options }: ConnectionConfig): string | undefined {
  if (auth?.type === 'headersCommand' || auth?.command !== undefined) return 'a program that prints headers may only be named in your own settings';
  if (auth?.type === 'clientCertificate' || auth?.keyFile !== undefined || auth?.certificateFile !== undefined || auth?.credentialsFile !== undefined || caFile !== undefined) return 'files with keys and certificates may only be named in your own settings';
  if (Object.values(options ?? {}).some((value) => /^\s*[\\/]{2}/.test(value))) return 'a path on the network may only be named in your own settings';
  if ((auth?.type === 'aws' || auth?.type === 'google') && url !== undefined) return `your ${auth.type === 'aws' ? 'AWS' : 'Google'} sign-in is not sent to an address that a workspace chose`;
  return undefined;
}

/** A copy without a prototype's ways in: own, known fields only. */
function onlyKnown(entry: ConnectionConfig): ConnectionConfig {
  const { auth, options, ...rest } = entry;
  return {
    ...rest,
    ...(options === undefined ? {} : { options: Object.fromEntries(Object.entries(options)) }),
    ...(auth === undefined ? {} : { auth: { ...auth } satisfies ConnectionAuth }),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
