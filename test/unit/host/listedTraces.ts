// Listed traces for the host's tests, made short.
import type { CollectorState, ListedTrace, WireSummary } from '../../../src/protocol/messages.ts';

export const NOW = 1_790_000_000_000;

export function summary(over: Partial<WireSummary> = {}): WireSummary {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c', rootService: 'api-gateway', rootName: 'POST /chat', startUnixNano: String(BigInt(NOW - 120_000) * 1_000_000n), durationNs: '1310000000', spans: 14,
    errors: 0, orphans: 0, roots: 1, maxDepth: 4, services: ['api-gateway', 'auth'], duplicates: 0, rejected: 0, warnings: [], provisional: false, ...over,
  };
}

export function listed(over: Partial<WireSummary> = {}, more: Partial<Omit<ListedTrace, 'summary' | 'key'>> = {}): ListedTrace {
  const of = summary(over);
  return { key: { connection: 'collector', traceId: of.traceId }, summary: of, pinned: false, note: '', ...more };
}

export function collectorState(over: Partial<CollectorState> = {}): CollectorState {
  return { role: 'owner', endpoint: 'http://127.0.0.1:4318', offeredPort: undefined, problem: undefined, storePath: '/tmp/traces.db', traces: 1204, bytes: 4096, ...over };
}
