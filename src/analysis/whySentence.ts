// Findings as sentences a colleague would say: "retrieve: 500 returned rows, usually 20; +6.10 s in generate." One sentence a
// cause, in segments that a webview can make bold and clickable and a terminal can join. Keys are read by their last words
// only; must not know any convention's meaning. Every text from a trace is made visible and cut (visibleText).
import { formatDuration } from '../model/time.ts';
import type { WhyCarrier, WhyFinding } from '../protocol/messages.ts';
import { countText, valueText } from './numberText.ts';
import { visibleLine } from './visibleText.ts';

export interface WhySegment {
  readonly text: string;
  /** strong: what answers; dim: context; code: an attribute's key. */
  readonly style?: 'strong' | 'dim' | 'code';
  /** The span this names, to be selected by a click. */
  readonly span?: WhyCarrier;
  /** The whole attribute key, for the tooltip. */
  readonly key?: string;
}

/** One cause and what it made longer. */
export interface WhySentence {
  readonly segments: readonly WhySegment[];
  /** Time all its spans took more, ns. */
  readonly deltaNs: number;
}

interface Story {
  /** Carries the attribute, or is the slow span where only time differs. */
  readonly source: WhyCarrier;
  readonly lead: WhyFinding;
  readonly effects: WhyFinding[];
}

/** Effects smaller than this beside the largest of their cause are left to the details. */
const WORTH_SAYING = 0.02;
const LONGEST_NAME = 80;
const LONGEST_VALUE = 80;

/** In the order of the findings; each span's time is told once. */
export function whySentences(findings: readonly WhyFinding[]): WhySentence[] {
  const stories = new Map<string, Story>();
  const details = new Map<string, WhyFinding>();
  const told = new Set<string>();
  for (const finding of findings) {
    if (told.has(finding.spanId)) {
      if (!details.has(finding.spanId)) details.set(finding.spanId, finding);
      continue;
    }
    told.add(finding.spanId);
    const source = finding.carrier ?? identity(finding);
    // Spans of one service that share what is unusual (a pod, a region) share a sentence.
    const key = finding.attribute === undefined ? source.spanId : JSON.stringify([source.service, finding.attribute, finding.value]);
    const story = stories.get(key);
    if (story === undefined) stories.set(key, { source, lead: finding, effects: [finding] });
    else story.effects.push(finding);
  }
  return [...stories.values()].map((story) => ({
    segments: segmentsOf(story, details),
    deltaNs: story.effects.reduce((sum, effect) => sum + Number(effect.deltaNs), 0),
  }));
}

export const sentenceText = (sentence: WhySentence): string => sentence.segments.map((segment) => segment.text).join('');

function segmentsOf({ source, lead, effects }: Story, details: ReadonlyMap<string, WhyFinding>): WhySegment[] {
  const { attribute } = lead;
  if (attribute === undefined) return [...effectAlone(lead), { text: '.' }];
  const segments: WhySegment[] = [spanSegment(source), { text: ': ' }, ...attributeSegments(lead)];
  // A span before the slow one, no slower itself.
  if (effects.every((effect) => Number(effect.deltaNs) === 0)) return [...segments, { text: '.' }];
  if (effects.length === 1 && lead.spanId === source.spanId) {
    segments.push({ text: '; ' }, ...tailOf(lead), ...detailOf(details.get(lead.spanId), attribute));
  } else {
    const longest = Math.max(...effects.map((effect) => Number(effect.deltaNs)));
    const worthy = effects.filter((effect) => Number(effect.deltaNs) >= WORTH_SAYING * longest);
    worthy.forEach((effect, i) => {
      segments.push({ text: i === 0 ? '; ' : ', ' }, ...effectSegments(effect), ...detailOf(details.get(effect.spanId), attribute));
    });
  }
  return [...segments, { text: '.' }];
}

/** A slow span without an unusual attribute. */
function effectAlone(finding: WhyFinding): WhySegment[] {
  return [spanSegment(identity(finding)), { text: ' ' }, ...tailOf(finding)];
}

function tailOf(finding: WhyFinding): WhySegment[] {
  const longer = formatDuration(Number(finding.deltaNs));
  if (finding.kind === 'calls') return [{ text: `${callsText(finding)}: ` }, { text: `${longer} longer`, style: 'strong' }];
  if (finding.kind === 'new') return [{ text: 'usually does not run: ' }, { text: longer, style: 'strong' }];
  if (finding.kind === 'waited') return [{ text: 'held the trace up ' }, { text: `${longer} longer`, style: 'strong' }, { text: ' than usual' }];
  return [{ text: 'took ' }, { text: `${longer} longer`, style: 'strong' }, { text: ' than usual' }];
}

function effectSegments(effect: WhyFinding): WhySegment[] {
  const segments: WhySegment[] = [{ text: `+${formatDuration(Number(effect.deltaNs))}`, style: 'strong' }, { text: ' in ' }, spanSegment(identity(effect))];
  if (effect.kind === 'calls') segments.push({ text: `, which ${callsText(effect)}` });
  if (effect.kind === 'new') segments.push({ text: ', which usually does not run' });
  return segments;
}

function callsText({ calls, usualCalls }: WhyFinding): string {
  const usual = usualCalls === undefined || usualCalls < 1 ? '' : `, usually ${countText(usualCalls)}`;
  return `ran ${countText(calls ?? 0)} times${usual}`;
}

/** What else is unusual about a slow span, of its own only. */
function detailOf(detail: WhyFinding | undefined, lead: string): WhySegment[] {
  if (detail?.attribute === undefined || detail.attribute === lead || detail.carrier !== undefined) return [];
  return [{ text: ' (', style: 'dim' }, ...attributeSegments(detail).map((segment): WhySegment => ({ ...segment, style: 'dim' })), { text: ')', style: 'dim' }];
}

const identity = ({ spanId, row, service, name }: WhyFinding): WhyCarrier => ({ spanId, row, service, name });

function spanSegment(span: WhyCarrier): WhySegment {
  return { text: visibleLine(span.name, LONGEST_NAME), style: 'strong', span };
}

/** "500 returned rows, usually 20" · "model omni-large, usually omni-mini" · "index is missing, usually route_day". */
function attributeSegments({ attribute, value, usual }: Pick<WhyFinding, 'attribute' | 'value' | 'usual'>): WhySegment[] {
  const key = attribute ?? '';
  const words: WhySegment = { text: visibleLine(keyWords(key), LONGEST_NAME), style: 'code', key };
  if (value === undefined) {
    return [words, { text: ' is ' }, { text: 'missing', style: 'strong' }, { text: usual === undefined ? '' : `, usually ${shown(usual)}`, style: 'dim' }];
  }
  const usually: WhySegment = { text: usual === undefined ? ', usually absent' : `, usually ${shown(usual)}`, style: 'dim' };
  const strong: WhySegment = { text: shown(value), style: 'strong' };
  if (/^\d+$/.test(value) && /[^s]s$/.test(words.text)) return [strong, { text: ' ' }, words, usually];
  return [words, { text: ' ' }, strong, usually];
}

function shown(value: string): string {
  return value.trim() === '' ? 'empty' : visibleLine(valueText(value, LONGEST_VALUE), LONGEST_VALUE + 1);
}

/** `db.response.returned_rows` → "returned rows", `k8s.pod.name` → "pod name", `gpu.used` → "gpu used": two words where the key has them. */
export function keyWords(key: string): string {
  const parts = key.split('.').filter((part) => part !== '');
  const last = parts.at(-1) ?? '';
  const before = parts.at(-2) ?? '';
  const kept = /[_-]|[a-z][A-Z]/.test(last) ? last : `${before} ${last}`;
  const words = kept.replaceAll(/[_-]+/g, ' ').replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase().trim();
  return words === '' ? key : words;
}
