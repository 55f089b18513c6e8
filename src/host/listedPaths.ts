// What a file or folder is called in the listing of the workspace, from its address: what its changes are told by. Pure.

export interface Address {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

export interface ListedRoot {
  readonly uri: Address;
  /** What its files' names begin with; "" for a single folder. */
  readonly prefix: string;
}

/** One name a root that holds it, as one may lie in another; undefined for a root itself, of which everything may have changed. */
export function listedPaths(uri: Address, roots: readonly ListedRoot[], caseInsensitive: boolean): readonly string[] | undefined {
  const fold = (text: string): string => (caseInsensitive ? text.toLowerCase() : text);
  const paths: string[] = [];
  for (const { uri: root, prefix } of roots) {
    if (root.scheme !== uri.scheme || root.authority !== uri.authority) continue;
    const top = root.path.endsWith('/') ? root.path : `${root.path}/`;
    if (fold(`${uri.path}/`).startsWith(fold(top)) && uri.path.length < top.length) return undefined;
    if (fold(uri.path).startsWith(fold(top))) paths.push(prefix === '' ? uri.path.slice(top.length) : `${prefix}/${uri.path.slice(top.length)}`);
  }
  return paths;
}
