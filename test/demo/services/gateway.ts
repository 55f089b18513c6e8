// gateway: the one the browser talks to. It takes a message through the whole pipeline and streams the answer back.
import { trace } from '@opentelemetry/api';
import { call, inSpan, serve } from '../lib/http.ts';
import { tokensOf } from '../lib/knowledgeBase.ts';
import { pause } from '../lib/pace.ts';
import type { Question } from './preprocessor.ts';

interface ChatRequest {
  readonly conversation: string;
  readonly message: string;
  readonly token: string;
}

serve('gateway', { code: true }, {
  '/chat': async ({ conversation, message, token }: ChatRequest) => {
    trace.getActiveSpan()?.setAttributes({ 'session.id': conversation, 'chat.message': message });
    const { userId } = await call<{ userId: string }>('auth', '/verify', { token });
    trace.getActiveSpan()?.setAttribute('user.id', userId);
    const cached = await call<{ answer?: string }>('cache', '/lookup', { question: message });
    if (cached.answer !== undefined) return { text: cached.answer };
    const question = await call<Question>('preprocessor', '/prepare', { message });
    const { articles } = await call<{ articles: string[] }>('retriever', '/retrieve', question);
    const prompt = await assemble(question, articles);
    const { answer } = await call<{ answer: string }>('llm', '/generate', prompt);
    const { text } = await call<{ text: string }>('postprocessor', '/finish', { answer, conversation });
    await call('cache', '/store', { question: message, answer: text });
    return { text };
  },
});

/** Puts the articles in front of the question, in the order they were found. */
function assemble(question: Question, articles: readonly string[]): Promise<{ prompt: string; context: string }> {
  return inSpan('assemble context', {}, async (span) => {
    const context = articles.join('\n\n');
    await pause(10 + articles.length * 0.4);
    span.setAttribute('prompt.context_tokens', tokensOf(context));
    return { prompt: question.text, context };
  });
}
