// The only user of acquireVsCodeApi: the Rpc to the extension host and the state that survives a reload.
// Must not know what is drawn.
import { Rpc, type EventHandlers, type Port } from '../src/protocol/rpc.ts';
import type { HostEvents, HostMethods, WebviewEvents, WebviewMethods } from '../src/protocol/messages.ts';

export type Host = Rpc<WebviewMethods, HostMethods, WebviewEvents, HostEvents>;

export interface HostApi {
  readonly host: Host;
  /** What was saved last, as it came: to be checked by its reader. */
  readonly saved: unknown;
  save(state: unknown): void;
}

export function connectHost(events: EventHandlers<WebviewEvents>): HostApi {
  const api = acquireVsCodeApi();
  const port: Port = {
    post: (message) => api.postMessage(message),
    listen: (listener) => {
      const onMessage = (event: MessageEvent<unknown>): void => listener(event.data);
      window.addEventListener('message', onMessage);
      return () => window.removeEventListener('message', onMessage);
    },
  };
  const host: Host = new Rpc(port, { handlers: {}, events, timeoutMs: 120_000 });
  return { host, saved: api.getState(), save: (state) => void api.setState(state) };
}
