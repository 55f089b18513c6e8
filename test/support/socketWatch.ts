// Every socket that this process opens, with who opened it; and a name or address that no test can have led to a server of its own.
import { Socket } from 'node:net';

export interface OpenedSocket {
  readonly host: string;
  readonly port: number;
  /** Where in the code it was opened. */
  readonly stack: string;
}

export interface SocketWatch {
  /** In order; without those of tests' own servers. */
  readonly opened: readonly OpenedSocket[];
  stop(): void;
}

interface ConnectOptions {
  host?: string;
  port?: number | string;
}

/** `leads`: by host, the port on this machine that is asked in its place. */
export function watchSockets(leads: Readonly<Record<string, number>>): SocketWatch {
  const opened: OpenedSocket[] = [];
  const original = Socket.prototype.connect;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  Socket.prototype.connect = function connect(this: Socket, ...given: unknown[]): Socket {
    const options = (Array.isArray(given[0]) ? given[0][0] : given[0]) as ConnectOptions;
    const { stack = '' } = new Error('opened');
    const host = options.host ?? 'localhost';
    if (!/test[/\\]support/.test(stack.split('\n').slice(2).join('\n'))) opened.push({ host, port: Number(options.port), stack });
    const port = Object.hasOwn(leads, host) ? leads[host] : undefined;
    if (port !== undefined) Object.assign(options, { host: '127.0.0.1', port });
    return (original as (...all: unknown[]) => Socket).apply(this, given);
  } as typeof original;
  return {
    opened,
    stop: () => {
      Socket.prototype.connect = original;
      Error.stackTraceLimit = limit;
    },
  };
}
