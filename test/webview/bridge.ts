// The way between a waterfall in Chromium and a FakeHost in this process, as in VS Code: the page is a frame with the product's own
// CSP, its parent carries messages. Parent → here: one POST a message, in order. Here → parent: one streamed answer, framed binary,
// so that ArrayBuffers stay ArrayBuffers.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { AddressInfo } from 'node:net';
import { newNonce, panelHtml } from '../../src/host/panelHtml.ts';
import type { Port } from '../../src/protocol/rpc.ts';

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };

interface Session {
  readonly listeners: Set<(message: unknown) => void>;
  readonly waiting: Buffer[];
  stream: ServerResponse | undefined;
}

export interface Bridge {
  readonly origin: string;
  readonly port: (session: string) => Port;
  readonly close: () => Promise<void>;
}

/** `dist`: the built webview. `onFrame`: a session's frame is being loaded. */
export async function startBridge(dist: string, onFrame: (session: string) => void = () => undefined): Promise<Bridge> {
  const sessions = new Map<string, Session>();
  const sessionOf = (id: string): Session => {
    let session = sessions.get(id);
    if (session === undefined) sessions.set(id, (session = { listeners: new Set(), waiting: [], stream: undefined }));
    return session;
  };
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/frame?') === true) onFrame(request.url.slice('/frame?session='.length));
    void answer(request, response, dist, sessionOf).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    port: (id) => ({
      post: (message) => {
        const session = sessionOf(id);
        const frame = encodeFrame(message);
        if (session.stream === undefined) session.waiting.push(frame);
        else session.stream.write(frame);
      },
      listen: (listener) => {
        const { listeners } = sessionOf(id);
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    }),
    close: async () => {
      for (const session of sessions.values()) session.stream?.end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, dist: string, sessionOf: (id: string) => Session): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const session = (): Session => sessionOf(url.searchParams.get('session') ?? '');
  if (url.pathname === '/parent') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><html><head><title>parent</title></head><body></body></html>');
  } else if (url.pathname === '/frame') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(panelHtml({ cspSource: `http://${request.headers.host}`, script: '/dist/main.js', styles: '/dist/styles.css' }, newNonce()));
  } else if (url.pathname === '/stream') {
    response.setHeader('content-type', 'application/octet-stream');
    response.flushHeaders();
    const { waiting } = session();
    session().stream = response;
    for (const frame of waiting.splice(0)) response.write(frame);
  } else if (url.pathname === '/message') {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    response.end();
    const message: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    for (const listener of session().listeners) listener(message);
  } else if (url.pathname.startsWith('/dist/')) {
    const file = path.join(dist, path.normalize(url.pathname.slice('/dist/'.length)));
    response.setHeader('content-type', TYPES[path.extname(file)] ?? 'application/octet-stream');
    response.end(await readFile(file));
  } else if (url.pathname === '/favicon.ico') {
    response.statusCode = 204;
    response.end();
  } else {
    response.statusCode = 404;
    response.end();
  }
}

/** [length of all, number of buffers, their lengths, length of the JSON, JSON, buffers], 32-bit little-endian. Buffers are `{"$buffer": k}` in the JSON. */
function encodeFrame(message: unknown): Buffer {
  const buffers: ArrayBuffer[] = [];
  const json = Buffer.from(JSON.stringify(message, (_, value: unknown) => (value instanceof ArrayBuffer ? { $buffer: buffers.push(value) - 1 } : value)), 'utf8');
  const head = Buffer.alloc(4 * (3 + buffers.length));
  const total = head.length + json.length + buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  head.writeUInt32LE(total, 0);
  head.writeUInt32LE(buffers.length, 4);
  buffers.forEach((buffer, k) => head.writeUInt32LE(buffer.byteLength, 8 + 4 * k));
  head.writeUInt32LE(json.length, 8 + 4 * buffers.length);
  return Buffer.concat([head, json, ...buffers.map((buffer) => Buffer.from(buffer))], total);
}
