// Reads a trace's stored parts: those of the database, then what only its pin still holds.
import type { StatementSync } from 'node:sqlite';
import { decodePart, requestOfRuns, type WholeRun } from './partBytes.ts';
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

  isStored(traceId: string): boolean {
    return this.#traceKey.get(traceId) !== undefined;
  }

  source(traceId: string): PartSource {
    const trace = this.#key(traceId);
    const messages = new Map<number, Uint8Array | undefined>();
    let stored: ReadonlySet<string> | undefined;
    return {
      read: (after, bytes) => (trace === undefined ? [] : this.#read(trace, after, bytes)),
      message: (id) => this.#cachedMessage(messages, id),
      pinned: (after, bytes) => {
        const kept = this.#pins.read((pins) => (pins.all().has(traceId) ? pins.parts(traceId, after, bytes) : [])) ?? [];
        if (trace === undefined || kept.length === 0) return kept;
        const known = (stored ??= this.#storedHashes(trace));
        return kept.map((part) => (known.has(part.hash) ? { id: part.id, bytes: NOTHING } : part));
      },
    };
  }

  /** Parts as OTLP requests that stand alone. `last`: where to go on; undefined at the end. */
  wholeRequests(traceId: string, after: number, bytes: number): { readonly requests: readonly Uint8Array[]; readonly last: number | undefined } {
    const trace = this.#key(traceId);
    const parts = trace === undefined ? [] : this.#read(trace, after, bytes);
    const messages = new Map<number, Uint8Array | undefined>();
    return { requests: parts.flatMap((part) => this.#whole(part.bytes, messages) ?? []), last: parts.at(-1)?.id };
  }

  #key(traceId: string): number | undefined {
    const id = this.#traceKey.get(traceId)?.['id'];
    return id === undefined ? undefined : Number(id);
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

  #whole(bytes: Uint8Array, messages: Map<number, Uint8Array | undefined>): Uint8Array | undefined {
    const runs = decodePart(bytes)?.map(
      (run): WholeRun => ({ resource: this.#cachedMessage(messages, run.resource) ?? NOTHING, scope: this.#cachedMessage(messages, run.scope) ?? NOTHING, spans: run.spans }),
    );
    return runs === undefined ? undefined : requestOfRuns(runs);
  }

  /** Of the parts in the database: what a pin holds beyond them is what retention took. */
  #storedHashes(trace: number): ReadonlySet<string> {
    const hashes = new Set<string>();
    const messages = new Map<number, Uint8Array | undefined>();
    for (const row of this.#parts.iterate(trace, 0)) {
      const whole = this.#whole(row['bytes'] as Uint8Array, messages);
      if (whole !== undefined) hashes.add(requestHash(whole));
    }
    return hashes;
  }
}
