// At most so many connections at once. One more closes the one that has been without a request for longest (exporters reconnect
// at once); where all are at work, the new one is told to come back.
import type { Socket } from 'node:net';

const BUSY = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

export class ConnectionLimit {
  readonly #limit: number;
  /** Without a request in progress, longest first. */
  readonly #idle = new Set<Socket>();
  readonly #busy = new Set<Socket>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  admit(socket: Socket): void {
    if (this.#idle.size + this.#busy.size >= this.#limit) {
      const [longest] = this.#idle;
      if (longest === undefined) {
        socket.on('error', () => undefined);
        socket.end(BUSY);
        return;
      }
      this.#idle.delete(longest);
      longest.destroy();
    }
    this.#idle.add(socket);
    socket.once('close', () => {
      this.#idle.delete(socket);
      this.#busy.delete(socket);
    });
  }

  busy(socket: Socket): void {
    if (this.#idle.delete(socket)) this.#busy.add(socket);
  }

  idle(socket: Socket): void {
    if (this.#busy.delete(socket)) this.#idle.add(socket);
  }
}
