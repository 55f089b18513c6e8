// Connections that a workspace brings are used only after the user was told, once, whom they would talk to. Remembered by workspace and
// target, both answers; a changed address is asked for again. Must not know the editor.
import type { ConnectionConfig } from '../../protocol/connections.ts';
import { visibleLine } from '../../analysis/visibleText.ts';
import { targetOf } from './connectionTarget.ts';

export type Consent = 'allowed' | 'refused';

/** Of this workspace: vscode.Memento's. */
export interface ConsentMemory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const KEY = 'tracefall.workspaceConnections';

export class WorkspaceConsent {
  readonly #memory: ConsentMemory;

  constructor(memory: ConsentMemory) {
    this.#memory = memory;
  }

  /** undefined: not asked yet. */
  of(config: ConnectionConfig): Consent | undefined {
    const known = this.#known().get(consentKey(config));
    return known === 'allowed' || known === 'refused' ? known : undefined;
  }

  async remember(configs: readonly ConnectionConfig[], consent: Consent): Promise<void> {
    const known = this.#known();
    for (const config of configs) known.set(consentKey(config), consent);
    await this.#memory.update(KEY, Object.fromEntries(known));
  }

  #known(): Map<string, unknown> {
    const value = this.#memory.get(KEY);
    return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  }
}

/** How it signs in is part of what was agreed to: a workspace cannot begin to use a cloud account later. */
function consentKey(config: ConnectionConfig): string {
  const { kind, auth, url, options } = config;
  // Without an address, what is asked for (a project, a folder) says whom.
  return JSON.stringify([kind, targetOf(config), auth?.type ?? 'none', auth?.profile ?? '', auth?.roleArn ?? '', auth?.impersonate ?? '', ...(url === undefined ? Object.entries(options ?? {}).toSorted() : [])]);
}

/** Who would be talked to, and as whom: one line a connection. */
export function consentText(configs: readonly ConnectionConfig[]): { readonly message: string; readonly detail: string } {
  const lines = configs.map((config) => `• ${visibleLine(config.name, 80)}: ${whom(config)}`);
  const many = configs.length > 1;
  return {
    message: many ? `This workspace brings ${configs.length} connections to tracing systems. Use them?` : 'This workspace brings a connection to a tracing system. Use it?',
    detail: [`Tracefall would ask for traces at ${many ? 'these addresses' : 'this address'}, when you open ${many ? 'the connection' : 'it'} in the tree:`, ...lines, '', 'You are asked again only when the address or the sign-in changes.'].join('\n'),
  };
}

function whom(config: ConnectionConfig): string {
  const { auth, url, options } = config;
  const as = auth?.type === 'aws' ? `, signed with your AWS ${auth.profile === undefined ? 'credentials' : `profile ${visibleLine(auth.profile, 60)}`}` : auth?.type === 'google' ? ', signed in with your Google account' : '';
  if (url !== undefined) return `${visibleLine(url, 200)}${as}`;
  const asked = Object.entries(options ?? {}).map(([key, value]) => `${visibleLine(key, 40)} ${visibleLine(value, 120)}`);
  return [visibleLine(config.kind, 40), ...asked].join(', ') + as;
}
