// What tests of Google's credentials stand on: token endpoints that verify what they are given, a transport that leads there and nowhere else,
// a home folder for credentials files, and what a refusal may say. Closed and removed with `close`.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BackendError } from '../../src/engine/backends/backend.ts';
import type { Authorizer, WireRequest } from '../../src/engine/network/connectionClient.ts';
import { googleAuthorizer, type GoogleEnvironment } from '../../src/engine/network/googleAuthorizer.ts';
import type { ConnectionAuth } from '../../src/protocol/connections.ts';
import { fakeGoogleTokens, REFRESH, SUBJECT, TARGET_EMAIL, type FakeGoogleTokens } from './fakes/googleTokens.ts';
import { rewriting, type RewritingTransport } from './fakes/rewrite.ts';

export const TRACE_REQUEST: WireRequest = { method: 'GET', url: new URL('https://cloudtrace.googleapis.com/v1/projects/shop-prod/traces'), headers: {}, timeoutMs: 1000, maxBytes: 1000 };
export const IMPERSONATION = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET_EMAIL}:generateAccessToken`;
const SECRETS = ['BEGIN PRIVATE', REFRESH.client_secret, REFRESH.refresh_token, SUBJECT];

export interface GoogleGround {
  readonly tokens: FakeGoogleTokens;
  readonly transport: RewritingTransport;
  readonly home: string;
  /** Writes it below `home`, as JSON where it is no text. Answers its path. */
  file(name: string, content: unknown): string;
  /** Of a connection to shop-prod's traces, on a machine that has nothing but `home`. */
  authorizer(auth?: Partial<ConnectionAuth>, env?: GoogleEnvironment['env'], now?: () => number): Authorizer;
  /** What the token in them may do. */
  scopes(headers: Readonly<Record<string, string>>): readonly string[] | undefined;
  /** `GET https://…`, in order. */
  asked(): readonly string[];
  close(): Promise<void>;
}

export async function googleGround(options: Parameters<typeof fakeGoogleTokens>[0] = {}): Promise<GoogleGround> {
  const home = mkdtempSync(join(tmpdir(), 'tracefall-google-'));
  const tokens = await fakeGoogleTokens(options);
  const transport = rewriting(tokens.hosts);
  return {
    tokens,
    transport,
    home,
    file: (name, content) => {
      const path = join(home, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    },
    authorizer: (auth = {}, env = {}, now = undefined) =>
      googleAuthorizer({ id: 'g', kind: 'cloudTrace', name: 'G', options: { project: 'shop-prod' }, auth: { type: 'google', ...auth } }, transport, { env, home, platform: 'linux' }, now),
    scopes: (headers) => tokens.scopesOf(headers['authorization']!.replace('Bearer ', '')),
    asked: () => transport.sent.map(({ method, url }) => `${method} ${url.href}`),
    close: async () => {
      await Promise.all([tokens.close(), transport.close()]);
      rmSync(home, { recursive: true });
    },
  };
}

/** An error of authentication that says so, and none of the secrets. */
export const refused = (says: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof BackendError, String(error));
  assert.equal(error.kind, 'auth');
  assert.match(error.message, says);
  for (const secret of SECRETS) assert.ok(!error.message.includes(secret), 'no secret in it');
  return true;
};
