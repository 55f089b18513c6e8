// Spans that X-Ray retrieves in the format OTEL → SpanBatch: each document is one span as Transaction Search keeps it in its log group, a JSON object
// with OTLP's names, attributes as a map, resource and scope inside. Owns the documents' wrapping; the spans are formats/otlpJson.ts's.
// The service model (xray 2016-04-12, ListRetrievedTraces) says "span document" and no more; the shape is that of aws/spans, as programs read it that
// take spans out of there (dev7a/serverless-otlp-forwarder).
import type { SpanBatch } from '../model/spanBatch.ts';
import { FormatError } from './formatError.ts';
import { isObject, items, type JsonObject, text } from './jsonFields.ts';
import { parseJson } from './jsonText.ts';
import { OtlpJsonConverter } from './otlpJson.ts';
import { WarningList } from './warningList.ts';
import { hexOfXrayId, isXrayId } from './xrayIds.ts';

/** Answers of ListRetrievedTraces. Never throws: what cannot be read is rejected and counted. */
export function decodeOtelDocuments(answers: readonly JsonObject[]): SpanBatch {
  const converter = new OtlpJsonConverter();
  const refused = new WarningList();
  let rejected = 0;
  answers.flatMap((answer) => items(answer['Traces']).filter(isObject)).forEach((trace, t) => {
    items(trace['Spans']).forEach((span, k) => {
      const where = `Traces[${t}].Spans[${k}]: `;
      try {
        converter.add(spanIn(isObject(span) ? text(span['Document']) : ''), where);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        rejected++;
        refused.add(error.message.startsWith(where) ? error.message : `${where}${error.message}`);
      }
    });
  });
  const batch = converter.finish();
  return { ...batch, rejected: batch.rejected + rejected, warnings: [...batch.warnings, ...refused.sentences] };
}

/** Ids may be X-Ray's own. */
function spanIn(json: string): unknown {
  const document = parseJson(json);
  const id = isObject(document) ? text(document['traceId']) : '';
  return isXrayId(id) ? { ...(document as JsonObject), traceId: hexOfXrayId(id) } : document;
}
