// How what is sent on reaches the other endpoint: one POST a request, the path appended to its base address.
import { randomUUID } from 'node:crypto';
import { plural } from '../../analysis/numberText.ts';
import { withoutCredentials } from '../../protocol/typedAddress.ts';
import type { CollectorEvents, ForwardOptions } from './collectorOptions.ts';
import { retryAfterMs } from '../network/httpClient.ts';
import { Forwarder } from './forwarder.ts';

export interface ForwardTarget extends ForwardOptions {
  readonly forwardTo?: string;
  readonly log: NonNullable<CollectorEvents['log']>;
  readonly stateChanged: () => void;
}

/** Who sent it on: an address may lead back here by any name. */
export const SENT_ON_BY = 'x-tracefall-sent-on-by';
export const SELF = randomUUID();

const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 64 << 10;

export const isEndpoint = (address: string): boolean => URL.canParse(address.trim()) && /^https?:$/.test(new URL(address.trim()).protocol);

/** undefined where nothing is sent on, or nowhere to. */
export function forwarderTo({ forwardTo, transport, forwardHeaders = {}, log, stateChanged }: ForwardTarget): Forwarder | undefined {
  if (forwardTo === undefined || transport === undefined) return undefined;
  if (!isEndpoint(forwardTo)) {
    log('error', `Nothing is sent on: ${JSON.stringify(withoutCredentials(forwardTo).slice(0, 80))} is no http or https address (tracefall.collector.forwardTo).`);
    return undefined;
  }
  const base = new URL(forwardTo.trim());
  base.pathname = base.pathname.replace(/\/+$/, '').replace(/\/v1\/traces$/, '');
  const wire = transport();
  return new Forwarder({
    changed: stateChanged,
    end: (lost) => {
      if (lost > 0) log('warn', `Not taken by ${withoutCredentials(forwardTo)}, as far as is known: ${plural(lost, 'request')}.`);
      return wire.close();
    },
    send: async ({ path, bytes, type }, signal) => {
      const headers = { ...forwardHeaders, [SENT_ON_BY]: SELF, 'content-type': type === 'protobuf' ? 'application/x-protobuf' : 'application/json' };
      const answer = await wire.send({ method: 'POST', url: placeBelow(base, path), headers, body: bytes, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER }, signal);
      return { status: answer.status, retryAfterMs: retryAfterMs(answer.headers['retry-after'], Date.now()) };
    },
  });
}

/** A query of the address stays, as some sign in by one. */
function placeBelow(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, '')}${path}`;
  return url;
}

/** `key=value,key2=value2`, values percent-encoded (OTEL_EXPORTER_OTLP_HEADERS). */
export function headersOf(text: string | undefined): Record<string, string> {
  return Object.fromEntries((text ?? '').split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim().toLowerCase();
    return at < 1 || !/^[\w.-]+$/.test(name) ? [] : [[name, decoded(pair.slice(at + 1).trim())]];
  }));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (error instanceof URIError) return value;
    throw error;
  }
}
