// What this machine already has: offered with how it was found, never more than that. Also command lines as people type them.
import assert from 'node:assert/strict';
import { commandLine, commandWords } from '../../../../src/host/wizard/commandWords.ts';
import { environmentOffers, offered, runningSystems } from '../../../../src/host/wizard/localSystems.ts';
import type { LocalOffer } from '../../../../src/host/wizard/localSystems.ts';
import { nextStep } from '../../../../src/host/wizard/wizardSteps.ts';
import { newWizard } from '../../../../src/host/wizard/wizardState.ts';
import type { ConnectionKind, DetectedConnection } from '../../../../src/protocol/connections.ts';
import { CLOUD, KINDS } from './kinds.ts';

const GOOGLE: ConnectionKind = { ...CLOUD, kind: 'gcloud', label: 'Google', auth: ['google'], fields: [{ key: 'project', label: 'Project', help: '', required: true }] };
const kinds = [...KINDS, GOOGLE];
const start = newWizard(kinds);

describe('host/wizard/localSystems', () => {
  it('asks every local address once, and offers what answers', async () => {
    const asked: string[] = [];
    const offers: LocalOffer[] = [];
    const detect = async (address: string): Promise<DetectedConnection> => {
      asked.push(address);
      if (address.includes('6006')) throw new Error('refused');
      return { found: { kind: 'server', url: address, name: 'Server at localhost:9411' }, tried: [] };
    };
    await runningSystems(KINDS, detect, (offer) => offers.push(offer), new AbortController().signal);
    assert.deepEqual([asked, offers.map(({ label, description }) => `${label}, ${description}`)], [['http://localhost:9411', 'http://localhost:6006'], ['Server at localhost:9411, answers at http://localhost:9411']]);
    assert.equal(nextStep(offered(start, offers[0]!)).name, 'test', 'nothing is left to ask but whether it works');
  });

  it('offers nothing that is not recognised, and nothing after it was left', async () => {
    const offers: LocalOffer[] = [];
    await runningSystems(KINDS, async () => ({ tried: ['Server: no.'] }), (offer) => offers.push(offer), new AbortController().signal);
    await runningSystems(KINDS, async () => ({ found: { kind: 'server', name: 'x' }, tried: [] }), (offer) => offers.push(offer), AbortSignal.abort());
    assert.deepEqual(offers, []);
  });

  const rows: readonly (readonly [what: string, env: Record<string, string>, file: boolean, labels: readonly string[], next: string | undefined])[] = [
    ['nothing', {}, false, [], undefined],
    ['Langfuse with keys', { LANGFUSE_HOST: 'https://lf.test', LANGFUSE_PUBLIC_KEY: 'pk', LANGFUSE_SECRET_KEY: 'sk' }, false, ['Langfuse at https://lf.test'], 'detect'],
    ['Langfuse twice', { LANGFUSE_BASE_URL: 'https://a.test', LANGFUSE_HOST: 'https://b.test' }, false, ['Langfuse at https://a.test'], 'detect'],
    ['an exporter to a team', { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.test:4318/v1' }, false, ['Where OpenTelemetry sends to: https://otel.test:4318/v1'], 'detect'],
    ['an exporter to our own collector', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' }, false, [], undefined],
    ['an exporter to nonsense', { OTEL_EXPORTER_OTLP_ENDPOINT: 'nonsense' }, false, [], undefined],
    ['an AWS profile', { AWS_PROFILE: 'dev', AWS_REGION: 'eu-west-1' }, false, ['Cloud'], 'test'],
    ['an AWS profile without region', { AWS_PROFILE: 'dev' }, false, ['Cloud'], 'field:region'],
    ['an empty profile', { AWS_PROFILE: ' ' }, false, [], undefined],
    ['default credentials of Google', {}, true, ['Google'], 'field:project'],
    ['a key file of Google, with its project', { GOOGLE_APPLICATION_CREDENTIALS: '/k.json', GOOGLE_CLOUD_PROJECT: 'p' }, false, ['Google'], 'test'],
  ];
  for (const [what, env, file, labels, next] of rows) {
    it(`${what}: ${labels.join() || 'no offer'}`, () => {
      const offers = environmentOffers(kinds, env, file);
      assert.deepEqual(offers.map(({ label }) => label), labels);
      if (next !== undefined) assert.equal(nextStep(offered(start, offers[0]!)).name, next);
      assert.doesNotMatch(offers.map(({ label, description }) => label + description).join(), /sk\b/);
    });
  }

  it('carries the keys of the environment to where they are asked, and no further', () => {
    const [offer] = environmentOffers(kinds, { LANGFUSE_HOST: 'https://lf.test', LANGFUSE_PUBLIC_KEY: 'pk', LANGFUSE_SECRET_KEY: 'sk' }, false);
    const state = offered(start, offer!);
    assert.deepEqual([state.draft.auth, state.secrets, state.address], [{ type: 'basic', user: 'pk' }, { secret: 'sk' }, 'https://lf.test']);
  });
});

describe('host/wizard/commandWords', () => {
  const rows: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['a b  c', ['a', 'b', 'c']], [' a ', ['a']], ['a "b c" d', ['a', 'b c', 'd']], ["a 'b \"c'", ['a', 'b "c']], ['a ""', ['a', '']], ['a"b c"d', ['ab cd']], ['a "b', undefined], ["'", undefined], ['', []], ['a $(b) `c` ; d', ['a', '$(b)', '`c`', ';', 'd']],
  ];
  for (const [line, words] of rows) {
    it(`${JSON.stringify(line)} is ${JSON.stringify(words)}`, () => {
      assert.deepEqual(commandWords(line), words);
      if (words !== undefined) assert.deepEqual(commandWords(commandLine(words)), words);
    });
  }
});
