// OTLP attribute values as other wires write them: plain JSON, and text as the collector's exporters make it (pcommon AsRaw, AsString).
import type { OtlpAttribute, OtlpValue } from './otlpTypes.ts';

/** JSON text that stands in a document as it is: 1.0 is no number of ours. */
export class Written {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Raw = string | number | boolean | bigint | Written | readonly Raw[] | { readonly [key: string]: Raw } | undefined;

/** Nesting ends where the recorded trace's does: two levels. */
export function rawValue(value: OtlpValue): Raw {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return BigInt(value.intValue);
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(rawValue);
  if (value.kvlistValue !== undefined) return rawObject(value.kvlistValue.values ?? []);
  return undefined;
}

export function rawObject(attributes: readonly OtlpAttribute[]): { readonly [key: string]: Raw } {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, rawValue(value)]));
}

/** JSON in which integers keep all their digits. */
export function json(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Written) return value.text;
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  if (typeof value === 'object' && value !== undefined) {
    return `{${Object.entries(value as object).filter(([, item]) => item !== undefined).map(([key, item]) => `${JSON.stringify(key)}:${json(item)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? '');
}

export function textValue(value: OtlpValue): string {
  const raw = rawValue(value);
  if (typeof raw === 'object') return json(raw);
  return raw === undefined ? '' : String(raw);
}

export function textObject(attributes: readonly OtlpAttribute[]): { readonly [key: string]: string } {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, textValue(value)]));
}

export function serviceOf(attributes: readonly OtlpAttribute[]): string {
  return attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
}
