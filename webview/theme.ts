// The colours canvases draw with, read from VS Code's tokens and kept at the contrasts of design/README.md.
// Owns no colour of its own but the service hues; watches for theme changes.
import { contrast, css, inkOn, over, parseColour, withAlpha, type Rgb } from '../src/analysis/colour.ts';
import { BAR_CONTRAST, serviceHues } from '../src/analysis/serviceHues.ts';

/** What a bar needs on one ground (plain row, selected row). */
export interface GroundColours {
  readonly ground: string;
  readonly text: string;
  readonly dim: string;
  /** Solid per hue; index HUES is the error colour. */
  readonly solid: readonly string[];
  /** The pale fill of a span's time; transparent in high contrast. */
  readonly pale: readonly string[];
  readonly critical: string;
}

export interface Theme {
  readonly dark: boolean;
  readonly highContrast: boolean;
  readonly reducedMotion: boolean;
  readonly plain: GroundColours;
  readonly selected: GroundColours;
  readonly selectedInactive: GroundColours;
  readonly line: string;
  readonly warning: string;
  /** Custom properties of styles.css: text colours that reach 4.5:1 on every ground of the page. */
  readonly safeText: Readonly<Record<string, string>>;
  readonly fontFamily: string;
  readonly fontSize: number;
}

const BLACK: Rgb = { r: 0, g: 0, b: 0, a: 1 };
const WHITE: Rgb = { r: 1, g: 1, b: 1, a: 1 };
/** WCAG 1.4.3 wants 4.5; a little more, so that rounding never falls below. */
const TEXT_CONTRAST = 4.6;
const DIM_RED: Rgb = { r: 0.97, g: 0.32, b: 0.29, a: 1 };

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const token = (...names: readonly string[]): Rgb | undefined => {
    for (const name of names) {
      const colour = parseColour(style.getPropertyValue(`--vscode-${name}`));
      if (colour !== undefined) return colour;
    }
    return undefined;
  };
  const body = document.body.classList;
  const highContrast = body.contains('vscode-high-contrast') || body.contains('vscode-high-contrast-light');
  const ground = token('editor-background') ?? (body.contains('vscode-light') ? WHITE : BLACK);
  const dark = contrast(ground, WHITE) > contrast(ground, BLACK);
  const foreground = token('foreground', 'editor-foreground') ?? inkOn(ground);
  // Some themes describe in the colour of the text: context is dimmed all the same.
  const described = token('descriptionForeground') ?? foreground;
  const dim = css(described) === css(foreground) && !highContrast ? over(withAlpha(foreground, 0.76), ground) : described;
  const error = token('errorForeground', 'editorError-foreground') ?? DIM_RED;
  const onGround = (under: Rgb, wishText: Rgb, wishDim: Rgb): GroundColours => {
    const text = readable(wishText, [under]);
    const hues = serviceHues(dark, [under]);
    const solid = [...hues, readableGraphic(over(error, under), under)];
    return {
      ground: css(under),
      text: css(text),
      dim: css(readable(wishDim, [under])),
      solid: solid.map(css),
      pale: solid.map((colour) => css(withAlpha(colour, highContrast ? 0 : 0.22))),
      critical: css(text),
    };
  };
  // The sentence above the rows and the panel have grounds of their own.
  const grounds = [ground, over(token('sideBar-background') ?? ground, ground), over(token('inputValidation-warningBackground') ?? ground, ground), over(token('list-hoverBackground') ?? ground, ground)];
  const selected = highContrast ? ground : over(token('list-activeSelectionBackground') ?? ground, ground);
  const inactive = highContrast ? ground : over(token('list-inactiveSelectionBackground', 'list-activeSelectionBackground') ?? ground, ground);
  const selectedText = token('list-activeSelectionForeground') ?? foreground;
  const inactiveText = token('list-inactiveSelectionForeground') ?? foreground;
  return {
    dark,
    highContrast,
    reducedMotion: matchMedia('(prefers-reduced-motion: reduce)').matches,
    plain: onGround(ground, foreground, dim),
    selected: onGround(selected, selectedText, selectedText),
    selectedInactive: onGround(inactive, inactiveText, inactiveText),
    line: css(token('panel-border', 'editorIndentGuide-background1', 'contrastBorder') ?? withAlpha(foreground, 0.14)),
    warning: css(readable(token('editorWarning-foreground') ?? foreground, [ground])),
    safeText: {
      '--dim': css(readable(dim, grounds)),
      '--error': css(readable(error, grounds)),
      '--warning': css(readable(token('editorWarning-foreground') ?? foreground, grounds)),
      '--link': css(readable(token('textLink-foreground') ?? foreground, grounds)),
      '--placeholder': css(readable(token('input-placeholderForeground') ?? dim, [over(token('input-background') ?? ground, ground)])),
      '--line-number': css(readable(token('editorLineNumber-foreground') ?? dim, [ground])),
    },
    fontFamily: style.getPropertyValue('--vscode-font-family').trim() || 'system-ui, sans-serif',
    fontSize: Number.parseFloat(style.getPropertyValue('--vscode-font-size')) || 13,
  };
}

/** The colour itself where it can be read on every ground; else moved towards black or white until it can. */
function readable(colour: Rgb, grounds: readonly Rgb[]): Rgb {
  const first = grounds[0]!;
  return towards(over(colour, first), inkOn(first), grounds, TEXT_CONTRAST);
}

function readableGraphic(colour: Rgb, ground: Rgb): Rgb {
  return towards(colour, inkOn(ground), [ground], BAR_CONTRAST);
}

/** The least step from a colour to an ink that reaches the ratio. */
function towards(colour: Rgb, ink: Rgb, grounds: readonly Rgb[], ratio: number): Rgb {
  for (let share = 0; share < 1; share += 0.04) {
    const mixed = over(withAlpha(ink, share), colour);
    if (grounds.every((ground) => contrast(mixed, ground) >= ratio)) return mixed;
  }
  return ink;
}

/** Makes the readable colours known to the style sheet. */
export function applyTheme(theme: Theme): void {
  for (const [name, value] of Object.entries(theme.safeText)) document.body.style.setProperty(name, value);
}

/** Calls back when the editor's theme, its fonts or the motion preference change. */
export function watchTheme(onChange: (theme: Theme) => void): () => void {
  const changed = (): void => onChange(readTheme());
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-kind', 'data-vscode-theme-id'] });
  const motion = matchMedia('(prefers-reduced-motion: reduce)');
  motion.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    motion.removeEventListener('change', changed);
  };
}
