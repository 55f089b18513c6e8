// $(icon) and [link](…) syntax taken apart where one of the editor's own widgets would draw it. Hostile characters are
// analysis/visibleText.ts's, numbers numberText.ts's.

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

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** What is written from right to left keeps what stands beside it in its order: `300 ms` stays so after an Arabic name. */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}
