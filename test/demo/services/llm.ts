// llm: a stand-in for a model server. It streams its answer, and every token of context costs time, as with real ones.
// Bought, not built: it records no code.* attributes.
import { SpanKind } from '@opentelemetry/api';
import type { ServerResponse } from 'node:http';
import { inSpan, serve } from '../lib/http.ts';
import { tokensOf } from '../lib/knowledgeBase.ts';
import { pause } from '../lib/pace.ts';

const MS_PER_CONTEXT_TOKEN = 0.1;
const MS_PER_OUTPUT_TOKEN = 8;

serve('llm', { code: false }, {
  '/generate': (request: { prompt: string; context: string }, response: ServerResponse) => {
    const inputTokens = tokensOf(request.prompt) + tokensOf(request.context);
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'demo', 'gen_ai.request.model': 'demo-chat', 'gen_ai.usage.input_tokens': inputTokens };
    return inSpan('generate', attributes, async (span) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      await pause(300 + inputTokens * MS_PER_CONTEXT_TOKEN);
      span.addEvent('first token');
      const words = answerTo(request.prompt);
      for (let i = 0; i < words.length; i += 8) {
        await pause(8 * MS_PER_OUTPUT_TOKEN);
        response.write(`${JSON.stringify({ token: words.slice(i, i + 8).join(' ') })}\n`);
      }
      span.setAttribute('gen_ai.usage.output_tokens', words.length);
      response.end(JSON.stringify({ answer: words.join(' ') }));
    }, SpanKind.CLIENT);
  },
});

function answerTo(prompt: string): string[] {
  const words = `You asked about this: ${prompt} Here is what our articles say.`.split(' ');
  return [...words, ...Array.from({ length: Math.max(0, 56 - words.length) }, (_, i) => `word${i}`)];
}
