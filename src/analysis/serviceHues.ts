// Eight hues for services that eight kinds of eyes can tell apart: fixed, then moved in lightness to the theme's ground.
// Found by a search that maximised the smallest OKLab distance, also after simulating protan-, deuter- and tritanopia
// (Machado 2009), among the eight and to the error colour; serviceHues.test.ts measures it again. Pure.
import { standOut, type Lch, type Rgb } from './colour.ts';

export const HUES = 8;

/** WCAG 1.4.11: graphics need 3:1; a little more, so that rounding never falls below. */
export const BAR_CONTRAST = 3.1;

const ON_DARK: readonly Lch[] = [
  { l: 0.658, c: 0.1, h: 245 },
  { l: 0.643, c: 0.2, h: 300 },
  { l: 0.776, c: 0.168, h: 166 },
  { l: 0.781, c: 0.17, h: 67 },
  { l: 0.939, c: 0.131, h: 199 },
  { l: 0.814, c: 0.187, h: 320 },
  { l: 0.95, c: 0.153, h: 103 },
  { l: 0.539, c: 0.1, h: 296 },
];

const ON_LIGHT: readonly Lch[] = [
  { l: 0.49, c: 0.105, h: 251 },
  { l: 0.598, c: 0.198, h: 297 },
  { l: 0.557, c: 0.15, h: 180 },
  { l: 0.66, c: 0.17, h: 52 },
  { l: 0.371, c: 0.061, h: 225 },
  { l: 0.66, c: 0.121, h: 322 },
  { l: 0.36, c: 0.19, h: 90 },
  { l: 0.276, c: 0.133, h: 275 },
];

/** The eight, each at least BAR_CONTRAST against every ground it may lie on. */
export function serviceHues(dark: boolean, grounds: readonly Rgb[]): readonly Rgb[] {
  return (dark ? ON_DARK : ON_LIGHT).map((hue) => standOut(hue, grounds, BAR_CONTRAST));
}

export interface ServiceLook {
  /** 0 … HUES-1. */
  readonly hue: number;
  /** 0 for the first eight services, then 1, 2 …: shown as notches in the service's mark. */
  readonly round: number;
}

/** By order of first appearance. */
export const serviceLook = (order: number): ServiceLook => ({ hue: order % HUES, round: Math.floor(order / HUES) });
