// Attribute values as OpenTelemetry defines them (common.proto AnyValue), in natural JavaScript.
// Owns the value union and its plain text; must not know any wire format.

/**
 * string · boolean · bigint (int64) · number (double, NaN and ±Infinity allowed) · Uint8Array (bytes) ·
 * array · map (key/value list) · undefined (an empty AnyValue).
 */
export type AttributeValue =
  | string
  | boolean
  | bigint
  | number
  | Uint8Array
  | readonly AttributeValue[]
  | AttributeMap
  | undefined;

/** A key/value list in the order it came; keys may repeat and may be `__proto__`. */
export interface AttributeMap {
  readonly entries: readonly Attribute[];
}

export interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
}
