// Ways of signing in that no system of systems.ts brings along: a front that lets in only who proves it, a Jaeger or Tempo behind it, what the
// wizard asks and what is saved. One more way is one more row of SIGN_INS.
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { ServerOptions } from 'node:https';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { otlpBytes } from '../live/send/otlp.ts';
import { encryptedKeyPem, makeCertificate } from '../support/certificates.ts';
import { fakeJaeger } from '../support/fakes/jaeger.ts';
import { fakeTempo } from '../support/fakes/tempo.ts';
import { passOn } from '../support/passOn.ts';
import { startStub } from '../support/stubServer.ts';
import type { Clouds } from './clouds.ts';
import { chatAt, type RunningSystem, type Step } from './systems.ts';

export interface SignInServer extends RunningSystem {
  readonly row: string;
  /** Paths asked without signing in, after somebody did. */
  readonly strangers: () => readonly string[];
}

export interface SignIn {
  readonly what: string;
  readonly start: (clouds: Clouds) => Promise<SignInServer>;
}

interface Way {
  readonly kind: 'jaeger' | 'tempo';
  readonly steps: readonly Step[];
  readonly auth: RunningSystem['saved']['auth'];
  readonly secrets: readonly string[];
  readonly admits: (request: IncomingMessage) => boolean;
  readonly tls?: ServerOptions;
}

const LABELS = { jaeger: 'Jaeger', tempo: 'Grafana Tempo' } as const;
const header = (wanted: Readonly<Record<string, string>>) => ({ headers }: IncomingMessage): boolean => Object.entries(wanted).every(([name, value]) => headers[name] === value);

/** Behind a front nobody is recognised: its kind is picked. */
async function behind({ kind, steps, auth, secrets, admits, tls }: Way): Promise<SignInServer> {
  const { traceId, startNs, ms, name, otlp } = chatAt(`GET /behind-${kind}`, 1);
  const fake = kind === 'jaeger' ? await fakeJaeger({ age: 'newest', traces: [{ id: 1, traceId, startNs, ms, name, service: 'api-gateway', otlp }] }) : await fakeTempo({ traces: [otlpBytes(otlp)] });
  const strangers: string[] = [];
  let known = false;
  const front = await startStub((request, response) => {
    const admitted = admits(request);
    known ||= admitted;
    if (admitted) return passOn(request, response, fake.url);
    if (known) strangers.push(request.url ?? '');
    return void response.writeHead(401, { 'content-type': 'text/plain' }).end('Who are you?');
  }, tls === undefined ? {} : { tls });
  return {
    row: name,
    address: front.origin,
    steps: [['Which system is it?', { picks: LABELS[kind] }], [`Address of ${LABELS[kind]}`, 'enter'], ...steps],
    saved: { kind, name: `${LABELS[kind]} at ${new URL(front.origin).host}`, url: front.origin, ...(auth === undefined ? {} : { auth }) },
    secrets,
    strangers: () => strangers,
    close: async () => {
      await front.close();
      await fake.close();
    },
  };
}

export const SIGN_INS: readonly SignIn[] = [
  {
    what: 'user name and password',
    start: () => behind({
      kind: 'jaeger', auth: { type: 'basic', user: 'ops' }, secrets: ['pass:word', btoa('ops:pass:word')], admits: header({ authorization: `Basic ${btoa('ops:pass:word')}` }),
      steps: [['Sign in to Jaeger', { picks: 'User name and password' }], ['User name', { types: 'ops' }], ['Password', { types: 'pass:word' }]],
    }),
  },
  {
    what: 'headers of one’s own',
    start: () => behind({
      kind: 'jaeger', auth: { type: 'headers', headerNames: ['X-Team', 'X-Proof'] }, secrets: ['team-of-headers', 'proof-of-headers'], admits: header({ 'x-team': 'team-of-headers', 'x-proof': 'proof-of-headers' }),
      steps: [['Sign in to Jaeger', { picks: 'Custom headers' }], ['Names of the headers', { types: 'X-Team, X-Proof' }], ['Value of X-Team', { types: 'team-of-headers' }], ['Value of X-Proof', { types: 'proof-of-headers' }]],
    }),
  },
  {
    what: 'an API key',
    start: () => behind({
      kind: 'tempo', auth: { type: 'apiKey', header: 'X-Api-Key', prefix: 'ApiKey ' }, secrets: ['key-of-tempo'], admits: header({ 'x-api-key': 'ApiKey key-of-tempo' }),
      steps: [['Sign in to Grafana Tempo', { picks: 'API key' }], ['Header of the API key', { types: 'X-Api-Key' }], ['What stands before the key', { types: 'ApiKey ' }], ['API key', { types: 'key-of-tempo' }]],
    }),
  },
  {
    what: 'a client certificate',
    start: ({ authority, folder }) => {
      const server = makeCertificate({ name: 'server', hosts: ['127.0.0.1'], issuer: authority });
      const client = makeCertificate({ name: 'reader', issuer: authority });
      const [certificateFile, keyFile, passphrase] = [path.join(folder, 'reader.pem'), path.join(folder, 'reader.key'), 'passphrase-of-the-key'];
      writeFileSync(certificateFile, client.certPem);
      writeFileSync(keyFile, encryptedKeyPem(client, passphrase));
      return behind({
        kind: 'jaeger', auth: { type: 'clientCertificate', certificateFile, keyFile }, secrets: [passphrase], admits: ({ socket }) => (socket as TLSSocket).getPeerCertificate().subject?.CN === 'reader',
        tls: { cert: server.certPem, key: server.keyPem, ca: authority.certPem, requestCert: true, rejectUnauthorized: true },
        steps: [['Sign in to Jaeger', { picks: 'Client certificate' }], ['Client certificate', { types: certificateFile }], ['Private key', { types: keyFile }], ['Passphrase of the key', { types: passphrase }]],
      });
    },
  },
  {
    what: 'a program that prints headers',
    start: ({ folder }) => {
      const program = path.join(folder, 'my token.mjs');
      writeFileSync(program, 'console.log(JSON.stringify({ Authorization: `Bearer token-for-${process.argv[2]}` }));\n');
      return behind({
        kind: 'jaeger', auth: { type: 'headersCommand', command: [process.execPath, program, 'a team'] }, secrets: ['token-for-a'], admits: header({ authorization: 'Bearer token-for-a team' }),
        steps: [['Sign in to Jaeger', { picks: 'A program that prints headers' }], ['Program that prints headers', { types: `${process.execPath} "${program}" 'a team'` }]],
      });
    },
  },
];
