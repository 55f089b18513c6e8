// What is odd about a span, as sentences for people: from its flags and its decoded bytes. Must not know how it is shown.
import { SpanFlag } from '../model/spanBatch.ts';
import type { SpanDetails } from '../model/spanDetails.ts';
import { formatDuration } from '../model/time.ts';

export function remarksOf(span: SpanDetails, flags: number): string[] {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const remarks: string[] = [];
  if (has(SpanFlag.orphan)) remarks.push(`Its parent, span ${span.parentSpanId}, is not in this trace: not sent, not sampled, or not arrived yet.`);
  if (has(SpanFlag.cycle)) remarks.push('It is among its own ancestors: the parents form a loop, which is cut here.');
  if (has(SpanFlag.inProgress)) remarks.push('It was sent before it ended, so how long it took is not known.');
  if (has(SpanFlag.negative)) remarks.push(`It ends ${formatDuration(Number(span.startUnixNano - span.endUnixNano))} before it starts; it is drawn without a duration.`);
  if (has(SpanFlag.skew)) remarks.push('It reaches outside its parent, as when the clocks of two machines differ; times are shown as they were sent.');
  if (has(SpanFlag.conflict)) remarks.push('Another span of this trace has the same id but different content; both are kept.');
  if (has(SpanFlag.strangeTime)) remarks.push('Its time is outside what clocks show (before 2000 or after 2200); it is kept as it was sent.');
  const dropped = droppedText(span);
  if (dropped !== undefined) remarks.push(dropped);
  return remarks;
}

function droppedText(span: SpanDetails): string | undefined {
  const eventAttributes = span.events.reduce((sum, event) => sum + event.droppedAttributes, 0);
  const parts = [counted(span.droppedAttributes + eventAttributes, 'attribute'), counted(span.droppedEvents, 'event'), counted(span.droppedLinks, 'link')].filter((part) => part !== '');
  return parts.length === 0 ? undefined : `The program that sent it dropped ${parts.join(', ')} over its limits.`;
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`;
}
