// The editor's own fetch for connections with `transport: vscode`: VS Code gives it proxies from PAC files, Kerberos and certificates of the
// system (vscode-proxy-agent). One request, no redirect followed, no cookie kept; bounded in time and size. Errors are a kind, with a network
// code as their text: whatever else fetch says may quote what was sent.
import type { HostFetch, HostFetched } from '../protocol/connections.ts';
import { withTransfer } from '../protocol/rpc.ts';

class HostFetchError extends Error {
  readonly kind: 'network' | 'timeout' | 'tooLarge' | 'aborted';
  constructor(kind: HostFetchError['kind'], code: string) {
    super(code);
    this.name = 'HostFetchError';
    this.kind = kind;
  }
}

export async function hostFetch({ url, method, headers, body, timeoutMs, maxBytes }: HostFetch, signal: AbortSignal): Promise<HostFetched> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new HostFetchError('network', 'ERR_INVALID_URL');
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    // Looked up now: VS Code puts its own in place after extensions may have been loaded.
    const answer = await globalThis.fetch(url, { method, headers, ...(body === undefined ? {} : { body }), redirect: 'manual', credentials: 'omit', cache: 'no-store', signal: AbortSignal.any([signal, timeout]) });
    const bytes = await bounded(answer, maxBytes);
    return withTransfer({ status: answer.status, headers: Object.fromEntries([...answer.headers].map(([name, value]) => [name.toLowerCase(), value])), body: bytes }, [bytes]);
  } catch (error) {
    if (error instanceof HostFetchError) throw error;
    if (signal.aborted) throw new HostFetchError('aborted', 'ABORT_ERR');
    const code = codeOf(error);
    throw new HostFetchError(timeout.aborted || /TIMEOUT|ETIMEDOUT/.test(code) ? 'timeout' : 'network', code);
  }
}

async function bounded(answer: Response, maxBytes: number): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = answer.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) break;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader?.cancel();
      throw new HostFetchError('tooLarge', 'ERR_TOO_LARGE');
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole.buffer;
}

/** fetch wraps what happened as the cause of a TypeError; sometimes twice. */
function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; depth < 5 && at instanceof Error; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^[A-Z0-9_]{1,80}$/.test(code)) return code;
  }
  return 'ERR_FETCH';
}
