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
