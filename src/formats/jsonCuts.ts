// Where a large OTLP/JSON document can be cut: the lists of resourceSpans, scopeSpans and spans in its bytes, and each of their elements.
// One pass over brackets and strings, in steps, without parsing. What stands inside an element is the parser's business.
// Must not know what the elements mean.
import type { Steps } from '../model/slices.ts';
import { endOfString } from './largeDocument.ts';

export interface CutElement {
  readonly start: number;
  readonly end: number;
  /** Lists within this element: of `lists`, from … to (without). None where the element is small. */
  readonly fromList: number;
  readonly toList: number;
}

export interface CutList {
  /** 0 holds resourceSpans, 1 scopeSpans, 2 spans. */
  readonly level: number;
  /** Its brackets included. */
  readonly start: number;
  readonly end: number;
  readonly elements: readonly CutElement[];
}

/** How the readers know the lists; one written in another way ("\u0073pans") is not cut, only parsed as a whole. */
const NAMES: readonly (readonly string[])[] = [
  ['resourceSpans', 'resource_spans', 'batches'],
  ['scopeSpans', 'scope_spans', 'instrumentationLibrarySpans', 'instrumentation_library_spans'],
  ['spans'],
];

const CODE = { quote: 34, comma: 44, colon: 58, listOpen: 91, listClose: 93, mapOpen: 123, mapClose: 125 };
/** About 2 ms of scanning. */
const STEP_BYTES = 1 << 20;

interface OpenList {
  readonly level: number;
  readonly start: number;
  /** Brackets open inside it, its own included. */
  readonly depth: number;
  /** Its place in the lists. */
  readonly at: number;
  readonly elements: CutElement[];
  /** Of the element that has begun; -1 between two. */
  from: number;
  fromList: number;
}

/** The lists in the order of their beginnings, without those in elements of up to `pieceBytes`. undefined: this cannot be JSON. */
export function* cutSteps(bytes: Uint8Array, pieceBytes: number): Steps<readonly CutList[] | undefined> {
  const lists: CutList[] = [];
  const open: OpenList[] = [];
  const outer = [0, 0];
  let inner: OpenList | undefined;
  let depth = 0;
  let before = 0;
  let last = 0;
  let keyFrom = 0;
  let keyTo = 0;
  let pauseAt = STEP_BYTES;
  for (let at = 0; at < bytes.length; at++) {
    if (at >= pauseAt) {
      yield;
      pauseAt = at + STEP_BYTES;
    }
    const byte = bytes[at]!;
    if (byte === 32 || byte === 10 || byte === 13 || byte === 9) continue;
    if (inner !== undefined && depth === inner.depth) {
      if (byte === CODE.comma || byte === CODE.listClose) {
        // A comma too many.
        if (inner.from < 0 && (byte === CODE.comma || inner.elements.length > 0)) return undefined;
        if (inner.from >= 0) endElement(inner, last, lists, pieceBytes);
      } else if (byte === CODE.mapClose) {
        return undefined;
      } else if (inner.from < 0) {
        inner.from = at;
        inner.fromList = lists.length;
      }
    }
    if (byte === CODE.quote) {
      keyFrom = at + 1;
      keyTo = endOfString(bytes, keyFrom);
      at = keyTo;
    } else if (byte === CODE.mapOpen || byte === CODE.listOpen) {
      if (depth < outer.length) outer[depth] = byte;
      depth++;
      const level = byte === CODE.listOpen && before === CODE.colon ? levelOf(bytes, inner, depth, outer) : -1;
      if (level >= 0 && NAMES[level]!.includes(text(bytes, keyFrom, keyTo))) {
        inner = { level, start: at, depth, at: lists.length, elements: [], from: -1, fromList: 0 };
        open.push(inner);
        lists.push({ level, start: at, end: at, elements: inner.elements });
      }
    } else if (byte === CODE.mapClose || byte === CODE.listClose) {
      if (inner !== undefined && depth === inner.depth) {
        lists[inner.at] = { level: inner.level, start: inner.start, end: at + 1, elements: inner.elements };
        open.pop();
        inner = open.at(-1);
      }
      depth--;
      if (depth < 0) return undefined;
    }
    before = byte;
    last = at + 1;
  }
  return depth === 0 && last <= bytes.length ? lists : undefined;
}

function endElement(list: OpenList, end: number, lists: CutList[], pieceBytes: number): void {
  if (end - list.from <= pieceBytes) lists.length = list.fromList;
  list.elements.push({ start: list.from, end, fromList: list.fromList, toList: lists.length });
  list.from = -1;
}

/** Which list may begin at this depth: the outermost in the document or in what it is wrapped in, the others in an element of the one before. */
function levelOf(bytes: Uint8Array, inner: OpenList | undefined, depth: number, outer: readonly number[]): number {
  if (inner !== undefined) return inner.level + 1 < NAMES.length && depth === inner.depth + 2 && bytes[inner.from] === CODE.mapOpen ? inner.level + 1 : -1;
  const isWrapped = depth === 3 && outer[1] === CODE.mapOpen;
  return outer[0] === CODE.mapOpen && (depth === 2 || isWrapped) ? 0 : -1;
}

const text = (bytes: Uint8Array, from: number, to: number): string => Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
