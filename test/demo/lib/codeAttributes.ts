// A span processor that says where each span is made: the first frame of the stack that is the service's own code.
// OpenTelemetry leaves this to you; twenty lines are enough. Reading a stack costs about 10 µs a span.
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** `at name (file:///path/file.ts:12:34)` or without the name. */
const FRAME = /^\s*at (?:(?:async )?(?<name>[^(]*?) \()?(?<file>(?:file:\/\/)?\/.*?):(?<line>\d+):(?<column>\d+)\)?$/;
/** What V8 calls a function that has no name of its own (a property key such as `/chat`) is none. */
const NAME = /^[\w$.#]+$/;

export class CodeAttributes implements SpanProcessor {
  onStart(span: Span): void {
    const frame = callerFrame(new Error('for its stack').stack ?? '');
    if (frame === undefined) return;
    span.setAttributes({ 'code.file.path': frame.file, 'code.line.number': frame.line, ...(NAME.test(frame.name) ? { 'code.function.name': frame.name } : {}) });
  }

  onEnd(): void {}

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** The first frame that is neither Node's, nor a package's, nor of this folder of plumbing. */
function callerFrame(stack: string): { file: string; line: number; name: string } | undefined {
  for (const text of stack.split('\n')) {
    const match = FRAME.exec(text)?.groups;
    if (match === undefined) continue;
    const file = match['file']!.startsWith('file://') ? fileURLToPath(match['file']!) : match['file']!;
    if (file.includes('/node_modules/') || file.startsWith(HERE)) continue;
    return { file, line: Number(match['line']), name: match['name'] ?? '' };
  }
  return undefined;
}
