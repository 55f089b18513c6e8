// queue: a message broker in thirty lines. POST puts a message in; GET takes the next one, waiting until there is one.
// It is infrastructure: it records no spans of its own.
import { createServer, type ServerResponse } from 'node:http';
import { urlOf } from '../lib/http.ts';
import { atEnd } from '../lib/lifetime.ts';

const messages: string[] = [];
const waiting: ServerResponse[] = [];

function deliver(): void {
  while (messages.length > 0 && waiting.length > 0) {
    const consumer = waiting.shift()!;
    if (!consumer.writableEnded && !consumer.destroyed) consumer.end(messages.shift());
  }
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    waiting.push(response);
    deliver();
    return;
  }
  let text = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  request.on('end', () => {
    messages.push(text);
    response.writeHead(202).end();
    deliver();
  });
});
server.listen(Number(new URL(urlOf('queue')).port), '127.0.0.1', () => process.send?.('listening'));
atEnd(() => process.exit(0));
