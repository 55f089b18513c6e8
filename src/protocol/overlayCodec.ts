// What is drawn over the bars: the critical path's segments and the ticks of events, in pages of at most MAX_MESSAGE_BYTES, little-endian.
// A page holds the next entries of one list, segments first, then events; page 0 always exists.
import { checkVersion, CodecError, MAX_MESSAGE_BYTES, OVERLAY_MAGIC, CODEC_VERSION } from './chunkLayout.ts';

export interface OverlayColumns {
  /** Segments of the critical path in time order, ns relative to the trace's start. */
  readonly pathRow: Int32Array;
  readonly pathStart: Float64Array;
  readonly pathEnd: Float64Array;
  /** Row of each event, ascending, and its time. */
  readonly eventRow: Int32Array;
  readonly eventTime: Float64Array;
}

/** What is encoded: a CriticalPath and a Trace's events. */
export interface OverlaySource {
  readonly path: { readonly row: Int32Array; readonly start: Float64Array; readonly end: Float64Array };
  /** Trace.eventStart and eventTime. */
  readonly eventStart: Uint32Array;
  readonly eventTime: Float64Array;
}

const HEADER_WORDS = 8;
const SEGMENT_BYTES = 20;
const EVENT_BYTES = 12;
const PAGE_ENTRIES = Math.floor((MAX_MESSAGE_BYTES - HEADER_WORDS * 4) / SEGMENT_BYTES);

export function overlayPages({ path, eventTime }: OverlaySource): number {
  return Math.max(1, Math.ceil((path.row.length + eventTime.length) / PAGE_ENTRIES));
}

export function encodeOverlay(source: OverlaySource, page: number): ArrayBuffer {
  const { path, eventStart, eventTime } = source;
  const segments = path.row.length;
  const entries = segments + eventTime.length;
  if (!Number.isSafeInteger(page) || page < 0 || page >= overlayPages(source)) throw new RangeError(`There is no overlay page ${page}: this trace has ${overlayPages(source)}.`);
  const from = page * PAGE_ENTRIES;
  const to = Math.min(from + PAGE_ENTRIES, entries);
  const s0 = Math.min(from, segments);
  const s1 = Math.min(to, segments);
  const e0 = Math.max(0, from - segments);
  const e1 = Math.max(0, to - segments);
  const buffer = new ArrayBuffer(HEADER_WORDS * 4 + (s1 - s0) * SEGMENT_BYTES + (e1 - e0) * EVENT_BYTES);
  new Uint32Array(buffer, 0, HEADER_WORDS).set([OVERLAY_MAGIC, CODEC_VERSION, segments, eventTime.length, s0, s1 - s0, e0, e1 - e0]);
  const out = views(buffer, s1 - s0, e1 - e0);
  out.pathRow.set(path.row.subarray(s0, s1));
  out.pathStart.set(path.start.subarray(s0, s1));
  out.pathEnd.set(path.end.subarray(s0, s1));
  out.eventTime.set(eventTime.subarray(e0, e1));
  let row = e1 > e0 ? rowOfEvent(eventStart, e0) : 0;
  for (let e = e0; e < e1; e++) {
    while (eventStart[row + 1]! <= e) row++;
    out.eventRow[e - e0] = row;
  }
  return buffer;
}

/** The row whose events include event e: the last one that starts at or before it. */
function rowOfEvent(eventStart: Uint32Array, e: number): number {
  let from = 0;
  let to = eventStart.length - 1;
  while (from < to) {
    const middle = (from + to + 1) >>> 1;
    if (eventStart[middle]! <= e) from = middle;
    else to = middle - 1;
  }
  return from;
}

function views(buffer: ArrayBuffer, segments: number, events: number): OverlayColumns {
  let at = HEADER_WORDS * 4;
  const take = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  return {
    pathStart: new Float64Array(buffer, take(8 * segments), segments),
    pathEnd: new Float64Array(buffer, take(8 * segments), segments),
    eventTime: new Float64Array(buffer, take(8 * events), events),
    pathRow: new Int32Array(buffer, take(4 * segments), segments),
    eventRow: new Int32Array(buffer, take(4 * events), events),
  };
}

/** Pages in their order → the whole overlay. `rows`: of the trace; every index is checked against it. */
export class OverlayDecoder {
  readonly #rows: number;
  readonly #pages: OverlayColumns[] = [];
  #segments = 0;
  #events = 0;
  #segmentsWanted: number | undefined;
  #eventsWanted = 0;

  constructor(rows: number) {
    this.#rows = rows;
  }

  get complete(): boolean {
    return this.#segments === this.#segmentsWanted && this.#events === this.#eventsWanted;
  }

  /** Throws CodecError and stays as it was where the page is damaged or not the next one. */
  add(buffer: ArrayBuffer): void {
    if (buffer.byteLength < HEADER_WORDS * 4) throw new CodecError(`An overlay page has ${buffer.byteLength} bytes, too few for its header.`);
    const [magic, version, allSegments, allEvents, s0, segments, e0, events] = new Uint32Array(buffer, 0, HEADER_WORDS);
    if (magic !== OVERLAY_MAGIC) throw new CodecError('This is not an overlay page.');
    checkVersion(version!);
    if (HEADER_WORDS * 4 + segments! * SEGMENT_BYTES + events! * EVENT_BYTES !== buffer.byteLength) throw new CodecError('An overlay page is not as long as its header says.');
    const next = s0 === this.#segments && (events === 0 || e0 === this.#events) && s0! + segments! <= allSegments! && this.#events + events! <= allEvents!;
    const sameTrace = this.#segmentsWanted === undefined || (this.#segmentsWanted === allSegments && this.#eventsWanted === allEvents);
    if (!next || !sameTrace) throw new CodecError('An overlay page is not the next one of this trace.');
    const page = views(buffer, segments!, events!);
    const known = (row: number): boolean => row >= 0 && row < this.#rows;
    const timed = (time: number): boolean => Number.isFinite(time);
    if (!page.pathRow.every(known) || !page.eventRow.every(known)) throw new CodecError('An overlay page names a row that this trace does not have.');
    if (!page.pathStart.every(timed) || !page.pathEnd.every(timed) || !page.eventTime.every(timed)) throw new CodecError('An overlay page has a time that is no number.');
    this.#segmentsWanted = allSegments!;
    this.#eventsWanted = allEvents!;
    this.#segments += segments!;
    this.#events += events!;
    this.#pages.push(page);
  }

  /** All pages received so far. */
  columns(): OverlayColumns {
    const result = {
      pathRow: new Int32Array(this.#segments),
      pathStart: new Float64Array(this.#segments),
      pathEnd: new Float64Array(this.#segments),
      eventRow: new Int32Array(this.#events),
      eventTime: new Float64Array(this.#events),
    };
    let s = 0;
    let e = 0;
    for (const page of this.#pages) {
      result.pathRow.set(page.pathRow, s);
      result.pathStart.set(page.pathStart, s);
      result.pathEnd.set(page.pathEnd, s);
      result.eventRow.set(page.eventRow, e);
      result.eventTime.set(page.eventTime, e);
      s += page.pathRow.length;
      e += page.eventRow.length;
    }
    return result;
  }
}
