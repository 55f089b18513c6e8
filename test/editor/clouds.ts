// AWS and Google as this machine sees them behind a proxy: their own addresses lead to fakes with certificates of a test's authority. Also what
// their tools would have left on the machine: an AWS config file with a profile, a service account's key file.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeCertificate, type Authority } from '../support/certificates.ts';
import { startProxy } from '../support/connectProxy.ts';
import { fakeCloudTrace, type FakeCloudTrace } from '../support/fakes/cloudTrace.ts';
import { fakeGoogleTokens } from '../support/fakes/googleTokens.ts';
import { FAKE_REGION, fakeXray, type FakeXrayTrace } from '../support/fakes/xray.ts';
import { passOn } from '../support/passOn.ts';
import { startStub } from '../support/stubServer.ts';

export const AWS_PROFILE = 'traces-reader';

export interface Clouds {
  /** Of files that belong to a user of this machine. */
  readonly folder: string;
  readonly authority: Authority;
  readonly xray: { readonly region: string; readonly url: string; readonly traces: FakeXrayTrace[] };
  readonly cloudTrace: { readonly project: string; readonly traces: FakeCloudTrace[] };
  readonly keyFile: string;
  readonly secrets: { readonly aws: readonly string[]; readonly google: readonly string[] };
  /** Of the machine that can reach them. */
  readonly env: Readonly<Record<string, string>>;
  /** `CONNECT host:443`, in order. */
  readonly proxied: readonly string[];
  close(): Promise<void>;
}

export async function startClouds(): Promise<Clouds> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tracefall-clouds-'));
  const file = (name: string, content: string): string => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  const keys = { accessKeyId: 'AKIAEDITORTEST', secretAccessKey: 'secret-of-the-profile' };
  const [xrayTraces, cloudTraces, project]: [FakeXrayTrace[], FakeCloudTrace[], string] = [[], [], 'shop-prod'];
  const tokens = await fakeGoogleTokens();
  const xray = await fakeXray({ keys, traces: xrayTraces });
  const cloud = await fakeCloudTrace({ project, traces: cloudTraces, scopesOf: (token) => tokens.scopesOf(token) });
  const servers: Readonly<Record<string, string>> = { [`xray.${FAKE_REGION}.amazonaws.com`]: xray.url, 'cloudtrace.googleapis.com': cloud.url, 'oauth2.googleapis.com': tokens.url };
  const authority = makeCertificate({ name: 'Authority of the editor tests', authority: true });
  const { certPem: cert, keyPem: key } = makeCertificate({ name: 'clouds', hosts: Object.keys(servers), issuer: authority });
  const front = await startStub((request, response) => passOn(request, response, servers[request.headers.host ?? '']!), { tls: { cert, key } });
  const proxy = await startProxy({ names: Object.fromEntries(Object.keys(servers).map((host) => [host, front.port])) });
  mkdirSync(path.join(folder, 'empty'));
  return {
    folder,
    authority,
    xray: { region: FAKE_REGION, url: xray.url, traces: xrayTraces },
    cloudTrace: { project, traces: cloudTraces },
    keyFile: file('reader.json', JSON.stringify(tokens.serviceAccountKey)),
    secrets: { aws: Object.values(keys), google: [tokens.serviceAccountKey['private_key']!.split('\n')[1]!, 'ya29.'] },
    env: {
      HTTPS_PROXY: proxy.uri,
      NODE_EXTRA_CA_CERTS: file('authority.pem', authority.certPem),
      AWS_CONFIG_FILE: file('aws-config', `[profile ${AWS_PROFILE}]\nregion = ${FAKE_REGION}\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\n`),
      AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'empty', 'none'),
      CLOUDSDK_CONFIG: path.join(folder, 'empty'),
    },
    proxied: proxy.log,
    close: async () => {
      for (const one of [proxy, front, cloud, xray, tokens]) await one.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
