// A trace's key without its connection: what its backend needs to find it.
import type { TraceKey } from '../protocol/messages.ts';
import type { TraceRef } from './backends/backend.ts';

export function refOf({ traceId, startUnixNano, endUnixNano, scope, within }: TraceKey): TraceRef {
  return {
    traceId,
    ...(startUnixNano === undefined ? {} : { startUnixNano }),
    ...(endUnixNano === undefined ? {} : { endUnixNano }),
    ...(scope === undefined ? {} : { scope }),
    ...(within === undefined ? {} : { within }),
  };
}
