// Certificates made at test time by node:crypto alone, so that no tool of the machine and no key in the repository is needed: an authority and
// what it signs. X.509 v3 in DER (RFC 5280 §4.1), just what TLS clients look at.
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface CertificateWish {
  readonly name: string;
  /** Host names and IPv4 addresses it is for; none for an authority. */
  readonly hosts?: readonly string[];
  readonly issuer?: Authority;
  readonly authority?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface Authority extends Certificate {
  readonly name: string;
  readonly key: KeyObject;
}

const DAY_MS = 86_400_000;

/** Without issuer: self-signed. */
export function makeCertificate({ name, hosts = [], issuer, authority = false, notBefore = new Date(Date.now() - DAY_MS), notAfter = new Date(Date.now() + DAY_MS) }: CertificateWish): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const extensions = sequence(
    extension('2.5.29.19', sequence(...(authority ? [Buffer.from([1, 1, 0xff])] : []))),
    ...(hosts.length === 0 ? [] : [extension('2.5.29.17', sequence(...hosts.map(alternativeName)))]),
  );
  const toSign = sequence(
    tagged(0xa0, tagged(2, Buffer.from([2]))),
    tagged(2, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    distinguishedName(issuer?.name ?? name),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  );
  const signature = sign('sha256', toSign, issuer?.key ?? privateKey);
  const der = sequence(toSign, algorithm, tagged(3, Buffer.concat([Buffer.from([0]), signature])));
  return { name, key: privateKey, certPem: pem('CERTIFICATE', der), keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

export const encryptedKeyPem = ({ key }: Authority, passphrase: string): string => key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }) as string;

function tagged(tag: number, content: Buffer): Buffer {
  const length = content.length < 128 ? Buffer.from([content.length]) : content.length < 256 ? Buffer.from([0x81, content.length]) : Buffer.from([0x82, content.length >> 8, content.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, content]);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [40 * first + second, ...rest.flatMap((value) => {
    const digits = [value & 0x7f];
    for (let more = value >> 7; more > 0; more >>= 7) digits.unshift((more & 0x7f) | 0x80);
    return digits;
  })];
  return tagged(6, Buffer.from(bytes));
}

function alternativeName(host: string): Buffer {
  const numbers = host.split('.').map(Number);
  return numbers.length === 4 && numbers.every((value) => value >= 0 && value < 256) ? tagged(0x87, Buffer.from(numbers)) : tagged(0x82, Buffer.from(host));
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, Buffer.concat(parts));
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), tagged(4, value));
const distinguishedName = (name: string): Buffer => sequence(tagged(0x31, sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from(name)))));
const time = (date: Date): Buffer => tagged(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`));
const pem = (label: string, der: Buffer): string => `-----BEGIN ${label}-----\n${der.toString('base64').replaceAll(/(.{64})/g, '$1\n').trimEnd()}\n-----END ${label}-----\n`;
