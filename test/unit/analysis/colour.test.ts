import assert from 'node:assert/strict';
import { contrast, css, fromLch, inkOn, luminance, over, parseColour, standOut, withAlpha, type Rgb } from '../../../src/analysis/colour.ts';
import { BAR_CONTRAST, HUES, serviceHues, serviceLook } from '../../../src/analysis/serviceHues.ts';

const parsed = (text: string): Rgb => {
  const colour = parseColour(text);
  assert.ok(colour !== undefined, text);
  return colour;
};

describe('colours', () => {
  for (const [text, expected] of [
    ['#fff', 'rgb(255 255 255)'],
    ['#1f1f1f', 'rgb(31 31 31)'],
    ['#0078D480', 'rgb(0 120 212 / 0.502)'],
    ['rgb(1, 2, 3)', 'rgb(1 2 3)'],
    ['rgba(255, 255, 255, 0.5)', 'rgb(255 255 255 / 0.5)'],
    ['rgb(10 20 30 / 40%)', 'rgb(10 20 30 / 0.4)'],
    ['  #ABCDEF ', 'rgb(171 205 239)'],
  ] as const) it(`reads ${text}`, () => assert.equal(css(parsed(text)), expected));

  for (const text of ['', 'red', '#12', '#12345', 'rgb()', 'rgb(1,2)', 'rgb(a,b,c)', 'var(--x)', 'url(x)', 'rgb(1,2,3,4,5)']) it(`does not read ${JSON.stringify(text)}`, () => assert.equal(parseColour(text), undefined));

  it('contrast is WCAG\'s', () => {
    assert.equal(contrast(parsed('#000'), parsed('#fff')), 21);
    assert.equal(contrast(parsed('#777'), parsed('#777')), 1);
    assert.ok(Math.abs(contrast(parsed('#767676'), parsed('#fff')) - 4.54) < 0.01);
    assert.equal(contrast(parsed('#123456'), parsed('#fedcba')), contrast(parsed('#fedcba'), parsed('#123456')));
    assert.equal(luminance(parsed('#fff')), 1);
  });

  it('lays one colour over another', () => {
    assert.equal(css(over(withAlpha(parsed('#fff'), 0.5), parsed('#000'))), 'rgb(128 128 128)');
    assert.equal(css(over(parsed('#123'), parsed('#fff'))), css(parsed('#123')));
  });

  it('writes with black or white, whichever reads', () => {
    assert.equal(css(inkOn(parsed('#fdf6e3'))), 'rgb(0 0 0)');
    assert.equal(css(inkOn(parsed('#1f1f1f'))), 'rgb(255 255 255)');
  });

  it('stays in gamut without losing the hue', () => {
    for (let h = 0; h < 360; h += 15) {
      const { r, g, b } = fromLch({ l: 0.7, c: 0.4, h });
      for (const channel of [r, g, b]) assert.ok(channel >= 0 && channel <= 1);
    }
  });

  it('moves a hue only as far as the ground asks', () => {
    const wish = { l: 0.7, c: 0.1, h: 250 };
    assert.equal(css(standOut(wish, [parsed('#000')], 3)), css(fromLch(wish)), 'far enough already');
    const moved = standOut(wish, [parsed('#fff')], 4.5);
    assert.ok(contrast(moved, parsed('#fff')) >= 4.5 && contrast(moved, parsed('#fff')) < 5.2);
    const both = standOut(wish, [parsed('#000'), parsed('#fff')], 4.4);
    assert.ok(contrast(both, parsed('#fff')) >= 4.4 && contrast(both, parsed('#000')) >= 4.4, 'every ground counts');
    const impossible = standOut(wish, [parsed('#000'), parsed('#fff')], 12);
    assert.ok(contrast(impossible, parsed('#fff')) > 3, 'the best there is');
  });
});

// Machado, Oliveira, Fernandes 2009, severity 1; rows over linear RGB.
const EYES: Readonly<Record<string, readonly (readonly number[])[]>> = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuter: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

function seen(colour: Rgb, eye: string): readonly number[] {
  const linear = [colour.r, colour.g, colour.b].map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  const [r, g, b] = EYES[eye]!.map((row) => Math.min(1, Math.max(0, row[0]! * linear[0]! + row[1]! * linear[1]! + row[2]! * linear[2]!)));
  const l = Math.cbrt(0.4122214708 * r! + 0.5363325363 * g! + 0.0514459929 * b!);
  const m = Math.cbrt(0.2119034982 * r! + 0.6806995451 * g! + 0.1073969566 * b!);
  const s = Math.cbrt(0.0883024619 * r! + 0.2817188376 * g! + 0.6299787005 * b!);
  return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
}

const apart = (a: Rgb, b: Rgb, eye: string): number => Math.hypot(...seen(a, eye).map((value, k) => value - seen(b, eye)[k]!));

describe('service hues', () => {
  const GROUNDS: readonly (readonly [string, boolean, string, string])[] = [
    ['Dark Modern', true, '#1f1f1f', '#f85149'],
    ['Light Modern', false, '#ffffff', '#cd3131'],
    ['High Contrast', true, '#000000', '#f48771'],
    ['High Contrast Light', false, '#ffffff', '#b5200d'],
    ['a selected row, dark', true, '#04395e', '#f85149'],
    ['a selected row, light', false, '#e8e8e8', '#cd3131'],
    ['Solarized Dark', true, '#002b36', '#f85149'],
    ['Solarized Light', false, '#fdf6e3', '#cd3131'],
    ['Abyss', true, '#000c18', '#f85149'],
    ['Monokai', true, '#272822', '#f85149'],
  ];
  for (const [name, dark, ground] of GROUNDS) {
    it(`reach ${BAR_CONTRAST}:1 on ${name}`, () => {
      const under = parsed(ground);
      const hues = serviceHues(dark, [under]);
      assert.equal(hues.length, HUES);
      for (const hue of hues) assert.ok(contrast(hue, under) >= 3, `${css(hue)}: ${contrast(hue, under)}`);
    });
  }

  for (const [name, dark, ground, error] of GROUNDS.slice(0, 4)) {
    it(`can be told apart, and from an error, by four kinds of eyes on ${name}`, () => {
      const hues = serviceHues(dark, [parsed(ground)]);
      for (const eye of Object.keys(EYES)) {
        for (let i = 0; i < hues.length; i++) {
          for (let j = 0; j < i; j++) assert.ok(apart(hues[i]!, hues[j]!, eye) >= 0.06, `${eye}: ${i} ${css(hues[i]!)} and ${j} ${css(hues[j]!)} are ${apart(hues[i]!, hues[j]!, eye).toFixed(3)} apart`);
          // High contrast's error colour is near an orange; errors also have an icon there, as everywhere.
          assert.ok(apart(hues[i]!, parsed(error), eye) >= (name.startsWith('High') ? 0.03 : 0.05), `${eye}: ${i} and the error colour are ${apart(hues[i]!, parsed(error), eye).toFixed(3)} apart`);
        }
      }
    });
  }

  it('repeat after eight, with a mark', () => {
    assert.deepEqual(serviceLook(0), { hue: 0, round: 0 });
    assert.deepEqual(serviceLook(7), { hue: 7, round: 0 });
    assert.deepEqual(serviceLook(8), { hue: 0, round: 1 });
    assert.deepEqual(serviceLook(19), { hue: 3, round: 2 });
  });
});
