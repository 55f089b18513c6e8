// Paths of libraries and runtimes: frames to skip and files never to be mistaken for the workspace's by a common tail.
// Owns the patterns; must not know the workspace.

const FOLDERS = new Set(['node_modules', 'site-packages', 'dist-packages', '.cargo', '.rustup', '.m2', '.gradle', '.nuget', '.pnpm', '.yarn', '.venv', 'venv', 'rustlib', 'gems', 'bower_components']);
const PLACES = new RegExp(
  `(?:^|/)(?:${[
    'rustc/[0-9a-f]{16,}',
    'cargo/(?:registry/src|git/checkouts)/',
    'pkg/mod/',
    'usr/(?:local/)?go/(?:\\d[^/]*/)?src',
    '(?:local|opt|sdk)/go[\\d.]*/src',
    'usr/lib/go(?:lang|-[\\d.]+)?/src/',
    '(?:hostedtoolcache|program files)/go/',
    'lib/(?:python\\d|ruby/(?:\\d|gems/))',
    'python\\d{2,}/lib/',
    '(?:usr|usr/local|opt/[^/]+|\\.pyenv/versions/[^/]+|python\\d*)/lib/(?:python|jvm|ruby|php|node)[^/]*/',
    'usr/share/(?:php|ruby|dotnet)',
    'usr/(?:local/)?include/',
    'home/[^/]+/\\.(?:rbenv|rvm|asdf|nvm)/',
    '\\.cache/deno/',
    'opt/homebrew/',
  ].join('|')})`,
  'i',
);

/** A path of a dependency or a runtime, not of the program. */
export function isLibraryPath(segments: readonly string[]): boolean {
  if (segments.some((s) => FOLDERS.has(s.toLowerCase()))) return true;
  if (isVendored(segments)) return true;
  if (segments.some((s) => /@v\d+\.\d+\.\d+/.test(s) && !segments.includes('src'))) return true;
  return PLACES.test(segments.join('/'));
}

/** PHP, Go, Ruby and Rust keep dependencies in `vendor`; a service, a package or a page about vendors is not one. */
function isVendored(segments: readonly string[]): boolean {
  const at = segments.findIndex((s) => s === 'vendor' || s === 'third_party');
  if (at < 0) return false;
  const inside = segments.slice(at + 1);
  const base = inside.at(-1) ?? '';
  if (inside.length === 1) return base === 'autoload.php' || base === 'modules.txt';
  if (/\.|^(?:bundle|composer|gems|ruby|cache)$/.test(inside[0]!)) return true;
  if (base.endsWith('.rs')) return inside[1] === 'src';
  if (inside.length < 3 || /^(?:src|app|lib|dist|cmd|internal|pkg)$/.test(inside[0]!) || /\.(?:java|kts?|scala|groovy|cs|fs)$/.test(base)) return false;
  return base.endsWith('.php') || !/^(?:src|components|pages|features|modules|domain|services|apps|packages|internal|pkg)$/.test(segments[at - 1] ?? '');
}

/** Frames that name no file of anybody: node:internal, <frozen importlib>, native code. */
export const isRuntimeFrame = (path: string): boolean => /^(?:node:|internal\/|<|\(?native|bun:|deno:|ext:|evalmachine|eval at|\[)/.test(path);

const LIBRARY_SCOPE = /^(?:@opentelemetry\/instrumentation|@(?:fastify|prisma|vercel|google-cloud|hapi|sentry)\/|opentelemetry\.instrumentation|io\.opentelemetry\.|go\.opentelemetry\.io\/contrib|github\.com\/(?:XSAM|uptrace|exaring)\/otel|OpenTelemetry(?:\.|::)(?:AutoInstrumentation\.)?(?:Instrumentation(?:\.|::))?[A-Z]|Microsoft\.|System\.|Npgsql$|next\.js$)/;

/** An instrumentation library: it names its spans itself. Those that read annotations take the names from the program. */
export const isLibraryScope = (scope: string): boolean => LIBRARY_SCOPE.test(scope) && !/annotation|declarative|methods/.test(scope);
