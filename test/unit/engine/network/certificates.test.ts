// Whom a connection trusts in TLS, from files: contexts that are shared, those that are not, and the sentences about files of no use.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { secureContextOf, type TlsIdentity } from '../../../../src/engine/network/certificates.ts';
import { makeCertificate } from '../../../support/certificates.ts';

describe('engine/network/certificates', () => {
  const { signal } = new AbortController();
  const authority = makeCertificate({ name: 'one', authority: true });
  const other = makeCertificate({ name: 'other', authority: true });
  const client = makeCertificate({ name: 'a developer', issuer: authority });
  let folder: string;
  let file: (name: string) => string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracefall-certificates-'));
    file = (name) => join(folder, name);
    const texts = { 'ca.pem': authority.certPem, 'other.pem': other.certPem, 'client.pem': client.certPem, 'client.key': client.keyPem, 'other.key': other.keyPem, 'notes.txt': 'no certificate', 'broken.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'large.pem': 'x'.repeat(1024 * 1024 + 1) };
    await Promise.all(Object.entries(texts).map(([name, text]) => writeFile(file(name), text)));
  });
  after(() => rm(folder, { recursive: true }));

  it('nothing of one’s own is Node’s default', async () => {
    assert.equal(await secureContextOf({ systemCertificates: false }, signal), undefined);
  });

  it('the same trust is read once, whoever asks; another one is another context', async () => {
    const of = (identity: TlsIdentity): ReturnType<typeof secureContextOf> => secureContextOf(identity, signal);
    const first = await of({ systemCertificates: false, caFile: file('ca.pem') });
    assert.ok(first !== undefined);
    assert.equal(await of({ systemCertificates: false, caFile: file('ca.pem') }), first);
    assert.notEqual(await of({ systemCertificates: true, caFile: file('ca.pem') }), first);
    assert.notEqual(await of({ systemCertificates: false, caFile: file('other.pem') }), first);
  });

  it('a file that was replaced is read anew', async () => {
    const caFile = file('changing.pem');
    const read = async (text: string): ReturnType<typeof secureContextOf> => {
      await writeFile(caFile, text);
      return secureContextOf({ systemCertificates: false, caFile }, signal);
    };
    const before = await read(authority.certPem);
    const then = await read(other.certPem);
    assert.notEqual(then, before);
    assert.equal(await read(authority.certPem), before);
  });

  it('what shows a client certificate is nobody else’s, and not kept', async () => {
    const shown: TlsIdentity = { systemCertificates: false, caFile: file('ca.pem'), certificateFile: file('client.pem'), keyFile: file('client.key') };
    const [first, again] = [await secureContextOf(shown, signal), await secureContextOf(shown, signal)];
    assert.ok(first !== undefined && again !== undefined);
    assert.notEqual(first, again);
    assert.notEqual(await secureContextOf({ systemCertificates: false, caFile: file('ca.pem') }, signal), first);
  });

  it('an authority is used though another block of its file cannot be read, and after a comment', async () => {
    const caFile = file('bundle.pem');
    await writeFile(caFile, `# ours\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${authority.certPem}`);
    assert.ok((await secureContextOf({ systemCertificates: false, caFile }, signal)) !== undefined);
  });

  const REFUSED: readonly (readonly [what: string, identity: () => Omit<TlsIdentity, 'systemCertificates'>, sentence: RegExp])[] = [
    ['no such file', () => ({ caFile: file('absent.pem') }), /^The certificate authority ".*absent\.pem" cannot be read \(ENOENT\); edit the connection\.$/],
    ['no PEM', () => ({ caFile: file('notes.txt') }), /holds no PEM block "CERTIFICATE"; edit the connection\.$/],
    ['too large', () => ({ caFile: file('large.pem') }), /is larger than 1048576 bytes; edit the connection\.$/],
    ['a block that is no certificate', () => ({ caFile: file('broken.pem') }), /^The certificate authority ".*broken\.pem" holds no certificate that can be read; edit the connection\.$/],
    ['another certificate’s key', () => ({ certificateFile: file('client.pem'), keyFile: file('other.key') }), /^The certificate files ".*client\.pem", ".*other\.key" cannot be used/],
    ['no key at all', () => ({ certificateFile: file('client.pem') }), /^The key of the client certificate ".*client\.pem" holds no PEM block "PRIVATE KEY"/],
  ];
  for (const [what, identity, sentence] of REFUSED) {
    it(`refused: ${what}`, async () => {
      await assert.rejects(secureContextOf({ systemCertificates: false, ...identity() }, signal), (error: unknown) => error instanceof BackendError && error.kind === 'network' && sentence.test(error.message));
    });
  }
});
