// A settings.json by hand, or a hostile one: every bad entry is named and left out, every other is kept; a workspace may less.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readConnections } from '../../../../src/host/connections/readConnections.ts';
import type { ConnectionAuth } from '../../../../src/protocol/connections.ts';

const good = { id: 'prod', kind: 'jaeger', name: 'Production', url: 'https://jaeger.example/base' };
const full = {
  ...good, options: { tenant: 'a|b', project: '' }, auth: { type: 'apiKey', header: 'X-Key', prefix: 'ApiKey ' }, caFile: '/etc/ca.pem', transport: 'vscode', lookbackHours: 1.5, slowThresholdMs: 0, refreshSeconds: 0,
  maxRequestsPerMinute: 60, colour: 'charts.blue',
};

describe('host/connections/readConnections', () => {
  it('takes over what is written, whole', () => {
    assert.deepEqual(readConnections([full], 'user'), { connections: [full], problems: [] });
    assert.deepEqual(readConnections(undefined, 'user'), { connections: [], problems: [] });
  });

  it('takes every field of signing in there is, and the settings’ schema names them', () => {
    const auth: Required<ConnectionAuth> = {
      type: 'aws', user: 'u', header: 'X-Key', prefix: 'ApiKey ', headerNames: ['X-A'], certificateFile: '/c.pem', keyFile: '/k.pem', profile: 'dev', roleArn: 'arn:x', region: 'eu-central-1', service: 'xray',
      credentialsFile: '/key.json', impersonate: 'a@b.test', command: ['program'],
    };
    assert.deepEqual(readConnections([{ ...good, auth }], 'user'), { connections: [{ ...good, auth }], problems: [] });
    const { contributes } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as { contributes: { configuration: readonly { properties: Readonly<Record<string, { items: { properties: { auth: { properties: object } } } }>> }[] } };
    const setting = contributes.configuration.map(({ properties }) => properties['tracefall.connections']).find((one) => one !== undefined);
    assert.deepEqual(Object.keys(setting!.items.properties.auth.properties).toSorted(), Object.keys(auth).toSorted());
  });

  const bad: readonly (readonly [what: string, entry: unknown, said: RegExp])[] = [
    ['a text', 'jaeger', /\[0\] is not used: it must be an object\.$/],
    ['nothing', null, /must be an object/],
    ['a list', [], /must be an object/],
    ['without an id', { kind: 'jaeger', name: 'x' }, /\[0\] \(x\) is not used: "id" is missing/],
    ['without a kind', { id: 'a', name: 'x' }, /"kind" is missing/],
    ['without a name', { id: 'a', kind: 'x' }, /"name" is missing/],
    ['an id with a slash', { ...good, id: '../x' }, /"id" must be 1 to 64 letters/],
    ['a long id', { ...good, id: 'a'.repeat(65) }, /"id" must be/],
    ['an id that is no text', { ...good, id: 7 }, /"id" must be/],
    ["the collector's id", { ...good, id: 'collector' }, /may not be "collector"/],
    ['an empty name', { ...good, name: '' }, /"name" must be one line of text, not empty/],
    ['a name of two lines', { ...good, name: 'a\nb' }, /"name" must be/],
    ['a huge name', { ...good, name: 'x'.repeat(3000) }, /"name" must be/],
    ['a file address', { ...good, url: 'file:///etc/passwd' }, /"url" must be an http or https address/],
    ['a script', { ...good, url: 'javascript:alert(1)' }, /"url" must be/],
    ['an address without scheme', { ...good, url: 'jaeger.example' }, /"url" must be/],
    ['a password in the address', { ...good, url: 'https://me:secret@jaeger.example' }, /"url" may hold no user name/],
    ['options with numbers', { ...good, options: { project: 7 } }, /"options" must be texts by name/],
    ['options that are a list', { ...good, options: ['a'] }, /"options" must be/],
    ['options with the prototype', { ...good, options: JSON.parse('{"__proto__":"x"}') }, /"options" must be/],
    ['the prototype', JSON.parse('{"id":"a","kind":"b","name":"c","__proto__":{"url":"https://evil.example"}}'), /there is no "__proto__"/],
    ['a field that does not exist', { ...good, token: 'secret' }, /there is no "token"/],
    ['a secret in the sign-in', { ...good, auth: { type: 'bearer', secret: 'x' } }, /in "auth", there is no "secret"/],
    ['a sign-in without type', { ...good, auth: {} }, /in "auth", "type" is missing/],
    ['a sign-in of a kind that is none', { ...good, auth: { type: 'oauth' } }, /in "auth", "type" must be one of none, bearer/],
    ['a sign-in that is a text', { ...good, auth: 'bearer' }, /"auth" must be an object/],
    ['a header with a line break', { ...good, auth: { type: 'apiKey', header: 'X\r\nHost' } }, /in "auth", "header" must be the name of a header/],
    ['header names that are none', { ...good, auth: { type: 'headers', headerNames: ['a:b'] } }, /"headerNames" must be/],
    ['an empty command', { ...good, auth: { type: 'headersCommand', command: [] } }, /"command" must be/],
    ['a command that is a text', { ...good, auth: { type: 'headersCommand', command: 'rm -rf /' } }, /"command" must be/],
    ['a negative lookback', { ...good, lookbackHours: -1 }, /"lookbackHours" must be a number from/],
    ['a lookback that is a text', { ...good, lookbackHours: '24' }, /"lookbackHours" must be/],
    ['not a number', { ...good, refreshSeconds: Number.NaN }, /"refreshSeconds" must be/],
    ['a transport that is none', { ...good, transport: 'carrier pigeon' }, /"transport" must be one of undici, vscode/],
  ];
  for (const [what, entry, said] of bad) {
    it(`leaves out ${what}, says so, and keeps the others`, () => {
      const { connections, problems } = readConnections([entry, { ...good, id: 'kept' }], 'user');
      assert.deepEqual(connections.map(({ id }) => id), ['kept']);
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, said);
      assert.doesNotMatch(problems[0]!, /secret@|me:/);
    });
  }

  for (const value of [{}, 'x', 7, null]) {
    it(`uses nothing of ${JSON.stringify(value)}`, () => assert.deepEqual(readConnections(value, 'user'), { connections: [], problems: ['tracefall.connections must be a list, so nothing of it is used.'] }));
  }

  it('gives an id to its first bearer, of the user before the workspace', () => {
    const taken = new Set<string>();
    assert.equal(readConnections([good, { ...good, name: 'twice' }], 'user', taken).problems[0], 'tracefall.connections[1] (twice) is not used: its "id" prod is that of another connection.');
    const { connections, problems } = readConnections([{ ...good, url: 'https://evil.example' }], 'workspace', taken);
    assert.deepEqual([connections, problems.length], [[], 1]);
  });

  it('says how many are too many', () => {
    const { connections, problems } = readConnections(Array.from({ length: 130 }, (_, n) => ({ ...good, id: `c${n}` })), 'user');
    assert.equal(connections.length, 100);
    assert.deepEqual(problems, ['tracefall.connections has 130 entries; those after the first 100 are not used.']);
  });

  const forbidden: readonly (readonly [what: string, entry: object])[] = [
    ['a program', { ...good, auth: { type: 'headersCommand', command: ['curl', 'https://evil.example'] } }],
    ['a program beside another sign-in', { ...good, auth: { type: 'bearer', command: ['curl'] } }],
    ['a client certificate', { ...good, auth: { type: 'clientCertificate', certificateFile: '/home/me/.ssh/cert', keyFile: '/home/me/.ssh/id' } }],
    ['a certificate authority', { ...good, caFile: './ca.pem' }],
    ['a key file of Google', { id: 'g', kind: 'cloudtrace', name: 'g', auth: { type: 'google', credentialsFile: './key.json' } }],
    ['a path on the network', { id: 'f', kind: 'files', name: 'f', options: { path: '\\\\evil\\share' } }],
    ['a path on the network, by slashes', { id: 'f', kind: 'files', name: 'f', options: { path: '//evil/share' } }],
    ["the user's AWS sign-in at its own address", { ...good, auth: { type: 'aws', profile: 'admin' } }],
    ["the user's Google sign-in at its own address", { ...good, auth: { type: 'google' } }],
  ];
  for (const [what, entry] of forbidden) {
    it(`lets no workspace bring ${what}, and lets the user`, () => {
      const { connections, problems } = readConnections([entry], 'workspace');
      assert.deepEqual(connections, []);
      assert.match(problems[0]!, /^tracefall\.connections of this workspace\[0\].*is not used: .*(your own settings|is not sent to an address)/);
      assert.equal(readConnections([entry], 'user').connections.length, 1);
    });
  }

  it('lets a workspace name a server, a profile and a token that the user keeps', () => {
    const entries = [good, { id: 'x', kind: 'xray', name: 'x', auth: { type: 'aws', profile: 'dev' } }, { ...good, id: 'b', auth: { type: 'bearer' } }];
    assert.equal(readConnections(entries, 'workspace').connections.length, 3);
  });
});
