// Numbers as sentences and tooltips show them: exact values, counts, ages. Pure. (Durations: model/time.ts.)

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

const AGES = [
  { seconds: 86_400, name: 'd' },
  { seconds: 3_600, name: 'h' },
  { seconds: 60, name: 'min' },
] as const;

/** From here on an age is told in years. */
export const MOST_DAYS = 730;
export const yearsOf = (days: number): number => Math.floor(days / 365.25);

/** `just now`, `40 s ago`, `2 min ago`, `3 h ago`, `12 d ago`, `3 years ago`; the future is said so. */
export function ageText(thenMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - thenMs) / 1000);
  if (seconds < -5) return 'in the future';
  if (seconds < 5) return 'just now';
  if (seconds > MOST_DAYS * 86_400) return `${yearsOf(seconds / 86_400)} years ago`;
  const unit = AGES.find((age) => seconds >= age.seconds);
  return unit === undefined ? `${seconds} s ago` : `${Math.floor(seconds / unit.seconds)} ${unit.name} ago`;
}

/** A value of an attribute in a sentence: digits grouped where it is a whole number (one that begins with 0 is a code), cut at `most`. */
export function valueText(text: string, most = 60): string {
  if (/^-?[1-9]\d{3,14}$/.test(text)) return countText(Number(text));
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
