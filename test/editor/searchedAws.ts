// AWS with Transaction Search, as this machine sees it behind a proxy: X-Ray's and CloudWatch Logs' own addresses lead to strict fakes over TLS. One
// trace is in the list, another only in the logs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { hexOfXrayId } from '../../src/formats/xrayIds.ts';
import type { ConnectionConfig } from '../../src/protocol/connections.ts';
import { makeCertificate } from '../support/certificates.ts';
import { startProxy } from '../support/connectProxy.ts';
import { loggedSpan } from '../support/fakes/cloudWatchLogs.ts';
import { FAKE_REGION, fakeXray, type FakeXray } from '../support/fakes/xray.ts';
import { xrayTrace } from '../support/fakes/xrayTraces.ts';
import { passOn } from '../support/passOn.ts';
import { startStub } from '../support/stubServer.ts';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const HOSTS = ['xray', 'logs'].map((service) => `${service}.${FAKE_REGION}.amazonaws.com`);

export interface SearchedAws {
  readonly fake: FakeXray;
  readonly connection: ConnectionConfig;
  /** Of the machine that can reach it. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startSearchedAws(): Promise<SearchedAws> {
  const nowS = Math.floor(Date.now() / 1000);
  const trace = xrayTrace(1, nowS - 600, { indexed: false });
  const root = loggedSpan({ traceId: hexOfXrayId(trace.id)!, spanId: 'a'.repeat(16), name: 'GET /cart', service: 'worker', startNs: BigInt(nowS - 600) * 1_000_000_000n, durationNs: 200_000_000n });
  const fake = await fakeXray({ keys: KEYS, traces: [trace, xrayTrace(0, nowS - 120)], destination: 'CloudWatchLogs', logs: { spans: [root] } });
  const authority = makeCertificate({ name: 'Tracefall test authority', authority: true });
  const { certPem: cert, keyPem: key } = makeCertificate({ name: 'aws', hosts: HOSTS, issuer: authority });
  const front = await startStub((request, response) => passOn(request, response, fake.url), { tls: { cert, key } });
  const proxy = await startProxy({ names: Object.fromEntries(HOSTS.map((host) => [host, front.port])) });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tracefall-aws-'));
  const caFile = path.join(folder, 'authority.pem');
  writeFileSync(caFile, authority.certPem);
  return {
    fake,
    connection: { id: 'aws', kind: 'xray', name: 'Production', options: { region: FAKE_REGION }, auth: { type: 'aws' }, caFile },
    env: { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey, AWS_EC2_METADATA_DISABLED: 'true', HTTPS_PROXY: proxy.uri },
    close: async () => {
      for (const one of [proxy, front, fake]) await one.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
