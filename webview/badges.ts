// The marks at the right end of a row's label, most telling first: code, slower than usual, model call, database, link.
import { SpanFlag } from '../src/model/spanBatch.ts';
import type { CodeConfidence } from '../src/protocol/messages.ts';

export interface Badge {
  readonly icon: string;
  readonly kind: 'code-certain' | 'code-likely' | 'slow' | 'plain';
  readonly words: string;
}

export function badgesOf(flags: number, code: CodeConfidence | 'none' | undefined, slower: boolean): Badge[] {
  const badges: Badge[] = [];
  if (code === 'certain') badges.push({ icon: 'code', kind: 'code-certain', words: 'has code (Enter opens it)' });
  else if (code !== undefined && code !== 'none') badges.push({ icon: 'code', kind: 'code-likely', words: 'likely has code (Enter opens it)' });
  if (slower) badges.push({ icon: 'flag', kind: 'slow', words: 'slower than usual' });
  if ((flags & SpanFlag.genAi) !== 0) badges.push({ icon: 'sparkle', kind: 'plain', words: 'model call' });
  if ((flags & SpanFlag.database) !== 0) badges.push({ icon: 'database', kind: 'plain', words: 'database' });
  if ((flags & SpanFlag.links) !== 0) badges.push({ icon: 'link', kind: 'plain', words: 'has links' });
  return badges;
}
