// What can be asked about connections themselves: which kinds there are, what an address is, whether a draft works, and taking on the
// configured ones. Must not know any kind.
import type { ConnectionConfig, ConnectionSecrets, DetectedConnection, TestedConnection } from '../protocol/connections.ts';
import type { EngineMethods } from '../protocol/messages.ts';
import type { Handlers } from '../protocol/rpc.ts';
import { withoutCredentials, withScheme } from '../protocol/typedAddress.ts';
import { BackendError } from './backends/backend.ts';
import { backendKinds, kindOf, type Backends } from './backends/registry.ts';
import type { BackendKind, Detection } from './backends/source.ts';
import type { Connections } from './connections.ts';

export type ConnectionMethodName = 'setConnections' | 'connectionKinds' | 'detectConnection' | 'traceOfLink' | 'testConnection';

export interface ConnectionMethodContext {
  readonly backends: Backends;
  readonly connections: Connections;
}

const DRAFT = { id: 'draft', kind: '', name: 'draft' };

export function connectionMethods({ backends, connections }: ConnectionMethodContext): Handlers<Pick<EngineMethods, ConnectionMethodName>> {
  return {
    setConnections: async (config) => {
      const changed = connections.configure(config);
      await backends.configure(config.connections, changed);
    },
    connectionKinds: () =>
      backendKinds().map(({ kind, label, needsUrl, takesUrl, localUrls, fields, auth, apiKeyPrefix, metered, dependencies }) => ({
        kind, label, needsUrl, localUrls, fields, auth, metered, ...(takesUrl === undefined ? {} : { takesUrl }), ...(apiKeyPrefix === undefined ? {} : { apiKeyPrefix }), ...(dependencies === undefined ? {} : { dependencies }),
      })),
    detectConnection: ({ address, draft, secrets }, signal) => detect(connections, address, draft, secrets, signal),
    traceOfLink: ({ kind, address }) => {
      const url = addressOf(address);
      const traceId = kindOf(kind).recognise?.(url)?.traceId ?? traceOfApi(kindOf(kind), url);
      return traceId === undefined ? {} : { traceId };
    },
    testConnection: ({ connection, secrets }, signal) => test(connections, connection, secrets, signal),
  };
}

/** Throws BackendError badData for what is no address. */
async function detect(connections: Connections, address: string, draft: Partial<ConnectionConfig>, secrets: ConnectionSecrets, signal: AbortSignal): Promise<DetectedConnection> {
  const path = pathOf(address);
  // A path is never asked for as if it named a server.
  const url = path === undefined ? addressOf(address) : undefined;
  for (const kind of backendKinds()) {
    const known = path === undefined ? kind.recognise?.(url!) : kind.recognisePath?.(path);
    if (known === undefined) continue;
    const { traceId, ...found } = known;
    return { found: { kind: kind.kind, ...found }, ...(traceId === undefined ? {} : { traceId }), tried: [`${kind.label}: the address says so.`] };
  }
  if (url === undefined) throw new BackendError('badData', `${JSON.stringify(address.slice(0, 80))} is no http or https address.`);
  const tried: string[] = [];
  for (const { kind, path: where } of placesOf(url)) {
    const base = `${url.origin}${where.replace(/\/+$/, '')}`;
    const found = await ask(connections, kind, { ...DRAFT, ...draft, kind: kind.kind, url: base }, secrets, signal);
    if (found === undefined) continue;
    // Any other kind would be told the same, after the same time.
    if (found.unreachable === true) return { tried: [found.says] };
    tried.push(`${kind.label}: ${found.says}`);
    if (!found.is) continue;
    const traceId = traceOfApi(kind, url);
    return {
      ...(traceId === undefined ? {} : { traceId }),
      found: { kind: kind.kind, url: base, name: `${kind.label} at ${url.host}`, ...(found.options === undefined ? {} : { options: found.options }), ...(found.version === undefined ? {} : { version: found.version }), ...(found.needsAuth === undefined ? {} : { needsAuth: found.needsAuth }), ...(found.auth === undefined ? {} : { auth: found.auth }) },
      tried,
    };
  }
  return { tried };
}

async function ask(connections: Connections, kind: BackendKind, config: ConnectionConfig, secrets: ConnectionSecrets, signal: AbortSignal): Promise<(Detection & { readonly unreachable?: true }) | undefined> {
  if (kind.detect === undefined) return undefined;
  const { client, close } = connections.open(config, secrets);
  try {
    const found = await kind.detect(client, signal);
    return { ...found, says: client.redactor.text(found.says) };
  } catch (thrown) {
    const error = client.redactor.error(thrown);
    if (!(error instanceof BackendError) || error.kind === 'aborted') throw error;
    return { is: false, says: error.message, ...(error.kind === 'network' || error.kind === 'timeout' ? { unreachable: true } : {}) };
  } finally {
    await close();
  }
}

async function test(connections: Connections, config: ConnectionConfig, secrets: ConnectionSecrets, signal: AbortSignal): Promise<TestedConnection> {
  const { client, close } = connections.open(config, secrets);
  try {
    const source = kindOf(config.kind).source({ config, http: client, now: Date.now, changed: () => undefined });
    const { version, notes, choices, mustPick } = client.redactor.notes(await source.probe(signal).finally(() => source.close?.()));
    return { notes, choices: choices ?? {}, ...(mustPick === undefined ? {} : { mustPick }), ...(version === undefined ? {} : { version }) };
  } catch (thrown) {
    const error = client.redactor.error(thrown);
    if (!(error instanceof BackendError) || error.kind === 'aborted') throw error;
    return { problem: error.message, problemKind: error.kind, notes: [], choices: {} };
  } finally {
    await close();
  }
}

/** Where each kind may be, in order: at the path as it is, then before what is a page of its UI there. People have a page of it open, and not its API. */
function placesOf({ pathname }: URL): readonly { readonly kind: BackendKind; readonly path: string }[] {
  const kinds = backendKinds();
  return [...kinds.map((kind) => ({ kind, path: pathname })), ...kinds.filter(({ pages }) => pages?.test(pathname) === true).map((kind) => ({ kind, path: pathname.replace(kind.pages!, '') }))];
}

/** Out of what is copied from a program or a log: `/api/traces/ID`, `/api/v2/trace/ID`, `/api/v3/traces/ID`. */
function traceOfApi(kind: BackendKind, { pathname }: URL): string | undefined {
  return kind.pages?.test(pathname) === true ? /\/api\/(?:.*\/)?traces?\/([0-9a-f]{1,32})\/?$/i.exec(pathname)?.[1] : undefined;
}

/** Of this machine or its network: `/home/me/traces`, `~/traces`, `C:\\traces`, `\\\\server\\share`; undefined for anything else. */
function pathOf(given: string): string | undefined {
  const text = given.trim();
  return /^(?:[/\\]|~[/\\]|[A-Za-z]:(?:\\|\/(?!\/)))/.test(text) ? text : undefined;
}

/** `localhost:16686` is meant as http. */
function addressOf(address: string): URL {
  const given = address.trim();
  const text = withScheme(given);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new BackendError('badData', `${JSON.stringify(withoutCredentials(given).slice(0, 80))} is no http or https address.`);
  return url;
}
