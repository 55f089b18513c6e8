// The wizard walked without the editor: only what is missing is asked, every way of signing in ends where it belongs (settings or secret
// storage), a connection is tested before it is saved, and "Back" is the state before.
import assert from 'node:assert/strict';
import { backendKinds } from '../../../../src/engine/backends/registry.ts';
import { folderWizard } from '../../../../src/host/wizard/wizardSteps.ts';
import { newWizard, editWizard } from '../../../../src/host/wizard/wizardState.ts';
import type { Question, WizardState } from '../../../../src/host/wizard/wizardState.ts';
import { runWizard } from '../../../../src/host/wizard/wizardRun.ts';
import type { Answer, WizardResult } from '../../../../src/host/wizard/wizardRun.ts';
import { entryProblem } from '../../../../src/host/connections/readConnections.ts';
import type { ConnectionAuth, ConnectionConfig, ConnectionSecrets, DetectedConnection, TestedConnection } from '../../../../src/protocol/connections.ts';
import { ALL_AUTH, CLOUD, FOLDER, KINDS, SERVER } from './kinds.ts';

type Given = string | 'back' | { readonly leave: true } | { readonly state: WizardState };
interface Walk {
  readonly result: WizardResult | undefined;
  readonly asked: readonly Question[];
  readonly names: readonly string[];
  readonly tests: readonly { readonly config: Omit<ConnectionConfig, 'id'>; readonly secrets: ConnectionSecrets }[];
  readonly detections: readonly string[];
}
interface World {
  readonly start?: WizardState;
  readonly detect?: (address: string) => DetectedConnection | Error;
  readonly test?: (config: Omit<ConnectionConfig, 'id'>, n: number) => TestedConnection | Error;
  /** Given up by Escape while it runs. */
  readonly giveUp?: 'detect' | 'test';
}

const fine: TestedConnection = { version: '1.2', notes: [], choices: {} };
const orThrow = <T>(value: T | Error): T => {
  if (value instanceof Error) throw value;
  return value;
};

/** Answers in order, each to the question it names: `name=answer`. A text question's check is applied, as the box does. */
async function walk(answers: readonly (readonly [name: string, given: Given])[], { start = newWizard(KINDS), detect, test = () => fine, giveUp }: World = {}): Promise<Walk> {
  const asked: Question[] = [];
  const tests: { config: Omit<ConnectionConfig, 'id'>; secrets: ConnectionSecrets }[] = [];
  const detections: string[] = [];
  const rest = [...answers];
  const result = await runWizard(start, {
    ask: async (question): Promise<Answer> => {
      asked.push(question);
      const [name, given] = rest.shift() ?? ['nothing', ''];
      assert.equal(question.name, name, `asked ${asked.map((one) => one.name).join(', ')}`);
      if (typeof given !== 'string') return 'leave' in given ? undefined : given;
      if (given === 'back') return 'back';
      if (question.kind === 'text') assert.equal(question.check(given), undefined, question.title);
      else assert.ok(question.free === true || question.items.some(({ value }) => value === given), `${given} can be picked`);
      return { value: given };
    },
    busy: async (says, work) => {
      const controller = new AbortController();
      if ((says.startsWith('Finding') ? 'detect' : 'test') === giveUp) controller.abort();
      return work(controller.signal);
    },
    detect: async (address, _state, signal) => {
      detections.push(address);
      signal.throwIfAborted();
      return orThrow(detect?.(address) ?? { tried: [] });
    },
    test: async (config, secrets, signal) => {
      tests.push({ config, secrets });
      signal.throwIfAborted();
      return orThrow(test(config, tests.length));
    },
  });
  assert.deepEqual(rest, [], `left over after ${asked.map((one) => one.name).join(', ')}`);
  if (result !== undefined) assert.equal(entryProblem({ id: 'x', ...result.config }), undefined, 'what is saved is what the settings accept');
  return { result, asked, names: asked.map(({ name }) => name), tests, detections };
}

const found = (more: Partial<NonNullable<DetectedConnection['found']>> = {}): DetectedConnection => ({ found: { kind: 'server', url: 'http://localhost:9411', name: 'Server at localhost:9411', ...more }, tried: ['Server: it says so.'] });

describe('host/wizard: adding', () => {
  it('asks for an address and a name where the rest is found out', async () => {
    const { result, names, tests, asked, detections } = await walk([['address', ' localhost:9411 '], ['name', 'Local']], { detect: () => found(), test: () => ({ ...fine, notes: ['It has no traces yet.'] }) });
    assert.deepEqual(result, { config: { kind: 'server', name: 'Local', url: 'http://localhost:9411' }, secrets: {} });
    assert.deepEqual([names, tests.length, detections], [['address', 'name'], 1, ['localhost:9411']]);
    const name = asked[1]!;
    assert.equal(name.kind === 'text' && name.value, 'Server at localhost:9411');
    assert.match(name.kind === 'text' ? name.prompt : '', /It works \(version 1\.2\)\. It has no traces yet\./);
  });

  it('keeps the trace whose page the address is, and forgets it with the address', async () => {
    const detect = (address: string): DetectedConnection => (address.includes('/trace/') ? { ...found(), traceId: 'abc' } : found());
    assert.equal((await walk([['address', 'localhost:9411/trace/abc'], ['name', 'Local']], { detect })).result?.traceId, 'abc');
    assert.equal((await walk([['address', 'localhost:9411/trace/abc'], ['name', 'back'], ['address', 'localhost:9411'], ['name', 'Local']], { detect })).result?.traceId, undefined);
  });

  describe('a folder', () => {
    const start = folderWizard([...KINDS, FOLDER], '/home/me/traces', 'traces');
    it('is tested, and saved after its name was confirmed', async () => {
      const { result, names, tests, asked } = await walk([['name', 'traces']], { start, test: () => ({ ...fine, notes: ['3 traces in /home/me/traces.'] }) });
      assert.deepEqual(result, { config: { kind: 'folder', name: 'traces', options: { path: '/home/me/traces' } }, secrets: {} });
      const [name] = asked;
      assert.deepEqual([names, tests.length, name?.kind === 'text' && name.value], [['name'], 1, 'traces']);
      assert.match(name?.kind === 'text' ? name.prompt : '', /3 traces in \/home\/me\/traces\./);
    });
    it('is not saved when its name is left', async () => assert.equal((await walk([['name', { leave: true }]], { start })).result, undefined));
    it('that cannot be read leaves the choice', async () => {
      const { names } = await walk([['failed', { leave: true }]], { start, test: () => ({ problem: '/home/me/traces cannot be read (EACCES).', problemKind: 'auth', notes: [], choices: {} }) });
      assert.deepEqual(names, ['failed']);
    });
    it('is nothing where no kind takes one', () => assert.throws(() => folderWizard(KINDS, '/x', 'x'), /No kind of connection takes a folder/));
    it('is taken by one of the kinds there are', () => assert.deepEqual(backendKinds().filter(({ fields }) => fields.some(({ folder }) => folder === true)).map(({ fields }) => fields.filter(({ folder }) => folder === true).length), [1]));
  });

  it('asks how to sign in where the server wants to know, and does not offer none', async () => {
    const { result, asked } = await walk([['address', 'x.test'], ['auth', 'bearer'], ['auth:secret', ' t0p '], ['name', 'x']], { detect: () => found({ needsAuth: true }) });
    assert.deepEqual(result, { config: { kind: 'server', name: 'x', url: 'http://localhost:9411', auth: { type: 'bearer' } }, secrets: { secret: 't0p' } });
    const auth = asked[1]!;
    assert.ok(auth.kind === 'pick' && auth.items.every(({ value }) => value !== 'none'));
  });

  it('shows what was tried where nothing was recognised, and goes on with what the user picks', async () => {
    const { result, asked, names } = await walk([['address', 'x.test/base'], ['kind', 'server'], ['url', 'https://x.test/base/'], ['auth', 'none'], ['name', 'x']], { detect: () => ({ tried: ['Server: /api answered 404.', 'Another: no answer.'] }) });
    assert.deepEqual(result?.config, { kind: 'server', name: 'x', url: 'https://x.test/base' });
    const kind = asked[1]!;
    assert.deepEqual(kind.kind === 'pick' && kind.items.map(({ label, detail }) => [label, detail]), [['Server', '/api answered 404.'], ['Picky', undefined], ['Cloud', undefined]]);
    assert.equal(kind.kind === 'pick' && kind.prompt, 'x.test/base was not recognised. Another: no answer. Pick its kind, or go back for another address.');
    assert.equal(names[2], 'url');
    const url = asked[2]!;
    assert.equal(url.kind === 'text' && url.value, 'http://x.test/base');
    const name = asked.at(-1)!;
    assert.equal(name.kind === 'text' && name.value, 'Server at x.test');
  });

  it('tells what went wrong while it was recognised like what was tried', async () => {
    const { asked } = await walk([['address', 'ftp://x'], ['kind', { leave: true }]], { detect: () => new Error('"ftp://x" is no http or https address.') });
    const kind = asked[1]!;
    assert.equal(kind.kind === 'pick' && kind.prompt, 'ftp://x was not recognised. "ftp://x" is no http or https address. Pick its kind, or go back for another address.');
  });

  it('repeats no password that was typed into an address', async () => {
    const { asked } = await walk([['address', 'me:hunter2@host:9200'], ['kind', { leave: true }]], { detect: () => new Error('It holds a password.') });
    const kind = asked[1]!;
    assert.equal(kind.kind === 'pick' && kind.prompt, 'host:9200 was not recognised. It holds a password. Pick its kind, or go back for another address.');
  });

  it('takes what a cloud console link says, and asks what it does not', async () => {
    const { result, names } = await walk([['address', 'https://console.cloud.test/traces?region=eu'], ['auth:profile', 'dev'], ['auth:roleArn', ''], ['name', 'Cloud']], { detect: () => ({ found: { kind: 'cloud', name: 'Cloud', options: { region: 'eu' } }, tried: [] }) });
    assert.deepEqual(result?.config, { kind: 'cloud', name: 'Cloud', options: { region: 'eu' }, auth: { type: 'aws', profile: 'dev' } });
    assert.deepEqual(names, ['address', 'auth:profile', 'auth:roleArn', 'name']);
  });

  it('asks how to sign in where the address alone says that it has to be, the usual way first', async () => {
    const { result, asked } = await walk([['address', 'https://grafana.test/explore'], ['auth', 'apiKey'], ['auth:header', 'X-Key'], ['auth:prefix', ''], ['auth:secret', 'k'], ['name', 'x']], { detect: () => found({ auth: 'apiKey' }) });
    assert.deepEqual(result?.config.auth, { type: 'apiKey', header: 'X-Key' });
    const auth = asked[1]!;
    assert.deepEqual(auth.kind === 'pick' && auth.items.map(({ value }) => value), ['apiKey', ...ALL_AUTH.filter((type) => type !== 'none' && type !== 'apiKey')]);
  });

  describe('a cloud that takes an address of one’s own', () => {
    const start = newWizard([...KINDS, { ...CLOUD, kind: 'own', label: 'Own', takesUrl: true, fields: [] }]);
    const signIn = [['auth:profile', 'dev'], ['auth:roleArn', '']] as const;

    it('is asked for it where one was given', async () => {
      const { result, asked } = await walk([['address', 'vpc.test/xray'], ['kind', 'own'], ['url', 'https://vpc.test/xray/'], ...signIn, ['name', 'x']], { start, detect: () => ({ tried: [] }) });
      assert.equal(result?.config.url, 'https://vpc.test/xray');
      const url = asked[2]!;
      assert.equal(url.kind === 'text' && url.value, 'http://vpc.test/xray');
    });

    it('has its own where it was not, or is emptied', async () => {
      assert.equal((await walk([['address', 'kind:own'], ...signIn, ['name', 'x']], { start })).result?.config.url, undefined);
      assert.equal((await walk([['address', 'vpc.test'], ['kind', 'own'], ['url', ' '], ...signIn, ['name', 'x']], { start, detect: () => ({ tried: [] }) })).result?.config.url, undefined);
      assert.equal((await walk([['address', 'https://console.test'], ...signIn, ['name', 'x']], { start, detect: () => ({ found: { kind: 'own', name: 'Own' }, tried: [] }) })).result?.config.url, undefined);
    });

    it('is given one, and loses it again, in the menu', async () => {
      const edit = (url: string | undefined, typed: string): Promise<Walk> => walk([['menu', 'url'], ['url', typed], ['menu', 'finish']], { start: editWizard(start.kinds, { id: 'c', kind: 'own', name: 'C', auth: { type: 'aws' }, ...(url === undefined ? {} : { url }) }, {}) });
      assert.equal((await edit(undefined, 'https://vpc.test')).result?.config.url, 'https://vpc.test');
      assert.equal((await edit('https://vpc.test', '')).result?.config.url, undefined);
    });
  });

  const picked: (config: Omit<ConnectionConfig, 'id'>) => TestedConnection = ({ options }) => ({ ...fine, choices: { tenant: ['a', 'b'] }, ...(options?.['tenant'] === undefined ? { mustPick: ['tenant'], notes: ['There are two: pick one.'] } : {}) });
  it('lets be picked what the server has several of, though it is mostly left out, and tests again', async () => {
    const { result, asked, tests } = await walk([['address', 'x.test'], ['field:tenant', 'b'], ['name', 'x']], { detect: () => found(), test: picked });
    assert.deepEqual([result?.config.options, tests.length], [{ tenant: 'b' }, 2]);
    const tenant = asked[1]!;
    assert.deepEqual(tenant.kind === 'pick' && [tenant.items.map(({ value }) => value), tenant.prompt], [['a', 'b'], 'There are two: pick one.']);
  });

  it('asks a picked cloud for no address, and for what it needs', async () => {
    const { result } = await walk([['address', 'kind:cloud'], ['auth:profile', ''], ['auth:accessKeyId', ''], ['auth:roleArn', ''], ['field:region', 'eu-west-1'], ['name', 'Cloud']]);
    assert.deepEqual(result, { config: { kind: 'cloud', name: 'Cloud', options: { region: 'eu-west-1' }, auth: { type: 'aws' } }, secrets: {} });
  });

  it('lets what is listed be picked after a first test, and tests again with it', async () => {
    const { result, names, tests, asked } = await walk([['address', 'kind:picky'], ['url', 'localhost:6006'], ['auth', 'none'], ['field:table', 'spans'], ['field:project', 'chat'], ['name', 'x']], {
      test: (config) => (config.options?.['project'] === undefined ? { problem: 'A project is needed.', problemKind: 'unsupported', notes: [], choices: { project: ['chat', 'batch'] } } : { ...fine, choices: { project: ['chat', 'batch'] } }),
    });
    assert.deepEqual(result?.config.options, { table: 'spans', project: 'chat' });
    assert.equal(tests.length, 2);
    const project = asked[names.indexOf('field:project')]!;
    assert.deepEqual(project.kind === 'pick' && project.items.map(({ value }) => value), ['chat', 'batch']);
  });

  it('asks for a listed field as text where nothing is listed', async () => {
    const { result } = await walk([['address', 'kind:picky'], ['url', 'localhost:6006'], ['auth', 'none'], ['field:table', 'spans'], ['field:project', 'typed'], ['name', 'x']]);
    assert.deepEqual(result?.config.options, { table: 'spans', project: 'typed' });
  });

  it('first says that it cannot reach a server before it asks what there is to pick', async () => {
    const { names } = await walk([['address', 'kind:picky'], ['url', 'localhost:6006'], ['auth', 'none'], ['field:table', 'spans'], ['failed', { leave: true }]], { test: () => ({ problem: 'Nobody answers.', problemKind: 'network', notes: [], choices: {} }) });
    assert.equal(names.at(-1), 'failed');
  });

  it('takes up what was found on this machine as if it had been answered', async () => {
    const start = newWizard(KINDS);
    const { result, names } = await walk([['address', { state: { ...start, draft: { kind: 'server', name: 'Server', url: 'http://localhost:9411' }, answered: new Set(['kind', 'url', 'auth']) } }], ['name', 'Local']], { start });
    assert.deepEqual([result?.config.url, names], ['http://localhost:9411', ['address', 'name']]);
  });
});

describe('host/wizard: signing in', () => {
  const rows: readonly (readonly [type: string, answers: readonly (readonly [string, string])[], auth: ConnectionAuth | undefined, secrets: ConnectionSecrets])[] = [
    ['none', [], undefined, {}],
    ['bearer', [['auth:secret', 'tok']], { type: 'bearer' }, { secret: 'tok' }],
    ['basic', [['auth:user', 'me'], ['auth:secret', 'pw']], { type: 'basic', user: 'me' }, { secret: 'pw' }],
    ['apiKey', [['auth:header', 'X-Key'], ['auth:prefix', 'ApiKey '], ['auth:secret', 'k']], { type: 'apiKey', header: 'X-Key', prefix: 'ApiKey ' }, { secret: 'k' }],
    ['apiKey', [['auth:header', 'Authorization'], ['auth:prefix', ''], ['auth:secret', 'k']], { type: 'apiKey', header: 'Authorization' }, { secret: 'k' }],
    ['headers', [['auth:headerNames', 'X-A, X-B,X-A'], ['auth:header:X-A', '1'], ['auth:header:X-B', 'two words']], { type: 'headers', headerNames: ['X-A', 'X-B'] }, { headers: { 'X-A': '1', 'X-B': 'two words' } }],
    ['clientCertificate', [['auth:certificateFile', '/c.pem'], ['auth:keyFile', '/k.pem'], ['auth:secret', '']], { type: 'clientCertificate', certificateFile: '/c.pem', keyFile: '/k.pem' }, {}],
    ['aws', [['auth:profile', 'dev'], ['auth:roleArn', 'arn:x']], { type: 'aws', profile: 'dev', roleArn: 'arn:x' }, {}],
    ['aws', [['auth:profile', ''], ['auth:accessKeyId', 'AKIA'], ['auth:secretAccessKey', 's'], ['auth:sessionToken', ''], ['auth:roleArn', '']], { type: 'aws' }, { accessKeyId: 'AKIA', secretAccessKey: 's' }],
    ['google', [['auth:credentialsFile', ''], ['auth:impersonate', 'a@b.test']], { type: 'google', impersonate: 'a@b.test' }, {}],
    ['headersCommand', [['auth:command', 'gcloud auth "print token"']], { type: 'headersCommand', command: ['gcloud', 'auth', 'print token'] }, {}],
  ];
  for (const [type, answers, auth, secrets] of rows) {
    it(`${type} by ${answers.map(([name]) => name).join(', ') || 'nothing more'}`, async () => {
      const { result, asked, tests } = await walk([['address', 'kind:server'], ['url', 'https://s.test'], ['auth', type], ...answers, ['name', 'S']]);
      assert.deepEqual([result?.config.auth, result?.secrets, tests[0]?.secrets], [auth, secrets, secrets]);
      const typed = Object.values({ ...secrets, headers: undefined, ...secrets.headers }).filter((value) => typeof value === 'string');
      for (const secret of typed) assert.ok(!JSON.stringify(result?.config).includes(`"${secret}"`), 'no secret in the settings');
      for (const question of asked) if (question.kind === 'text' && /^auth:(secret|secretAccessKey|sessionToken|header:)/.test(question.name)) assert.ok(question.secret, `${question.name} is a password box`);
    });
  }

  it('offers what usually stands before a key of this kind', async () => {
    for (const [kind, offered] of [[{ ...SERVER, apiKeyPrefix: 'ApiKey ' }, 'ApiKey '], [SERVER, '']] as const) {
      const { asked } = await walk([['address', 'kind:server'], ['url', 'https://s.test'], ['auth', 'apiKey'], ['auth:header', 'Authorization'], ['auth:prefix', { leave: true }]], { start: newWizard([kind]) });
      const question = asked.at(-1)!;
      assert.equal(question.kind === 'text' ? question.value : undefined, offered);
    }
  });

  const refused: readonly (readonly [type: string, question: string, before: readonly (readonly [string, string])[], typed: string])[] = [
    ['bearer', 'auth:secret', [], ' '], ['basic', 'auth:user', [], ''], ['apiKey', 'auth:header', [], 'X:Key'], ['headers', 'auth:headerNames', [], 'a b:'], ['clientCertificate', 'auth:keyFile', [['auth:certificateFile', '/c']], ''],
    ['headersCommand', 'auth:command', [], 'echo "open'], ['headersCommand', 'auth:command', [], ''],
  ];
  for (const [type, name, before, typed] of refused) {
    it(`${type} does not take ${JSON.stringify(typed)} for ${name}`, async () => {
      const { asked } = await walk([['address', 'kind:server'], ['url', 'https://s.test'], ['auth', type], ...before, [name, { leave: true }]]);
      const question = asked.at(-1)!;
      assert.ok(question.kind === 'text' && question.check(typed) !== undefined);
    });
  }

  for (const url of ['', 'ftp://x', 'https://me:pw@x.test', 'http://']) {
    it(`does not take ${JSON.stringify(url)} for an address`, async () => {
      const { asked } = await walk([['address', 'kind:server'], ['url', { leave: true }]]);
      const question = asked.at(-1)!;
      assert.ok(question.kind === 'text' && question.check(url) !== undefined);
    });
  }
});

describe('host/wizard: a connection that does not work', () => {
  const refusing: TestedConnection = { problem: 'The token was refused. Make a new one.', problemKind: 'auth', notes: [], choices: {} };
  const begin = [['address', 'kind:server'], ['url', 'https://s.test'], ['auth', 'bearer'], ['auth:secret', 'old']] as const;

  it('shows the problem; trying again is one key', async () => {
    const { result, asked, tests } = await walk([...begin, ['failed', 'retry'], ['name', 'S']], { test: (_config, n) => (n === 1 ? refusing : fine) });
    assert.equal(tests.length, 2);
    assert.ok(result !== undefined);
    const failed = asked.at(-2)!;
    assert.deepEqual(failed.kind === 'pick' && [failed.prompt, failed.items[0]!.value], ['The token was refused. Make a new one.', 'auth']);
  });

  it('signs in differently, and forgets the old secret', async () => {
    const { result, asked } = await walk([...begin, ['failed', 'auth'], ['auth', 'basic'], ['auth:user', 'me'], ['auth:secret', 'new'], ['name', 'S']], { test: (config) => (config.auth?.type === 'basic' ? fine : refusing) });
    assert.deepEqual([result?.config.auth, result?.secrets], [{ type: 'basic', user: 'me' }, { secret: 'new' }]);
    const again = asked.findLast(({ name }) => name === 'auth:secret')!;
    assert.equal(again.kind === 'text' && again.value, '');
  });

  it('is saved all the same where the user says so', async () => {
    const { result, tests } = await walk([...begin, ['failed', 'anyway'], ['name', 'S']], { test: () => refusing });
    assert.deepEqual([result?.config.url, tests.length], ['https://s.test', 1]);
  });

  it('is edited, and tested again', async () => {
    const { result, tests } = await walk([...begin, ['failed', 'edit'], ['menu', 'field:tenant'], ['field:tenant', 'a|b'], ['menu', 'finish']], { test: (config) => (config.options?.['tenant'] === 'a|b' ? fine : refusing) });
    assert.deepEqual([result?.config.options, result?.config.name, tests.length], [{ tenant: 'a|b' }, 'Server', 2]);
  });

  it('says what broke on the way like what a server says', async () => {
    const { asked } = await walk([...begin, ['failed', { leave: true }]], { test: () => new Error('The engine stopped.') });
    const failed = asked.at(-1)!;
    assert.equal(failed.kind === 'pick' && failed.prompt, 'The engine stopped.');
  });
});

describe('host/wizard: leaving and going back', () => {
  it('saves nothing when the user leaves, wherever', async () => {
    assert.equal((await walk([['address', { leave: true }]])).result, undefined);
    assert.equal((await walk([['address', 'kind:server'], ['url', 'https://s.test'], ['auth', { leave: true }]])).result, undefined);
  });

  it('goes back with what was typed, past what was found out', async () => {
    const { result, asked } = await walk([['address', 'a.test'], ['name', 'back'], ['address', 'kind:server'], ['url', 'https://wrong.test'], ['auth', 'back'], ['url', 'https://s.test'], ['auth', 'none'], ['name', 'S']], { detect: () => found() });
    assert.equal(result?.config.url, 'https://s.test');
    assert.equal(asked.filter(({ name }) => name === 'address').length, 2);
  });

  it('Escape while it asks the server leads back to the question before', async () => {
    const { names } = await walk([['address', 'a.test'], ['address', { leave: true }]], { giveUp: 'detect' });
    assert.deepEqual(names, ['address', 'address']);
  });
});

describe('host/wizard: editing', () => {
  const config: ConnectionConfig = { id: 'prod', kind: 'server', name: 'Prod', url: 'https://s.test', auth: { type: 'basic', user: 'me' }, options: { tenant: 'a' }, lookbackHours: 12, colour: 'charts.red' };
  const { id: _id, ...saved } = config;
  const start = editWizard(KINDS, config, { secret: 'pw' });

  it('saves what was there, tested, where nothing is changed', async () => {
    const { result, tests } = await walk([['menu', 'finish']], { start });
    assert.deepEqual([result, tests.length], [{ config: saved, secrets: { secret: 'pw' } }, 1]);
  });

  it('shows what it has now, and no secret', async () => {
    const { asked } = await walk([['menu', { leave: true }]], { start });
    const menu = asked[0]!;
    const shown = menu.kind === 'pick' ? menu.items.map(({ label, description }) => `${label}: ${description}`) : [];
    for (const row of ['Name: Prod', 'Address: https://s.test', 'Sign-in: User name and password', 'Tenant: a', 'How far lists look back: 12 h', 'Slow from: ']) assert.ok(shown.includes(row), `${row} in ${shown.join('\n')}`);
    assert.doesNotMatch(shown.join(), /pw/);
  });

  const changes: readonly (readonly [what: string, answers: readonly (readonly [string, string])[], config: Readonly<Record<string, unknown>>])[] = [
    ['the name', [['menu', 'name'], ['name', 'New']], { name: 'New' }],
    ['the address', [['menu', 'url'], ['url', 'https://t.test/']], { url: 'https://t.test' }],
    ['an option, emptied', [['menu', 'field:tenant'], ['field:tenant', '']], { options: undefined }],
    ['the lookback', [['menu', 'set:lookbackHours'], ['set:lookbackHours', '2.5']], { lookbackHours: 2.5 }],
    ['the lookback, emptied', [['menu', 'set:lookbackHours'], ['set:lookbackHours', ' ']], { lookbackHours: undefined }],
    ['the refresh', [['menu', 'set:refreshSeconds'], ['set:refreshSeconds', '0']], { refreshSeconds: 0 }],
    ['the threshold and the transport', [['menu', 'set:slowThresholdMs'], ['set:slowThresholdMs', '500'], ['menu', 'set:transport'], ['set:transport', 'vscode']], { slowThresholdMs: 500, transport: 'vscode' }],
    ['the user', [['menu', 'auth'], ['auth', 'basic'], ['auth:user', 'you'], ['auth:secret', 'pw']], { auth: { type: 'basic', user: 'you' } }],
    ['the sign-in, to none', [['menu', 'auth'], ['auth', 'none']], { auth: undefined }],
  ];
  for (const [what, answers, changed] of changes) {
    it(`changes ${what}, and nothing else`, async () => {
      const { result } = await walk([...answers, ['menu', 'finish']], { start });
      const wanted = Object.fromEntries(Object.entries({ ...saved, ...changed }).filter(([, value]) => value !== undefined));
      assert.deepEqual(result?.config, wanted);
    });
  }

  for (const [key, typed] of [['lookbackHours', '-1'], ['lookbackHours', 'x'], ['refreshSeconds', '5'], ['maxRequestsPerMinute', '0'], ['transport', 'pigeon']] as const) {
    it(`does not take ${typed} for ${key}`, async () => {
      const { asked } = await walk([['menu', `set:${key}`], [`set:${key}`, { leave: true }]], { start });
      const question = asked.at(-1)!;
      assert.ok(question.kind === 'text' && question.check(typed) !== undefined);
    });
  }

  it('lets be picked what is missing now that the server has several', async () => {
    const { result, tests } = await walk([['menu', 'finish'], ['field:tenant', 'a']], { start: editWizard(KINDS, { ...config, options: {} }, {}), test: ({ options }) => ({ ...fine, choices: { tenant: ['a', 'b'] }, ...(options?.['tenant'] === undefined ? { mustPick: ['tenant'] } : {}) }) });
    assert.deepEqual([result?.config.options, tests.length], [{ tenant: 'a' }, 2]);
  });

  it('asks for no address of a cloud', async () => {
    const { asked } = await walk([['menu', { leave: true }]], { start: editWizard(KINDS, { id: 'c', kind: CLOUD.kind, name: 'C' }, {}) });
    assert.ok(asked[0]!.kind === 'pick' && asked[0]!.items.every(({ value }) => value !== 'url'));
  });

  it('asks which kind it is where that is unknown', async () => {
    const { names } = await walk([['address', { leave: true }]], { start: editWizard(KINDS, { id: 'c', kind: 'gone', name: 'C' }, {}) });
    assert.deepEqual(names, ['address']);
  });

  it('is about one of the kinds there are', () => assert.equal(SERVER.kind, config.kind));
});
