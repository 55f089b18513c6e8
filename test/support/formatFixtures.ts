// Payloads for the format tests: what real servers answered to our reference trace (test/fixtures/recorded), and payloads of
// others, read where they lie when they are there. Shapes decoded spans for comparing.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSpan } from '../../src/formats/spanDecoder.ts';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import type { SpanDetails } from '../../src/model/spanDetails.ts';

const RECORDED = join(import.meta.dirname, '../fixtures/recorded');
/** Payloads of other projects under other licences: never part of this repository. */
const FOREIGN = process.env['TRACEFALL_FOREIGN_PAYLOADS'] ?? join(import.meta.dirname, '../../../shared/data');

export const recorded = (name: string): Uint8Array => new Uint8Array(readFileSync(join(RECORDED, name)));
export const recordedText = (name: string): string => readFileSync(join(RECORDED, name), 'utf8');

/** undefined where the payload is not on this machine. */
export function foreign(name: string): Uint8Array | undefined {
  const path = join(FOREIGN, name);
  return existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined;
}

export function detailsOf(batch: SpanBatch): SpanDetails[] {
  return Array.from({ length: batch.count }, (_, i) => decodeSpan(batch, i));
}

/** Details of all spans by name; names are unique in the reference trace. Lower case, as Zipkin stores them. */
export function byName(batch: SpanBatch): Map<string, SpanDetails> {
  return new Map(detailsOf(batch).map((span) => [span.name.toLowerCase(), span]));
}

export const serviceOf = (batch: SpanBatch, i: number): string => batch.resources[batch.resource[i]!]!.service;

/** 4-byte big-endian length before the bytes, as the collector's file exporter writes. */
export function framed(...messages: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      messages.flatMap((message) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(message.length);
        return [length, message];
      }),
    ),
  );
}

/** A protobuf field of wire type 2. */
export function field(number: number, body: Uint8Array | string): number[] {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** TracesData with one resource and one scope around the given Span bodies. */
export function request(...spans: readonly (readonly number[])[]): Uint8Array {
  const scopeSpans = spans.flatMap((span) => field(2, Uint8Array.from(span)));
  return Uint8Array.from(field(1, Uint8Array.from(field(2, Uint8Array.from(scopeSpans)))));
}

export const TRACE_ID = Uint8Array.from({ length: 16 }, (_, k) => k + 1);
export const spanIdBytes = (n: number): Uint8Array => Uint8Array.of(0xa0, 0, 0, 0, 0, 0, 0, n);
/** The smallest good span body, with more fields behind it. */
export const spanBody = (n: number, ...more: readonly number[]): number[] => [...field(1, TRACE_ID), ...field(2, spanIdBytes(n)), ...more];
