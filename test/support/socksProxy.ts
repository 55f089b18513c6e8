// A real SOCKS5 proxy on this machine (RFC 1928, user and password by RFC 1929). It alone knows the names that a test made up, so a client that
// resolves them itself fails. Its log proves which way a request took.
import { connect, createServer, type Socket } from 'node:net';
import { listening } from './listening.ts';

export interface SocksProxy {
  readonly uri: string;
  /** `CONNECT target.test:443`. */
  readonly log: string[];
  close(): Promise<void>;
}

export interface SocksProxyOptions {
  /** Made-up name → port on this machine. */
  readonly names: Readonly<Record<string, number>>;
  /** user:password; absent: nobody is asked. */
  readonly login?: string;
}

const [VERSION, NO_LOGIN, BY_PASSWORD, NOT_ACCEPTABLE] = [5, 0, 2, 0xff];
const [CONNECT, IPV4, NAME, IPV6] = [1, 1, 3, 4];
const [GRANTED, UNREACHABLE, NOT_SUPPORTED] = [0, 4, 7];

export async function startSocksProxy(options: SocksProxyOptions): Promise<SocksProxy> {
  const log: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    void serve(socket, options, log).catch(() => socket.destroy());
  });
  const { port, close } = await listening(server);
  return { uri: `socks5://127.0.0.1:${port}`, log, close };
}

async function serve(socket: Socket, { names, login }: SocksProxyOptions, log: string[]): Promise<void> {
  const read = reader(socket);
  const [version, count] = await read(2);
  if (version !== VERSION) throw new Error('another version');
  const methods = await read(count!);
  const wanted = login === undefined ? NO_LOGIN : BY_PASSWORD;
  if (!methods.includes(wanted)) return void socket.end(Buffer.from([VERSION, NOT_ACCEPTABLE]));
  socket.write(Buffer.from([VERSION, wanted]));
  if (login !== undefined) {
    const [, userLength] = await read(2);
    const user = (await read(userLength!)).toString();
    const password = (await read((await read(1))[0]!)).toString();
    const good = `${user}:${password}` === login;
    socket.write(Buffer.from([1, good ? 0 : 1]));
    if (!good) return void socket.end();
  }
  const [, command, , type] = await read(4);
  const host = type === NAME ? (await read((await read(1))[0]!)).toString() : type === IPV4 ? [...(await read(4))].join('.') : type === IPV6 ? (await read(16)).toString('hex') : '';
  const port = (await read(2)).readUInt16BE();
  log.push(`CONNECT ${host}:${port}`);
  const answer = (code: number): Buffer => Buffer.from([VERSION, code, 0, IPV4, 127, 0, 0, 1, 0, 0]);
  const to = names[host];
  if (command !== CONNECT || to === undefined) return void socket.end(answer(command === CONNECT ? UNREACHABLE : NOT_SUPPORTED));
  const target = connect(to, '127.0.0.1', () => {
    socket.write(answer(GRANTED));
    target.pipe(socket);
    socket.pipe(target);
  });
  target.on('error', () => socket.destroy());
  socket.on('close', () => target.destroy());
}

/** Exactly so many bytes, as they come. */
function reader(socket: Socket): (bytes: number) => Promise<Buffer> {
  const ended = new Promise<never>((_resolve, reject) => socket.once('close', () => reject(new Error('it ended'))));
  ended.catch(() => undefined);
  return async (bytes) => {
    for (;;) {
      const chunk = bytes === 0 ? Buffer.alloc(0) : (socket.read(bytes) as Buffer | null);
      if (chunk !== null) return chunk;
      await Promise.race([new Promise((resolve) => socket.once('readable', resolve)), ended]);
    }
  };
}
