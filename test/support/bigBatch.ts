// Batches of a million spans made of columns alone (their bytes are empty): for shapes, not for content.
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import { BASE } from './batches.ts';

export interface BigSpan {
  /** Index of the parent's span; -1: a root; -2: a parent that is not there. */
  parent(i: number): number;
  /** ns after BASE. */
  start(i: number): number;
  length(i: number): number;
  /** Defaults to i: the number that is the span's id, less one. */
  id?(i: number): number;
}

export function bigBatch(count: number, span: BigSpan): SpanBatch {
  const traceId = new Uint32Array(4 * count).fill(1);
  const spanId = new Uint32Array(2 * count);
  const parentId = new Uint32Array(2 * count);
  const startTime = new Uint32Array(2 * count);
  const endTime = new Uint32Array(2 * count);
  const baseLow = Number(BASE & 0xffffffffn);
  const baseHigh = Number(BASE >> 32n);
  const set = (column: Uint32Array, i: number, ns: number): void => {
    const low = baseLow + ns;
    column[2 * i] = low;
    column[2 * i + 1] = baseHigh + Math.floor(low / 0x1_0000_0000);
  };
  for (let i = 0; i < count; i++) {
    spanId[2 * i + 1] = (span.id?.(i) ?? i) + 1;
    const parent = span.parent(i);
    parentId[2 * i] = parent === -2 ? 0xffff_ffff : 0;
    parentId[2 * i + 1] = parent < 0 ? 0 : parent + 1;
    set(startTime, i, span.start(i));
    set(endTime, i, span.start(i) + span.length(i));
  }
  const none = new Uint32Array(count);
  return {
    count,
    bytes: new Uint8Array(),
    spanOffset: none,
    spanLength: none,
    traceId,
    spanId,
    parentId,
    startTime,
    endTime,
    name: none,
    kind: new Uint8Array(count),
    status: new Uint8Array(count),
    flags: new Uint16Array(count),
    resource: none,
    scope: none,
    resources: [{ offset: 0, length: 0, service: 'big' }],
    scopes: [],
    strings: ['span'],
    eventSpan: new Uint32Array(),
    eventTime: new Uint32Array(),
    rejected: 0,
    warnings: [],
  };
}
