// What a cloud's credential step proves itself with is known as a secret before the answer comes; only refusals are masked, and the way to
// link-local addresses is open to it alone.
import assert from 'node:assert/strict';
import type { Transport, WireAnswer, WireRequest } from '../../../../src/engine/network/connectionClient.ts';
import { credentialTransport } from '../../../../src/engine/network/credentialTransport.ts';
import { Redactor } from '../../../../src/engine/network/redactor.ts';

const signal = new AbortController().signal;

async function asked(request: Partial<WireRequest>, answer: Partial<WireAnswer> & { readonly says?: string } = {}): Promise<{ readonly sent: WireRequest; readonly says: string; readonly header: string | undefined; readonly redactor: Redactor }> {
  const sent: WireRequest[] = [];
  const redactor = new Redactor([]);
  const { says = '', ...rest } = answer;
  const transport: Transport = { send: async (one) => (sent.push(one), { status: 200, headers: {}, body: new TextEncoder().encode(says), wireBytes: 0, ...rest }), close: async () => undefined };
  const { body, headers } = await credentialTransport(transport, redactor).send({ method: 'POST', url: new URL('https://sts.test/'), headers: {}, timeoutMs: 1, maxBytes: 1, ...request }, signal);
  return { sent: sent[0]!, says: new TextDecoder().decode(body), header: headers['x-echo'], redactor };
}

describe('engine/network/credentialTransport', () => {
  it('marks every request as a credential step that does not say otherwise', async () => {
    assert.equal((await asked({})).sent.credentialStep, true);
    assert.equal((await asked({ credentialStep: false })).sent.credentialStep, false);
  });

  for (const [what, request, hidden, shown] of [
    ['headers', { headers: { 'x-amz-sso_bearer_token': 'canary-sso', authorization: 'Bearer canary-token', accept: 'application/json', 'x-aws-ec2-metadata-token-ttl-seconds': '21600' } }, ['canary-sso', 'canary-token'], ['application/json', '21600']],
    ['a form', { body: 'grant_type=refresh_token&refresh_token=canary%2Frefresh&client_secret=canary+client' }, ['canary/refresh', 'canary client'], ['refresh_token']],
    ['a form in bytes', { body: new TextEncoder().encode('Action=AssumeRoleWithWebIdentity&WebIdentityToken=canary.jwt.x') }, ['canary.jwt.x'], ['AssumeRoleWithWebIdentity']],
    ['JSON', { body: '{"grantType":"refresh_token","refreshToken":"canary-r","clientSecret":"canary-c","n":1}' }, ['canary-r', 'canary-c'], ['refresh_token']],
    ['half a JSON', { body: '{"refreshToken":"canary' }, [], ['canary']],
  ] as const) {
    it(`${what}: what proves something is a secret from then on, what says nothing is not`, async () => {
      const { redactor } = await asked(request);
      for (const secret of hidden) assert.equal(redactor.text(`you sent ${secret}`), 'you sent •••');
      for (const word of shown) assert.equal(redactor.text(`you sent ${word}`), `you sent ${word}`);
    });
  }

  it('a refusal is masked before anybody can cut it; what went well stays as it is', async () => {
    const request = { headers: { authorization: 'Bearer canary-token' } };
    const refused = await asked(request, { status: 403, headers: { 'x-echo': 'canary-token' }, says: 'no: canary-token' });
    assert.deepEqual([refused.says, refused.header], ['no: •••', '•••']);
    const good = await asked(request, { headers: { 'x-echo': 'canary-token' }, says: 'canary-token' });
    assert.deepEqual([good.says, good.header], ['canary-token', 'canary-token']);
  });
});
