// The only importer of undici (it replaces fetch's dispatcher process-wide when loaded: in this worker that harms nobody).
// Loaded on first use. One Agent a transport; failures are BackendErrors by kind; answers are read, and inflated, only up to a bound.
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { Writable, type Readable, type Transform } from 'node:stream';
import type { Agent } from 'undici';
import { BackendError } from './backends/backend.ts';
import type { Transport, WireAnswer, WireRequest } from './network/connectionClient.ts';
import type { HttpAnswer } from './network/httpClient.ts';

const CONNECT_MS = 5_000;
const IDLE_MS = 15_000;
const SMALL_ANSWER = 1024 * 1024;
const SMALL_TIMEOUT_MS = 10_000;

/** Network codes that mean "nobody is there". */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT']);

/** Our own sockets. Made on first use, closed by its owner. */
export function undiciTransport(): Transport {
  let agent: Agent | undefined;
  return {
    send: async (request, signal) => {
      // Bundled, a CommonJS package has only a default export.
      const undici = (await import('undici')).default;
      agent ??= new undici.Agent({ connect: { timeout: CONNECT_MS }, headersTimeout: IDLE_MS, bodyTimeout: IDLE_MS, keepAliveTimeout: 10_000 });
      const timeout = AbortSignal.timeout(request.timeoutMs);
      const where = `${request.url.origin}${request.url.pathname}`;
      try {
        const answer = await undici.request(request.url, {
          method: request.method,
          dispatcher: agent,
          signal: AbortSignal.any([signal, timeout]),
          headers: { ...request.headers },
          ...(request.body === undefined ? {} : { body: request.body }),
        });
        const headers = flat(answer.headers);
        return { status: answer.statusCode, headers, ...(await bounded(answer.body, headers['content-encoding'] ?? '', request, where)) };
      } catch (error) {
        throw asBackendError(error, where, signal, timeout.aborted);
      }
    },
    close: async () => {
      const closing = agent;
      agent = undefined;
      await closing?.destroy();
    },
  };
}

/** One small request outside of any connection: to our own collector. */
export async function postBytes(url: string, bytes: Uint8Array, contentType: string, signal: AbortSignal): Promise<HttpAnswer> {
  const transport = undiciTransport();
  try {
    return await transport.send({ method: 'POST', url: new URL(url), headers: { 'content-type': contentType }, body: bytes, timeoutMs: SMALL_TIMEOUT_MS, maxBytes: SMALL_ANSWER }, signal);
  } finally {
    await transport.close();
  }
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]])));
}

function inflaterOf(encoding: string): Transform | undefined {
  const name = encoding.trim().toLowerCase();
  if (name === 'gzip' || name === 'x-gzip') return createGunzip();
  if (name === 'deflate') return createInflate();
  return name === 'br' ? createBrotliDecompress() : undefined;
}

async function bounded(body: Readable, encoding: string, { maxBytes }: WireRequest, where: string): Promise<Pick<WireAnswer, 'body' | 'wireBytes'>> {
  const chunks: Uint8Array[] = [];
  let [size, wireBytes] = [0, 0];
  body.on('data', (chunk: Uint8Array) => {
    wireBytes += chunk.byteLength;
  });
  const sink = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      size += chunk.byteLength;
      if (size > maxBytes) return done(new BackendError('tooLarge', `The answer of ${where} is larger than ${maxBytes} bytes; narrow the time range.`));
      chunks.push(chunk);
      done();
    },
  });
  const inflater = inflaterOf(encoding);
  await (inflater === undefined ? pipeline(body, sink) : pipeline(body, inflater, sink));
  return { body: new Uint8Array(Buffer.concat(chunks)), wireBytes };
}

function asBackendError(error: unknown, where: string, signal: AbortSignal, timedOut: boolean): BackendError {
  if (error instanceof BackendError) return error;
  if (signal.aborted) return new BackendError('aborted', `The request to ${where} was cancelled.`);
  const code = error instanceof Error ? String((error as NodeJS.ErrnoException).code ?? error.name) : String(error);
  if (timedOut || /TIMEOUT/i.test(code)) return new BackendError('timeout', `${where} took too long to answer.`);
  if (/^Z_|ERR_BUFFER/.test(code)) return new BackendError('badData', `${where} sent an answer that cannot be unpacked (${code}).`);
  if (UNREACHABLE.has(code)) return new BackendError('network', `Nothing answers at ${where} (${code}).`);
  return new BackendError('network', `The request to ${where} failed (${code}).`);
}
