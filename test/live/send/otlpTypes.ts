// OTLP JSON as the recorded traces are written: what the senders here turn into other wires. Types only.

export interface OtlpValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values?: readonly OtlpValue[] };
  readonly kvlistValue?: { readonly values?: readonly OtlpAttribute[] };
}

export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

export interface OtlpEvent {
  readonly timeUnixNano: string;
  readonly name: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly droppedAttributesCount?: number;
}

export interface OtlpLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly flags?: number;
}

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly flags?: number;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  /** "0": it has not ended. */
  readonly endTimeUnixNano: string;
  readonly droppedAttributesCount?: number;
  readonly droppedEventsCount?: number;
  readonly attributes?: readonly OtlpAttribute[];
  readonly events?: readonly OtlpEvent[];
  readonly links?: readonly OtlpLink[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

export interface OtlpScopeSpans {
  readonly scope?: { readonly name?: string; readonly version?: string; readonly attributes?: readonly OtlpAttribute[] };
  readonly spans: readonly OtlpSpan[];
}

export interface OtlpResourceSpans {
  readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
  readonly scopeSpans: readonly OtlpScopeSpans[];
}

export interface OtlpDocument {
  readonly resourceSpans: readonly OtlpResourceSpans[];
}
