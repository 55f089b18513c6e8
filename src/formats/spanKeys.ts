// What the keys of a span's attributes and the names of its events say about it, without decoding a value.
// Semantic conventions: code.*, gen_ai.*, db.*, exception.* (opentelemetry.io/docs/specs/semconv), OpenInference, Vercel `ai.*`.
import { SpanFlag } from '../model/spanBatch.ts';
import type { BatchColumns } from './batchColumns.ts';
import { type ProtoReader, Wire } from './protoReader.ts';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

const CODE = ascii('code.');
const STACKTRACE = ascii('code.stacktrace');
const GEN_AI = ascii('gen_ai.');
const LLM = ascii('llm.');
const AI = ascii('ai.');
const OPENINFERENCE = ascii('openinference.');
const DB = ascii('db.');
const EXCEPTION = ascii('exception.');
const EXCEPTION_EVENT = ascii('exception');

const LETTER = { a: 0x61, c: 0x63, d: 0x64, e: 0x65, g: 0x67, l: 0x6c, o: 0x6f };

/** SpanFlag bits of the KeyValue message just announced. */
export function keyFlags(r: ProtoReader): number {
  const outer = r.enter();
  let flags = 0;
  if (r.next()) {
    if (r.field === 1) flags = keyAt(r);
    else flags = lateKey(r);
  }
  r.leave(outer);
  return flags;
}

/** The value came before the key: legal, unusual. */
function lateKey(r: ProtoReader): number {
  let flags = 0;
  do {
    if (r.field === 1) flags = keyAt(r);
    else r.skip();
  } while (r.next());
  return flags;
}

function keyAt(r: ProtoReader): number {
  if (!r.expect(Wire.bytes)) return 0;
  const length = r.length();
  const at = r.pos;
  r.pos = at + length;
  return flagsOfKey(r.bytes, at, length);
}

export function flagsOfKey(bytes: Uint8Array, at: number, length: number): number {
  if (length < 3) return 0;
  switch (bytes[at]) {
    case LETTER.c:
      if (!startsWith(bytes, at, length, CODE)) return 0;
      return length === STACKTRACE.length && startsWith(bytes, at, length, STACKTRACE) ? SpanFlag.code | SpanFlag.exception : SpanFlag.code;
    case LETTER.g:
      return startsWith(bytes, at, length, GEN_AI) ? SpanFlag.genAi : 0;
    case LETTER.l:
      return startsWith(bytes, at, length, LLM) ? SpanFlag.genAi : 0;
    case LETTER.a:
      return startsWith(bytes, at, length, AI) ? SpanFlag.genAi : 0;
    case LETTER.o:
      return startsWith(bytes, at, length, OPENINFERENCE) ? SpanFlag.genAi : 0;
    case LETTER.d:
      return startsWith(bytes, at, length, DB) ? SpanFlag.database : 0;
    case LETTER.e:
      return startsWith(bytes, at, length, EXCEPTION) ? SpanFlag.exception : 0;
    default:
      return 0;
  }
}

function startsWith(bytes: Uint8Array, at: number, length: number, prefix: Uint8Array): boolean {
  if (length < prefix.length) return false;
  for (let k = 0; k < prefix.length; k++) if (bytes[at + k] !== prefix[k]) return false;
  return true;
}

/** Notes the event just announced in the columns; answers its SpanFlag bits. */
export function eventFlags(r: ProtoReader, columns: BatchColumns): number {
  const outer = r.enter();
  let flags: number = SpanFlag.events;
  let low = 0;
  let high = 0;
  while (r.next()) {
    if (r.field === 1) {
      const at = r.expect(Wire.fixed64) ? r.take(8) : -1;
      if (at < 0) break;
      low = r.view.getUint32(at, true);
      high = r.view.getUint32(at + 4, true);
    } else if (r.field === 2) {
      if (!r.expect(Wire.bytes)) break;
      const length = r.length();
      if (length === EXCEPTION_EVENT.length && startsWith(r.bytes, r.pos, length, EXCEPTION_EVENT)) flags |= SpanFlag.exception;
      r.pos += length;
    } else if (r.field === 4) {
      if (r.expect(Wire.varint) && r.varint() > 0) flags |= SpanFlag.dropped;
    } else {
      r.skip();
    }
  }
  r.leave(outer);
  // Of a broken event too: the span's rejection takes its events back.
  columns.addEvent(low, high);
  return flags;
}
