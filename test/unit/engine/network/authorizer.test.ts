// The simple proofs as headers, and what is said where a secret is missing or cannot be one.
import assert from 'node:assert/strict';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { undiciTransport } from '../../../../src/engine/http.ts';
import { authorizerOf } from '../../../../src/engine/network/authorizer.ts';
import { secretsOf } from '../../../../src/engine/network/connectionTransport.ts';
import type { WireRequest } from '../../../../src/engine/network/connectionClient.ts';
import type { ConnectionAuth, ConnectionSecrets } from '../../../../src/protocol/connections.ts';

const REQUEST: WireRequest = { method: 'GET', url: new URL('http://a.test'), headers: {}, timeoutMs: 1, maxBytes: 1 };
const headers = (auth: ConnectionAuth | undefined, secrets: ConnectionSecrets, restricted = false): Promise<Readonly<Record<string, string>>> =>
  authorizerOf({ id: 'c', kind: 'k', name: 'Team', ...(auth === undefined ? {} : { auth }) }, secrets, { restricted, transport: undiciTransport({ env: {} }) }).headers(REQUEST, new AbortController().signal);

describe('engine/network/authorizer', () => {
  it('each kind', async () => {
    const table: readonly (readonly [ConnectionAuth | undefined, ConnectionSecrets, Readonly<Record<string, string>>])[] = [
      [undefined, { secret: 'x' }, {}],
      [{ type: 'none' }, { secret: 'x' }, {}],
      [{ type: 'clientCertificate', certificateFile: 'x' }, { secret: 'x' }, {}],
      [{ type: 'bearer' }, { secret: 'tok' }, { authorization: 'Bearer tok' }],
      [{ type: 'basic', user: 'ü' }, { secret: 'p:w' }, { authorization: `Basic ${Buffer.from('ü:p:w').toString('base64')}` }],
      [{ type: 'apiKey' }, { secret: 'k' }, { authorization: 'k' }],
      [{ type: 'apiKey', header: 'X-Api-Key', prefix: 'ApiKey ' }, { secret: 'k' }, { 'x-api-key': 'ApiKey k' }],
      [{ type: 'headers', headerNames: ['A', 'B'] }, { headers: { A: '1', B: '2' } }, { a: '1', b: '2' }],
      [{ type: 'headersCommand', command: [process.execPath, '-p', '"X-Token: 1"'] }, {}, { 'x-token': '1' }],
    ];
    for (const [auth, secrets, wanted] of table) assert.deepEqual(await headers(auth, secrets), wanted, JSON.stringify(auth));
  });

  it('what is missing or cannot be sent says so, without it', async () => {
    const refused = async (auth: ConnectionAuth, secrets: ConnectionSecrets, kind: string, says: RegExp, restricted = false): Promise<void> =>
      assert.rejects(headers(auth, secrets, restricted), (error) => error instanceof BackendError && error.kind === kind && says.test(error.message) && !error.message.includes('canary'));
    for (const type of ['bearer', 'headers', 'clientCertificate', 'aws'] as const) await refused({ type }, { unread: 'The secrets of Team have not come.' }, 'auth', /^The secrets of Team have not come\.$/);
    await refused({ type: 'bearer' }, {}, 'auth', /The secret of the connection "Team" is not known on this machine; edit the connection\./);
    await refused({ type: 'basic', user: 'u' }, { secret: '' }, 'auth', /not known on this machine/);
    await refused({ type: 'bearer' }, { secret: 'canary\n' }, 'auth', /a line break, perhaps/);
    await refused({ type: 'headers' }, { headers: { a: 'canary\r\nHost: x' } }, 'auth', /a line break, perhaps/);
    await refused({ type: 'apiKey' }, { secret: 'canary☃' }, 'auth', /no header can carry/);
    await refused({ type: 'headersCommand', command: [process.execPath, '-p', '"X-Token: 1"'] }, {}, 'auth', /not trusted/, true);
  });

  it('knows everything that must not be said', () => {
    const network = { proxy: 'http://u:proxypass@p.test', noProxy: [], proxyStrictSSL: true, systemCertificates: true };
    const known = secretsOf({ id: 'c', kind: 'k', name: 'c', auth: { type: 'basic', user: 'me' } }, { secret: 'pass', headers: { a: 'value' }, accessKeyId: 'AK', secretAccessKey: 'SK', sessionToken: 'ST' }, network, {});
    for (const secret of ['pass', 'value', 'AK', 'SK', 'ST', 'proxypass', Buffer.from('me:pass').toString('base64')]) assert.ok(known.includes(secret), secret);
  });
});
