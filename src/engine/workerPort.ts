// A worker thread, seen from either end, as a Port of the Rpc. Must not know what is said.
import type { MessagePort, Worker } from 'node:worker_threads';
import type { Port } from '../protocol/rpc.ts';

export function portOf(thread: Worker | MessagePort): Port {
  return {
    post: (message, transfer) => thread.postMessage(message, transfer === undefined ? [] : [...transfer]),
    listen: (listener) => {
      thread.on('message', listener);
      return () => void thread.off('message', listener);
    },
  };
}
