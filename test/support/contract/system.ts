// A tracing system as the contract sees it: how it is connected, what was sent to it, and what it is known to lose. What differs between
// systems is said here as data; what every one of them must do is rows.ts.
import type { Backend } from '../../../src/engine/backends/backend.ts';
import type { ManyTraces } from '../../live/send/manyTraces.ts';
import { row, type ReportRow } from '../../live/report.ts';
import type { SentTrace } from '../../live/send/reference.ts';
import { lossesOf, type Loss, type ReferenceName } from '../sameTrace.ts';
import type { Told } from './commandLine.ts';
import { isCommand, ROWS, type RowName } from './rows.ts';

export interface ContractSystem extends Pick<ReportRow, 'system' | 'version' | 'how'> {
  /** Sends everything, and waits until it is found. */
  start(): Promise<ContractServer>;
  readonly losses: readonly Loss[];
  /** Rows it cannot have, and why. */
  readonly without?: Readonly<Partial<Record<RowName, string>>>;
  /** Its lists know no services: rows look at everything, and at the traffic among it. */
  readonly noServices?: boolean;
  /** It does not name operations. */
  readonly noOperations?: boolean;
}

export interface ContractServer {
  /** A new connection for each row: none profits from what another found out. */
  connect(): ContractConnection;
  /** How the command line reads it. */
  readonly told?: Told;
  /** Absent where only a reference trace was recorded. */
  readonly traffic?: ManyTraces;
  readonly references: Readonly<Partial<Record<ReferenceName, SentTrace>>>;
  /** What the server itself answers about a trace: as much of it as it has, not as much as we ask for. */
  readonly raw: (traceId: string) => Promise<string>;
  close(): Promise<void>;
}

export interface ContractConnection {
  readonly backend: Backend;
  /** Sent so far, where it sends any. */
  requests?(): number;
  close(): Promise<unknown>;
}

export interface RowContext {
  readonly system: ContractSystem;
  readonly server: ContractServer;
  readonly backend: Backend;
  readonly requests: () => number;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 60_000;

/** One test a row; told to the table of `npm run test:live`. `commands`: those of the command line too, each of which starts processes. */
export function describeContract(system: ContractSystem, { commands = false } = {}): void {
  const rows = ROWS.filter(({ name }) => system.without?.[name] === undefined && (commands || !isCommand(name)));
  describe(`contract: ${system.system} ${system.version} (${system.how})`, function () {
    this.timeout(TIMEOUT_MS);
    let server: ContractServer | undefined;
    let [passed, failed] = [0, 0];
    before(async () => {
      failed = rows.length;
      server = await system.start();
      failed = 0;
    });
    after(async () => {
      await server?.close();
      const losses = (['first', 'second'] as const).filter((name) => server?.references[name] !== undefined).flatMap((name) => lossesOf(system.losses, name).map(({ what }) => what));
      const reasons = Map.groupBy(Object.entries(system.without ?? {}), ([, why]) => why);
      const skipped = [...reasons].map(([why, of]) => `${of.map(([name]) => name).join(', ')} (${why})`);
      row({ system: system.system, version: system.version, how: system.how, passed, failed, losses: [...new Set(losses)], ...(skipped.length === 0 ? {} : { skippedWhy: skipped.join('; ') }) });
    });
    for (const { name, run } of rows) {
      it(name, async () => {
        failed++;
        const { backend, requests = () => 0, close } = server!.connect();
        try {
          await run({ system, server: server!, backend, requests, signal: AbortSignal.timeout(TIMEOUT_MS) });
        } finally {
          await close();
        }
        failed--;
        passed++;
      });
    }
  });
}
