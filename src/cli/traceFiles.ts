// Files named on the command line → span batches. A file that cannot be read costs a warning, not its neighbours;
// only when none can be read does the command end (exit 2).
import { readFile } from 'node:fs/promises';
import { readTraceFile } from '../formats/fileReader.ts';
import { FormatError } from '../formats/formatError.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { CliError, type CliIo } from './cliIo.ts';
import { safeText } from './safeText.ts';

const STDIN = '-';

/** Warnings go to standard error, each with its file's name. Throws CliError(2) when nothing was readable. */
export async function readTraceFiles(files: readonly string[], io: CliIo): Promise<SpanBatch[]> {
  const batches: SpanBatch[] = [];
  const failures: string[] = [];
  for (const file of files) {
    const name = file === STDIN ? 'standard input' : file;
    try {
      const bytes = file === STDIN ? await io.readStdin() : new Uint8Array(await readFile(io.path(file)));
      const read = await readTraceFile(bytes, name);
      for (const batch of read.batches) batches.push(batch);
      for (const warning of read.warnings) io.warn(safeText(namedOnce(name, warning)));
    } catch (error) {
      failures.push(safeText(namedOnce(name, reasonOf(error))));
    }
  }
  if (failures.length === files.length) throw new CliError(2, failures.join('\ntracefall: '));
  for (const failure of failures) io.warn(failure);
  return batches;
}

function namedOnce(name: string, sentence: string): string {
  return sentence.startsWith(`${name}: `) ? sentence : `${name}: ${sentence}`;
}

const SYSTEM_REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file.'],
  ['EACCES', 'this user may not read it.'],
  ['EPERM', 'this user may not read it.'],
  ['EISDIR', 'it is a folder; name the trace files in it.'],
  ['ERR_FS_FILE_TOO_LARGE', 'it is larger than 2 GiB; split it first.'],
]);

/** Bad data and file-system errors have a sentence; anything else is a fault of ours and is thrown on. */
function reasonOf(error: unknown): string {
  if (error instanceof FormatError) return error.message;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === undefined) throw error;
  return SYSTEM_REASONS.get(code) ?? `it could not be read (${code}).`;
}
