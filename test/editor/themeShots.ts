// Pictures of what a test sees, in light and dark, into the folder named by TRACEFALL_SHOTS; nothing where it is not set.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { QUIET, type Workbench } from './workbench.ts';

const THEMES = [['light', 'Light Modern'], ['dark', 'Dark Modern']] as const;
/** Until the theme is drawn. */
const DRAWN_MS = 2000;

export class ThemeShots {
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  async take(name: string): Promise<void> {
    if (process.env['TRACEFALL_SHOTS'] === undefined) return;
    const { folder, page, user } = this.#workbench;
    for (const [suffix, theme] of THEMES) {
      writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify({ ...QUIET, 'workbench.colorTheme': theme }));
      await page.waitForTimeout(DRAWN_MS);
      await user.screenshot(`${name}-${suffix}`);
    }
  }
}
