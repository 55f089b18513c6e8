// JSON bytes → batches: every document of a file goes to the converter of its kind; what is broken, foreign or of another signal
// is named or counted and left out. Must not know compression or framing.
import { isUtf8 } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SpanBatch } from '../model/spanBatch.ts';
import { DOCUMENT_KINDS, type DocumentConverter, type DocumentKind, jsonFormats, otherSignalOf } from './documentKinds.ts';
import { isBulkAction } from './elasticHits.ts';
import { FormatError } from './formatError.ts';
import { type JsonPiece, jsonPieces, newlines } from './jsonDocuments.ts';
import { jsonFault } from './jsonFault.ts';
import { hasTelltaleNumber, JsonTextError, parseProgramJson, withWordsQuoted } from './jsonText.ts';
import { splitLargeDocument } from './largeDocument.ts';
import type { WarningList } from './warningList.ts';
import { wholePart } from './wholePart.ts';

/** Bytes of documents that go into one batch. */
const BATCH_BYTES = 32 * 1024 * 1024;
/** V8 cannot hold strings of 2^29 characters. */
const MAX_DOCUMENT_BYTES = 500_000_000;
/** Bytes after which other work of this thread gets its turn. */
const TURN_BYTES = 4 * 1024 * 1024;

/** The end of the text, or a number or word cut in two there: no fault of its own. */
const CUT_LITERAL = /^[\w.+-]{0,31}$/;

const KEPT = '; the spans before that were kept.';

const EXPECTED = `${jsonFormats('or')} was expected`;

export class TraceDocuments {
  readonly #warnings: WarningList;
  readonly #maxDocumentBytes: number;
  readonly #open = new Map<DocumentKind, DocumentConverter>();
  readonly #batches: SpanBatch[] = [];
  readonly #formats = new Set<string>();
  readonly #otherSignals = new Map<string, number>();
  #bytesInBatch = 0;
  #read = 0;
  #unread = 0;
  #firstFault: FormatError | undefined;

  constructor(warnings: WarningList, maxDocumentBytes = MAX_DOCUMENT_BYTES) {
    this.#warnings = warnings;
    this.#maxDocumentBytes = maxDocumentBytes;
  }

  /** Was there any document yet, readable or not. */
  get used(): boolean {
    return this.#read + this.#unread + this.#otherSignals.size > 0;
  }

  /** Reads every document of `bytes`. `where` begins the place of each. */
  async addBytes(bytes: Uint8Array, where = ''): Promise<void> {
    let sinceTurn = 0;
    for (const piece of jsonPieces(bytes)) {
      const place = `${where}line ${piece.line}: `;
      if (piece.end - piece.start <= this.#maxDocumentBytes) {
        if (piece.state === 'cut') this.#cutOff(bytes, where, piece);
        else this.#addDocument(bytes.subarray(piece.start, piece.end), where, piece);
      } else {
        const readBefore = this.#read;
        for (const part of splitLargeDocument(bytes.subarray(piece.start, piece.end), this.#maxDocumentBytes)) {
          if (part === undefined) this.#fault(new FormatError(`${place}a single JSON record is larger than the ${Math.floor(this.#maxDocumentBytes / 1e6)} MB that can be read at once.`, piece.start));
          else this.#addDocument(part, where, piece);
          await nextTurn();
        }
        if (piece.state === 'cut') this.#endsInside(bytes, where, piece, this.#read > readBefore);
      }
      sinceTurn += piece.end - piece.start;
      if (sinceTurn > TURN_BYTES) {
        sinceTurn = 0;
        await nextTurn();
      }
    }
  }

  /** What was read. Throws the first fault when nothing was. */
  finish(): { batches: SpanBatch[]; format: string } {
    for (const [signal, count] of this.#otherSignals) this.#warnings.add(`${count} ${count === 1 ? 'document' : 'documents'} of ${signal} skipped: only traces are read.`);
    if (this.#read === 0) {
      if (this.#firstFault !== undefined) throw this.#firstFault;
      if (this.#otherSignals.size > 0) throw new FormatError(`no traces in it, only ${[...this.#otherSignals.keys()].join(' and ')}; ${EXPECTED}.`, 0);
      throw new FormatError(`it is empty; ${EXPECTED}.`, 0);
    }
    this.#flush(true);
    return { batches: this.#batches, format: [...this.#formats].join(' + ') };
  }

  /** The last document does not end; perhaps because it is broken further up. */
  #cutOff(bytes: Uint8Array, where: string, piece: JsonPiece): void {
    const json = withWordsQuoted(textOf(bytes.subarray(piece.start, piece.end)));
    const { offset } = jsonFault(json);
    if (CUT_LITERAL.test(json.slice(offset, offset + 32))) this.#endsInside(bytes, where, piece, this.#addWholePart(json, offset, where, piece));
    else this.#addDocument(bytes.subarray(piece.start, piece.end), where, piece);
  }

  #endsInside(bytes: Uint8Array, where: string, piece: JsonPiece, kept: boolean): void {
    const line = piece.line + newlines(bytes, piece.start, piece.end);
    const rest = kept ? KEPT : '; its closing bracket was expected.';
    this.#fault(new FormatError(`${where}line ${line} (byte ${piece.end}): the data ends inside the JSON document that begins at line ${piece.line}${rest}`, piece.end));
  }

  #addDocument(bytes: Uint8Array, where: string, piece: JsonPiece): void {
    const json = textOf(bytes);
    let document: unknown;
    try {
      document = parseDocument(json);
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
      const column = error.column + (error.line === 1 ? piece.column - 1 : 0);
      const quoted = withWordsQuoted(json);
      const fault = this.#addWholePart(quoted, jsonFault(quoted).offset, where, piece) ? error.fault.replace(/\.$/, KEPT) : error.fault;
      this.#fault(new FormatError(`${where}line ${piece.line + error.line - 1}, column ${column}: not valid JSON: ${fault}`, piece.start + error.offset));
      return;
    }
    if (json.includes('\uFFFD') && !isUtf8(bytes)) this.#warnings.add(`${where}line ${piece.line}: not valid UTF-8; what could not be read is shown as \uFFFD.`);
    this.#bytesInBatch += bytes.length;
    this.#addValue(document, where, piece);
    if (this.#bytesInBatch > BATCH_BYTES) this.#flush(false);
  }

  /** The spans before the fault of a document that is no JSON, its words quoted. False: there are none. */
  #addWholePart(json: string, fault: number, where: string, piece: JsonPiece): boolean {
    const whole = wholePart(json, fault);
    const document = whole === undefined ? undefined : parseDocument(whole);
    if (!documentsIn(document).some((one) => kindOf(one) !== undefined)) return false;
    this.#bytesInBatch += json.length;
    this.#addValue(document, where, piece);
    return true;
  }

  #addValue(value: unknown, where: string, piece: JsonPiece): void {
    for (const document of documentsIn(value)) this.#addParsed(document, `${where}line ${piece.line}: `, piece.start);
  }

  #addParsed(document: unknown, place: string, offset: number): void {
    // Says where the document of the next line belongs.
    if (isBulkAction(document)) return;
    const kind = kindOf(document);
    if (kind === undefined) {
      const signal = otherSignalOf(document);
      if (signal === undefined) this.#fault(new FormatError(`${place}this JSON holds no traces; ${EXPECTED}.`, offset));
      else this.#otherSignals.set(signal, (this.#otherSignals.get(signal) ?? 0) + 1);
      return;
    }
    let converter = this.#open.get(kind);
    if (converter === undefined) this.#open.set(kind, (converter = kind.converter()));
    try {
      converter.add(document, place);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#fault(error);
      return;
    }
    this.#formats.add(kind.format);
    this.#read++;
  }

  #fault(fault: FormatError): void {
    this.#unread++;
    this.#firstFault ??= fault;
    this.#warnings.add(fault.message);
  }

  #flush(all: boolean): void {
    for (const [kind, converter] of this.#open) {
      if (!all && !kind.separable) continue;
      this.#batches.push(converter.finish());
      this.#open.delete(kind);
    }
    this.#bytesInBatch = 0;
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

const kindOf = (document: unknown): DocumentKind | undefined => DOCUMENT_KINDS.find((known) => known.matches(document));

/** Throws JsonTextError. */
function parseDocument(json: string): unknown {
  const document = parseProgramJson(json);
  return kindOf(document)?.untyped === true && hasTelltaleNumber(json) ? parseProgramJson(json, BigInt) : document;
}

/** Some tools save several answers as a JSON list of whole documents. */
function documentsIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) && value.length > 0 && kindOf(value) === undefined && kindOf(value[0]) !== undefined ? value : [value];
}
