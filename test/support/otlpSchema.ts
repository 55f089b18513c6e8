// The trace part of opentelemetry-proto as a protobufjs schema, written down here from the .proto files: the judge that our reader
// and writer are compared with, and their peer in benchmarks.
import protobuf from 'protobufjs';

type FieldSpec = readonly [name: string, id: number, type: string, repeated?: boolean];

const MESSAGES: Readonly<Record<string, readonly FieldSpec[]>> = {
  TracesData: [['resourceSpans', 1, 'ResourceSpans', true]],
  ResourceSpans: [['resource', 1, 'Resource'], ['scopeSpans', 2, 'ScopeSpans', true], ['schemaUrl', 3, 'string']],
  Resource: [['attributes', 1, 'KeyValue', true], ['droppedAttributesCount', 2, 'uint32']],
  ScopeSpans: [['scope', 1, 'InstrumentationScope'], ['spans', 2, 'Span', true], ['schemaUrl', 3, 'string']],
  InstrumentationScope: [['name', 1, 'string'], ['version', 2, 'string'], ['attributes', 3, 'KeyValue', true], ['droppedAttributesCount', 4, 'uint32']],
  Span: [
    ['traceId', 1, 'bytes'], ['spanId', 2, 'bytes'], ['traceState', 3, 'string'], ['parentSpanId', 4, 'bytes'], ['name', 5, 'string'], ['kind', 6, 'int32'],
    ['startTimeUnixNano', 7, 'fixed64'], ['endTimeUnixNano', 8, 'fixed64'], ['attributes', 9, 'KeyValue', true], ['droppedAttributesCount', 10, 'uint32'],
    ['events', 11, 'Event', true], ['droppedEventsCount', 12, 'uint32'], ['links', 13, 'Link', true], ['droppedLinksCount', 14, 'uint32'], ['status', 15, 'Status'], ['flags', 16, 'fixed32'],
  ],
  Event: [['timeUnixNano', 1, 'fixed64'], ['name', 2, 'string'], ['attributes', 3, 'KeyValue', true], ['droppedAttributesCount', 4, 'uint32']],
  Link: [['traceId', 1, 'bytes'], ['spanId', 2, 'bytes'], ['traceState', 3, 'string'], ['attributes', 4, 'KeyValue', true], ['droppedAttributesCount', 5, 'uint32'], ['flags', 6, 'fixed32']],
  Status: [['message', 2, 'string'], ['code', 3, 'int32']],
  KeyValue: [['key', 1, 'string'], ['value', 2, 'AnyValue']],
  AnyValue: [
    ['stringValue', 1, 'string'], ['boolValue', 2, 'bool'], ['intValue', 3, 'int64'], ['doubleValue', 4, 'double'],
    ['arrayValue', 5, 'ArrayValue'], ['kvlistValue', 6, 'KeyValueList'], ['bytesValue', 7, 'bytes'],
  ],
  ArrayValue: [['values', 1, 'AnyValue', true]],
  KeyValueList: [['values', 1, 'KeyValue', true]],
};

/** TracesData, compiled. 64-bit integers are Long objects or, where Long is missing, numbers: use readInt64. */
export function tracesDataType(): protobuf.Type {
  const root = new protobuf.Root();
  for (const [name, fields] of Object.entries(MESSAGES)) {
    const type = new protobuf.Type(name);
    for (const [field, id, kind, repeated] of fields) type.add(new protobuf.Field(field, id, kind, repeated === true ? 'repeated' : undefined));
    if (name === 'AnyValue') type.add(new protobuf.OneOf('value', fields.map(([field]) => field)));
    root.add(type);
  }
  return root.resolveAll().lookupType('TracesData');
}
