// Through which proxy an address is asked: tables of the rules people write into settings and environments.
import assert from 'node:assert/strict';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { isExcepted, isLoopback, proxyFor, proxySecrets, type Environment } from '../../../../src/engine/network/proxyChoice.ts';
import type { NetworkConfig } from '../../../../src/protocol/connections.ts';

const NETWORK: NetworkConfig = { noProxy: [], proxyStrictSSL: true, systemCertificates: true };
const PROXY = 'http://proxy.test:3128';

describe('engine/network/proxyChoice', () => {
  it('exceptions: rule, address, whether it is one', () => {
    const table: readonly (readonly [rule: string, url: string, excepted: boolean])[] = [
      ['*', 'https://anything.test/', true],
      ['', 'https://anything.test/', false],
      ['example.com', 'https://example.com/', true],
      ['example.com', 'https://EXAMPLE.com./', true],
      ['Example.COM', 'https://a.example.com/', true],
      ['example.com', 'https://notexample.com/', false],
      ['example.com', 'https://example.com.evil.test/', false],
      ['.example.com', 'https://a.b.example.com/', true],
      ['.example.com', 'https://example.com/', true],
      ['*.example.com', 'https://a.example.com/', true],
      ['*.example.com', 'https://notexample.com/', false],
      [' example.com ', 'https://example.com/', true],
      ['example.com:443', 'https://example.com/', true],
      ['example.com:443', 'https://example.com:8443/', false],
      ['example.com:80', 'http://example.com/', true],
      ['example.com:8443', 'https://a.example.com:8443/', true],
      ['10.0.0.1', 'http://10.0.0.1/', true],
      ['10.0.0.1', 'http://10.0.0.11/', false],
      ['10.0.0.1:8080', 'http://10.0.0.1:8080/', true],
      ['10.0.0.1:8080', 'http://10.0.0.1/', false],
      ['10.0.0.0/8', 'http://10.200.3.4/', true],
      ['10.0.0.0/8', 'http://11.0.0.1/', false],
      ['10.0.0.0/8', 'http://10.example.com/', false],
      ['10.0.0.0/33', 'http://10.0.0.1/', false],
      ['192.168.1.0/31', 'http://192.168.1.1/', true],
      ['192.168.1.0/31', 'http://192.168.1.2/', false],
      ['fd00::/8', 'http://[fd12::1]/', true],
      ['fd00::/8', 'http://[fe12::1]/', false],
      ['fd00::/8', 'http://10.0.0.1/', false],
      ['2001:DB8::1', 'http://[2001:db8:0:0::1]/', true],
      ['[2001:db8::1]', 'http://[2001:db8::1]/', true],
      ['[2001:db8::1]:8080', 'http://[2001:db8::1]:8080/', true],
      ['[2001:db8::1]:8080', 'http://[2001:db8::1]/', false],
      ['a:b:c', 'http://a/', false],
    ];
    for (const [rule, url, excepted] of table) {
      assert.equal(isExcepted(new URL(url), [rule]), excepted, `${rule} of ${url}`);
    }
    assert.equal(isExcepted(new URL('http://b.test'), ['a.test', 'b.test']), true);
  });

  it('this machine, in its spellings', () => {
    for (const url of ['http://localhost', 'http://LOCALHOST.', 'http://a.localhost', 'http://127.0.0.1', 'http://127.9.9.9', 'http://0x7f.1', 'http://[::1]', 'http://[::ffff:127.0.0.1]']) assert.equal(isLoopback(new URL(url).hostname), true, url);
    for (const url of ['http://localhost.test', 'http://127.test', 'http://128.0.0.1', 'http://[::2]', 'http://notlocalhost']) assert.equal(isLoopback(new URL(url).hostname), false, url);
  });

  it('settings go before the environment, exceptions before both', () => {
    const table: readonly (readonly [url: string, network: Partial<NetworkConfig>, env: Environment, proxy: string | undefined])[] = [
      ['https://a.test', {}, {}, undefined],
      ['https://a.test', { proxy: PROXY }, {}, PROXY],
      ['http://a.test', { proxy: PROXY }, { HTTP_PROXY: 'http://env.test' }, PROXY],
      ['http://a.test', { proxy: '  ' }, { HTTP_PROXY: 'http://env.test' }, 'http://env.test'],
      ['https://a.test', {}, { HTTPS_PROXY: 'http://env.test:1' }, 'http://env.test:1'],
      ['https://a.test', {}, { https_proxy: 'http://env.test:1', HTTP_PROXY: 'http://other.test' }, 'http://env.test:1'],
      ['https://a.test', {}, { HTTP_PROXY: 'http://env.test:1' }, 'http://env.test:1'],
      ['http://a.test', {}, { HTTPS_PROXY: 'http://env.test:1' }, undefined],
      ['http://a.test', {}, { HTTP_PROXY: '' }, undefined],
      ['http://a.test', { proxy: 'proxy.test:3128' }, {}, PROXY],
      ['http://a.test', { proxy: 'https://proxy.test' }, {}, 'https://proxy.test'],
      ['http://localhost:1', { proxy: PROXY }, {}, undefined],
      ['http://a.test', { proxy: PROXY, noProxy: ['a.test'] }, {}, undefined],
      ['http://a.test', { proxy: PROXY }, { NO_PROXY: 'b.test,a.test' }, undefined],
      ['http://a.test', { proxy: PROXY }, { no_proxy: 'b.test a.test' }, undefined],
      ['http://a.test', { proxy: PROXY, noProxy: ['b.test'] }, { NO_PROXY: 'a.test' }, PROXY],
    ];
    for (const [url, network, env, proxy] of table) assert.equal(proxyFor(new URL(url), { ...NETWORK, ...network }, env)?.uri, proxy, JSON.stringify([url, network, env]));
  });

  it('credentials: the setting’s for the setting’s proxy, else those in the address; never in the uri', () => {
    const url = new URL('http://a.test');
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    const inAddress = 'http://me:p%40ss@proxy.test:3128';
    assert.deepEqual(proxyFor(url, { ...NETWORK, proxy: inAddress }, {}), { uri: PROXY, authorization: basic('me:p@ss') });
    assert.deepEqual(proxyFor(url, { ...NETWORK, proxy: inAddress, proxyAuthorization: 'Bearer x' }, {}), { uri: PROXY, authorization: 'Bearer x' });
    assert.deepEqual(proxyFor(url, { ...NETWORK, proxyAuthorization: 'Bearer x' }, { HTTP_PROXY: PROXY }), { uri: PROXY }, 'a setting’s credentials are not for a proxy of the environment');
    assert.deepEqual(proxyFor(url, { ...NETWORK, proxy: 'http://me:%zz@proxy.test:3128' }, {}), { uri: PROXY, authorization: basic('me:%zz') });
    assert.deepEqual(proxySecrets({ ...NETWORK, proxy: inAddress, proxyAuthorization: 'Bearer x' }, { HTTP_PROXY: 'http://u:envpass@e.test', https_proxy: 'nonsense' }), ['Bearer x', 'p@ss', basic('me:p@ss'), 'envpass', basic('u:envpass')]);
  });

  it('SOCKS5 by its three names; user and password beside the uri, which are no header\'s', () => {
    const url = new URL('http://a.test');
    for (const [proxy, choice] of [
      ['socks5://proxy.test', { uri: 'socks5://proxy.test:1080' }],
      ['socks://proxy.test:9050', { uri: 'socks5://proxy.test:9050' }],
      ['socks5h://[::1]:9050', { uri: 'socks5://[::1]:9050' }],
      ['socks5://me:p%40ss@proxy.test', { uri: 'socks5://proxy.test:1080', login: { user: 'me', password: 'p@ss' } }],
      ['SOCKS5://me@proxy.test', { uri: 'socks5://proxy.test:1080', login: { user: 'me', password: '' } }],
    ] as const) assert.deepEqual(proxyFor(url, { ...NETWORK, proxy, proxyAuthorization: 'Bearer x' }, {}), choice, proxy);
    assert.ok(proxySecrets({ ...NETWORK, proxy: 'socks5://me:p%40ss@proxy.test' }, {}).includes('p@ss'));
  });

  it('what is no proxy of ours is refused with what to do, and never quoted', () => {
    const refused = (proxy: string, says: RegExp): void =>
      assert.throws(() => proxyFor(new URL('http://a.test'), { ...NETWORK, proxy }, {}), (error) => error instanceof BackendError && error.kind === 'network' && says.test(error.message) && !error.message.includes('pass'));
    refused('socks4://me:pass@proxy.test', /kind socks4.*transport to vscode/);
    refused('socks5://:1', /no address|is no address/);
    refused('http://me:pass@:99999', /is no address; correct it/);
    assert.throws(() => proxyFor(new URL('http://a.test'), NETWORK, { HTTP_PROXY: 'socks4a://x' }), /of the environment \(HTTPS_PROXY, HTTP_PROXY\)/);
  });
});
