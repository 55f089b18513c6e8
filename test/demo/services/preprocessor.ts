// preprocessor: cleans the question and finds out what it is about.
import { inSpan, serve } from '../lib/http.ts';
import { PRODUCTS, TOPICS } from '../lib/knowledgeBase.ts';
import { pause } from '../lib/pace.ts';

export interface Question {
  readonly text: string;
  readonly intent: 'topic_help' | 'product_lookup';
  readonly topic?: string;
  readonly product?: string;
}

serve('preprocessor', { code: true }, {
  '/prepare': ({ message }: { message: string }) =>
    inSpan('classify question', { 'chat.message.length': message.length }, async (span) => {
      await pause(12);
      const question = classify(message.trim().replaceAll(/\s+/g, ' '));
      span.setAttribute('chat.intent', question.intent);
      return question;
    }),
});

function classify(text: string): Question {
  const product = PRODUCTS.find((name) => text.includes(name));
  if (product !== undefined) return { text, intent: 'product_lookup', product };
  return { text, intent: 'topic_help', topic: TOPICS.find((name) => text.includes(name)) ?? TOPICS[0]! };
}
