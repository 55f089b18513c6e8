// Paths of libraries and runtimes: frames to skip and files never to be mistaken for the workspace's by a common tail.
// Owns the patterns; must not know the workspace.

const FOLDERS = new Set(['node_modules', 'site-packages', 'dist-packages', '.cargo', '.rustup', '.m2', '.gradle', '.nuget', '.pnpm', '.yarn', '.venv', 'venv', 'rustlib', 'gems', 'bower_components']);
const PLACES = /(?:^|\/)(?:rustc\/[0-9a-f]{16,}|pkg\/mod\/|usr\/(?:local\/)?go\/(?:\d[^/]*\/)?src|(?:local|opt|sdk)\/go[\d.]*\/src|(?:usr|usr\/local|opt\/[^/]+|\.pyenv\/versions\/[^/]+|python\d*)\/lib\/(?:python|jvm|ruby|php|node)[^/]*\/|usr\/share\/(?:php|ruby|dotnet)|home\/[^/]+\/\.(?:rbenv|rvm|asdf|nvm)\/|opt\/homebrew\/)/i;

/** A path of a dependency or a runtime, not of the program. */
export function isLibraryPath(segments: readonly string[]): boolean {
  if (segments.some((s) => FOLDERS.has(s.toLowerCase()))) return true;
  // PHP and Go keep dependencies in `vendor` at the top of the program.
  if (segments.includes('vendor')) return true;
  if (segments.some((s) => /@v\d+\.\d+\.\d+/.test(s) && !segments.includes('src'))) return true;
  return PLACES.test(segments.join('/'));
}

/** Frames that name no file of anybody: node:internal, <frozen importlib>, native code. */
export const isRuntimeFrame = (path: string): boolean => /^(?:node:|internal\/|<|\(?native|bun:|deno:|ext:|evalmachine|eval at|\[)/.test(path);
