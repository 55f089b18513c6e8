// The engine's worker thread: an Engine behind an Rpc on the parent's port. Ends by itself after `shutdown`.
import { parentPort } from 'node:worker_threads';
import type { EditorMethods, EngineEvents, EngineMethods } from '../protocol/messages.ts';
import { Rpc, type Handlers } from '../protocol/rpc.ts';
import { Engine } from './engine.ts';
import { portOf } from './workerPort.ts';

type NoMessages = Record<never, never>;

if (parentPort === null) throw new Error('The engine runs as a worker thread; from a terminal, use the command line instead.');
const parent = parentPort;

/** Later than the editor's own limit, which knows better what happened. */
const LATER_MS = 2_000;
const engine: Engine = new Engine(
  (event, payload) => rpc.emit(event, payload),
  (request, signal) => rpc.call('hostFetch', request, signal, request.timeoutMs + LATER_MS),
);
const handlers: Handlers<EngineMethods> = {
  ...engine.handlers,
  shutdown: async (params, signal) => {
    await engine.handlers.shutdown(params, signal);
    // After the answer has gone out.
    setImmediate(() => parent.close());
  },
};
const rpc: Rpc<EngineMethods, EditorMethods, NoMessages, EngineEvents> = new Rpc(portOf(parent), {
  handlers,
  events: {},
  onBadMessage: (what) => rpc.emit('log', { level: 'warn', message: `The editor sent something unexpected: ${what}.` }),
});
