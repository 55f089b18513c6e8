// A transport over real sockets that sends whole addresses of clouds to fakes instead: by host, with what the request was otherwise. A host that
// is not in the table is nobody's: no test leaves the machine.
import { undiciTransport } from '../../../src/engine/http.ts';
import { BackendError } from '../../../src/engine/backends/backend.ts';
import type { Transport, WireRequest } from '../../../src/engine/network/connectionClient.ts';

export interface RewritingTransport extends Transport {
  /** As they were asked for, before rewriting. */
  readonly sent: WireRequest[];
}

export function rewriting(hosts: Readonly<Record<string, string>>): RewritingTransport {
  const transport = undiciTransport();
  const sent: WireRequest[] = [];
  return {
    sent,
    send: async (request, signal) => {
      sent.push(request);
      const to = request.url.hostname === '127.0.0.1' ? request.url.origin : Object.hasOwn(hosts, request.url.hostname) ? hosts[request.url.hostname] : undefined;
      if (to === undefined) throw new BackendError('network', `Nothing answers at ${request.url.hostname} (ENOTFOUND).`);
      // The fake sees the host that was meant: it is signed.
      return transport.send({ ...request, url: new URL(`${request.url.pathname}${request.url.search}`, to), headers: { host: request.url.host, ...request.headers } }, signal);
    },
    close: () => transport.close(),
  };
}
