// Which spans of different traces are the same operation: same service and same name (issue 3 §7), and where names carry
// numbers that never repeat (`GET /users/8812`), the same name without them. Must not know times or attributes.
import type { TraceColumns } from '../model/trace.ts';

const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;
const HEX_RUN = /\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi;
const DIGITS = /\d+/g;

export function operationOf(trace: TraceColumns, row: number): string {
  return operationKey(trace.strings[trace.service[row]!] ?? '', trace.strings[trace.name[row]!] ?? '');
}

export function operationKey(service: string, name: string): string {
  return `${service}\u0000${name}`;
}

/** The name with ids and numbers taken out; equal to the name where it has none. */
export function nameTemplate(name: string): string {
  return name.replaceAll(UUID, '#').replaceAll(HEX_RUN, '#').replaceAll(DIGITS, '#');
}

/** Rows of each operation in row order. */
export function rowsByOperation(trace: TraceColumns): Map<string, number[]> {
  const keys = new Map<number, string>();
  const rows = new Map<string, number[]>();
  for (let row = 0; row < trace.count; row++) {
    const pair = trace.service[row]! * trace.strings.length + trace.name[row]!;
    let key = keys.get(pair);
    if (key === undefined) keys.set(pair, (key = operationOf(trace, row)));
    const known = rows.get(key);
    if (known === undefined) rows.set(key, [row]);
    else known.push(row);
  }
  return rows;
}
