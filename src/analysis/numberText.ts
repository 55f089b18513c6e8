// Numbers as sentences and tooltips show them: exact values, counts. Pure. (Durations: model/time.ts, moments and ages: clockText.ts.)

/** `1,204`, `48,711`. Fractions keep what they have. */
export function countText(value: number): string {
  if (!Number.isFinite(value)) return '?';
  const [whole, fraction] = Math.abs(value).toString().split('.');
  if (whole!.includes('e')) return value.toString();
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${value < 0 ? '-' : ''}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** `1 span`, `14 spans`. */
export const plural = (count: number, one: string, many = `${one}s`): string => `${countText(count)} ${count === 1 ? one : many}`;

/** The exact value behind a rounded one: `350,812,334 ns`. */
export const exactNs = (ns: number): string => `${countText(Math.round(ns))} ns`;

/** A value of an attribute in a sentence: digits grouped where it is a whole number (one that begins with 0 is a code), cut at `most`. */
export function valueText(text: string, most = 60): string {
  if (/^-?[1-9]\d{3,14}$/.test(text)) return countText(Number(text));
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
