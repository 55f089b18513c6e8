// Whom a connection trusts and what it shows of itself in TLS: Node's own authorities, the system's, NODE_EXTRA_CA_CERTS, and the connection's
// file; a client certificate with its key. One context a transport, as reading the authorities takes its time.
import { X509Certificate } from 'node:crypto';
import { open } from 'node:fs/promises';
import tls, { type SecureContext } from 'node:tls';
import { BackendError } from '../backends/backend.ts';

export interface TlsIdentity {
  readonly systemCertificates: boolean;
  readonly caFile?: string;
  readonly certificateFile?: string;
  readonly keyFile?: string;
  readonly passphrase?: string;
}

const MAX_FILE_BYTES = 1024 * 1024;
/** Contexts that show nothing of one's own, by whom they trust: over a hundred authorities are read in 20 ms, and a detection opens a transport a kind. */
const trusting = new Map<string, SecureContext>();
const MAX_TRUSTING = 8;

/** undefined: Node's default is the same. Throws BackendError network for files that cannot be used. */
export async function secureContextOf({ systemCertificates, caFile, certificateFile, keyFile, passphrase }: TlsIdentity, signal: AbortSignal): Promise<SecureContext | undefined> {
  if (!systemCertificates && caFile === undefined && certificateFile === undefined) return undefined;
  const ca = caFile === undefined ? undefined : await readPem(caFile, 'certificate authority', 'CERTIFICATE', signal);
  const cert = certificateFile === undefined ? undefined : await readPem(certificateFile, 'client certificate', 'CERTIFICATE', signal);
  const key = certificateFile === undefined ? undefined : await readPem(keyFile ?? certificateFile, 'key of the client certificate', 'PRIVATE KEY', signal);
  try {
    if (cert === undefined) return trustingContext(systemCertificates, ca);
    return tls.createSecureContext({ ...trusted(systemCertificates, ca), cert, ...(key === undefined ? {} : { key }), ...(passphrase === undefined || passphrase === '' ? {} : { passphrase }) });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // OpenSSL's own texts are no help, and may quote the file.
    const which = [caFile, certificateFile, keyFile].filter((file) => file !== undefined).map((file) => JSON.stringify(file));
    throw new BackendError('network', `The certificate files ${which.join(', ')} cannot be used (${codeOf(error)}): check that the key belongs to the certificate and that the passphrase is right.`);
  }
}

const trusted = (system: boolean, ca: string | undefined): { ca: string[] } => ({ ca: [...authorities(system), ...(ca === undefined ? [] : [ca])] });

function trustingContext(system: boolean, ca: string | undefined): SecureContext {
  const key = `${system} ${ca ?? ''}`;
  const known = trusting.get(key);
  if (known !== undefined) return known;
  if (trusting.size === MAX_TRUSTING) trusting.clear();
  const context = tls.createSecureContext(trusted(system, ca));
  trusting.set(key, context);
  return context;
}

/** Node before 22.15 cannot read the system's. */
function authorities(system: boolean): readonly string[] {
  if (typeof tls.getCACertificates !== 'function') return tls.rootCertificates;
  return [...new Set([...tls.getCACertificates('bundled'), ...(system ? tls.getCACertificates('system') : []), ...tls.getCACertificates('extra')])];
}

async function readPem(file: string, what: string, label: string, signal: AbortSignal): Promise<string> {
  const problem = (why: string): BackendError => new BackendError('network', `The ${what} ${JSON.stringify(file)} ${why}; edit the connection.`);
  let text: string;
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size > MAX_FILE_BYTES) throw problem(`is larger than ${MAX_FILE_BYTES} bytes`);
      text = await handle.readFile({ encoding: 'utf8', signal });
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof BackendError) throw error;
    if (signal.aborted) throw new BackendError('aborted', 'It was cancelled.');
    throw problem(`cannot be read (${codeOf(error)})`);
  }
  if (!new RegExp(`-----BEGIN [A-Z ]*${label}-----`).test(text)) throw problem(`holds no PEM block "${label}"`);
  if (label === 'CERTIFICATE' && !certificatesIn(text).some(isReadable)) throw problem('holds no certificate that can be read');
  return text;
}

const certificatesIn = (text: string): readonly string[] => text.split(/^(?=-----BEGIN )/m).filter((block) => block.startsWith('-----BEGIN'));

/** OpenSSL passes over authorities that it cannot read, and then trusts nobody without a word. */
function isReadable(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException | undefined)?.code ?? 'unreadable');
