// A running server as the editor is connected to it: the kind's own source, its lists, and the real client between them.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Backend } from '../../src/engine/backends/backend.ts';
import type { BackendKind, TraceSource } from '../../src/engine/backends/source.ts';
import { undiciTransport } from '../../src/engine/http.ts';
import { listedBackend } from '../../src/engine/listing/listedBackend.ts';
import { ConnectionClient, NO_AUTHORIZER } from '../../src/engine/network/connectionClient.ts';

const DAY_NS = 86_400_000_000_000n;

export interface LiveConnection {
  readonly source: TraceSource;
  readonly backend: Backend;
  readonly client: ConnectionClient;
  close(): Promise<void>;
}

export function connectTo(kind: BackendKind, url: string, options: Readonly<Record<string, string>> = {}): LiveConnection {
  const transport = undiciTransport();
  const client = new ConnectionClient({ base: url, transport, authorizer: NO_AUTHORIZER });
  const source = kind.source({ config: { id: 'live', kind: kind.kind, name: 'live', url, options }, http: client, now: Date.now, changed: () => undefined });
  const backend = listedBackend({ source, now: Date.now, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), lookbackNs: DAY_NS, received: () => client.usage.bytes });
  return { source, backend, client, close: () => transport.close() };
}

/** Stands before a server and answers some paths itself, as an older version of it or a proxy would. */
export async function standBefore(url: string, answer: (path: string) => { readonly status: number; readonly type: string; readonly body: string } | undefined): Promise<{ readonly url: string; readonly asked: string[]; close(): Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const own = answer(path);
    if (own !== undefined) {
      response.writeHead(own.status, { 'content-type': own.type }).end(own.body);
      return;
    }
    void fetch(`${url}${path}`).then(
      async (behind) => response.writeHead(behind.status, { 'content-type': behind.headers.get('content-type') ?? '' }).end(Buffer.from(await behind.arrayBuffer())),
      () => response.writeHead(502).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
