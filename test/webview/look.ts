// How the tests read a waterfall: by what is on screen, never by its inner state.
import type { Frame, Locator } from 'playwright-core';
import type { Waterfall } from './harness.ts';
import { THEMES, type ThemeSheet } from './themes.ts';

/** Two frames and what they caused. */
export async function settled(frame: Frame): Promise<void> {
  await frame.evaluate(() => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 60)))));
}

/** As VS Code changes it under an open webview: nothing of the last one stays. */
export async function useTheme(frame: Frame, { kind, tokens }: ThemeSheet): Promise<void> {
  await frame.evaluate(({ kinds, to, sheet }) => {
    const { style } = document.documentElement;
    for (const name of Array.from(style).filter((each) => each.startsWith('--vscode-'))) style.removeProperty(name);
    for (const [name, value] of Object.entries(sheet)) style.setProperty(`--vscode-${name}`, value);
    document.body.classList.remove(...kinds);
    document.body.classList.add(to);
    document.body.dataset['vscodeThemeKind'] = to;
  }, { kinds: THEMES.map((theme) => theme.kind), to: kind, sheet: tokens });
  await settled(frame);
}

export const gridOf = (frame: Frame): Locator => frame.locator('[role=treegrid]');

/** Names of the rows on screen, top to bottom. */
export function names(frame: Frame): Promise<string[]> {
  return frame.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.row:not([hidden])')]
      .toSorted((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
      .map((row) => row.querySelector('.row-name')!.textContent),
  );
}

export const rowNamed = (frame: Frame, name: string): Locator => frame.locator('.row:not([hidden])').filter({ has: frame.locator('.row-name', { hasText: new RegExp(`^${name.replace(/[/.*+?^${}()|[\]\\]/g, '\\$&')}$`) }) });

export const selectedName = (frame: Frame): Promise<string | null> => frame.locator('.row.selected .row-name').textContent();

export const rangeText = (frame: Frame): Promise<string | null> => frame.locator('.range').textContent();

/** The toolkit probes for :focus-visible with an empty style element; the policy refuses it, which costs nothing. Its hash is that of no text. */
const TOOLKIT_PROBE = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

export const unexpected = (waterfall: Waterfall): string[] => [
  ...waterfall.problems.filter((problem) => !problem.includes(TOOLKIT_PROBE)),
  ...waterfall.strangers.map((url) => `request to ${url}`),
  ...waterfall.host.badMessages.map((what) => `bad message: ${what}`),
];
