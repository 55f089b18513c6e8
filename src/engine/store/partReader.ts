// Reads a trace's stored parts: those of the database, then what only its pin still holds.
import type { StatementSync } from 'node:sqlite';
import { decodePart, requestOfRuns, type PartRun, type WholeRun } from './partBytes.ts';
import type { PinAccess } from './pinAccess.ts';
import { requestHash } from './pinStore.ts';
import type { Database } from './sqlite.ts';
import type { PartSource } from './traceLoader.ts';

const NOTHING = new Uint8Array(0);
const MAX_MESSAGES = 4096;

export interface RawPart {
  readonly id: number;
  readonly bytes: Uint8Array;
}

export class PartReader {
  readonly #pins: PinAccess;
  readonly #traceKey: StatementSync;
  readonly #parts: StatementSync;
  readonly #message: StatementSync;

  constructor(db: Database, pins: PinAccess) {
    this.#pins = pins;
    this.#traceKey = db.prepare('SELECT id FROM trace WHERE trace_id = ?');
    this.#parts = db.prepare('SELECT id, bytes FROM part WHERE trace = ? AND id > ? ORDER BY id');
    this.#message = db.prepare('SELECT body FROM message WHERE id = ?');
  }

  /** undefined: it is not stored. Another one where it was removed and came again. */
  key(traceId: string): number | undefined {
    const id = this.#traceKey.get(traceId)?.['id'];
    return id === undefined ? undefined : Number(id);
  }

  /** To be read to the end of `read` first: what came there need not come from the pin again. */
  source(traceId: string): PartSource {
    const trace = this.key(traceId);
    const messages = new Map<number, Uint8Array | undefined>();
    const isPinned = this.#pins.all().has(traceId);
    const stored = new Set<string>();
    return {
      read: (after, bytes) => {
        const parts = trace === undefined ? [] : this.#read(trace, after, bytes);
        for (const whole of isPinned ? this.#wholes(parts, messages) : []) stored.add(requestHash(whole));
        return parts;
      },
      message: (id) => this.#cachedMessage(messages, id),
      pinned: (after, bytes) => (isPinned ? this.#pins.read((pins) => pins.parts(traceId, after, bytes, stored)) : undefined) ?? [],
    };
  }

  /** Parts as OTLP requests that stand alone. `last`: where to go on; undefined at the end. */
  wholeRequests(traceId: string, after: number, bytes: number): { readonly requests: readonly Uint8Array[]; readonly last: number | undefined } {
    const trace = this.key(traceId);
    const parts = trace === undefined ? [] : this.#read(trace, after, bytes);
    const messages = new Map<number, Uint8Array | undefined>();
    return { requests: this.#wholes(parts, messages), last: parts.at(-1)?.id };
  }

  #read(trace: number, after: number, bytes: number): RawPart[] {
    const parts: RawPart[] = [];
    let size = 0;
    for (const row of this.#parts.iterate(trace, after)) {
      const body = row['bytes'] as Uint8Array;
      parts.push({ id: Number(row['id']), bytes: body });
      if ((size += body.length) >= bytes) break;
    }
    return parts;
  }

  #cachedMessage(messages: Map<number, Uint8Array | undefined>, id: number): Uint8Array | undefined {
    if (messages.has(id)) return messages.get(id);
    if (messages.size >= MAX_MESSAGES) messages.clear();
    const body = this.#message.get(id)?.['body'] as Uint8Array | undefined;
    messages.set(id, body);
    return body;
  }

  #wholes(parts: readonly RawPart[], messages: Map<number, Uint8Array | undefined>): Uint8Array[] {
    const message = (id: number): Uint8Array => this.#cachedMessage(messages, id) ?? NOTHING;
    const wholeRun = (run: PartRun): WholeRun => ({ resource: message(run.resource), scope: message(run.scope), spans: run.spans });
    return parts.flatMap(({ bytes }) => {
      const runs = decodePart(bytes);
      return runs === undefined ? [] : [requestOfRuns(runs.map(wholeRun))];
    });
  }
}
