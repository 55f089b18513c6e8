// How many connections at once. Beyond `places` those that stand still are closed: first such as have not finished a request, then such as
// wait for their next one. Whoever has just come, sends or is at work stays, up to `most`; there one more closes the one that has been without
// a request for longest (exporters reconnect at once), or where all are at work is told to come back. While there is room nobody is hurried
// here: a program that a debugger holds may be long at one request. Must not know HTTP's requests beyond where one stands.
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  readonly places: number;
  readonly most: number;
  /** How long a connection is looked at before it stands still. */
  readonly lookMs?: number | undefined;
}

/** `new` and `idle` have no request in progress, `receiving` has not sent all of one, `working` waits for us. */
type Stage = 'new' | 'idle' | 'receiving' | 'working';

interface Connection {
  stage: Stage;
  /** At the last look, since it came to its stage. */
  bytesSeen: number | undefined;
}

const BUSY = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const LOOK_MS = 250;
/** Who sends less between two looks stands still: a byte now and then holds no place. */
const LEAST_BYTES = 4096;

export class ConnectionLimit {
  readonly #limits: ConnectionLimits;
  /** In the order in which they came to their stage. */
  readonly #open = new Map<Socket, Connection>();
  #looking = false;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get open(): number {
    return this.#open.size;
  }

  admit(socket: Socket): void {
    if (this.#open.size >= this.#limits.most && !this.#closeOne()) {
      socket.on('error', () => undefined);
      socket.end(BUSY);
      return;
    }
    this.#open.set(socket, { stage: 'new', bytesSeen: undefined });
    socket.once('close', () => this.#open.delete(socket));
    this.#watch();
  }

  receiving(socket: Socket): void {
    this.#become(socket, 'receiving');
  }

  /** All of its request has come. An answer may have gone before. */
  working(socket: Socket): void {
    if (this.#open.get(socket)?.stage === 'receiving') this.#become(socket, 'working');
  }

  idle(socket: Socket): void {
    this.#become(socket, 'idle');
  }

  #become(socket: Socket, stage: Stage): void {
    if (!this.#open.delete(socket)) return;
    this.#open.set(socket, { stage, bytesSeen: undefined });
  }

  #closeOne(): boolean {
    for (const [socket, { stage }] of this.#open) {
      if (stage !== 'new' && stage !== 'idle') continue;
      this.#close(socket);
      return true;
    }
    return false;
  }

  #close(socket: Socket): void {
    this.#open.delete(socket);
    socket.destroy();
  }

  /** Looks while there are too many. */
  #watch(): void {
    if (this.#looking || this.#open.size <= this.#limits.places) return;
    this.#looking = true;
    const again = setTimeout(() => {
      // What came while we were at something else is read before anybody is judged by it.
      setImmediate(() => {
        this.#looking = false;
        this.#look();
        this.#watch();
      });
    }, this.#limits.lookMs ?? LOOK_MS);
    again.unref();
  }

  #look(): void {
    const still: Record<Exclude<Stage, 'working'>, Socket[]> = { new: [], receiving: [], idle: [] };
    for (const [socket, connection] of this.#open) {
      const { stage, bytesSeen } = connection;
      const bytes = socket.bytesRead;
      if (stage !== 'working' && bytesSeen !== undefined && bytes - bytesSeen < LEAST_BYTES) still[stage].push(socket);
      connection.bytesSeen = bytes;
    }
    for (const socket of [...still.new, ...still.receiving, ...still.idle].slice(0, Math.max(0, this.#open.size - this.#limits.places))) this.#close(socket);
  }
}
