// Go import paths ⇄ folders, by the modules of the workspace (go.mod). Must not know spans.
import type { FileIndex } from './fileIndex.ts';
import { baseName, folderOf } from './fileIndex.ts';
import type { Search } from './search.ts';

/** Module path → its folder ("" is the top). */
export type GoModules = ReadonlyMap<string, string>;

export function goModules({ workspace, index, signal }: Search): Promise<GoModules> {
  return workspace.derive('goModules', signal, async () => {
    const modules = new Map<string, string>();
    for (const file of index.files.filter((f) => baseName(f) === 'go.mod').slice(0, 1_000)) {
      const name = /^module\s+"?([^\s"]{1,300})/m.exec((await workspace.access.readText(file, 200_000)) ?? '')?.[1];
      if (name !== undefined) modules.set(name, folderOf(file));
    }
    return modules;
  });
}

/** The longest module that the import path is in; undefined: not of this workspace. */
export function goPackageFolder(importPath: string, modules: GoModules, index: FileIndex): string | undefined {
  for (let prefix = importPath; prefix !== ''; prefix = folderOf(prefix)) {
    const folder = modules.get(prefix);
    if (folder !== undefined) return [folder, importPath.slice(prefix.length + 1)].filter((p) => p !== '').join('/');
  }
  if (modules.size > 0 || !importPath.includes('/')) return undefined;
  // No go.mod in the workspace: the longest tail of the import path that is a folder with Go files.
  const folders = new Set(index.files.filter((file) => file.endsWith('.go')).map(folderOf));
  const parts = importPath.split('/');
  for (let k = 0; k < parts.length - 1; k++) {
    const tail = parts.slice(k).join('/');
    const found = [...folders].filter((folder) => folder === tail || folder.endsWith(`/${tail}`));
    if (found.length === 1) return found[0];
  }
  return undefined;
}
