// A Chromium for the tests and for pictures: found on the PATH, else installed by Debian's package manager when root.
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { run } from './install.mjs';

/** First the one without windows: the same engine in three quarters of the processor time. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

/**
 * Pages of the browser's own that it loads beside ours with every window, in 0.2 s of processor time (seen in its own trace): no user of
 * an editor has them. Then those which playwright turns off: a later list replaces an earlier one.
 */
const FEATURES_OFF = [
  'WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup', 'PreloadTopChromeWebUI',
  'AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'LensOverlay', 'MediaRouter', 'PaintHolding',
  'ThirdPartyStoragePartitioning', 'AvoidCorsURLLoaderRestartOnRedirect', 'OptimizationHints', 'NetworkTimeServiceQuerying', 'AimEnabled', 'PreconnectToSearch',
];

/** Quiet, offline, and able to run as root in a container. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  `--disable-features=${FEATURES_OFF.join(',')}`,
];

export function findOnPath(names) {
  for (const dir of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const name of names) {
      const file = path.join(dir, name);
      try {
        accessSync(file, constants.X_OK);
        if (statSync(file).isFile()) return file;
      } catch (error) {
        if (!['ENOENT', 'EACCES', 'ENOTDIR'].includes(error.code)) throw error;
      }
    }
  }
  return undefined;
}

export function findChromium() {
  return process.env.TRACEFALL_CHROMIUM ?? findOnPath(NAMES);
}

/** The executable, or a sentence why there is none. */
export async function ensureChromium(log = console.log) {
  const found = findChromium();
  if (found !== undefined) return { executable: found };
  const apt = findOnPath(['apt-get']);
  const manually = 'Install Chromium (Debian: apt-get install chromium) or name one by TRACEFALL_CHROMIUM.';
  if (apt === undefined || process.getuid?.() !== 0) return { why: `No Chromium on the PATH, and only root on Debian can install it from here. ${manually}` };
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', 'ignore', 'inherit'] };
  const install = (name) => {
    log(`Installing Chromium (apt-get install ${name}) …`);
    return run(apt, ['install', '-y', '-qq', '--no-install-recommends', name, 'fonts-dejavu-core'], options);
  };
  try {
    await run(apt, ['update', '-qq'], options);
    // Debian before 12 has no shell.
    await install('chromium-headless-shell').catch(() => install('chromium'));
  } catch (error) {
    return { why: `Chromium could not be installed: ${error.message} ${manually}` };
  }
  const installed = findChromium();
  return installed === undefined ? { why: `apt-get installed no Chromium that could be found. ${manually}` } : { executable: installed };
}
