// Folders nobody's own code is in: repositories, dependencies, caches. The same for the editor and the terminal, so that both find the
// same code. Build output is not among them: its source maps are needed.

export const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  '.git', '.hg', '.svn', '.jj',
  'node_modules', 'bower_components', 'jspm_packages', '.yarn', '.pnpm-store', '.venv', 'venv', '.tox', '.nox', 'site-packages', '.gradle', '.m2', '.cargo',
  '__pycache__', '.mypy_cache', '.pytest_cache', '.cache', '.terraform', '.idea', '.vs',
]);
