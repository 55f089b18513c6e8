// retriever: finds the articles an answer should be based on.
import { inSpan, serve } from '../lib/http.ts';
import { loadKnowledgeBase } from '../lib/knowledgeBase.ts';
import { pause } from '../lib/pace.ts';
import { searchIndex } from '../lib/searchIndex.ts';
import { embed, VectorIndex, type Hit } from '../lib/vectorIndex.ts';
import type { Question } from './preprocessor.ts';

const index = new VectorIndex(loadKnowledgeBase());
const MAX_ARTICLES = 500;

async function findArticles(question: Question, query: Float32Array): Promise<Hit[]> {
  if (question.intent === 'product_lookup') {
    return searchIndex(index, query, { limit: MAX_ARTICLES, filter: {} });
  }
  return searchIndex(index, query, { limit: MAX_ARTICLES, filter: { topic: question.topic! } });
}

serve('retriever', { code: true }, {
  '/retrieve': async (question: Question) => {
    const query = await inSpan('embeddings demo-embed', { 'gen_ai.operation.name': 'embeddings', 'gen_ai.request.model': 'demo-embed' }, async () => {
      await pause(35);
      return embed(question.text);
    });
    const hits = await findArticles(question, query);
    return { articles: hits.map(({ article }) => article.text) };
  },
});
