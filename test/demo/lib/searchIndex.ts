// The traced client of the vector index: what a vector database's instrumentation would record.
import { SpanKind } from '@opentelemetry/api';
import { inSpan } from './http.ts';
import { pause } from './pace.ts';
import type { Hit, SearchOptions, VectorIndex } from './vectorIndex.ts';

export function searchIndex(index: VectorIndex, query: Float32Array, options: SearchOptions): Promise<Hit[]> {
  const attributes = {
    'db.system.name': 'demo.vectors',
    'db.operation.name': 'search',
    'db.collection.name': 'support-kb',
    'gen_ai.operation.name': 'retrieval',
    'gen_ai.data_source.id': 'support-kb',
    'gen_ai.retrieval.top_k': 20,
    'retrieval.filter': JSON.stringify(options.filter),
  };
  return inSpan('retrieve', attributes, async (span) => {
    const hits = index.search(query, options);
    await pause(30 + hits.length * 0.4);
    span.setAttribute('db.response.returned_rows', hits.length);
    span.setAttribute('retrieval.documents', hits.length);
    span.setAttribute('retrieval.best_score', Number((hits[0]?.score ?? 0).toFixed(3)));
    return hits;
  }, SpanKind.CLIENT);
}
