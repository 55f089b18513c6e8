// A trace as a document's address: tracefall:/<connection>/<trace id>/<label>. The last segment is the tab's label, so it is made
// for the eye; only the first two and the query say which trace it is. Pure; the host turns parts into vscode.Uri.
import { visibleLine } from '../analysis/visibleText.ts';
import type { TraceKey } from '../protocol/messages.ts';

export const TRACE_SCHEME = 'tracefall';
export const COLLECTOR = 'collector';
/** Of traces of files that were opened by themselves; the scope is the file. */
export const OPENED_FILE = 'file';

export interface TraceUriParts {
  readonly scheme: string;
  readonly path: string;
  readonly query: string;
}

const LABEL_MAX = 60;
const KEY_MAX = 1024;

export function traceUriParts(key: TraceKey, rootName: string): TraceUriParts {
  const query = new URLSearchParams();
  // The collector finds a trace by its id alone; other backends may need more to find it cheaply.
  if (key.connection !== COLLECTOR) {
    if (key.startUnixNano !== undefined) query.set('start', key.startUnixNano);
    if (key.endUnixNano !== undefined) query.set('end', key.endUnixNano);
    if (key.scope !== undefined) query.set('scope', key.scope);
  }
  return {
    scheme: TRACE_SCHEME,
    path: `/${encodeURIComponent(key.connection)}/${encodeURIComponent(key.traceId)}/${tabLabel(rootName, key.traceId)}`,
    query: query.toString(),
  };
}

/** undefined where the address is not one of ours (typed, or from another version). */
export function traceKeyOf(uri: TraceUriParts): TraceKey | undefined {
  if (uri.scheme !== TRACE_SCHEME || uri.path.length > KEY_MAX) return undefined;
  const [, connection = '', traceId = ''] = uri.path.split('/');
  const key = { connection: decoded(connection), traceId: decoded(traceId) };
  if (key.connection === undefined || key.traceId === undefined || key.connection === '' || key.traceId === '') return undefined;
  const query = new URLSearchParams(uri.query);
  const digits = (name: string): string | undefined => (/^\d{1,20}$/.test(query.get(name) ?? '') ? (query.get(name) ?? undefined) : undefined);
  const [start, end, scope] = [digits('start'), digits('end'), query.get('scope') ?? undefined];
  return {
    connection: key.connection,
    traceId: key.traceId,
    ...(start === undefined ? {} : { startUnixNano: start }),
    ...(end === undefined ? {} : { endUnixNano: end }),
    ...(scope === undefined ? {} : { scope }),
  };
}

/** Equal for two addresses of one trace, whatever their labels. */
export function identityOf(key: TraceKey): string {
  return JSON.stringify([key.connection, key.traceId, key.scope ?? '']);
}

/** Tells rows of one connection apart. */
export function rowIdOf({ traceId, scope }: TraceKey): string {
  return scope === undefined ? traceId : `${traceId}@${scope}`;
}

/** Slashes look the same but end no segment; a label of dots would be taken for a folder. */
export function tabLabel(rootName: string, traceId: string): string {
  const label = visibleLine(rootName.trim(), LABEL_MAX).replaceAll('/', '∕').replaceAll('\\', '∖');
  if (label === '') return `trace ${visibleLine(traceId, 8).replaceAll('/', '∕')}`;
  return /^\.+$/.test(label) ? label.replaceAll('.', '․') : label;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
