// Traces the tests look at.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeOtlpJson } from '../../src/formats/otlpJson.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import type { WhyReport, WireSourceAnswer } from '../../src/protocol/messages.ts';
import { generateTraces, type GeneratorOptions } from '../support/traceGenerator.ts';
import type { OpenOptions } from './harness.ts';

const FIXTURE = path.resolve(import.meta.dirname, 'support-chat.otlp.json');

/** The support chat of design/: 14 spans, 4 services, one error, one orphan, a link, a queue hop. */
export function supportChat(): readonly SpanBatch[] {
  return [decodeOtlpJson(JSON.parse(readFileSync(FIXTURE, 'utf8')))];
}

export const generated = (options: GeneratorOptions): readonly SpanBatch[] => [decodeOtlpProto(generateTraces(options))];

export const RETRIEVAL = 'a1b2c3d4e5f60008';
const CHAT = 'a1b2c3d4e5f6000a';

/** What the comparison would say of the slow support chat. */
function whySlow(rowOfSpan: (spanId: string) => number): WhyReport {
  const retrieval = { spanId: RETRIEVAL, row: rowOfSpan(RETRIEVAL), service: 'orchestrator', name: 'retrieval product-kb' };
  const chat = { spanId: CHAT, row: rowOfSpan(CHAT), service: 'orchestrator', name: 'chat gpt-5-mini' };
  return {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    cohort: 200,
    durationNs: '8412337000',
    medianNs: '1210000000',
    findings: [
      { ...retrieval, deltaNs: '313000000', attribute: 'db.response.returned_rows', value: '500', usual: '18–20' },
      { ...retrieval, deltaNs: '313000000', attribute: 'retrieval.filter', value: '{}', usual: '{"product":"zx-9"}' },
      { ...chat, deltaNs: '6400000000', attribute: 'gen_ai.usage.input_tokens', value: '48711', usual: '2310' },
    ],
  };
}

const retrieverLine: WireSourceAnswer = {
  preview: {
    confidence: 'certain',
    label: 'src/retriever.ts:58',
    reason: 'mapped from /app',
    candidates: 1,
    firstLine: 57,
    line: 58,
    lines: ['  const hits = await index.search(vector, {', '    limit: MAX, filter: {},', '  });'],
  },
};

/** Everything the picture in design/ shows. */
export function pictured(): OpenOptions {
  return {
    batches: supportChat(),
    why: whySlow,
    source: () => retrieverLine,
    code: (row) => (row === 13 ? 'none' : row % 5 === 4 ? 'medium' : 'certain'),
  };
}
