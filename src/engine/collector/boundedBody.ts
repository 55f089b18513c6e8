// Reads a request's body within its limits: bytes as they come and bytes after gunzip, both counted while streaming, and the memory
// of all bodies together. The one place that inflates. Must not know HTTP paths or OTLP.
import type { Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import type { BodyEncoding } from './requestGuard.ts';

/** `tooLarge` 413, `overloaded` 429, `badGzip` and `aborted` 400. */
export type BodyProblem = 'tooLarge' | 'overloaded' | 'badGzip' | 'aborted';

export type BodyResult = { readonly kind: 'body'; readonly bytes: Uint8Array } | { readonly kind: 'problem'; readonly problem: BodyProblem };

/** Counts bytes held for requests that are not answered yet. */
export interface MemoryBudget {
  /** False: too much is held already. What was taken is given back by `release`. */
  take(bytes: number): boolean;
  release(bytes: number): void;
}

export interface BodyLimits {
  readonly maxBytes: number;
  readonly encoding: BodyEncoding;
  readonly budget: MemoryBudget;
}

/** Below this, inflating at once is cheaper than a stream, and a bomb of this size is bounded by SYNC_MAX_OUTPUT. */
const SYNC_MAX_INPUT = 64 << 10;
const SYNC_MAX_OUTPUT = 4 << 20;

/** The caller releases `held` bytes of the budget when it is done with the body, whatever the result. */
export interface ReadBody {
  readonly result: BodyResult;
  readonly held: number;
}

export async function readBody(stream: Readable, { maxBytes, encoding, budget }: BodyLimits): Promise<ReadBody> {
  let held = 0;
  const hold = (bytes: number): boolean => {
    if (!budget.take(bytes)) return false;
    held += bytes;
    return true;
  };
  const received = await collect(stream, maxBytes, hold);
  if (encoding === 'identity' || received.kind === 'problem' || received.bytes.length === 0) return { result: received, held };
  const result = (await inflateSmall(received.bytes, maxBytes, hold)) ?? (await inflate(received.bytes, maxBytes, hold));
  budget.release(received.bytes.length);
  held -= received.bytes.length;
  return { result, held };
}

function inflateSmall(bytes: Uint8Array, maxBytes: number, hold: (bytes: number) => boolean): BodyResult | undefined {
  if (bytes.length > SYNC_MAX_INPUT) return undefined;
  let inflated: Buffer;
  try {
    inflated = gunzipSync(bytes, { maxOutputLength: Math.min(maxBytes, SYNC_MAX_OUTPUT) });
  } catch (error) {
    // Too much for this way; the stream decides how much too much.
    if (error instanceof RangeError) return undefined;
    return { kind: 'problem', problem: 'badGzip' };
  }
  return hold(inflated.length) ? { kind: 'body', bytes: inflated } : { kind: 'problem', problem: 'overloaded' };
}

async function inflate(bytes: Uint8Array, maxBytes: number, hold: (bytes: number) => boolean): Promise<BodyResult> {
  const gunzip = createGunzip({ chunkSize: 64 << 10 });
  gunzip.end(bytes);
  try {
    return await collect(gunzip, maxBytes, hold);
  } finally {
    gunzip.destroy();
  }
}

/** Stops taking at the first byte too many. The stream is left as it is: what becomes of its rest is its owner's business. */
function collect(stream: Readable, maxBytes: number, hold: (bytes: number) => boolean): Promise<BodyResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (result: BodyResult): void => {
      stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onAborted);
      // An error after the decision, e.g. of a socket that closes, concerns nobody.
      stream.on('error', () => undefined);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) {
        stream.pause();
        finish({ kind: 'problem', problem: 'tooLarge' });
      } else if (!hold(chunk.length)) {
        stream.pause();
        finish({ kind: 'problem', problem: 'overloaded' });
      } else {
        chunks.push(chunk);
      }
    };
    const onEnd = (): void => finish({ kind: 'body', bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size) });
    const onError = (error: Error): void => finish({ kind: 'problem', problem: 'code' in error && String(error.code).startsWith('Z_') ? 'badGzip' : 'aborted' });
    const onAborted = (): void => finish({ kind: 'problem', problem: 'aborted' });
    stream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onAborted);
  });
}
