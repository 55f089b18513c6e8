// A trace file of any kind we know → batches: what it is is told from its first bytes, never from its name. Unpacks, unframes,
// and reads on behind what is broken. Throws only when nothing of the file was readable.
import type { SpanBatch } from '../model/spanBatch.ts';
import { jsonFormats } from './documentKinds.ts';
import { FormatError } from './formatError.ts';
import { framedMessages, looksFramed } from './framedMessages.ts';
import { inflate, MAX_INFLATED_BYTES, packingOf } from './inflate.ts';
import { readProtoMessages, type PlacedMessage } from './protoDocuments.ts';
import { TraceDocuments } from './traceDocuments.ts';
import { WarningList } from './warningList.ts';

export interface TraceFile {
  readonly batches: SpanBatch[];
  /** For people, as in "gzip, OTLP/JSON". */
  readonly format: string;
  /** Sentences about the file: documents left out, data that broke off. What is odd about spans is in the batches. */
  readonly warnings: string[];
}

export interface FileLimits {
  readonly maxInflatedBytes?: number;
  readonly maxDocumentBytes?: number;
}

interface Content {
  readonly batches: SpanBatch[];
  readonly format: string;
}

interface Sniffer {
  /** `head`: the first 4 kB. */
  readonly matches: (head: Uint8Array, size: number) => boolean;
  readonly read: (bytes: Uint8Array, warnings: WarningList, limits: FileLimits) => Promise<Content> | Content;
}

const HEAD_BYTES = 4096;
/** A message whose length is one byte ends before. */
const ID_LENGTHS_WITHIN = 130;
/** A packed file inside a packed file happens; more layers are crafted. */
const MAX_LAYERS = 4;

const CONTENTS: readonly Sniffer[] = [
  { matches: (head) => utf16Of(head) !== undefined, read: readUtf16 },
  { matches: looksLikeJson, read: readJson },
  { matches: looksFramed, read: readFramed },
  { matches: (head) => head[0] === 0x0a && textOf(head) === undefined, read: readProto },
];

/** Throws FormatError with one sentence that names the file, the place and what was expected. */
export async function readTraceFile(bytes: Uint8Array, fileName: string, limits: FileLimits = {}): Promise<TraceFile> {
  const warnings = new WarningList();
  try {
    const { content, layers } = await unpack(bytes, warnings, limits);
    if (isBlank(content)) throw new FormatError(`it is empty; ${EXPECTED}`, 0);
    const head = content.subarray(0, HEAD_BYTES);
    const sniffer = CONTENTS.find((known) => known.matches(head, content.length));
    if (sniffer === undefined) throw new FormatError(`not a trace file: it begins with ${beginningOf(head)} (at byte 0); ${EXPECTED}`, 0);
    const { batches, format } = await sniffer.read(content, warnings, limits);
    return { batches, format: [...layers, format].join(', '), warnings: [...warnings.sentences] };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`${fileName}: ${error.message}`, error.offset);
  }
}

const EXPECTED = `OTLP/protobuf, ${jsonFormats('or')} was expected, plain or packed with gzip or zstd.`;

async function unpack(bytes: Uint8Array, warnings: WarningList, limits: FileLimits): Promise<{ content: Uint8Array; layers: string[] }> {
  const layers: string[] = [];
  let content = bytes;
  for (let packing = packingOf(content); packing !== undefined; packing = packingOf(content)) {
    if (layers.length === MAX_LAYERS) throw new FormatError(`it is packed more than ${MAX_LAYERS} times over; unpack it first.`, 0);
    const inflated = await inflate(content, packing, limits.maxInflatedBytes);
    if (inflated.brokenOff) warnings.add(`The ${packing} data is cut off or damaged after ${inflated.bytes.length} unpacked bytes; what came before was read.`);
    content = inflated.bytes;
    layers.push(packing);
  }
  return { content, layers };
}

async function readJson(bytes: Uint8Array, warnings: WarningList, limits: FileLimits): Promise<Content> {
  const documents = new TraceDocuments(warnings, limits.maxDocumentBytes);
  await documents.addBytes(withoutBom(bytes));
  return documents.finish();
}

function readUtf16(bytes: Uint8Array, warnings: WarningList, limits: FileLimits): Promise<Content> {
  const half = MAX_INFLATED_BYTES / 2;
  if (bytes.length > half) throw new FormatError(`it is UTF-16 text of more than ${half / 1048576} MB; save it as UTF-8.`, 0);
  return readJson(new TextEncoder().encode(new TextDecoder(utf16Of(bytes)).decode(bytes)), warnings, limits);
}

function readProto(bytes: Uint8Array, warnings: WarningList): Content {
  return { batches: readProtoMessages([{ bytes, place: '' }], warnings), format: 'OTLP/protobuf' };
}

/** Messages are all protobuf or all JSON, as the exporter is configured; a mixture is read all the same. */
async function readFramed(bytes: Uint8Array, warnings: WarningList, limits: FileLimits): Promise<Content> {
  const documents = new TraceDocuments(warnings, limits.maxDocumentBytes);
  const messages: PlacedMessage[] = [];
  const formats = new Set<string>();
  let room = limits.maxInflatedBytes ?? MAX_INFLATED_BYTES;
  let number = 0;
  for (const { start, end, cut } of framedMessages(bytes)) {
    number++;
    const place = `message ${number} (byte ${start}): `;
    let content = bytes.subarray(start, end);
    const packing = packingOf(content);
    if (packing !== undefined) {
      try {
        content = (await inflate(content, packing, room)).bytes;
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        warnings.add(`${place}${error.message}`);
        continue;
      }
      room -= content.length;
      formats.add(`${packing} messages`);
    }
    if (looksLikeJson(content.subarray(0, HEAD_BYTES))) await documents.addBytes(content, place);
    else messages.push({ bytes: content, place, cut });
  }
  const batches = messages.length === 0 ? [] : readProtoMessages(messages, warnings);
  if (messages.length > 0) formats.add('length-prefixed OTLP/protobuf');
  if (documents.used || messages.length === 0) {
    const read = documents.finish();
    batches.push(...read.batches);
    formats.add(`length-prefixed ${read.format}`);
  }
  return { batches, format: [...formats].join(', ') };
}

/** By its mark, or by the zero in each of the first characters. */
function utf16Of(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const zeros = Array.from(head.subarray(0, 8), (byte) => (byte === 0 ? '0' : '1')).join('');
  return zeros === '10101010' ? 'utf-16le' : zeros === '01010101' ? 'utf-16be' : undefined;
}

function withoutBom(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** Begins with a bracket, or is text in which a line does: programs print other things before their traces. */
function looksLikeJson(head: Uint8Array): boolean {
  // A small protobuf message begins with a newline, too, and its length may be a bracket; the lengths of a span's ids are in its first bytes.
  if (head[0] === 10 && head.subarray(1, ID_LENGTHS_WITHIN).some((byte) => byte === 8 || byte === 16)) return false;
  let lineStart = true;
  let text = true;
  for (const byte of withoutBom(head)) {
    if (lineStart && (byte === 0x7b || byte === 0x5b)) return text;
    if (byte < 9 || (byte > 13 && byte < 27) || byte > 0xf7) text = false;
    if (!text) return false;
    lineStart = byte === 10 || (lineStart && byte <= 32);
  }
  return false;
}

const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));

/** undefined where the bytes are no UTF-8, or hold characters that no text has: every protobuf message of spans does. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    // The last character may be cut.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return /[^\P{C}\t\n\r]/u.test(text) ? undefined : text.trim();
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** What somebody knows a file by that is something else: an error page says so itself. */
function beginningOf(head: Uint8Array): string {
  const text = textOf(head);
  if (text === undefined) return `the bytes ${hexOf(head.subarray(0, 4))}`;
  const line = text.split(/[\r\n]/, 1)[0]!;
  return JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line);
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
