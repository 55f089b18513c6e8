// The embedded collector: OTLP over HTTP into its store on disk, and out of it. Needs nothing, so it is live everywhere.
import { collectorBackend } from '../../../src/engine/backends/collector.ts';
import { VERSION } from '../../../src/cli/version.ts';
import { sendOtlp } from '../../live/send/otlp.ts';
import { runCollector } from '../collectorFixture.ts';
import type { ContractSystem } from './system.ts';
import { documentsOf, whatIsSent } from './whatIsSent.ts';

const SEND_MS = 20_000;

export const COLLECTOR: ContractSystem = {
  system: 'collector', version: VERSION, how: 'live', losses: [],
  without: { 'filter: attribute': 'its store has none', 'command: secrets': 'it has none' },
  start: async () => {
    const running = await runCollector();
    const sent = await whatIsSent();
    for (const otlp of documentsOf(sent)) await sendOtlp(running.collector.state.endpoint!, otlp, otlp === sent.traffic.otlp ? 'json' : 'protobuf', AbortSignal.timeout(SEND_MS));
    const backend = collectorBackend(() => Promise.resolve(running.collector.store!));
    return { told: { args: ['--db', running.storePath], env: {} }, connect: () => ({ backend, close: () => Promise.resolve() }), ...sent, raw: () => Promise.resolve(''), close: running.stop };
  },
};
