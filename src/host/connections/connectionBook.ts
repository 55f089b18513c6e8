// The configured connections as everyone else sees them: read from the settings, allowed by the user where a workspace brought them,
// with what is known of their kind and their health, and as the engine is told of them. Must not know the editor.
import { isDeepStrictEqual } from 'node:util';
import type { AuthType, ConnectionConfig, ConnectionKind, ConnectionSecrets, ConnectionState, NetworkConfig } from '../../protocol/connections.ts';
import type { EngineMethods } from '../../protocol/messages.ts';
import { visibleLine } from '../../analysis/visibleText.ts';
import { Signal } from '../disposables.ts';
import { targetOf } from './connectionTarget.ts';
import { readConnections } from './readConnections.ts';
import type { SecretKeeper } from './secretKeeper.ts';
import type { WorkspaceConsent } from './workspaceConsent.ts';

export interface ShownConnection {
  readonly config: ConnectionConfig;
  readonly from: 'user' | 'workspace';
  /** Unknown until the engine said which kinds there are. */
  readonly kind: ConnectionKind | undefined;
  readonly state: ConnectionState | undefined;
  /** Changes when what it would answer may be another. */
  readonly revision: string;
}
export interface ConnectionProblem {
  readonly text: string;
  /** A connection of the workspace that waits for the user's word, or has it. */
  readonly refused?: boolean;
}

export interface BookOptions {
  /** The setting's raw values. In Restricted Mode the workspace's is not looked at. */
  readonly settings: () => { readonly user: unknown; readonly workspace: unknown; readonly trusted: boolean };
  readonly secrets: SecretKeeper;
  readonly consent: WorkspaceConsent;
  readonly network: () => NetworkConfig;
  readonly log: (message: string) => void;
  /** How long secrets are waited for, as everything that is asked of the engine waits with them. */
  readonly secretsWithinMs?: number;
}

const SECRETS_WITHIN_MS = 2_000;
/** Of these nothing is kept in the secret storage: a keyring is not opened for them. */
const WITHOUT_SECRETS: ReadonlySet<AuthType> = new Set(['none', 'google', 'headersCommand']);

export class ConnectionBook {
  /** Other connections, other problems, or other kinds: all is drawn again. */
  readonly onChanged = new Signal<void>();
  /** One connection's health. */
  readonly onState = new Signal<string>();
  /** Secrets that had not come when the engine was told are there: it must be told again. */
  readonly onSecretsCame = new Signal<void>();
  readonly #options: BookOptions;
  readonly #states = new Map<string, ConnectionState>();
  /** How often a connection's secrets became others. */
  readonly #written = new Map<string, number>();
  readonly #unreadSaid = new Set<string>();
  #kinds: readonly ConnectionKind[] = [];
  #user: readonly ConnectionConfig[] = [];
  #workspace: readonly ConnectionConfig[] = [];
  #pending: readonly ConnectionConfig[] = [];
  #problems: readonly ConnectionProblem[] = [];

  constructor(options: BookOptions) {
    this.#options = options;
    this.#read();
  }

  get all(): readonly ShownConnection[] {
    return [...this.#user.map((config) => this.#shown(config, 'user')), ...this.#workspace.map((config) => this.#shown(config, 'workspace'))];
  }

  get problems(): readonly ConnectionProblem[] {
    return this.#problems;
  }

  /** Of the workspace, and not yet asked about. */
  get pending(): readonly ConnectionConfig[] {
    return this.#pending.filter((config) => this.#options.consent.of(config) === undefined);
  }

  /** Of the workspace, with or without an answer, but not in use. */
  get refused(): readonly ConnectionConfig[] {
    return this.#pending;
  }

  get kinds(): readonly ConnectionKind[] {
    return this.#kinds;
  }

  get(id: string): ShownConnection | undefined {
    return this.all.find(({ config }) => config.id === id);
  }

  /** The settings, trust or consent changed. Answers whether connections are others than before. */
  reread(): boolean {
    const before = [this.#user, this.#workspace, this.#problems];
    this.#read();
    const ids = new Set(this.all.map(({ config }) => config.id));
    for (const id of this.#states.keys()) if (!ids.has(id)) this.#states.delete(id);
    if (isDeepStrictEqual(before, [this.#user, this.#workspace, this.#problems])) return false;
    this.onChanged.fire();
    return true;
  }

  takeKinds(kinds: readonly ConnectionKind[]): void {
    if (isDeepStrictEqual(kinds, this.#kinds)) return;
    this.#kinds = kinds;
    if (this.#user.length + this.#workspace.length > 0) this.onChanged.fire();
  }

  takeState(state: ConnectionState): void {
    this.#states.set(state.connection, state);
    this.onState.fire(state.connection);
  }

  /** Rejects with a sentence where they cannot be read, or do not come. */
  async readSecrets(config: ConnectionConfig): Promise<ConnectionSecrets> {
    const secrets = await this.#secretsOf(config);
    if (secrets.unread !== undefined) throw new Error(secrets.unread);
    return secrets;
  }

  async writeSecrets(config: ConnectionConfig, secrets: ConnectionSecrets): Promise<void> {
    await this.#options.secrets.write(config, secrets);
    this.#changedSecrets(config.id);
  }

  async forgetSecrets(config: ConnectionConfig): Promise<void> {
    await this.#options.secrets.forget(config);
  }

  /** What the engine is told. Secrets that cannot be read cost only their own connection. */
  async forEngine(): Promise<EngineMethods['setConnections']['params']> {
    const connections = this.all.map(({ config }) => config);
    const secrets = await Promise.all(connections.map(async (config) => [config.id, await this.#secretsOf(config)] as const));
    return { connections, secrets: Object.fromEntries(secrets), network: this.#options.network() };
  }

  async #secretsOf(config: ConnectionConfig): Promise<ConnectionSecrets> {
    if (WITHOUT_SECRETS.has(config.auth?.type ?? 'none')) return {};
    const whose = `The secrets of ${visibleLine(config.name, 80)}`;
    try {
      const secrets = await this.#options.secrets.readWithin(config, this.#options.secretsWithinMs ?? SECRETS_WITHIN_MS, () => this.#secretsCame(config.id));
      return secrets ?? this.#unread(`${whose} have not come from the editor's secret storage yet: the keyring of this machine may be waiting for its password.`);
    } catch (error) {
      return this.#unread(`${whose} could not be read from the editor's secret storage: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }

  #unread(unread: string): ConnectionSecrets {
    if (!this.#unreadSaid.has(unread)) this.#options.log(unread);
    this.#unreadSaid.add(unread);
    return { unread };
  }

  /** The engine hears of it before those that would ask it. */
  #secretsCame(id: string): void {
    // What failed without them says nothing any more.
    this.#states.delete(id);
    this.#changedSecrets(id);
    this.onSecretsCame.fire();
    this.onChanged.fire();
  }

  #changedSecrets(id: string): void {
    this.#written.set(id, (this.#written.get(id) ?? 0) + 1);
  }

  #shown(config: ConnectionConfig, from: ShownConnection['from']): ShownConnection {
    const { name: _name, colour: _colour, refreshSeconds: _refresh, ...asked } = config;
    return {
      config,
      from,
      kind: this.#kinds.find(({ kind }) => kind === config.kind),
      state: this.#states.get(config.id),
      revision: JSON.stringify([asked, this.#written.get(config.id) ?? 0, this.#metered(config)]),
    };
  }

  #metered({ kind }: ConnectionConfig): boolean {
    return this.#kinds.find((known) => known.kind === kind)?.metered ?? true;
  }

  #read(): void {
    const { user, workspace, trusted } = this.#options.settings();
    const taken = new Set<string>();
    const own = readConnections(user, 'user', taken);
    const brought = trusted ? readConnections(workspace, 'workspace', taken) : { connections: [], problems: [] };
    const { consent } = this.#options;
    this.#user = own.connections;
    this.#workspace = brought.connections.filter((config) => consent.of(config) === 'allowed');
    this.#pending = brought.connections.filter((config) => consent.of(config) !== 'allowed');
    const problems = [...own.problems, ...brought.problems];
    const fresh = problems.filter((text) => !this.#problems.some((known) => known.text === text));
    for (const text of fresh) this.#options.log(text);
    this.#problems = [...problems.map((text) => ({ text })), ...this.#pending.map((config) => ({ text: `${visibleLine(config.name, 80)} of this workspace is not used: you have not allowed it to talk to ${visibleLine(targetOf(config), 120)}.`, refused: true }))];
  }
}
