// Colours of the picture: parsing, WCAG contrast, and moving a hue's lightness until it stands out from its ground.
// Pure numbers, no DOM. Sources: WCAG 2.2 (relative luminance, 1.4.3, 1.4.11); OKLab by B. Ottosson.

/** sRGB, 0…1 each, alpha 0…1. */
export interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly a: number;
}

/** OKLCH: lightness 0…1, chroma 0…~0.4, hue in degrees. */
export interface Lch {
  readonly l: number;
  readonly c: number;
  readonly h: number;
}

const clamp01 = (value: number): number => Math.min(1, Math.max(0, value));

/** `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb(…)`, `rgba(…)`; undefined where it is none of them. */
export function parseColour(text: string): Rgb | undefined {
  const value = text.trim().toLowerCase();
  const hex = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.exec(value)?.[1];
  if (hex !== undefined) {
    const wide = hex.length <= 4 ? [...hex].map((digit) => digit + digit).join('') : hex;
    const channel = (at: number): number => Number.parseInt(wide.slice(at, at + 2), 16) / 255;
    return { r: channel(0), g: channel(2), b: channel(4), a: wide.length === 8 ? channel(6) : 1 };
  }
  const call = /^rgba?\(([^)]*)\)$/.exec(value)?.[1];
  if (call === undefined) return undefined;
  const parts = call.split(/[\s,/]+/).filter((part) => part !== '');
  if (parts.length < 3 || parts.length > 4) return undefined;
  const numbers = parts.map((part, i) => Number.parseFloat(part) / (part.endsWith('%') ? 100 : i < 3 ? 255 : 1));
  if (!numbers.every(Number.isFinite)) return undefined;
  return { r: clamp01(numbers[0]!), g: clamp01(numbers[1]!), b: clamp01(numbers[2]!), a: clamp01(numbers[3] ?? 1) };
}

/** `top` drawn over an opaque ground. */
export function over(top: Rgb, ground: Rgb): Rgb {
  const mix = (t: number, g: number): number => t * top.a + g * (1 - top.a);
  return { r: mix(top.r, ground.r), g: mix(top.g, ground.g), b: mix(top.b, ground.b), a: 1 };
}

export function css(colour: Rgb): string {
  const byte = (value: number): number => Math.round(clamp01(value) * 255);
  const rgb = `${byte(colour.r)} ${byte(colour.g)} ${byte(colour.b)}`;
  return colour.a >= 1 ? `rgb(${rgb})` : `rgb(${rgb} / ${Number(colour.a.toFixed(3))})`;
}

export const withAlpha = (colour: Rgb, a: number): Rgb => ({ ...colour, a });

const toLinear = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const fromLinear = (value: number): number => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);

export function luminance(colour: Rgb): number {
  return 0.2126 * toLinear(colour.r) + 0.7152 * toLinear(colour.g) + 0.0722 * toLinear(colour.b);
}

/** 1…21, of opaque colours. */
export function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

/** Out-of-gamut chroma is reduced until it fits, so that the hue stays. */
export function fromLch(colour: Lch): Rgb {
  let chroma = colour.c;
  for (;;) {
    const rgb = lchToLinear({ ...colour, c: chroma });
    const fits = rgb.every((value) => value >= -0.0005 && value <= 1.0005);
    if (fits || chroma < 0.002) {
      const [r, g, b] = rgb.map((value) => clamp01(fromLinear(clamp01(value))));
      return { r: r!, g: g!, b: b!, a: 1 };
    }
    chroma *= 0.96;
  }
}

function lchToLinear(colour: Lch): readonly number[] {
  const angle = (colour.h * Math.PI) / 180;
  const a = colour.c * Math.cos(angle);
  const b = colour.c * Math.sin(angle);
  const l = (colour.l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (colour.l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (colour.l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** The hue at the lightness nearest to its own that reaches `ratio` against every ground; the best there is where none does. */
export function standOut(hue: Lch, grounds: readonly Rgb[], ratio: number): Rgb {
  let best = fromLch(hue);
  let bestWorst = 0;
  for (let step = 0; step <= 100; step++) {
    for (const l of step === 0 ? [hue.l] : [hue.l + step / 100, hue.l - step / 100]) {
      if (l < 0 || l > 1) continue;
      const candidate = fromLch({ ...hue, l });
      const worst = Math.min(...grounds.map((ground) => contrast(candidate, ground)));
      if (worst >= ratio) return candidate;
      if (worst > bestWorst) {
        bestWorst = worst;
        best = candidate;
      }
    }
  }
  return best;
}

/** Black or white, whichever reads better on the ground. */
export function inkOn(ground: Rgb): Rgb {
  const black: Rgb = { r: 0, g: 0, b: 0, a: 1 };
  const white: Rgb = { r: 1, g: 1, b: 1, a: 1 };
  return contrast(ground, black) >= contrast(ground, white) ? black : white;
}
