// X-Ray's segment documents → SpanBatch: documents as they are, lists of them, and what the API puts around them (BatchGetTraces,
// ListRetrievedTraces, PutTraceSegments: documents as JSON in strings). Owns nesting, ids, what arrives in several versions, and segments
// that X-Ray made up; what a document's fields mean is xrayFields.ts. Knows no HTTP.
// From awsdocs/aws-xray-developer-guide segmentdocuments.md and the vendor's API model 2016-04-12.
import { padHex } from '../model/ids.ts';
import type { Attribute } from '../model/attributes.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { FormatError } from './formatError.ts';
import { isObject, items, type JsonObject, text } from './jsonFields.ts';
import { parseWithIntegers } from './jsonText.ts';
import { ResourceKeys } from './resourceKey.ts';
import { SpanGroups } from './spanGroups.ts';
import { WarningList } from './warningList.ts';
import { exceptionsOf, resourceOf, spanOf } from './xrayFields.ts';
import { hexOfXrayId, isXrayId } from './xrayIds.ts';

/** A parsed document. Throws FormatError when it is none of X-Ray's. */
export function decodeXraySegments(document: unknown): SpanBatch {
  const converter = new XrayConverter();
  converter.add(document);
  return converter.finish();
}

const isSegment = (value: unknown): value is JsonObject => isObject(value) && typeof value['id'] === 'string' && typeof value['name'] === 'string' && 'start_time' in value;
/** The line the SDKs send before each document to the daemon. */
const isDaemonHeader = (value: unknown): boolean => isObject(value) && value['format'] === 'json' && typeof value['version'] === 'number' && Object.keys(value).length === 2;
const isTrace = (value: unknown): value is JsonObject => isObject(value) && (Array.isArray(value['Segments']) || Array.isArray(value['Spans']));
const isAnswer = (value: unknown): value is JsonObject =>
  isObject(value) && (Array.isArray(value['TraceSegmentDocuments']) || (Array.isArray(value['Traces']) && (value['Traces'].some(isTrace) || 'UnprocessedTraceIds' in value || 'RetrievalStatus' in value)));

export const isXrayDocument = (document: unknown): boolean => isSegment(document) || isTrace(document) || isAnswer(document) || isDaemonHeader(document) || (Array.isArray(document) && document.some((one) => isSegment(one) || isTrace(one)));

/** A whole document: its service and SDK are those of all its pieces. */
interface Whole {
  readonly document: JsonObject;
  /** Made when the first of its pieces is written. */
  resource: { readonly key: string; readonly attributes: readonly Attribute[] } | undefined;
}

interface Piece {
  readonly segment: JsonObject;
  readonly traceId: string;
  readonly spanId: string;
  /** "" where only the parent's document may know it. */
  readonly parentId: string;
  /** What it stands in. */
  readonly whole: Whole;
  readonly nested: boolean;
  /** Versions of the same segment that came after it. */
  later: Piece[] | undefined;
}

const NO_SCOPE = { name: '', version: '' };

/** Takes any number of documents and gives one batch: versions of a segment may be spread over them. */
export class XrayConverter {
  readonly #warnings = new WarningList();
  readonly #nativeIds = new Map<string, string>();
  /** In the order in which they came, and by trace and span id. */
  readonly #pieces: Piece[] = [];
  readonly #byId = new Map<string, Map<string, Piece>>();
  #latest = { native: '', traceId: '' };
  #rejected = 0;

  add(document: unknown, where = ''): void {
    if (!isXrayDocument(document)) throw new FormatError(`${where}not X-Ray: segment documents ("id", "name", "start_time") or an answer of its API ("Traces" with "Segments") were expected.`, 0);
    for (const one of Array.isArray(document) ? (document as readonly unknown[]) : [document]) this.#addOne(one, where);
  }

  finish(): SpanBatch {
    const groups = new SpanGroups();
    const kept = this.#pieces.flatMap(complete);
    // Only documents of subsegments ask whose they are.
    const services = kept.some(isLooseSubsegment) ? new Map(kept.map((piece) => [`${piece.traceId} ${piece.spanId}`, text(piece.whole.document['name'])])) : undefined;
    const exceptions = exceptionsOf(kept.map(({ segment }) => segment));
    const invented = new Inferred(kept);
    const resourceKeys = new ResourceKeys();
    for (const piece of kept) {
      if (invented.isMerged(piece)) continue;
      const { whole, segment, traceId, spanId, parentId, nested } = piece;
      const { document } = whole;
      if (whole.resource === undefined) {
        const service = isLooseSubsegment(piece) ? (services?.get(`${traceId} ${parentId}`) ?? '') : text(document['name']);
        const attributes = resourceOf(document, service);
        whole.resource = { key: resourceKeys.of(service, attributes), attributes };
      }
      const { key, attributes } = whole.resource;
      groups.add(key, () => attributes, NO_SCOPE, spanOf({ segment, document, traceId, spanId, parentId, nested, inferredService: invented.serviceOf(piece), exceptions }));
    }
    return groups.finish(this.#rejected, this.#warnings, this.#nativeIds);
  }

  #addOne(one: unknown, where: string): void {
    if (isDaemonHeader(one)) return;
    if (isSegment(one)) return this.#document(one, '', where);
    if (isTrace(one)) return this.#trace(one, where);
    if (!isAnswer(one)) return this.#reject(where, 'it is no segment document');
    items(one['Traces']).forEach((trace, k) => (isTrace(trace) ? this.#trace(trace, `${where}Traces[${k}] `) : this.#reject(`${where}Traces[${k}] `, 'it is no trace')));
    items(one['TraceSegmentDocuments']).forEach((json, k) => this.#json(json, '', `${where}TraceSegmentDocuments[${k}] `));
    const unread = items(one['UnprocessedTraceIds']).map(text);
    if (unread.length > 0) this.#warnings.add(`${where}X-Ray did not answer ${unread.length} of the traces it was asked for: ${unread.slice(0, 5).join(', ')}.`);
  }

  #trace(trace: JsonObject, where: string): void {
    if (trace['LimitExceeded'] === true) this.#warnings.add(`${where}X-Ray says that this trace is over its size limit: spans are missing.`);
    [...items(trace['Segments']), ...items(trace['Spans'])].forEach((entry, k) => this.#json(isObject(entry) ? entry['Document'] : undefined, text(trace['Id']), `${where}document ${k} `));
  }

  #json(json: unknown, traceId: string, where: string): void {
    let document: unknown;
    try {
      document = parseWithIntegers(text(json));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return this.#reject(where, error.message.replace(/\.$/, ''));
    }
    if (isSegment(document)) this.#document(document, traceId, where);
    else this.#reject(where, 'it is no segment document');
  }

  /** A segment and everything nested in it, without recursion. */
  #document(document: JsonObject, outerTraceId: string, where: string): void {
    const traceId = this.#traceId(document, text(document['trace_id']) || outerTraceId, where);
    const whole: Whole = { document, resource: undefined };
    const open: { readonly segment: unknown; readonly parentId: string; readonly nested: boolean }[] = [{ segment: document, parentId: padHex(text(document['parent_id']), 16) ?? '', nested: false }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { segment, parentId, nested } = next;
      const spanId = isObject(segment) ? padHex(text(segment['id']), 16) : undefined;
      if (!isObject(segment) || spanId === undefined) {
        this.#reject(where, 'it has no valid id (up to 16 hex digits, not all zero)');
        continue;
      }
      this.#add({ segment, traceId, spanId, parentId, whole, nested, later: undefined });
      const inner = items(segment['subsegments']);
      for (let k = inner.length - 1; k >= 0; k--) open.push({ segment: inner[k], parentId: spanId, nested: true });
    }
  }

  #traceId(document: JsonObject, native: string, where: string): string {
    // All documents of a trace say the same.
    if (native === this.#latest.native && native !== '') return this.#latest.traceId;
    const traceId = hexOfXrayId(native) ?? '';
    if (traceId === '') {
      this.#warnings.add(`${where}${JSON.stringify(text(document['name']).slice(0, 60))} has no valid trace_id.`);
      return '';
    }
    if (isXrayId(native)) this.#nativeIds.set(traceId, native);
    this.#latest = { native, traceId };
    return traceId;
  }

  #add(piece: Piece): void {
    let known = this.#byId.get(piece.traceId);
    if (known === undefined) this.#byId.set(piece.traceId, (known = new Map()));
    const first = known.get(piece.spanId);
    if (first === undefined) {
      known.set(piece.spanId, piece);
      this.#pieces.push(piece);
    } else (first.later ??= []).push(piece);
  }

  #reject(where: string, why: string): void {
    this.#rejected++;
    this.#warnings.add(`${where}a segment was rejected: ${why}.`);
  }
}

const isLooseSubsegment = ({ whole }: Piece): boolean => whole.document['type'] === 'subsegment';

/** Of the versions of one segment: what it was in the end, or else what was heard of it last. */
function complete(first: Piece): Piece | readonly Piece[] {
  if (first.later === undefined) return first;
  const versions = [first, ...first.later];
  const ended = versions.filter(({ segment }) => segment['in_progress'] !== true && 'end_time' in segment);
  return ended.length > 0 ? ended : [versions.at(-1)!];
}

/** Segments that X-Ray made up for services without any of their own, from the subsegment that called them: the same call again. */
class Inferred {
  readonly #services = new Map<string, string>();
  readonly #merged: ReadonlySet<Piece>;

  constructor(pieces: readonly Piece[]) {
    if (!pieces.some(({ segment }) => segment['inferred'] === true)) {
      this.#merged = new Set();
      return;
    }
    const ids = new Set(pieces.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
    const parents = new Set(pieces.map(({ traceId, parentId }) => `${traceId} ${parentId}`));
    const merged = pieces.filter(({ segment, traceId, spanId, parentId }) => segment['inferred'] === true && ids.has(`${traceId} ${parentId}`) && !parents.has(`${traceId} ${spanId}`));
    for (const { segment, traceId, parentId } of merged) this.#services.set(`${traceId} ${parentId}`, text(segment['name']));
    this.#merged = new Set(merged);
  }

  isMerged(piece: Piece): boolean {
    return this.#merged.has(piece);
  }

  serviceOf({ traceId, spanId }: Piece): string | undefined {
    return this.#services.size === 0 ? undefined : this.#services.get(`${traceId} ${spanId}`);
  }
}
