// After five failures in a row a server is left alone for half a minute (reliability.md §7.4); the first answer of it ends that. A failure is,
// after what was repeated, no answer, or one of what stands before it (502, 503, 504): an error that the server itself answers shows that it is there.
import { BackendError } from '../backends/backend.ts';

const FAILURES = 5;
const OPEN_MS = 30_000;
const GATEWAY_PROBLEM: ReadonlySet<number> = new Set([502, 503, 504]);

export class Circuit {
  readonly #now: () => number;
  #failures = 0;
  #closedAgainMs = 0;
  #lastProblem = '';
  #lastKind: 'network' | 'server' = 'network';

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Throws BackendError of the last failure's kind while it is open. */
  check(): void {
    const restMs = this.#closedAgainMs - this.#now();
    if (restMs <= 0) return;
    throw new BackendError(this.#lastKind, `It failed ${this.#failures} times in a row and is asked again in ${Math.ceil(restMs / 1000)} s; the last time: ${this.#lastProblem}`, restMs);
  }

  answered(status: number): void {
    if (GATEWAY_PROBLEM.has(status)) this.#failed('server', `the answer was ${status}.`);
    else this.#failures = 0;
  }

  /** What was cancelled, or refused before it was sent, says nothing of the server. */
  threw(error: unknown): void {
    if (error instanceof BackendError && (error.kind === 'network' || error.kind === 'timeout')) this.#failed('network', error.message);
  }

  #failed(kind: 'network' | 'server', problem: string): void {
    this.#failures++;
    this.#lastKind = kind;
    this.#lastProblem = problem;
    if (this.#failures >= FAILURES) this.#closedAgainMs = this.#now() + OPEN_MS;
  }
}
