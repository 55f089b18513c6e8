// What may come from a webview, message by message: exact keys, bounded numbers, short texts. A webview is hostile (it draws hostile
// text); the host answers only what passes here. Rows and ids are checked against the trace by whoever answers.
import type { HostEvents, HostMethods } from './messages.ts';

type Test = (value: unknown) => boolean;
interface Shape {
  readonly [key: string]: { readonly test: Test; readonly what: string; readonly optional?: boolean };
}

const MAX_ROWS_ASKED = 200;
const QUERY_MAX = 2000;

const index = { test: (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31, what: 'a whole number from 0' };
const rowOrNone = { test: (value: unknown) => value === -1 || index.test(value), what: 'a row or -1' };
const flag = { test: (value: unknown) => typeof value === 'boolean', what: 'true or false' };
const time = { test: (value: unknown) => typeof value === 'number' && Number.isFinite(value), what: 'a finite number' };
const text = (max: number): { test: Test; what: string } => ({ test: (value) => typeof value === 'string' && value.length <= max, what: `text of at most ${max} characters` });
const oneOf = (...names: readonly string[]): { test: Test; what: string } => ({ test: (value) => typeof value === 'string' && names.includes(value), what: names.join(' or ') });
const rows = { test: (value: unknown) => Array.isArray(value) && value.length <= MAX_ROWS_ASKED && value.every(index.test), what: `at most ${MAX_ROWS_ASKED} rows` };
const maybe = <T extends object>(field: T): T & { optional: true } => ({ ...field, optional: true });

const SHAPES: { readonly [K in keyof HostMethods | keyof HostEvents]: Shape } = {
  ready: { version: index },
  chunk: { openId: index, index },
  overlay: { openId: index, page: index },
  details: { openId: index, row: index },
  search: { openId: index, query: text(QUERY_MAX) },
  why: { openId: index },
  rowOfSpan: { openId: index, spanId: text(64) },
  codeOfRows: { openId: index, rows },
  sourceOf: { openId: index, row: index },
  openSource: { openId: index, row: index },
  openLink: { openId: index, row: index, link: index },
  openUrl: { openId: index, row: index, group: oneOf('attributes', 'resource'), index },
  copy: { openId: index, row: index, what: oneOf('traceId', 'spanId', 'spanJson', 'attribute'), index: maybe(index) },
  setPinned: { openId: index, pinned: flag },
  exportTrace: { openId: index },
  reload: {},
  selected: { row: rowOrNone, spanId: text(64) },
  typing: { active: flag },
  painted: { what: oneOf('firstRows', 'allRows'), atMs: time, rows: index },
};

/** undefined when it may be handled, else one sentence. */
export function checkHostMessage(name: string, params: unknown): string | undefined {
  if (!Object.hasOwn(SHAPES, name)) return `${name.slice(0, 60)} is not a message of the waterfall.`;
  const shape = SHAPES[name as keyof typeof SHAPES];
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return `${name} needs an object.`;
  const given = params as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(shape, key)) return `${name} has no field ${key.slice(0, 60)}.`;
  }
  for (const [key, field] of Object.entries(shape)) {
    const value = Object.hasOwn(given, key) ? given[key] : undefined;
    if (value === undefined ? field.optional !== true : !field.test(value)) return `${name}.${key} must be ${field.what}.`;
  }
  return undefined;
}
