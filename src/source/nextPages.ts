// Next.js takes routes from the places of files: app/(shop)/cart/page.tsx is /cart, pages/api/search.ts is /api/search.
// Must not know spans.
import { normalRoute } from './routePath.ts';
import type { Search } from './search.ts';

const PAGE = /(?:^|\/)(?:app\/(?:(.*)\/)?(?:page|route)|pages\/(.+?))\.[jt]sx?$/;

export async function nextPages(route: string, method: string | undefined, { index, workspace, signal }: Search): Promise<readonly { readonly file: string; readonly line: number }[]> {
  const byRoute = await workspace.deriveFromList('nextPages', signal, async () => {
    const known = new Map<string, string[]>();
    for (const file of index.files) {
      const match = PAGE.exec(file);
      if (match === null || /(?:^|\/)(?:\.next|node_modules|dist|build|out)\//.test(file)) continue;
      const path = match[2] === undefined ? (match[1] ?? '').replace(/(?<=^|\/)(?:\([^/]*\)|@[^/]*)(?:\/|$)/g, '') : match[2].replace(/(?:^|\/)index$/, '');
      const key = normalRoute(path);
      known.set(key, [...(known.get(key) ?? []), file]);
    }
    return known;
  });
  const wanted = normalRoute(route);
  const files = byRoute.get(wanted) ?? byRoute.get(wanted.replace(/(?:^|\/)(?:page|route)$/, '')) ?? [];
  return Promise.all(files.map(async (file) => ({ file, line: exportIn((await workspace.lines(file, signal)) ?? [], method) })));
}

/** Of a route file the method's function, of a page its default. */
function exportIn(lines: readonly string[], method: string | undefined): number {
  const named = method === undefined ? -1 : lines.findIndex((line) => new RegExp(String.raw`^export\s+(?:async\s+)?(?:function|const)\s+${method}\b`).test(line));
  return 1 + Math.max(0, named >= 0 ? named : lines.findIndex((line) => /^export\s+default\b|^export\s+(?:async\s+)?function\b/.test(line)));
}
