// X-Ray's trace ids (`1-5759e988-bd862e3fe1be46a994272793`: its first 8 digits are the start's epoch seconds) ⇄ 32 hex digits.
import { padHex } from '../model/ids.ts';

const TRACE_ID = /^1-([0-9a-fA-F]{8})-([0-9a-fA-F]{24})$/;

/** 32 hex digits; undefined where it is no trace id of X-Ray's. */
export function hexOfXrayId(id: string): string | undefined {
  const match = TRACE_ID.exec(id);
  return match === null ? padHex(id, 32) : padHex(match[1]! + match[2]!, 32);
}

/** The form the API takes, from 32 hex digits. */
export const xrayIdOf = (hex: string): string => `1-${hex.slice(0, 8)}-${hex.slice(8)}`;

export const isXrayId = (id: string): boolean => TRACE_ID.test(id);
