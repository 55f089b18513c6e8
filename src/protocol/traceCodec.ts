// Trace → chunks of rows for the webview, at most MAX_MESSAGE_BYTES each; chunk 0 is the first screen. A chunk brings the strings and the
// operations (service and name) that no earlier one brought. chunkDecoder.ts is the other end.
// Attributes stay behind: they are asked for span by span.
import type { TraceColumns } from '../model/trace.ts';
import type { ChunkHeader } from './chunkLayout.ts';
import { chunkBytes, chunkColumns, HEADER_WORDS, MAX_MESSAGE_BYTES, MAX_NAME_LENGTH, OPERATION_BYTES, ROW_BYTES, writeHeader } from './chunkLayout.ts';

export { ChunkDecoder } from './chunkDecoder.ts';
export { CodecError } from './chunkLayout.ts';
export type { OverlayColumns } from './overlayCodec.ts';
export { encodeOverlay, OverlayDecoder, overlayPages } from './overlayCodec.ts';

/** How a trace is cut; made once when it is opened. */
export interface ChunkPlan {
  readonly chunks: readonly ChunkHeader[];
  /** Per row, index of its operation in order of first use. */
  readonly operation: Uint32Array;
  /** Per operation, indices into `texts`. */
  readonly operationService: readonly number[];
  readonly operationName: readonly number[];
  /** In order of first use, UTF-8. */
  readonly texts: readonly Uint8Array[];
}

/** `firstRows`: rows of chunk 0, fewer where they would exceed MAX_MESSAGE_BYTES. An empty trace has one empty chunk. */
export function planChunks(columns: TraceColumns, firstRows: number): ChunkPlan {
  return new Planner(columns).plan(Math.max(1, Math.floor(firstRows)));
}

export function encodeChunk(columns: TraceColumns, selfTimes: Float64Array, plan: ChunkPlan, index: number): ArrayBuffer {
  const header = plan.chunks[index];
  if (header === undefined) throw new RangeError(`There is no chunk ${index}: this trace has ${plan.chunks.length}.`);
  const buffer = new ArrayBuffer(chunkBytes(header));
  writeHeader(buffer, header);
  const out = chunkColumns(buffer, header);
  const { firstRow, firstOperation, firstString } = header;
  const end = firstRow + header.rows;
  out.start.set(columns.start.subarray(firstRow, end));
  out.duration.set(columns.duration.subarray(firstRow, end));
  out.self.set(selfTimes.subarray(firstRow, end));
  out.parent.set(columns.parent.subarray(firstRow, end));
  out.subtreeEnd.set(columns.subtreeEnd.subarray(firstRow, end));
  out.operation.set(plan.operation.subarray(firstRow, end));
  out.flags.set(columns.flags.subarray(firstRow, end));
  out.kind.set(columns.kind.subarray(firstRow, end));
  out.operationService.set(plan.operationService.slice(firstOperation, firstOperation + header.operations));
  out.operationName.set(plan.operationName.slice(firstOperation, firstOperation + header.operations));
  let at = 0;
  for (let k = 0; k < header.strings; k++) {
    const text = plan.texts[firstString + k]!;
    out.stringLength[k] = text.length;
    out.text.set(text, at);
    at += text.length;
  }
  return buffer;
}

class Planner {
  readonly #columns: TraceColumns;
  readonly #operation: Uint32Array;
  /** By name, the operation last used with it: names mostly belong to one service. */
  readonly #lastOfName: Int32Array;
  readonly #operations = new Map<number, number>();
  readonly #operationService: number[] = [];
  readonly #operationName: number[] = [];
  readonly #textOf: Int32Array;
  readonly #texts: Uint8Array[] = [];
  readonly #utf8 = new TextEncoder();
  /** Columns' own service and name of each operation. */
  readonly #sourceService: number[] = [];

  constructor(columns: TraceColumns) {
    this.#columns = columns;
    this.#operation = new Uint32Array(columns.count);
    this.#lastOfName = new Int32Array(columns.strings.length).fill(-1);
    this.#textOf = new Int32Array(columns.strings.length).fill(-1);
  }

  plan(firstRows: number): ChunkPlan {
    const { count } = this.#columns;
    const chunks: ChunkHeader[] = [];
    let firstRow = 0;
    let operations = 0;
    let strings = 0;
    let bytes = HEADER_WORDS * 4;
    let textBytes = 0;
    const close = (end: number, nextOperation: number, nextString: number): void => {
      chunks.push({
        totalRows: count,
        firstRow,
        rows: end - firstRow,
        firstOperation: operations,
        operations: nextOperation - operations,
        firstString: strings,
        strings: nextString - strings,
        stringBytes: textBytes,
      });
      [firstRow, operations, strings, bytes, textBytes] = [end, nextOperation, nextString, HEADER_WORDS * 4, 0];
    };
    for (let row = 0; row < count; row++) {
      const operationsBefore = this.#sourceService.length;
      const stringsBefore = this.#texts.length;
      this.#operation[row] = this.#operationOf(row);
      let text = 0;
      for (let k = stringsBefore; k < this.#texts.length; k++) text += this.#texts[k]!.length;
      const cost = ROW_BYTES + (this.#sourceService.length - operationsBefore) * OPERATION_BYTES + (this.#texts.length - stringsBefore) * 4 + text;
      if (bytes + cost > MAX_MESSAGE_BYTES || (chunks.length === 0 && row === firstRows)) close(row, operationsBefore, stringsBefore);
      bytes += cost;
      textBytes += text;
    }
    close(count, this.#sourceService.length, this.#texts.length);
    return { chunks, operation: this.#operation, operationService: this.#operationService, operationName: this.#operationName, texts: this.#texts };
  }

  #operationOf(row: number): number {
    const { service, name, strings } = this.#columns;
    const s = service[row]!;
    const n = name[row]!;
    const last = this.#lastOfName[n]!;
    if (last >= 0 && this.#sourceService[last] === s) return last;
    const key = s * strings.length + n;
    let operation = this.#operations.get(key);
    if (operation === undefined) {
      operation = this.#sourceService.push(s) - 1;
      this.#operations.set(key, operation);
      this.#operationService.push(this.#text(s));
      this.#operationName.push(this.#text(n));
    }
    this.#lastOfName[n] = operation;
    return operation;
  }

  #text(index: number): number {
    const known = this.#textOf[index]!;
    if (known >= 0) return known;
    const text = this.#columns.strings[index] ?? '';
    const shown = text.length <= MAX_NAME_LENGTH ? text : `${text.slice(0, MAX_NAME_LENGTH)}… (${text.length.toLocaleString('en')} characters)`;
    return (this.#textOf[index] = this.#texts.push(this.#utf8.encode(shown)) - 1);
  }
}
