// Reads an answer's body, inflated as it says, only up to a bound: what is larger is cut off while it streams. The one place where answers grow.
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { Writable, type Readable, type Transform } from 'node:stream';
import { tooLarge } from './networkFaults.ts';

export interface ReadBody {
  readonly body: Uint8Array;
  /** Bytes as they came, before they were inflated. */
  readonly wireBytes: number;
}

/** Throws BackendError tooLarge, and what the streams throw. The body is destroyed on every way out. */
export async function readBounded(body: Readable, headers: Readonly<Record<string, string>>, maxBytes: number, where: string): Promise<ReadBody> {
  const chunks: Uint8Array[] = [];
  let [size, wireBytes] = [0, 0];
  body.on('data', (chunk: Uint8Array) => {
    wireBytes += chunk.byteLength;
  });
  const sink = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      size += chunk.byteLength;
      if (size > maxBytes) return done(tooLarge(where, maxBytes));
      chunks.push(chunk);
      done();
    },
  });
  const inflater = inflaterOf(headers['content-encoding'] ?? '');
  await (inflater === undefined ? pipeline(body, sink) : pipeline(body, inflater, sink));
  return { body: joined(chunks, size), wireBytes };
}

/** In memory of its own, copied once. */
function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}

function inflaterOf(encoding: string): Transform | undefined {
  const name = encoding.trim().toLowerCase();
  if (name === 'gzip' || name === 'x-gzip') return createGunzip();
  if (name === 'deflate') return createInflate();
  return name === 'br' ? createBrotliDecompress() : undefined;
}
