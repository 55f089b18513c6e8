// Chunks of rows → TraceColumns and self times, as far as they have come. Believes nothing: every index is checked, so that
// what reads the columns need not be.
import type { TraceColumns } from '../model/trace.ts';
import type { ChunkColumns, ChunkHeader } from './chunkLayout.ts';
import { chunkColumns, CodecError, readHeader } from './chunkLayout.ts';

/** Rows a view is ready to hold: 65 bytes each. */
const MAX_ROWS = 32_000_000;

/** Chunks must be added in their order. */
export class ChunkDecoder {
  readonly #total: number;
  readonly #parent: Int32Array;
  readonly #subtreeEnd: Int32Array;
  readonly #depth: Int32Array;
  readonly #start: Float64Array;
  readonly #duration: Float64Array;
  readonly #self: Float64Array;
  readonly #service: Uint32Array;
  readonly #name: Uint32Array;
  readonly #flags: Uint16Array;
  readonly #kind: Uint8Array;
  readonly #strings: string[] = [];
  readonly #operationService: number[] = [];
  readonly #operationName: number[] = [];
  readonly #utf8 = new TextDecoder();
  #rows = 0;

  /** `totalRows`: TraceHead.rows. */
  constructor(totalRows: number) {
    if (!Number.isSafeInteger(totalRows) || totalRows < 0 || totalRows > MAX_ROWS) throw new CodecError(`A view cannot hold ${totalRows} rows: ${MAX_ROWS.toLocaleString('en')} at most.`);
    this.#total = totalRows;
    this.#parent = new Int32Array(totalRows);
    this.#subtreeEnd = new Int32Array(totalRows);
    this.#depth = new Int32Array(totalRows);
    this.#start = new Float64Array(totalRows);
    this.#duration = new Float64Array(totalRows);
    this.#self = new Float64Array(totalRows);
    this.#service = new Uint32Array(totalRows);
    this.#name = new Uint32Array(totalRows);
    this.#flags = new Uint16Array(totalRows);
    this.#kind = new Uint8Array(totalRows);
  }

  /** Rows received so far. */
  get rows(): number {
    return this.#rows;
  }

  get complete(): boolean {
    return this.#rows === this.#total;
  }

  /** Throws CodecError and stays as it was where the chunk is damaged or not the next one. */
  add(buffer: ArrayBuffer): void {
    const header = readHeader(buffer);
    this.#checkPlace(header);
    const chunk = chunkColumns(buffer, header);
    this.#checkTexts(header, chunk);
    this.#checkRows(header, chunk);
    let at = 0;
    for (const length of chunk.stringLength) this.#strings.push(this.#utf8.decode(chunk.text.subarray(at, (at += length))));
    for (const service of chunk.operationService) this.#operationService.push(service);
    for (const name of chunk.operationName) this.#operationName.push(name);
    const first = header.firstRow;
    this.#start.set(chunk.start, first);
    this.#duration.set(chunk.duration, first);
    this.#self.set(chunk.self, first);
    this.#flags.set(chunk.flags, first);
    this.#kind.set(chunk.kind, first);
    for (let k = 0; k < header.rows; k++) {
      this.#service[first + k] = this.#operationService[chunk.operation[k]!]!;
      this.#name[first + k] = this.#operationName[chunk.operation[k]!]!;
    }
    this.#rows += header.rows;
  }

  /**
   * The rows received so far, as views that later chunks do not change but extend: ask again after each. `subtreeEnd` may
   * point past `count` while chunks are missing.
   */
  columns(): TraceColumns {
    const n = this.#rows;
    return {
      count: n,
      parent: this.#parent.subarray(0, n),
      subtreeEnd: this.#subtreeEnd.subarray(0, n),
      depth: this.#depth.subarray(0, n),
      start: this.#start.subarray(0, n),
      duration: this.#duration.subarray(0, n),
      service: this.#service.subarray(0, n),
      name: this.#name.subarray(0, n),
      flags: this.#flags.subarray(0, n),
      kind: this.#kind.subarray(0, n),
      strings: this.#strings,
    };
  }

  selfTimes(): Float64Array {
    return this.#self.subarray(0, this.#rows);
  }

  #checkPlace(header: ChunkHeader): void {
    if (header.totalRows !== this.#total) throw new CodecError(`A chunk is of a trace of ${header.totalRows} rows, not of this one of ${this.#total}.`);
    const next = header.firstRow === this.#rows && header.firstString === this.#strings.length && header.firstOperation === this.#operationService.length;
    if (!next) throw new CodecError(`A chunk starts at row ${header.firstRow} where row ${this.#rows} is next.`);
    if (header.firstRow + header.rows > this.#total) throw new CodecError(`A chunk ends at row ${header.firstRow + header.rows} of a trace of ${this.#total}.`);
  }

  #checkTexts(header: ChunkHeader, chunk: ChunkColumns): void {
    let bytes = 0;
    for (const length of chunk.stringLength) bytes += length;
    const strings = header.firstString + header.strings;
    const known = (column: Uint32Array, limit: number): boolean => column.every((index) => index < limit);
    if (bytes !== header.stringBytes || !known(chunk.operationService, strings) || !known(chunk.operationName, strings)) throw new CodecError('A chunk of rows has names that do not add up.');
    if (!known(chunk.operation, header.firstOperation + header.operations)) throw new CodecError('A row names an operation that no chunk has brought.');
  }

  /** Writes parent, subtreeEnd and depth as it goes: rows past #rows are nobody's yet. */
  #checkRows({ firstRow, rows }: ChunkHeader, chunk: ChunkColumns): void {
    for (let k = 0; k < rows; k++) {
      const row = firstRow + k;
      const parent = chunk.parent[k]!;
      const end = chunk.subtreeEnd[k]!;
      // In pre-order the parent is the innermost span before this one whose subtree is still open.
      let open = row - 1;
      while (open >= 0 && this.#subtreeEnd[open]! <= row) open = this.#parent[open]!;
      const limit = open < 0 ? this.#total : this.#subtreeEnd[open]!;
      if (parent !== open || end <= row || end > limit) throw new CodecError(`Row ${row} has no place in the tree.`);
      if (!(chunk.duration[k]! >= 0 && chunk.self[k]! >= 0) || !Number.isFinite(chunk.start[k]! + chunk.duration[k]! + chunk.self[k]!)) throw new CodecError(`Row ${row} has no time.`);
      this.#parent[row] = parent;
      this.#subtreeEnd[row] = end;
      this.#depth[row] = parent < 0 ? 1 : this.#depth[parent]! + 1;
    }
  }
}
