// Opening a trace whose id was pasted: of which connection, and where its backend may have to look through everything, first within an
// hour, then a day, and further only when the user says so. Must not know the editor nor any system.
import { padHex } from '../model/ids.ts';
import type { OpenedTrace, TraceKey } from '../protocol/messages.ts';
import { RpcError } from '../protocol/rpc.ts';
import { COLLECTOR } from './traceUri.ts';

const HOUR_NS = 3_600_000_000_000n;
/** Clocks of others may be ahead of ours. */
const AHEAD_NS = 60_000_000_000n;
const ID_MAX = 256;
const LINK_MAX = 16_384;

/** How far back each look goes; the last has no bound at all. */
const LOOKS: readonly { readonly hours: bigint | undefined; readonly says: string }[] = [
  { hours: 1n, says: 'the last hour' },
  { hours: 24n, says: 'the last 24 hours' },
  { hours: 24n * 7n, says: 'the last 7 days' },
  { hours: 24n * 30n, says: 'the last 30 days' },
  { hours: undefined, says: 'all it has' },
];
/** Looked at unasked. */
const UNASKED = 2;

export interface OpenByIdParts {
  /** Opens in the engine and closes again: is it there? */
  readonly open: (key: TraceKey) => Promise<OpenedTrace['head']>;
  /** False: no further. */
  readonly askFurther: (lookedIn: string, next: string) => Promise<boolean>;
}

/** A page of a system's UI, which may name a trace. */
export const isLink = (typed: string): boolean => /^\s*https?:\/\/\S/i.test(typed) && typed.length <= LINK_MAX;

/** A sentence where it cannot be an id; the collector's are hexadecimal, others have their own. */
export function idProblem(connection: string, typed: string): string | undefined {
  const id = bareId(typed);
  if (connection === COLLECTOR) return padHex(id, 32) === undefined ? 'A trace id is up to 32 hexadecimal digits, not all of them 0.' : undefined;
  if (id === '') return 'An id is needed.';
  if (isLink(typed)) return undefined;
  return id.length > ID_MAX || /[\s/\\?#]|\p{Cc}/u.test(id) ? 'A trace id has no blanks, slashes or question marks.' : undefined;
}

/** The collector's in full; others as their systems write them, hexadecimal ones in small letters. */
export function normalId(connection: string, typed: string): string {
  const id = bareId(typed);
  if (connection === COLLECTOR) return padHex(id, 32) ?? id;
  return /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/i.test(id) ? id.toLowerCase() : id;
}

/** Out of W3C's header, as programs log it too. */
const bareId = (typed: string): string => /^\s*[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\s*$/i.exec(typed)?.[1] ?? typed.trim();

/** The key that finds it, with the trace's own times; undefined: given up by the user. Rejects as the engine does. */
export async function findTrace(connection: string, traceId: string, nowMs: number, { open, askFurther }: OpenByIdParts): Promise<TraceKey | undefined> {
  if (connection === COLLECTOR) return { connection, traceId };
  const nowNs = BigInt(Math.floor(nowMs)) * 1_000_000n;
  for (const [i, { hours, says }] of LOOKS.entries()) {
    if (i >= UNASKED && !(await askFurther(LOOKS[i - 1]!.says, says))) return undefined;
    const key = hours === undefined ? { connection, traceId, within: true } : { connection, traceId, within: true, startUnixNano: String(nowNs - hours * HOUR_NS), endUnixNano: String(nowNs + AHEAD_NS) };
    try {
      const { summary, key: answered } = await open(key);
      return { connection, traceId: answered.traceId, startUnixNano: summary.startUnixNano, endUnixNano: String(BigInt(summary.startUnixNano) + BigInt(summary.durationNs)), ...(answered.scope === undefined ? {} : { scope: answered.scope }) };
    } catch (error) {
      const gone = error instanceof RpcError && error.kind === 'handler' && error.code === 'notFound';
      if (!gone || i === LOOKS.length - 1) throw error;
    }
  }
  return undefined;
}
