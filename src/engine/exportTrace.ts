// A trace → one OTLP/JSON document, in slices: every few hundred spans become resource spans of their own and are put in a row.
import { spansToOtlpJson } from '../formats/otlpExport.ts';
import type { SpanDetails } from '../model/spanDetails.ts';
import type { Trace } from '../model/trace.ts';
import { BackendError } from './backends/backend.ts';
import { decodeRow } from './details.ts';
import { SLICE, throwIfAborted } from './slices.ts';

const SPANS_A_SLICE = 256;
/** A string of V8 holds a little more than this many UTF-16 units. */
const MAX_TEXT = 500_000_000;
const HEAD = '{"resourceSpans":[';
const TAIL = ']}';

export async function exportOtlpJson(trace: Trace, signal: AbortSignal): Promise<string> {
  const pieces: string[] = [];
  let length = 0;
  for (let from = 0; from < trace.count; from += SPANS_A_SLICE) {
    const document = spansToOtlpJson(spansOf(trace, from, Math.min(from + SPANS_A_SLICE, trace.count)));
    const piece = document.slice(HEAD.length, document.length - TAIL.length);
    length += piece.length + 1;
    if (length > MAX_TEXT) throw new BackendError('tooLarge', `As JSON this trace is larger than ${MAX_TEXT / 1_000_000} MB, too large for one document (${trace.count} spans).`);
    pieces.push(piece);
    await SLICE.pause();
    throwIfAborted(signal);
  }
  return `${HEAD}${pieces.join(',')}${TAIL}`;
}

function* spansOf(trace: Trace, from: number, to: number): Generator<SpanDetails> {
  for (let row = from; row < to; row++) yield decodeRow(trace, row);
}
