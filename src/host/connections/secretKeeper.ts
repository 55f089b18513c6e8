// Secrets of connections in the editor's secret storage, and nowhere else. Keyed by id, kind and origin: the same connection with
// another address has none, whoever changed it. Must not know what a secret is for.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionConfig, ConnectionSecrets } from '../../protocol/connections.ts';
import { targetOf } from './connectionTarget.ts';

/** What is used of vscode.SecretStorage. */
export interface SecretStorage {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

type Named = Pick<ConnectionConfig, 'id' | 'kind' | 'url'>;

const TEXTS = ['secret', 'accessKeyId', 'secretAccessKey', 'sessionToken'] as const;

export function secretKey(connection: Named): string {
  return `connection ${JSON.stringify([connection.id, connection.kind, targetOf(connection)])}`;
}

export class SecretKeeper {
  readonly #storage: SecretStorage;
  /** What did not come in time, by key: asked for once, and believed whenever it comes, or a slow storage would never be in time. */
  readonly #late = new Map<string, Promise<ConnectionSecrets>>();

  constructor(storage: SecretStorage) {
    this.#storage = storage;
  }

  async read(connection: Named): Promise<ConnectionSecrets> {
    const text = await this.#storage.get(secretKey(connection));
    return text === undefined ? {} : parsed(text);
  }

  /** undefined: they have not come within `ms`; `came` is called once when they have, or cannot be read, for whoever reads again. */
  async readWithin(connection: Named, ms: number, came: () => void): Promise<ConnectionSecrets | undefined> {
    const key = secretKey(connection);
    const late = this.#late.get(key);
    const reading = late ?? this.read(connection);
    const secrets = await Promise.race([reading, sleep(ms, undefined, { ref: false })]).catch((error: unknown) => {
      this.#late.delete(key);
      throw error;
    });
    if (secrets !== undefined) {
      this.#late.delete(key);
    } else if (late === undefined) {
      this.#late.set(key, reading);
      reading.then(came, came);
    }
    return secrets;
  }

  /** Empty ones are forgotten. */
  async write(connection: Named, secrets: ConnectionSecrets): Promise<void> {
    this.#late.delete(secretKey(connection));
    if (isEmpty(secrets)) await this.#storage.delete(secretKey(connection));
    else await this.#storage.store(secretKey(connection), JSON.stringify(secrets));
  }

  async forget(connection: Named): Promise<void> {
    this.#late.delete(secretKey(connection));
    await this.#storage.delete(secretKey(connection));
  }
}

export function isEmpty(secrets: ConnectionSecrets): boolean {
  return TEXTS.every((name) => (secrets[name] ?? '') === '') && Object.keys(secrets.headers ?? {}).length === 0;
}

/** Written by us, but by which version: whatever does not fit is left out. */
function parsed(text: string): ConnectionSecrets {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
  if (typeof value !== 'object' || value === null) return {};
  const record = value as Readonly<Record<string, unknown>>;
  const headers = record['headers'];
  const own = typeof headers === 'object' && headers !== null ? Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string') : [];
  return {
    ...Object.fromEntries(TEXTS.flatMap((name) => (typeof record[name] === 'string' ? [[name, record[name]]] : []))),
    ...(own.length === 0 ? {} : { headers: Object.fromEntries(own) }),
  };
}
