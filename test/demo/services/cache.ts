// cache: answers that were given before.
import { SpanKind } from '@opentelemetry/api';
import { inSpan, serve } from '../lib/http.ts';
import { pause } from '../lib/pace.ts';

const answers = new Map<string, string>();

serve('cache', { code: true }, {
  '/lookup': ({ question }: { question: string }) =>
    inSpan('cache.get', { 'db.system.name': 'demo.cache', 'db.operation.name': 'GET' }, async (span) => {
      await pause(2);
      const answer = answers.get(question);
      span.setAttribute('cache.hit', answer !== undefined);
      return { answer };
    }, SpanKind.CLIENT),
  '/store': ({ question, answer }: { question: string; answer: string }) =>
    inSpan('cache.set', { 'db.system.name': 'demo.cache', 'db.operation.name': 'SET' }, async () => {
      await pause(2);
      answers.set(question, answer);
      return { stored: true };
    }, SpanKind.CLIENT),
});
