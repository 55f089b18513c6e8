// `transport: vscode`: requests go out by the editor's own fetch, which knows PAC files, Kerberos and whatever else it was set up with. It
// follows the editor's proxy settings, not ours; addresses are checked as written, as only the editor resolves names.
// Must not know who carries the question to the editor (main.ts).
import type { HostFetch, HostFetched } from '../../protocol/connections.ts';
import { RpcError } from '../../protocol/rpc.ts';
import { BackendError } from '../backends/backend.ts';
import { orAborted } from './abortable.ts';
import { refuseForbidden } from './addressGuard.ts';
import type { Transport } from './connectionClient.ts';
import { cancelledAt, cannotUnpack, networkFault, tookTooLong, tooLarge } from './networkFaults.ts';

export type AskHost = (request: HostFetch, signal: AbortSignal) => Promise<HostFetched>;

/** What the editor's fetch already dealt with. */
const SPENT: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'transfer-encoding']);
/** fetch sets it, and inflates what comes. */
const FETCH_SETS: ReadonlySet<string> = new Set(['accept-encoding', 'host', 'connection', 'content-length']);

export function editorTransport(askHost: AskHost | undefined): Transport {
  const closed = new AbortController();
  return {
    send: async ({ url, method, headers, body, timeoutMs, maxBytes, credentialStep }, signal) => {
      const where = `${url.origin}${url.pathname}`;
      if (askHost === undefined) throw new BackendError('unsupported', `There is no editor to ask ${where} by; set the connection's transport to undici.`);
      if (credentialStep !== true) refuseForbidden(url);
      const given = Object.fromEntries(Object.entries(headers).filter(([name]) => !FETCH_SETS.has(name.toLowerCase())));
      const either = AbortSignal.any([signal, closed.signal]);
      try {
        const answer = await orAborted(askHost({ url: url.href, method, headers: given, ...(body === undefined ? {} : { body: copyOf(body) }), timeoutMs, maxBytes }, either), either, where);
        const wireBytes = Number(answer.headers['content-length'] ?? answer.body.byteLength);
        return {
          status: answer.status,
          headers: Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !SPENT.has(name))),
          body: new Uint8Array(answer.body),
          wireBytes: Number.isSafeInteger(wireBytes) ? wireBytes : answer.body.byteLength,
        };
      } catch (error) {
        throw asBackendError(error, where, maxBytes);
      }
    },
    close: async () => closed.abort(),
  };
}

/** The host's errors are a kind, with a network code as their text (hostFetch.ts). */
function asBackendError(error: unknown, where: string, maxBytes: number): BackendError {
  if (error instanceof BackendError) return error;
  if (!(error instanceof RpcError)) throw error;
  if (error.kind === 'timeout' || error.code === 'timeout') return tookTooLong(where);
  if (error.kind === 'aborted' || error.code === 'aborted') return cancelledAt(where);
  if (error.code === 'tooLarge') return tooLarge(where, maxBytes);
  const code = /^[A-Z0-9_]{1,80}$/.test(error.message) ? error.message : error.kind;
  return /^Z_|ERR_BUFFER|ERR__ERROR/.test(code) ? cannotUnpack(where, code) : networkFault(code, where);
}

function copyOf(body: string | Uint8Array): ArrayBuffer {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return new Uint8Array(bytes).buffer;
}
