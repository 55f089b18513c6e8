// Where a command reads and writes: standard streams, paths as the caller meant them, width and colour of the terminal.
// Commands see this interface only, so that tests may hand in their own. Must not know any command.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CliIo {
  /** Standard output, exactly as given. */
  write(text: string): void;
  /** One sentence on standard error. */
  warn(sentence: string): void;
  readStdin(): Promise<Uint8Array>;
  /** A path as the caller meant it. */
  path(given: string): string;
  /** Columns to fill; a pipe gets a generous fixed width. */
  readonly columns: number;
  /** Columns a table may take: those of the terminal; in a pipe, whose readers want every column, as many as it likes. */
  readonly tableColumns: number;
  readonly colour: boolean;
}

/** Ends the command with this sentence. 2: called wrongly or nothing readable; 1: everything else. */
export class CliError extends Error {
  readonly exitCode: 1 | 2;
  constructor(exitCode: 1 | 2, sentence: string) {
    super(sentence);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}

const PIPE_COLUMNS = 160;
const MIN_COLUMNS = 60;

export function processIo(): CliIo {
  const folder = callersFolder(process.cwd(), process.env['INIT_CWD']);
  const tty = process.stdout.isTTY;
  const columns = columnsOf(process.env['COLUMNS']) ?? (tty ? process.stdout.columns : undefined);
  return {
    write: (text) => void process.stdout.write(text),
    warn: (sentence) => void process.stderr.write(`tracefall: ${sentence}\n`),
    readStdin: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return new Uint8Array(Buffer.concat(chunks));
    },
    path: (given) => resolve(folder, given),
    columns: Math.max(MIN_COLUMNS, columns ?? PIPE_COLUMNS),
    tableColumns: columns ?? Infinity,
    colour: tty && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb',
  };
}

/**
 * npm scripts run in the package's own folder and leave the caller's in INIT_CWD. Only then is that one meant:
 * a script of another project that calls us stands where it wants to.
 */
export function callersFolder(cwd: string, initCwd: string | undefined, packageFolder = ownPackageFolder()): string {
  return initCwd !== undefined && initCwd !== '' && resolve(cwd) === packageFolder ? initCwd : cwd;
}

/** From dist/cli.mjs, dist/chunks/x.mjs or src/cli/cliIo.ts: the folder above `dist` or `src`. */
function ownPackageFolder(): string {
  const here = fileURLToPath(import.meta.url);
  const inside = Math.max(here.lastIndexOf('/dist/'), here.lastIndexOf('/src/'), here.lastIndexOf('\\dist\\'), here.lastIndexOf('\\src\\'));
  return inside < 0 ? '' : here.slice(0, inside);
}

function columnsOf(text: string | undefined): number | undefined {
  const columns = Number(text);
  return text !== undefined && Number.isSafeInteger(columns) && columns > 0 ? Math.min(columns, 1000) : undefined;
}
