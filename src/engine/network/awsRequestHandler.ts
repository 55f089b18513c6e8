// The AWS SDK's requests (STS, SSO) through a connection's transport: proxy, certificates and limits are the connection's, and the SDK opens
// no socket of its own. The metadata services of a machine are asked without it (awsMachine.ts).
import { Readable } from 'node:stream';
import type { Transport } from './connectionClient.ts';

/** The part of the SDK's HttpRequest that is used here (@smithy/types HttpRequest). */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface SdkAnswer {
  readonly response: { readonly statusCode: number; readonly headers: Record<string, string>; readonly body: Readable };
}

export interface AwsRequestHandler {
  readonly metadata: { readonly handlerProtocol: string };
  handle(request: SdkRequest, options?: { readonly abortSignal?: unknown }): Promise<SdkAnswer>;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
  destroy(): void;
}

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 1024 * 1024;

export function awsRequestHandler(transport: Transport): AwsRequestHandler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request, { abortSignal } = {}) => {
      if (request.method !== 'GET' && request.method !== 'POST') throw new TypeError(`${request.method} is not used for credentials.`);
      const { body } = request;
      const answer = await transport.send(
        {
          method: request.method, url: urlOf(request), headers: withoutLength(request.headers), timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES,
          ...(typeof body === 'string' || body instanceof Uint8Array ? { body } : {}),
        },
        abortSignal instanceof AbortSignal ? abortSignal : AbortSignal.timeout(TIMEOUT_MS),
      );
      return { response: { statusCode: answer.status, headers: { ...answer.headers }, body: Readable.from([answer.body]) } };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
  };
}

function urlOf({ protocol, hostname, port, path, query }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query ?? {})) for (const one of Array.isArray(value) ? value : [value ?? '']) url.searchParams.append(name, one);
  return url;
}

/** The transport counts by itself, and sets the host. */
const withoutLength = (headers: Readonly<Record<string, string>>): Record<string, string> => Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(?:content-length|host)$/i.test(name)));
