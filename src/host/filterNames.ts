// The names that a filter is picked from, of several connections at once: one that is slow or fails holds nobody up, and is named.
// Must not know the editor, nor how names are asked for.

/** Somebody waits with a list open. */
export const NAMES_TIMEOUT_MS = 5_000;

export interface AskedConnection {
  readonly name: string;
  /** Ends by itself, within NAMES_TIMEOUT_MS. */
  readonly ask: () => Promise<readonly string[]>;
}

export interface FoundNames {
  /** Each once, by the alphabet. */
  readonly names: readonly string[];
  /** Connections whose names are not among them. */
  readonly silent: readonly string[];
}

export async function namesOf(connections: readonly AskedConnection[], failed: (name: string, error: unknown) => void): Promise<FoundNames> {
  const asked = connections.map(async ({ name, ask }) => {
    try {
      return { names: await ask(), silent: [] };
    } catch (error) {
      failed(name, error);
      return { names: [], silent: [name] };
    }
  });
  const answers = await Promise.all(asked);
  const names = new Set(answers.flatMap((answer) => answer.names));
  return { names: [...names].toSorted((a, b) => a.localeCompare(b)), silent: answers.flatMap(({ silent }) => silent) };
}

/** undefined where all answered. */
export function silentText(silent: readonly string[]): string | undefined {
  return silent.length === 0 ? undefined : `Without ${silent.join(', ')}: no answer`;
}
