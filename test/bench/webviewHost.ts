// The host and the engine of test/bench/webview.bench.ts, on a thread of their own as in the product: what is measured there does not
// wait for the thread that drives the browser. Answers one waterfall at a time, over the tests' loopback bridge.
import { parentPort, type MessagePort } from 'node:worker_threads';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import type { HostEvents, WaterfallCommand } from '../../src/protocol/messages.ts';
import { startBridge } from '../webview/bridge.ts';
import { FakeHost } from '../webview/fakeHost.ts';

/** What the bench asks for: a session to be opened (`early`: with its frame, as the editor does), a command to its page, the end. */
export type HostOrder =
  | { readonly kind: 'open'; readonly session: string; readonly bytes: Uint8Array; readonly early: boolean }
  | { readonly kind: 'command'; readonly name: WaterfallCommand }
  | { readonly kind: 'end' };

export type HostReport =
  | { readonly kind: 'listening'; readonly origin: string }
  /** ms of this thread's processor time and of the clock, from the page's request on. */
  | { readonly kind: 'answered'; readonly cpuMs: number; readonly clockMs: number }
  | { readonly kind: 'painted'; readonly mark: HostEvents['painted'] };

export async function serve(orders: MessagePort, dist: string): Promise<void> {
  const tell = (report: HostReport): void => orders.postMessage(report);
  let host: FakeHost | undefined;
  let early: string | undefined;
  const bridge = await startBridge(dist, (session) => {
    if (session === early) host?.openEarly();
  });
  orders.on('message', (order: HostOrder) => {
    if (order.kind === 'command') host?.emit('command', { name: order.name });
    else if (order.kind === 'end') void bridge.close().then(() => orders.close());
    else {
      host?.dispose();
      early = order.early ? order.session : undefined;
      host = openHost(bridge.port(order.session), order.bytes, tell);
    }
  });
  tell({ kind: 'listening', origin: bridge.origin });
}

function openHost(port: ReturnType<Awaited<ReturnType<typeof startBridge>>['port']>, bytes: Uint8Array, tell: (report: HostReport) => void): FakeHost {
  let asked = process.threadCpuUsage();
  let askedAt = performance.now();
  let answered = false;
  const watched: typeof port = {
    ...port,
    post: (message, transfer) => {
      port.post(message, transfer);
      if (answered) return;
      answered = true;
      const { user, system } = process.threadCpuUsage(asked);
      tell({ kind: 'answered', cpuMs: (user + system) / 1000, clockMs: performance.now() - askedAt });
    },
  };
  return new FakeHost(watched, {
    batches: [],
    traceId: '0'.repeat(32),
    load: () => [decodeOtlpProto(bytes)],
    before: (method) => {
      if (method === 'ready') [asked, askedAt] = [process.threadCpuUsage(), performance.now()];
    },
    painted: (mark) => tell({ kind: 'painted', mark }),
  });
}

if (parentPort !== null) await serve(parentPort, process.env['TRACEFALL_WEBVIEW_DIST']!);
