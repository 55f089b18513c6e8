// OTLP/JSON of any size, read in steps: its lists are parsed piece by piece, everything around them at once. What comes out is what
// the reader of whole documents gives, faults included. A piece is as large as its largest span, for a span is never cut.
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { Steps } from '../model/slices.ts';
import { FormatError } from './formatError.ts';
import { type CutElement, type CutList, cutSteps } from './jsonCuts.ts';
import { items } from './jsonFields.ts';
import { jsonTextErrorSteps, parseExactly } from './jsonText.ts';
import { OtlpJsonConverter, type OtlpMessage } from './otlpJson.ts';

/** About 2 ms of parsing and rewriting. */
const PIECE_BYTES = 128 << 10;
const BOM = [0xef, 0xbb, 0xbf] as const;

export class LargeOtlpJson {
  readonly #bytes: Buffer;
  readonly #lists: readonly CutList[];
  readonly #pieceBytes: number;
  /** Stands where a list was cut out; no document can know it. */
  readonly #mark = randomUUID();
  readonly #visited = new Set<number>();
  /** What stands around the lists. Not for reading its lists. */
  readonly document: unknown;

  private constructor(bytes: Buffer, lists: readonly CutList[], pieceBytes: number) {
    this.#bytes = bytes;
    this.#lists = lists;
    this.#pieceBytes = pieceBytes;
    this.document = parseExactly(this.#around({ start: 0, end: bytes.length, fromList: 0, toList: lists.length }, 0));
  }

  /** Throws FormatError: no UTF-8, or the place where the bytes stop being JSON. */
  static *openSteps(given: Uint8Array, pieceBytes = PIECE_BYTES): Steps<LargeOtlpJson> {
    if (!isUtf8(given)) throw new FormatError('The request is not JSON: its bytes are not UTF-8.', -1);
    const marked = BOM.every((byte, k) => given[k] === byte);
    const bytes = Buffer.from(given.buffer, given.byteOffset, given.length).subarray(marked ? BOM.length : 0);
    const lists = yield* cutSteps(bytes, pieceBytes);
    yield;
    if (lists === undefined) throw yield* jsonTextErrorSteps(bytes.toString('utf8'));
    return yield* orFault(bytes, () => new LargeOtlpJson(bytes, lists, pieceBytes));
  }

  /** The spans as OTLP/protobuf. Throws FormatError as decodeOtlpJsonText does. */
  *rewriteSteps(): Steps<OtlpMessage> {
    const converter = new OtlpJsonConverter((value) => this.#groups(value));
    const steps = converter.addSteps(this.document);
    for (;;) {
      const { done } = yield* orFault(this.#bytes, () => steps.next());
      if (done === true) break;
      yield;
    }
    yield* this.#checkRest();
    return converter.message();
  }

  /** What no reader asked for has to be JSON all the same. */
  *#checkRest(): Steps<void> {
    for (let at = 0; at < this.#lists.length; at++) {
      if (this.#visited.has(at)) continue;
      const groups = this.#groupsOf(at);
      while ((yield* orFault(this.#bytes, () => groups.next())).done !== true) yield;
    }
  }

  /** The items of a list; of one that was cut out, a piece at a time. */
  #groups(value: unknown): Iterable<readonly unknown[]> {
    const list = items(value);
    return list.length === 2 && list[0] === this.#mark ? this.#groupsOf(list[1] as number) : [list];
  }

  *#groupsOf(at: number): Generator<readonly unknown[]> {
    this.#visited.add(at);
    const { elements, level } = this.#lists[at]!;
    for (let from = 0; from < elements.length; ) {
      const first = elements[from]!;
      let to = from + 1;
      if (first.toList > first.fromList) {
        yield [parseExactly(this.#around(first, level + 1))];
      } else {
        while (to < elements.length && elements[to]!.end - first.start <= this.#pieceBytes) to++;
        yield parseExactly(`[${this.#text(first.start, elements[to - 1]!.end)}]`) as readonly unknown[];
      }
      from = to;
    }
  }

  /** An element's text without the lists of that level in it. */
  #around({ start, end, fromList, toList }: CutElement, level: number): string {
    const parts: string[] = [];
    let from = start;
    for (let k = fromList; k < toList; k++) {
      const list = this.#lists[k]!;
      if (list.level !== level) continue;
      parts.push(this.#text(from, list.start), `["${this.#mark}",${k}]`);
      from = list.end;
    }
    parts.push(this.#text(from, end));
    return parts.join('');
  }

  #text(from: number, to: number): string {
    return this.#bytes.toString('utf8', from, to);
  }
}

/** What a piece cannot say: where in the whole document it stops being JSON. */
function* orFault<T>(bytes: Buffer, work: () => T): Steps<T> {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  yield;
  throw yield* jsonTextErrorSteps(bytes.toString('utf8'));
}
