// analytics: counts finished conversations, long after the answer was given. It takes messages from the queue.
import { context, propagation, SpanKind } from '@opentelemetry/api';
import { inSpan, urlOf } from '../lib/http.ts';
import { atEnd } from '../lib/lifetime.ts';
import { pause } from '../lib/pace.ts';
import { startTelemetry } from '../lib/telemetry.ts';

interface Message {
  readonly topic: string;
  readonly headers: Record<string, string>;
  readonly payload: { readonly conversation: string; readonly length: number };
}

const telemetry = startTelemetry('analytics', { code: true });
const stopped = new AbortController();
atEnd(() => stopped.abort());

async function count(message: Message): Promise<void> {
  await inSpan(`process ${message.topic}`, { 'messaging.system': 'demo.queue', 'messaging.operation.type': 'process', 'messaging.destination.name': message.topic }, () => pause(45), SpanKind.CONSUMER);
}

process.send?.('listening');
while (!stopped.signal.aborted) {
  try {
    const response = await fetch(`${urlOf('queue')}/messages`, { signal: stopped.signal });
    const message = (await response.json()) as Message;
    await pause(150);
    await context.with(propagation.extract(context.active(), message.headers), () => count(message));
  } catch (error) {
    if (!stopped.signal.aborted) {
      console.error(`analytics: no message (${(error as Error).message}); trying again in a second`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
await telemetry.shutdown();
process.exit(0);
