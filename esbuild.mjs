// Builds every bundle into dist/. One build() per place where code runs (DESIGN §3).
import { build, context } from 'esbuild';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const watch = process.argv.includes('--watch');
const minify = !process.argv.includes('--no-minify');
const require = createRequire(import.meta.url);
// Built aside and swapped in whole: what runs from dist/ never sees half a build, and old chunks do not pile up.
const out = watch ? 'dist' : `dist.${process.pid}`;

const shared = { bundle: true, minify, sourcemap: watch ? 'inline' : false, logLevel: 'warning', metafile: true, legalComments: 'none' };
// ESM bundles of CommonJS packages (undici) need a require for node built-ins.
const requireBanner = { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" };

/** Parts of the extension host that are loaded when they are first needed: what it imports dynamically is a file of its own. */
const LATER = { source: 'src/host/sourceOpener.ts', wizard: 'src/host/wizard/connectionWizard.ts' };
const later = {
  name: 'later',
  setup: (host) =>
    host.onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path: imported, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = path.relative(import.meta.dirname, path.resolve(resolveDir, imported)).replaceAll('\\', '/');
      const name = Object.keys(LATER).find((key) => LATER[key] === file);
      if (name === undefined) throw new Error(`${file} is imported when needed, but is none of the files of its own in esbuild.mjs (LATER).`);
      return { path: `./${name}.cjs`, external: true };
    }),
};
// A require, as the editor gives "vscode" to what is required.
const host = { platform: 'node', format: 'cjs', target: 'node22', external: ['vscode'], supported: { 'dynamic-import': false } };

const bundles = [
  { ...host, entryPoints: ['src/extension.ts'], outfile: `${out}/extension.cjs`, plugins: [later] },
  { ...host, entryPoints: LATER, outdir: out, outExtension: { '.js': '.cjs' } },
  {
    entryPoints: { engine: 'src/engine/main.ts', cli: 'src/cli.ts' }, outdir: out, outExtension: { '.js': '.mjs' }, chunkNames: 'chunks/[name]-[hash]',
    platform: 'node', format: 'esm', target: 'node22', splitting: true, banner: requireBanner,
  },
  {
    entryPoints: { main: 'webview/main.ts', styles: 'webview/styles.css' }, outdir: `${out}/webview`, chunkNames: 'chunks/[name]-[hash]', platform: 'browser',
    format: 'esm', target: 'chrome130', splitting: true, external: ['*.ttf'],
  },
].filter((options) => Object.values(options.entryPoints).every((entry) => existsSync(entry)));

await rm(out, { recursive: true, force: true });
await mkdir(`${out}/webview`, { recursive: true });
await copyFile(require.resolve('@vscode/codicons/dist/codicon.ttf'), `${out}/webview/codicon.ttf`);
for (const options of bundles) {
  const settings = { ...shared, ...options };
  if (watch) await (await context(settings)).watch();
  else await build(settings);
}
if (!watch) {
  await rm('dist', { recursive: true, force: true });
  await rename(out, 'dist');
}
