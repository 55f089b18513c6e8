// The real workbench: is the extension host blocked while 100k spans open? What a person sees, from the click.
import { chat, send } from '../editor/otlp.ts';
import { bundleSuite } from '../editor/hostSuite.ts';
import { startUserServer } from '../editor/userServer.ts';
import { eventually } from '../editor/wait.ts';
import { startWorkbench } from '../editor/workbench.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { traceIdAt } from '../../src/model/ids.ts';
import { generateTraces } from '../support/traceGenerator.ts';

const SPANS = 100_000;

const bytes = generateTraces({ seed: 1, traces: 1, spansPerTrace: SPANS, startUnixNano: BigInt(Date.now() - 60_000) * 1_000_000n });
const small = chat();
const users = await startUserServer(
  () => workbench.user,
  (report) => {
    if (report.title !== '') console.log(report.title);
  },
);
const testsPath = await bundleSuite('openBig');
const env = { TRACEFALL_TEST_USER: users.url, TRACEFALL_BENCH_TRACE: traceIdAt(decodeOtlpProto(bytes).traceId, 0), TRACEFALL_BENCH_SMALL: small.traceId };
const workbench = await startWorkbench({ testsPath, env });
try {
  await workbench.open();
  await eventually('the collector', () => fetch(workbench.endpoint).then(({ status }) => status, () => 0), (status) => status > 0, 90_000);
  await send(workbench.endpoint, small);
  const response = await fetch(`${workbench.endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/x-protobuf' }, body: bytes });
  if (response.status !== 200) throw new Error(`The collector answered ${response.status}: ${await response.text()}`);
  await users.ended;
} finally {
  await workbench.stop();
  users.close();
}
