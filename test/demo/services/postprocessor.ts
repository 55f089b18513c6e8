// postprocessor: reads the model's answer, keeps what may be shown, and says what happened to the queue.
import { context, propagation, SpanKind } from '@opentelemetry/api';
import { inSpan, serve, urlOf } from '../lib/http.ts';
import { pause } from '../lib/pace.ts';

class UnfinishedAnswerError extends Error {}

serve('postprocessor', { code: true }, {
  '/finish': async ({ answer, conversation }: { answer: string; conversation: string }) => {
    const text = await inSpan('parse answer', { 'chat.answer.length': answer.length }, async () => {
      await pause(10);
      return parse(answer);
    });
    await publish('conversation.finished', { conversation, length: text.length });
    return { text };
  },
});

function parse(answer: string): string {
  if (answer.includes('newsletter')) throw new UnfinishedAnswerError('The answer ends in the middle of a list.');
  return answer.trim();
}

/** Puts a message on the queue; the trace goes with it, so that whoever takes it later is part of the same story. */
async function publish(topic: string, payload: unknown): Promise<void> {
  await inSpan(`publish ${topic}`, { 'messaging.system': 'demo.queue', 'messaging.operation.type': 'send', 'messaging.destination.name': topic }, async () => {
    const headers: Record<string, string> = {};
    propagation.inject(context.active(), headers);
    await fetch(`${urlOf('queue')}/messages`, { method: 'POST', body: JSON.stringify({ topic, headers, payload }) });
  }, SpanKind.PRODUCER);
}
