// What of an attribute's value can be compared between traces: a number, or a text with its size and shape.
// Lists such as `retrieval.documents.0.id`, `….1.id` become one number, how many. Must not know any convention's keys.
import type { Attribute, AttributeValue } from '../model/attributes.ts';
import { amountOf } from './amounts.ts';

/** One attribute of one span, small enough to keep for every span of a cohort. */
export interface Feature {
  /** The value, where it is a number, a text that is one or an amount with its unit (amounts.ts); NaN otherwise. */
  readonly number: number;
  /** How much there is: items of a list or of JSON, characters of a text, bytes; NaN for numbers and booleans. */
  readonly size: number;
  readonly sizeUnit: SizeUnit;
  /** The value as text, cut and hashed where long: equal texts mean equal values. */
  readonly text: string;
  /** What kind of text: `empty`, the keys of a JSON object, `text` …; equal far more often than the text itself. */
  readonly shape: string;
}

export type SizeUnit = 'none' | 'items' | 'characters' | 'bytes';

const LONGEST_TEXT = 160;
const LONGEST_JSON = 20_000;
const NUMERIC = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,12})?$/;
const NOTHING = /^\s*(?:|\{\s*\}|\[\s*\]|null|none|nil|undefined|n\/a|-)\s*$/i;
const INDEXED = /^(.*?)\.(\d{1,9})(?:\.(.*))?$/;

/** Attribute key → feature. Of repeated keys the last counts; indexed keys count under what they are items of. */
export function featuresOf(attributes: readonly Attribute[]): Map<string, Feature> {
  const features = new Map<string, Feature>();
  const items = new Map<string, number>();
  for (const { key, value } of attributes) {
    const indexed = INDEXED.exec(key);
    if (indexed === null) features.set(key, featureOf(value));
    else items.set(indexed[1]!, Math.max(items.get(indexed[1]!) ?? 0, Number(indexed[2]) + 1));
  }
  for (const [key, count] of items) if (!features.has(key)) features.set(key, listFeature(count, ''));
  return features;
}

export function featureOf(value: AttributeValue): Feature {
  if (typeof value === 'number' || typeof value === 'bigint') return numberFeature(Number(value), String(value));
  if (typeof value === 'boolean') return { number: Number.NaN, size: Number.NaN, sizeUnit: 'none', text: String(value), shape: 'boolean' };
  if (typeof value === 'string') return textFeature(value);
  if (value === undefined) return { number: Number.NaN, size: 0, sizeUnit: 'none', text: '', shape: 'empty' };
  if (value instanceof Uint8Array) return { number: Number.NaN, size: value.length, sizeUnit: 'bytes', text: `${value.length} bytes`, shape: 'bytes' };
  if (isList(value)) return listFeature(value.length, value.length <= 8 ? value.map(plainText).join(', ') : '');
  const keys = value.entries.map((entry) => entry.key);
  return { ...listFeature(keys.length, shorten(plainText(value))), shape: keys.length === 0 ? 'empty' : `{${keys.sort().join(',')}}` };
}

const isList = (value: AttributeValue): value is readonly AttributeValue[] => Array.isArray(value);

function numberFeature(number: number, text: string): Feature {
  return { number, size: Number.NaN, sizeUnit: 'none', text, shape: 'number' };
}

function listFeature(count: number, text: string): Feature {
  return { number: Number.NaN, size: count, sizeUnit: 'items', text: text === '' ? `${count} items` : shorten(text), shape: count === 0 ? 'empty' : 'list' };
}

function textFeature(text: string): Feature {
  if (NUMERIC.test(text)) return numberFeature(Number(text), text);
  const amount = amountOf(text);
  if (amount !== undefined) return numberFeature(amount.number, text);
  const base = { number: Number.NaN, text: shorten(text) };
  if (NOTHING.test(text)) return { ...base, size: 0, sizeUnit: 'characters', shape: 'empty' };
  const json = jsonOf(text);
  if (Array.isArray(json)) return { ...base, size: json.length, sizeUnit: 'items', shape: 'list' };
  if (typeof json === 'object' && json !== null) {
    const keys = Object.keys(json);
    return { ...base, size: keys.length, sizeUnit: 'items', shape: shorten(`{${keys.sort().join(',')}}`) };
  }
  return { ...base, size: text.length, sizeUnit: 'characters', shape: 'text' };
}

/** undefined where it is no JSON, or too long to be worth parsing for every span of a cohort. */
function jsonOf(text: string): unknown {
  const first = text[0];
  if ((first !== '{' && first !== '[') || text.length > LONGEST_JSON) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Plain text of a nested value, without recursion: inner lists and maps are told by their size. */
function plainText(value: AttributeValue): string {
  if (value === undefined) return '';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (isList(value)) return `[${value.length}]`;
  if (typeof value === 'object') return `{${value.entries.map((entry) => entry.key).join(', ')}}`;
  return String(value);
}

function shorten(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 20)}… (${text.length}, ${hash(text)})`;
}

/** FNV-1a, 32 bits. */
function hash(text: string): string {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return (h >>> 0).toString(16);
}
