// Changes of the setting's list: add or replace, remove, move. Entries that are not understood stay as they were written. Pure.
import type { ConnectionConfig } from '../../protocol/connections.ts';

type Raw = readonly unknown[];

const listOf = (raw: unknown): Raw => (Array.isArray(raw) ? raw : []);
const idOf = (entry: unknown): unknown => (typeof entry === 'object' && entry !== null ? (entry as { readonly id?: unknown }).id : undefined);

/** In its place, or at the end; `after`: behind that one. */
export function withConnection(raw: unknown, config: ConnectionConfig, after?: string): Raw {
  const list = listOf(raw);
  const at = list.findIndex((entry) => idOf(entry) === config.id);
  if (at >= 0) return list.with(at, config);
  const behind = after === undefined ? -1 : list.findIndex((entry) => idOf(entry) === after);
  return behind < 0 ? [...list, config] : list.toSpliced(behind + 1, 0, config);
}

export function withoutConnection(raw: unknown, id: string): Raw {
  return listOf(raw).filter((entry) => idOf(entry) !== id);
}

/** One place up or down among those that have an id; the same list at either end. */
export function movedConnection(raw: unknown, id: string, by: -1 | 1): Raw {
  const list = listOf(raw);
  const at = list.findIndex((entry) => idOf(entry) === id);
  let to = at + by;
  while (list[to] !== undefined && idOf(list[to]) === undefined) to += by;
  if (at < 0 || list[to] === undefined) return list;
  return list.with(at, list[to]).with(to, list[at]);
}

/** A new id that says what it is: `jaeger-prod`, `jaeger-prod-2`. */
export function freeId(name: string, taken: Iterable<string>): string {
  const used = new Set([...taken, 'collector', 'draft']);
  const base = name.normalize('NFKD').replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '').toLowerCase().slice(0, 48) || 'connection';
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`;
    if (!used.has(id)) return id;
  }
}
