// The user for a suite that runs inside the extension host: it asks over HTTP on 127.0.0.1, under a path only it knows, what a person
// would do, and reports its results the same way.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { User } from './user.ts';

export interface SuiteReport {
  readonly kind: 'suite' | 'pass' | 'fail' | 'skip' | 'figure' | 'end';
  readonly title: string;
  readonly detail?: string;
  readonly ms?: number;
}

export interface UserServer {
  readonly url: string;
  /** Resolves when the suite reported its end. */
  readonly ended: Promise<void>;
  close(): void;
}

/** `user` comes late: the server's address must be known before the workbench starts. */
export async function startUserServer(user: () => User, onReport: (report: SuiteReport) => void): Promise<UserServer> {
  const secret = randomBytes(16).toString('hex');
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url !== `/${secret}`) {
        response.writeHead(404).end();
        return;
      }
      const asked = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { report?: SuiteReport; method?: string; args?: unknown[] };
      if (asked.report !== undefined) {
        onReport(asked.report);
        if (asked.report.kind === 'end') end();
        response.end('{}');
        return;
      }
      const act = (user() as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[asked.method ?? ''];
      (act === undefined ? Promise.reject(new Error(`The user cannot ${asked.method}.`)) : act.apply(user(), asked.args ?? [])).then(
        (result) => response.end(JSON.stringify({ result })),
        (error: unknown) => response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) })),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`, ended, close: () => server.close() };
}
