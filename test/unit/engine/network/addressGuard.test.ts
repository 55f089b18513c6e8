// Where clouds hand out credentials nobody is sent: not by address in any spelling, not by a name that resolves there.
import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { undiciTransport } from '../../../../src/engine/http.ts';
import { guardedLookup, isForbidden, isRefusedAddress } from '../../../../src/engine/network/addressGuard.ts';
import { startStub } from '../../../support/stubServer.ts';

const REFUSED = [
  'http://169.254.169.254/latest/meta-data', 'http://169.254.170.2', 'http://0xa9.0xfe.0xa9.0xfe', 'http://2852039166', 'http://[::ffff:169.254.169.254]', 'http://[::ffff:a9fe:a9fe]', 'http://[fe80::1]', 'http://[fd00:ec2::254]',
  'http://[fd20:ce::254]', 'http://[64:ff9b::a9fe:a9fe]', 'http://168.63.129.16', 'http://100.100.100.200', 'http://metadata.google.internal', 'http://METADATA.google.internal.', 'http://metadata/computeMetadata', 'http://instance-data',
];
const ALLOWED = ['http://127.0.0.1', 'http://10.0.0.1', 'http://169.253.0.1', 'http://169.255.0.1', 'http://[fd00::1]', 'http://[::1]', 'http://metadata.example.com', 'https://xray.eu-west-1.amazonaws.com', 'http://100.100.100.201'];

const answering = (...addresses: readonly string[]): LookupFunction => (_name, options, callback) => {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  if (options.all === true) callback(null, found);
  else callback(null, found[0]!.address, found[0]!.family);
};

describe('engine/network/addressGuard', () => {
  it('knows them by their look', () => {
    for (const url of REFUSED) assert.equal(isForbidden(new URL(url)), true, url);
    for (const url of ALLOWED) assert.equal(isForbidden(new URL(url)), false, url);
    assert.equal(isRefusedAddress('fe80::1%eth0'), true);
  });

  it('knows them after the name was resolved, also as one of several', async () => {
    const looked = (lookup: LookupFunction, all: boolean): Promise<unknown> => new Promise((resolve) => guardedLookup(lookup)('a.test', { all }, (error, found) => resolve(error ?? found)));
    assert.ok((await looked(answering('169.254.169.254'), false)) instanceof BackendError);
    assert.ok((await looked(answering('10.0.0.1', 'fe80::1'), true)) instanceof BackendError);
    assert.deepEqual(await looked(answering('10.0.0.1'), true), [{ address: '10.0.0.1', family: 4 }]);
    assert.equal(await looked(answering('10.0.0.1'), false), '10.0.0.1');
  });

  it('a transport goes there for nobody but a cloud’s own credential step', async () => {
    const stub = await startStub((_request, response) => response.end('ok'));
    const send = async (url: string, lookup: LookupFunction, credentialStep = false): Promise<string> => {
      const transport = undiciTransport({ env: { HTTP_PROXY: stub.origin }, network: { noProxy: ['a.test'], proxyStrictSSL: true, systemCertificates: false }, lookup, timeouts: { connectMs: 300, headersMs: 300, idleMs: 300 } });
      try {
        return String((await transport.send({ method: 'GET', url: new URL(url), headers: {}, timeoutMs: 400, maxBytes: 100, credentialStep }, new AbortController().signal)).status);
      } catch (error) {
        return error instanceof BackendError ? error.kind : String(error);
      } finally {
        await transport.close();
      }
    };
    try {
      assert.equal(await send('http://169.254.169.254/', answering('127.0.0.1')), 'unsupported');
      assert.equal(await send(`http://a.test:${stub.port}/`, answering('169.254.169.254')), 'unsupported');
      assert.equal(await send(`http://a.test:${stub.port}/`, answering('127.0.0.1')), '200');
      assert.equal(stub.requests.length, 1);
      // Allowed: this machine's own such address, if it has one, or nobody's; in no case a refusal, nor a proxy's business.
      assert.notEqual(await send('http://169.254.169.254/', answering('127.0.0.1'), true), 'unsupported');
      assert.equal(await send(`http://metadata.google.internal:${stub.port}/`, answering('127.0.0.1'), true), '200');
      assert.deepEqual(stub.requests.map(({ url }) => url), ['/', '/'], 'not asked as a proxy');
    } finally {
      await stub.close();
    }
  });
});
