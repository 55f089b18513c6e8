// Refreshes remote connections by itself: those that are expanded in a view that is seen, not oftener than every 30 s, with jitter, and
// one window at a time. Never what is metered, unless its settings say so. Must not know the editor; ticks come from outside.
import type { ConnectionConfig, ConnectionKind } from '../../protocol/connections.ts';
import type { TurnStore } from './pollTurn.ts';
import { takeTurn } from './pollTurn.ts';

export const LEAST_SECONDS = 30;
const JITTER = 0.2;

/** ms between refreshes by itself; undefined: never. A kind that is not known yet may be a metered one. */
export function refreshInterval({ refreshSeconds }: Pick<ConnectionConfig, 'refreshSeconds'>, kind: Pick<ConnectionKind, 'metered'> | undefined): number | undefined {
  if (refreshSeconds === 0) return undefined;
  if (refreshSeconds === undefined) return kind === undefined || kind.metered ? undefined : LEAST_SECONDS * 1000;
  return Math.max(LEAST_SECONDS, refreshSeconds) * 1000;
}

export interface Polled {
  readonly id: string;
  readonly intervalMs: number;
  /** Nobody asked for it: in the background. */
  readonly refresh: () => void;
}

export interface PollerOptions {
  /** Names this window. */
  readonly window: string;
  readonly turns: TurnStore;
  /** What is expanded, with an interval; nothing while the view is hidden. */
  readonly polled: () => readonly Polled[];
  readonly focused: () => boolean;
  readonly now: () => number;
  readonly random: () => number;
  readonly log: (message: string) => void;
}

export class Poller {
  readonly #options: PollerOptions;
  /** When a connection may be refreshed next, and after how long a pause. */
  readonly #next = new Map<string, { readonly atMs: number; readonly pauseMs: number }>();
  readonly #asking = new Set<string>();

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** The user refreshed it: the next one by itself is an interval away. */
  refreshed(id: string): void {
    this.#next.delete(id);
  }

  async tick(): Promise<void> {
    const { now, polled } = this.#options;
    const wanted = polled();
    for (const id of this.#next.keys()) if (!wanted.some((one) => one.id === id)) this.#next.delete(id);
    await Promise.all(
      wanted.map(async (one) => {
        const next = this.#next.get(one.id);
        // What just came on show was just loaded.
        if (next === undefined) this.#wait(one);
        else if (now() >= next.atMs && !this.#asking.has(one.id)) await this.#go(one, next.pauseMs);
      }),
    );
  }

  async #go(one: Polled, pauseMs: number): Promise<void> {
    const { turns, window, now, focused, log } = this.#options;
    this.#asking.add(one.id);
    try {
      if (!(await takeTurn(turns, one.id, { window, atMs: now() }, pauseMs, focused()))) return;
      this.#wait(one);
      one.refresh();
    } catch (error) {
      this.#wait(one);
      log(`It is not known whether another window refreshes ${one.id}, so this one does not: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#asking.delete(one.id);
    }
  }

  #wait({ id, intervalMs }: Polled): void {
    const pauseMs = intervalMs * (1 + JITTER * this.#options.random());
    this.#next.set(id, { atMs: this.#options.now() + pauseMs, pauseMs });
  }
}
