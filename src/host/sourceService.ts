// Span → code as the waterfall asks for it. The editor's part is sourceOpener.ts; tests bring their own.
import type { CodeConfidence, WireSourceAnswer } from '../protocol/messages.ts';
import type { SourceHints } from '../source/sourceHints.ts';

export interface SourceService {
  /** Confidence per span, in order. */
  badges(hints: readonly SourceHints[], signal: AbortSignal): Promise<(CodeConfidence | 'none')[]>;
  /** The line in its context, or why there is none and how to get it. */
  preview(hints: SourceHints, signal: AbortSignal): Promise<WireSourceAnswer>;
  /** Opens it beside the waterfall; asks where several lines are equally good. */
  open(hints: SourceHints, signal: AbortSignal): Promise<{ opened: boolean; message?: string }>;
}
