// What went wrong on the way to a server, as one sentence that says what to do. Decided by the code of Node, OpenSSL or undici, never by
// texts of theirs, which may quote what was sent. Must not know which way was taken (http.ts, editorTransport.ts).
import { BackendError } from '../backends/backend.ts';

/** The connection broke under a request: worth another try where the request may be repeated. */
export class LostConnection extends BackendError {
  constructor(message: string) {
    super('network', message);
  }
}

const NO_NAME: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME', 'EAI_FAIL']);
const LOST: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET', 'UND_ERR_CLOSED', 'ERR_STREAM_PREMATURE_CLOSE', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_INFO']);
const NOBODY: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTDOWN', 'ENETDOWN', 'EINVAL']);
const UNTRUSTED: ReadonlySet<string> = new Set(['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_UNTRUSTED', 'CERT_SIGNATURE_FAILURE', 'INVALID_CA', 'CERT_CHAIN_TOO_LONG']);

/** `where`: address without query. `via`: the proxy's, where there is one. */
export function networkFault(code: string, where: string, via?: string): BackendError {
  const through = via === undefined ? '' : ` through the proxy ${via}`;
  const problem = (text: string): BackendError => new BackendError('network', text);
  if (NO_NAME.has(code)) return problem(`The name of ${via ?? where} is not known to the network (${code}); check its spelling, your VPN, or set a proxy.`);
  // In TLS 1.3 a server that misses a client certificate just hangs up after the handshake.
  if (LOST.has(code)) return new LostConnection(`The connection to ${where}${through} broke (${code}); try again${where.startsWith('https:') ? ', and check whether it wants a client certificate' : ''}.`);
  if (NOBODY.has(code)) return problem(`Nothing answers at ${where}${through} (${code}); check that it runs and that the port is right.`);
  if (code === 'CERT_HAS_EXPIRED') return problem(`The certificate of ${where}${through} has expired (${code}); it must be renewed there.`);
  if (code === 'CERT_NOT_YET_VALID') return problem(`The certificate of ${where}${through} is not valid yet (${code}); check the clock of this machine.`);
  if (code === 'CERT_REVOKED') return problem(`The certificate of ${where}${through} was revoked (${code}); it must be replaced there.`);
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT') return problem(`The certificate of ${where}${through} is self-signed (${code}); save it as a PEM file and name that as the connection's caFile.`);
  if (UNTRUSTED.has(code)) return problem(`The certificate of ${where}${through} is of an authority that this machine does not trust (${code}); name the authority's PEM file as the connection's caFile.`);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return problem(`The certificate of ${where}${through} is for another name (${code}); use the name that it was made for.`);
  if (code.startsWith('UND_ERR_SOCKS5_AUTH')) return problem(`The proxy ${via ?? ''} wants a user and a password, or other ones (${code}); write them into http.proxy.`);
  if (/^UND_ERR_SOCKS5_REPLY_\d/.test(code)) return problem(`The proxy ${via ?? ''} does not lead to ${where} (${code}); check http.proxy, or name the host in http.noProxy.`);
  if (code.startsWith('UND_ERR_SOCKS5')) return problem(`The proxy ${via ?? ''} does not speak SOCKS5 (${code}); check its kind and port in http.proxy.`);
  if (code === 'UND_ERR_PRX_TLS') return problem(`The certificate of the proxy ${via ?? ''} is for another name (${code}); use the name that it was made for in http.proxy.`);
  if (/CERTIFICATE_REQUIRED|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNKNOWN_CA|HANDSHAKE_FAILURE/.test(code)) return problem(`${where} did not accept the TLS handshake (${code}); it may want a client certificate, or another one.`);
  if (code.endsWith('NO_APPLICATION_PROTOCOL')) return problem(`${where}${through} speaks HTTP/2 only (${code}), as gRPC's ports do; use the port of its HTTP API.`);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return problem(`${where}${through} does not speak TLS as expected (${code}); check whether the address should begin with http:// and the port.`);
  // undici does not always say which of the parser's codes it was.
  if (code.startsWith('HPE_') || code === 'HTTPParserError') return problem(`${where}${through} answered something that is not HTTP/1.1 (${code}); check the port, which may be gRPC's, and whether the address should begin with https://.`);
  return problem(`The request to ${where}${through} failed (${code}); check the address and try again.`);
}

/** The proxy itself answered `status` in the target's place. */
export function proxyRefusal(status: string, where: string, via: string): BackendError {
  if (status === '407') return new BackendError('network', `The proxy ${via} wants credentials (407); set http.proxyAuthorization, or user and password in http.proxy.`);
  return new BackendError('network', `The proxy ${via} does not lead to ${where} (${status}); check http.proxy, or name the host in http.noProxy.`);
}

export const tookTooLong = (where: string): BackendError => new BackendError('timeout', `No answer in time from ${where}: try again, or ask for less time.`);
export const tooLarge = (where: string, maxBytes: number): BackendError => new BackendError('tooLarge', `The answer of ${where} is larger than ${maxBytes} bytes; narrow the time range.`);
export const cancelledAt = (where: string): BackendError => new BackendError('aborted', `The request to ${where} was cancelled.`);
export const cannotUnpack = (where: string, code: string): BackendError => new BackendError('badData', `${where} sent an answer that cannot be unpacked (${code}); something between may have changed it.`);

/** An error's code, also of what stands behind it. Never its text. */
export function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; depth < 5 && at instanceof Error; at = at.cause, depth++) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string' && /^[A-Z0-9_]{1,80}$/.test(code)) return code;
  }
  return error instanceof Error && /^\w{1,40}$/.test(error.name) ? error.name : 'unknown';
}
