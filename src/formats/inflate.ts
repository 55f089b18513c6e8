// Bounded unpacking of gzip and zstd while streaming: a bomb stops at the cap, a file that ends early or breaks half-way gives what
// came before (collector and browsers leave such files behind). Must not know what is packed.
import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { FormatError } from './formatError.ts';

/** A file may unpack to this much; the engine holds it in memory. */
export const MAX_INFLATED_BYTES = 512 * 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;

export interface Inflated {
  readonly bytes: Uint8Array;
  /** The packed data broke off here; what came before it is in `bytes`. */
  readonly brokenOff: boolean;
}

export type Packing = 'gzip' | 'zstd';

export function packingOf(bytes: Uint8Array, at = 0): Packing | undefined {
  if (bytes[at] === 0x1f && bytes[at + 1] === 0x8b) return 'gzip';
  return bytes[at] === 0x28 && bytes[at + 1] === 0xb5 && bytes[at + 2] === 0x2f && bytes[at + 3] === 0xfd ? 'zstd' : undefined;
}

/** Throws FormatError when more than `maxBytes` come out, or nothing does. */
export async function inflate(packed: Uint8Array, packing: Packing, maxBytes = MAX_INFLATED_BYTES): Promise<Inflated> {
  if (packing === 'zstd' && typeof zlib.createZstdDecompress !== 'function') {
    throw new FormatError('it is packed with zstd, which needs Node 22.15 or newer; unpack it with "zstd -d" first.', 0);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  let brokenOff = false;
  const take = (chunk: Uint8Array): void => {
    size += chunk.length;
    if (size > maxBytes) throw new FormatError(`it unpacks to more than ${Math.floor(maxBytes / 1048576)} MB, the most that is read at once; unpack and split it first.`, 0);
    chunks.push(chunk);
  };
  // gunzip goes on through concatenated members by itself, zstd stops behind each frame.
  for (let at = 0; at < packed.length && !brokenOff && packingOf(packed, at) === packing; ) {
    const { used, broken } = await inflateOne(packed.subarray(at), packing, take);
    at += used;
    brokenOff = broken || used === 0;
  }
  if (brokenOff && size === 0) throw new FormatError(`it begins like ${packing} (at byte 0) but cannot be unpacked; it is cut off or damaged.`, 0);
  return { bytes: Buffer.concat(chunks, size), brokenOff };
}

/** One stream: how many packed bytes it used, and whether it ended too early. */
async function inflateOne(packed: Uint8Array, packing: Packing, take: (chunk: Uint8Array) => void): Promise<{ used: number; broken: boolean }> {
  const stream = packing === 'gzip' ? zlib.createGunzip({ chunkSize: CHUNK_BYTES }) : zlib.createZstdDecompress({ chunkSize: CHUNK_BYTES });
  const source = Readable.from(slices(packed));
  source.pipe(stream);
  let broken = false;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) take(chunk);
  } catch (error) {
    if (error instanceof FormatError || !isZlibError(error)) throw error;
    broken = true;
  } finally {
    source.destroy();
    stream.destroy();
  }
  return { used: stream.bytesWritten, broken };
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

function isZlibError(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code !== undefined && (code.startsWith('Z_') || code.startsWith('ZSTD_'));
}
