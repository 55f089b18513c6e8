// The book of connections: settings and consent in, what everybody sees out. A hostile workspace reaches nothing; a changed address has
// neither consent nor secrets (R19).
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionBook } from '../../../../src/host/connections/connectionBook.ts';
import { freeId, movedConnection, withConnection, withoutConnection } from '../../../../src/host/connections/connectionList.ts';
import { hostOfConnection, targetOf } from '../../../../src/host/connections/connectionTarget.ts';
import { isEmpty, SecretKeeper, secretKey } from '../../../../src/host/connections/secretKeeper.ts';
import { consentText, WorkspaceConsent } from '../../../../src/host/connections/workspaceConsent.ts';
import type { ConnectionConfig, ConnectionKind } from '../../../../src/protocol/connections.ts';

const own: ConnectionConfig = { id: 'own', kind: 'jaeger', name: 'Own', url: 'https://jaeger.example/base', auth: { type: 'bearer' } };
const brought: ConnectionConfig = { id: 'brought', kind: 'zipkin', name: 'Team', url: 'https://zipkin.example' };
const network = { noProxy: [], proxyStrictSSL: true, systemCertificates: true };
const KIND: ConnectionKind = { kind: 'jaeger', label: 'Jaeger', needsUrl: true, localUrls: [], fields: [], auth: ['none'], metered: false };

class Storage {
  readonly values = new Map<string, string>();
  broken = false;
  /** A keyring that waits for its password. */
  locked: Promise<void> | undefined;
  asked = 0;
  async get(key: string): Promise<string | undefined> {
    this.asked++;
    await this.locked;
    if (this.broken) throw new Error('the keyring is locked');
    return this.values.get(key);
  }
  async store(key: string, value: string): Promise<void> {
    this.values.set(key, value);
  }
  async delete(key: string): Promise<void> {
    this.values.delete(key);
  }
}

class Memory {
  value: unknown;
  get(): unknown {
    return this.value;
  }
  async update(_key: string, value: unknown): Promise<void> {
    this.value = structuredClone(value);
  }
}

interface World {
  readonly book: ConnectionBook;
  readonly settings: { user: unknown; workspace: unknown; trusted: boolean };
  readonly storage: Storage;
  readonly secrets: SecretKeeper;
  readonly consent: WorkspaceConsent;
  readonly log: string[];
}
function world(user: unknown, workspace?: unknown, trusted = true): World {
  const settings = { user, workspace, trusted };
  const storage = new Storage();
  const [secrets, consent, log] = [new SecretKeeper(storage), new WorkspaceConsent(new Memory()), [] as string[]];
  return { book: new ConnectionBook({ settings: () => settings, secrets, consent, network: () => network, log: (message) => log.push(message), secretsWithinMs: 30 }), settings, storage, secrets, consent, log };
}
const ids = ({ book }: World): string[] => book.all.map(({ config }) => config.id);

describe('host/connections/connectionBook', () => {
  it('lists the connections of the settings in their order, with secrets for the engine alone', async () => {
    const w = world([own, { ...own, id: 'second' }]);
    await w.book.writeSecrets(own, { secret: 't0p' });
    assert.deepEqual(ids(w), ['own', 'second']);
    assert.deepEqual(await w.book.forEngine(), { connections: [own, { ...own, id: 'second' }], secrets: { own: { secret: 't0p' }, second: {} }, network });
    assert.doesNotMatch(JSON.stringify(w.book.all), /t0p/);
  });

  it('names every bad entry in the log, once, and as a problem', () => {
    const w = world([own, 7, { ...own, id: 'x y' }]);
    assert.deepEqual([ids(w), w.book.problems.length, w.log.length], [['own'], 2, 2]);
    w.settings.user = [own, 7];
    assert.equal(w.book.reread(), true);
    assert.deepEqual([w.book.problems.length, w.log.length], [1, 2]);
  });

  it('does not even look at what a workspace brings in Restricted Mode', async () => {
    const w = world([own], [brought, 7], false);
    assert.deepEqual([ids(w), w.book.pending, w.book.refused, w.book.problems], [['own'], [], [], []]);
    assert.deepEqual((await w.book.forEngine()).connections, [own]);
    w.settings.trusted = true;
    assert.equal(w.book.reread(), true);
    assert.deepEqual([ids(w), w.book.pending.map(({ id }) => id), w.book.problems.length], [['own'], ['brought'], 2]);
  });

  it('uses a connection of the workspace after it was allowed, for as long as its address is the same', async () => {
    const w = world([own], [brought]);
    assert.deepEqual([ids(w), w.book.problems[0]?.refused], [['own'], true]);
    assert.match(w.book.problems[0]!.text, /Team of this workspace is not used: you have not allowed it to talk to https:\/\/zipkin\.example\.$/);
    await w.consent.remember(w.book.pending, 'allowed');
    w.book.reread();
    assert.deepEqual([ids(w), w.book.get('brought')?.from, w.book.problems], [['own', 'brought'], 'workspace', []]);
    w.settings.workspace = [{ ...brought, url: 'https://evil.example' }];
    w.book.reread();
    assert.deepEqual([ids(w), w.book.pending.length], [['own'], 1]);
  });

  it('asks once: a refusal is remembered, and can be taken back', async () => {
    const w = world([], [brought]);
    await w.consent.remember(w.book.pending, 'refused');
    w.book.reread();
    assert.deepEqual([w.book.pending, w.book.refused.length, ids(w)], [[], 1, []]);
    await w.consent.remember(w.book.refused, 'allowed');
    w.book.reread();
    assert.deepEqual(ids(w), ['brought']);
  });

  it('asks again when a workspace begins to use a cloud account', async () => {
    const cloud: ConnectionConfig = { id: 'x', kind: 'xray', name: 'X' };
    const w = world([], [cloud]);
    await w.consent.remember(w.book.pending, 'allowed');
    w.settings.workspace = [{ ...cloud, auth: { type: 'aws', profile: 'admin' } }];
    w.book.reread();
    assert.deepEqual([ids(w), w.book.pending.length], [[], 1]);
  });

  it('asks again when a connection without address is about something else', async () => {
    const files: ConnectionConfig = { id: 'f', kind: 'files', name: 'F', options: { path: '/repo/traces' } };
    const w = world([], [files]);
    await w.consent.remember(w.book.pending, 'allowed');
    w.settings.workspace = [{ ...files, options: { path: '/home/me/.ssh' } }];
    w.book.reread();
    assert.deepEqual([ids(w), w.book.pending.length], [[], 1]);
  });

  it('has no secret for an address that was changed, by whomever', async () => {
    const w = world([own]);
    await w.book.writeSecrets(own, { secret: 't0p' });
    for (const url of ['https://evil.example/base', 'http://jaeger.example/base', 'https://jaeger.example:444/base']) {
      w.settings.user = [{ ...own, url }];
      w.book.reread();
      assert.deepEqual((await w.book.forEngine()).secrets, { own: {} }, url);
    }
    w.settings.user = [{ ...own, url: 'https://jaeger.example/other' }];
    w.book.reread();
    assert.deepEqual((await w.book.forEngine()).secrets, { own: { secret: 't0p' } });
    w.settings.user = [{ ...own, kind: 'zipkin' }];
    w.book.reread();
    assert.deepEqual((await w.book.forEngine()).secrets, { own: {} });
  });

  it('goes on without a secret that cannot be read, and says so', async () => {
    const w = world([own]);
    w.storage.broken = true;
    const unread = 'The secrets of Own could not be read from the editor\'s secret storage: the keyring is locked.';
    assert.deepEqual((await w.book.forEngine()).secrets, { own: { unread } });
    assert.deepEqual(w.log, [unread]);
  });

  it('goes on without secrets that do not come: they cost their own connection, until they are there', async () => {
    const w = world([own, { ...own, id: 'open', auth: { type: 'none' } }]);
    await w.book.writeSecrets(own, { secret: 't0p' });
    const { promise, resolve } = Promise.withResolvers<void>();
    w.storage.locked = promise;
    let came = 0;
    w.book.onSecretsCame.on(() => came++);
    const before = w.book.get('own')!.revision;
    const unread = 'The secrets of Own have not come from the editor\'s secret storage yet: the keyring of this machine may be waiting for its password.';
    for (let turn = 0; turn < 2; turn++) assert.deepEqual((await w.book.forEngine()).secrets, { own: { unread }, open: {} });
    assert.equal(w.storage.asked, 1, 'a keyring that asks for its password is asked once, and only where there are secrets');
    assert.deepEqual([w.log, came, w.book.get('own')!.revision], [[unread], 0, before]);
    w.book.takeState({ connection: 'own', health: 'failing', why: unread, requests: 0, bytes: 0 });
    resolve();
    await sleep(5);
    assert.deepEqual([came, w.book.get('own')!.state], [1, undefined]);
    assert.notEqual(w.book.get('own')!.revision, before, 'it is asked anew');
    w.storage.locked = new Promise(() => undefined);
    assert.deepEqual((await w.book.forEngine()).secrets, { own: { secret: 't0p' }, open: {} }, 'what came late counts, however slow the storage is');
  });

  it('says what became of secrets that came to nothing in the end', async () => {
    const w = world([own]);
    const { promise, resolve } = Promise.withResolvers<void>();
    w.storage.locked = promise;
    w.storage.broken = true;
    await w.book.forEngine();
    let came = 0;
    w.book.onSecretsCame.on(() => came++);
    resolve();
    await sleep(5);
    assert.deepEqual([came, (await w.book.forEngine()).secrets], [1, { own: { unread: 'The secrets of Own could not be read from the editor\'s secret storage: the keyring is locked.' } }]);
    w.storage.broken = false;
    assert.deepEqual((await w.book.forEngine()).secrets, { own: {} }, 'and it is asked again');
  });

  it('says that secrets do not come where they are to be changed', async () => {
    const w = world([own]);
    w.storage.locked = new Promise(() => undefined);
    await assert.rejects(w.book.readSecrets(own), /The secrets of Own have not come/);
  });

  it('tells of changes that change something, and of another revision only where other answers are to be expected', () => {
    const w = world([own]);
    let changes = 0;
    w.book.onChanged.on(() => changes++);
    assert.deepEqual([w.book.reread(), changes], [false, 0]);
    const first = w.book.get('own')!.revision;
    w.settings.user = [{ ...own, name: 'Renamed', colour: 'charts.red', refreshSeconds: 60 }];
    assert.deepEqual([w.book.reread(), changes, w.book.get('own')!.revision], [true, 1, first]);
    w.settings.user = [{ ...own, lookbackHours: 2 }];
    w.book.reread();
    assert.notEqual(w.book.get('own')!.revision, first);
  });

  it('has another revision after its secrets were written', async () => {
    const w = world([own]);
    const before = w.book.get('own')!.revision;
    await w.book.writeSecrets(own, { secret: 'new' });
    assert.notEqual(w.book.get('own')!.revision, before);
    await w.book.forgetSecrets(own);
    assert.equal(w.storage.values.size, 0);
  });

  it('keeps what is known of kinds and health beside them, and forgets it with them', () => {
    const w = world([own]);
    const heard: string[] = [];
    w.book.onState.on((id) => heard.push(id));
    w.book.takeKinds([KIND]);
    w.book.takeState({ connection: 'own', health: 'slow', requests: 3, bytes: 5 });
    assert.deepEqual([w.book.get('own')?.kind?.label, w.book.get('own')?.state?.health, heard], ['Jaeger', 'slow', ['own']]);
    w.settings.user = [];
    w.book.reread();
    w.settings.user = [own];
    w.book.reread();
    assert.equal(w.book.get('own')?.state, undefined);
  });
});

describe('host/connections/secretKeeper', () => {
  it('keeps what there is, and nothing where there is nothing', async () => {
    const storage = new Storage();
    const keeper = new SecretKeeper(storage);
    const secrets = { secret: 'a', headers: { 'X-Key': 'b' }, sessionToken: 'c' };
    await keeper.write(own, secrets);
    assert.deepEqual(await keeper.read(own), secrets);
    await keeper.write(own, { secret: '' });
    assert.equal(storage.values.size, 0);
  });

  const kept: readonly (readonly [string, object])[] = [['{', {}], ['null', {}], ['7', {}], ['{"secret":7}', {}], ['{"headers":{"a":1,"b":"x"}}', { headers: { b: 'x' } }], ['{"secret":"a","unknown":"b"}', { secret: 'a' }]];
  for (const [text, secrets] of kept) {
    it(`reads ${text} as ${JSON.stringify(secrets)}`, async () => {
      const storage = new Storage();
      storage.values.set(secretKey(own), text);
      assert.deepEqual(await new SecretKeeper(storage).read(own), secrets);
    });
  }

  it('knows what is empty', () => assert.deepEqual([{}, { secret: '' }, { headers: {} }, { secret: 'x' }, { headers: { a: '' } }].map(isEmpty), [true, true, true, false, false]));
});

describe('host/connections/connectionTarget', () => {
  const rows: readonly (readonly [string | undefined, string, string | undefined])[] = [
    ['https://a.test/x?y', 'https://a.test', 'a.test'], ['http://a.test:80/', 'http://a.test', 'a.test'], ['http://[::1]:9411', 'http://[::1]:9411', '[::1]:9411'], [undefined, 'k', undefined], ['nonsense', 'k', undefined],
  ];
  for (const [url, target, host] of rows) it(String(url), () => assert.deepEqual([targetOf({ kind: 'k', ...(url === undefined ? {} : { url }) }), hostOfConnection(url === undefined ? {} : { url })], [target, host]));
});

describe('host/connections/workspaceConsent', () => {
  it('says who would be talked to, and as whom', () => {
    const one = consentText([brought]);
    assert.match(one.message, /a connection to a tracing system/);
    assert.match(one.detail, /• Team: https:\/\/zipkin\.example\n/);
    const many = consentText([brought, { id: 'x', kind: 'xray', name: 'X\u202e', options: { region: 'eu' }, auth: { type: 'aws', profile: 'admin' } }, { id: 'g', kind: 'cloudtrace', name: 'G', auth: { type: 'google' } }]);
    assert.match(many.message, /3 connections/);
    assert.match(many.detail, /• X\\u202e: xray, region eu, signed with your AWS profile admin\n• G: cloudtrace, signed in with your Google account/);
  });

  it('takes a damaged memory for none', () => {
    const memory = new Memory();
    for (const value of [null, 7, 'x', { other: 'allowed' }]) {
      memory.value = value;
      assert.equal(new WorkspaceConsent(memory).of(brought), undefined);
    }
  });
});

describe('host/connections/connectionList', () => {
  const raw = [own, 7, brought];
  it('adds at the end, replaces in place, puts a copy behind its original', () => {
    const renamed = { ...own, name: 'Renamed' };
    const third = { ...own, id: 'third' };
    assert.deepEqual(withConnection(raw, renamed), [renamed, 7, brought]);
    assert.deepEqual(withConnection(raw, third), [own, 7, brought, third]);
    assert.deepEqual(withConnection(raw, third, 'own'), [own, third, 7, brought]);
    assert.deepEqual(withConnection('nonsense', own), [own]);
  });
  it('removes one, and leaves what is not understood', () => assert.deepEqual(withoutConnection(raw, 'own'), [7, brought]));
  it('moves past what is not understood, and stays at either end', () => {
    assert.deepEqual(movedConnection(raw, 'own', 1), [brought, 7, own]);
    assert.deepEqual(movedConnection(raw, 'brought', -1), [brought, 7, own]);
    assert.deepEqual(movedConnection(raw, 'own', -1), raw);
    assert.deepEqual(movedConnection(raw, 'brought', 1), raw);
    assert.deepEqual(movedConnection(raw, 'absent', 1), raw);
  });
  const names: readonly (readonly [string, readonly string[], string])[] = [['Jaeger at prod:16686', [], 'jaeger-at-prod-16686'], ['Ümläut', [], 'u-mla-ut'], ['日本', [], 'connection'], ['Prod', ['prod', 'prod-2'], 'prod-3'], ['Collector', [], 'collector-2'], ['x'.repeat(90), [], 'x'.repeat(48)]];
  for (const [name, taken, id] of names) it(`${name.slice(0, 20)} is ${id.slice(0, 24)}`, () => assert.equal(freeId(name, taken), id));
});
