// Where a trace comes from, as its user calls it: the connection's name as it is now, or the file's. Must not know the editor.
import type { TraceKey } from '../protocol/messages.ts';
import { COLLECTOR, OPENED_FILE } from './traceUri.ts';

/** `nameOf`: undefined for a connection that is in no settings, or waits for the user's word. */
export function traceOrigin({ connection, scope = '' }: TraceKey, nameOf: (connection: string) => string | undefined): string {
  if (connection === COLLECTOR) return 'Collector';
  if (connection === OPENED_FILE) return scope.split(/[\\/]/).at(-1)! || 'a file';
  return nameOf(connection) ?? `${connection} · no longer in the settings`;
}
