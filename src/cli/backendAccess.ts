// Where a command reads traces: the store, or with --backend any server the editor can connect to, by the same engine. Secrets come from the
// environment only: arguments are seen by everybody on the machine. Must not know any kind.
import { existsSync } from 'node:fs';
import type { Backend, TimeWindow } from '../engine/backends/backend.ts';
import type { BackendKind } from '../engine/backends/source.ts';
import type { connectionMethods } from '../engine/connectionMethods.ts';
import type { OpenTrace } from '../engine/openTraces.ts';
import type { AuthType, ConnectionAuth, ConnectionConfig, ConnectionSecrets } from '../protocol/connections.ts';
import { withoutCredentials, withScheme } from '../protocol/typedAddress.ts';
import { wrong, type Arguments, type CommandSpec } from './arguments.ts';
import type { CliIo } from './cliIo.ts';
import { traceIdOf, withStore } from './storeAccess.ts';

export interface CliSource {
  readonly backend: Backend;
  /** The connection as traces name it. */
  readonly connection: string;
  readonly signal: AbortSignal;
}

const UNITS: Readonly<Record<string, bigint>> = { s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n, d: 86_400_000_000_000n };
const AUTHS: readonly AuthType[] = ['none', 'bearer', 'basic', 'aws', 'google'];
const CONNECTION = 'cli';

/** A cloud has no address of its own to give: its kind is enough. */
export const isRemote = (args: Arguments): boolean => args.values.has('backend') || args.values.has('kind');

export async function withBackend(spec: CommandSpec, args: Arguments, io: CliIo, work: (source: CliSource) => Promise<number>): Promise<number> {
  const { signal } = new AbortController();
  if (!isRemote(args)) {
    const stray = ['option', 'header'].find((name) => args.lists.has(name)) ?? (args.values.has('auth') ? 'auth' : undefined);
    if (stray !== undefined) throw wrong(spec, `--${stray} goes with --backend`);
    return withStore(args, io, (backend) => work({ backend, connection: 'collector', signal }));
  }
  if (args.values.has('db')) throw wrong(spec, 'it is --db or --backend, not both');
  const [{ Connections, NO_NETWORK_SETTINGS }, { connectionMethods: methodsOf }, { Backends, kindOf }, { connectionTransport }, { DEFAULT_CONFIG }] = await Promise.all([
    import('../engine/connections.ts'),
    import('../engine/connectionMethods.ts'),
    import('../engine/backends/registry.ts'),
    import('../engine/network/connectionTransport.ts'),
    import('../engine/defaultConfig.ts'),
  ]);
  const connections = new Connections({ transport: (config, network, secrets) => connectionTransport(config, network, secrets, {}), slow: () => DEFAULT_CONFIG.slow, stateChanged: () => undefined, tracesChanged: () => undefined });
  const backends = new Backends({ store: () => Promise.reject(wrong(spec, 'no store is read with --backend')), connect: (config) => connections.connect(config) });
  const methods = methodsOf({ backends, connections });
  const { auth, secrets } = credentialsOf(spec, args, process.env);
  const draft: ConnectionConfig = { id: CONNECTION, kind: args.values.get('kind') ?? '', name: 'command line', auth, options: optionsOf(spec, args), ...lookback(spec, args) };
  const address = args.values.get('backend');
  try {
    const found = draft.kind === '' ? await detected(methods, pathOr(address!, io), draft, secrets, signal, spec) : addressed(kindOf(draft.kind), address, io);
    await methods.setConnections({ connections: [{ ...draft, ...found, options: { ...found.options, ...draft.options } }], secrets: { [CONNECTION]: secrets }, network: NO_NETWORK_SETTINGS }, signal);
    return await work({ backend: backends.get(CONNECTION), connection: CONNECTION, signal });
  } finally {
    await backends.close();
  }
}

/** The id a command was given: the store's are hex, other systems have their own. */
export const traceIdGiven = (spec: CommandSpec, args: Arguments): string => (isRemote(args) ? args.positionals[0]! : traceIdOf(spec, args.positionals[0]!));

/** Throws what the backend says when it is not there. */
export async function openedTrace({ backend, connection, signal }: CliSource, traceId: string): Promise<OpenTrace> {
  const { buildOpenTrace } = await import('../engine/openTraces.ts');
  return buildOpenTrace({ connection, traceId }, (key) => backend.trace(key, signal), signal);
}

/** --since; undefined where it is not given. */
export function windowOf(spec: CommandSpec, args: Arguments, nowMs = Date.now()): TimeWindow | undefined {
  const since = sinceOf(spec, args);
  if (since === undefined) return undefined;
  const nowNs = BigInt(nowMs) * 1_000_000n;
  return { startNs: nowNs - since, endNs: nowNs + UNITS['m']! };
}

function sinceOf(spec: CommandSpec, args: Arguments): bigint | undefined {
  const text = args.values.get('since');
  if (text === undefined) return undefined;
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  if (match === null) throw wrong(spec, `--since wants a number and s, m, h or d (1h), not ${JSON.stringify(text.slice(0, 40))}`);
  return BigInt(match[1]!) * UNITS[match[2]!]!;
}

function lookback(spec: CommandSpec, args: Arguments): Pick<ConnectionConfig, 'lookbackHours'> {
  const since = sinceOf(spec, args);
  return since === undefined ? {} : { lookbackHours: Number(since) / Number(UNITS['h']) };
}

function optionsOf(spec: CommandSpec, args: Arguments): Record<string, string> {
  return Object.fromEntries((args.lists.get('option') ?? []).map((option) => {
    const at = option.indexOf('=');
    if (at < 1) throw wrong(spec, `--option wants KEY=VALUE, not ${JSON.stringify(option.slice(0, 40))}`);
    return [option.slice(0, at), option.slice(at + 1)];
  }));
}

/** Throws for what contradicts itself; never says a secret. */
export function credentialsOf(spec: CommandSpec, args: Arguments, env: Readonly<Record<string, string | undefined>>): { readonly auth: ConnectionAuth; readonly secrets: ConnectionSecrets } {
  const headers = Object.fromEntries((args.lists.get('header') ?? []).map((header) => {
    const at = header.indexOf(':');
    if (at < 1) throw wrong(spec, '--header wants "NAME: VALUE"');
    return [header.slice(0, at).trim(), header.slice(at + 1).trim()];
  }));
  const [token, user, password] = ['TRACEFALL_TOKEN', 'TRACEFALL_USER', 'TRACEFALL_PASSWORD'].map((name) => env[name] || undefined);
  const given = args.values.get('auth');
  if (given !== undefined && !AUTHS.some((auth) => auth === given)) throw wrong(spec, `--auth is one of ${AUTHS.join(', ')}, not ${JSON.stringify(given.slice(0, 40))}`);
  const type = given ?? (Object.keys(headers).length > 0 ? 'headers' : token !== undefined ? 'bearer' : user !== undefined || password !== undefined ? 'basic' : 'none');
  if (type === 'headers') return { auth: { type, headerNames: Object.keys(headers) }, secrets: { headers } };
  if (type === 'bearer') {
    if (token === undefined) throw wrong(spec, '--auth bearer needs TRACEFALL_TOKEN in the environment');
    return { auth: { type }, secrets: { secret: token } };
  }
  if (type === 'basic') {
    if (user === undefined || password === undefined) throw wrong(spec, '--auth basic needs TRACEFALL_USER and TRACEFALL_PASSWORD in the environment');
    return { auth: { type, user }, secrets: { secret: password } };
  }
  return { auth: { type: type as AuthType }, secrets: {} };
}

/** A path as the caller meant it; whatever else was given as it is. */
function pathOr(given: string, io: CliIo): string {
  const isPath = /^\.{1,2}(?:[/\\]|$)/.test(given) || (given !== '' && existsSync(io.path(given)));
  return isPath ? io.path(given) : given;
}

/** The address of a kind that was named: a path where it asks for one, else a URL, meant as http where it has no scheme. */
function addressed({ kind, fields }: Pick<BackendKind, 'kind' | 'fields'>, address: string | undefined, io: CliIo): Pick<ConnectionConfig, 'kind' | 'url' | 'options'> {
  if (address === undefined) return { kind };
  const field = fields.find(({ folder }) => folder === true);
  if (field !== undefined) return { kind, options: { [field.key]: io.path(address) } };
  return { kind, url: withScheme(address) };
}

async function detected(
  methods: Pick<ReturnType<typeof connectionMethods>, 'detectConnection'>,
  address: string,
  draft: ConnectionConfig,
  secrets: ConnectionSecrets,
  signal: AbortSignal,
  spec: CommandSpec,
): Promise<Pick<ConnectionConfig, 'kind' | 'url' | 'options'>> {
  const { found, tried } = await methods.detectConnection({ address, draft, secrets }, signal);
  if (found === undefined) throw wrong(spec, `what answers at ${withoutCredentials(address)} is not known (${tried.join(' ')}); --kind names it`);
  return { kind: found.kind, ...(found.url === undefined ? {} : { url: found.url }), ...(found.options === undefined ? {} : { options: found.options }) };
}
