// Zipkin v2 JSON → SpanBatch: [span…] or [[span…]…] (zipkin-api zipkin2-api.yaml, backends.md §2). Owns Zipkin's words: tags,
// annotations, endpoints, mixed id lengths; how pieces of one span belong together is zipkinPieces.ts. Knows no HTTP.
import type { Attribute } from '../model/attributes.ts';
import { padHex } from '../model/ids.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { FormatError } from './formatError.ts';
import { endAfter, type Exactness, isObject, isTooLate, items, type JsonObject, LATEST_UNIX_NANO, microseconds, text, TOO_LATE } from './jsonFields.ts';
import { kindNamed, otelParts } from './otelTags.ts';
import { SpanGroups } from './spanGroups.ts';
import { WarningList } from './warningList.ts';
import { eventOf, linksOf } from './zipkinOtel.ts';
import { joinPieces, type ZipkinEndpoint, type ZipkinHalf, type ZipkinPiece } from './zipkinPieces.ts';

/** A parsed document. Throws FormatError when it is not Zipkin's JSON at all. */
export function decodeZipkinJson(document: unknown): SpanBatch {
  const converter = new ZipkinConverter();
  converter.add(document);
  return converter.finish();
}

/** The spans of a document, flat; undefined when it has none of Zipkin's shapes. */
export function zipkinSpansOf(document: unknown): readonly unknown[] | undefined {
  if (isSpan(document)) return [document];
  if (!Array.isArray(document)) return undefined;
  const flat: readonly unknown[] = document.flat();
  return flat.length === 0 || flat.some(isSpan) ? flat : undefined;
}

const isSpan = (value: unknown): boolean => isObject(value) && 'traceId' in value && 'id' in value;

/** Takes any number of documents and gives one batch: the pieces of a span may be spread over them. */
export class ZipkinConverter {
  readonly #warnings = new WarningList();
  readonly #exactness: Exactness = { rounded: false };
  /** Pieces by trace id as given (padded). */
  readonly #traces = new Map<string, ZipkinPiece[]>();
  readonly #nativeIds = new Map<string, string>();
  #rejected = 0;

  add(document: unknown, where = ''): void {
    const spans = zipkinSpansOf(document);
    if (spans === undefined) throw new FormatError(`${where}not Zipkin v2 JSON: a list of spans that have "traceId" and "id" was expected.`, 0);
    for (let k = 0; k < spans.length; k++) {
      const span = spans[k];
      const problem = isObject(span) ? this.#piece(span, where, k) : 'it is not an object';
      if (problem === undefined) continue;
      this.#rejected++;
      this.#warnings.add(`${where}span ${k} was rejected: ${problem}.`);
    }
  }

  finish(): SpanBatch {
    const groups = new SpanGroups();
    for (const [traceId, pieces] of this.#byLongestId()) {
      const halves = joinPieces(pieces);
      const placed = this.#place(halves);
      for (let k = 0; k < halves.length; k++) this.#write(groups, traceId, halves[k]!, placed === undefined ? halves[k]!.piece.timestamp : placed[k]);
    }
    return groups.finish(this.#rejected, this.#warnings, this.#nativeIds);
  }

  #piece(span: JsonObject, where: string, k: number): string | undefined {
    const id = padHex(text(span['id']), 16);
    if (id === undefined) return 'no valid id (up to 16 hex digits, not all zero)';
    const native = text(span['traceId']);
    const traceId = padHex(native, 32) ?? '';
    if (traceId === '') this.#warnings.add(`${where}span ${k}: its traceId is not hex of up to 32 digits and was not used.`);
    else if (native.length !== 32) this.#nativeIds.set(traceId, native);
    const parentId = padHex(text(span['parentId']), 16) ?? '';
    const piece: ZipkinPiece = {
      id,
      parentId: parentId === id ? '' : parentId,
      kind: text(span['kind']).toUpperCase(),
      shared: span['shared'] === true,
      name: text(span['name']),
      timestamp: this.#timestamp(span['timestamp'], where, k),
      duration: microseconds(span['duration'], this.#exactness),
      local: endpoint(span['localEndpoint']),
      remote: endpoint(span['remoteEndpoint']),
      annotations: this.#annotations(span['annotations']),
      tags: isObject(span['tags']) ? span['tags'] : NO_TAGS,
      debug: span['debug'] === true,
    };
    const pieces = this.#traces.get(traceId);
    if (pieces === undefined) this.#traces.set(traceId, [piece]);
    else pieces.push(piece);
    return undefined;
  }

  #annotations(value: unknown): ZipkinPiece['annotations'] {
    if (!Array.isArray(value) || value.length === 0) return NO_ANNOTATIONS;
    return items(value).filter(isObject).map((a) => ({ timestamp: microseconds(a['timestamp'], this.#exactness) ?? 0n, value: text(a['value']) }));
  }

  /** Zipkin writes "unknown" as 0 or leaves it out. */
  #timestamp(value: unknown, where: string, k: number): bigint | undefined {
    if (isTooLate(value, 1000n)) {
      this.#warnings.add(`${where}span ${k}: its timestamp ${TOO_LATE}.`);
      return LATEST_UNIX_NANO;
    }
    const ns = microseconds(value, this.#exactness);
    return ns === 0n ? undefined : ns;
  }

  /** Some services of one trace report 64 bits of its id, others 128: the longer one is the trace's, where only one fits. */
  #byLongestId(): Map<string, ZipkinPiece[]> {
    const long = new Map<string, string | undefined>();
    for (const id of this.#traces.keys()) {
      if (id === '' || id.startsWith('0'.repeat(16))) continue;
      const low = id.slice(16);
      long.set(low, long.has(low) ? undefined : id);
    }
    const traces = new Map<string, ZipkinPiece[]>();
    for (const [id, pieces] of this.#traces) {
      const longer = id.startsWith('0'.repeat(16)) ? long.get(id.slice(16)) : undefined;
      if (longer !== undefined) this.#nativeIds.delete(id);
      const key = longer ?? id;
      const known = traces.get(key);
      traces.set(key, known === undefined ? pieces : [...known, ...pieces]);
    }
    return traces;
  }

  /** Where spans without a timestamp are put: at their first annotation, else at their parent's start. undefined: all have one. */
  #place(halves: readonly ZipkinHalf[]): (bigint | undefined)[] | undefined {
    if (halves.every(({ piece }) => piece.timestamp !== undefined)) return undefined;
    const starts = new Map<string, bigint>();
    const placed = halves.map(({ piece }) => piece.timestamp ?? piece.annotations.find((a) => a.timestamp > 0n)?.timestamp);
    halves.forEach((half, k) => {
      if (placed[k] !== undefined) starts.set(half.spanId, placed[k]);
    });
    let missing = 0;
    halves.forEach((half, k) => {
      if (half.piece.timestamp !== undefined) return;
      missing++;
      placed[k] ??= starts.get(half.parentSpanId);
    });
    if (missing > 0) this.#warnings.add(`${missing} of ${halves.length} spans of a trace came without a timestamp; they are placed at their first annotation or their parent's start.`);
    return placed;
  }

  #write(groups: SpanGroups, traceId: string, half: ZipkinHalf, placed: bigint | undefined): void {
    const { piece } = half;
    const error = Object.hasOwn(piece.tags, 'error') ? text(piece.tags['error']) : undefined;
    const because = error === undefined || error === 'true' ? '' : error;
    const { links, tags } = linksOf(attributesOf(piece));
    const otel = otelParts(tags, error !== undefined && error !== 'false', because);
    const service = piece.local?.serviceName ?? '';
    const start = placed ?? 0n;
    const span = {
      traceId,
      spanId: half.spanId,
      parentSpanId: half.parentSpanId,
      traceState: otel.traceState,
      name: piece.name,
      kind: piece.kind === '' ? 1 : kindNamed(piece.kind),
      startUnixNano: start,
      endUnixNano: piece.duration === undefined || placed === undefined ? 0n : endAfter(start, piece.duration),
      statusCode: otel.statusCode,
      statusMessage: otel.statusMessage,
      attributes: otel.attributes,
      droppedAttributes: otel.dropped.droppedAttributes,
      droppedEvents: otel.dropped.droppedEvents,
      droppedLinks: otel.dropped.droppedLinks,
      events: piece.annotations.length === 0 ? undefined : piece.annotations.map(eventOf),
      links,
    };
    // Once for every piece, so that pieces are counted as what was given: equal spans collapse when the trace is built.
    for (let k = 0; k < half.pieces; k++) groups.add(service, () => (service === '' ? [] : [{ key: 'service.name', value: service }]), { name: otel.scopeName, version: otel.scopeVersion }, span);
  }
}

const NO_TAGS: JsonObject = {};
const NO_ANNOTATIONS: ZipkinPiece['annotations'] = [];

function endpoint(value: unknown): ZipkinEndpoint | undefined {
  if (!isObject(value)) return undefined;
  const port = value['port'] === undefined ? 0 : Number(value['port']);
  const found = { serviceName: text(value['serviceName']), ipv4: text(value['ipv4']), ipv6: text(value['ipv6']), port: Number.isInteger(port) ? port : 0 };
  return found.serviceName || found.ipv4 || found.ipv6 || found.port ? found : undefined;
}

/** Tags as they are, and the endpoints under their OpenTelemetry names where no tag says them. */
function attributesOf({ tags, local, remote, debug }: ZipkinPiece): readonly Attribute[] {
  const attributes: Attribute[] = [];
  for (const key of Object.keys(tags)) attributes.push({ key, value: text(tags[key]) });
  const add = (key: string, value: string | number): void => {
    if (value && !Object.hasOwn(tags, key)) attributes.push({ key, value: typeof value === 'number' ? BigInt(value) : value });
  };
  if (local !== undefined) {
    add('network.local.address', local.ipv4 || local.ipv6);
    add('network.local.port', local.port);
  }
  if (remote !== undefined) {
    add('peer.service', remote.serviceName);
    add('network.peer.address', remote.ipv4 || remote.ipv6);
    add('network.peer.port', remote.port);
  }
  if (debug) attributes.push({ key: 'zipkin.debug', value: true });
  return attributes;
}
