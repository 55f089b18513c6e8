// Words of the editor's own widgets: numbers, counts and times as people read them, and $(icon) and [link](…) syntax taken apart where a
// widget would draw it. Hostile characters are analysis/visibleText.ts's.
import { MOST_DAYS, yearsOf } from '../analysis/numberText.ts';

/** For quick picks and the status bar, which draw `$(name)` as an icon. */
export function withoutIcons(text: string): string {
  return text.replaceAll(/(?<!\\)\$\(/g, String.raw`\$(`);
}

/** For notifications and what stands under boxes, which draw `[words](command:…)` as a link that runs the command. */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}

/** For what stands under a quick pick or an input box, which draws both. */
export function promptText(text: string): string {
  return withoutIcons(withoutLinks(text));
}

/** 1,204 in every locale: the interface is English. */
export function groupedNumber(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 span`, `2 spans`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${groupedNumber(value)} ${value === 1 ? one : many}`;
}

/** `now`, `2 min ago`, `3 h ago`, `5 d ago`, `3 years ago`; a clock that runs ahead of ours by more than a minute is shown as such. */
export function relativeTime(atMs: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - atMs) / 1000);
  if (!Number.isFinite(seconds)) return 'at an unknown time';
  if (seconds < -60) return 'in the future';
  if (seconds < 60) return 'now';
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days > MOST_DAYS ? `${yearsOf(days)} years ago` : `${days} d ago`;
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** What is written from right to left keeps what stands beside it in its order: `300 ms` stays so after an Arabic name. */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}
