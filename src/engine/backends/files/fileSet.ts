// Trace files of a folder (or one file) as traces: read when they are new or changed, a growing file of JSON lines only where it grew.
// A trace spread over files is one. Owns what was read; must not know who lists.
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { FormatError } from '../../../formats/formatError.ts';
import { readTraceFile } from '../../../formats/fileReader.ts';
import { jsonPieces } from '../../../formats/jsonDocuments.ts';
import type { SpanBatch } from '../../../model/spanBatch.ts';
import type { TraceSummary } from '../../../model/summary.ts';
import { throwIfAborted } from '../../slices.ts';
import { countedParts, summarizeParts, type CountedParts } from '../../traceParts.ts';
import { BackendError } from '../backend.ts';

/** What a trace file may be called in a folder; a file named by itself may be called anything. */
const TRACE_FILE = /\.(json|ndjson|jsonl|pb|otlp|bin|gz|zst|binpb)$/i;
/** Files of a folder that are looked at; more are named. */
const MAX_FILES = 2000;
const MAX_FILE_BYTES = 2 ** 31 - 1;
const NEWLINE = 10;

export interface FileTrace {
  readonly summary: TraceSummary;
  readonly parts: CountedParts;
}

interface ReadFile {
  readonly size: number;
  readonly mtimeMs: number;
  readonly batches: readonly SpanBatch[];
  readonly notes: readonly string[];
  /** Bytes read, where what follows can be read by itself; undefined where it cannot. */
  readonly consumed: number | undefined;
}

export class FileSet {
  readonly #place: string;
  readonly #files = new Map<string, ReadFile>();
  readonly #notes: string[] = [];
  #traces: ReadonlyMap<string, FileTrace> = new Map();

  /** An absolute path of a folder or a file. */
  constructor(place: string) {
    this.#place = place;
  }

  /** Sentences: what could not be read. */
  get notes(): readonly string[] {
    return [...this.#notes, ...[...this.#files.values()].flatMap(({ notes }) => notes)];
  }

  /** By trace id, after whatever changed was read. Throws BackendError where there is nothing of that name. */
  async traces(signal: AbortSignal): Promise<ReadonlyMap<string, FileTrace>> {
    const paths = await this.#paths();
    let changed = false;
    for (const gone of [...this.#files.keys()].filter((known) => !paths.includes(known))) changed = this.#files.delete(gone) || changed;
    for (const file of paths) {
      throwIfAborted(signal);
      changed = (await this.#read(file)) || changed;
    }
    if (changed) {
      const parts = countedParts([...this.#files.values()].flatMap(({ batches }) => batches)).filter(({ traceId }) => traceId !== '');
      this.#traces = new Map(parts.map((part) => [part.traceId, { summary: summarizeParts(part), parts: part }]));
    }
    return this.#traces;
  }

  async #paths(): Promise<string[]> {
    this.#notes.length = 0;
    try {
      if (!(await stat(this.#place)).isDirectory()) return [this.#place];
      const all = (await readdir(this.#place, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && TRACE_FILE.test(entry.name)).map((entry) => path.join(entry.parentPath, entry.name)).sort();
      if (all.length > MAX_FILES) this.#notes.push(`Only ${MAX_FILES} of ${all.length} files are read.`);
      return all.slice(0, MAX_FILES);
    } catch (error) {
      const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.name) : String(error);
      throw new BackendError(code === 'ENOENT' ? 'notFound' : 'auth', code === 'ENOENT' ? `There is no ${this.#place}.` : `${this.#place} cannot be read (${code}).`);
    }
  }

  /** True: there is something new. */
  async #read(file: string): Promise<boolean> {
    const known = this.#files.get(file);
    const { size, mtimeMs } = await stat(file);
    if (known !== undefined && known.size === size && known.mtimeMs === mtimeMs) return false;
    const from = known?.consumed !== undefined && size > known.size ? known.consumed : 0;
    if (size - from > MAX_FILE_BYTES) {
      this.#files.set(file, { size, mtimeMs, batches: [], notes: [`${path.basename(file)} is larger than 2 GB and was not read.`], consumed: undefined });
      return true;
    }
    const bytes = await bytesOf(file, from, size);
    // The last line may still be written: it is read when it has ended.
    const lines = isLines(bytes);
    const end = lines ? bytes.lastIndexOf(NEWLINE) + 1 : 0;
    const whole = end > 0 && [...jsonPieces(bytes, end)].some(({ state }) => state !== 'whole') ? bytes.subarray(0, end) : bytes;
    const before = from > 0 ? known!.batches : [];
    const name = path.basename(file);
    try {
      const read = whole.length === 0 ? { batches: [], warnings: [] } : await readTraceFile(whole, name);
      this.#files.set(file, { size, mtimeMs, batches: [...before, ...read.batches], notes: [...read.warnings], consumed: lines ? from + whole.length : undefined });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      // A folder holds other files too: those are named only where they were asked for by name.
      this.#files.set(file, { size, mtimeMs, batches: before, notes: file === this.#place || before.length > 0 ? [error.message] : [], consumed: undefined });
    }
    return true;
  }
}

async function bytesOf(file: string, from: number, to: number): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const bytes = new Uint8Array(to - from);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

/** JSON objects on lines of their own: the first line is one. */
function isLines(bytes: Uint8Array): boolean {
  const end = bytes.indexOf(NEWLINE);
  if (bytes[0] !== 0x7b || end < 0) return false;
  let last = end - 1;
  while (bytes[last] === 13 || bytes[last] === 32) last--;
  return bytes[last] === 0x7d;
}
