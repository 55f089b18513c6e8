// Service names of a trace as one text that can be searched: every name JSON-escaped on a line of its own, with a line break
// before and after. Escaped names hold no line break, so a name between two breaks is that name exactly. Pure.

const escape = (name: string): string => JSON.stringify(name).slice(1, -1);

export function serviceListText(names: readonly string[]): string {
  return names.length === 0 ? '' : `\n${names.map(escape).join('\n')}\n`;
}

export function serviceNames(text: string): string[] {
  return text === '' ? [] : text.slice(1, -1).split('\n').map(unescape);
}

/** Stands in a list's text where, and only where, the trace has this service. */
export const exactNeedle = (name: string): string => `\n${escape(name)}\n`;

/** Stands in a list's text where a name contains this. */
export const partNeedle = (text: string): string => escape(text);

/** What was damaged on disk is shown as it is: one bad name must not hide the list. */
function unescape(escaped: string): string {
  if (!escaped.includes('\\')) return escaped;
  try {
    return JSON.parse(`"${escaped}"`) as string;
  } catch {
    return escaped;
  }
}
