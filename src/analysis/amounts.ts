// Amounts written as text: `1,204,311`, `250 MB`, `1.5KiB`, `6000s`, `1m30s`, `80%`. Of what is measured in time the number is ns,
// of sizes bytes, so that amounts in different units compare. Must not know any convention's keys.

export interface Amount {
  readonly number: number;
  /** What the last digit written is worth. */
  readonly grain: number;
}

const BEGINS = /^-?\d/;
const GROUPED = /^-?[1-9]\d{0,2}(?:,\d{3}){1,4}(?:\.\d{1,12})?$/;
const WITH_UNIT = /^(-?\d{1,15}(?:\.\d{1,12})?) ?([a-zA-Zµμ%]{1,5})$/;
/** Durations as Go writes them: the largest unit first. */
const COMPOSED = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6}(?:\.\d{1,9})?)s)?$/;
const LONGEST = 32;

const UNITS = new Map<string, number>([
  ...Object.entries({ ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, sec: 1e9, secs: 1e9, min: 6e10, mins: 6e10, m: 6e10, h: 3.6e12, hr: 3.6e12, hrs: 3.6e12 }),
  ...Object.entries({ B: 1, b: 1, bytes: 1, kB: 1e3, KB: 1e3, kb: 1e3, MB: 1e6, mb: 1e6, GB: 1e9, gb: 1e9, TB: 1e12, tb: 1e12 }),
  ...Object.entries({ KiB: 2 ** 10, Ki: 2 ** 10, MiB: 2 ** 20, Mi: 2 ** 20, GiB: 2 ** 30, Gi: 2 ** 30, TiB: 2 ** 40, Ti: 2 ** 40 }),
  ['%', 1],
]);

/** undefined where the text is no amount, a bare number among them. */
export function amountOf(text: string): Amount | undefined {
  if (text.length > LONGEST || !BEGINS.test(text)) return undefined;
  if (GROUPED.test(text)) return scaled(text.replaceAll(',', ''), 1);
  const [, digits, unit] = WITH_UNIT.exec(text) ?? [];
  const worth = unit === undefined ? undefined : UNITS.get(unit);
  if (worth !== undefined) return scaled(digits!, worth);
  const [whole, hours = '0', minutes = '0', seconds] = COMPOSED.exec(text) ?? [];
  if (whole === undefined || whole === '') return undefined;
  const { number, grain } = scaled(seconds ?? '0', 1e9);
  return { number: Number(hours) * 3.6e12 + Number(minutes) * 6e10 + number, grain: seconds === undefined ? 6e10 : grain };
}

function scaled(digits: string, worth: number): Amount {
  return { number: Number(digits) * worth, grain: worth * 10 ** -(digits.split('.')[1]?.length ?? 0) };
}
