// Secrets in the spellings in which servers repeat them, and what must stay as it is.
import assert from 'node:assert/strict';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { Redactor } from '../../../../src/engine/network/redactor.ts';

const SECRET = 'p"ss w/rd+é';

describe('engine/network/redactor', () => {
  it('finds a secret as it is, in JSON, in a query, in base64', () => {
    const redactor = new Redactor([SECRET, undefined, '']);
    for (const spelling of [SECRET, JSON.stringify(SECRET), encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64'), `x${SECRET}y${SECRET}z`]) {
      const clean = redactor.text(`you sent ${spelling}!`);
      assert.match(clean, /you sent .*•••.*!/);
      for (const piece of ['w/rd', 'w%2Frd', Buffer.from(SECRET).toString('base64').slice(0, 8)]) assert.ok(!clean.includes(piece), clean);
    }
    assert.equal(redactor.text('nothing to see'), 'nothing to see');
  });

  it('what was sent as proof, whole or without its scheme; the longest first', () => {
    const redactor = new Redactor(['token']);
    redactor.sent(Object.entries({ authorization: 'Bearer token-of-today' }));
    assert.equal(redactor.text('Authorization: Bearer token-of-today'), 'Authorization: •••');
    assert.equal(redactor.text('got token-of-today'), 'got •••');
    assert.equal(redactor.text('got token'), 'got •••');
  });

  it('keeps only the latest of what changes, and the fixed ones for ever', () => {
    const redactor = new Redactor(['fixed-secret']);
    for (let k = 0; k < 1_000; k++) redactor.sent(Object.entries({ [k % 2 === 0 ? 'authorization' : 'Authorization']: `signature-${String(k).padStart(4, '0')}` }));
    assert.equal(redactor.text('signature-0999 signature-0990 fixed-secret'), '••• ••• •••');
    assert.equal(redactor.text('signature-0001'), 'signature-0001');
  });

  it('what was sent once outlives what changes with every request', () => {
    const redactor = new Redactor([]);
    redactor.sent(Object.entries({ subject_token: 'token-sent-once' }));
    for (let k = 0; k < 1_000; k++) redactor.sent(Object.entries({ authorization: `AWS4-HMAC-SHA256 Credential=AKID/2026/x, Signature=${k}`, 'x-amz-security-token': 'session-token' }));
    assert.equal(redactor.text('token-sent-once session-token'), '••• •••');
  });

  it('what says nothing about who asks is no secret', () => {
    const redactor = new Redactor([]);
    const harmless = { 'x-goog-user-project': 'shop-prod', 'X-aws-ec2-metadata-token-ttl-seconds': '21600', Metadata: 'True', 'metadata-flavor': 'Google', 'x-amz-date': '20261129T092000Z', accept: 'application/json' };
    redactor.sent(Object.entries({ ...harmless, authorization: 'Bearer canary-token' }));
    const text = `The list of ${Object.values(harmless).join(', ')}`;
    assert.equal(redactor.text(`${text} canary-token`), `${text} •••`);
  });

  it('a secret of three letters would garble everything: left alone', () => assert.equal(new Redactor(['the']).text('the other'), 'the other'));

  it('bytes and headers; untouched bytes are the same bytes', () => {
    const redactor = new Redactor(['canary-1']);
    const clean = new TextEncoder().encode('clean');
    assert.equal(redactor.bytes(clean), clean);
    assert.equal(Buffer.from(redactor.bytes(new TextEncoder().encode('a canary-1 b'))).toString(), 'a ••• b');
    assert.deepEqual(redactor.headers({ 'x-echo': 'canary-1', etag: 'x' }), { 'x-echo': '•••', etag: 'x' });
  });

  it('an error keeps its kind and its identity; its stack is clean too', () => {
    const error = new BackendError('auth', 'refused canary-1', 5);
    assert.equal(new Redactor(['canary-1']).error(error), error);
    assert.deepEqual([error.message, error.kind, error.retryAfterMs], ['refused •••', 'auth', 5]);
    assert.ok(!error.stack!.includes('canary-1'));
    assert.equal(new Redactor(['canary-1']).error('text'), 'text');
  });
});
