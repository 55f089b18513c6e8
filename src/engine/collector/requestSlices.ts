// A large OTLP/protobuf request as several small ones with the same spans, so that neither decoding nor storing it holds up others.
// Only frames are read. A request whose frames are not as they should be is left whole: the decoder says what is wrong with it.
import { ProtoReader, Wire } from '../../formats/protoReader.ts';
import { requestOfRuns, type WholeRun } from '../store/partBytes.ts';

/** About 10 ms of decoding. */
export const SLICE_BYTES = 2 << 20;
/** ResourceSpans.scope_spans, and what it was before OTLP 0.15. */
const SCOPE_SPANS = 2;
const LIBRARY_SPANS = 1000;

const NOTHING = new Uint8Array(0);

/** The request itself where it is small or not readable. */
export function sliceRequest(bytes: Uint8Array, sliceBytes = SLICE_BYTES): readonly Uint8Array[] {
  if (bytes.length <= sliceBytes) return [bytes];
  const reader = new ProtoReader(bytes);
  const runs: WholeRun[] = [];
  while (reader.next()) {
    if (reader.field !== 1) reader.skip();
    else if (reader.expect(Wire.bytes)) resourceSpans(reader, sliceBytes, runs);
  }
  if (reader.problem !== '' || runs.length === 0) return [bytes];
  return slicesOf(runs, sliceBytes);
}

/** Whole messages of runs, each up to about so many bytes. */
function slicesOf(runs: readonly WholeRun[], sliceBytes: number): Uint8Array[] {
  const slices: Uint8Array[] = [];
  let pending: WholeRun[] = [];
  let size = 0;
  for (const run of runs) {
    if (size > 0 && size + run.spans.length > sliceBytes) {
      slices.push(requestOfRuns(pending));
      pending = [];
      size = 0;
    }
    pending.push(run);
    size += run.spans.length;
  }
  slices.push(requestOfRuns(pending));
  return slices;
}

function resourceSpans(r: ProtoReader, sliceBytes: number, runs: WholeRun[]): void {
  const outer = r.enter();
  const found: Omit<WholeRun, 'resource'>[] = [];
  let resource: Uint8Array = NOTHING;
  while (r.next()) {
    if (r.field === 1 && r.expect(Wire.bytes)) resource = body(r);
    else if ((r.field === SCOPE_SPANS || r.field === LIBRARY_SPANS) && r.expect(Wire.bytes)) scopeSpans(r, sliceBytes, found);
    else if (r.problem === '') r.skip();
  }
  r.leave(outer);
  for (const run of found) runs.push({ resource, ...run });
}

/** Stretches of tagged spans without other fields between, no longer than a slice. */
function scopeSpans(r: ProtoReader, sliceBytes: number, found: Omit<WholeRun, 'resource'>[]): void {
  const outer = r.enter();
  const stretches: Uint8Array[] = [];
  let scope: Uint8Array = NOTHING;
  let from = r.pos;
  let to = r.pos;
  const cut = (): void => {
    if (to > from) stretches.push(r.bytes.subarray(from, to));
  };
  for (let at = r.pos; r.next(); at = r.pos) {
    if (r.field === 2 && r.expect(Wire.bytes)) {
      if (at !== to || to - from >= sliceBytes) {
        cut();
        from = at;
      }
      body(r);
      to = r.pos;
    } else if (r.field === 1 && r.expect(Wire.bytes)) {
      scope = body(r);
    } else if (r.problem === '') {
      r.skip();
    }
  }
  cut();
  r.leave(outer);
  for (const spans of stretches) found.push({ scope, spans });
}

function body(r: ProtoReader): Uint8Array {
  const length = r.length();
  const at = r.take(length);
  return at < 0 ? NOTHING : r.bytes.subarray(at, at + length);
}
