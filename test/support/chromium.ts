// The browser of the tests: which one, and how it is started. What scripts/ gives is plain JavaScript, so that it runs before anything
// is installed; this gives it types.
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

interface ChromiumScript {
  readonly CHROMIUM_FLAGS: readonly string[];
  findChromium(): string | undefined;
}

export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const { CHROMIUM_FLAGS, findChromium } = (await import(path.resolve(import.meta.dirname, '../../scripts/chromium.mjs'))) as ChromiumScript;
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('No Chromium was found. Put one on the PATH or name it by TRACEFALL_CHROMIUM.');
  return chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS, ...args] });
}
