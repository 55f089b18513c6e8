// Verifies AWS Signature Version 4 as the documentation describes it ("Create a signed AWS API request"), with node:crypto and nothing of
// what signs. Answers the error type that AWS answers with.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SignedRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/;
const SKEW_MS = 15 * 60_000;

/** undefined: it is good. Else the error type. */
export function signatureProblem(request: SignedRequest, keys: AwsKeys, scope: { readonly region: string; readonly service: string }, nowMs: number): string | undefined {
  const { headers, body, method, target } = request;
  const match = AUTHORIZATION.exec(headers['authorization'] ?? '');
  if (match === null) return headers['authorization'] === undefined ? 'MissingAuthenticationTokenException' : 'IncompleteSignatureException';
  const [, accessKeyId, date, region, service, names, signature] = match as unknown as [string, string, string, string, string, string, string];
  const at = headers['x-amz-date'] ?? '';
  if (!/^\d{8}T\d{6}Z$/.test(at) || !at.startsWith(date)) return 'IncompleteSignatureException';
  if (accessKeyId !== keys.accessKeyId) return 'UnrecognizedClientException';
  if ((headers['x-amz-security-token'] ?? undefined) !== keys.sessionToken) return 'UnrecognizedClientException';
  if (region !== scope.region || service !== scope.service) return 'SignatureDoesNotMatch';
  const signed = names.split(';');
  const mustBeSigned = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  if (names !== signed.toSorted().join(';') || mustBeSigned.some((name) => !signed.includes(name))) return 'SignatureDoesNotMatch';
  if (service === 'aoss' && headers['x-amz-content-sha256'] !== createHash('sha256').update(body).digest('hex')) return 'AccessDeniedException';
  const sent = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Math.abs(sent - nowMs) > SKEW_MS) return 'InvalidSignatureException';
  const [path, query = ''] = target.split('?') as [string, string?];
  const canonical = [
    method,
    path.split('/').map((part) => encodeURIComponent(part).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)).join('/'),
    query.split('&').filter((pair) => pair !== '').toSorted().join('&'),
    ...signed.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/\s+/g, ' ')}`),
    '',
    names,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', at, `${date}/${region}/${service}/aws4_request`, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const mac = (key: string | Uint8Array, data: string): Buffer => createHmac('sha256', key).update(data).digest();
  const key = mac(mac(mac(mac(`AWS4${keys.secretAccessKey}`, date), region), service), 'aws4_request');
  return timingSafeEqual(mac(key, text), Buffer.from(signature, 'hex')) ? undefined : 'SignatureDoesNotMatch';
}
