// OTLP/protobuf trace requests and files → SpanBatch, in one pass. Spans stay where they are: attributes are byte ranges, only
// their keys are looked at. TracesData and ExportTraceServiceRequest have one shape (opentelemetry-proto 1.11: trace.proto,
// trace_service.proto, common.proto, resource.proto). A broken span is rejected and counted; broken framing around spans throws.
import { SpanFlag, type BatchResource, type BatchScope, type SpanBatch } from '../model/spanBatch.ts';
import { BatchColumns } from './batchColumns.ts';
import { ByteInterner } from './byteInterner.ts';
import { FormatError } from './formatError.ts';
import { decodeText } from './protoText.ts';
import { ProtoReader, Wire } from './protoReader.ts';
import { eventFlags, keyFlags } from './spanKeys.ts';
import { WarningList } from './warningList.ts';
import { scopeNameIn, serviceNameIn } from './resourceNames.ts';

/** Field of the spans of a library before OTLP 0.15 (2022): same shape as scope_spans. */
const LIBRARY_SPANS = 1000;

/**
 * Decodes a TracesData / ExportTraceServiceRequest message. Keeps `bytes`, which must not change afterwards.
 * Throws FormatError (field and byte offset) when the frames around the spans are broken.
 */
export function decodeOtlpProto(bytes: Uint8Array): SpanBatch {
  return new OtlpProtoDecoder(bytes).decode();
}

class OtlpProtoDecoder {
  readonly #reader: ProtoReader;
  readonly #columns: BatchColumns;
  readonly #names: ByteInterner;
  readonly #strings: string[] = [''];
  readonly #resourceTable: ByteInterner;
  readonly #scopeTable: ByteInterner;
  readonly #resources: BatchResource[] = [];
  readonly #scopes: BatchScope[] = [];
  readonly #warnings = new WarningList();
  #rejected = 0;

  constructor(bytes: Uint8Array) {
    this.#reader = new ProtoReader(bytes);
    this.#columns = new BatchColumns(bytes);
    this.#names = new ByteInterner(bytes);
    this.#names.intern(0, 0);
    this.#resourceTable = new ByteInterner(bytes);
    this.#scopeTable = new ByteInterner(bytes);
  }

  decode(): SpanBatch {
    const r = this.#reader;
    while (r.next()) {
      if (r.field === 1) {
        if (r.expect(Wire.bytes)) this.#resourceSpans();
      } else {
        r.skip();
      }
    }
    if (r.problem !== '') throw new FormatError(`Not a readable OTLP/protobuf trace message: ${r.problem}, at byte ${r.problemAt} of ${r.bytes.length}.`, r.problemAt);
    return this.#columns.finish({
      resources: this.#resources,
      scopes: this.#scopes,
      strings: this.#strings,
      rejected: this.#rejected,
      warnings: this.#warnings.sentences,
    });
  }

  /** Fields may come in any order, so the resource is given to the rows when its message ends. */
  #resourceSpans(): void {
    const r = this.#reader;
    const outer = r.enter();
    const firstRow = this.#columns.count;
    let offset = r.pos;
    let length = 0;
    while (r.next()) {
      if (r.field === 1) {
        if (!r.expect(Wire.bytes)) break;
        if (length > 0) this.#warnings.add(`The resource ending at byte ${offset + length} is followed by another for the same spans; the later one is shown.`);
        length = r.length();
        offset = r.pos;
        r.take(length);
      } else if (r.field === 2 || r.field === LIBRARY_SPANS) {
        if (r.expect(Wire.bytes)) this.#scopeSpans();
      } else {
        r.skip();
      }
    }
    r.leave(outer);
    if (this.#columns.count > firstRow) this.#columns.resource.fill(this.#resource(offset, length), firstRow, this.#columns.count);
  }

  #scopeSpans(): void {
    const r = this.#reader;
    const outer = r.enter();
    const firstRow = this.#columns.count;
    let offset = r.pos;
    let length = 0;
    while (r.next()) {
      if (r.field === 2) {
        if (r.expect(Wire.bytes)) this.#span();
      } else if (r.field === 1) {
        if (!r.expect(Wire.bytes)) break;
        if (length > 0) this.#warnings.add(`The scope ending at byte ${offset + length} is followed by another for the same spans; the later one is shown.`);
        length = r.length();
        offset = r.pos;
        r.take(length);
      } else {
        r.skip();
      }
    }
    r.leave(outer);
    if (this.#columns.count > firstRow) this.#columns.scope.fill(this.#scope(offset, length), firstRow, this.#columns.count);
  }

  #resource(offset: number, length: number): number {
    const entry = this.#resourceTable.intern(offset, length);
    if (entry === this.#resources.length) {
      const bytes = this.#reader.bytes;
      this.#resources.push({ offset, length, service: serviceNameIn(bytes, offset, length, this.#warnings) });
    }
    return entry;
  }

  #scope(offset: number, length: number): number {
    const entry = this.#scopeTable.intern(offset, length);
    if (entry === this.#scopes.length) {
      this.#scopes.push({ offset, length, name: scopeNameIn(this.#reader.bytes, offset, length, this.#warnings) });
    }
    return entry;
  }

  #span(): void {
    const r = this.#reader;
    const outer = r.enter();
    if (r.problem !== '') return r.leave(outer);
    const c = this.#columns;
    c.reserve();
    const row = c.count;
    const from = r.pos;
    const end = r.end;
    const eventsBefore = c.eventCount;
    const view = r.view;
    let traceAt = -1;
    let spanAt = -1;
    let parentAt = -1;
    let startAt = -1;
    let endAt = -1;
    let nameAt = 0;
    let nameLength = 0;
    let kind = 0;
    let status = 0;
    let flags = 0;
    let oddTrace = false;
    let oddParent = false;
    while (r.next()) {
      switch (r.field) {
        case 9:
          if (r.expect(Wire.bytes)) flags |= keyFlags(r);
          break;
        case 1: {
          if (!r.expect(Wire.bytes)) break;
          const length = r.length();
          traceAt = length === 16 ? r.pos : -1;
          oddTrace = length !== 16 && length !== 0;
          r.pos += length;
          break;
        }
        case 2: {
          if (!r.expect(Wire.bytes)) break;
          const length = r.length();
          spanAt = length === 8 ? r.pos : -1;
          r.pos += length;
          break;
        }
        case 4: {
          if (!r.expect(Wire.bytes)) break;
          const length = r.length();
          parentAt = length === 8 ? r.pos : -1;
          oddParent = length !== 8 && length !== 0;
          r.pos += length;
          break;
        }
        case 5:
          if (!r.expect(Wire.bytes)) break;
          nameLength = r.length();
          nameAt = r.pos;
          r.pos += nameLength;
          break;
        case 6:
          if (r.expect(Wire.varint)) kind = r.varint();
          break;
        case 7:
          if (r.expect(Wire.fixed64)) startAt = r.take(8);
          break;
        case 8:
          if (r.expect(Wire.fixed64)) endAt = r.take(8);
          break;
        case 10:
        case 12:
        case 14:
          if (r.expect(Wire.varint) && r.varint() > 0) flags |= SpanFlag.dropped;
          break;
        case 11:
          if (r.expect(Wire.bytes)) flags |= eventFlags(r, c);
          break;
        case 13: {
          if (!r.expect(Wire.bytes)) break;
          flags |= SpanFlag.links;
          const length = r.length();
          r.pos += length;
          break;
        }
        case 15:
          if (r.expect(Wire.bytes)) status = statusCode(r);
          break;
        default:
          r.skip();
      }
    }
    if (r.problem !== '') {
      this.#reject(from, eventsBefore, `${r.problem}, at byte ${r.problemAt}`);
      r.recover(end, outer);
      return;
    }
    r.leave(outer);
    if (spanAt < 0 || (view.getUint32(spanAt) | view.getUint32(spanAt + 4)) === 0) {
      this.#reject(from, eventsBefore, 'no valid span id (8 bytes, not all zero)');
      return;
    }
    if (oddTrace && this.#warn()) this.#warnings.add(`Span at byte ${from}: its trace id is not 16 bytes long and was not used.`);
    if (oddParent && this.#warn()) this.#warnings.add(`Span at byte ${from}: its parent id is not 8 bytes long; the span is shown as a root.`);
    c.spanOffset[row] = from;
    c.spanLength[row] = end - from;
    for (let k = 0; k < 4; k++) c.traceId[4 * row + k] = traceAt < 0 ? 0 : view.getUint32(traceAt + 4 * k);
    c.spanId[2 * row] = view.getUint32(spanAt);
    c.spanId[2 * row + 1] = view.getUint32(spanAt + 4);
    c.parentId[2 * row] = parentAt < 0 ? 0 : view.getUint32(parentAt);
    c.parentId[2 * row + 1] = parentAt < 0 ? 0 : view.getUint32(parentAt + 4);
    c.startTime[2 * row] = startAt < 0 ? 0 : view.getUint32(startAt, true);
    c.startTime[2 * row + 1] = startAt < 0 ? 0 : view.getUint32(startAt + 4, true);
    c.endTime[2 * row] = endAt < 0 ? 0 : view.getUint32(endAt, true);
    c.endTime[2 * row + 1] = endAt < 0 ? 0 : view.getUint32(endAt + 4, true);
    c.name[row] = this.#name(nameAt, nameLength);
    c.kind[row] = kind <= 5 ? kind : 0;
    c.status[row] = status <= 2 ? status : 0;
    c.flags[row] = status === 2 ? flags | SpanFlag.error : flags;
    c.count = row + 1;
  }

  #name(offset: number, length: number): number {
    const entry = this.#names.intern(offset, length);
    if (entry === this.#strings.length) this.#strings.push(decodeText(this.#reader.bytes, offset, length, this.#warnings, 'A span name'));
    return entry;
  }

  /** True when a sentence is worth building; counts it otherwise. */
  #warn(): boolean {
    if (!this.#warnings.open) this.#warnings.addUnnamed();
    return this.#warnings.open;
  }

  #reject(from: number, eventsBefore: number, why: string): void {
    this.#rejected++;
    this.#columns.eventCount = eventsBefore;
    if (this.#warn()) this.#warnings.add(`The span at byte ${from} was rejected: ${why}.`);
  }
}

/** status.code of the Status message just announced: 0 unset, 1 ok, 2 error. */
function statusCode(r: ProtoReader): number {
  const outer = r.enter();
  let code = 0;
  while (r.next()) {
    if (r.field === 3) {
      if (r.expect(Wire.varint)) code = r.varint();
    } else {
      r.skip();
    }
  }
  r.leave(outer);
  return code;
}
