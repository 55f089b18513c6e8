// A search that costs, at a real workbench: AWS's addresses through a proxy to strict fakes over TLS. It is offered where spans are kept in logs, says
// what it costs before it runs, runs for the time that is picked, and its rows open; no refresh ever runs it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createServer, type Server } from 'node:tls';
import { hexOfXrayId } from '../../../src/formats/xrayIds.ts';
import { makeCertificate } from '../../support/certificates.ts';
import { startProxy, type ConnectProxy } from '../../support/connectProxy.ts';
import { loggedSpan } from '../../support/fakes/cloudWatchLogs.ts';
import { FAKE_REGION, fakeXray, type FakeXray } from '../../support/fakes/xray.ts';
import { xrayTrace } from '../../support/fakes/xrayTraces.ts';
import { eventually, rowsHave } from '../wait.ts';
import { startWorkbench, type Workbench } from '../workbench.ts';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const HOSTS = ['xray', 'logs'].map((service) => `${service}.${FAKE_REGION}.amazonaws.com`);

describe('a search that costs', function () {
  this.timeout(240_000);
  let workbench: Workbench;
  let fake: FakeXray;
  let front: Server;
  let proxy: ConnectProxy;

  before(async () => {
    const nowS = Math.floor(Date.now() / 1000);
    const trace = xrayTrace(1, nowS - 600, { indexed: false });
    const traceId = hexOfXrayId(trace.id)!;
    const root = loggedSpan({ traceId, spanId: 'a'.repeat(16), name: 'GET /cart', service: 'worker', startNs: BigInt(nowS - 600) * 1_000_000_000n, durationNs: 200_000_000n });
    fake = await fakeXray({ keys: KEYS, traces: [trace, xrayTrace(0, nowS - 120)], destination: 'CloudWatchLogs', logs: { spans: [root] } });
    const authority = makeCertificate({ name: 'Tracefall test authority', authority: true });
    const { certPem, keyPem } = makeCertificate({ name: 'aws', hosts: HOSTS, issuer: authority });
    // Opens TLS and hands on the bytes as they are: the fakes see the hosts that were meant, and judge the signatures.
    front = createServer({ cert: certPem, key: keyPem }, (socket) => {
      const to = connect(Number(new URL(fake.url).port), '127.0.0.1');
      socket.pipe(to).pipe(socket);
      for (const end of [socket, to]) end.on('error', () => [socket, to].forEach((one) => one.destroy()));
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    proxy = await startProxy({ names: Object.fromEntries(HOSTS.map((host) => [host, (front.address() as AddressInfo).port])) });
    const caFile = path.join(os.tmpdir(), `tracefall-deep-${process.pid}.pem`);
    writeFileSync(caFile, authority.certPem);
    workbench = await startWorkbench({
      settings: { 'tracefall.connections': [{ id: 'aws', kind: 'xray', name: 'Production', options: { region: FAKE_REGION }, auth: { type: 'aws' }, caFile }] },
      env: { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey, AWS_EC2_METADATA_DISABLED: 'true', HTTPS_PROXY: proxy.uri },
    });
    await workbench.open();
    await workbench.user.showTraces();
  });
  after(async () => {
    await workbench?.stop();
    front?.close();
    await proxy?.close();
    await fake?.close();
  });

  it('is offered below the lists, with its price', async () => {
    const { user } = workbench;
    await eventually('the connection', () => user.rows(), rowsHave('Production'), 60_000);
    await user.clickRow('Production');
    await eventually('its list and the search', () => user.rows(), rowsHave('GET /cart | api', 'the list holds 1 % of the traces', 'Search all spans in aws/spans… | about $0.005 per GB'), 60_000);
    assert.deepEqual(fake.logs.asked, []);
    await user.screenshot('deep-offered');
  });

  it('asks for which time first; Escape searches nothing', async () => {
    const { user } = workbench;
    await user.clickRow('Search all spans');
    await eventually('the question', () => user.quickInputTitle(), (title) => title.includes('Search all spans in aws/spans · Production · about $0.005 per GB scanned'));
    await eventually('the times', () => user.quickPickRows(), rowsHave('The last 15 minutes', 'The last 24 hours'));
    await user.screenshot('deep-question');
    await user.press('Escape');
    await workbench.page.waitForTimeout(1000);
    assert.deepEqual(fake.logs.asked, []);
  });

  it('finds what no list shows, says what it scanned, and its row opens', async () => {
    const { user } = workbench;
    await user.clickRow('Search all spans');
    await eventually('the question', () => user.quickInputTitle(), (title) => title.includes('Search all spans'));
    await user.quickPick('The last hour');
    await eventually('what was found', () => user.rows(), rowsHave('Found | 1', 'GET /cart | worker', 'in 1 spans scanned, about $0.0000'), 60_000);
    await user.screenshot('deep-found');
    const [start] = fake.logs.asked;
    assert.ok(Math.abs(Number(start!.body['endTime']) - Number(start!.body['startTime']) - 3660) <= 1, JSON.stringify(start));
    await user.doubleClickRow('GET /cart', 1);
    await eventually('the waterfall', () => user.waterfallRows(), (rows) => rows.length === 2, 60_000);
  });

  it('is never run by a refresh', async () => {
    const { user } = workbench;
    const before = fake.logs.asked.length;
    const lists = fake.asked.length;
    await user.rowAction('Production', 'Refresh This Connection');
    await eventually('it was asked', () => fake.asked.length, (count) => count > lists);
    await workbench.page.waitForTimeout(2000);
    assert.equal(fake.logs.asked.length, before);
    assert.ok(rowsHave('Found | 1')(await user.rows()));
  });
});
