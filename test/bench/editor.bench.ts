// The real workbench: is the extension host blocked while 100k spans open? What a person sees, from the click. Twice: as the workbench
// of npm is, whose extension host compresses what it sends to the browser, and without that, as in the editor on a desktop, where nothing
// is compressed: all that differs between the two is that switch. Then both again with a profile that names what ran longest. The
// workbench's own look for ports to forward is off: every few seconds it starts a process, which holds that thread for 20 ms.
import { chat, send } from '../editor/otlp.ts';
import { bundleSuite } from '../editor/hostSuite.ts';
import { startUserServer } from '../editor/userServer.ts';
import { eventually } from '../editor/wait.ts';
import { startWorkbench, type Workbench } from '../editor/workbench.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { traceIdAt } from '../../src/model/ids.ts';
import { generateTraces } from '../support/traceGenerator.ts';

const SPANS = 100_000;

const bytes = generateTraces({ seed: 1, traces: 1, spansPerTrace: SPANS, startUnixNano: BigInt(Date.now() - 60_000) * 1_000_000n });
const small = chat();
const testsPath = await bundleSuite('openBig');

async function measure(serverArgs: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<void> {
  let workbench: Workbench | undefined;
  const users = await startUserServer(
    () => workbench!.user,
    (report) => {
      if (report.title !== '') console.log(report.title);
    },
  );
  const env = { TRACEFALL_TEST_USER: users.url, TRACEFALL_BENCH_TRACE: traceIdAt(decodeOtlpProto(bytes).traceId, 0), TRACEFALL_BENCH_SMALL: small.traceId, ...more };
  workbench = await startWorkbench({ whole: true, testsPath, env, serverArgs, settings: { 'remote.autoForwardPorts': false } });
  const { endpoint } = workbench;
  try {
    await workbench.open();
    await eventually('the collector', () => fetch(endpoint).then(({ status }) => status, () => 0), (status) => status > 0, 90_000);
    await send(endpoint, small);
    const response = await fetch(`${endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/x-protobuf' }, body: bytes });
    if (response.status !== 200) throw new Error(`The collector answered ${response.status}: ${await response.text()}`);
    await users.ended;
  } finally {
    await workbench.stop();
    users.close();
  }
}

console.log('as on a desktop, without compression');
await measure(['--disable-websocket-compression']);
console.log('as the workbench of npm is, with compression');
await measure([]);
for (const args of [['--disable-websocket-compression'], []]) {
  console.log(`what runs longest, by a profile, which costs some time itself, ${args.length > 0 ? 'without' : 'with'} compression`);
  await measure(args, { TRACEFALL_BENCH_PROFILE: '1' });
}
