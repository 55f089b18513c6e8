// The bytes of a chunk of rows: a header of 32-bit words, then columns, 39 bytes a row. Little-endian, as every machine
// VS Code runs on. Shared by the two ends of traceCodec; must not know what is done with them.

export const CODEC_VERSION = 1;
const CHUNK_MAGIC = 0x6b636674; // "tfck"
export const OVERLAY_MAGIC = 0x766f6674; // "tfov"
/** What a message may weigh: larger ones take disproportionately long through VS Code (DESIGN §9), and the extension host's thread
 *  writes each in one go: with 1 MB it was held 35–49 ms, with 250 kB up to 51 ms. With 80 kB it is held 2–12 ms where the editor does not
 *  compress what it sends. Where it does, in remote windows, it was held 16–99 ms, and neither 32 kB nor one message a turn made it less;
 *  a profile shows zlib writing for up to 14 ms at a time, which does not explain all of it (test/bench/editor.bench.ts). */
export const MAX_MESSAGE_BYTES = 80_000;
/** Longer names are cut in the rows; the details have them whole. */
export const MAX_NAME_LENGTH = 2_048;

/** start, duration and self as doubles; parent, subtreeEnd and operation as words; flags; kind. */
export const ROW_BYTES = 3 * 8 + 3 * 4 + 2 + 1;
/** An operation is a service and a name: two words. */
export const OPERATION_BYTES = 8;
export const HEADER_WORDS = 12;

export interface ChunkHeader {
  /** Rows of the whole trace. */
  readonly totalRows: number;
  readonly firstRow: number;
  readonly rows: number;
  /** Operations and strings this chunk brings; earlier chunks brought those before. */
  readonly firstOperation: number;
  readonly operations: number;
  readonly firstString: number;
  readonly strings: number;
  /** UTF-8 of all strings. */
  readonly stringBytes: number;
}

export interface ChunkColumns {
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly self: Float64Array;
  readonly parent: Int32Array;
  readonly subtreeEnd: Int32Array;
  readonly operation: Uint32Array;
  readonly operationService: Uint32Array;
  readonly operationName: Uint32Array;
  /** Bytes of each string. */
  readonly stringLength: Uint32Array;
  readonly flags: Uint16Array;
  readonly kind: Uint8Array;
  readonly text: Uint8Array;
}

export function chunkBytes(header: ChunkHeader): number {
  return HEADER_WORDS * 4 + header.rows * ROW_BYTES + header.operations * OPERATION_BYTES + header.strings * 4 + header.stringBytes;
}

/** Views into a buffer of chunkBytes(header) bytes. */
export function chunkColumns(buffer: ArrayBuffer, { rows, operations, strings, stringBytes }: ChunkHeader): ChunkColumns {
  let at = HEADER_WORDS * 4;
  const take = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  return {
    start: new Float64Array(buffer, take(8 * rows), rows),
    duration: new Float64Array(buffer, take(8 * rows), rows),
    self: new Float64Array(buffer, take(8 * rows), rows),
    parent: new Int32Array(buffer, take(4 * rows), rows),
    subtreeEnd: new Int32Array(buffer, take(4 * rows), rows),
    operation: new Uint32Array(buffer, take(4 * rows), rows),
    operationService: new Uint32Array(buffer, take(4 * operations), operations),
    operationName: new Uint32Array(buffer, take(4 * operations), operations),
    stringLength: new Uint32Array(buffer, take(4 * strings), strings),
    flags: new Uint16Array(buffer, take(2 * rows), rows),
    kind: new Uint8Array(buffer, take(rows), rows),
    text: new Uint8Array(buffer, take(stringBytes), stringBytes),
  };
}

export function writeHeader(buffer: ArrayBuffer, header: ChunkHeader): void {
  new Uint32Array(buffer, 0, HEADER_WORDS).set([
    CHUNK_MAGIC,
    CODEC_VERSION,
    header.totalRows,
    header.firstRow,
    header.rows,
    header.firstOperation,
    header.operations,
    header.firstString,
    header.strings,
    header.stringBytes,
  ]);
}

/** Throws CodecError where the buffer is no chunk of this version or its length is not what its header says. */
export function readHeader(buffer: ArrayBuffer): ChunkHeader {
  if (buffer.byteLength < HEADER_WORDS * 4) throw new CodecError(`A chunk of rows has ${buffer.byteLength} bytes, too few for its header.`);
  const words = new Uint32Array(buffer, 0, HEADER_WORDS);
  if (words[0] !== CHUNK_MAGIC) throw new CodecError('This is not a chunk of rows.');
  checkVersion(words[1]!);
  const header: ChunkHeader = {
    totalRows: words[2]!,
    firstRow: words[3]!,
    rows: words[4]!,
    firstOperation: words[5]!,
    operations: words[6]!,
    firstString: words[7]!,
    strings: words[8]!,
    stringBytes: words[9]!,
  };
  if (chunkBytes(header) !== buffer.byteLength) throw new CodecError(`A chunk of rows has ${buffer.byteLength} bytes where its header says ${chunkBytes(header)}.`);
  return header;
}

export function checkVersion(version: number): void {
  if (version !== CODEC_VERSION) throw new CodecError(`The rows come in version ${version} of the format and this view reads version ${CODEC_VERSION}: reload the window.`);
}

/** The bytes are not what the other end of this codec writes. */
export class CodecError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CodecError';
  }
}
