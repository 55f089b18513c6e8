// Whether a Rust path is of this workspace: its first part is a crate that some Cargo.toml names, or a module there is.
// Must not know spans.
import { baseName } from './fileIndex.ts';
import type { FunctionName } from './functionName.ts';
import type { Search } from './search.ts';

const RELATIVE = new Set(['crate', 'self', 'super']);

/** true also where nothing says which crates are the workspace's. */
export async function isOwnCrate({ owners }: FunctionName, search: Search): Promise<boolean> {
  const first = owners[0];
  if (first === undefined || !/^[a-z]/.test(first) || RELATIVE.has(first)) return true;
  const crates = await crateNames(search);
  const { index } = search;
  return crates.size === 0 || crates.has(first) || index.named(`${first}.rs`).length > 0 || index.foldersNamed(first).length > 0;
}

/** As code spells them: "shop-core" is `shop_core`. Binaries and libraries may have names of their own. */
function crateNames({ workspace, index, signal }: Search): Promise<ReadonlySet<string>> {
  return workspace.derive('rustCrates', signal, async () => {
    const names = new Set<string>();
    for (const file of index.files.filter((f) => baseName(f) === 'Cargo.toml').slice(0, 1_000)) {
      const text = (await workspace.access.readText(file, 200_000)) ?? '';
      for (const match of text.matchAll(/^\s*name\s*=\s*"([^"\n]{1,200})"/gm)) names.add(match[1]!.replaceAll('-', '_'));
    }
    return names;
  });
}
