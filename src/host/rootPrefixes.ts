// What the workspace-relative paths of each folder begin with: nothing for a single one, else its name. Two folders may have one name
// (the editor takes it from the path's end), and a name typed into a .code-workspace may hold slashes: none may begin as another. Pure.

export function rootPrefixes(names: readonly string[]): string[] {
  if (names.length <= 1) return names.map(() => '');
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = name.replaceAll(/[\\/]/g, '-') || 'folder';
    let prefix = plain;
    for (let n = 2; taken.has(prefix); n++) prefix = `${plain} (${n})`;
    taken.add(prefix);
    return prefix;
  });
}
