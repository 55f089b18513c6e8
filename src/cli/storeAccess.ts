// The store for the length of one command: found by --db or at this user's place, read beside a running collector, closed at the end.
import type { Backend } from '../engine/backends/backend.ts';
import { padHex } from '../model/ids.ts';
import { wrong, type Arguments, type CommandSpec } from './arguments.ts';
import { CliError, type CliIo } from './cliIo.ts';

/** Loads node:sqlite; where that is missing, or the database, the command ends with one sentence. */
export async function withStore(args: Arguments, io: CliIo, work: (backend: Backend) => Promise<number>): Promise<number> {
  const [{ openReader, storePathOf }, { collectorBackend }, { DEFAULT_CONFIG }] = await Promise.all([
    import('../engine/storeReader.ts'),
    import('../engine/backends/collector.ts'),
    import('../engine/defaultConfig.ts'),
  ]);
  const path = dbPath(args, io, storePathOf);
  const opened = await openReader(path, DEFAULT_CONFIG.slow);
  if (opened === undefined) throw new CliError(1, `There is no database at ${path} yet: "tracefall serve" or the editor's collector makes it, --db names another.`);
  if (opened.problem !== undefined) io.warn(opened.problem);
  const { store } = opened;
  try {
    return await work(collectorBackend(async () => store));
  } finally {
    store.close();
  }
}

export function dbPath(args: Arguments, io: CliIo, storePathOf: (configured: string | undefined) => string): string {
  const given = args.values.get('db');
  return storePathOf(given === undefined ? undefined : io.path(given));
}

/** 32 hex digits; shorter ids are the same with zeros before them. */
export function traceIdOf(spec: CommandSpec, given: string): string {
  const id = padHex(given, 32);
  if (id === undefined) throw wrong(spec, `${JSON.stringify(given.slice(0, 80))} is no trace id, which has 32 hex digits and is not all zeros`);
  return id;
}

export const looksLikeTraceId = (given: string): boolean => padHex(given, 32) !== undefined;
