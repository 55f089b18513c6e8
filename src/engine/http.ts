// The only importer of undici (it replaces fetch's dispatcher process-wide when loaded: in this worker that harms nobody).
// Loaded on first use. Failures are BackendErrors by kind; answers are read only up to a bound.
import { BackendError } from './backends/backend.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 1024 * 1024;

/** Network codes that mean "nobody is there". */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EHOSTUNREACH', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT']);

export async function postBytes(url: string, bytes: Uint8Array, contentType: string, signal: AbortSignal): Promise<HttpAnswer> {
  // Bundled, a CommonJS package has only a default export.
  const { Agent, request } = (await import('undici')).default;
  const dispatcher = new Agent({ connect: { timeout: TIMEOUT_MS }, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  try {
    const answer = await request(url, { method: 'POST', dispatcher, signal, headers: { 'content-type': contentType }, body: bytes });
    return { status: answer.statusCode, body: await bounded(answer.body, url) };
  } catch (error) {
    throw asBackendError(error, url, signal);
  } finally {
    await dispatcher.destroy();
  }
}

async function bounded(body: AsyncIterable<Uint8Array>, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER) throw new BackendError('tooLarge', `The answer of ${url} is larger than ${MAX_ANSWER} bytes.`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function asBackendError(error: unknown, url: string, signal: AbortSignal): BackendError {
  if (error instanceof BackendError) return error;
  if (signal.aborted) return new BackendError('aborted', `The request to ${url} was cancelled.`);
  const code = error instanceof Error ? String((error as NodeJS.ErrnoException).code ?? error.name) : String(error);
  if (UNREACHABLE.has(code)) return new BackendError('network', `Nothing answers at ${url} (${code}).`);
  if (/TIMEOUT/.test(code)) return new BackendError('timeout', `${url} took longer than ${TIMEOUT_MS / 1000} s to answer.`);
  return new BackendError('network', `The request to ${url} failed (${code}).`);
}
