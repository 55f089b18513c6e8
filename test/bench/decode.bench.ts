// OTLP bytes → SpanBatch: 10k and 100k spans of protobuf, bounds checks on, against protobufjs decoding the same bytes in the same run;
// and OTLP/JSON against JSON.parse alone.
import { decodeOtlpJsonText } from '../../src/formats/otlpJson.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { spansToOtlpJson } from '../../src/formats/otlpExport.ts';
import { decodeSpan } from '../../src/formats/spanDecoder.ts';
import { tracesDataType } from '../support/otlpSchema.ts';
import { generateTraces } from '../support/traceGenerator.ts';

export interface DecodeFigures {
  readonly spans: number;
  readonly megabytes: number;
  /** Medians, ms. */
  readonly ours: number;
  readonly protobufjs: number;
}

function median(runs: number, work: () => unknown): number {
  const times: number[] = [];
  for (let run = 0; run < 3; run++) work();
  for (let run = 0; run < runs; run++) {
    globalThis.gc?.();
    const from = performance.now();
    work();
    times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)]!;
}

export function benchDecode(spans: number, runs = 9): DecodeFigures {
  const bytes = generateTraces({ seed: 42, traces: 1, spansPerTrace: spans });
  const peer = tracesDataType();
  const ours = median(runs, () => decodeOtlpProto(bytes));
  const protobufjs = median(runs, () => peer.decode(bytes));
  return { spans, megabytes: bytes.length / 1e6, ours, protobufjs };
}

function printProto(figures: DecodeFigures, targetMs: number | undefined): void {
  const { spans, megabytes, ours, protobufjs } = figures;
  const ratio = protobufjs / ours;
  const verdict = targetMs === undefined ? '' : `   target ≤ ${targetMs} ms, ≥ 8 × ${ours <= targetMs && ratio >= 8 ? '✓' : '✗'}`;
  console.log(
    `decode ${`${spans / 1000}k`.padStart(4)} spans, ${megabytes.toFixed(1).padStart(4)} MB of OTLP/protobuf`.padEnd(58) +
      ` ${ours.toFixed(1).padStart(8)} ms  ${(megabytes / ours * 1000).toFixed(0)} MB/s   protobufjs ${protobufjs.toFixed(0)} ms: ${ratio.toFixed(1)} ×${verdict}`,
  );
}

function benchJson(spans: number, runs = 7): void {
  const batch = decodeOtlpProto(generateTraces({ seed: 42, traces: 1, spansPerTrace: spans }));
  const json = spansToOtlpJson(Array.from({ length: batch.count }, (_, i) => decodeSpan(batch, i)));
  const ours = median(runs, () => decodeOtlpJsonText(json));
  const parse = median(runs, () => JSON.parse(json) as unknown);
  console.log(`decode ${`${spans / 1000}k`.padStart(4)} spans, ${(json.length / 1e6).toFixed(1)} MB of OTLP/JSON`.padEnd(58) + ` ${ours.toFixed(1).padStart(8)} ms   JSON.parse alone ${parse.toFixed(0)} ms: ${(ours / parse).toFixed(2)} × of it`);
}

function benchDetails(spans: number): void {
  const batch = decodeOtlpProto(generateTraces({ seed: 42, traces: 1, spansPerTrace: spans }));
  const ms = median(7, () => {
    for (let i = 0; i < batch.count; i++) decodeSpan(batch, i);
  });
  console.log(`details of one span, attributes decoded`.padEnd(58) + ` ${((ms / spans) * 1000).toFixed(1).padStart(8)} µs`);
}

if (import.meta.main) {
  printProto(benchDecode(10_000), undefined);
  printProto(benchDecode(100_000), 150);
  benchDetails(10_000);
  benchJson(20_000);
}
